// SPDX-License-Identifier: Apache-2.0
// What is said of tariffs and drafts in more than one place: mistakes, examples, differences.
import { html } from "../../lib/html.js";
import { account, instant, money, Notice, number, said, Table } from "../../parts/index.js";

export const State = ({ isGood, good, bad }) => html`<span class=${`state ${isGood ? "good" : "error"}`}>${isGood ? `✓ ${good}` : `✗ ${bad}`}</span>`;

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** Whether a draft is sound, in one line. */
export const CheckShort = ({ check }) => html`<p data-check=${check.ok ? "good" : "bad"}>
  <${State} isGood=${check.mistakes === 0} good="no mistakes" bad=${count(check.mistakes, "mistake")} />${" "}
  <${State} isGood=${check.examples_failed === 0} good=${`${count(check.examples_passed, "example")} hold`}
    bad=${`${check.examples_failed} of ${check.examples_failed + check.examples_passed} examples fail`} /></p>`;

/* place: a link to the line in the editor, when there is one. */
const mistakeColumns = (onPlace) => [
  { name: "place", cell: (row, place) => (onPlace && row.line > 0
    ? html`<button type="button" class="small" onClick=${() => onPlace(row)}>${place}</button>` : place) },
  { name: "severity", title: "What" },
  { name: "text", title: "Says", cell: (row, text) => html`${text}${row.hint && html`<br /><span class="quiet">${row.hint}</span>`}` },
];
export const Mistakes = ({ check, onPlace }) => check.diagnostics.length > 0 && html`
  <${Table} title="Mistakes" columns=${mistakeColumns(onPlace)} rows=${check.diagnostics.map((row) => ({
    ...row, place: row.file ? `${row.file}:${row.line}:${row.column}` : "" }))} />`;

const written = (value) => (typeof value === "object" && value !== null
  ? Object.entries(value).map(([name, inside]) => `${Array.isArray(value) ? "" : `${name}: `}${typeof inside === "object" && inside !== null
    ? `{${written(inside)}}` : inside}`).join(", ") : String(value));

const EXAMPLES = [
  { name: "ok", title: "Comes out", text: (row) => (row.ok ? "holds" : "fails"),
    cell: (row, isGood) => html`<${State} isGood=${isGood} good="holds" bad="fails" />` },
  { name: "name", title: "Example" }, said("place", "Where", (row) => `${row.file}:${row.line}`),
  { name: "given", text: (row) => written(row.given ?? ""), cell: (row, given) => given?.map((one) => html`<div>${written(one)}</div>`) },
  said("expect", "Expected", (row) => written(row.expect ?? "")),
  { name: "differences", title: "Differs", text: (row) => row.differences.join("; "),
    cell: (row, differences) => differences.map((one) => html`<div class="state error">${one}</div>`) },
];
export const Examples = ({ title = "Worked examples", examples, empty }) => html`<${Table} title=${title} columns=${EXAMPLES} hasCsv
  empty=${empty} rows=${examples} />`;

const CHANGES = [
  "what", "change", "name", "cell", instant("from"), { name: "old", title: "Was" }, { name: "new", title: "Is" }, number("percent", "Per cent"),
];
/** What one set, or a draft, changes in another one. */
export const Diff = ({ tariffs, empty }) => (tariffs.length === 0 ? html`<p data-diff="none">${empty}</p>`
  : tariffs.map((one) => (one.change === "changed"
    ? html`<${Table} key=${one.tariff} title=${`${one.tariff}: ${count(one.changes.length, "change")}`} columns=${CHANGES} hasCsv
        rows=${one.changes} />`
    : html`<p key=${one.tariff}><strong>${one.tariff}</strong> <span class="state warning">${one.change}</span></p>`)));

const DIFFERENCES = [
  account, "tariff", "item", instant("cycle.start", "Cycle from"),
  { name: "closed", title: "Cycle is", text: (row) => (row.closed ? "closed" : "open"),
    cell: (row, isClosed) => (isClosed ? "closed: on the next bill" : "open") },
  number("before"), number("after"), money("difference"),
];
/** What a draft would change on bills. */
export const Differences = ({ preview }) => html`<${Table} title="What it changes on bills" columns=${DIFFERENCES} hasCsv empty="No amount changes."
    rows=${preview.differences} />
  ${preview.count > preview.differences.length && html`<p>These are the first ${preview.differences.length} of ${preview.count}.</p>`}`;

export const Unpriced = ({ preview: { unpriced } }) => (unpriced.before > 0 || unpriced.after > 0) && html`
  <${Notice} kind=${unpriced.after > 0 ? "warning" : "good"} title="Usage without a price">
    <p data-unpriced=${`${unpriced.before} ${unpriced.after}`}>${unpriced.before} events now, ${unpriced.after} then.</p><//>`;
