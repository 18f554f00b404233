// SPDX-License-Identifier: Apache-2.0
// Closed bills, the newest first.
import { html } from "../../lib/html.js";
import { useList, withQuery } from "../../lib/api.js";
import { billLink, KINDS } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { account, day, Form, instant, link, List, money, useFields } from "../../parts/index.js";

const COLUMNS = [
  link("number", "Number", billLink), account, { name: "kind", title: "For" }, day("cycle.start", "From"), day("cycle.end", "Until"),
  instant("closed_at", "Closed"), money("total"),
];

const Filters = ({ session, query }) => {
  const { said, field } = useFields(query);
  const kinds = Object.entries(KINDS).map(([value, title]) => ({ value, title }));
  return html`<${Form} verb="Show" onSubmit=${() => goTo(linkTo(["bills"], said))}>
    ${!session.account && field("account", "Account")}${field("tariff", "Tariff")}
    ${field("kind", "For", { options: [{ value: "", title: "anything" }, ...kinds] })}<//>`;
};

export const Closed = ({ session, query }) => {
  const list = useList(withQuery("/v1/bills", { ...query, order: "desc", limit: 100 }));
  return html`
    <${Filters} key=${JSON.stringify(query)} session=${session} query=${query} />
    <${List} list=${list} what="bills" title="Closed bills, the newest first" hasCsv columns=${COLUMNS} empty="No bill was closed." />`;
};
