// SPDX-License-Identifier: Apache-2.0
// How much of something is used: a bar, and the numbers in words for who does not see it.
import { html } from "../lib/html.js";
import { isZero, toPixels } from "../lib/decimal.js";

export const Meter = ({ used, whole, label }) => {
  const part = isZero(whole) ? 0 : Math.min(100, (100 * toPixels(used)) / toPixels(whole));
  return html`<svg class=${part >= 100 ? "bar full" : "bar"} viewBox="0 0 100 1" preserveAspectRatio="none" role="img"
    aria-label=${label}><rect width=${part} height="1" /></svg>`;
};
