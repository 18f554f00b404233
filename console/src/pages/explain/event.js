// SPDX-License-Identifier: Apache-2.0
// How an event came to what it is: every document of this id in the journal.
import { html } from "../../lib/html.js";
import { withQuery } from "../../lib/api.js";
import { fitsPath, pathOf } from "../../lib/bills.js";
import { usePatient } from "../../lib/patient.js";
import { account, Asked, Facts, instant, Notice, said, state } from "../../parts/index.js";
import { Steps } from "./steps.js";

const FACTS = [
  state("outcome", "Outcome", { accepted: "good", duplicate: "warning", rejected: "error", unpriced: "error" }), "reason", account, "source",
  instant("recorded_at", "Recorded"), said("place", "In the journal", ({ batch, line }) => `batch ${batch}, line ${line}`),
];

const Answer = ({ id, source }) => html`
  <${Asked} answer=${usePatient(withQuery(`${pathOf("events", id)}/explain`, { source }))}
    what="the journal, which is read up to the event">${({ found }) => found.map((one) => html`
      <article key=${`${one.batch} ${one.line}`}>
        <${Facts} of=${one} facts=${FACTS} />
        <${Steps} steps=${one.steps} title=${`Every step of batch ${one.batch}, line ${one.line}`} />
      </article>`)}<//>`;

export const ExplainEvent = ({ id, query }) => html`
  <h2 class="subject">${id}</h2>
  ${fitsPath(id) ? html`<${Answer} id=${id} source=${query.source} />`
    : html`<${Notice} kind="warning" title="This cannot be shown">
      This id cannot stand in an address of the API;
      <code> tollgate explain</code> on the command line takes it.<//>`}`;
