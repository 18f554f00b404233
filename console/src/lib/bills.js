// SPDX-License-Identifier: Apache-2.0
// What pages say of bills and their lines.
import { add, compare, isZero, subtract } from "./decimal.js";
import { linkTo } from "./route.js";
import { showDate } from "./time.js";

export const KINDS = { usage: "usage", orders: "orders", settlement: "settlement" };

/** What a line is for, in a few words: item, cell, tier, order, the cycle that it adjusts. */
export const lineDetails = (line) => [
  line.label,
  line.tier && (line.tier.up_to === null ? `from ${line.tier.from}` : `${line.tier.from} to ${line.tier.up_to}`),
  line.order && `order ${line.order}`,
  line.adjusts && `adjusts ${showDate(line.adjusts.start)} to ${showDate(line.adjusts.end)}`,
].filter(Boolean);

/** Whether two lines of two bills are the same thing. */
const lineKey = (line) => JSON.stringify([line.item, line.region, line.label, line.unit, line.funding, line.order,
  line.tier?.from ?? null, line.adjusts?.start ?? null]);

/** A price as it is printed: "0.028 / 1000". */
export const priceOf = (line) => (line.per === "1" ? line.unit_price : `${line.unit_price} / ${line.per}`);

/* Several lines of one key (other prices of one cycle) count together. */
const linesByKey = (bill) => {
  const rows = new Map();
  for (const line of bill.lines) {
    const key = lineKey(line);
    const before = rows.get(key);
    rows.set(key, before === undefined ? { ...line, prices: [priceOf(line)] } : {
      ...before, quantity: add(before.quantity, line.quantity), amount: add(before.amount, line.amount),
      prices: [...before.prices, priceOf(line)] });
  }
  return rows;
};

/** The lines of two bills side by side: [{key, line, left, right, quantity, amount}]; differences are right - left. */
export const compareBills = (left, right) => {
  const [a, b] = [linesByKey(left), linesByKey(right)];
  const keys = [...new Set([...a.keys(), ...b.keys()])];
  return keys.map((key) => {
    const [one, other] = [a.get(key) ?? null, b.get(key) ?? null];
    const part = (name) => subtract(other?.[name] ?? "0", one?.[name] ?? "0");
    return { key, line: one ?? other, left: one, right: other, quantity: part("quantity"), amount: part("amount"),
      isChanged: one === null || other === null || !isZero(part("amount")) || !isZero(part("quantity"))
        || one.prices.join() !== other.prices.join() };
  }).sort((one, other) => compare(other.amount.replace("-", ""), one.amount.replace("-", "")));
};

/** Amounts by currency, exact: [[currency, amount]]. */
export const totalsOf = (bills) => {
  const totals = new Map();
  for (const bill of bills) totals.set(bill.currency, add(totals.get(bill.currency) ?? "0", bill.exact_total));
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
};

/* An open bill has no number: its account, tariff, kind and cycle name it. */
const openQuery = (bill) => ({ account: bill.account, tariff: bill.tariff, kind: bill.kind, from: bill.cycle.start });
export const isOpenBill = (query) => (bill) => bill.tariff === query.tariff && bill.kind === query.kind
  && bill.cycle.start === query.from;

export const billLink = (bill) =>
  (bill.number === null ? linkTo(["bills", "open"], openQuery(bill)) : linkTo(["bills", bill.number]));
/** Why a line (from 1) of a bill is what it is. */
export const explainLink = (bill, line) => (bill.number === null
  ? linkTo(["explain", "open"], { ...openQuery(bill), line }) : linkTo(["explain", "bill", bill.number], { line }));
export const eventLink = (event) => linkTo(["explain", "event", event.id], { source: event.source });
export const accountLink = (account) => linkTo(["accounts", account]);
/** Whether a name can stand in a path of the API; lists take every name in their query. */
export const fitsPath = (name) => name !== "" && !/[\\\u0000-\u001f\u007f]/.test(name)
  && name.split("/").every((part) => part !== "." && part !== "..");
export const pathOf = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;
