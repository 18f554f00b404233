// SPDX-License-Identifier: Apache-2.0
// Names and values: facts: [[name, value, id], …], or columns (columns.js) of the thing `of`. Those without a value are
// left out.
import { html } from "../lib/html.js";
import { complete } from "./columns.js";

const factOf = (of) => (fact) => {
  const { name, title, show } = complete(fact);
  return [title, show(of), name.split(".").pop()];
};

export const Facts = ({ facts, of }) => {
  const known = (of ? facts.map(factOf(of)) : facts).filter(([, value]) => (value ?? "") !== "");
  return known.length > 0 && html`<dl class="facts">${known.map(([name, value, id]) => html`
    <div data-fact=${id ?? name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
};
