// SPDX-License-Identifier: Apache-2.0
// What was paid ahead, and what the cycles that are open cost so far.
import { html } from "../../lib/html.js";
import { usePoll } from "../../lib/api.js";
import { billLink, KINDS, pathOf, totalsOf } from "../../lib/bills.js";
import { amount, Asked, Facts, instant, money, Money, number, Table, When } from "../../parts/index.js";

const WALLETS = [
  "currency", amount("balance"), number("credit", "Credit line"), number("frozen", "Claimed"), amount("available"),
  { name: "overdue_since", title: "Owing since",
    cell: (row, at) => at && html`<span class="state error"><${When} at=${at} /></span>` },
];

export const Wallets = ({ name }) => html`
  <${Asked} answer=${usePoll(pathOf("accounts", name, "wallet"), 5)} what="the wallet">${({ wallets }) => html`
    <${Table} title="Wallet" hasCsv columns=${WALLETS} empty="Nothing was paid ahead." rows=${wallets} />`}<//>`;

const BILLS = [
  { name: "tariff", cell: (row) => html`<a href=${billLink(row)}>${row.tariff}
    <span class="hidden"> ${KINDS[row.kind]} from ${row.cycle.start}</span></a>` },
  { name: "kind", title: "For" }, instant("cycle.start", "From"), instant("cycle.end", "Until"),
  { name: "exact_total", title: "Exact so far", isNumber: true,
    cell: (row, value) => html`<span data-cell="exact_total"><${Money} amount=${value} /></span>` },
  money("total", "As a bill"),
];

const EXTERNAL = ["item", "billed_by", number("quantity"), "unit"];

export const Cycle = ({ name }) => html`
  <${Asked} answer=${usePoll(pathOf("accounts", name, "charges"), 10)} what="what is not billed yet">${({ bills, external }) => html`<section>
    <${Table} title="Cost so far of the cycles that are open" hasCsv columns=${BILLS} empty="There is nothing to bill." rows=${bills} />
    <${Facts} facts=${totalsOf(bills).map(([currency, total]) =>
      [`Together, exact`, html`<${Money} amount=${total} currency=${currency} />`, `so-far-${currency}`])} />
    ${external.length > 0 && html`<${Table} title="Metered here, billed elsewhere" columns=${EXTERNAL} rows=${external} />`}
  </section>`}<//>`;
