// SPDX-License-Identifier: Apache-2.0
// An explanation: what it comes to at a glance, then every step in its order.
import { html } from "../../lib/html.js";
import { answersOf, sourcesOf } from "../../lib/steps.js";
import { code, Facts, number, Table } from "../../parts/index.js";

const COLUMNS = [number("number", "Step"), { name: "topic", title: "About" }, { name: "text", title: "What happens" }, code("source")];

const texts = (list) => html`<ul class="plain">${list.map((text, key) => html`<li key=${key}>${text}</li>`)}</ul>`;

export const Steps = ({ steps, title }) => html`
  <${Facts} facts=${[...answersOf(steps), ["Source", sourcesOf(steps)]].filter(([, list]) => list.length > 0)
    .map(([question, list]) => [question, texts(list)])} />
  <${Table} title=${title} hasCsv columns=${COLUMNS} empty="There is nothing to explain."
    rows=${steps.map((step, index) => ({ ...step, number: index + 1 }))} />`;
