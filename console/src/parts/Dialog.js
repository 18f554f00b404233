// SPDX-License-Identifier: Apache-2.0
// Dialogs of the browser's own kind: what is behind them cannot be reached, Escape closes them, focus comes back.
import { html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { newKey } from "../lib/api.js";
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
  const [key, setKey] = useState(newKey);
  const [state, setState] = useState({ isBusy: false, problem: null });
  const submit = async (event) => {
    event.preventDefault();
    if (state.isBusy || !isReady) return;
    setState({ isBusy: true, problem: null });
    try {
      onDone(await onConfirm(key));
    } catch (problem) {
      setState({ isBusy: false, problem });
      const isOver = problem.status >= 400 && problem.status < 500 && problem.code !== "idempotency-key-running";
      if (isOver) setKey(newKey()); /* nothing was done */
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      ${children}
      <${ProblemNotice} problem=${state.problem} />
      <p class="buttons">
        <button type="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class=${isDanger ? "danger" : "main"} aria-disabled=${state.isBusy || !isReady}>
          ${state.isBusy ? "Working …" : verb}</button>
      </p>
    </form>
  <//>`;
};
