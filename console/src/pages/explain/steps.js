// SPDX-License-Identifier: Apache-2.0
// An explanation: what it comes to at a glance, then every step in its order.
import { html } from "../../lib/html.js";
import { answersOf, sourcesOf } from "../../lib/steps.js";
import { Facts, Table } from "../../parts/index.js";

const COLUMNS = [
  { name: "number", title: "Step", isNumber: true },
  { name: "topic", title: "About" },
  { name: "text", title: "What happens" },
  { name: "source", title: "Source", text: (row) => row.source ?? "",
    cell: (row) => row.source && html`<code>${row.source}</code>` },
];

const texts = (list) => html`<ul class="plain">${list.map((text, key) => html`<li key=${key}>${text}</li>`)}</ul>`;

export const Steps = ({ steps, title = "Every step" }) => html`
  <${Facts} facts=${[
    ...answersOf(steps).map(([question, list]) => [question, texts(list), question]),
    sourcesOf(steps).length > 0 ? ["Source", texts(sourcesOf(steps)), "source"] : ["", null],
  ]} />
  <${Table} title=${title} hasCsv columns=${COLUMNS} empty="There is nothing to explain."
    rows=${steps.map((step, index) => ({ ...step, key: index, number: String(index + 1) }))} />`;
