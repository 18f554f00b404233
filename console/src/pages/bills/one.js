// SPDX-License-Identifier: Apache-2.0
// A bill: what it is for, its lines, and its documents.
import { html } from "../../lib/html.js";
import { getText, useGet } from "../../lib/api.js";
import { KINDS, pathOf } from "../../lib/bills.js";
import { download } from "../../lib/file.js";
import { linkTo } from "../../lib/route.js";
import { useWork } from "../../lib/work.js";
import { account, Asked, Facts, instant, Lines, ProblemNotice, said } from "../../parts/index.js";

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
  const work = useWork();
  const path = pathOf("bills", number);
  const fetchFile = (type, extension) => work.run(async () => download(`${number}.${extension}`, type, await getText(path, type)));
  return html`<section><h3>Documents</h3>
    <p class="documents">
      ${PAGES.map(([title, query]) => html`
        <a key=${query} href=${`${path}?${query}`} target="_blank" rel="noreferrer">${title}</a> `)}
      ${FILES.map(([title, type, extension]) => html`
        <button key=${type} type="button" class="small" onClick=${() => fetchFile(type, extension)}>${title}</button> `)}
      <a href=${linkTo(["bills", "compare"], { left: number })}>Compare</a>
    </p>
    <${ProblemNotice} problem=${work.problem} />
  </section>`;
};

export const BillFacts = ({ bill }) => html`<${Facts} of=${bill} facts=${[
  account, "tariff", said("kind", "For", () => KINDS[bill.kind]), instant("cycle.start", "From"), instant("cycle.end", "Until"),
  instant("closed_at", "Closed"),
]} />`;

export const Bill = ({ number }) => html`
  <${Asked} answer=${useGet(pathOf("bills", number))} what=${`bill ${number}`}>${(bill) => html`<article>
    <h2 class="subject">${bill.number}</h2>
    <${BillFacts} bill=${bill} />
    <${Lines} bill=${bill} />
    <${Documents} number=${number} />
  </article>`}<//>`;
