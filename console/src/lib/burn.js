// SPDX-License-Identifier: Apache-2.0
// What a package has given each day, and when it will be used up if it goes on as since its beginning: a straight line,
// in whole milliseconds.
import { add, compare, multiply, percent, subtract } from "./decimal.js";

const DAY = 86400000;

/* remaining / used x elapsed, without a binary fraction. */
const leftMilliseconds = (lot, elapsed) => {
  const scaled = (text) => {
    const [whole, part = ""] = multiply(text, "1000000000000").split(".");
    return BigInt(whole) + (part === "" ? 0n : 1n);
  };
  const used = scaled(lot.used);
  return used === 0n ? null : (scaled(lot.remaining) * BigInt(Math.round(elapsed))) / used;
};

const textOf = (milliseconds) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

/**
 * What becomes of a lot (a row of the balances): {kind, at}. "over": it is used up, expired or refunded; "later": it
 * has not begun; "idle": nothing was used; "used-up": at that instant; "expires": units will be left then.
 */
export const prospectOf = (lot, now) => {
  const [from, until, at] = [lot.effective_at, lot.expires_at, now].map((text) =>
    (text === null ? Infinity : Date.parse(text)));
  if (lot.refunded || lot.remaining === "0" || at >= until) return { kind: "over", at: null };
  if (at <= from) return { kind: "later", at: lot.effective_at };
  const left = leftMilliseconds(lot, at - from);
  if (left === null) return { kind: "idle", at: lot.expires_at };
  if (left > 36500n * BigInt(DAY) || at + Number(left) >= until) return { kind: "expires", at: lot.expires_at };
  return { kind: "used-up", at: textOf(at + Number(left)) };
};

/** Points of the line: bought, now, and the end of the prospect: [[instant, remaining]]. */
export const lineOf = (lot, now) => {
  const prospect = prospectOf(lot, now);
  const points = [[lot.effective_at, lot.bought], [now, lot.remaining]];
  if (prospect.kind === "used-up") return [...points, [prospect.at, "0"]];
  if (prospect.kind === "idle") return [...points, [prospect.at, lot.remaining]];
  if (prospect.kind === "expires") return [...points, [prospect.at, leftAt(lot, now, prospect.at)]];
  return points;
};

/* What the line says is left at an instant, in whole units, cut. */
const leftAt = (lot, now, then) => {
  const elapsed = Date.parse(now) - Date.parse(lot.effective_at);
  const more = BigInt(Date.parse(then) - Date.parse(now));
  const [whole] = lot.used.split(".");
  const left = subtract(lot.remaining, String((BigInt(whole) * more) / BigInt(elapsed))).split(".")[0];
  return left.startsWith("-") ? "0" : left;
};

const dayAfter = (day) => `${new Date(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) + DAY).toISOString().slice(0, 10)}${day.slice(10)}`;

/**
 * What was left at the borders of days on which something was taken: [[instant, remaining]], from the beginning to the
 * last border before now. usage: rows by order and day. null: they do not add up to what the lot has given.
 */
export const pastOf = (lot, now, usage) => {
  const days = new Map();
  for (const row of usage.filter(({ order, tariff, units }) => order === lot.order && tariff === lot.tariff && units))
    days.set(row.day, add(days.get(row.day) ?? "0", row.units));
  const points = [[lot.effective_at, lot.bought]];
  let [taken, whole] = ["0", "0"]; /* to the last border; and since then, which may go on between two questions */
  for (const [day, units] of [...days].sort(([a], [b]) => Date.parse(a) - Date.parse(b))) {
    if (Date.parse(day) > Date.parse(lot.effective_at)) points.push([day, subtract(lot.bought, taken)]);
    whole = add(whole, units);
    if (Date.parse(dayAfter(day)) > Date.parse(now)) continue;
    taken = whole;
    points.push([dayAfter(day), subtract(lot.bought, taken)]);
  }
  return compare(taken, lot.used) <= 0 && compare(lot.used, whole) <= 0 ? points : null;
};

export const usedPercent = (lot) => percent(lot.used, lot.bought);
