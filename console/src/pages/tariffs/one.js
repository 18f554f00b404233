// SPDX-License-Identifier: Apache-2.0
// One tariff: its prices by version, operations, products, worked examples, and its source.
import { html, useEffect, useState } from "../../lib/html.js";
import { getText, useGet, withQuery } from "../../lib/api.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Facts, Field, Loading, ProblemNotice, Table, Tabs, When } from "../../parts/index.js";
import { Examples, State } from "./parts.js";

export const sourceOf = (tariff, set) => withQuery(`/v1/tariffs/${encodeURIComponent(tariff)}/source`, { set });

/** A text with the numbers of its lines. */
export const Source = ({ title, text }) => html`<div class="source table" role="region" aria-label=${title} tabindex="0"><pre>
  ${text.split("\n").map((line, index) => html`<span class="line" data-line=${index + 1}>${`${line}\n`}</span>`)}</pre></div>`;

/** {text, problem} of a path in YAML. */
const useText = (path) => {
  const [state, setState] = useState({ path: null, text: null, problem: null });
  useEffect(() => {
    let isOver = false;
    getText(path, "application/yaml").then((text) => isOver || setState({ path, text, problem: null }),
      (problem) => isOver || setState({ path, text: null, problem }));
    return () => { isOver = true; };
  }, [path]);
  return state.path === path ? state : { text: null, problem: null };
};

const tierText = (tier) => `${tier.up_to === null ? "above" : `up to ${tier.up_to}`}: ${tier.price}`;
const priceText = (cell) => (cell.tiers ? cell.tiers.map(tierText).join("; ") : cell.price ?? cell.mode);
const PRICES = [
  { name: "item", title: "Item", text: (row) => row.item, cell: (row) => html`${row.item}<br /><span class="quiet">${row.title}</span>` },
  { name: "from", title: "From", cell: (row) => (row.from ? html`<${When} at=${row.from} />` : "ever") },
  { name: "until", title: "Until", cell: (row) => html`<${When} at=${row.until} />` },
  { name: "region", title: "Region" }, { name: "cell", title: "Cell" }, { name: "mode", title: "How" },
  { name: "price", title: "Price", isNumber: true },
  { name: "per", title: "Per", isNumber: true, text: (row) => `${row.per} ${row.unit}`, cell: (row) => `${row.per} ${row.unit}` },
  { name: "source", title: "Source" },
];
const rowsOf = (tariff) => tariff.items.flatMap((item) => item.prices.flatMap((price) => price.cells.map((cell) => ({
  key: `${item.name} ${price.from} ${cell.region} ${cell.cell}`, item: item.name, title: item.title, unit: item.unit,
  from: price.from, until: price.until, region: cell.region, cell: cell.cell, mode: cell.mode, per: cell.per,
  price: priceText(cell), source: cell.source }))));

const OPERATIONS = [
  { name: "name", title: "Operation" },
  { name: "items", title: "Is metered as", text: (row) => row.items.map(({ item }) => item).join("; "),
    cell: (row) => row.items.map(({ item, when }) => html`<div>${item}${when && html` <span class="quiet">when ${when}</span>`}</div>`) },
  { name: "source", title: "Source" },
];
const PRODUCTS = [
  { name: "sku", title: "Product" }, { name: "kind", title: "Kind" }, { name: "units", title: "Units", isNumber: true },
  { name: "unit", title: "Of" }, { name: "price", title: "Price", isNumber: true, text: (row) => row.price,
    cell: (row) => (row.published ? row.price ?? "by quantity" : "not published") },
  { name: "validity", title: "Valid for" },
  { name: "scope", title: "Pays for", text: (row) => (row.scope ?? []).map(({ item }) => item).join("; "),
    cell: (row) => (row.scope ?? []).map(({ item, factor, per }) => html`<div>${item} <span class="quiet">${factor} per ${per}</span></div>`) },
];

const Prices = ({ tariff, name, query }) => {
  const [at, setAt] = useState(query.at ?? "");
  const submit = (event) => {
    event.preventDefault();
    goTo(linkTo(["tariffs", "of", name], { at: at.trim() }));
  };
  return html`<form class="inline" onSubmit=${submit}>
      <${Field} label="As they hold at" value=${at} onInput=${setAt} hint="A day or an instant; empty: every version." />
      <button type="submit">Show</button></form>
    <${Table} title="Prices" hasCsv columns=${PRICES} rows=${rowsOf(tariff)} />`;
};

const Worked = ({ name }) => {
  const { data, problem } = useGet(`/v1/tariffs/${encodeURIComponent(name)}/examples`);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the examples to be run" />`;
  return html`<p data-examples=${`${data.passed} ${data.failed}`}>Run just now:${" "}
      <${State} isGood=${data.failed === 0} good=${`${data.passed} hold`} bad=${`${data.failed} fail, ${data.passed} hold`} /></p>
    <${Examples} examples=${data.examples} empty="This tariff has no examples of its own." />`;
};

const Written = ({ name, set }) => {
  const { text, problem } = useText(sourceOf(name, set));
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  return text === null ? html`<${Loading} what="the source" />` : html`<${Source} title=${`Source of ${name}`} text=${text} />`;
};

const VIEWS = [["prices", "Prices"], ["operations", "Operations"], ["products", "Products"], ["examples", "Examples"], ["source", "Source"]];

export const One = ({ name, view = "prices", query }) => {
  const { data, problem } = useGet(withQuery(`/v1/tariffs/${encodeURIComponent(name)}`, { at: query.at }));
  const link = (to) => linkTo(["tariffs", "of", name, ...(to === "prices" ? [] : [to])]);
  return html`<h2>${name}${query.set && ` in set ${query.set}`}</h2>
    <${Tabs} label=${`Of ${name}`} tabs=${VIEWS.map(([to, title]) => ({ title, link: link(to), isCurrent: to === view }))} />
    ${view === "examples" && html`<${Worked} name=${name} />`}
    ${view === "source" && html`<${Written} name=${name} set=${query.set} />`}
    ${["prices", "operations", "products"].includes(view) && (problem ? html`<${ProblemNotice} problem=${problem} />`
      : !data ? html`<${Loading} what="the tariff" />` : html`
        <${Facts} facts=${[["Title", data.title, "title"], ["Currency", data.currency, "currency"], ["Zone", data.zone], ["Cycle", data.cycle],
          ["Paid by, in this order", data.funding.join(", ")]]} />
        ${view === "prices" && html`<${Prices} key=${query.at} tariff=${data} name=${name} query=${query} />`}
        ${view === "operations" && html`<${Table} title="Operations" hasCsv columns=${OPERATIONS}
          rows=${data.operations.map((row) => ({ ...row, key: row.name }))} />`}
        ${view === "products" && html`<${Table} title="Products" hasCsv columns=${PRODUCTS} empty="It sells nothing beforehand."
          rows=${data.products.map((row) => ({ ...row, key: row.sku }))} />`}`)}`;
};
