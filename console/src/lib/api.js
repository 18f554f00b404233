// SPDX-License-Identifier: Apache-2.0
// Talking to the daemon: `get`, `send`, and the hooks `usePoll`, `useGet` and `useList`.
import { useEffect, useState } from "./html.js";

/** What the daemon says when it does not do something (problem+json): title, detail, code, errors with pointers. */
export class Problem extends Error {
  constructor(status, said) {
    super(said.detail ?? said.title ?? `status ${status}`);
    Object.assign(this, {
      status, title: said.title ?? "It did not work", code: said.code ?? "", detail: said.detail ?? "",
      errors: said.errors ?? [], instance: said.instance ?? "",
    });
  }
}

/** Whether it may have been done all the same: then only what has the same key may be sent again. */
export const isOpen = ({ status, code }) => status === 0 || status >= 500 || code === "idempotency-key-running";

const listeners = new Set();
/** Call `listener` when the session turns out to be over; returns what takes it back. */
export const onLoggedOut = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const readProblem = async (response) => {
  const said = await response.json().catch(() => ({ title: response.statusText }));
  const problem = new Problem(response.status, said);
  const isLogin = new URL(response.url).pathname === "/v1/sessions";
  if (response.status === 401 && !isLogin) listeners.forEach((listener) => listener());
  return problem;
};

const ask = async (path, options) => {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", redirect: "error", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "The daemon does not answer", detail: "Is it running, and is the network up?" });
  }
};

/** The JSON of a path; throws a Problem. */
export const get = async (path, { signal } = {}) => {
  const response = await ask(path, { signal });
  if (!response.ok) throw await readProblem(response);
  return response.json();
};

/** The text of a path in a media type ("text/csv"); throws a Problem. */
export const getText = async (path, accept) => {
  const response = await ask(path, { headers: { Accept: accept } });
  if (!response.ok) throw await readProblem(response);
  return response.text();
};

/** A key for a change that is to be done once, however often it is sent. Make it when the form opens. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Change something. Answers the JSON (null when there is none); throws a Problem. */
export const send = async (method, path, body, { key } = {}) => {
  const headers = { "X-Tollgate-Console": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  const response = await ask(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!response.ok) throw await readProblem(response);
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
};

/** A path with a query: `withQuery("/v1/bills", {account: "a b", limit: 50})`; what is empty is left out. */
export const withQuery = (path, query) => {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`;
};

/**
 * Keep an eye on a path: {data, problem, at, refresh}. Asked again every `seconds` (0: once) with the ETag of what is
 * there, and not while the page is hidden. `at`: when it last answered, in milliseconds of performance.now().
 * A path that is null is not asked.
 */
export const usePoll = (path, seconds) => {
  const [state, setState] = useState({ path: null, data: null, problem: null, at: 0 });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    let timer = 0;
    let etag = "";
    const again = () => {
      if (seconds > 0 && !stop.signal.aborted) timer = setTimeout(once, seconds * 1000);
    };
    const once = async () => {
      if (document.hidden) return;
      try {
        const headers = etag === "" ? {} : { "If-None-Match": etag };
        const response = await ask(path, { signal: stop.signal, headers });
        if (response.status === 304) {
          setState((before) => ({ ...before, problem: null, at: performance.now() }));
        } else if (response.ok) {
          etag = response.headers.get("ETag") ?? "";
          const data = await response.json();
          setState({ path, data, problem: null, at: performance.now() });
        } else {
          throw await readProblem(response);
        }
      } catch (problem) {
        if (stop.signal.aborted) return;
        if (!(problem instanceof Problem)) throw problem;
        setState((before) => ({ ...before, path, data: before.path === path ? before.data : null, problem }));
      }
      again();
    };
    const wake = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      once();
    };
    once();
    if (seconds > 0) document.addEventListener("visibilitychange", wake);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [path, seconds, turn]);
  const fits = state.path === path;
  return {
    data: fits ? state.data : null, problem: fits ? state.problem : null, at: state.at,
    refresh: () => setTurn((before) => before + 1),
  };
};

/** A path, once: {data, problem, refresh}. */
export const useGet = (path) => usePoll(path, 0);

/**
 * A list of the API, page by page: {rows, more, hasMore, isLoading, problem, refresh}. `more()` asks for the next page.
 * The path may have a query; the cursor is added to it.
 */
export const useList = (path) => {
  const none = { path: null, rows: [], next: null, problem: null, isLoading: true };
  const [state, setState] = useState(none);
  const [cursor, setCursor] = useState({ path, value: null, turn: 0 });
  const wanted = cursor.path === path ? cursor : { path, value: null, turn: 0 };
  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    setState((before) => (wanted.value === null ? { ...none, path } : { ...before, isLoading: true }));
    const joined = wanted.value === null ? path
      : `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(wanted.value)}`;
    get(joined, { signal: stop.signal }).then(
      (page) => setState((before) => ({
        path, problem: null, next: page.next, isLoading: false,
        rows: wanted.value === null ? page.items : [...before.rows, ...page.items],
      })),
      (problem) => stop.signal.aborted || setState((before) => ({ ...before, problem, isLoading: false })));
    return () => stop.abort();
  }, [path, wanted.value, wanted.turn]);
  const shown = state.path === path ? state : none;
  return {
    rows: shown.rows, hasMore: shown.next !== null, isLoading: shown.isLoading, problem: shown.problem,
    more: () => setCursor({ ...wanted, value: shown.next }),
    refresh: () => setCursor({ path, value: null, turn: wanted.turn + 1 }),
  };
};
