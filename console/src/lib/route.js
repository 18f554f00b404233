// SPDX-License-Identifier: Apache-2.0
// Addresses inside the console: "#/bills/VCLM-000001?line=2".
import { withQuery } from "./api.js";
import { useEffect, useState } from "./html.js";

const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** {path: "bills", rest: ["VCLM-000001"], query: {line: "2"}} */
export const readRoute = (hash) => {
  const [path, query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [first, ...rest] = path.split("/").map(decode);
  return { path: first, rest: rest.filter((part) => part !== ""), query: Object.fromEntries(new URLSearchParams(query)) };
};

/** linkTo(["bills", number], {line: 2}); what is empty is left out of the query. */
export const linkTo = (parts, query = {}) => withQuery(`#/${parts.map(encodeURIComponent).join("/")}`, query);

/** Go there; with `replace` the way back does not lead here. */
export const goTo = (link, { replace = false } = {}) => {
  if (replace) window.location.replace(link);
  else window.location.hash = link;
};

export const useRoute = () => {
  const [route, setRoute] = useState(() => readRoute(window.location.hash));
  useEffect(() => {
    const read = () => setRoute(readRoute(window.location.hash));
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);
  return route;
};
