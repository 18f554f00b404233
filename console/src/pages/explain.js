// SPDX-License-Identifier: Apache-2.0
// Why: an event, or a line of a bill.
import { html, useState } from "../lib/html.js";
import { goTo, linkTo } from "../lib/route.js";
import { Field } from "../parts/index.js";
import { ExplainBill, ExplainOpen } from "./explain/bill.js";
import { ExplainEvent } from "./explain/event.js";

const Ask = ({ kind, name, query }) => {
  const [event, setEvent] = useState({ id: kind === "event" ? name : "", source: query.source ?? "" });
  const [bill, setBill] = useState({ number: kind === "bill" ? name : "", line: query.line ?? "" });
  const setIn = (set, field) => (value) => set((before) => ({ ...before, [field]: value }));
  return html`<div class="cards">
    <form class="card" onSubmit=${(submitted) => {
      submitted.preventDefault();
      goTo(linkTo(["explain", "event", event.id.trim()], { source: event.source.trim() }));
    }}><h2>An event</h2>
      <${Field} label="Id of the event" value=${event.id} onInput=${setIn(setEvent, "id")} isRequired />
      <${Field} label="Its source" value=${event.source} onInput=${setIn(setEvent, "source")}
        hint="Only when several sources use this id." />
      <p class="buttons"><button type="submit" class="main">Explain the event</button></p>
    </form>
    <form class="card" onSubmit=${(submitted) => {
      submitted.preventDefault();
      goTo(linkTo(["explain", "bill", bill.number.trim()], { line: bill.line.trim() }));
    }}><h2>A bill</h2>
      <${Field} label="Number of the bill" value=${bill.number} onInput=${setIn(setBill, "number")} isRequired />
      <${Field} label="Line" value=${bill.line} onInput=${setIn(setBill, "line")} inputmode="numeric"
        hint="From 1; empty: all of them." />
      <p class="buttons"><button type="submit" class="main">Explain the bill</button></p>
    </form>
  </div>`;
};

const Page = ({ rest, query }) => {
  const [kind, name = ""] = rest;
  const place = JSON.stringify([rest, query]);
  return html`
    ${kind !== "open" && html`<${Ask} key=${place} kind=${kind} name=${name} query=${query} />`}
    ${kind === "event" && html`<${ExplainEvent} key=${place} id=${name} query=${query} />`}
    ${kind === "bill" && html`<${ExplainBill} key=${place} number=${name} query=${query} />`}
    ${kind === "open" && html`<${ExplainOpen} key=${place} query=${query} />`}`;
};

export default Page;
