// SPDX-License-Identifier: Apache-2.0
// Bills: closed ones, what is open, one of them, two side by side, and all of them for other tools.
import { html, useState } from "../lib/html.js";
import { linkTo } from "../lib/route.js";
import { Actions, Tabs } from "../parts/index.js";
import { Closed } from "./bills/closed.js";
import { Compare } from "./bills/compare.js";
import { Focus } from "./bills/focus.js";
import { Open } from "./bills/open.js";
import { Bill } from "./bills/one.js";

const VIEWS = [["", "Closed"], ["open", "Not billed yet"], ["compare", "Compare two"], ["focus", "FOCUS"]];

const Page = ({ session, rest, query }) => {
  const [turn, setTurn] = useState(0); /* what was closed just now is asked for */
  const view = rest[0] ?? "";
  const View = { "": Closed, open: Open, compare: Compare, focus: Focus }[view];
  return html`
    <${Tabs} label="Views of bills" tabs=${VIEWS.filter(([path]) => path !== "focus" || session.roles.includes("billing")).map(([path, title]) => ({
      title, link: linkTo(["bills", path].filter(Boolean), { account: query.account }), isCurrent: path === view }))} />
    ${View && html`<${Actions} of="bills" session=${session} subject=${{}} onDone=${() => setTurn(turn + 1)} />`}
    ${View ? html`<${View} key=${`${view} ${turn}`} session=${session} query=${query} />` : html`<${Bill} key=${view} number=${view} />`}`;
};

export default Page;
