// SPDX-License-Identifier: Apache-2.0
// A real table of rows in columns (columns.js), with a download of exactly what it shows. Rows that can change their
// places while something is open in them have a `key`.
import { html } from "../lib/html.js";
import { download, fileName, toCsv } from "../lib/file.js";
import { complete } from "./columns.js";
import { Pager } from "./Pager.js";

export const csvOf = (columns, rows) => {
  const all = columns.map(complete);
  return toCsv([all.map((column) => column.title), ...rows.map((row) => all.map((column) => column.text(row)))]);
};

export const Csv = ({ title, columns, rows }) => html`
  <button type="button" class="small" onClick=${() =>
    download(`${fileName(title)}.csv`, "text/csv;charset=utf-8", csvOf(columns, rows))}>
    CSV<span class="hidden"> of ${title}</span></button>`;

export const Table = ({ title, columns, rows, isTitleHidden = false, hasCsv = false, empty = "There is nothing." }) => {
  const all = columns.map(complete);
  const kindOf = ({ isNumber }) => (isNumber ? "number" : undefined);
  return html`<div class="table" role="region" aria-label=${title} tabindex="0">
    <table>
      <caption class=${isTitleHidden ? "hidden" : undefined}>${title}
        ${hasCsv && rows.length > 0 && html` <${Csv} title=${title} columns=${columns} rows=${rows} />`}</caption>
      <thead><tr>${all.map((column) => html`<th scope="col" class=${kindOf(column)}>${column.title}</th>`)}</tr></thead>
      <tbody>
        ${rows.map((row, place) => html`<tr key=${row.key ?? place}>${all.map((column, index) => (index === 0
          ? html`<th scope="row" class=${kindOf(column)}>${column.show(row)}</th>`
          : html`<td class=${kindOf(column)}>${column.show(row)}</td>`))}</tr>`)}
        ${rows.length === 0 && html`<tr><td colspan=${columns.length} class="quiet">${empty}</td></tr>`}
      </tbody>
    </table>
  </div>`;
};

/** A table of a list of useList, of which there may be more. isQuiet: nothing is said when that is all. */
export const List = ({ list, what, isQuiet = false, ...table }) => html`<${Table} rows=${list.rows} ...${table} />
  ${(!isQuiet || list.hasMore || list.problem) && html`<${Pager} list=${list} what=${what} />`}`;
