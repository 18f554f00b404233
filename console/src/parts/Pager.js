// SPDX-License-Identifier: Apache-2.0
// What is under a list of useList: its problem, how many rows are shown, and the next page.
import { html } from "../lib/html.js";
import { Loading, ProblemNotice } from "./Notice.js";

export const Pager = ({ list, what = "rows" }) => html`
  <div class="pager">
    <${ProblemNotice} problem=${list.problem} />
    ${list.isLoading ? html`<${Loading} what=${what} />` : html`<p class="quiet" role="status">
      ${list.rows.length} ${what}${list.hasMore ? " so far" : ""}</p>`}
    ${list.hasMore && html`<button type="button" aria-disabled=${list.isLoading}
      onClick=${() => list.isLoading || list.more()}>More ${what}</button>`}
  </div>`;
