// SPDX-License-Identifier: Apache-2.0
// What will it cost? Operations and volumes to the price of one call, the cheapest way to pay for a month, and how both
// change with the volume. What is asked stands in the address, so that it can be sent to others.
import { html, useEffect, useState } from "../lib/html.js";
import { send, useGet } from "../lib/api.js";
import { goTo, linkTo } from "../lib/route.js";
import { Field, Loading, ProblemNotice } from "../parts/index.js";
import { OneCall, Plan } from "./calculator/answer.js";
import { fromQuery, planOf, quotesOf, toQuery } from "./calculator/said.js";

const isAsked = (said) => said.tariff !== "" && said.uses.every(({ operation, volume }) => operation !== "" && volume !== "");

/* Everything that is answered for what the address asks. */
const useAnswers = (query) => {
  const asked = JSON.stringify(query);
  const [state, setState] = useState({ asked: null });
  useEffect(() => {
    const said = fromQuery(query);
    let isOver = false;
    if (!isAsked(said)) return undefined;
    const told = (promise) => promise.then((data) => ({ data }), (problem) => ({ problem }));
    const keep = (part) => (answer) => isOver || setState((before) => ({ ...(before.asked === asked ? before : {}), asked, [part]: answer }));
    Promise.all(quotesOf(said).map((body) => told(send("POST", "/v1/quote", body)))).then(keep("quotes"));
    told(send("POST", "/v1/plan", planOf(said))).then(keep("plan"));
    return () => { isOver = true; };
  }, [asked]);
  return state.asked === asked ? state : {};
};

const Use = ({ use, number, operations, isOnly, onInput, onRemove }) => html`<fieldset class="use">
  <legend>Operation ${number}</legend>
  <${Field} label="Operation" value=${use.operation} isRequired onInput=${(operation) => onInput({ ...use, operation })}
    options=${[{ value: "", title: "Choose an operation" }, ...operations]} />
  <${Field} label="Calls a month" value=${use.volume} isRequired inputmode="numeric" onInput=${(volume) => onInput({ ...use, volume })} />
  <${Field} label="Of each call" value=${use.data} hint="Like seconds=60, width=1920, height=1080." onInput=${(data) => onInput({ ...use, data })} />
  ${!isOnly && html`<button type="button" class="small" onClick=${onRemove}>Remove<span class="hidden"> operation ${number}</span></button>`}
</fieldset>`;

const Form = ({ query }) => {
  const [said, setSaid] = useState(() => fromQuery(query));
  const tariffs = useGet("/v1/tariffs?limit=1000");
  const tariff = useGet(said.tariff ? `/v1/tariffs/${encodeURIComponent(said.tariff)}` : null);
  const operations = (tariff.data?.operations ?? []).filter(({ items }) => items.length > 0).map(({ name }) => name);
  const regions = [...new Set((tariff.data?.items ?? []).flatMap(({ prices }) => prices.flatMap(({ cells }) => cells.map(({ region }) => region))))]
    .filter((region) => region !== null);
  const set = (name) => (value) => setSaid((before) => ({ ...before, [name]: value }));
  const setUse = (index) => (use) => setSaid((before) => ({ ...before, uses: before.uses.map((one, at) => (at === index ? use : one)) }));
  const submit = (event) => {
    event.preventDefault();
    goTo(linkTo(["calculator"], toQuery(said)));
  };
  if (tariffs.problem) return html`<${ProblemNotice} problem=${tariffs.problem} />`;
  if (!tariffs.data) return html`<${Loading} what="the tariffs" />`;
  return html`<form onSubmit=${submit}>
    <div class="uses">
      <${Field} label="Tariff" value=${said.tariff} isRequired onInput=${(name) => setSaid({ ...said, tariff: name, region: "",
        uses: said.uses.map((use) => ({ ...use, operation: "" })) })}
        options=${[{ value: "", title: "Choose a tariff" }, ...tariffs.data.items.map(({ name, title }) => ({ value: name, title: `${name}: ${title}` }))]} />
      ${regions.length > 0 && html`<${Field} label="Region" value=${said.region} onInput=${set("region")}
        options=${[{ value: "", title: "as each call says, or none" }, ...regions]} />`}
      <${Field} label="From the day" value=${said.from} hint="Like 2026-04-01: prices have versions. Empty: this month." onInput=${set("from")} />
      <${Field} label="Months" value=${said.months} inputmode="numeric" onInput=${set("months")} />
      <${Field} label="Calls a second" value=${said.calls} inputmode="numeric" hint="At the busiest; for QPS plans. Empty: not looked at." onInput=${set("calls")} />
      <${Field} label="Tasks at once" value=${said.tasks} inputmode="numeric" hint="For a concurrency quota. Empty: not looked at." onInput=${set("tasks")} />
    </div>
    ${said.uses.map((use, index) => html`<${Use} key=${index} use=${use} number=${index + 1} operations=${operations} isOnly=${said.uses.length === 1}
      onInput=${setUse(index)} onRemove=${() => setSaid({ ...said, uses: said.uses.filter((_, at) => at !== index) })} />`)}
    <p class="buttons">
      <button type="button" onClick=${() => setSaid({ ...said, uses: [...said.uses, { operation: "", volume: "1000", data: "" }] })}>Another operation</button>
      <button type="submit" class="main">Calculate</button></p>
  </form>`;
};

const Page = ({ query }) => {
  const answers = useAnswers(query);
  const has = isAsked(fromQuery(query));
  return html`
    <${Form} key=${JSON.stringify(query)} query=${query} />
    ${has && html`<p class="quiet">The address of this page says all that is asked: send it to whoever should see the same.</p>
      <div aria-live="polite" aria-busy=${!answers.plan || !answers.quotes}>
        ${answers.quotes ? html`<${OneCall} quotes=${answers.quotes} />` : html`<${Loading} what="prices" />`}
        ${!answers.plan ? html`<${Loading} what="the cheapest mix" />` : answers.plan.problem
          ? html`<${ProblemNotice} problem=${answers.plan.problem} />` : html`<${Plan} plan=${answers.plan.data} />`}
      </div>`}`;
};

export default Page;
