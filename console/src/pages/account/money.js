// SPDX-License-Identifier: Apache-2.0
// What was paid ahead, and what the cycles that are open cost so far.
import { html } from "../../lib/html.js";
import { usePoll } from "../../lib/api.js";
import { billLink, KINDS, pathOf, totalsOf } from "../../lib/bills.js";
import { Facts, Loading, Money, ProblemNotice, Table, When } from "../../parts/index.js";

const WALLETS = [
  { name: "currency", title: "Currency" },
  { name: "balance", title: "Balance", isNumber: true, text: (row) => row.balance,
    cell: (row) => html`<${Money} amount=${row.balance} />` },
  { name: "credit", title: "Credit line", isNumber: true },
  { name: "frozen", title: "Claimed", isNumber: true },
  { name: "available", title: "Available", isNumber: true, text: (row) => row.available,
    cell: (row) => html`<${Money} amount=${row.available} />` },
  { name: "overdue_since", title: "Owing since", cell: (row) => (row.overdue_since
    ? html`<span class="state error"><${When} at=${row.overdue_since} /></span>` : "") },
];

export const Wallets = ({ name }) => {
  const { data, problem } = usePoll(pathOf("accounts", name, "wallet"), 5);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the wallet" />`;
  return html`<${Table} title="Wallet" hasCsv columns=${WALLETS} empty="Nothing was paid ahead."
    rows=${data.wallets.map((row) => ({ ...row, key: row.currency }))} />`;
};

const BILLS = [
  { name: "tariff", title: "Tariff", text: (row) => row.tariff, cell: (row) => html`<a href=${billLink(row)}>${row.tariff}
    <span class="hidden"> ${KINDS[row.kind]} from ${row.cycle.start}</span></a>` },
  { name: "kind", title: "For" },
  { name: "start", title: "From", text: (row) => row.cycle.start, cell: (row) => html`<${When} at=${row.cycle.start} />` },
  { name: "end", title: "Until", text: (row) => row.cycle.end, cell: (row) => html`<${When} at=${row.cycle.end} />` },
  { name: "exact_total", title: "Exact so far", isNumber: true, text: (row) => row.exact_total,
    cell: (row) => html`<span data-cell="exact_total"><${Money} amount=${row.exact_total} /></span>` },
  { name: "total", title: "As a bill", isNumber: true, text: (row) => row.total,
    cell: (row) => html`<${Money} amount=${row.total} currency=${row.currency} />` },
];

const EXTERNAL = [
  { name: "item", title: "Item" }, { name: "billed_by", title: "Billed by" },
  { name: "quantity", title: "Quantity", isNumber: true }, { name: "unit", title: "Unit" },
];

export const Cycle = ({ name }) => {
  const { data, problem } = usePoll(pathOf("accounts", name, "charges"), 10);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="what is not billed yet" />`;
  return html`<section>
    <${Table} title="Cost so far of the cycles that are open" hasCsv columns=${BILLS} empty="There is nothing to bill."
      rows=${data.bills.map((bill, key) => ({ ...bill, key }))} />
    <${Facts} facts=${totalsOf(data.bills).map(([currency, amount]) =>
      [`Together, exact`, html`<${Money} amount=${amount} currency=${currency} />`, `so-far-${currency}`])} />
    ${data.external.length > 0 && html`<${Table} title="Metered here, billed elsewhere" columns=${EXTERNAL}
      rows=${data.external.map((row, key) => ({ ...row, key }))} />`}
  </section>`;
};
