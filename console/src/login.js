// SPDX-License-Identifier: Apache-2.0
// The way in: an API key for a session. The key stays nowhere in the browser.
import { html, useEffect, useRef, useState } from "./lib/html.js";
import { send } from "./lib/api.js";
import { useWork } from "./lib/work.js";
import { Field, Notice, ProblemNotice } from "./parts/index.js";

export const Login = ({ isOver, onEnter }) => {
  const [key, setKey] = useState("");
  const { isBusy, problem, run } = useWork();
  const place = useRef(null);
  useEffect(() => {
    document.title = "Log in · Tollgate";
    place.current.querySelector("input").focus();
  }, []);
  const submit = (event) => {
    event.preventDefault();
    run(async () => onEnter((await send("POST", "/v1/sessions", { key: key.trim() })).session));
  };
  return html`<main id="main" class="login">
    <h1>Tollgate</h1>
    ${isOver && html`<${Notice} title="Your session has ended">Log in again to go on.<//>`}
    <form ref=${place} onSubmit=${submit}>
      <${Field} label="API key" type="password" value=${key} onInput=${setKey} isRequired
        autocomplete="current-password" spellcheck=${false}
        hint="It begins with tg_ and is exchanged for a session; it is not kept." />
      <${ProblemNotice} problem=${problem} />
      <p class="buttons"><button type="submit" class="main" aria-disabled=${isBusy}>Log in</button></p>
    </form>
  </main>`;
};
