// SPDX-License-Identifier: Apache-2.0
// Why a line of a bill is what it is: of a closed bill as it was closed, of an open one as it would be now.
import { html } from "../../lib/html.js";
import { useGet, withQuery } from "../../lib/api.js";
import { billLink, explainLink, isOpenBill, lineDetails, pathOf, priceOf } from "../../lib/bills.js";
import { Facts, Loading, Money, Notice, ProblemNotice, Quantity } from "../../parts/index.js";
import { Steps } from "./steps.js";

const Line = ({ bill, line, number, isOnly }) => html`<article data-line=${number}>
  <h3>${isOnly ? html`Line ${number}: ${line.item}`
    : html`<a href=${explainLink(bill, number)}>Line ${number}: ${line.item}</a>`}</h3>
  <${Facts} facts=${[
    ["Quantity", html`<${Quantity} quantity=${line.quantity} unit=${line.unit} />`, "quantity"],
    ["Price", html`${priceOf(line)} <small>${bill.currency}</small>`, "price"],
    ["Paid by", line.funding, "funding"],
    ["Amount", html`<${Money} amount=${line.amount} currency=${bill.currency} />`, "amount"],
    ["Region", line.region, "region"],
    ["More", lineDetails(line).join(", ") || null, "more"],
    ["Price since", line.price_from, "price_from"],
    ["Written in", line.source && html`<code>${line.source}</code>`, "written"],
    ["Note", line.note, "note"],
  ]} />
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

export const ExplainBill = ({ number, query }) => {
  const only = query.line;
  const { data, problem } = useGet(withQuery(`${pathOf("bills", number)}/explain`, { line: only }));
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the explanation" />`;
  const lines = data.lines.map((line, index) => [line, only ?? index + 1]);
  return html`<${Lines} bill=${data} only=${only} lines=${lines} />`;
};

export const ExplainOpen = ({ query }) => {
  const path = query.account ? withQuery(pathOf("accounts", query.account, "charges"), { explain: "true" }) : null;
  const { data, problem } = useGet(path);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!query.account) return html`<${Notice} kind="warning">Which account? Come here by the line of a bill.<//>`;
  if (!data) return html`<${Loading} what="the explanation" />`;
  const bill = data.bills.find(isOpenBill(query));
  if (!bill) return html`<${Notice} kind="warning" title="It is not open any more">
    Look among the closed bills of ${query.account}.<//>`;
  const lines = bill.lines.map((line, index) => [line, index + 1]);
  return html`<${Lines} bill=${bill} only=${query.line}
    lines=${query.line ? lines.filter(([, number]) => String(number) === query.line) : lines} />`;
};
