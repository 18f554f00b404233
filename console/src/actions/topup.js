// SPDX-License-Identifier: Apache-2.0
// Put money on an account: its wallet as it is, and as it will be.
import { html, useState } from "../lib/html.js";
import { send } from "../lib/api.js";
import { Act, Field, Money, Table } from "../parts/index.js";
import { pathOf, walletsOf } from "./shared.js";

const COLUMNS = [
  { name: "when", title: "Wallet" }, { name: "balance", title: "Balance", isNumber: true },
  { name: "available", title: "Available", isNumber: true },
];
const NOTHING = { balance: "none", available: "none" };

const Shown = ({ answer: { before, after } }) => html`
  <${Table} title=${`In ${after.currency}`} columns=${COLUMNS} rows=${[
    { ...before, key: "before", when: "now" }, { ...after, key: "after", when: "then" }]} />
  <p class="quiet">What is owed already is taken from it at once.</p>`;

const Result = ({ answer: { wallet } }) => html`
  <p>The wallet has <${Money} amount=${wallet.balance} currency=${wallet.currency} />,
    of which <${Money} amount=${wallet.available} currency=${wallet.currency} /> are available.</p>`;

const Form = ({ subject, onClose, onDone }) => {
  const [said, setSaid] = useState({ amount: "", currency: subject.wallets?.[0]?.currency ?? "" });
  const path = `${pathOf(subject.account)}/wallet/top-ups`;
  const body = { amount: said.amount.trim(), currency: said.currency.trim() };
  const ask = async () => {
    const after = (await send("POST", `${path}?dry_run=true`, body)).wallet;
    const before = (await walletsOf(subject.account)).find((wallet) => wallet.currency === after.currency) ?? NOTHING;
    return { before, after };
  };
  return html`<${Act} title=${`Top up ${subject.account}`} verb="Top up" isReady=${body.amount !== "" && body.currency !== ""}
    ask=${ask} say=${(key) => send("POST", path, body, { key })} Shown=${Shown} Result=${Result} onClose=${onClose} onDone=${onDone}>
    <${Field} label="Amount" value=${said.amount} isRequired inputmode="decimal" onInput=${(amount) => setSaid({ ...said, amount })} />
    <${Field} label="Currency" value=${said.currency} isRequired hint="Like USD or CNY." maxlength="3"
      onInput=${(currency) => setSaid({ ...said, currency: currency.toUpperCase() })} />
  <//>`;
};

export default { of: "account", title: "Top up", roles: ["billing"], Form };
