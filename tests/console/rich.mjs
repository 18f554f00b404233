// SPDX-License-Identifier: Apache-2.0
// More for the demo book: accounts with odd names, money, plans, a running job, hours that are billed and one that is
// not.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tollgate } from "./support.mjs";

export const ODD = "Müller & Söhne #1 “?%2F” 停车";
export const SLASHED = "north/south wing";
export const DOTTED = "./.."; // cannot stand in a path
export const BUSY = "city lights";

const document = (id, type, subject, time, data) =>
  `${JSON.stringify({ specversion: "1.0", id, source: "tests/console", type, subject, time, data })}\n`;

/* Of an hour: everybody has used something, not all the same. */
const usage = (hour) => [ODD, SLASHED, BUSY, DOTTED].map((subject, index) =>
  document(`${["odd", "slashed", "busy", "dotted"][index]}-${hour}`, "imm.DetectImageLabels", subject, `2026-03-31T${hour}:05:00+08:00`,
    { count: 251 + 31 * index + Number(hour), region: "cn-shanghai" })).join("");

const DOCUMENTS = [
  usage("09"),
  document("busy-top-up", "tollgate.wallet", BUSY, "2026-03-02T10:00:00+08:00", { amount: "2250.75", currency: "CNY" }),
  document("busy-pack", "tollgate.order", BUSY, "2026-03-05T10:00:00+08:00", { tariff: "viapi", sku: "object-detection-5000" }),
  document("busy-plan", "tollgate.order", BUSY, "2026-03-20T10:00:00+08:00",
    { tariff: "viapi", sku: "face-comparison-1-1-qps-month", quantity: 5 }),
  ...[7, 12, 17, 22, 27].map((day) => document(`busy-detect-${day}`, "viapi.object-detection", BUSY,
    `2026-03-${String(day).padStart(2, "0")}T12:00:00+08:00`, { count: 4001 + day })),
  document("busy-start", "tollgate.activate", BUSY, "2026-03-02T09:00:00+08:00", { tariff: "viapi" }),
  document("busy-job", "tollgate.hold", BUSY, "2026-03-31T09:10:00+08:00",
    { operation: "viapi.object-detection", data: { count: 5 }, expires_at: "2026-04-02T00:00:00+08:00" }),
  document("odd-late", "imm.DetectImageLabels", ODD, "2026-03-28T10:05:00+08:00", { count: 7 }),
  document("odd-nothing", "imm.NoSuchThing", ODD, "2026-03-31T09:06:00+08:00", {}),
];

export const fill = (data) => {
  const file = join(data, "..", "rich.ndjson");
  const hours = [["09", DOCUMENTS.join("")], ["10", usage("10")], ["11", usage("11")]];
  for (const [hour, documents] of hours) {
    writeFileSync(file, documents);
    tollgate("ingest", "--data", data, "--now", `2026-03-31T${hour}:30:00+08:00`, file);
    tollgate("tick", "--data", data, "--now", `2026-03-31T${hour}:40:00+08:00`);
  }
};
