// SPDX-License-Identifier: Apache-2.0
// Columns of tables, and facts: a name of the API ("tariff", or "cycle.start" for what is inside), or what is made here
// of one. {name, title, isNumber, text, cell}: `text(row)` is what a CSV has there, else the value; `cell(row, value)`
// what is shown, else the text; without a title the name says it.
import { html } from "../lib/html.js";
import { accountLink } from "../lib/bills.js";
import { Money } from "./Money.js";
import { When } from "./When.js";

const titleOf = (name) => {
  const words = String(name).split(".").pop().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const valueOf = (row, name) => String(name).split(".").reduce((inside, part) => inside?.[part], row);

/** A column with everything that it may leave out; its `show(row)` is what is shown. */
export const complete = (given) => {
  const { name, title = titleOf(name), isNumber, text = (row) => valueOf(row, name) ?? "", cell = text } =
    given.name === undefined ? { name: given } : given;
  return { name, title, isNumber, text, show: (row) => cell(row, valueOf(row, name)) };
};

export const number = (name, title) => ({ name, title, isNumber: true });
/** An instant; `none` where there is none. */
export const instant = (name, title, none = "") =>
  ({ name, title, cell: (row, at) => (at ? html`<${When} at=${at} />` : none) });
export const day = (name, title) => ({ name, title, cell: (row, at) => html`<${When} at=${at} isDate />` });
/** An amount in the currency of the row; `amount`: in one that is said elsewhere. */
export const money = (name, title) => ({ name, title, isNumber: true,
  cell: (row, value) => html`<${Money} amount=${value} currency=${row.currency} />` });
export const amount = (name, title) => ({ name, title, isNumber: true, cell: (row, value) => html`<${Money} amount=${value} />` });
/** A way to another page: to(row) is its link. */
export const link = (name, title, to) => ({ name, title, cell: (row, value) => value && html`<a href=${to(row)}>${value}</a>` });
/** What another text says; in tables and files alike. */
export const said = (name, title, text) => ({ name, title, text });
export const code = (name, title) => ({ name, title, cell: (row, value) => value && html`<code>${value}</code>` });
/** With something quieter beside it. */
export const noted = (name, title, note) =>
  ({ name, title, cell: (row, value) => html`${value} <small>${note(row)}</small>` });
/** In the colour of what it means: states: {value: "good" | "warning" | "error"}. */
export const state = (name, title, states) =>
  ({ name, title, cell: (row, value) => html`<span class=${`state ${states[value] ?? ""}`}>${value}</span>` });
export const account = link("account", "Account", (row) => accountLink(row.account));
