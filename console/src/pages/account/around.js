// SPDX-License-Identifier: Apache-2.0
// What somebody should know of an account, and the keys that open it.
import { html } from "../../lib/html.js";
import { useList, withQuery } from "../../lib/api.js";
import { may } from "../../lib/session.js";
import { instant, List, noted, number, said } from "../../parts/index.js";

const about = (row) => [row.sku, row.item, row.order && `order ${row.order}`, row.note].filter(Boolean).join(", ");

const ALERTS = [{ name: "kind", title: "Alert" }, instant("at", "When"), "tariff", said("about", "About", about), number("remaining", "Left")];

export const Alerts = ({ name }) => html`<section>
  <${List} list=${useList(withQuery("/v1/alerts", { account: name, order: "desc", limit: 20 }))} what="alerts" isQuiet
    title="Alerts, the newest first" hasCsv columns=${ALERTS} empty="There are no alerts." /></section>`;

const KEYS = [
  noted("name", "Key", (row) => row.id), said("roles", "Roles", (row) => row.roles.join(", ")), "state",
  instant("expires_at", "Until", "no end"), instant("last_used_at", "Last used", "never"),
];

/* The list is of all keys: who may not see it, does not see this. */
const KeyList = ({ name }) => {
  const list = useList("/v1/keys?limit=1000");
  return html`<section><${List} list=${list} what="keys" isQuiet rows=${list.rows.filter((row) => row.account === name)}
    title="Keys that open this account" columns=${KEYS} empty="No key is for this account alone." /></section>`;
};

export const Keys = ({ name, session }) => may(session, "admin") && html`<${KeyList} name=${name} />`;
