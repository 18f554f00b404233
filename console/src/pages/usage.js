// SPDX-License-Identifier: Apache-2.0
// How much of what was used: grouped, plotted, listed. What is asked for stands in the address, so that a view can be
// handed on.
import { html, useMemo, useState } from "../lib/html.js";
import { useGet, withQuery } from "../lib/api.js";
import { usePatient } from "../lib/patient.js";
import { goTo, linkTo } from "../lib/route.js";
import { showDate } from "../lib/time.js";
import { columnsOf, KEYS, measuresOf, plotOf, groupingOf, TIMES, writeBy } from "../lib/usage.js";
import { Asked, Chart, Csv, Field, Loading, Notice, Table, Tick, useFields } from "../parts/index.js";

const SHOWN = 100;
const LABELS = { account: "Account", region: "Region", cell: "Cell of the price list", operation: "Operation",
  funding: "What paid", order: "Order that paid" };

const Filters = ({ query, by, session, offset }) => {
  const { said: wanted, field, set } = useFields({ ...query, ...by });
  const toggle = (key) => (isOn) => set({ keys: KEYS.filter((one) => (one === key ? isOn : wanted.keys.includes(one))) });
  const day = (name, label) => field(name, label, { type: "date", value: (wanted[name] ?? "").slice(0, 10),
    onInput: (text) => set({ [name]: text && (query[name]?.startsWith(text) ? query[name] : `${text}T00:00:00${offset}`) }) });
  return html`<form onSubmit=${(event) => {
    event.preventDefault();
    const { account, tariff, from, until, measure } = wanted;
    goTo(linkTo(["usage"], { account, tariff, from, until, by: writeBy(wanted), measure, all: from || until ? "" : "1" }));
  }}>
    <div class="inline form">
      ${!session.account && field("account", "Account")} ${field("tariff", "Tariff")}
      ${day("from", "From")} ${day("until", "Until, without")}
      ${field("time", "Over time", { options: [{ value: "", title: "in all" }, ...TIMES.map((time) => ({ value: time, title: `by ${time}` }))] })}
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
  return html`
    <${Table} title="Usage" columns=${columns} rows=${rows.slice(0, count)} hasCsv empty="Nothing was used." />
    <div class="pager"><p class="quiet" role="status">${Math.min(count, rows.length)} of ${rows.length} rows</p>
      ${rows.length > count && html`
        <button type="button" onClick=${() => setCount(count + SHOWN)}>More rows</button>
        <${Csv} title=${`all ${rows.length} rows of usage`} columns=${columns} rows=${rows} />`}
    </div>`;
};

const Plot = ({ usage, by, measure, onMeasure }) => {
  const measures = useMemo(() => measuresOf(usage), [usage]);
  const chosen = measures.some((one) => one.value === measure) ? measure : measures[0].value;
  const plot = useMemo(() => plotOf(usage, by, chosen), [usage, by, chosen]);
  return html`
    ${measures.length > 1 && html`<form class="inline">
      <${Field} label="Plot" value=${chosen} options=${measures} onInput=${onMeasure} /></form>`}
    ${plot ? html`<${Chart} key=${chosen} title=${chosen.startsWith("amount") ? "Cost" : "Quantity"} unit=${plot.unit} x=${plot.x} series=${plot.series}
        about="The largest groups, and the rest together." />`
      : html`<p class="quiet">Amounts of tiered prices are known on bills alone: there is nothing to plot.</p>`}`;
};

const Answer = ({ path, by, query }) => html`<${Asked} answer=${usePatient(path)} what="usage">${({ from, usage }) => html`
    ${from === "journal" && html`<${Notice}>Gathered from the journal, event by event: bills do not tell this apart.
      A tiered price has no amount here.<//>`}
    <h2 class="hidden">What was used</h2>
    ${usage.length > 0 && html`<${Plot} usage=${usage} by=${by} measure=${query.measure}
      onMeasure=${(measure) => goTo(linkTo(["usage"], { ...query, measure }), { replace: true })} />`}
    <${Rows} key=${path} rows=${usage} by=${by} />`}<//>`;

/* Of everybody, from the first day on: every closed bill is read for that, which a visit alone is no reason for. */
const Unasked = ({ from }) => html`<p>Choose what to see.
  ${from && html` <a href=${linkTo(["usage"], { by: "account", from })}>What everybody used since ${showDate(from)}</a> is at hand.`}
  ${" "}<a href=${linkTo(["usage"], { by: "account", all: 1 })}>Everything from the first day on</a> takes long on a large book.</p>`;

/* The first day of the month before that of the last bill, where that one's days begin. */
const monthBefore = (bill, offset) => {
  const [year, month] = bill.closed_at.split("-").map(Number);
  return `${month === 1 ? year - 1 : year}-${String(month === 1 ? 12 : month - 1).padStart(2, "0")}-01T00:00:00${offset}`;
};

const Page = ({ session, query }) => {
  const { account, tariff, until } = query;
  const last = useGet("/v1/bills?order=desc&limit=1");
  const by = useMemo(() => groupingOf(query.by ?? (account || session.account ? "region" : "account")), [query.by, account]);
  if (last.data === null && last.problem === null) return html`<${Loading} what="the last bill" />`;
  const bill = last.data?.items[0];
  const offset = bill?.cycle.start.slice(19) ?? "Z";
  /* Without another word this month and the last one are meant. */
  const from = query.from ?? (bill && !until && !query.all ? monthBefore(bill, offset) : undefined);
  const path = withQuery("/v1/usage", { account, tariff, by: writeBy(by), from, until });
  const isAsked = session.account !== null || Object.keys(query).length > 0;
  return html`
    <${Filters} key=${path} query=${{ ...query, from }} by=${by} session=${session} offset=${offset} />
    ${isAsked ? html`<${Answer} path=${path} by=${by} query=${query} />` : html`<${Unasked} from=${from} />`}`;
};

export default Page;
