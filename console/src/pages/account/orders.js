// SPDX-License-Identifier: Apache-2.0
// What was bought, which licences run, and what running jobs keep for themselves.
import { html } from "../../lib/html.js";
import { useList } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { Actions, hasActions, Money, Pager, Table, When } from "../../parts/index.js";

const ORDERS = [
  { name: "order", title: "Order" },
  { name: "tariff", title: "Tariff" },
  { name: "sku", title: "Product" },
  { name: "quantity", title: "Quantity", isNumber: true },
  { name: "periods", title: "Periods", isNumber: true },
  { name: "amount", title: "Price", isNumber: true, text: (row) => row.amount,
    cell: (row) => html`<${Money} amount=${row.amount} currency=${row.currency} />` },
  { name: "effective_at", title: "From", cell: (row) => html`<${When} at=${row.effective_at} />` },
  { name: "expires_at", title: "Until", cell: (row) => html`<${When} at=${row.expires_at} />` },
  { name: "refunded", title: "Refunded", text: (row) => (row.refunded ? "yes" : "no"),
    cell: (row) => (row.refunded ? "yes" : "no") },
];

const actionsColumn = (account, session, onDone) => ({ name: "actions", title: "Actions", text: () => "",
  cell: (row) => html`<${Actions} of="order" session=${session} subject=${{ ...row, account }} onDone=${onDone} />` });

const LICENCES = [
  { name: "order", title: "Order" }, { name: "tariff", title: "Tariff" }, { name: "sku", title: "Licence" },
  { name: "pieces", title: "Pieces", isNumber: true },
  { name: "activated", title: "State", text: (row) => stateOf(row), cell: (row) => stateOf(row) },
  { name: "expires_at", title: "Until", cell: (row) => html`<${When} at=${row.expires_at} />` },
];
const stateOf = (row) => (row.lapsed ? "lapsed" : row.activated ? "activated" : "not activated");

const reserveText = (reserve) => (reserve.kind === "slot" ? `a slot of ${reserve.sku}`
  : `${reserve.amount} ${reserve.unit} of ${reserve.order ?? `the free quota of ${reserve.item}`}`);

const HOLDS = [
  { name: "hold", title: "Hold" }, { name: "tariff", title: "Tariff" }, { name: "operation", title: "Operation" },
  { name: "held_at", title: "Since", cell: (row) => html`<${When} at=${row.held_at} />` },
  { name: "expires_at", title: "Until", cell: (row) => html`<${When} at=${row.expires_at} />` },
  { name: "reserves", title: "Keeps", text: (row) => row.reserves.map(reserveText).join("; "),
    cell: (row) => row.reserves.map(reserveText).join("; ") || "nothing" },
];

/* What most accounts never have is not mentioned when it is not there. */
const listOf = (part, title, columns, key, empty) => ({ name, session, onDone }) => {
  const list = useList(`${pathOf("accounts", name, part)}?limit=100`);
  if (empty === null && list.rows.length === 0 && !list.problem) return null;
  const all = part === "orders" && hasActions("order", session) ? [...columns, actionsColumn(name, session, onDone)] : columns;
  return html`<section>
    <${Table} title=${title} hasCsv columns=${all} empty=${empty ?? undefined}
      rows=${list.rows.map((row) => ({ ...row, key: `${row.tariff} ${row[key]} ${row.sku ?? ""}` }))} />
    ${(list.hasMore || list.problem) && html`<${Pager} list=${list} what=${part} />`}
  </section>`;
};

export const Orders = listOf("orders", "Orders", ORDERS, "order", "Nothing was ordered.");
export const Licences = listOf("licences", "Licences", LICENCES, "order", null);
export const Holds = listOf("holds", "Holds", HOLDS, "hold", null);
