// SPDX-License-Identifier: Apache-2.0
// The lines of a bill, each with the way to its explanation, and the totals under them.
import { html } from "../lib/html.js";
import { explainLink, lineDetails, priceOf } from "../lib/bills.js";
import { isZero } from "../lib/decimal.js";
import { Money, Quantity } from "./Money.js";
import { Table } from "./Table.js";

const columnsOf = (bill) => [
  { name: "item", title: "Item", text: (row) => [row.item, ...lineDetails(row)].join(", "), cell: (row) => html`
    ${row.item}${lineDetails(row).map((detail) => html` <small>${detail}</small>`)}
    ${row.note && html`<br /><small>${row.note}</small>`}` },
  { name: "region", title: "Region" },
  { name: "quantity", title: "Quantity", isNumber: true, text: (row) => row.quantity,
    cell: (row) => html`<${Quantity} quantity=${row.quantity} unit=${row.unit} />` },
  { name: "price", title: "Price", isNumber: true, text: priceOf, cell: priceOf },
  { name: "funding", title: "Paid by" },
  { name: "amount", title: `Amount, ${bill.currency}`, isNumber: true, text: (row) => row.amount,
    cell: (row) => html`<${Money} amount=${row.amount} />` },
  { name: "explain", title: "Why", text: () => "", cell: (row) => html`<a href=${explainLink(bill, row.number)}>
    Explain<span class="hidden"> line ${row.number}, ${row.item}</span></a>` },
];

export const Lines = ({ bill }) => html`
  <${Table} title="Lines" hasCsv columns=${columnsOf(bill)} empty="This bill has no lines."
    rows=${bill.lines.map((line, index) => ({ ...line, key: index, number: index + 1 }))} />
  <dl class="facts totals">
    ${!isZero(bill.rounding) && html`
      <div data-fact="exact_total"><dt>Exact total</dt>
        <dd><${Money} amount=${bill.exact_total} currency=${bill.currency} /></dd></div>
      <div data-fact="rounding"><dt>Rounding</dt>
        <dd><${Money} amount=${bill.rounding} currency=${bill.currency} /></dd></div>`}
    <div data-fact="total"><dt><strong>Total</strong></dt>
      <dd><strong><${Money} amount=${bill.total} currency=${bill.currency} /></strong></dd></div>
  </dl>`;
