// SPDX-License-Identifier: Apache-2.0
// What the calculator shows: one call of each operation, the cheapest mix with its proof, break-even points, cost
// against volume, sensitivity. Every digit is the API's.
import { html } from "../../lib/html.js";
import { Chart, Facts, Money, Notice, ProblemNotice, Table, When } from "../../parts/index.js";

const money = (name, title, currency) => ({ name, title, isNumber: true, text: (row) => row[name],
  cell: (row) => html`<${Money} amount=${row[name]} currency=${currency} />` });

const ONE = [
  { name: "operation", title: "One call of" }, { name: "item", title: "Is metered as" },
  { name: "quantity", title: "Quantity", isNumber: true, text: (row) => `${row.quantity ?? ""} ${row.unit ?? ""}`.trim(),
    cell: (row) => `${row.quantity ?? ""} ${row.unit ?? ""}` },
  { name: "amount", title: "Costs", isNumber: true, text: (row) => row.amount,
    cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` },
  { name: "note", title: "Why" },
];
const rowsOf = (quote) => {
  const lines = quote.bills.flatMap((bill) => bill.lines.map((line) => ({ ...line, currency: bill.currency })));
  const wrong = [...quote.unpriced, ...quote.rejected].map((note) => ({ note }));
  const rows = lines.length + wrong.length > 0 ? [...lines, ...wrong] : [{ note: "free, or billed elsewhere" }];
  return rows.map((row) => ({ operation: quote.operation, item: row.item, quantity: row.quantity, unit: row.unit, amount: row.amount,
    currency: row.currency, note: typeof row.note === "string" ? row.note : "" }));
};
/** Pay-as-you-go from the first unit on, in an account of its own. */
export const OneCall = ({ quotes }) => html`<section><h2>Price of one call</h2>
  ${quotes.map(({ problem }, key) => problem && html`<${ProblemNotice} key=${key} problem=${problem} />`)}
  <${Table} title="One call, pay as you go, from the first unit on" isTitleHidden hasCsv columns=${ONE}
    rows=${quotes.filter(({ data }) => data).flatMap(({ data }) => rowsOf(data)).map((row, key) => ({ ...row, key }))} /></section>`;

const buyText = ({ sku, quantity, periods, times }) =>
  `${quantity} x ${sku}${periods > 1 ? ` for ${periods} periods` : ""}${times > 1 ? `, ${times} times` : ""}`;
export const mixText = (mix) => (mix.length === 0 ? "nothing: pay as you go" : mix.map(buyText).join("; "));

const PURCHASES = [
  { name: "sku", title: "Buy" }, { name: "quantity", title: "Pieces", isNumber: true }, { name: "periods", title: "Periods", isNumber: true },
  { name: "effective_at", title: "From", cell: (row) => html`<${When} at=${row.effective_at} />` },
];
const Best = ({ plan: { best, payg, saving, proof }, currency }) => html`<section class="card" data-plan="100"><h2>The cheapest mix</h2>
  <${Facts} facts=${[
    ["Costs", html`<${Money} amount=${best.cost} currency=${currency} />`, "cost"],
    ["of which bought before", html`<${Money} amount=${best.of_purchases} currency=${currency} />`, "purchases"],
    ["of which as you go", html`<${Money} amount=${best.of_payg} currency=${currency} />`, "as-you-go"],
    ["Pay as you go alone", html`<${Money} amount=${payg.cost} currency=${currency} />`, "payg"],
    ["Saves", html`<${Money} amount=${saving} currency=${currency} />`, "saving"],
  ]} />
  ${best.purchases.length > 0 ? html`<${Table} title="What to buy" columns=${PURCHASES} rows=${best.purchases.map((row, key) => ({ ...row, key }))} />`
    : html`<p><strong>Buy nothing:</strong> pay as you go.</p>`}
  ${best.unpaid_events > 0 && html`<${Notice} kind="warning" title="Not everything has a price">${best.unpaid_events} calls are paid by nothing that is
    sold with a published price; they are not in these sums.<//>`}
  <p data-proof=${proof.proved ? "proved" : "open"}>${proof.proved
    ? html`<span class="state good">✓ Proved:</span> nothing in the space is cheaper (${proof.rated} candidates rated, ${proof.ruled_out} branches ruled out).`
    : html`<span class="state warning">Not proved:</span> no plan is cheaper than ${proof.bound} ${currency}.`}</p></section>`;

const sensitive = (currency) => [
  { name: "percent", title: "Usage", text: (row) => `${row.percent} %`, cell: (row) => `${row.percent} %` },
  money("cost", "Cheapest mix", currency), money("payg", "As you go alone", currency), money("saving", "Saves", currency),
  { name: "mix", title: "Buy" }, { name: "proved", title: "Proved" },
];
const Sensitivity = ({ plans, currency }) => html`<${Table} title="If the usage is less or more" hasCsv columns=${sensitive(currency)}
  rows=${plans.map(({ percent, best, payg, saving, proof }) => ({ key: percent, percent, cost: best.cost, payg: payg.cost, saving,
    mix: mixText(best.purchases), proved: proof.proved ? "yes" : "no" }))} />`;

const EVEN = [
  { name: "sku", title: "Product" }, { name: "item", title: "Pays for", text: (row) => row.item,
    cell: (row) => html`${row.item}${row.cell && html` <span class="quiet">${row.cell}</span>`}` },
  { name: "quantity", title: "Pieces", isNumber: true }, { name: "price", title: "Price", isNumber: true },
  { name: "volume", title: "Pays from", isNumber: true, text: (row) => row.volume,
    cell: (row) => (row.volume ? `${row.volume} ${row.unit}` : "never") },
  { name: "payg", title: "As you go there", isNumber: true }, { name: "with", title: "With it", isNumber: true }, { name: "why", title: "Why not" },
];
const BreakEven = ({ rows, currency }) => html`<${Table} title=${`Break-even volumes, in one cycle, ${currency}`} hasCsv columns=${EVEN}
  empty="Nothing is sold beforehand for this usage."
  rows=${rows.map((row, key) => ({ ...row, key, payg: row.at?.payg, with: row.at?.with }))} />`;

const MIXES = [
  { name: "volume", title: "From calls", isNumber: true }, { name: "cost", title: "Cost", isNumber: true },
  { name: "payg", title: "As you go", isNumber: true }, { name: "mix", title: "The cheapest mix becomes" },
];
export const Curve = ({ data: { curve: { points, whole }, currency } }) => html`<section>
  <${Chart} title="Cost against volume" unit=${currency} about="The cheapest mix and pay-as-you-go alone, from one call to twice the usage."
    x=${{ title: "Calls", kind: "number", values: points.map(({ volume }) => volume) }}
    series=${[{ title: "Cheapest mix", values: points.map(({ cost }) => cost) }, { title: "Pay as you go alone", values: points.map(({ payg }) => payg) }]} />
  <${Table} title="Where the cheapest mix changes" hasCsv columns=${MIXES} empty="It is the same at every volume."
    rows=${points.filter(({ changes }) => changes).map((row) => ({ ...row, key: row.volume, mix: mixText(row.mix) }))} />
  ${!whole && html`<p class="quiet">There are more changes than were looked for.</p>`}</section>`;

export const Plan = ({ data: plan }) => html`
  <${Best} plan=${plan.plans.find(({ percent }) => percent === 100)} currency=${plan.currency} />
  <p class="quiet"><${When} at=${plan.from} /> to <${When} at=${plan.until} />, ${plan.events} calls. Exact sums, before bills are rounded.</p>`;
export const Around = ({ data: plan }) => html`
  <${BreakEven} rows=${plan.break_even} currency=${plan.currency} />
  <${Sensitivity} plans=${plan.plans} currency=${plan.currency} />
  <details><summary>What was searched</summary><pre>${plan.space}</pre></details>`;
