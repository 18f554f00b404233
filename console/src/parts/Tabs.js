// SPDX-License-Identifier: Apache-2.0
// Views of one thing, as links, so that each has an address: tabs: [{title, link, isCurrent}].
import { html } from "../lib/html.js";

export const Tabs = ({ label, tabs }) => html`
  <nav class="tabs" aria-label=${label}><ul>${tabs.map((tab) => html`
    <li><a href=${tab.link} aria-current=${tab.isCurrent ? "page" : undefined}>${tab.title}</a></li>`)}</ul></nav>`;
