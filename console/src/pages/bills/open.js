// SPDX-License-Identifier: Apache-2.0
// What an account has used that is not billed yet, as the bills would be now.
import { html, useState } from "../../lib/html.js";
import { usePoll } from "../../lib/api.js";
import { fitsPath, isOpenBill, pathOf } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Field, Lines, Loading, Notice, ProblemNotice } from "../../parts/index.js";
import { BillFacts } from "./one.js";

export const Choose = ({ account, to }) => {
  const [name, setName] = useState(account ?? "");
  return html`<form class="inline" onSubmit=${(event) => {
    event.preventDefault();
    if (name !== "") goTo(linkTo(to, { account: name }));
  }}>
    <${Field} label="Account" value=${name} onInput=${setName} isRequired />
    <button type="submit">Show</button>
  </form>`;
};

const Preview = ({ account, query }) => {
  const { data, problem } = usePoll(pathOf("accounts", account, "charges"), 10);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="what is not billed yet" />`;
  const bills = query.from ? data.bills.filter(isOpenBill(query)) : data.bills;
  return html`
    <${Notice}>As the bills would be if every open cycle were closed now. More usage changes them.<//>
    ${bills.length === 0 && html`<p>There is nothing to bill.</p>`}
    ${bills.map((bill) => html`<article key=${`${bill.tariff} ${bill.kind} ${bill.cycle.start}`}>
      <h2 class="subject">${bill.tariff}: ${bill.kind}, not closed</h2>
      <${BillFacts} bill=${bill} />
      <${Lines} bill=${bill} />
    </article>`)}`;
};

export const Open = ({ session, query }) => {
  const account = session.account ?? query.account;
  return html`
    ${!session.account && html`<${Choose} key=${account} account=${account} to=${["bills", "open"]} />`}
    ${account && (fitsPath(account) ? html`<${Preview} key=${account} account=${account} query=${query} />`
      : html`<${Notice} kind="warning" title="This cannot be shown">The name cannot stand in an address of the API.<//>`)}`;
};
