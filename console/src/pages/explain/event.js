// SPDX-License-Identifier: Apache-2.0
// How an event came to what it is: every document of this id in the journal.
import { html } from "../../lib/html.js";
import { withQuery } from "../../lib/api.js";
import { accountLink, fitsPath, pathOf } from "../../lib/bills.js";
import { usePatient, waitingFor } from "../../lib/patient.js";
import { Facts, Loading, Notice, ProblemNotice, When } from "../../parts/index.js";
import { Steps } from "./steps.js";

const STATES = { accepted: "good", duplicate: "warning", rejected: "error", unpriced: "error" };

const Found = ({ found }) => html`<article>
  <${Facts} facts=${[
    ["Outcome", html`<span class=${`state ${STATES[found.outcome] ?? ""}`}>${found.outcome}</span>`, "outcome"],
    ["Reason", found.reason, "reason"],
    ["Account", found.account && html`<a href=${accountLink(found.account)}>${found.account}</a>`, "account"],
    ["Source", found.source, "source-of-event"],
    ["Recorded", html`<${When} at=${found.recorded_at} />`, "recorded"],
    ["In the journal", `batch ${found.batch}, line ${found.line}`, "place"],
  ]} />
  <${Steps} steps=${found.steps} title=${`Every step of batch ${found.batch}, line ${found.line}`} />
</article>`;

const Answer = ({ id, source }) => {
  const answer = usePatient(withQuery(`${pathOf("events", id)}/explain`, { source }));
  const { data, problem } = answer;
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data) return html`<${Loading} what=${waitingFor("the journal, which is read up to the event", answer)} />`;
  return html`${data.found.map((found) => html`<${Found} key=${`${found.batch} ${found.line}`} found=${found} />`)}`;
};

export const ExplainEvent = ({ id, query }) => html`
  <h2 class="subject">${id}</h2>
  ${fitsPath(id) ? html`<${Answer} id=${id} source=${query.source} />`
    : html`<${Notice} kind="warning" title="This cannot be shown">
      This id cannot stand in an address of the API;
      <code> tollgate explain</code> on the command line takes it.<//>`}`;
