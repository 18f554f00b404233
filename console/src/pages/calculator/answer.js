// SPDX-License-Identifier: Apache-2.0
// What the calculator shows: one call of each operation, the cheapest mix with its proof, break-even points, cost
// against volume, sensitivity. Every digit is the API's.
import { html } from "../../lib/html.js";
import { Chart, Facts, instant, money, Money, Notice, number, ProblemNotice, said, Table, When } from "../../parts/index.js";

const ONE = [
  { name: "operation", title: "One call of" }, { name: "item", title: "Is metered as" },
  { name: "quantity", isNumber: true, text: (row) => `${row.quantity ?? ""} ${row.unit ?? ""}`.trim() }, money("amount", "Costs"),
  said("note", "Why", ({ note }) => (typeof note === "string" ? note : "")),
];
const rowsOf = (quote) => {
  const lines = quote.bills.flatMap((bill) => bill.lines.map((line) => ({ ...line, currency: bill.currency })));
  const wrong = [...quote.unpriced, ...quote.rejected].map((note) => ({ note }));
  const rows = lines.length + wrong.length > 0 ? [...lines, ...wrong] : [{ note: "free, or billed elsewhere" }];
  return rows.map((row) => ({ ...row, operation: quote.operation }));
};
/** Pay-as-you-go from the first unit on, in an account of its own. */
export const OneCall = ({ quotes }) => html`<section><h2>Price of one call</h2>
  ${quotes.map(({ problem }, key) => problem && html`<${ProblemNotice} key=${key} problem=${problem} />`)}
  <${Table} title="One call, pay as you go, from the first unit on" isTitleHidden hasCsv columns=${ONE}
    rows=${quotes.filter(({ data }) => data).flatMap(({ data }) => rowsOf(data))} /></section>`;

const buyText = ({ sku, quantity, periods, times }) =>
  `${quantity} x ${sku}${periods > 1 ? ` for ${periods} periods` : ""}${times > 1 ? `, ${times} times` : ""}`;
const mixText = (mix) => (mix.length === 0 ? "nothing: pay as you go" : mix.map(buyText).join("; "));

const PURCHASES = [{ name: "sku", title: "Buy" }, number("quantity", "Pieces"), number("periods"), instant("effective_at", "From")];
const Best = ({ plan: { best, payg, saving, proof }, currency }) => html`<section class="card" data-plan="100"><h2>The cheapest mix</h2>
  <${Facts} facts=${[
    ["Costs", best.cost, "cost"], ["of which bought before", best.of_purchases, "purchases"], ["of which as you go", best.of_payg, "as-you-go"],
    ["Pay as you go alone", payg.cost, "payg"], ["Saves", saving, "saving"],
  ].map(([title, amount, name]) => [title, html`<${Money} amount=${amount} currency=${currency} />`, name])} />
  ${best.purchases.length > 0 ? html`<${Table} title="What to buy" columns=${PURCHASES} rows=${best.purchases} />`
    : html`<p><strong>Buy nothing:</strong> pay as you go.</p>`}
  ${best.unpaid_events > 0 && html`<${Notice} kind="warning" title="Not everything has a price">${best.unpaid_events} calls have no published price; they are not in these sums.<//>`}
  <p data-proof=${proof.proved ? "proved" : "open"}>${proof.proved
    ? html`<span class="state good">✓ Proved:</span> nothing in the space is cheaper (${proof.rated} candidates rated, ${proof.ruled_out} branches ruled out).`
    : html`<span class="state warning">Not proved:</span> no plan is cheaper than ${proof.bound} ${currency}.`}</p></section>`;

const SENSITIVE = [
  said("percent", "Usage", ({ percent }) => `${percent} %`), money("best.cost", "Cheapest mix"), money("payg.cost", "As you go alone"),
  money("saving", "Saves"), said("mix", "Buy", ({ best }) => mixText(best.purchases)), said("proved", "Proved", ({ proof }) => (proof.proved ? "yes" : "no")),
];
const Sensitivity = ({ plans, currency }) => html`<${Table} title="If the usage is less or more" hasCsv columns=${SENSITIVE}
  rows=${plans.map((plan) => ({ ...plan, currency }))} />`;

const EVEN = [
  { name: "sku", title: "Product" }, { name: "item", title: "Pays for",
    cell: (row, item) => html`${item}${row.cell && html` <span class="quiet">${row.cell}</span>`}` },
  number("quantity", "Pieces"), number("price"),
  { ...number("volume", "Pays from"), cell: (row, volume) => (volume ? `${volume} ${row.unit}` : "never") },
  number("at.payg", "As you go there"), number("at.with", "With it"), { name: "why", title: "Why not" },
];
const BreakEven = ({ rows, currency }) => html`<${Table} title=${`Break-even volumes, in one cycle, ${currency}`} hasCsv columns=${EVEN}
  empty="Nothing is sold beforehand for this usage." rows=${rows} />`;

const MIXES = [number("volume", "From calls"), number("cost"), number("payg", "As you go"),
  said("mix", "The cheapest mix becomes", ({ mix }) => mixText(mix))];
export const Curve = ({ data: { curve: { points, whole }, currency } }) => html`<section>
  <${Chart} title="Cost against volume" unit=${currency} about="The cheapest mix and pay-as-you-go alone, from one call to twice the usage."
    x=${{ title: "Calls", kind: "number", values: points.map(({ volume }) => volume) }}
    series=${[{ title: "Cheapest mix", values: points.map(({ cost }) => cost) }, { title: "Pay as you go alone", values: points.map(({ payg }) => payg) }]} />
  <${Table} title="Where the cheapest mix changes" hasCsv columns=${MIXES} empty="It is the same at every volume."
    rows=${points.filter(({ changes }) => changes)} />
  ${!whole && html`<p class="quiet">There are more changes than were looked for.</p>`}</section>`;

export const Plan = ({ data: plan }) => html`
  <${Best} plan=${plan.plans.find(({ percent }) => percent === 100)} currency=${plan.currency} />
  <p class="quiet"><${When} at=${plan.from} /> to <${When} at=${plan.until} />, ${plan.events} calls. Exact sums, before bills are rounded.</p>`;
export const Around = ({ data: plan }) => html`
  <${BreakEven} rows=${plan.break_even} currency=${plan.currency} />
  <${Sensitivity} plans=${plan.plans} currency=${plan.currency} />
  <details><summary>What was searched</summary><pre>${plan.space}</pre></details>`;
