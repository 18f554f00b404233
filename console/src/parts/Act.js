// SPDX-License-Identifier: Apache-2.0
// Something is done in three steps: say what, see exactly what will happen, and only then do it. The daemon says what
// would happen (`ask`), then is told once: a second click is nothing, and a repetition after a lost answer goes under
// the same Idempotency-Key. What it refuses is shown, and can be mended.
import { html, useRef, useState } from "../lib/html.js";
import { newKey } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { Dialog } from "./Dialog.js";
import { Notice, ProblemNotice } from "./Notice.js";

/* The answer is not known, or the same request is being answered: only what has this key may be sent again. */
const isOpen = (problem) => problem.status === 0 || problem.status >= 500 || problem.code === "idempotency-key-running";

const Proposed = ({ approval }) => html`<${Notice} kind="info" title="Proposed">
  <p>Nothing is done yet: this needs a second person. Proposal
    <a href=${linkTo(["approvals", approval.id])}><code>${approval.id}</code></a> waits for somebody with the role approve.</p>
<//>`;

/**
 * ask(): what would happen, by the daemon; say(key, answer of ask): do it. Shown and Result show the answers of the two.
 * children: the form; without them what will happen is shown at once. isReady: it may be asked.
 */
export const Act = ({ title, verb, isDanger = false, isReady = true, ask, say, Shown, Result, onClose, onDone, children }) => {
  const [state, setState] = useState({ step: "form", answer: null, problem: null, isBusy: false, isTold: false });
  const busy = useRef(false);
  const key = useRef("");
  const run = async (work, next) => {
    if (busy.current) return;
    busy.current = true;
    setState((before) => ({ ...before, isBusy: true, problem: null }));
    try {
      const answer = await work();
      setState((before) => ({ ...before, ...next, answer, isBusy: false }));
    } catch (problem) {
      setState((before) => ({ ...before, problem, isBusy: false, isTold: before.step === "shown" && !isOpen(problem) }));
    }
    busy.current = false;
  };
  const submit = (event) => {
    event.preventDefault();
    if (state.step === "form" && isReady) {
      key.current = newKey();
      run(ask, { step: "shown", isTold: false });
    } else if (state.step === "shown" && !state.isTold) {
      run(() => say(key.current, state.answer), { step: "done" });
    }
  };
  const close = () => (state.step === "done" ? onDone?.(state.answer) : onClose());
  const back = () => setState({ step: "form", answer: null, problem: null, isBusy: false, isTold: false });
  const isWaiting = state.isBusy || (state.step === "form" && !isReady) || (state.step === "shown" && state.isTold);
  return html`<${Dialog} title=${title} onClose=${close}>
    <form onSubmit=${submit} data-step=${state.step}>
      ${state.step === "form" && children}
      ${state.step === "shown" && html`<div aria-live="polite"><p><strong>This is what will happen:</strong></p>
        <${Shown} answer=${state.answer} /></div>`}
      ${state.step === "done" && (state.answer?.approval && !state.answer.reply ? html`<${Proposed} approval=${state.answer.approval} />`
        : html`<${Notice} kind="good"><${Result} answer=${state.answer} /><//>`)}
      <${ProblemNotice} problem=${state.problem} />
      <p class="buttons">
        ${state.step === "shown" && html`<button type="button" onClick=${() => state.isBusy || back()}>Back</button>`}
        <button type="button" onClick=${close}>${state.step === "done" ? "Close" : "Cancel"}</button>
        ${state.step !== "done" && html`<button type="submit" aria-disabled=${isWaiting}
          class=${state.step === "form" ? "main" : isDanger ? "danger" : "main"}>
          ${state.isBusy ? "Working …" : state.step === "form" ? "Show what will happen" : verb}</button>`}
      </p>
    </form>
  <//>`;
};
