// SPDX-License-Identifier: Apache-2.0
// Why a line of a bill is what it is: of a closed bill as it was closed, of an open one as it would be now.
import { html } from "../../lib/html.js";
import { useGet, withQuery } from "../../lib/api.js";
import { billLink, explainLink, isOpenBill, lineDetails, pathOf, priceOf } from "../../lib/bills.js";
import { Asked, code, Facts, money, Money, Notice, Quantity, said } from "../../parts/index.js";
import { Steps } from "./steps.js";

const FACTS = [
  { name: "quantity", cell: ({ quantity, unit }) => html`<${Quantity} quantity=${quantity} unit=${unit} />` },
  { name: "price", cell: (line) => html`${priceOf(line)} <small>${line.currency}</small>` },
  { name: "funding", title: "Paid by" }, money("amount"), "region", said("more", "More", (line) => lineDetails(line).join(", ")),
  { name: "price_from", title: "Price since" }, code("source", "Written in"), "note",
];

const Line = ({ bill, line, number, isOnly }) => html`<article data-line=${number}>
  <h3>${isOnly ? html`Line ${number}: ${line.item}`
    : html`<a href=${explainLink(bill, number)}>Line ${number}: ${line.item}</a>`}</h3>
  <${Facts} of=${{ ...line, currency: bill.currency }} facts=${FACTS} />
  <${Steps} steps=${line.steps} title=${`Every step of line ${number}`} />
</article>`;

const Lines = ({ bill, lines, only }) => html`
  <h2 class="subject"><a href=${billLink(bill)}>${bill.number ?? `${bill.tariff}, not closed`}</a></h2>
  <p class="quiet">${bill.account}, ${bill.tariff}, ${bill.kind}, total
    ${" "}<${Money} amount=${bill.total} currency=${bill.currency} />
    ${only && html` · <a href=${explainLink(bill, "")}>All lines</a>`}</p>
  ${lines.length === 0 && html`<${Notice} kind="warning" title="There is no such line">
    The bill has ${bill.lines.length} lines.<//>`}
  ${lines.map(([line, number]) => html`
    <${Line} key=${number} bill=${bill} line=${line} number=${number} isOnly=${lines.length === 1} />`)}`;

export const ExplainBill = ({ number, query: { line: only } }) => html`
  <${Asked} answer=${useGet(withQuery(`${pathOf("bills", number)}/explain`, { line: only }))} what="the explanation">${(bill) => html`
    <${Lines} bill=${bill} only=${only} lines=${bill.lines.map((line, index) => [line, only ?? index + 1])} />`}<//>`;

const OpenBill = ({ bills, query: { account, line: only, ...query } }) => {
  const bill = bills.find(isOpenBill(query));
  if (!bill) return html`<${Notice} kind="warning" title="It is not open any more">
    Look among the closed bills of ${account}.<//>`;
  const lines = bill.lines.map((line, index) => [line, index + 1]);
  return html`<${Lines} bill=${bill} only=${only} lines=${lines.filter(([, number]) => !only || String(number) === only)} />`;
};

export const ExplainOpen = ({ query }) => {
  const answer = useGet(query.account ? withQuery(pathOf("accounts", query.account, "charges"), { explain: "true" }) : null);
  return query.account ? html`<${Asked} answer=${answer} what="the explanation">${({ bills }) => html`
      <${OpenBill} bills=${bills} query=${query} />`}<//>`
    : html`<${Notice} kind="warning">Come here by the line of a bill.<//>`;
};
