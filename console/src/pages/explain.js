// SPDX-License-Identifier: Apache-2.0
// Why: an event, or a line of a bill.
import { html } from "../lib/html.js";
import { goTo, linkTo } from "../lib/route.js";
import { Form, useFields } from "../parts/index.js";
import { ExplainBill, ExplainOpen } from "./explain/bill.js";
import { ExplainEvent } from "./explain/event.js";

const Event = ({ id, source }) => {
  const { said, field } = useFields({ id, source });
  return html`<${Form} class="card" verb="Explain the event" onSubmit=${() => goTo(linkTo(["explain", "event", said.id], { source: said.source }))}>
    <h2>An event</h2>${field("id", "Id of the event", { isRequired: true })}
    ${field("source", "Its source", { hint: "Only when several sources use this id." })}<//>`;
};

const Bill = ({ number, line }) => {
  const { said, field } = useFields({ number, line });
  return html`<${Form} class="card" verb="Explain the bill" onSubmit=${() => goTo(linkTo(["explain", "bill", said.number], { line: said.line }))}>
    <h2>A bill</h2>${field("number", "Number of the bill", { isRequired: true })}
    ${field("line", "Line", { inputmode: "numeric", hint: "From 1; empty: all of them." })}<//>`;
};

const Ask = ({ kind, name, query: { source, line } }) => html`<div class="cards">
  <${Event} id=${kind === "event" ? name : ""} source=${source} /><${Bill} number=${kind === "bill" ? name : ""} line=${line} /></div>`;

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
