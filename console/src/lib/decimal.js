// SPDX-License-Identifier: Apache-2.0
// Decimals as the API writes them: strings, exact. Money and quantities never become Numbers, but for pixels.

/** "12.5" is {units: 125n, scale: 1}. */
const parse = (text) => {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new RangeError(`${text} is no decimal`);
  const [, sign, whole, part = ""] = match;
  const units = BigInt(whole + part);
  return { units: sign === "-" ? -units : units, scale: part.length };
};

const at = (number, scale) => number.units * 10n ** BigInt(scale - number.scale);

const print = (units, scale) => {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const part = scale === 0 ? "" : digits.slice(-scale).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${part === "" ? "" : `.${part}`}`;
};

const both = (left, right, make) => {
  const [a, b] = [parse(left), parse(right)];
  const scale = Math.max(a.scale, b.scale);
  return make(at(a, scale), at(b, scale), scale);
};

export const isDecimal = (text) => /^-?\d+(\.\d+)?$/.test(text);
export const add = (left, right) => both(left, right, (a, b, scale) => print(a + b, scale));
export const subtract = (left, right) => both(left, right, (a, b, scale) => print(a - b, scale));
export const multiply = (left, right) => {
  const [a, b] = [parse(left), parse(right)];
  return print(a.units * b.units, a.scale + b.scale);
};
/** Negative, 0 or positive, as for sort. */
export const compare = (left, right) => both(left, right, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
export const sum = (texts) => texts.reduce(add, "0");
export const isZero = (text) => parse(text).units === 0n;
export const isNegative = (text) => parse(text).units < 0n;
/** How much of `whole` is `part`, in per cent with one digit, cut; null when there is no whole. */
export const percent = (part, whole) => both(part, whole, (a, b) => (b === 0n ? null : print((a * 1000n) / b, 1)));
/** A whole number of something, from a difference of two counters of the API. */
export const perSecond = (difference, seconds) => (seconds > 0 ? difference / seconds : 0);
/** Where a point of a plot is. For nothing else. */
export const toPixels = (text) => Number(text);
