// SPDX-License-Identifier: Apache-2.0
// What needs a second person: proposals, and what came of them.
import { html, useState } from "../lib/html.js";
import { send, useGet, useList } from "../lib/api.js";
import { pathOf } from "../lib/bills.js";
import { linkTo } from "../lib/route.js";
import { may } from "../lib/session.js";
import { Asked, Confirm, Facts, instant, List, Notice, state, When } from "../parts/index.js";

const isOpen = (approval) => approval.state === "open" || approval.state === "approved";

const STATES = { open: "warning", done: "good", failed: "error" };
const COLUMNS = [
  { name: "id", title: "Proposal", cell: ({ id }) => html`<a href=${linkTo(["approvals", id])}><code>${id}</code></a>` },
  { name: "summary", title: "What" }, { name: "by", title: "Proposed by" }, instant("at"), state("state", "State", STATES),
];
const FACTS = [{ name: "summary", title: "What" }, "state", { name: "by", title: "Proposed by" }, instant("at"), instant("expires_at", "Expires"),
  "decided_by", "result"];

const All = () => html`<${List} list=${useList("/v1/approvals?limit=100")} what="proposals" title="Proposals, the oldest first"
  columns=${COLUMNS} empty="Nothing was proposed." />`;

const One = ({ data, session, refresh }) => {
  const [verb, setVerb] = useState(null);
  const path = pathOf("approvals", data.id);
  const isOwn = data.by === session.actor;
  const isApprover = may(session, "approve");
  const against = isOwn ? "Take back" : "Reject";
  const close = () => setVerb(null);
  const done = () => { close(); refresh(); };
  return html`<p><a href=${linkTo(["approvals"])}>All proposals</a></p>
    <${Facts} of=${data} facts=${FACTS} />
    ${isOpen(data) && html`<p class="buttons">
      ${may(session, "approve", "billing", "pricing", "admin") && html`<button type="button" onClick=${() => setVerb("reject")}>
        ${against}</button>`}
      ${isApprover && !isOwn && html`<button type="button" class="main" onClick=${() => setVerb("approve")}>Approve</button>`}</p>
      ${isApprover && isOwn && html`<${Notice} title="Yours">Another person has to approve it.<//>`}`}
    ${verb && html`<${Confirm} title=${verb === "approve" ? "Approve" : against} verb=${verb === "approve" ? "Approve" : against}
      isDanger=${verb === "reject"} onClose=${close} onDone=${done} onConfirm=${(key) => send("POST", `${path}/${verb}`, {}, { key })}>
      <p><strong>${data.summary}</strong></p><p>Proposed by <code>${data.by}</code>, <${When} at=${data.at} />.</p>
      ${verb === "approve" && html`<p>It is done at once.</p>`}<//>`}`;
};

const Approval = ({ id, session }) => {
  const answer = useGet(pathOf("approvals", id));
  return html`<${Asked} answer=${answer} what="the proposal">${(data) =>
    html`<${One} data=${data} session=${session} refresh=${answer.refresh} />`}<//>`;
};

const Page = ({ session, rest: [id] }) => (id === undefined ? html`<${All} />` : html`<${Approval} key=${id} id=${id} session=${session} />`);

export default Page;
