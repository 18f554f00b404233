// SPDX-License-Identifier: Apache-2.0
// Let a draft of tariffs hold: its check, what it changes, and what that does to bills first. Where two persons are
// needed, it is proposed.
import { html } from "../lib/html.js";
import { get, Problem, send } from "../lib/api.js";
import { pathOf } from "../lib/bills.js";
import { linkTo } from "../lib/route.js";
import { Act, Notice } from "../parts/index.js";
import { CheckShort, Differences, Unpriced } from "../pages/tariffs/parts.js";

const draftPath = (...parts) => pathOf("tariffs", "drafts", ...parts);

/** What it would do, one question after the other: the preview rates everything again. */
export const askDraft = async (name) => {
  const check = await get(draftPath(name, "check"));
  const preview = check.mistakes === 0 ? await get(draftPath(name, "preview")) : null;
  if (preview !== null && preview.digest !== check.digest)
    throw new Problem(409, { title: "The draft was changed just now", detail: "Look at it again." });
  return { name, check, preview };
};
/** What was shown, and nothing else: the daemon refuses another digest. */
export const sayDraft = (key, { name, check }) => send("POST", draftPath(name, "activate"), { digest: check.digest }, { key });

export const DraftShown = ({ answer: { name, check, preview } }) => html`
  <p>The draft <a href=${linkTo(["tariffs", "drafts", name])}>${name}</a> holds from now on, and everything is rated again under it.</p>
  <${CheckShort} check=${check} />
  ${preview && html`<${Unpriced} preview=${preview} /><${Differences} preview=${preview} />`}
  ${check.mistakes > 0 && html`<${Notice} kind="error" title="It has mistakes">It will be refused.<//>`}`;

export const DraftResult = ({ answer }) => html`<p>${answer.changed ? `Set ${answer.set} of the tariffs holds.`
  : `Nothing was to be changed: set ${answer.set} holds.`}</p>`;

const Form = ({ subject, onClose, onDone }) => html`
  <${Act} title=${`Activate ${subject.draft}`} verb="Activate" onClose=${onClose} onDone=${onDone} Shown=${DraftShown} Result=${DraftResult}
    ask=${() => askDraft(subject.draft)} say=${sayDraft}>
    <p>What is shown is activated, and nothing else.</p>
  <//>`;

export default { of: "draft", title: "Activate", roles: ["pricing", "approve"], Form };
