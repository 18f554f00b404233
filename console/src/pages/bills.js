// SPDX-License-Identifier: Apache-2.0
// Bills: closed ones, what is open, one of them, and two side by side.
import { html } from "../lib/html.js";
import { linkTo } from "../lib/route.js";
import { Tabs } from "../parts/index.js";
import { Closed } from "./bills/closed.js";
import { Compare } from "./bills/compare.js";
import { Open } from "./bills/open.js";
import { Bill } from "./bills/one.js";

const VIEWS = [["", "Closed"], ["open", "Not billed yet"], ["compare", "Compare two"]];

const Page = ({ session, rest, query }) => {
  const view = rest[0] ?? "";
  const View = { "": Closed, open: Open, compare: Compare }[view];
  return html`
    <${Tabs} label="Views of bills" tabs=${VIEWS.map(([path, title]) => ({
      title, link: linkTo(["bills", path].filter(Boolean), { account: query.account }), isCurrent: path === view }))} />
    ${View ? html`<${View} session=${session} query=${query} />` : html`<${Bill} key=${view} number=${view} />`}`;
};

export default { path: "bills", title: "Bills", roles: ["read", "billing", "customer"], Page };
