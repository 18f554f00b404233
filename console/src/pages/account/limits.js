// SPDX-License-Identifier: Apache-2.0
// Calls a second and tasks at once: what is taken now, of what was bought.
import { html } from "../../lib/html.js";
import { Asked, Meter, noted, number, said, Table, When } from "../../parts/index.js";

const KINDS = { qps: "calls a second", concurrency: "tasks at once" };

const COLUMNS = [
  noted("family", "Quota", (row) => row.tariff), said("kind", "Counts", (row) => KINDS[row.kind]),
  number("taken", "Taken now"), number("limit", "Allowed"),
  { name: "share", text: (row) => `${row.taken} of ${row.limit}`, cell: (row) => html`
    <${Meter} used=${String(row.taken)} whole=${String(row.limit)} label=${`${row.taken} of ${row.limit} taken`} />` },
  { name: "default", title: "Without a plan", isNumber: true, cell: (row, value) => value ?? "no limit" },
  { name: "orders", title: "Bought", text: (row) => row.orders.map((order) => `${order.pieces} (${order.order})`).join("; "),
    cell: (row, orders) => (orders.length === 0 ? "nothing" : orders.map((order) => html`
      <div key=${order.order}>${order.pieces}
        <small> ${order.order}, until <${When} at=${order.expires_at} isDate /></small></div>`)) },
];

const isOwn = (row) => row.orders.length > 0 || row.taken > 0;

/* What everybody has anyway is many rows that say little. */
export const Limits = ({ answer }) => html`<${Asked} answer=${answer} what="limits">${({ limits }) => {
  const common = limits.filter((row) => !isOwn(row));
  return html`<section>
    <${Table} title="Calls a second and tasks at once" hasCsv columns=${COLUMNS} rows=${limits.filter(isOwn)}
      empty="Nothing was bought, and nothing runs." />
    ${common.length > 0 && html`<details><summary>What is allowed without a plan (${common.length})</summary>
      <${Table} title="Allowed without a plan" isTitleHidden columns=${COLUMNS.slice(0, 6)} rows=${common} />
    </details>`}
  </section>`;
}}<//>`;
