// SPDX-License-Identifier: Apache-2.0
// Closed bills as a FOCUS dataset and its metadata, for cost tools. Every bill is reckoned again for it, which can take
// a while.
import { html } from "../../lib/html.js";
import { get, getText, useGet, withQuery } from "../../lib/api.js";
import { download } from "../../lib/file.js";
import { useWork } from "../../lib/work.js";
import { ProblemNotice, useFields } from "../../parts/index.js";

export const Focus = ({ query }) => {
  const { isBusy, problem, run } = useWork();
  /* Days begin where those of the last bill do. */
  const last = useGet(withQuery("/v1/bills", { account: query.account, order: "desc", limit: 1 })).data?.items[0];
  const { said: { account, version = "1.4", ...days }, field } = useFields({ account: query.account });
  const offset = days.offset ?? last?.cycle.start.slice(19) ?? "Z";
  const midnight = (day) => day && `${day}T00:00:00${offset}`;
  const path = withQuery("/v1/focus", { account, from: midnight(days.from), until: midnight(days.until), version });
  const button = (name, type, ask) => html`<button type="button" aria-disabled=${isBusy}
    onClick=${() => run(async () => download(name, type, await ask()))}>Save ${name}</button> `;
  return html`<form onSubmit=${(event) => event.preventDefault()}>
    <p class="quiet">What FinOps tools read: a row for each charge, with packages, plans and quotas shared out over what they paid for.
      Billing periods that begin in the range are in it. All bills are reckoned again for it.</p>
    <div class="inline form">
      ${field("account", "Account", { hint: "Empty: all." })}
      ${field("from", "From", { type: "date" })} ${field("until", "Until, without", { type: "date" })}
      ${field("offset", "Days begin at", { value: offset, hint: "The offset from UTC." })}
      ${field("version", "Version of FOCUS", { options: ["1.4", "1.2"] })}
    </div>
    <p class="buttons">${button("focus.csv", "text/csv", () => getText(path, "text/csv"))}
      ${button("focus-metadata.json", "application/json", async () => JSON.stringify((await get(path)).metadata, null, 2))}</p>
    <p class="quiet" role="status">${isBusy && "Working …"}</p>
    <${ProblemNotice} problem=${problem} />
  </form>`;
};
