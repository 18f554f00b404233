// SPDX-License-Identifier: Apache-2.0
// Usage without a price: choose a draft that prices it, see what that would change, and let it hold.
import { html, useState } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { Act, Field, Loading, ProblemNotice } from "../parts/index.js";
import { askDraft, DraftResult, DraftShown, sayDraft } from "./activate.js";

const Form = ({ onClose, onDone }) => {
  const { data, problem } = useGet("/v1/tariffs/drafts");
  const [name, setName] = useState("");
  const drafts = data?.items ?? [];
  return html`<${Act} title="Resolve usage without a price" verb="Activate" isReady=${name !== ""} ask=${() => askDraft(name)}
    say=${sayDraft} Shown=${DraftShown} Result=${DraftResult} onClose=${onClose} onDone=${onDone}>
    <p>Usage without a price is kept, and rated by its own time once it has one; what is of closed cycles stands on the next bills.</p>
    ${problem ? html`<${ProblemNotice} problem=${problem} />` : !data ? html`<${Loading} what="the drafts" />` : html`
      <${Field} label="Draft that prices it" value=${name} isRequired onInput=${setName}
        options=${[{ value: "", title: drafts.length > 0 ? "Choose a draft" : "There is no draft yet" },
          ...drafts.map((draft) => ({ value: draft.draft, title: draft.draft }))]} />
      <p><a href=${linkTo(["tariffs", "drafts"])}>Write another draft</a></p>`}
  <//>`;
};

export default { of: "unpriced", title: "Resolve", roles: ["pricing"], Form };
