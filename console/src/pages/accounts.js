// SPDX-License-Identifier: Apache-2.0
// Accounts by name, and one account: what it has, what it may, what it costs so far.
import { html, useState } from "../lib/html.js";
import { useList, usePoll } from "../lib/api.js";
import { accountLink, fitsPath, pathOf } from "../lib/bills.js";
import { usePatient } from "../lib/patient.js";
import { goTo, linkTo } from "../lib/route.js";
import { account, Actions, Asked, Facts, Form, instant, List, Notice, number, said, Table, useFields, When } from "../parts/index.js";
import { Alerts, Keys } from "./account/around.js";
import { Month } from "./account/forecast.js";
import { Limits } from "./account/limits.js";
import { Cycle, Wallets } from "./account/money.js";
import { Holds, Licences, Orders } from "./account/orders.js";
import { Packages } from "./account/packages.js";

const LIST = [account, number("orders"), number("activated"), number("unpriced", "Without a price"), number("unfunded", "Not paid by anything")];

const Accounts = () => {
  const { said: { name }, field } = useFields({ name: "" });
  return html`<${Form} verb="Open" role="search" onSubmit=${() => name !== "" && goTo(accountLink(name))}>
      ${field("name", "Account", { isRequired: true })}<//>
    <${List} list=${useList("/v1/accounts?limit=100")} what="accounts" title="Accounts by name" isTitleHidden columns=${LIST}
      empty="There are no accounts yet." />`;
};

const yes = (name, title, words) => said(name, title, (row) => words[row[name] ? 0 : 1]);
const TARIFFS = [
  "tariff", yes("activated", "Activated", ["yes", "no"]), yes("postpaid", "Pay-as-you-go", ["on", "off"]), "mode",
  instant("suspended_since", "Suspended since", "not suspended"), number("orders"),
];

const Settings = ({ one }) => html`
  <${Facts} facts=${[
    ["Zone", one.zone, "zone"],
    ...Object.entries(one.attributes),
    ["Usage without a price", one.unpriced > 0 ? one.unpriced : null, "unpriced"],
    ["Usage that nothing paid", one.unfunded > 0 ? one.unfunded : null, "unfunded"],
  ]} />
  ${one.tariffs.length > 0 && html`<${Table} title="Tariffs" columns=${TARIFFS} rows=${one.tariffs} />`}
  ${one.contracts.length > 0 && html`<h3>Contracts</h3><ul>${one.contracts.map((contract) => html`
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
    The API has no address for it. Usage, closed bills and alerts are here.<//>
  <${Ways} name=${name} session=${session} />
  <${Alerts} name=${name} />
  <${Keys} name=${name} session=${session} />`;

const Account = ({ name, session, onDone }) => {
  const account = usePoll(pathOf("accounts", name), 5);
  const limits = usePoll(pathOf("accounts", name, "limits"), 2);
  const forecast = usePatient(pathOf("accounts", name, "forecast"));
  return html`<${Asked} answer=${account} what="the account">${(data) => html`
    <${Ways} name=${name} session=${session} />
    <${Actions} of="account" session=${session} subject=${data} onDone=${onDone} />
    <${Settings} one=${data} />
    <${Packages} name=${name} now=${limits.data?.at ?? null} forecast=${forecast} />
    <${Limits} answer=${limits} />
    <${Wallets} name=${name} />
    <${Cycle} name=${name} />
    <${Month} forecast=${forecast} />
    <${Orders} name=${name} session=${session} onDone=${onDone} />
    <${Licences} name=${name} />
    <${Holds} name=${name} />
    <${Alerts} name=${name} />
    <${Keys} name=${name} session=${session} />`}<//>`;
};

const Page = ({ session, rest }) => {
  const [turn, setTurn] = useState(0); /* after something was done everything is asked for anew */
  const name = rest[0] ?? session.account ?? null;
  if (name === null) return html`<${Accounts} />`;
  return html`
    ${!session.account && html`<p><a href=${linkTo(["accounts"])}>All accounts</a></p>`}
    <h2 class="subject">${name}</h2>
    ${fitsPath(name)
      ? html`<${Account} key=${`${turn} ${name}`} name=${name} session=${session} onDone=${() => setTurn(turn + 1)} />`
      : html`<${Nameless} key=${name} name=${name} session=${session} />`}`;
};

export default Page;
