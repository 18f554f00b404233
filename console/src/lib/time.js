// SPDX-License-Identifier: Apache-2.0
// Instants are shown as the API gives them, with their offset; nothing is moved to another zone.

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** "2026-02-15T08:50:00+08:00" is "2026-02-15 08:50:00 +08:00". */
export const showInstant = (text) => {
  const match = INSTANT.exec(text);
  if (match === null) return text;
  const [, date, clock, part = "", zone] = match;
  return `${date} ${clock}${part} ${zone === "Z" ? "UTC" : zone}`;
};
export const showDate = (text) => INSTANT.exec(text)?.[1] ?? text;
/** What the clock on the wall showed then, as seconds since 1970, for the axis of a plot. */
export const toWallSeconds = (text) => Date.parse(text.replace(/(Z|[+-]\d\d:\d\d)$/, "Z")) / 1000;

/** 93784 is "1 d 2 h", 75 is "1 min 15 s". */
export const showSeconds = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(whole / 86400), "d"], [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]];
  const first = parts.findIndex(([count]) => count > 0);
  return first < 0 ? "0 s" : parts.slice(first, first + 2).filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`).join(" ");
};
