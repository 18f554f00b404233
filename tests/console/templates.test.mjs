// SPDX-License-Identifier: Apache-2.0
// What the build makes of templates is what htm makes of them in the browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutTemplates } from "../../console/templates.mjs";

const run = (code) => new Function("createElement", "html", "a", `${code}; return made;`);
const element = (type, props, ...children) => ({ type, props, children });

const SAMPLES = {
  "an element without anything": "html`<p />`",
  "a text": "html`so`",
  "nothing": "html``",
  "several roots": "html`<b>1</b> ${a.text} <i />`",
  "texts and values": "html`<p>one ${a.text} \"two\"${a.list.map((one) => html`<li key=${one}>${one}</li>`)}</p>`",
  "lines": "html`<p>\n  <b>x</b> and\n  ${a.text}\n  <i>y</i> </p>`",
  "attributes": "html`<input type=\"text\" disabled value=${a.text} aria-label=\"so ${a.text}, ${a.list}\" class='${a.text}' data-x=1 />`",
  "attributes of others": "html`<p id=\"1\" ...${a.props} class=\"x\" ...${{ id: a.text }}>y</p>`",
  "a component": "html`<${a.Part} onClick=${() => a.text}><b />${a.text && html`<i>${a.text}</i>`}<//>`.children",
  "quotes and slashes": "html`<p title=\"\\`$ \\${\">\\`$ \\${ \\\\</p>`",
  "choices": "html`<p>${a.text ? html`<b>${a.text}</b>` : html`<i />`}${a.text, 7}${null}${false}</p>`",
};

for (const [name, code] of Object.entries(SAMPLES)) {
  test(`templates: ${name}`, async () => {
    const { default: htm } = await import("../../console/node_modules/htm/dist/htm.mjs");
    const given = { text: "t", list: ["1", "2"], props: { id: "2", lang: "en" }, Part: "part" };
    const compiled = withoutTemplates(`const made = ${code};`).replace(/^import .*\n/, "");
    assert.ok(!compiled.includes("html`"), compiled);
    const made = run(compiled)(element, null, given);
    assert.deepEqual(made, run(`const made = ${code}`)(null, htm.bind(element), given));
  });
}
