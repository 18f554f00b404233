// SPDX-License-Identifier: Apache-2.0
// What this month will cost, if usage goes on as it did.
import { html } from "../../lib/html.js";
import { amount, Asked, day, Table } from "../../parts/index.js";

const COLUMNS = ["tariff", day("period.end", "Until"), amount("so_far"), amount("expected"), amount("low", "At least"),
  amount("high", "At most"), "currency"];

export const Month = ({ forecast }) => html`<${Asked} answer=${forecast} what="the forecast">${({ bills, notes }) => html`<section>
    <${Table} title="What this month will cost" hasCsv columns=${COLUMNS} empty="There is too little usage to tell." rows=${bills} />
    <p class="quiet">${notes.join("; ")}.</p>
  </section>`}<//>`;
