// SPDX-License-Identifier: Apache-2.0
// The book that `make run` serves, on every page: what everybody sees first. The pictures of README are made here:
//     CONSOLE_PICTURES=docs/pictures node --test tests/console/demo.test.mjs
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { assert, ROOT, suite, test } from "./support.mjs";

const NOW = "2026-07-16T18:30:00+08:00";
const CUSTOMER = "hello-avatar";
const FOLDER = process.env.CONSOLE_PICTURES;
const PLOT = 'main:not(:has([data-asks])) figure .uplot canvas';
const FORECAST = 'main:not(:has([data-asks])) [aria-label="What this month will cost"]'; // nothing is asked for any more
const PICTURES = [
  { name: "account", hash: `#/accounts/${CUSTOMER}`, ready: FORECAST, height: 1050 },
  { name: "account-dark", hash: `#/accounts/${CUSTOMER}`, ready: FORECAST, height: 1050, dark: true },
  { name: "calculator", hash: "#/calculator?tariff=vclm&from=2026-08-01&months=3&use=SubmitImageAnimateJob=4000", ready: PLOT, height: 1300 },
];

const SHOWN = "table, figure, form, dl"; // what a page has when it is not asking any more

const make = (data) => {
  const words = ["tools/demo.py", "--make-only", "--data", data, "--now", NOW];
  const done = spawnSync("/usr/bin/python3", words, { cwd: ROOT, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
};

/* Every page of the navigation, until it has what it shows. */
const walk = async (page) => {
  const seen = [];
  const addresses = await page.$$eval("nav a", (links) => links.map((link) => link.getAttribute("href")));
  for (const address of addresses) {
    await page.click(`nav a[href="${address}"]`);
    await page.waitForSelector(`nav a[href="${address}"][aria-current=page]`);
    await page.waitForSelector(`main :is(${SHOWN})`, { state: "attached" });
    assert.equal(await page.locator("[role=alert]").count(), 0, `${address} shows a problem`);
    seen.push(address);
  }
  return seen;
};

suite("demo", (on) => {
  test("every page takes the staff's key", async () => {
    const page = await on.enter("#/", {});
    assert.ok((await walk(page)).includes("#/now"));
  });

  test("every page that a customer has takes the customer's key", async () => {
    const page = await on.enter("#/", { account: CUSTOMER });
    const seen = await walk(page);
    assert.ok(seen.length > 0 && !seen.includes("#/now"));
  });

  test("pictures", { skip: FOLDER === undefined }, async () => {
    mkdirSync(FOLDER, { recursive: true });
    for (const { name, hash, ready, ...look } of PICTURES) {
      const page = await on.enter(hash, { width: 1200, height: 900, ...look });
      await page.waitForSelector(`main :is(${ready ?? SHOWN})`, { state: "attached" });
      await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    }
  });
}, { make, now: NOW });
