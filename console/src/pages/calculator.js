// SPDX-License-Identifier: Apache-2.0
// What will it cost? Operations and volumes to the price of one call, the cheapest way to pay for a month, and how both
// change with the volume. What is asked stands in the address, so that it can be sent to others.
import { html, useEffect, useState } from "../lib/html.js";
import { send, useGet } from "../lib/api.js";
import { pathOf } from "../lib/bills.js";
import { goTo, linkTo } from "../lib/route.js";
import { Asked, Field, Loading, useFields } from "../parts/index.js";
import { Around, Curve, OneCall, Plan } from "./calculator/answer.js";
import { fromQuery, NO_USE, planOf, quotesOf, toQuery } from "./calculator/said.js";

const isAsked = (said) => said.tariff !== "" && said.uses.every(({ operation, volume }) => operation !== "" && volume !== "");

const AGAIN = 1000; // milliseconds, when others are served first

/* Everything that is answered for what the address asks, each part as soon as it is known. */
const useAnswers = (query) => {
  const asked = JSON.stringify(query);
  const [state, setState] = useState({ asked: null });
  useEffect(() => {
    const said = fromQuery(query);
    let isOver = false;
    if (!isAsked(said)) return undefined;
    const told = async (path, body) => {
      try {
        return { data: await send("POST", path, body) };
      } catch (problem) {
        if (problem.status !== 503 || isOver) return { problem };
      }
      await new Promise((resolve) => { setTimeout(resolve, AGAIN); });
      return told(path, body);
    };
    const keep = (part) => (answer) => isOver || setState((before) => ({ ...(before.asked === asked ? before : {}), asked, [part]: answer }));
    const plan = (part, more) => told("/v1/plan", planOf(said, more)).then((answer) => { keep(part)(answer); return answer.data; });
    Promise.all(quotesOf(said).map((body) => told("/v1/quote", body))).then(keep("quotes"));
    plan("plan", { sensitivity: true }).then((data) => data && !isOver && plan("curve", { curve: true }));
    return () => { isOver = true; };
  }, [asked]);
  return state.asked === asked ? state : {};
};

/* What a call says of itself: the operation's attributes. */
const Attribute = ({ about, value, onInput }) => {
  const { name, kind, unit, required, values, closed, note } = about;
  const none = about.default === null ? "" : String(about.default);
  const choices = kind === "flag" ? ["true", "false"] : closed ? values : null;
  const hint = [note, !closed && values.length > 0 && `Like ${values.join(", ")}.`, kind === "instant" && "Like 2026-04-01T00:00:00+08:00.",
    !choices && none && `Empty: ${none}.`].filter(Boolean).join(" ");
  return html`<${Field} label=${`${name.replace(/[_.]/g, " ")}${unit && !name.includes(unit) ? `, ${unit}` : ""}`} value=${value} hint=${hint}
    isRequired=${required} inputmode=${kind === "number" ? "decimal" : undefined} onInput=${onInput}
    options=${choices && [{ value: "", title: none || (required ? "Choose" : "not said") }, ...choices.filter((one) => one !== none)]} />`;
};

const Use = ({ use, number, operations, isOnly, onInput, onRemove }) => {
  const about = operations.find(({ name }) => name === use.operation)?.attributes ?? [];
  const fields = (list) => list.map((one) => html`<${Attribute} key=${`${use.operation} ${one.name}`} about=${one} value=${use.data[one.name] ?? ""}
    onInput=${(text) => onInput({ ...use, data: { ...use.data, [one.name]: text } })} />`);
  const [plain, rare] = [about.filter((one) => one.default === null), about.filter((one) => one.default !== null)];
  return html`<fieldset class="use">
  <legend>Operation ${number}</legend>
  <${Field} label="Operation" value=${use.operation} isRequired onInput=${(operation) => onInput({ ...use, operation, data: {} })}
    options=${[{ value: "", title: "Choose an operation" }, ...operations.map(({ name }) => name)]} />
  <${Field} label="Calls a month" value=${use.volume} isRequired inputmode="numeric" onInput=${(volume) => onInput({ ...use, volume })} />
  ${fields(plain)}
  ${rare.length > 0 && html`<details open=${rare.some(({ name }) => use.data[name])}><summary>More of each call</summary>${fields(rare)}</details>`}
  ${!isOnly && html`<button type="button" class="small" onClick=${onRemove}>Remove<span class="hidden"> operation ${number}</span></button>`}
</fieldset>`;
};

const Form = ({ query }) => {
  const { said, field, set } = useFields(() => fromQuery(query));
  const tariffs = useGet("/v1/tariffs?limit=1000");
  const tariff = useGet(said.tariff ? pathOf("tariffs", said.tariff) : null);
  const operations = (tariff.data?.operations ?? []).filter(({ items }) => items.length > 0);
  const setUse = (index) => (use) => set({ uses: said.uses.map((one, at) => (at === index ? use : one)) });
  return html`<${Asked} answer=${tariffs} what="the tariffs">${({ items }) => html`<form onSubmit=${(event) => {
    event.preventDefault();
    goTo(linkTo(["calculator"], toQuery(said)));
  }}>
    <div class="uses">
      ${field("tariff", "Tariff", { isRequired: true, onInput: (name) => set({ tariff: name, uses: said.uses.map(({ volume }) => ({ ...NO_USE, volume })) }),
        options: [{ value: "", title: "Choose a tariff" }, ...items.map(({ name, title }) => ({ value: name, title: `${name}: ${title}` }))] })}
      ${field("from", "From the day", { hint: "Like 2026-04-01: prices have versions. Empty: this month." })}
      ${field("months", "Months", { inputmode: "numeric", hint: "1 to 12." })}
      ${field("calls", "Calls a second", { inputmode: "numeric", hint: "At the busiest; for QPS plans. Empty: not looked at." })}
      ${field("tasks", "Tasks at once", { inputmode: "numeric", hint: "For a concurrency quota. Empty: not looked at." })}
    </div>
    ${said.uses.map((use, index) => html`<${Use} key=${index} use=${use} number=${index + 1} operations=${operations} isOnly=${said.uses.length === 1}
      onInput=${setUse(index)} onRemove=${() => set({ uses: said.uses.filter((_, at) => at !== index) })} />`)}
    <p class="buttons">
      <button type="button" onClick=${() => set({ uses: [...said.uses, NO_USE] })}>Another operation</button>
      <button type="submit" class="main">Calculate</button></p>
  </form>`}<//>`;
};

const Page = ({ query }) => {
  const { quotes, plan, curve } = useAnswers(query);
  return html`
    <${Form} key=${JSON.stringify(query)} query=${query} />
    ${isAsked(fromQuery(query)) && html`<p class="quiet">The address of this page says all that is asked.</p>
      <div aria-live="polite" aria-busy=${!quotes || !plan || !(curve || plan.problem)}>
        ${quotes ? html`<${OneCall} quotes=${quotes} />` : html`<${Loading} what="prices" />`}
        <${Asked} answer=${plan ?? {}} what="the cheapest mix">${(data) => html`<${Plan} data=${data} />`}<//>
        ${plan?.data && html`<${Asked} answer=${curve ?? {}} what="the cost at other volumes">${(data) => html`<${Curve} data=${data} />`}<//><${Around} data=${plan.data} />`}
      </div>`}`;
};

export default Page;
