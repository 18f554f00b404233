// SPDX-License-Identifier: Apache-2.0
// Names and values: facts: [[name, value, id], …]; null values are left out.
import { html } from "../lib/html.js";

export const Facts = ({ facts }) => {
  const known = facts.filter(([, value]) => value !== null && value !== undefined);
  return known.length > 0 && html`<dl class="facts">${known.map(([name, value, id]) => html`
    <div data-fact=${id ?? name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
};
