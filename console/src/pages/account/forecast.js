// SPDX-License-Identifier: Apache-2.0
// What this month will cost, if usage goes on as it did.
import { html } from "../../lib/html.js";
import { waitingFor } from "../../lib/patient.js";
import { Loading, Money, ProblemNotice, Table, When } from "../../parts/index.js";

const money = (name) => ({
  text: (row) => row[name] ?? "", cell: (row) => row[name] && html`<${Money} amount=${row[name]} />` });

const COLUMNS = [
  { name: "tariff", title: "Tariff" },
  { name: "end", title: "Until", text: (row) => row.period.end, cell: (row) => html`<${When} at=${row.period.end} isDate />` },
  { name: "so_far", title: "So far", isNumber: true, ...money("so_far") },
  { name: "expected", title: "Expected", isNumber: true, ...money("expected") },
  { name: "low", title: "At least", isNumber: true, ...money("low") },
  { name: "high", title: "At most", isNumber: true, ...money("high") },
  { name: "currency", title: "Currency" },
];

export const Month = ({ forecast }) => {
  if (forecast.problem) return html`<${ProblemNotice} problem=${forecast.problem} />`;
  if (!forecast.data) return html`<${Loading} what=${waitingFor("the forecast", forecast)} />`;
  const { bills, notes } = forecast.data;
  return html`<section>
    <${Table} title="What this month will cost" hasCsv columns=${COLUMNS} empty="There is too little usage to tell."
      rows=${bills.map((bill) => ({ ...bill, key: `${bill.tariff} ${bill.currency}` }))} />
    <p class="quiet">${notes.join("; ")}.</p>
  </section>`;
};
