// SPDX-License-Identifier: Apache-2.0
// One tariff: its prices by version, operations, products, worked examples, and its source.
import { html, useEffect, useState } from "../../lib/html.js";
import { getText, useGet, withQuery } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Asked, Facts, Form, instant, number, said, Table, Tabs, useFields } from "../../parts/index.js";
import { Examples, State } from "./parts.js";

export const sourceOf = (tariff, set) => withQuery(pathOf("tariffs", tariff, "source"), { set });

/** A text with the numbers of its lines. */
export const Source = ({ title, text }) => html`<div class="source table" role="region" aria-label=${title} tabindex="0"><pre>
  ${text.split("\n").map((line, index) => html`<span class="line" data-line=${index + 1}>${`${line}\n`}</span>`)}</pre></div>`;

/** {data, problem} of a path in YAML. */
const useText = (path) => {
  const [state, setState] = useState({});
  useEffect(() => {
    let isOver = false;
    getText(path, "application/yaml").then((data) => ({ path, data }), (problem) => ({ path, problem }))
      .then((answer) => isOver || setState(answer));
    return () => { isOver = true; };
  }, [path]);
  return state.path === path ? state : {};
};

const tierText = (tier) => `${tier.up_to === null ? "above" : `up to ${tier.up_to}`}: ${tier.price}`;
const priceText = (cell) => (cell.tiers ? cell.tiers.map(tierText).join("; ") : cell.price ?? cell.mode);
const PRICES = [
  { name: "item", cell: (row, item) => html`${item}<br /><span class="quiet">${row.title}</span>` },
  instant("from", "From", "ever"), instant("until"), "region", "cell", { name: "mode", title: "How" }, number("price"),
  { ...number("per"), text: (row) => `${row.per} ${row.unit}` }, "source",
];
const rowsOf = (tariff) => tariff.items.flatMap((item) => item.prices.flatMap(({ from, until, cells }) => cells.map((cell) => ({
  ...cell, item: item.name, title: item.title, unit: item.unit, from, until, price: priceText(cell) }))));

/* Items, each with what is said of it. */
const items = (name, title, about) => ({ name, title, text: (row) => (row[name] ?? []).map(({ item }) => item).join("; "),
  cell: (row, list) => list?.map((one) => html`<div>${one.item} <span class="quiet">${about(one)}</span></div>`) });

const OPERATIONS = [{ name: "name", title: "Operation" }, items("items", "Is metered as", ({ when }) => when && `when ${when}`),
  said("attributes", "Reads (?: only sometimes)", (row) => row.attributes.map(({ name, required, default: value }) =>
    `${name}${required ? "" : value === null ? "?" : ` = ${value}`}`).join(", ")), "source"];
const PRODUCTS = [
  { name: "sku", title: "Product" }, "kind", number("units"), { name: "unit", title: "Of" },
  { ...number("price"), cell: (row, price) => (row.published ? price ?? "by quantity" : "not published") },
  { name: "validity", title: "Valid for" }, items("scope", "Pays for", ({ factor, per }) => `${factor} per ${per}`),
];
const FACTS = ["title", "currency", "zone", "cycle", said("funding", "Paid by, in this order", ({ funding }) => funding.join(", "))];

const Prices = ({ tariff, name, query }) => {
  const { said: { at }, field } = useFields({ at: query.at });
  return html`<${Form} verb="Show" onSubmit=${() => goTo(linkTo(["tariffs", "of", name], { at }))}>
      ${field("at", "As they hold at", { hint: "A day or an instant; empty: every version." })}<//>
    <${Table} title="Prices" hasCsv columns=${PRICES} rows=${rowsOf(tariff)} />`;
};

const Worked = ({ name }) => html`
  <${Asked} answer=${useGet(pathOf("tariffs", name, "examples"))} what="the examples to be run">${({ passed, failed, examples }) => html`
    <p data-examples=${`${passed} ${failed}`}>Run just now:${" "}
      <${State} isGood=${failed === 0} good=${`${passed} hold`} bad=${`${failed} fail, ${passed} hold`} /></p>
    <${Examples} examples=${examples} empty="This tariff has no examples of its own." />`}<//>`;

const Written = ({ name, set }) => html`<${Asked} answer=${useText(sourceOf(name, set))} what="the source">${(text) => html`
  <${Source} title=${`Source of ${name}`} text=${text} />`}<//>`;

const VIEWS = [["prices", "Prices"], ["operations", "Operations"], ["products", "Products"], ["examples", "Examples"], ["source", "Source"]];

export const One = ({ name, view = "prices", query }) => {
  const answer = useGet(withQuery(pathOf("tariffs", name), { at: query.at }));
  const link = (to) => linkTo(["tariffs", "of", name, ...(to === "prices" ? [] : [to])]);
  return html`<h2>${name}${query.set && ` in set ${query.set}`}</h2>
    <${Tabs} label=${`Of ${name}`} tabs=${VIEWS.map(([to, title]) => ({ title, link: link(to), isCurrent: to === view }))} />
    ${view === "examples" && html`<${Worked} name=${name} />`}
    ${view === "source" && html`<${Written} name=${name} set=${query.set} />`}
    ${["prices", "operations", "products"].includes(view) && html`<${Asked} answer=${answer} what="the tariff">${(tariff) => html`
      <${Facts} of=${tariff} facts=${FACTS} />
      ${view === "prices" && html`<${Prices} key=${query.at} tariff=${tariff} name=${name} query=${query} />`}
      ${view === "operations" && html`<${Table} title="Operations" hasCsv columns=${OPERATIONS} rows=${tariff.operations} />`}
      ${view === "products" && html`<${Table} title="Products" hasCsv columns=${PRODUCTS} empty="It sells nothing beforehand."
        rows=${tariff.products} />`}`}<//>`}`;
};
