// SPDX-License-Identifier: Apache-2.0
// Close every cycle that has ended: which bills that makes first.
import { html } from "../lib/html.js";
import { get, send } from "../lib/api.js";
import { Act, money, number, Table, When } from "../parts/index.js";
import { BillRows } from "./shared.js";

const SUMS = ["tariff", { name: "kind", title: "For" }, number("count", "Bills"), money("total", "Together")];
/** How many bills, what they come to, and the first of them. */
export const Closing = ({ closing, isLinked }) => html`
  <${Table} title="Bills" columns=${SUMS} empty="Nothing is due." rows=${closing.sums} />
  <${BillRows} isLinked=${isLinked} bills=${closing.bills}
    title=${closing.count > closing.bills.length ? `The first ${closing.bills.length} of ${closing.count}` : "One by one"} />`;

const Shown = ({ answer }) => html`<p>Up to <${When} at=${answer.until} />:</p><${Closing} closing=${answer} isLinked=${false} />
  <p class="quiet">A closed bill never changes; what comes later stands on the next one.</p>`;
const Result = ({ answer }) => html`<p>${answer.count === 0 ? "The daemon has closed them by itself."
  : `${answer.count} bills are closed.`}</p><${Closing} closing=${answer} isLinked />`;

const Form = ({ onClose, onDone }) => html`<${Act} title="Close what is due" verb="Close now" ask=${() => get("/v1/bills/due")}
  say=${(key) => send("POST", "/v1/bills/close", {}, { key })} Shown=${Shown} Result=${Result} onClose=${onClose} onDone=${onDone}>
  <p>Every cycle that has ended by now is billed, and whatever else is due is done: settlements, expiries, licences that end.
    The daemon does this by itself within a minute.</p>
<//>`;

export default { of: "bills", title: "Close what is due", roles: ["billing"], Form };
