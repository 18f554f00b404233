// SPDX-License-Identifier: Apache-2.0
// What came in and what became of it: documents that were accepted, and those that were refused, have no price, or were
// taken back. What came twice is written nowhere: the daemon counts it.
import { html, useState } from "../lib/html.js";
import { useGet, useList, withQuery } from "../lib/api.js";
import { goTo, linkTo } from "../lib/route.js";
import { Actions, Facts, Field, Loading, Notice, Pager, ProblemNotice, Table, Tabs, When } from "../parts/index.js";

const VIEWS = [["", "All"], ["accepted", "Accepted"], ["duplicate", "Duplicate"], ["rejected", "Rejected"], ["unpriced", "Without a price"],
  ["reversed", "Taken back"]];

/* The id of usage leads to why it is what it is. */
const id = { name: "id", title: "Id", text: (row) => row.id,
  cell: (row) => (row.id && !row.type?.startsWith("tollgate.") ? html`<a href=${linkTo(["explain", "event", row.id], { source: row.source })}>${row.id}</a>` : row.id ?? "") };
const account = { name: "account", title: "Account", text: (row) => row.account,
  cell: (row) => (row.account ? html`<a href=${linkTo(["accounts", row.account])}>${row.account}</a>` : "") };

const DOCUMENTS = [
  id, { name: "type", title: "Type" }, account, { name: "source", title: "Source" },
  { name: "time", title: "Time", cell: (row) => html`<${When} at=${row.time} />` },
  { name: "recorded_at", title: "Recorded", cell: (row) => html`<${When} at=${row.recorded_at} />` },
  { name: "place", title: "Batch, line" },
  { name: "document", title: "As it came", cell: (row) => html`<details><summary>Show</summary><pre>${row.document}</pre></details>` },
];
const NOTICES = [id, account, { name: "source", title: "Source" }, { name: "reason", title: "Reason" }, { name: "place", title: "Where" }];
const REVERSED = [
  id, account, { name: "source", title: "Source" }, { name: "reversed_at", title: "Taken back", cell: (row) => html`<${When} at=${row.reversed_at} />` },
  { name: "reversed_by", title: "By" }, { name: "reason", title: "Reason" }, { name: "replaced_by", title: "Replaced by" },
];
const FOUND = [
  { ...id, name: "id" }, account, { name: "source", title: "Source" },
  { name: "outcome", title: "Outcome", text: (row) => row.outcome,
    cell: (row) => html`<span class=${`state ${row.outcome === "accepted" ? "good" : "warning"}`}>${row.outcome}</span>` },
  { name: "reason", title: "Reason" }, { name: "recorded_at", title: "Recorded", cell: (row) => html`<${When} at=${row.recorded_at} />` },
  { name: "place", title: "Batch, line" },
];
const columnsOf = (view) => (view === "reversed" ? REVERSED : view === "rejected" || view === "unpriced" ? NOTICES : DOCUMENTS);
const placeOf = (row) => (row.batch === undefined ? `${row.file ?? ""}, line ${row.line}` : `${row.batch}, ${row.line}`);

const Found = ({ name, source }) => {
  const { data, problem } = useGet(withQuery(`/v1/events/${encodeURIComponent(name)}/explain`, { source }));
  if (problem?.status === 404) return html`<${Notice} kind="warning" title="There is no such event">The journal has no usage event of this id.<//>`;
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what="the event" />`;
  return html`<${Table} title=${`Events called ${name}`} columns=${FOUND} rows=${data.found.map((row, key) => ({
    ...row, key, id: name, place: placeOf(row) }))} />`;
};

/* What was handed in since the daemon began, by what became of it. */
const Counts = ({ session }) => {
  const may = session.roles.some((role) => ["read", "admin"].includes(role));
  const { data, problem } = useGet(may ? "/v1/now" : null);
  if (!may || problem) return html`<p>What came twice counts once. It is written nowhere: whoever sent it was told.</p>`;
  if (!data) return html`<${Loading} what="the counts" />`;
  return html`<p>What came twice counts once. It is written nowhere: whoever sent it was told. Handed in since the daemon began,
      <${When} at=${data.started_at} />:</p>
    <${Facts} facts=${Object.entries(data.documents).map(([outcome, count]) => [outcome, String(count), `count-${outcome}`])} />`;
};

/* Reasons with how often each stands in what is shown. */
const reasonsOf = (rows) => {
  const counts = new Map();
  rows.forEach(({ reason }) => counts.set(reason, (counts.get(reason) ?? 0) + 1));
  return [...counts].map(([reason, count]) => ({ key: reason, reason, count })).sort((a, b) => b.count - a.count);
};
const REASONS = [{ name: "reason", title: "Reason" }, { name: "count", title: "Events", isNumber: true }];

const List = ({ view, query, session }) => {
  const [turn, setTurn] = useState(0);
  const path = withQuery("/v1/events", { outcome: view, account: query.account, order: query.order ?? "desc", limit: 100 });
  const list = useList(path);
  const rows = list.rows.map((row, key) => ({ ...row, key, place: placeOf(row) }));
  const title = `${VIEWS.find(([to]) => to === view)[1]}: ${query.order === "asc" ? "the oldest" : "the newest"} first`;
  return html`
    ${view === "unpriced" && html`<${Actions} key=${turn} of="unpriced" session=${session} subject=${{}}
      onDone=${() => { setTurn(turn + 1); list.refresh(); }} />`}
    ${(view === "unpriced" || view === "rejected") && rows.length > 0 && html`
      <${Table} title=${`Reasons among these ${rows.length}`} hasCsv columns=${REASONS} rows=${reasonsOf(rows)} />`}
    <${Table} title=${title} hasCsv columns=${columnsOf(view)} rows=${rows} />
    <${Pager} list=${list} what="documents" />`;
};

const Page = ({ session, query }) => {
  const view = VIEWS.some(([to]) => to === query.outcome) ? query.outcome : "";
  const [said, setSaid] = useState({ id: query.id ?? "", account: query.account ?? "" });
  const to = (more) => linkTo(["events"], { outcome: view, account: query.account, order: query.order, ...more });
  const search = (event) => {
    event.preventDefault();
    goTo(to({ id: said.id.trim(), account: said.account.trim() }));
  };
  return html`
    <form class="inline" role="search" onSubmit=${search}>
      <${Field} label="Id of an event" value=${said.id} onInput=${(value) => setSaid({ ...said, id: value })} />
      ${!session.account && html`<${Field} label="Account" value=${said.account} onInput=${(value) => setSaid({ ...said, account: value })} />`}
      <button type="submit">Search</button>
      <a href=${to({ order: query.order === "asc" ? "" : "asc" })}>${query.order === "asc" ? "The newest first" : "The oldest first"}</a>
    </form>
    ${query.id && html`<${Found} key=${query.id} name=${query.id} source=${query.source} />`}
    <${Tabs} label="What became of them" tabs=${VIEWS.map(([outcome, title]) => ({
      title, link: to({ outcome }), isCurrent: outcome === view }))} />
    ${view === "duplicate" ? html`<${Counts} session=${session} />`
      : html`<${List} key=${`${view} ${query.account} ${query.order}`} view=${view} query=${query} session=${session} />`}`;
};

export default Page;
