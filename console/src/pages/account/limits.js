// SPDX-License-Identifier: Apache-2.0
// Calls a second and tasks at once: what is taken now, of what was bought.
import { html } from "../../lib/html.js";
import { Loading, Meter, ProblemNotice, Table, When } from "../../parts/index.js";

const KINDS = { qps: "calls a second", concurrency: "tasks at once" };

const COLUMNS = [
  { name: "family", title: "Quota", text: (row) => row.family,
    cell: (row) => html`${row.family} <small>${row.tariff}</small>` },
  { name: "kind", title: "Counts", text: (row) => KINDS[row.kind], cell: (row) => KINDS[row.kind] },
  { name: "taken", title: "Taken now", isNumber: true },
  { name: "limit", title: "Allowed", isNumber: true },
  { name: "share", title: "Share", text: (row) => `${row.taken} of ${row.limit}`, cell: (row) => html`
    <${Meter} used=${String(row.taken)} whole=${String(row.limit)} label=${`${row.taken} of ${row.limit} taken`} />` },
  { name: "default", title: "Without a plan", isNumber: true, cell: (row) => row.default ?? "no limit" },
  { name: "orders", title: "Bought", text: (row) => row.orders.map((order) => `${order.pieces} (${order.order})`).join("; "),
    cell: (row) => (row.orders.length === 0 ? "nothing" : row.orders.map((order) => html`
      <div key=${order.order}>${order.pieces}
        <small> ${order.order}, until <${When} at=${order.expires_at} isDate /></small></div>`)) },
];

const keyed = (rows) => rows.map((row) => ({ ...row, key: `${row.tariff} ${row.kind} ${row.family}` }));

/* What everybody has anyway is many rows that say little. */
export const Limits = ({ answer }) => {
  if (answer.problem) return html`<${ProblemNotice} problem=${answer.problem} />`;
  if (!answer.data) return html`<${Loading} what="limits" />`;
  const isOwn = (row) => row.orders.length > 0 || row.taken > 0;
  const [own, common] = [answer.data.limits.filter(isOwn), answer.data.limits.filter((row) => !isOwn(row))];
  return html`<section>
    <${Table} title="Calls a second and tasks at once" hasCsv columns=${COLUMNS} rows=${keyed(own)}
      empty="Nothing was bought, and nothing runs." />
    ${common.length > 0 && html`<details><summary>What is allowed without a plan (${common.length})</summary>
      <${Table} title="Allowed without a plan" isTitleHidden columns=${COLUMNS.slice(0, 6)} rows=${keyed(common)} />
    </details>`}
  </section>`;
};
