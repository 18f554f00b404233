// SPDX-License-Identifier: Apache-2.0
// Accounts by name, and one account: what it has, what it may, what it costs so far.
import { html, useState } from "../lib/html.js";
import { useList, usePoll } from "../lib/api.js";
import { accountLink, fitsPath, pathOf } from "../lib/bills.js";
import { usePatient } from "../lib/patient.js";
import { goTo, linkTo } from "../lib/route.js";
import { Actions, Facts, Field, Loading, Notice, Pager, ProblemNotice, Table, When } from "../parts/index.js";
import { Alerts, Keys } from "./account/around.js";
import { Month } from "./account/forecast.js";
import { Limits } from "./account/limits.js";
import { Cycle, Wallets } from "./account/money.js";
import { Holds, Licences, Orders } from "./account/orders.js";
import { Packages } from "./account/packages.js";

const LIST = [
  { name: "account", title: "Account", cell: (row) => html`<a href=${accountLink(row.account)}>${row.account}</a>` },
  { name: "orders", title: "Orders", isNumber: true },
  { name: "activated", title: "Activated", isNumber: true },
  { name: "unpriced", title: "Without a price", isNumber: true },
  { name: "unfunded", title: "Not paid by anything", isNumber: true },
];

const Search = () => {
  const [name, setName] = useState("");
  return html`<form class="inline" role="search" onSubmit=${(event) => {
    event.preventDefault();
    if (name !== "") goTo(accountLink(name));
  }}>
    <${Field} label="Account" value=${name} onInput=${setName} isRequired />
    <button type="submit">Open</button>
  </form>`;
};

const List = () => {
  const list = useList("/v1/accounts?limit=100");
  return html`<${Search} />
    <${Table} title="Accounts by name" isTitleHidden columns=${LIST} empty="There are no accounts yet."
      rows=${list.rows.map((row) => ({ ...row, key: row.account }))} />
    <${Pager} list=${list} what="accounts" />`;
};

const TARIFFS = [
  { name: "tariff", title: "Tariff" },
  { name: "activated", title: "Activated", text: (row) => (row.activated ? "yes" : "no"),
    cell: (row) => (row.activated ? "yes" : "no") },
  { name: "postpaid", title: "Pay-as-you-go", text: (row) => (row.postpaid ? "on" : "off"),
    cell: (row) => (row.postpaid ? "on" : "off") },
  { name: "mode", title: "Mode" },
  { name: "suspended_since", title: "Suspended since",
    cell: (row) => (row.suspended_since ? html`<${When} at=${row.suspended_since} />` : "not suspended") },
  { name: "orders", title: "Orders", isNumber: true },
];

const Settings = ({ account }) => html`
  <${Facts} facts=${[
    ["Zone", account.zone, "zone"],
    ...Object.entries(account.attributes).map(([name, value]) => [name, value]),
    ["Usage without a price", account.unpriced > 0 ? account.unpriced : null, "unpriced"],
    ["Usage that nothing paid", account.unfunded > 0 ? account.unfunded : null, "unfunded"],
  ]} />
  ${account.tariffs.length > 0 && html`<${Table} title="Tariffs" columns=${TARIFFS}
    rows=${account.tariffs.map((row) => ({ ...row, key: row.tariff }))} />`}
  ${account.contracts.length > 0 && html`<h3>Contracts</h3><ul>${account.contracts.map((contract) => html`
    <li key=${contract.contract}>${contract.use} instead of ${contract.tariff} from <${When} at=${contract.from} />
      ${" "}(${contract.contract})</li>`)}</ul>`}`;

const Ways = ({ name, session }) => html`<p class="ways">
  <a href=${linkTo(["usage"], { account: name })}>Usage</a>
  <a href=${linkTo(["bills"], { account: name })}>Bills</a>
  ${" "}<a href=${linkTo(["bills", "open"], { account: name })}>Not billed yet</a>
  ${session.roles.includes("billing") && html` <a href=${linkTo(["bills", "focus"], { account: name })}>FOCUS</a>`}</p>`;

/* Lists take every name in their query; what hangs on a path is not to be had for some. */
const Nameless = ({ name, session }) => html`
  <${Notice} kind="warning" title="Not everything can be shown of this name">
    It cannot stand in an address of the API. Usage, closed bills and alerts are here all the same.<//>
  <${Ways} name=${name} session=${session} />
  <${Alerts} name=${name} />
  <${Keys} name=${name} session=${session} />`;

const Account = ({ name, session, onDone }) => {
  const { data, problem } = usePoll(pathOf("accounts", name), 5);
  const limits = usePoll(pathOf("accounts", name, "limits"), 2);
  const forecast = usePatient(pathOf("accounts", name, "forecast"));
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the account" />`;
  return html`
    <${Ways} name=${name} session=${session} />
    <${Actions} of="account" session=${session} subject=${data} onDone=${onDone} />
    <${Settings} account=${data} />
    <${Packages} name=${name} now=${limits.data?.at ?? null} forecast=${forecast} />
    <${Limits} answer=${limits} />
    <${Wallets} name=${name} />
    <${Cycle} name=${name} />
    <${Month} forecast=${forecast} />
    <${Orders} name=${name} session=${session} onDone=${onDone} />
    <${Licences} name=${name} />
    <${Holds} name=${name} />
    <${Alerts} name=${name} />
    <${Keys} name=${name} session=${session} />`;
};

const Page = ({ session, rest }) => {
  const [turn, setTurn] = useState(0); /* after something was done everything is asked for anew */
  const name = rest[0] ?? session.account ?? null;
  if (name === null) return html`<${List} />`;
  return html`
    ${!session.account && html`<p><a href=${linkTo(["accounts"])}>All accounts</a></p>`}
    <h2 class="subject">${name}</h2>
    ${fitsPath(name)
      ? html`<${Account} key=${`${turn} ${name}`} name=${name} session=${session} onDone=${() => setTurn(turn + 1)} />`
      : html`<${Nameless} key=${name} name=${name} session=${session} />`}`;
};

export default Page;
