// SPDX-License-Identifier: Apache-2.0
// What somebody should know of an account, and the keys that open it.
import { html } from "../../lib/html.js";
import { useList, withQuery } from "../../lib/api.js";
import { Pager, Table, When } from "../../parts/index.js";

const about = (row) => [row.sku, row.item, row.order && `order ${row.order}`, row.note].filter(Boolean).join(", ");

const ALERTS = [
  { name: "kind", title: "Alert" },
  { name: "at", title: "When", cell: (row) => html`<${When} at=${row.at} />` },
  { name: "tariff", title: "Tariff" },
  { name: "about", title: "About", text: about, cell: about },
  { name: "remaining", title: "Left", isNumber: true },
];

export const Alerts = ({ name }) => {
  const list = useList(withQuery("/v1/alerts", { account: name, order: "desc", limit: 20 }));
  return html`<section>
    <${Table} title="Alerts, the newest first" hasCsv columns=${ALERTS} empty="There are no alerts."
      rows=${list.rows.map((row, key) => ({ ...row, key }))} />
    ${(list.hasMore || list.problem) && html`<${Pager} list=${list} what="alerts" />`}
  </section>`;
};

const KEYS = [
  { name: "name", title: "Key", text: (row) => row.name, cell: (row) => html`${row.name} <small>${row.id}</small>` },
  { name: "roles", title: "Roles", text: (row) => row.roles.join(" "), cell: (row) => row.roles.join(", ") },
  { name: "state", title: "State" },
  { name: "expires_at", title: "Until",
    cell: (row) => (row.expires_at ? html`<${When} at=${row.expires_at} />` : "no end") },
  { name: "last_used_at", title: "Last used",
    cell: (row) => (row.last_used_at ? html`<${When} at=${row.last_used_at} />` : "never") },
];

/* The list is of all keys: who may not see it, does not see this. */
const KeyList = ({ name }) => {
  const list = useList("/v1/keys?limit=1000");
  return html`<section>
    <${Table} title="Keys that open this account" columns=${KEYS} empty="No key is for this account alone."
      rows=${list.rows.filter((row) => row.account === name).map((row) => ({ ...row, key: row.id }))} />
    ${(list.hasMore || list.problem) && html`<${Pager} list=${list} what="keys" />`}
  </section>`;
};

export const Keys = ({ name, session }) => session.roles.includes("admin") && html`<${KeyList} name=${name} />`;
