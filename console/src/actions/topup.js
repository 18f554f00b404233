// SPDX-License-Identifier: Apache-2.0
// Put money on an account: its wallet as it is, and as it will be.
import { html } from "../lib/html.js";
import { send } from "../lib/api.js";
import { pathOf } from "../lib/bills.js";
import { Act, Money, number, Table, useFields } from "../parts/index.js";
import { walletsOf } from "./shared.js";

const COLUMNS = [{ name: "when", title: "Wallet" }, number("balance"), number("available")];
const NOTHING = { balance: "none", available: "none" };

const Shown = ({ answer: { before, after } }) => html`
  <${Table} title=${`In ${after.currency}`} columns=${COLUMNS} rows=${[
    { ...before, when: "now" }, { ...after, when: "then" }]} />
  <p class="quiet">What is owed already is taken from it at once.</p>`;

const Result = ({ answer: { wallet } }) => html`
  <p>The wallet has <${Money} amount=${wallet.balance} currency=${wallet.currency} />,
    of which <${Money} amount=${wallet.available} currency=${wallet.currency} /> are available.</p>`;

const Form = ({ subject, onClose, onDone }) => {
  const { said, field, set } = useFields({ amount: "", currency: subject.wallets?.[0]?.currency ?? "" });
  const path = pathOf("accounts", subject.account, "wallet", "top-ups");
  const ask = async () => {
    const after = (await send("POST", `${path}?dry_run=true`, said)).wallet;
    const before = (await walletsOf(subject.account)).find((wallet) => wallet.currency === after.currency) ?? NOTHING;
    return { before, after };
  };
  return html`<${Act} title=${`Top up ${subject.account}`} verb="Top up" isReady=${said.amount !== "" && said.currency !== ""}
    ask=${ask} say=${(key) => send("POST", path, said, { key })} Shown=${Shown} Result=${Result} onClose=${onClose} onDone=${onDone}>
    ${field("amount", "Amount", { isRequired: true, inputmode: "decimal" })}
    ${field("currency", "Currency", { isRequired: true, hint: "Like USD or CNY.", maxlength: "3",
      onInput: (currency) => set({ currency: currency.toUpperCase() }) })}
  <//>`;
};

export default { of: "account", title: "Top up", roles: ["billing"], Form };
