// SPDX-License-Identifier: Apache-2.0
// A bill: what it is for, its lines, and its documents.
import { html, useState } from "../../lib/html.js";
import { getText, useGet } from "../../lib/api.js";
import { accountLink, KINDS, pathOf } from "../../lib/bills.js";
import { download } from "../../lib/file.js";
import { linkTo } from "../../lib/route.js";
import { Facts, Lines, Loading, ProblemNotice, When } from "../../parts/index.js";

const FILES = [
  ["JSON", "application/json", "json"],
  ["CSV", "text/csv", "csv"],
  ["E-invoice (UBL)", "application/xml", "xml"],
];
const PAGES = [
  ["Page to print", "language=en"],
  ["打印页 (Chinese)", "language=zh"],
  ["With every step", "language=en&explain=true"],
];

const Documents = ({ number }) => {
  const [problem, setProblem] = useState(null);
  const path = pathOf("bills", number);
  const fetchFile = async (type, extension) => {
    try {
      setProblem(null);
      download(`${number}.${extension}`, type, await getText(path, type));
    } catch (error) {
      setProblem(error);
    }
  };
  return html`<section><h3>Documents</h3>
    <p class="documents">
      ${PAGES.map(([title, query]) => html`
        <a key=${query} href=${`${path}?${query}`} target="_blank" rel="noreferrer">${title}</a> `)}
      ${FILES.map(([title, type, extension]) => html`
        <button key=${type} type="button" class="small" onClick=${() => fetchFile(type, extension)}>${title}</button> `)}
      <a href=${linkTo(["bills", "compare"], { left: number })}>Compare</a>
    </p>
    <${ProblemNotice} problem=${problem} />
  </section>`;
};

export const BillFacts = ({ bill }) => html`<${Facts} facts=${[
  ["Account", html`<a href=${accountLink(bill.account)}>${bill.account}</a>`, "account"],
  ["Tariff", bill.tariff, "tariff"],
  ["For", KINDS[bill.kind], "kind"],
  ["From", html`<${When} at=${bill.cycle.start} />`, "start"],
  ["Until", html`<${When} at=${bill.cycle.end} />`, "end"],
  ["Closed", bill.closed_at && html`<${When} at=${bill.closed_at} />`, "closed_at"],
]} />`;

export const Bill = ({ number }) => {
  const { data, problem } = useGet(pathOf("bills", number));
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what=${`bill ${number}`} />`;
  return html`<article>
    <h2 class="subject">${data.number}</h2>
    <${BillFacts} bill=${data} />
    <${Lines} bill=${data} />
    <${Documents} number=${number} />
  </article>`;
};
