// SPDX-License-Identifier: Apache-2.0
// Who did what, the newest first, and whether the log is as it was written. It is not asked again by itself: every
// reading is a line of the log.
import { html, useState } from "../lib/html.js";
import { useGet, useList, withQuery } from "../lib/api.js";
import { goTo, linkTo } from "../lib/route.js";
import { Facts, Field, Loading, Notice, Pager, ProblemNotice, Table, When } from "../parts/index.js";

const COLUMNS = [
  { name: "seq", title: "Line", isNumber: true },
  { name: "at", title: "At", cell: (row) => html`<${When} at=${row.at} />` },
  { name: "actor", title: "Who", text: (row) => row.actor, cell: (row) => html`<code>${row.actor}</code>` },
  { name: "roles", title: "Roles", text: (row) => rolesOf(row), cell: (row) => rolesOf(row) },
  { name: "origin", title: "From" },
  { name: "action", title: "Did", text: (row) => row.action,
    cell: (row) => html`<a href=${linkTo(["audit"], { action: row.action })}>${row.action}</a>` },
  { name: "object", title: "To" },
  { name: "result", title: "Result", text: (row) => row.result, cell: (row) => html`<span class=${stateOf(row.result)}>${row.result}</span>` },
  { name: "of", title: "Of line", isNumber: true },
  { name: "before", title: "Before" }, { name: "after", title: "After" },
];
const rolesOf = (row) => (Array.isArray(row.roles) ? row.roles.join(", ") : row.roles ?? "");
const stateOf = (result) => (/^[45]/.test(result) ? "state error" : /^2/.test(result) ? "state good" : "");

const Chain = () => {
  const [turn, setTurn] = useState(0);
  const { data, problem } = useGet(turn === 0 ? null : `/v1/audit/chain#${turn}`);
  if (turn === 0)
    return html`<p><button type="button" onClick=${() => setTurn(1)}>Check the chain</button>
      <span class="quiet"> Reads the whole log and recomputes every hash.</span></p>`;
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the whole log" />`;
  return html`<section class="card" data-chain=${data.whole ? "whole" : "damaged"}><h2>The chain</h2>
    ${data.whole ? html`<p class="state good">✓ Every line is as it was written.</p>`
      : html`<${Notice} kind="error" title="The log is damaged">${data.bad_file}, line ${data.bad_line}: ${data.reason}.<//>`}
    <${Facts} facts=${[["Lines", String(data.lines), "lines"], ["From", String(data.first)], ["To", String(data.last), "last"],
      ["Hash of the last one", html`<code>${data.hash}</code>`, "hash"]]} />
    <p class="quiet">Keep the number and hash of the last line elsewhere: who can write the file can also write a whole new chain.</p>
    <p><button type="button" onClick=${() => setTurn(turn + 1)}>Check again</button></p></section>`;
};

const Page = ({ query }) => {
  const [said, setSaid] = useState({ actor: query.actor ?? "", action: query.action ?? "" });
  const list = useList(withQuery("/v1/audit", {
    actor: query.actor, action: query.action, order: query.order === "asc" ? "asc" : "desc", limit: 100 }));
  const show = (event) => {
    event.preventDefault();
    goTo(linkTo(["audit"], { actor: said.actor.trim(), action: said.action.trim(), order: query.order }));
  };
  return html`<${Chain} />
    <form class="inline" role="search" onSubmit=${show}>
      <${Field} label="Who" value=${said.actor} hint="The id of a key, or local:UID." onInput=${(actor) => setSaid({ ...said, actor })} />
      <${Field} label="Did" value=${said.action} hint="Like order_create." onInput=${(action) => setSaid({ ...said, action })} />
      <button type="submit">Show</button>
      <button type="button" onClick=${list.refresh}>Ask again</button>
      <a href=${linkTo(["audit"], { ...query, order: query.order === "asc" ? "" : "asc" })}>${
        query.order === "asc" ? "The newest first" : "The oldest first"}</a>
    </form>
    <${Table} title="Audit log" hasCsv columns=${COLUMNS} rows=${list.rows.map((row) => ({ ...row, key: row.seq }))} />
    <${Pager} list=${list} what="lines" />`;
};

const Keyed = (props) => html`<${Page} key=${JSON.stringify(props.query)} ...${props} />`;

export default Keyed;
