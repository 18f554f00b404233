// SPDX-License-Identifier: Apache-2.0
// Rows of usage as columns of a table and as series of a plot.
import { add, compare, isZero, sum } from "./decimal.js";
import { number } from "../parts/columns.js";
import { showInstant } from "./time.js";

export const KEYS = ["account", "region", "cell", "operation", "funding", "order"];
export const TIMES = ["hour", "day", "month"];
const MOST = 5; // series of their own; the rest is one more

/** "account,day" of an address: {keys, time}. */
export const groupingOf = (text) => {
  const words = text.split(",");
  return { keys: KEYS.filter((key) => words.includes(key)), time: TIMES.find((time) => words.includes(time)) ?? "" };
};
export const writeBy = ({ keys, time }) => [...keys, time].filter(Boolean).join(",") || "item";

const nameOf = (row, keys) => [row.item, ...keys.map((key) => row[key])].filter(Boolean).join(" · ");

/* Names by what their rows come to, the largest first. */
const ranked = (rows, name) => {
  const sums = new Map();
  for (const row of rows) sums.set(row[name], add(sums.get(row[name]) ?? "0", row.amount ?? "0"));
  return [...sums].sort(([a, x], [b, y]) => compare(y, x) || (a < b ? -1 : 1));
};

/**
 * What may be plotted: an amount of one currency, or a quantity of one unit; rows of others are left out. The best one
 * first: the greatest amount; where nothing costs anything, a quantity.
 */
export const measuresOf = (rows) => {
  const [units, currencies] = [ranked(rows, "unit"), ranked(rows, "currency")];
  const of = (kind, names) => names.map(([name]) => ({ value: `${kind}:${name}`, title: kind === "amount" ? `cost, ${name}` : `quantity, ${name}` }));
  const isFree = currencies.every(([, total]) => isZero(total));
  return isFree ? [...of("quantity", units), ...of("amount", currencies)] : [...of("amount", currencies), ...of("quantity", units)];
};

const fits = (measure) => {
  const [kind, ...name] = measure.split(":");
  const [field, unit] = [kind === "amount" ? "currency" : "unit", name.join(":")];
  return { value: (row) => (row[field] === unit ? row[kind] : null), unit };
};

/* {name: {values: Map(x, decimal), total}} */
const gather = (rows, keys, time, value) => {
  const groups = new Map();
  for (const row of rows) {
    const one = value(row);
    if (one === null) continue; /* another unit, or a price that only the bill knows */
    const name = nameOf(row, keys);
    const group = groups.get(name) ?? { name, values: new Map(), total: "0" };
    const at = time === "" ? "" : row[time];
    group.values.set(at, add(group.values.get(at) ?? "0", one));
    group.total = add(group.total, one);
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => compare(b.total, a.total) || (a.name < b.name ? -1 : 1));
};

const othersOf = (groups, xs) => ({ title: `${groups.length} others`, values: xs.map((x) => {
  const there = groups.filter((group) => group.values.has(x)).map((group) => group.values.get(x));
  return there.length === 0 ? null : sum(there);
}) });

/** {x, series, unit} for the part Chart; null when there is nothing to plot. Sums are exact. */
export const plotOf = (rows, { keys, time }, measure) => {
  const { value, unit } = fits(measure);
  const groups = gather(rows, keys, time, value);
  if (groups.length === 0) return null;
  const [own, others] = groups.length > MOST + 1 ? [groups.slice(0, MOST), groups.slice(MOST)] : [groups, []];
  if (time === "") {
    const rest = others.length > 0 ? [{ name: `${others.length} others`, total: sum(others.map((group) => group.total)) }] : [];
    const bars = [...own, ...rest];
    return { unit, x: { title: "Item", kind: "name", values: bars.map((bar) => bar.name) },
      series: [{ title: measure.split(":")[0], values: bars.map((bar) => bar.total), isBar: true }] };
  }
  const instants = new Map(groups.flatMap((group) => [...group.values.keys()]).map((at) => [at, Date.parse(at)]));
  const xs = [...instants].sort(([, a], [, b]) => a - b).map(([at]) => at);
  const series = own.map((group) => ({ title: group.name, values: xs.map((x) => group.values.get(x) ?? null) }));
  const all = others.length > 0 ? [...series, othersOf(others, xs)] : series;
  return { unit, x: { title: time, kind: "time", values: xs },
    series: all.map((one) => ({ ...one, isBar: all.length === 1, hasPoints: all.length > 1 })) };
};

const TITLES = { funding: "Paid by" };

/** Columns for the part Table. */
export const columnsOf = ({ keys, time }) => [
  "item", "tariff", ...keys.map((name) => ({ name, title: TITLES[name] })),
  ...(time === "" ? [] : [{ name: time, cell: (row, at) => showInstant(at) }]),
  number("quantity"), "unit", ...(keys.includes("order") ? [number("units", "Taken of the order")] : []),
  { ...number("amount"), cell: (row, amount) => amount ?? "tiered" }, "currency",
];
