// SPDX-License-Identifier: Apache-2.0
// Tariffs: those that hold, their versions, and drafts of what shall hold.
import { html } from "../lib/html.js";
import { useList } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { may } from "../lib/session.js";
import { link, List, number, Tabs } from "../parts/index.js";
import { Drafts, OneDraft } from "./tariffs/drafts.js";
import { One } from "./tariffs/one.js";
import { OneSet, Sets } from "./tariffs/sets.js";

const COLUMNS = [
  link("name", "Tariff", ({ name }) => linkTo(["tariffs", "of", name])), "title", "currency", "cycle", number("items"), number("operations"),
  number("products"), number("prices"), "file",
];

const Held = () => html`<${List} list=${useList("/v1/tariffs")} what="tariffs" title="Tariffs that hold" hasCsv columns=${COLUMNS} />`;

const Page = ({ session, rest, query }) => {
  const [view = "", name, more] = rest;
  const views = [["", "Hold now", may(session, "read", "pricing")], ["sets", "Versions", may(session, "read", "pricing")],
    ["drafts", "Drafts", may(session, "pricing", "approve")]].filter(([, , may]) => may);
  const here = view === "of" ? "" : views.some(([to]) => to === view) ? view : views[0][0];
  return html`
    <${Tabs} label="Tariffs" tabs=${views.map(([to, title]) => ({
      title, link: linkTo(["tariffs", ...(to ? [to] : [])]), isCurrent: to === here }))} />
    ${here === "" && (name === undefined ? html`<${Held} />` : html`<${One} key=${name} name=${name} view=${more} query=${query} />`)}
    ${here === "sets" && (name === undefined ? html`<${Sets} />` : html`<${OneSet} number=${name} query=${query} />`)}
    ${here === "drafts" && (name === undefined ? html`<${Drafts} session=${session} />`
      : html`<${OneDraft} key=${name} name=${name} session=${session} />`)}`;
};

export default Page;
