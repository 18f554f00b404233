// SPDX-License-Identifier: Apache-2.0
// Dialogs of the browser's own kind: what is behind them cannot be reached, Escape closes them, focus comes back.
import { html, useEffect, useId, useRef } from "../lib/html.js";
import { isOpen, newKey } from "../lib/api.js";
import { useWork } from "../lib/work.js";
import { ProblemNotice } from "./Notice.js";

export const Dialog = ({ title, onClose, children }) => {
  const place = useRef(null);
  const name = useId();
  useEffect(() => {
    const before = document.activeElement;
    place.current.showModal();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${place} aria-labelledby=${name} onClose=${onClose}>
    <h2 id=${name}>${title}</h2>
    ${children}
  </dialog>`;
};

/**
 * Ask before something is done, then do it: `onConfirm(key)` sends the change with this Idempotency-Key, so that a
 * second click or a lost answer does it once. What the daemon refuses is shown and can be mended in the dialog.
 * `onDone(result)` is told what came of it.
 */
export const Confirm = ({ title, verb, isDanger = false, isReady = true, onConfirm, onDone, onClose, children }) => {
  const { isBusy, problem, run } = useWork();
  const key = useRef("");
  const submit = (event) => {
    event.preventDefault();
    if (!isReady) return;
    if (problem === null || !isOpen(problem)) key.current = newKey(); /* nothing was done so far */
    run(async () => onDone(await onConfirm(key.current)));
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      ${children}
      <${ProblemNotice} problem=${problem} />
      <p class="buttons">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class=${isDanger ? "danger" : "main"} aria-disabled=${isBusy || !isReady}>
          ${isBusy ? "Working …" : verb}</button>
      </p>
    </form>
  <//>`;
};
