// SPDX-License-Identifier: Apache-2.0
// How long a page of the console takes in Chromium: from its address to its data, the middle and the worst of five.
// {url, key, account, number} on standard input; [{hash, seconds, worst}] on standard output. A page is there when
// nothing in it says that it still asks.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../console/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const ROUNDS = 5;
const SLOW = 5; // seconds: what takes longer is opened once
const { url, key, account, number } = JSON.parse(readFileSync(0, "utf8"));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--disable-gpu"] });
const context = await browser.newContext({ baseURL: url, reducedMotion: "reduce" });
await context.request.post("/v1/sessions", { data: { key }, headers: { "X-Tollgate-Console": "1", Origin: url } });
const page = await context.newPage();
page.setDefaultTimeout(600000);

const once = async (hash) => {
  await page.goto("about:blank");
  const start = performance.now();
  await page.goto(`/${hash}`);
  await page.waitForFunction(() => document.querySelector("header.top") !== null && document.querySelector("main [data-asks]") === null);
  return (performance.now() - start) / 1000;
};

await once("#/key");
const links = await page.$$eval("header nav a", (all) => all.map((link) => link.getAttribute("href")));
const more = { "#/accounts": `#/accounts/${encodeURIComponent(account)}`, "#/bills": `#/bills/${encodeURIComponent(number)}` };
const hashes = links.flatMap((link) => (more[link] ? [link, more[link]] : [link]));
const rows = [];
for (const hash of hashes) {
  const spans = [];
  while (spans.length < ROUNDS && (spans.at(-1) ?? 0) < SLOW) spans.push(await once(hash));
  spans.sort((a, b) => a - b);
  rows.push({ hash, seconds: spans[spans.length >> 1], worst: spans.at(-1) });
}
await browser.close();
process.stdout.write(JSON.stringify(rows));
