// SPDX-License-Identifier: Apache-2.0
// An instant or a date of the API; nothing for null.
import { html } from "../lib/html.js";
import { showDate, showInstant } from "../lib/time.js";

export const When = ({ at, isDate = false }) => at && html`
  <time datetime=${at} title=${showInstant(at)}>${isDate ? showDate(at) : showInstant(at)}</time>`;
