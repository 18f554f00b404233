// SPDX-License-Identifier: Apache-2.0
// A real table. columns: [{name, title, isNumber, cell}]; `cell(row)` shows another thing than row[name], `text(row)`
// says what a CSV has there. `file` adds a download of exactly what is shown.
import { html } from "../lib/html.js";
import { download, fileName, toCsv } from "../lib/file.js";

const textOf = (column, row) => (column.text ? column.text(row) : row[column.name]);

export const csvOf = (columns, rows) =>
  toCsv([columns.map((column) => column.title), ...rows.map((row) => columns.map((column) => textOf(column, row)))]);

export const Csv = ({ title, columns, rows }) => html`
  <button type="button" class="small" onClick=${() =>
    download(`${fileName(title)}.csv`, "text/csv;charset=utf-8", csvOf(columns, rows))}>
    CSV<span class="hidden"> of ${title}</span></button>`;

export const Table = ({ title, columns, rows, isTitleHidden = false, hasCsv = false, empty = "There is nothing." }) => html`
  <div class="table" role="region" aria-label=${title} tabindex="0">
    <table>
      <caption class=${isTitleHidden ? "hidden" : undefined}>${title}
        ${hasCsv && rows.length > 0 && html` <${Csv} title=${title} columns=${columns} rows=${rows} />`}</caption>
      <thead><tr>${columns.map((column) => html`
        <th scope="col" class=${column.isNumber ? "number" : undefined}>${column.title}</th>`)}</tr></thead>
      <tbody>
        ${rows.map((row) => html`<tr key=${row.key}>${columns.map((column, index) => {
          const inside = column.cell ? column.cell(row) : row[column.name] ?? "";
          const kind = column.isNumber ? "number" : undefined;
          return index === 0 ? html`<th scope="row" class=${kind}>${inside}</th>` : html`<td class=${kind}>${inside}</td>`;
        })}</tr>`)}
        ${rows.length === 0 && html`<tr><td colspan=${columns.length} class="quiet">${empty}</td></tr>`}
      </tbody>
    </table>
  </div>`;
