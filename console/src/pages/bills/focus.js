// SPDX-License-Identifier: Apache-2.0
// Closed bills as a FOCUS dataset and its metadata, for cost tools. Every bill is reckoned again for it, which can take
// a while.
import { html, useState } from "../../lib/html.js";
import { get, getText, useGet, withQuery } from "../../lib/api.js";
import { download } from "../../lib/file.js";
import { Field, ProblemNotice } from "../../parts/index.js";

export const Focus = ({ query }) => {
  const [said, setSaid] = useState({ account: query.account ?? "", from: "", until: "", version: "1.4" });
  /* Days begin where those of the last bill do. */
  const last = useGet(withQuery("/v1/bills", { account: query.account, order: "desc", limit: 1 })).data?.items[0];
  const offset = said.offset ?? last?.cycle.start.slice(19) ?? "Z";
  const midnight = (day) => (day === "" ? "" : `${day}T00:00:00${offset}`);
  const [state, setState] = useState({ busy: null, problem: null });
  const { account, version } = said;
  const path = withQuery("/v1/focus", { account, from: midnight(said.from), until: midnight(said.until), version });
  const field = (name, label, more) => html`<${Field} label=${label} value=${said[name]} ...${more}
    onInput=${(text) => setSaid({ ...said, [name]: text })} />`;
  const button = (name, type, ask) => html`<button type="button" aria-disabled=${state.busy !== null} onClick=${async () => {
    if (state.busy !== null) return;
    setState({ busy: name, problem: null });
    try {
      download(name, type, await ask());
      setState({ busy: null, problem: null });
    } catch (problem) {
      setState({ busy: null, problem });
    }
  }}>${state.busy === name ? "Working …" : `Save ${name}`}</button> `;
  return html`<form onSubmit=${(event) => event.preventDefault()}>
    <p class="quiet">What FinOps tools read: a row for each charge, with packages, plans and quotas shared out over what they paid for. An account and a range of days is
      quicker than everything; billing periods that begin in the range are in it.</p>
    <div class="inline form">
      ${field("account", "Account", { hint: "Empty: all." })}
      ${field("from", "From", { type: "date" })} ${field("until", "Until, without", { type: "date" })}
      ${field("offset", "Days begin at", { value: offset, hint: "The offset from UTC." })}
      ${field("version", "Version of FOCUS", { options: ["1.4", "1.2"] })}
    </div>
    <p class="buttons">${button("focus.csv", "text/csv", () => getText(path, "text/csv"))}
      ${button("focus-metadata.json", "application/json", async () => JSON.stringify((await get(path)).metadata, null, 2))}</p>
    <${ProblemNotice} problem=${state.problem} />
  </form>`;
};
