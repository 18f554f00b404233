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
const PICTURES = [
  { name: "now", hash: "#/now" },
  { name: "account", hash: `#/accounts/${CUSTOMER}` },
  { name: "account-dark", hash: `#/accounts/${CUSTOMER}`, dark: true },
  { name: "usage", hash: "#/usage" },
  { name: "bills", hash: "#/bills" },
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
      const page = await on.enter(hash, { width: 1100, height: 760, ...look });
      await page.waitForSelector(`main :is(${ready ?? SHOWN})`);
      await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    }
  });
}, { make, now: NOW });
