// SPDX-License-Identifier: Apache-2.0
// The frame: who is logged in, navigation, and the page that the address names.
import "./style.css";
import { html, render, useEffect, useRef, useState } from "./lib/html.js";
import { get, onLoggedOut, send } from "./lib/api.js";
import { linkTo, useRoute } from "./lib/route.js";
import { may } from "./lib/session.js";
import { Login } from "./login.js";
import pages from "./pages/list.js";
import { Loading, Notice, ProblemNotice } from "./parts/index.js";

const maySee = (session) => ({ roles }) => roles.length === 0 || may(session, ...roles);

const Skip = () => html`<a class="skip" href="#main" onClick=${(event) => {
  event.preventDefault();
  document.getElementById("main").focus();
}}>Skip to the content</a>`;

const Navigation = ({ session, current, onLogout }) => html`<header class="top">
  <p class="name"><strong>Tollgate</strong> <span class="quiet">${session.account ?? session.tenant}</span></p>
  <nav aria-label="Pages"><ul>${pages.filter(maySee(session)).map((page) => html`
    <li><a href=${linkTo([page.path])} aria-current=${page === current ? "page" : undefined}>${page.title}</a></li>`)}
  </ul></nav>
  <button type="button" class="small" onClick=${onLogout}>Log out</button>
</header>`;

/* A new page is announced by its heading; the first one is where the browser begins anyway. */
const useHeading = (title, path) => {
  const heading = useRef(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · Tollgate`;
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [title, path]);
  return heading;
};

const Frame = ({ session, onLogout }) => {
  const route = useRoute();
  const allowed = pages.filter(maySee(session));
  const page = route.path === "" ? allowed[0] : pages.find((one) => one.path === route.path);
  const heading = useHeading(page?.title ?? "Not found", route.path);
  const inside = page === undefined
    ? html`<${Notice} kind="warning" title="There is no such page">Choose one above.<//>`
    : allowed.includes(page) ? html`<${page.Page} key=${page.path} session=${session} rest=${route.rest} query=${route.query} />`
      : html`<${Notice} kind="warning" title="Your key may not see this">It needs the role ${page.roles.join(" or ")}.<//>`;
  return html`
    <${Skip} />
    <${Navigation} session=${session} current=${page} onLogout=${onLogout} />
    <main id="main" tabindex="-1">
      <h1 ref=${heading} tabindex="-1">${page?.title ?? "Not found"}</h1>
      ${inside}
    </main>
    <footer><a href="/v1/openapi.json">API</a> <a href=${document.querySelector("meta[name=licences]").content}>Licences</a></footer>`;
};

const App = () => {
  const [state, setState] = useState({ session: null, isKnown: false, isOver: false, problem: null });
  useEffect(() => {
    get("/v1/sessions").then(({ session }) => setState({ session, isKnown: true }),
      (problem) => setState({ session: null, isKnown: true, problem }));
    return onLoggedOut(() => setState((before) => ({ session: null, isKnown: true, isOver: before.session !== null })));
  }, []);
  const logout = async () => {
    await send("DELETE", "/v1/sessions").catch(() => null);
    setState({ session: null, isKnown: true });
  };
  if (state.problem) return html`<main id="main"><h1>Tollgate</h1><${ProblemNotice} problem=${state.problem} /></main>`;
  if (!state.isKnown) return html`<main id="main"><h1>Tollgate</h1><${Loading} what="your session" /></main>`;
  if (state.session === null)
    return html`<${Login} isOver=${state.isOver} onEnter=${(session) => setState({ session, isKnown: true })} />`;
  return html`<${Frame} key=${state.session.actor} session=${state.session} onLogout=${logout} />`;
};

render(html`<${App} />`, document.getElementById("app"));
