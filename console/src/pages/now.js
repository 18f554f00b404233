// SPDX-License-Identifier: Apache-2.0
// What happens now. Counters are asked for every two seconds; rates are differences of two answers, in this browser.
import { html, useEffect, useState } from "../lib/html.js";
import { usePoll } from "../lib/api.js";
import { linkTo } from "../lib/route.js";
import { showSeconds } from "../lib/time.js";
import { Chart, Facts, Loading, Notice, ProblemNotice, Table, When } from "../parts/index.js";

const EVERY_SECONDS = 2;
const KEPT_SECONDS = 300;

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
const refused = (data) => total(data.decisions) - data.decisions.allowed;

/* What is plotted: a point for each answer but the first. A daemon that was started anew begins again. */
const rate = (now, before, milliseconds) => (Math.max(0, now - before) * 1000 / milliseconds).toFixed(1);
const pointOf = (sample, before) => {
  const [now, last, elapsed] = [sample.data, before.data, sample.at - before.at];
  return {
    at: sample.at, time: new Date(performance.timeOrigin + sample.at).toISOString(),
    allowed: rate(now.decisions.allowed, last.decisions.allowed, elapsed), refused: rate(refused(now), refused(last), elapsed),
    documents: rate(total(now.documents), total(last.documents), elapsed), running: String(now.leases),
    reasons: Object.fromEntries(Object.keys(now.decisions).map((reason) =>
      [reason, rate(now.decisions[reason], last.decisions[reason], elapsed)])),
  };
};

const usePoints = ({ data, at }) => {
  const [kept, setKept] = useState({ last: null, points: [] });
  useEffect(() => {
    if (data === null) return;
    setKept(({ last, points }) => {
      const sample = { data, at };
      const isNext = last !== null && at > last.at && last.data.started_at === data.started_at;
      const young = points.filter((point) => at - point.at < KEPT_SECONDS * 1000);
      return { last: sample, points: isNext ? [...young, pointOf(sample, last)] : last === null ? [] : young };
    });
  }, [data, at]);
  return kept.points;
};

const Health = ({ data, problem }) => {
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data.book.healthy)
    return html`<${Notice} kind="error" title="The book takes no documents">${data.book.why} Start the daemon again.<//>`;
  if (data.journal.late_seconds > 60)
    return html`<${Notice} kind="warning" title="Time does not pass">Something has been due for
      ${showSeconds(data.journal.late_seconds)} that no tick has done.<//>`;
  return html`<p class="state good" data-health="good">Everything works.</p>`;
};

const Facing = ({ data, point }) => html`<section class="card"><h2>Now</h2><${Facts} facts=${[
  ["Allowed per second", point?.allowed ?? "…", "allowed"],
  ["Refused per second", point?.refused ?? "…", "refused"],
  ["Running tasks", String(data.leases), "leases"],
  ["Documents per second", point?.documents ?? "…", "documents"],
  ["Documents waiting", String(data.journal.waiting), "waiting"],
  ["Late", showSeconds(data.journal.late_seconds), "late"],
]} /></section>`;

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

const Book = ({ data }) => html`<section class="card"><h2>Book</h2><${Facts} facts=${[
  ["Running since", html`<${When} at=${data.started_at.replace(/\.\d+/, "")} />`, "started"],
  ["Batches in the journal", String(data.journal.seq), "seq"],
  ["Last batch", data.journal.last_batch_at === null ? "not since the start" : html`<${When} at=${data.journal.last_batch_at} />`, "last"],
  ["Store", size(data.book.store_bytes), "store"],
  ["Accounts", String(data.book.accounts), "accounts"],
  ["Bills closed", String(data.book.bills), "bills"],
  ["Webhooks waiting", String(data.webhooks.waiting), "webhooks"],
  ["Webhooks disabled", String(data.webhooks.disabled), "disabled"],
]} /></section>`;

const Plots = ({ points }) => {
  const x = { title: "Time", kind: "time", values: points.map((point) => point.time) };
  const line = (title, name) => ({ title, values: points.map((point) => point[name]) });
  if (points.length < 2) return html`<p class="quiet">Plots begin with the third answer.</p>`;
  return html`<div class="cards">
    <${Chart} title="Decisions" unit="per second" about="The last five minutes." x=${x}
      series=${[line("Allowed", "allowed"), line("Refused", "refused")]} />
    <${Chart} title="Documents" unit="per second" about="The last five minutes." x=${x} series=${[line("Handed in", "documents")]} />
    <${Chart} title="Running tasks" about="The last five minutes." x=${x} series=${[line("Tasks", "running")]} />
  </div>`;
};

const decisionColumns = [
  { name: "reason", title: "Decision" },
  { name: "count", title: "Since the start", isNumber: true },
  { name: "rate", title: "Per second", isNumber: true },
];
const documentColumns = [{ name: "outcome", title: "Outcome" }, { name: "count", title: "Since the start", isNumber: true }];
const alertColumns = [
  { name: "at", title: "When", cell: (row) => html`<${When} at=${row.at} />` },
  { name: "kind", title: "Alert" },
  { name: "account", title: "Account", cell: (row) => row.account && html`<a href=${linkTo(["accounts", row.account])}>${row.account}</a>` },
  { name: "about", title: "About" },
  { name: "remaining", title: "Left", isNumber: true },
];
const aboutAlert = (alert) => [alert.tariff, alert.sku ?? alert.item, alert.order, alert.note].filter(Boolean).join(" · ");

const Page = () => {
  const poll = usePoll("/v1/now", EVERY_SECONDS);
  const points = usePoints(poll);
  const { data, problem } = poll;
  if (data === null) return problem ? html`<${ProblemNotice} problem=${problem} />` : html`<${Loading} what="the counters" />`;
  const point = points.at(-1);
  return html`
    <${Health} data=${data} problem=${problem} />
    <div class="cards"><${Facing} data=${data} point=${point} /><${Book} data=${data} /></div>
    <h2>The last minutes</h2>
    <${Plots} points=${points} />
    <div class="cards">
      <${Table} title="Decisions of the gate" columns=${decisionColumns} hasCsv rows=${Object.entries(data.decisions).map(([reason, count]) =>
        ({ key: reason, reason, count: String(count), rate: point?.reasons[reason] ?? "" }))} />
      <${Table} title="Documents handed in" columns=${documentColumns} hasCsv rows=${Object.entries(data.documents).map(([outcome, count]) =>
        ({ key: outcome, outcome, count: String(count) }))} />
    </div>
    <${Table} title="Alerts of late" columns=${alertColumns} hasCsv empty="None was given." rows=${data.alerts.map((alert, index) =>
      ({ ...alert, key: `${alert.at} ${index}`, about: aboutAlert(alert) }))} />`;
};

export default Page;
