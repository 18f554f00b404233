// SPDX-License-Identifier: Apache-2.0
// A page that is loaded when it is opened for the first time.
import { html, useEffect, useState } from "../lib/html.js";
import { Loading, Notice } from "./Notice.js";

const loaded = new Map();

/** One of pages/list.js. */
export const LazyPage = ({ page, ...more }) => {
  const [, setTurn] = useState(0);
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (loaded.has(page.path)) return;
    page.load().then((module) => {
      loaded.set(page.path, module.default);
      setTurn((turn) => turn + 1);
    }, () => setLost(true));
  }, [page]);
  const Page = loaded.get(page.path);
  if (Page !== undefined) return html`<${Page} ...${more} />`;
  return isLost ? html`<${Notice} kind="error" title="The page could not be loaded">Is the daemon running? If it is another version by now,
    reload the console.<//>` : html`<${Loading} what="the page" />`;
};
