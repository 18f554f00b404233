// SPDX-License-Identifier: Apache-2.0
// What happens now. Counters are asked for every two seconds; rates are differences of two answers, in this browser.
import { html, useEffect, useState } from "../lib/html.js";
import { usePoll } from "../lib/api.js";
import { showSeconds } from "../lib/time.js";
import { account, Chart, Facts, instant, Loading, Notice, number, ProblemNotice, said, Table, When } from "../parts/index.js";

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

const perSecond = (value) => value ?? "…";
const Facing = ({ data, point }) => html`<section class="card"><h2>Now</h2><${Facts} facts=${[
  ["Allowed per second", perSecond(point?.allowed), "allowed"],
  ["Refused per second", perSecond(point?.refused), "refused"],
  ["Running tasks", data.leases, "leases"],
  ["Documents per second", perSecond(point?.documents), "documents"],
  ["Documents waiting", data.journal.waiting, "waiting"],
  ["Late", showSeconds(data.journal.late_seconds), "late"],
]} /></section>`;

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

const BOOK = [
  { name: "started_at", title: "Running since", cell: (row, at) => html`<${When} at=${at.replace(/\.\d+/, "")} />` }, { name: "journal.seq", title: "Batches in the journal" },
  instant("journal.last_batch_at", "Last batch", "not since the start"), said("store", "Store", ({ book }) => size(book.store_bytes)),
  "book.accounts", { name: "book.bills", title: "Bills closed" }, { name: "webhooks.waiting", title: "Webhooks waiting" },
  { name: "webhooks.disabled", title: "Webhooks disabled" },
];

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

const decisionColumns = [{ name: "reason", title: "Decision" }, number("count", "Since the start"), number("rate", "Per second")];
const documentColumns = ["outcome", number("count", "Since the start")];
const alertColumns = [instant("at", "When"), { name: "kind", title: "Alert" }, account, "about", number("remaining", "Left")];
const aboutAlert = (alert) => [alert.tariff, alert.sku ?? alert.item, alert.order, alert.note].filter(Boolean).join(" · ");

const Page = () => {
  const poll = usePoll("/v1/now", EVERY_SECONDS);
  const points = usePoints(poll);
  const { data, problem } = poll;
  if (data === null) return problem ? html`<${ProblemNotice} problem=${problem} />` : html`<${Loading} what="the counters" />`;
  const point = points.at(-1);
  return html`
    <${Health} data=${data} problem=${problem} />
    <div class="cards"><${Facing} data=${data} point=${point} />
      <section class="card"><h2>Book</h2><${Facts} of=${data} facts=${BOOK} /></section></div>
    <h2>The last minutes</h2>
    <${Plots} points=${points} />
    <div class="cards">
      <${Table} title="Decisions of the gate" columns=${decisionColumns} hasCsv rows=${Object.entries(data.decisions).map(([reason, count]) =>
        ({ reason, count, rate: point?.reasons[reason] ?? "" }))} />
      <${Table} title="Documents handed in" columns=${documentColumns} hasCsv rows=${Object.entries(data.documents).map(([outcome, count]) =>
        ({ outcome, count }))} />
    </div>
    <${Table} title="Alerts of late" columns=${alertColumns} hasCsv empty="None was given." rows=${data.alerts.map((alert) =>
      ({ ...alert, about: aboutAlert(alert) }))} />`;
};

export default Page;
