// SPDX-License-Identifier: Apache-2.0
// Who is logged in: the key, what it may do, and for how long the session lasts.
import { html } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { Asked, code, Facts, instant, said } from "../parts/index.js";

const FACTS = ["tenant", code("actor", "Key"), said("roles", "Roles", ({ roles }) => roles.join(", ")), "account",
  instant("started_at", "Logged in"), instant("ends_at", "Ends at the latest")];

const Page = () => html`<${Asked} answer=${useGet("/v1/sessions")} what="your key">${({ session }) => html`<section>
    <${Facts} of=${session} facts=${FACTS} />
    <p class="quiet">The session ends an hour after the last request, and at once with its key.</p>
  </section>`}<//>`;

export default Page;
