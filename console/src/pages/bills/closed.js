// SPDX-License-Identifier: Apache-2.0
// Closed bills, the newest first.
import { html, useState } from "../../lib/html.js";
import { useList, withQuery } from "../../lib/api.js";
import { accountLink, billLink, KINDS } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Field, Money, Pager, Table, When } from "../../parts/index.js";

const COLUMNS = [
  { name: "number", title: "Number", text: (row) => row.number,
    cell: (row) => html`<a href=${billLink(row)}>${row.number}</a>` },
  { name: "account", title: "Account", text: (row) => row.account,
    cell: (row) => html`<a href=${accountLink(row.account)}>${row.account}</a>` },
  { name: "kind", title: "For" },
  { name: "start", title: "From", text: (row) => row.cycle.start,
    cell: (row) => html`<${When} at=${row.cycle.start} isDate />` },
  { name: "end", title: "Until", text: (row) => row.cycle.end,
    cell: (row) => html`<${When} at=${row.cycle.end} isDate />` },
  { name: "closed_at", title: "Closed", cell: (row) => html`<${When} at=${row.closed_at} />` },
  { name: "total", title: "Total", isNumber: true, text: (row) => row.total,
    cell: (row) => html`<${Money} amount=${row.total} currency=${row.currency} />` },
];

const Filters = ({ session, query }) => {
  const [wanted, setWanted] = useState(query);
  const set = (name) => (value) => setWanted((before) => ({ ...before, [name]: value }));
  return html`<form class="inline" onSubmit=${(event) => {
    event.preventDefault();
    goTo(linkTo(["bills"], wanted));
  }}>
    ${!session.account && html`<${Field} label="Account" value=${wanted.account ?? ""} onInput=${set("account")} />`}
    <${Field} label="Tariff" value=${wanted.tariff ?? ""} onInput=${set("tariff")} />
    <${Field} label="For" value=${wanted.kind ?? ""} onInput=${set("kind")}
      options=${[{ value: "", title: "anything" }, ...Object.entries(KINDS).map(([value, title]) => ({ value, title }))]} />
    <button type="submit">Show</button>
  </form>`;
};

export const Closed = ({ session, query }) => {
  const { account, tariff, kind } = query;
  const list = useList(withQuery("/v1/bills", { account, tariff, kind, order: "desc", limit: 100 }));
  return html`
    <${Filters} key=${JSON.stringify(query)} session=${session} query=${query} />
    <${Table} title="Closed bills, the newest first" hasCsv columns=${COLUMNS} empty="No bill was closed."
      rows=${list.rows.map((row) => ({ ...row, key: row.number }))} />
    <${Pager} list=${list} what="bills" />`;
};
