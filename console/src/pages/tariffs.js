// SPDX-License-Identifier: Apache-2.0
// Tariffs: those that hold, their versions, and drafts of what shall hold.
import { html } from "../lib/html.js";
import { useList } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { Pager, Table, Tabs } from "../parts/index.js";
import { Drafts, OneDraft } from "./tariffs/drafts.js";
import { One } from "./tariffs/one.js";
import { OneSet, Sets } from "./tariffs/sets.js";

const COLUMNS = [
  { name: "name", title: "Tariff", text: (row) => row.name, cell: (row) => html`<a href=${linkTo(["tariffs", "of", row.name])}>${row.name}</a>` },
  { name: "title", title: "Title" }, { name: "currency", title: "Currency" }, { name: "cycle", title: "Cycle" },
  { name: "items", title: "Items", isNumber: true }, { name: "operations", title: "Operations", isNumber: true },
  { name: "products", title: "Products", isNumber: true }, { name: "prices", title: "Prices", isNumber: true }, { name: "file", title: "File" },
];

const List = () => {
  const list = useList("/v1/tariffs");
  return html`<${Table} title="Tariffs that hold" hasCsv columns=${COLUMNS} rows=${list.rows.map((row) => ({ ...row, key: row.name }))} />
    <${Pager} list=${list} what="tariffs" />`;
};

const Page = ({ session, rest, query }) => {
  const [view = "", name, more] = rest;
  const has = (...roles) => roles.some((role) => session.roles.includes(role));
  const views = [["", "Hold now", has("read", "pricing")], ["sets", "Versions", has("read", "pricing")],
    ["drafts", "Drafts", has("pricing", "approve")]].filter(([, , may]) => may);
  const here = view === "of" ? "" : views.some(([to]) => to === view) ? view : views[0][0];
  return html`
    <${Tabs} label="Tariffs" tabs=${views.map(([to, title]) => ({
      title, link: linkTo(["tariffs", ...(to ? [to] : [])]), isCurrent: to === here }))} />
    ${here === "" && (name === undefined ? html`<${List} />` : html`<${One} key=${name} name=${name} view=${more} query=${query} />`)}
    ${here === "sets" && (name === undefined ? html`<${Sets} />` : html`<${OneSet} number=${name} query=${query} />`)}
    ${here === "drafts" && (name === undefined ? html`<${Drafts} session=${session} />`
      : html`<${OneDraft} key=${name} name=${name} session=${session} />`)}`;
};

export default Page;
