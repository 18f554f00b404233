// SPDX-License-Identifier: Apache-2.0
// Names and values: facts: [[name, value, id], …]; null values are left out.
import { html } from "../lib/html.js";

export const Facts = ({ facts }) => html`
  <dl class="facts">${facts.filter(([, value]) => value !== null && value !== undefined).map(([name, value, id]) => html`
    <div data-fact=${id ?? name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
