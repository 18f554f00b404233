// SPDX-License-Identifier: Apache-2.0
// Two bills side by side; the differences are exact. Instead of a number "open" is what the account of the other bill
// has not been billed for yet under the same tariff.
import { html, useMemo, useState } from "../../lib/html.js";
import { useGet, withQuery } from "../../lib/api.js";
import { billLink, compareBills, lineDetails, pathOf } from "../../lib/bills.js";
import { subtract } from "../../lib/decimal.js";
import { goTo, linkTo } from "../../lib/route.js";
import { showDate } from "../../lib/time.js";
import { amount, Facts, Form, Loading, Money, Notice, number, ProblemNotice, Table, Tick, useFields } from "../../parts/index.js";

const Filters = ({ query }) => {
  const { said, field } = useFields(query);
  const { account, tariff } = useGet(query.left && query.left !== "open" ? pathOf("bills", query.left) : null).data ?? {};
  const bills = useGet(withQuery("/v1/bills", { account, tariff, order: "desc", limit: 100 })).data?.items ?? [];
  const more = html`<p class="quiet">“open” stands for what is not billed yet under the tariff of the other one.</p>`;
  return html`<${Form} verb="Compare" after=${more} onSubmit=${() => goTo(linkTo(["bills", "compare"], said))}>
    ${field("left", "Bill", { isRequired: true, placeholder: "vclm-1", list: "bills" })}
    ${field("right", "With", { isRequired: true, placeholder: "vclm-2 or open", list: "bills" })}
    <datalist id="bills"><option value="open" />${bills.map((bill) => html`<option value=${bill.number}
      label=${`${bill.account}, ${bill.kind} from ${showDate(bill.cycle.start)}: ${bill.total} ${bill.currency}`} />`)}</datalist><//>`;
};

const partsOf = ({ line }) => [line.region, ...lineDetails(line), line.funding].filter(Boolean);

const columnsOf = (left, right) => [
  { name: "item", text: (row) => [row.line.item, ...partsOf(row)].join(", "),
    cell: (row) => html`${row.line.item}${partsOf(row).map((part) => html` <small>${part}</small>`)}` },
  number("left.quantity", `Quantity, ${left}`),
  number("right.quantity", `Quantity, ${right}`),
  number("quantity", "Difference"),
  number("left.amount", `Amount, ${left}`),
  number("right.amount", `Amount, ${right}`),
  amount("amount", "Difference"),
];

const Link = ({ bill }) => html`<a href=${billLink(bill)}>${bill.number ?? "open"}</a>`;

const Differences = ({ left, right }) => {
  const [isOnlyChanged, setOnlyChanged] = useState(false);
  const rows = useMemo(() => compareBills(left, right), [left, right]);
  const shown = isOnlyChanged ? rows.filter((row) => row.isChanged) : rows;
  const columns = useMemo(() => columnsOf(left.number ?? "open", right.number ?? "open"), [left, right]);
  const money = (amount) => html`<${Money} amount=${amount} currency=${left.currency} />`;
  if (left.currency !== right.currency)
    return html`<${Notice} kind="warning" title="These cannot be compared">
      One is in ${left.currency}, the other in ${right.currency}.<//>`;
  return html`
    <${Facts} facts=${[
      [html`<${Link} bill=${left} />, ${left.account}`, money(left.total), "left"],
      [html`<${Link} bill=${right} />, ${right.account}`, money(right.total), "right"],
      ["Difference", money(subtract(right.total, left.total)), "difference"],
      ["Difference, exact", money(subtract(right.exact_total, left.exact_total)), "exact"],
    ]} />
    <${Tick} label="Only lines that differ" value=${isOnlyChanged} onInput=${setOnlyChanged} />
    <${Table} title="Line by line, the largest difference first" hasCsv columns=${columns} rows=${shown}
      empty="No line differs." />`;
};

const openOf = (charges, other) =>
  charges?.bills.find((bill) => bill.tariff === other?.tariff && bill.kind === "usage") ?? null;

/* A number, or "open": then the other side says whose. */
const useBills = (left, right) => {
  const closed = [left, right].map((name) => useGet(name && name !== "open" ? pathOf("bills", name) : null));
  const known = closed[0].data ?? closed[1].data;
  const isOpen = left === "open" || right === "open";
  const charges = useGet(isOpen && known ? pathOf("accounts", known.account, "charges") : null);
  const problem = closed[0].problem ?? closed[1].problem ?? charges.problem;
  const bills = [left, right].map((name, index) => (name === "open" ? openOf(charges.data, known) : closed[index].data));
  return { bills, problem, hasNone: isOpen && charges.data !== null && openOf(charges.data, known) === null };
};

const Both = ({ left, right }) => {
  const { bills, problem, hasNone } = useBills(left, right);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (hasNone) return html`<${Notice} kind="warning" title="There is nothing open">
    Everything under this tariff is billed.<//>`;
  if (!bills[0] || !bills[1]) return html`<${Loading} what="both bills" />`;
  return html`<${Differences} left=${bills[0]} right=${bills[1]} />`;
};

export const Compare = ({ query }) => html`
  <${Filters} key=${JSON.stringify(query)} query=${query} />
  ${query.left && query.right && (query.left === "open" && query.right === "open"
    ? html`<${Notice} kind="warning">One of the two has a number.<//>`
    : html`<${Both} key=${`${query.left} ${query.right}`} left=${query.left} right=${query.right} />`)}`;
