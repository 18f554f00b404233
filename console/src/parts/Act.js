// SPDX-License-Identifier: Apache-2.0
// Something is done in three steps: say what, see exactly what will happen, and only then do it. The daemon says what
// would happen (`ask`), then is told once: a second click is nothing, and a repetition after a lost answer goes under
// the same Idempotency-Key. What it refuses is shown, and can be mended.
import { html, useRef, useState } from "../lib/html.js";
import { isOpen, newKey } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { useWork } from "../lib/work.js";
import { Dialog } from "./Dialog.js";
import { Notice, ProblemNotice } from "./Notice.js";

const FORM = { step: "form", answer: null };

const Proposed = ({ approval }) => html`<${Notice} title="Proposed">
  <p>Nothing is done yet: this needs a second person. Proposal
    <a href=${linkTo(["approvals", approval.id])}><code>${approval.id}</code></a> waits for somebody with the role approve.</p>
<//>`;

/**
 * ask(): what would happen, by the daemon; say(key, answer of ask): do it. Shown and Result show the answers of the two.
 * children: the form; without them what will happen is shown at once. isReady: it may be asked.
 */
export const Act = ({ title, verb, isDanger = false, isReady = true, ask, say, Shown, Result, onClose, onDone, children }) => {
  const { isBusy, problem, run } = useWork();
  const [{ step, answer }, setState] = useState(FORM);
  const key = useRef("");
  const isTold = step === "shown" && problem !== null && !isOpen(problem);
  const submit = (event) => {
    event.preventDefault();
    if (step === "form" && isReady) {
      key.current = newKey();
      run(async () => setState({ step: "shown", answer: await ask() }));
    } else if (step === "shown" && !isTold) {
      run(async () => setState({ step: "done", answer: await say(key.current, answer) }));
    }
  };
  const close = () => (step === "done" ? onDone?.(answer) : onClose());
  const isWaiting = isBusy || isTold || (step === "form" && !isReady);
  return html`<${Dialog} title=${title} onClose=${close}>
    <form onSubmit=${submit} data-step=${step}>
      ${step === "form" && children}
      ${step === "shown" && html`<div aria-live="polite"><p><strong>This is what will happen:</strong></p>
        <${Shown} answer=${answer} /></div>`}
      ${step === "done" && (answer?.approval && !answer.reply ? html`<${Proposed} approval=${answer.approval} />`
        : html`<${Notice} kind="good"><${Result} answer=${answer} /><//>`)}
      <${ProblemNotice} problem=${problem} />
      <p class="buttons">
        ${step === "shown" && html`<button type="button" onClick=${() => run(async () => setState(FORM))}>Back</button>`}
        <button type="button" onClick=${close}>${step === "done" ? "Close" : "Cancel"}</button>
        ${step !== "done" && html`<button type="submit" aria-disabled=${isWaiting}
          class=${step === "form" ? "main" : isDanger ? "danger" : "main"}>
          ${isBusy ? "Working …" : step === "form" ? "Show what will happen" : verb}</button>`}
      </p>
    </form>
  <//>`;
};
