// SPDX-License-Identifier: Apache-2.0
// The way in: an API key for a session. The key stays nowhere in the browser.
import { html, useEffect, useRef, useState } from "./lib/html.js";
import { send } from "./lib/api.js";
import { Field, Notice, ProblemNotice } from "./parts/index.js";

export const Login = ({ isOver, onEnter }) => {
  const [key, setKey] = useState("");
  const [state, setState] = useState({ isBusy: false, problem: null });
  const place = useRef(null);
  useEffect(() => {
    document.title = "Log in · Tollgate";
    place.current.querySelector("input").focus();
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (state.isBusy) return;
    setState({ isBusy: true, problem: null });
    try {
      onEnter((await send("POST", "/v1/sessions", { key: key.trim() })).session);
    } catch (problem) {
      setState({ isBusy: false, problem });
    }
  };
  return html`<main id="main" class="login">
    <h1>Tollgate</h1>
    ${isOver && html`<${Notice} kind="info" title="Your session has ended">Log in again to go on.<//>`}
    <form ref=${place} onSubmit=${submit}>
      <${Field} label="API key" type="password" value=${key} onInput=${setKey} isRequired
        autocomplete="current-password" spellcheck=${false}
        hint="It begins with tg_ and is exchanged for a session; it is not kept." />
      <${ProblemNotice} problem=${state.problem} />
      <p class="buttons"><button type="submit" class="main" aria-disabled=${state.isBusy}>Log in</button></p>
    </form>
  </main>`;
};
