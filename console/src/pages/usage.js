// SPDX-License-Identifier: Apache-2.0
// How much of what was used: grouped, plotted, listed. What is asked for stands in the address, so that a view can be
// handed on.
import { html, useMemo, useState } from "../lib/html.js";
import { withQuery } from "../lib/api.js";
import { usePatient, waitingFor } from "../lib/patient.js";
import { goTo, linkTo } from "../lib/route.js";
import { columnsOf, KEYS, measuresOf, plotOf, groupingOf, TIMES, writeBy } from "../lib/usage.js";
import { Chart, Csv, Field, Loading, Notice, ProblemNotice, Table, Tick } from "../parts/index.js";

const SHOWN = 100;
const LABELS = { account: "Account", region: "Region", cell: "Cell of the price list", operation: "Operation",
  funding: "What paid" };

const Filters = ({ query, by, session }) => {
  const [wanted, setWanted] = useState({ ...query, ...by });
  const set = (name) => (value) => setWanted((before) => ({ ...before, [name]: value }));
  const toggle = (key) => (isOn) => setWanted((before) =>
    ({ ...before, keys: KEYS.filter((one) => (one === key ? isOn : before.keys.includes(one))) }));
  return html`<form onSubmit=${(event) => {
    event.preventDefault();
    const { account, tariff, from, until, measure } = wanted;
    goTo(linkTo(["usage"], { account, tariff, from, until, by: writeBy(wanted), measure }));
  }}>
    <div class="inline form">
      ${!session.account && html`<${Field} label="Account" value=${wanted.account ?? ""} onInput=${set("account")} />`}
      <${Field} label="Tariff" value=${wanted.tariff ?? ""} onInput=${set("tariff")} />
      <${Field} label="From" value=${wanted.from ?? ""} onInput=${set("from")} placeholder="2026-03-01" />
      <${Field} label="Until" value=${wanted.until ?? ""} onInput=${set("until")} placeholder="2026-04-01" />
      <${Field} label="Over time" value=${wanted.time} onInput=${set("time")}
        options=${[{ value: "", title: "in all" }, ...TIMES.map((time) => ({ value: time, title: `by ${time}` }))]} />
    </div>
    <fieldset class="inline form"><legend>Tell apart, besides items</legend>
      ${KEYS.map((key) => html`
        <${Tick} key=${key} label=${LABELS[key]} value=${wanted.keys.includes(key)} onInput=${toggle(key)} />`)}
    </fieldset>
    <p class="buttons"><button type="submit" class="main">Show</button></p>
  </form>`;
};

const Rows = ({ rows, by }) => {
  const [count, setCount] = useState(SHOWN);
  const columns = useMemo(() => columnsOf(by), [by]);
  const keyed = useMemo(() => rows.map((row, key) => ({ ...row, key })), [rows]);
  return html`
    <${Table} title="Usage" columns=${columns} rows=${keyed.slice(0, count)} hasCsv empty="Nothing was used." />
    <div class="pager"><p class="quiet" role="status">${Math.min(count, rows.length)} of ${rows.length} rows</p>
      ${rows.length > count && html`
        <button type="button" onClick=${() => setCount(count + SHOWN)}>More rows</button>
        <${Csv} title=${`all ${rows.length} rows of usage`} columns=${columns} rows=${keyed} />`}
    </div>`;
};

const Plot = ({ data, by, measure, onMeasure }) => {
  const measures = useMemo(() => measuresOf(data.usage), [data]);
  const chosen = measures.some((one) => one.value === measure) ? measure : measures[0].value;
  const plot = useMemo(() => plotOf(data.usage, by, chosen), [data, by, chosen]);
  return html`
    ${measures.length > 1 && html`<form class="inline">
      <${Field} label="Plot" value=${chosen} options=${measures} onInput=${onMeasure} /></form>`}
    ${plot ? html`<${Chart} key=${chosen} title="Usage" unit=${plot.unit} x=${plot.x} series=${plot.series}
        about="The largest groups, and the rest together." />`
      : html`<p class="quiet">Amounts of tiered prices are known on bills alone: there is nothing to plot.</p>`}`;
};

const Answer = ({ path, by, query }) => {
  const answer = usePatient(path);
  const { data, problem } = answer;
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what=${waitingFor("usage", answer)} />`;
  const onMeasure = (measure) => goTo(linkTo(["usage"], { ...query, measure }), { replace: true });
  return html`
    ${data.from === "journal" && html`<${Notice}>Gathered from the journal, event by event: bills do not tell this apart.
      A tiered price has no amount here.<//>`}
    <h2 class="hidden">What was used</h2>
    ${data.usage.length > 0 && html`<${Plot} data=${data} by=${by} measure=${query.measure} onMeasure=${onMeasure} />`}
    <${Rows} key=${path} rows=${data.usage} by=${by} />`;
};

/* Of everybody, from the first day on: every closed bill is read for that, which a visit alone is no reason for. */
const Unasked = () => html`<p>Choose what to see. <a href=${linkTo(["usage"], { by: "account" })}>Everything at once</a> takes
  long on a large book: an account, a tariff or whole cycles are quick.</p>`;

const Page = ({ session, query }) => {
  const isAsked = session.account !== null || Object.keys(query).length > 0;
  const by = useMemo(() => groupingOf(query.by ?? (session.account ? "region" : "account")), [query.by]);
  const { account, tariff, from, until } = query;
  const path = withQuery("/v1/usage", { account, tariff, by: writeBy(by), from, until });
  return html`
    <${Filters} key=${path} query=${query} by=${by} session=${session} />
    ${isAsked ? html`<${Answer} path=${path} by=${by} query=${query} />` : html`<${Unasked} />`}`;
};

export default Page;
