// SPDX-License-Identifier: Apache-2.0
// The lines of a bill, each with the way to its explanation, and the totals under them.
import { html } from "../lib/html.js";
import { explainLink, lineDetails, priceOf } from "../lib/bills.js";
import { isZero } from "../lib/decimal.js";
import { amount, said } from "./columns.js";
import { Money, Quantity } from "./Money.js";
import { Table } from "./Table.js";

const columnsOf = (bill) => [
  { name: "item", text: (row) => [row.item, ...lineDetails(row)].join(", "), cell: (row) => html`
    ${row.item}${lineDetails(row).map((detail) => html` <small>${detail}</small>`)}
    ${row.note && html`<br /><small>${row.note}</small>`}` },
  "region",
  { name: "quantity", isNumber: true, cell: (row) => html`<${Quantity} quantity=${row.quantity} unit=${row.unit} />` },
  { ...said("price", "Price", priceOf), isNumber: true }, { name: "funding", title: "Paid by" },
  amount("amount", `Amount, ${bill.currency}`),
  { name: "explain", title: "Why", text: () => "", cell: (row) => html`<a href=${explainLink(bill, row.number)}>
    Explain<span class="hidden"> line ${row.number}, ${row.item}</span></a>` },
];

const Part = ({ bill, name, title }) => html`<div data-fact=${name}><dt>${title}</dt>
  <dd><${Money} amount=${bill[name]} currency=${bill.currency} /></dd></div>`;

export const Lines = ({ bill }) => html`
  <${Table} title="Lines" hasCsv columns=${columnsOf(bill)} empty="This bill has no lines."
    rows=${bill.lines.map((line, index) => ({ ...line, number: index + 1 }))} />
  <dl class="facts totals">
    ${!isZero(bill.rounding) && html`
      <${Part} bill=${bill} name="exact_total" title="Exact total" /><${Part} bill=${bill} name="rounding" title="Rounding" />`}
    <${Part} bill=${bill} name="total" title=${html`<strong>Total</strong>`} />
  </dl>`;
