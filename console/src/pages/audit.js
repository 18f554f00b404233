// SPDX-License-Identifier: Apache-2.0
// Who did what, the newest first, and whether the log is as it was written. It is not asked again by itself: every
// reading is a line of the log.
import { html, useState } from "../lib/html.js";
import { useGet, useList, withQuery } from "../lib/api.js";
import { goTo, linkTo } from "../lib/route.js";
import { Asked, code, Facts, Form, instant, link, List, Notice, number, said, useFields } from "../parts/index.js";

const stateOf = (result) => (/^[45]/.test(result) ? "state error" : /^2/.test(result) ? "state good" : "");
const COLUMNS = [
  number("seq", "Line"), instant("at"), code("actor", "Who"),
  said("roles", "Roles", ({ roles }) => (Array.isArray(roles) ? roles.join(", ") : roles ?? "")), { name: "origin", title: "From" },
  link("action", "Did", ({ action }) => linkTo(["audit"], { action })), { name: "object", title: "To" },
  { name: "result", cell: (row, value) => html`<span class=${stateOf(value)}>${value}</span>` }, number("of", "Of line"), "before", "after",
];
const CHAIN = ["lines", { name: "first", title: "From" }, { name: "last", title: "To" }, code("hash", "Hash of the last one")];

const Chain = () => {
  const [turn, setTurn] = useState(0);
  const answer = useGet(turn === 0 ? null : `/v1/audit/chain#${turn}`);
  const check = () => setTurn(turn + 1);
  if (turn === 0)
    return html`<p><button type="button" onClick=${check}>Check the chain</button>
      <span class="quiet"> Reads the whole log and recomputes every hash.</span></p>`;
  return html`<${Asked} answer=${answer} what="the whole log">${(data) => html`
    <section class="card" data-chain=${data.whole ? "whole" : "damaged"}><h2>The chain</h2>
    ${data.whole ? html`<p class="state good">✓ Every line is as it was written.</p>`
      : html`<${Notice} kind="error" title="The log is damaged">${data.bad_file}, line ${data.bad_line}: ${data.reason}.<//>`}
    <${Facts} of=${data} facts=${CHAIN} />
    <p class="quiet">Keep the last line and its hash elsewhere: who can write the file can write a new chain.</p>
    <p><button type="button" onClick=${check}>Check again</button></p></section>`}<//>`;
};

const Page = ({ query }) => {
  const { said: wanted, field } = useFields({ actor: query.actor, action: query.action, order: query.order });
  const isOldestFirst = query.order === "asc";
  const list = useList(withQuery("/v1/audit", { ...query, order: isOldestFirst ? "asc" : "desc", limit: 100 }));
  return html`<${Chain} />
    <${Form} verb="Show" role="search" onSubmit=${() => goTo(linkTo(["audit"], wanted))} after=${html`
      <button type="button" onClick=${list.refresh}>Ask again</button>
      <a href=${linkTo(["audit"], { ...query, order: isOldestFirst ? "" : "asc" })}>${
        isOldestFirst ? "The newest first" : "The oldest first"}</a>`}>
      ${field("actor", "Who", { hint: "The id of a key, or local:UID." })}${field("action", "Did", { hint: "Like order_create." })}<//>
    <${List} list=${list} what="lines" title="Audit log" hasCsv columns=${COLUMNS} />`;
};

const Keyed = (props) => html`<${Page} key=${JSON.stringify(props.query)} ...${props} />`;

export default Keyed;
