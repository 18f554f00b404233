// SPDX-License-Identifier: Apache-2.0
// Who is logged in: the key, what it may do, and for how long the session lasts.
import { html } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { Facts, Loading, ProblemNotice, When } from "../parts/index.js";

const Page = () => {
  const { data, problem } = useGet("/v1/sessions");
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!data?.session) return html`<${Loading} what="your key" />`;
  const { session } = data;
  return html`<section>
    <${Facts} facts=${[
      ["Tenant", session.tenant, "tenant"],
      ["Key", html`<code>${session.actor}</code>`, "actor"],
      ["Roles", session.roles.join(", "), "roles"],
      ["Account", session.account, "account"],
      ["Logged in", html`<${When} at=${session.started_at} />`, "started"],
      ["Ends at the latest", html`<${When} at=${session.ends_at} />`, "ends"],
    ]} />
    <p class="quiet">The session ends an hour after the last request, and at once with its key.</p>
  </section>`;
};

export default Page;
