// SPDX-License-Identifier: Apache-2.0
// What several actions show.
import { html } from "../lib/html.js";
import { get } from "../lib/api.js";
import { billLink, pathOf } from "../lib/bills.js";
import { link, money, number, Table } from "../parts/index.js";

/** The wallets of an account; none of one that is not there yet. */
export const walletsOf = async (account) => {
  try {
    return (await get(pathOf("accounts", account, "wallet"))).wallets;
  } catch (problem) {
    if (problem.status === 404) return [];
    throw problem;
  }
};

const WALLET = ["currency", number("balance"), number("available")];
export const WalletsBefore = ({ wallets }) => wallets.length > 0 && html`
  <${Table} title="The wallet now" columns=${WALLET} rows=${wallets} />`;

const BILLS = ["account", { name: "kind", title: "For" }, money("total")];
export const BillRows = ({ bills, title = "Bills", isLinked = true }) => bills.length > 0 && html`<${Table} title=${title} rows=${bills}
  columns=${[isLinked ? link("number", "Bill", billLink) : { name: "number", title: "Bill" }, ...BILLS]} />`;
