// SPDX-License-Identifier: Apache-2.0
// Amounts and quantities with exactly the digits that the API gives.
import { html } from "../lib/html.js";
import { isNegative } from "../lib/decimal.js";

export const Money = ({ amount, currency }) => amount !== null && amount !== undefined && html`
  <span class=${isNegative(amount) ? "amount negative" : "amount"}>${amount}${currency && html` <small>${currency}</small>`}</span>`;

export const Quantity = ({ quantity, unit }) => html`<${Money} amount=${quantity} currency=${unit} />`;
