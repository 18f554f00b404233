// SPDX-License-Identifier: Apache-2.0
// What was bought, which licences run, and what running jobs keep for themselves.
import { html } from "../../lib/html.js";
import { useList } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { Actions, hasActions, instant, List, money, number, said } from "../../parts/index.js";

const ORDERS = [
  "order", "tariff", { name: "sku", title: "Product" }, number("quantity"), number("periods"), money("amount", "Price"),
  instant("effective_at", "From"), instant("expires_at", "Until"), said("refunded", "Refunded", (row) => (row.refunded ? "yes" : "no")),
];

const actionsColumn = (account, session, onDone) => ({ name: "actions", text: () => "",
  cell: (row) => html`<${Actions} of="order" session=${session} subject=${{ ...row, account }} onDone=${onDone} />` });

const LICENCES = [
  "order", "tariff", { name: "sku", title: "Licence" }, number("pieces"),
  said("activated", "State", (row) => (row.lapsed ? "lapsed" : row.activated ? "activated" : "not activated")),
  instant("expires_at", "Until"),
];

const reserveText = (reserve) => (reserve.kind === "slot" ? `a slot of ${reserve.sku}`
  : `${reserve.amount} ${reserve.unit} of ${reserve.order ?? `the free quota of ${reserve.item}`}`);

const HOLDS = [
  "hold", "tariff", "operation", instant("held_at", "Since"), instant("expires_at", "Until"),
  said("reserves", "Keeps", (row) => row.reserves.map(reserveText).join("; ") || "nothing"),
];

/* What most accounts never have is not mentioned when it is not there. */
const listOf = (part, title, columns, empty) => ({ name, session, onDone }) => {
  const list = useList(`${pathOf("accounts", name, part)}?limit=100`);
  if (empty === undefined && list.rows.length === 0 && !list.problem) return null;
  const all = part === "orders" && hasActions("order", session) ? [...columns, actionsColumn(name, session, onDone)] : columns;
  return html`<section><${List} list=${list} what=${part} isQuiet title=${title} hasCsv columns=${all} empty=${empty}
    rows=${list.rows.map((row) => ({ ...row, key: `${row.tariff} ${row.order ?? row.hold} ${row.sku}` }))} /></section>`;
};

export const Orders = listOf("orders", "Orders", ORDERS, "Nothing was ordered.");
export const Licences = listOf("licences", "Licences", LICENCES);
export const Holds = listOf("holds", "Holds", HOLDS);
