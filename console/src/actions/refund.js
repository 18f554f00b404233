// SPDX-License-Identifier: Apache-2.0
// Give an order back: what comes back first, by the rules of its tariff.
import { html } from "../lib/html.js";
import { send } from "../lib/api.js";
import { pathOf } from "../lib/bills.js";
import { Act, Facts, Money } from "../parts/index.js";
import { BillRows, WalletsBefore, walletsOf } from "./shared.js";

/* What is given back stands below zero. */
const back = (amount) => amount.replace(/^-/, "");

const Shown = ({ answer: { order, wallets } }) => html`
  <${Facts} facts=${[
    ["Order", html`<code>${order.order}</code>`], ["Product", `${order.quantity} x ${order.sku} of ${order.tariff}`],
    ["Comes back", html`<${Money} amount=${back(order.amount)} currency=${order.currency} />`, "amount"],
  ]} />
  <${WalletsBefore} wallets=${wallets} />
  <p class="quiet">What is left of the order is gone then. A second person may have to approve it.</p>`;

const Result = ({ answer }) => html`
  <p>Order <code>${answer.order.order}</code> is refunded:
    <${Money} amount=${back(answer.order.amount)} currency=${answer.order.currency} /> came back.</p>
  <${BillRows} bills=${answer.bills} />`;

const Form = ({ subject, onClose, onDone }) => {
  const path = pathOf("accounts", subject.account, "orders", subject.order, "refund");
  const body = { tariff: subject.tariff };
  const ask = async () => {
    const { order } = await send("POST", `${path}?dry_run=true`, body);
    return { order, wallets: await walletsOf(subject.account) };
  };
  return html`<${Act} title=${`Refund ${subject.order} of ${subject.account}`} verb="Refund" isDanger ask=${ask}
    say=${(key) => send("POST", path, body, { key })} Shown=${Shown} Result=${Result} onClose=${onClose} onDone=${onDone}>
    <p>The tariff says whether this order can be given back, and what of its price.</p>
  <//>`;
};

export default { of: "order", title: "Refund", roles: ["billing"], fits: (order) => !order.refunded, Form };
