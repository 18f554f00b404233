// SPDX-License-Identifier: Apache-2.0
// Something to know. `problem` shows what the daemon said: title, detail, and where in what was sent.
import { html } from "../lib/html.js";

const SIGNS = { info: "Note", good: "Done", warning: "Warning", error: "Error" };

export const Notice = ({ kind = "info", title, children }) => html`
  <div class=${`notice ${kind}`} role=${kind === "error" ? "alert" : "status"}>
    <strong>${title ?? SIGNS[kind]}</strong>
    <div>${children}</div>
  </div>`;

/** Nothing when there is no problem. */
export const ProblemNotice = ({ problem }) => problem && html`
  <${Notice} kind="error" title=${problem.title}>
    <p>${problem.detail}</p>
    ${problem.errors?.length > 0 && html`<ul>
      ${problem.errors.map((error) => html`<li><code>${error.pointer}</code> ${error.detail}</li>`)}</ul>`}
    ${problem.instance && html`<p class="quiet">Request <code>${problem.instance}</code></p>`}
  <//>`;

/** While something is being asked for. */
export const Loading = ({ what = "it" }) => html`<p class="quiet" role="status" data-asks>Asking for ${what} …</p>`;

/** What came of asking (useGet, usePoll): a problem, that it takes a while, or children(data). */
export const Asked = ({ answer: { data, problem, isWaiting }, what, children }) => (problem ? html`<${ProblemNotice} problem=${problem} />`
  : data ? children(data) : html`<${Loading} what=${isWaiting ? `${what}; somebody else is served first` : what} />`);
