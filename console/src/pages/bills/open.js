// SPDX-License-Identifier: Apache-2.0
// What an account has used that is not billed yet, as the bills would be now.
import { html } from "../../lib/html.js";
import { usePoll } from "../../lib/api.js";
import { fitsPath, isOpenBill, pathOf } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Asked, Form, Lines, Notice, useFields } from "../../parts/index.js";
import { BillFacts } from "./one.js";

const Choose = ({ account }) => {
  const { said, field } = useFields({ account });
  return html`<${Form} verb="Show" onSubmit=${() => goTo(linkTo(["bills", "open"], said))}>
    ${field("account", "Account", { isRequired: true })}<//>`;
};

const Preview = ({ account, query }) => html`
  <${Asked} answer=${usePoll(pathOf("accounts", account, "charges"), 10)} what="what is not billed yet">${(data) => {
    const bills = query.from ? data.bills.filter(isOpenBill(query)) : data.bills;
    return html`
    <${Notice}>As bills would be if every cycle were closed now.<//>
    ${bills.length === 0 && html`<p>There is nothing to bill.</p>`}
    ${bills.map((bill) => html`<article key=${`${bill.tariff} ${bill.kind} ${bill.cycle.start}`}>
      <h2 class="subject">${bill.tariff}: ${bill.kind}, not closed</h2>
      <${BillFacts} bill=${bill} />
      <${Lines} bill=${bill} />
    </article>`)}`;
  }}<//>`;

export const Open = ({ session, query }) => {
  const account = session.account ?? query.account;
  return html`
    ${!session.account && html`<${Choose} key=${account} account=${account} />`}
    ${account && (fitsPath(account) ? html`<${Preview} key=${account} account=${account} query=${query} />`
      : html`<${Notice} kind="warning" title="This cannot be shown">The name cannot stand in an address of the API.<//>`)}`;
};
