// SPDX-License-Identifier: Apache-2.0
// What needs a second person: proposals, and what came of them.
import { html, useState } from "../lib/html.js";
import { send, useGet, useList } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { Confirm, Facts, Loading, Notice, Pager, ProblemNotice, Table, When } from "../parts/index.js";

const pathOf = (id) => `/v1/approvals/${encodeURIComponent(id)}`;
const isOpen = (approval) => approval.state === "open" || approval.state === "approved";

const COLUMNS = [
  { name: "id", title: "Proposal", text: (row) => row.id, cell: (row) => html`<a href=${linkTo(["approvals", row.id])}><code>${row.id}</code></a>` },
  { name: "summary", title: "What" }, { name: "by", title: "Proposed by" },
  { name: "at", title: "At", cell: (row) => html`<${When} at=${row.at} />` },
  { name: "state", title: "State", text: (row) => row.state, cell: (row) => html`<span class=${`state ${STATES[row.state] ?? ""}`}>${row.state}</span>` },
];
const STATES = { open: "warning", done: "good", failed: "error" };

const List = () => {
  const list = useList("/v1/approvals?limit=100");
  return html`<${Table} title="Proposals, the oldest first" columns=${COLUMNS} empty="Nothing was proposed."
    rows=${list.rows.map((row) => ({ ...row, key: row.id }))} /><${Pager} list=${list} what="proposals" />`;
};

const One = ({ id, session }) => {
  const { data, problem, refresh } = useGet(pathOf(id));
  const [open, setOpen] = useState(null);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the proposal" />`;
  const may = (...roles) => roles.some((role) => session.roles.includes(role));
  const isOwn = data.by === session.actor;
  const done = () => { setOpen(null); refresh(); };
  const about = html`<p><strong>${data.summary}</strong></p><p>Proposed by <code>${data.by}</code>,
    <${When} at=${data.at} />.</p>`;
  return html`<p><a href=${linkTo(["approvals"])}>All proposals</a></p>
    <${Facts} facts=${[["What", data.summary, "summary"], ["State", data.state, "state"], ["Proposed by", data.by, "by"],
      ["At", html`<${When} at=${data.at} />`], ["Expires", html`<${When} at=${data.expires_at} />`],
      ["Decided by", data.decided_by], ["Result", data.result, "result"]]} />
    ${isOpen(data) && html`<p class="buttons">
      ${may("approve", "billing", "pricing", "admin") && html`<button type="button" onClick=${() => setOpen("reject")}>
        ${isOwn ? "Take back" : "Reject"}</button>`}
      ${may("approve") && !isOwn && html`<button type="button" class="main" onClick=${() => setOpen("approve")}>Approve</button>`}</p>
      ${may("approve") && isOwn && html`<${Notice} kind="info" title="Yours">Another person has to approve it.<//>`}`}
    ${open === "approve" && html`<${Confirm} title="Approve" verb="Approve" onClose=${() => setOpen(null)} onDone=${done}
      onConfirm=${(key) => send("POST", `${pathOf(id)}/approve`, {}, { key })}>${about}<p>It is done at once.</p><//>`}
    ${open === "reject" && html`<${Confirm} title=${isOwn ? "Take back" : "Reject"} verb=${isOwn ? "Take back" : "Reject"} isDanger
      onClose=${() => setOpen(null)} onDone=${done} onConfirm=${(key) => send("POST", `${pathOf(id)}/reject`, {}, { key })}>${about}<//>`}`;
};

const Page = ({ session, rest }) => (rest[0] === undefined ? html`<${List} />` : html`<${One} key=${rest[0]} id=${rest[0]} session=${session} />`);

export default Page;
