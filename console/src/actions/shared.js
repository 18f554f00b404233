// SPDX-License-Identifier: Apache-2.0
// What several actions show.
import { html } from "../lib/html.js";
import { get } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { Money, Table } from "../parts/index.js";

export const pathOf = (account) => `/v1/accounts/${encodeURIComponent(account)}`;

/** The wallets of an account; none of one that is not there yet. */
export const walletsOf = async (account) => {
  try {
    return (await get(`${pathOf(account)}/wallet`)).wallets;
  } catch (problem) {
    if (problem.status === 404) return [];
    throw problem;
  }
};

const WALLET = [
  { name: "currency", title: "Currency" }, { name: "balance", title: "Balance", isNumber: true },
  { name: "available", title: "Available", isNumber: true },
];
export const WalletsBefore = ({ wallets }) => wallets.length > 0 && html`
  <${Table} title="The wallet now" columns=${WALLET} rows=${wallets.map((row) => ({ ...row, key: row.currency }))} />`;

const BILLS = [
  { name: "number", title: "Bill", cell: (row) => (row.isLinked
    ? html`<a href=${linkTo(["bills", row.number])}>${row.number}</a>` : row.number) },
  { name: "account", title: "Account" }, { name: "kind", title: "For" },
  { name: "total", title: "Total", isNumber: true, text: (row) => row.total,
    cell: (row) => html`<${Money} amount=${row.total} currency=${row.currency} />` },
];
export const BillRows = ({ bills, title = "Bills", isLinked = true }) => bills.length > 0 && html`
  <${Table} title=${title} columns=${BILLS} rows=${bills.map((row) => ({ ...row, isLinked, key: row.number }))} />`;
