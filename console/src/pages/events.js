// SPDX-License-Identifier: Apache-2.0
// What came in and what became of it: documents that were accepted, and those that were refused, have no price, or were
// taken back. What came twice is written nowhere: the daemon counts it.
import { html, useState } from "../lib/html.js";
import { useGet, useList, withQuery } from "../lib/api.js";
import { eventLink, pathOf } from "../lib/bills.js";
import { goTo, linkTo } from "../lib/route.js";
import { may } from "../lib/session.js";
import { account, Actions, Asked, Facts, Form, instant, List, Loading, Notice, number, said, state, Table, Tabs, useFields, When } from "../parts/index.js";

const VIEWS = [["", "All"], ["accepted", "Accepted"], ["duplicate", "Duplicate"], ["rejected", "Rejected"], ["unpriced", "Without a price"],
  ["reversed", "Taken back"]];

/* The id of usage leads to why it is what it is. */
const id = { name: "id", cell: (row, value) => (value && !row.type?.startsWith("tollgate.")
  ? html`<a href=${eventLink(row)}>${value}</a>` : value) };
const place = (title) => said("place", title, (row) => (row.batch === undefined ? `${row.file ?? ""}, line ${row.line}` : `${row.batch}, ${row.line}`));
const recorded = instant("recorded_at", "Recorded");

const DOCUMENTS = [
  id, "type", account, "source", instant("time"), recorded, place("Batch, line"),
  { name: "document", title: "As it came", cell: (row, value) => html`<details><summary>Show</summary><pre>${value}</pre></details>` },
];
const NOTICES = [id, account, "source", "reason", place("Where")];
const REVERSED = [id, account, "source", instant("reversed_at", "Taken back"), { name: "reversed_by", title: "By" }, "reason", "replaced_by"];
const FOUND = [
  id, account, "source", state("outcome", "Outcome", { accepted: "good" }), "reason", recorded, place("Batch, line"),
];
const columnsOf = (view) => (view === "reversed" ? REVERSED : view === "rejected" || view === "unpriced" ? NOTICES : DOCUMENTS);

const NONE = html`<${Notice} kind="warning" title="There is no such event">The journal has no usage event of this id.<//>`;

const Found = ({ name, source }) => {
  const answer = useGet(withQuery(`${pathOf("events", name)}/explain`, { source }));
  return answer.problem?.status === 404 ? NONE : html`<${Asked} answer=${answer} what="the event">${({ found }) => html`
    <${Table} title=${`Events called ${name}`} columns=${FOUND} rows=${found.map((row) => ({ ...row, id: name }))} />`}<//>`;
};

/* What was handed in since the daemon began, by what became of it. */
const Counts = ({ session }) => {
  const { data, problem } = useGet(may(session, "read", "admin") ? "/v1/now" : null);
  return html`<p>What came twice counts once. It is written nowhere: whoever sent it was told.
      ${data && html` Handed in since the daemon began, <${When} at=${data.started_at} />:`}</p>
    ${data ? html`<${Facts} facts=${Object.entries(data.documents).map(([outcome, count]) => [outcome, count, `count-${outcome}`])} />`
      : may(session, "read", "admin") && !problem && html`<${Loading} what="the counts" />`}`;
};

/* Reasons with how often each stands in what is shown. */
const reasonsOf = (rows) => {
  const counts = new Map();
  rows.forEach(({ reason }) => counts.set(reason, (counts.get(reason) ?? 0) + 1));
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
};
const REASONS = ["reason", number("count", "Events")];

const Came = ({ view, query, session }) => {
  const [turn, setTurn] = useState(0);
  const path = withQuery("/v1/events", { outcome: view, account: query.account, order: query.order ?? "desc", limit: 100 });
  const list = useList(path);
  const { rows } = list;
  const title = `${VIEWS.find(([to]) => to === view)[1]}: ${query.order === "asc" ? "the oldest" : "the newest"} first`;
  return html`
    ${view === "unpriced" && html`<${Actions} key=${turn} of="unpriced" session=${session} subject=${{}}
      onDone=${() => { setTurn(turn + 1); list.refresh(); }} />`}
    ${(view === "unpriced" || view === "rejected") && rows.length > 0 && html`
      <${Table} title=${`Reasons among these ${rows.length}`} hasCsv columns=${REASONS} rows=${reasonsOf(rows)} />`}
    <${List} list=${list} what="documents" title=${title} hasCsv columns=${columnsOf(view)} />`;
};

const Page = ({ session, query }) => {
  const view = VIEWS.some(([to]) => to === query.outcome) ? query.outcome : "";
  const { said: { id: wanted, account: by }, field } = useFields({ id: query.id, account: query.account });
  const isOldestFirst = query.order === "asc";
  const to = (more) => linkTo(["events"], { outcome: view, account: query.account, order: query.order, ...more });
  return html`
    <${Form} verb="Search" role="search" onSubmit=${() => goTo(to({ id: wanted, account: by }))} after=${html`
      <a href=${to({ order: isOldestFirst ? "" : "asc" })}>${isOldestFirst ? "The newest first" : "The oldest first"}</a>`}>
      ${field("id", "Id of an event")}${!session.account && field("account", "Account")}<//>
    ${query.id && html`<${Found} key=${query.id} name=${query.id} source=${query.source} />`}
    <${Tabs} label="What became of them" tabs=${VIEWS.map(([outcome, title]) => ({
      title, link: to({ outcome }), isCurrent: outcome === view }))} />
    ${view === "duplicate" ? html`<${Counts} session=${session} />`
      : html`<${Came} key=${`${view} ${query.account} ${query.order}`} view=${view} query=${query} session=${session} />`}`;
};

export default Page;
