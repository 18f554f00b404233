// SPDX-License-Identifier: Apache-2.0
// A daemon on the demo book and a browser that looks at it, once for each file of tests:
//
//     suite("bills", (on) => {
//       test("the list has what the API has", async () => {
//         const page = await on.enter("#/bills", { roles: ["read"] });
//         …
//       });
//       on.everyPage("#/bills", { roles: ["read"], ready: "table" });
//     });
//
// A page that logs an error or breaks the content security policy fails the test that opened it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const require = createRequire(join(ROOT, "console", "package.json"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PROGRAM = process.env.TOLLGATE ?? join(ROOT, "build", "src", "cli", "tollgate");
const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const SHOTS = process.env.CONSOLE_SHOTS; // a folder for screenshots
/** When the demo book is looked at: February is billed, March is not yet. */
export const NOW = "2026-03-31T09:00:00+08:00";
export const STAFF = ["ingest", "admit", "read", "billing", "pricing", "approve", "admin", "audit"];

export { assert, test };

/** `tollgate WORDS`; its output. A failure is an exception, but for exit status 1, which says that something was found. */
export const tollgate = (...words) => {
  const done = spawnSync(PROGRAM, words, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.ok(done.status === 0 || done.status === 1, `tollgate ${words.join(" ")}: ${done.stderr}`);
  return done.stdout;
};

const ready = (child) => new Promise((resolve, reject) => {
  let log = "";
  child.stderr.on("data", (bytes) => {
    log += bytes;
    const port = /"event":"listening"[^\n]*127\.0\.0\.1:(\d+)/.exec(log);
    if (port !== null && log.includes('"event":"ready"')) resolve(Number(port[1]));
  });
  child.on("exit", (code) => reject(new Error(`the daemon ended with ${code}: ${log}`)));
});

const makeDemo = (data) => {
  tollgate("init", data, "--tariffs", "tariffs");
  tollgate("ingest", "--data", data, "--now", NOW, "examples/demo.ndjson");
  tollgate("tick", "--data", data, "--now", NOW);
};

/**
 * A data directory with the demo journal, and its daemon. `fill(data)` may put more into the book before it starts;
 * `make(data)` makes another book, that is looked at at `now`.
 */
export class House {
  static async open({ fill, make, now = NOW } = {}) {
    const house = new House();
    house.home = mkdtempSync(join(tmpdir(), "tollgate-console-"));
    house.data = join(house.home, "book");
    house.clock = join(house.home, "clock");
    house.secrets = new Map();
    house.now = now;
    writeFileSync(house.clock, now);
    (make ?? makeDemo)(house.data);
    fill?.(house.data);
    house.child = spawn(PROGRAM, ["serve", "--data", house.data, "--listen", "127.0.0.1:0", "--clock-file", house.clock],
      { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
    house.port = await ready(house.child);
    house.url = `http://127.0.0.1:${house.port}`;
    return house;
  }

  /** The secret of a key with these roles (made once), or of a customer's. */
  key({ roles = STAFF, account } = {}) {
    const name = account ? `customer of ${account}` : roles.join(",");
    if (!this.secrets.has(name)) {
      const words = ["key", "create", name.slice(0, 90), "--data", this.data, "--now", this.now, "--json"];
      const more = account ? ["--role", "customer", "--account", account] : roles.flatMap((role) => ["--role", role]);
      this.secrets.set(name, JSON.parse(tollgate(...words, ...more)).secret);
    }
    return this.secrets.get(name);
  }

  /** What the API says: JSON, or the text of another type. `status`: the one that is meant, when it is a refusal. */
  async api(path, { method = "GET", body, accept, headers, status, ...who } = {}) {
    const answer = await fetch(this.url + path, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { Authorization: `Bearer ${this.key(who)}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(accept ? { Accept: accept } : {}), ...headers },
    });
    const text = await answer.text();
    assert.ok(status === undefined ? answer.ok : answer.status === status, `${method} ${path}: ${answer.status} ${text}`);
    return answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
  }

  async close() {
    if (this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Run axe; a violation fails with what and where. */
export const checkAxe = async (page, where) => {
  const results = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`);
  const found = results.violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.map((node) => `${node.html} ${node.any.map((one) => one.message).join("; ")}`).join(" | ")}`);
  assert.deepEqual(found, [], where);
};

/** Nothing is wider than the window, but for what scrolls by itself. */
export const checkWidth = async (page, where) => {
  const [wide, is] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= is, `${where}: ${wide} pixels wide in ${is}`);
};

const shot = async (page, name) => {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
};

/* Who reads the journal while another one does is told to come again, and does: of that the browser tells by itself. */
const isTold = (message) => ["error", "warning"].includes(message.type()) && !/status of 503/.test(message.text());
const watch = (page, problems) => {
  page.on("console", (message) => isTold(message) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.stack ?? String(error)));
};

class Suite {
  constructor(options) {
    this.options = options;
    this.opened = [];
  }

  async begin() {
    this.house = await House.open(this.options);
    this.browser = await chromium.launch({ executablePath: BROWSER, args: ["--disable-gpu"] });
  }

  async end() {
    await this.browser?.close();
    await this.house?.close();
  }

  api(path, options) {
    return this.house.api(path, options);
  }

  /** A page that nobody is logged in to. width, height; dark; zoom: 2 is 200 %; clock: page.clock can be put on. page.problems: what the console said. */
  async open({ width = 1200, height = 900, dark = false, zoom = 1, clock = false } = {}) {
    const context = await this.browser.newContext({
      viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) }, deviceScaleFactor: zoom,
      colorScheme: dark ? "dark" : "light", reducedMotion: "reduce", baseURL: this.house.url, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(20000);
    if (clock) await page.clock.install();
    page.problems = [];
    watch(page, page.problems);
    this.opened.push({ context, page });
    return page;
  }

  /** A page at an address ("#/bills"), logged in with a key of these roles, or a customer's of `account`. */
  async enter(hash, { roles, account, ...look } = {}) {
    const page = await this.open(look);
    const answer = await page.request.post("/v1/sessions", {
      data: { key: this.house.key({ roles, account }) }, headers: { "X-Tollgate-Console": "1", Origin: this.house.url } });
    assert.equal(answer.status(), 201, await answer.text());
    await page.goto(`/${hash}`);
    await page.waitForSelector("header.top"); // the session is known
    return page;
  }

  async endTest() {
    const opened = this.opened.splice(0);
    const said = opened.flatMap(({ page }) => page.problems);
    for (const { context } of opened) {
      /* A key has 16 sessions at once, then its oldest goes: the next test needs them. */
      await context.request.delete("/v1/sessions", { headers: { "X-Tollgate-Console": "1", Origin: this.house.url } });
      await context.close();
    }
    assert.deepEqual(said, [], "the browser's console is empty");
  }

  /**
   * What holds for every page: axe finds nothing in light and in dark, wide and narrow; nothing overflows at 320 pixels and
   * at 200 % (which is half the pixels). `ready`: a selector that is there when the page has its data. `act(page)` brings
   * it into the state that is meant.
   */
  everyPage(hash, { ready: selector, name = hash.replace(/\W+/g, "-").replace(/^-|-$/g, ""), act, ...who } = {}) {
    const looks = { light: [1200, "light"], zoomed: [640, "light"], narrow: [320, "light"], dark: [1200, "dark"] };
    test(`${hash} is for everybody: ${Object.keys(looks).join(", ")}`, async () => {
      const page = await this.enter(hash, who);
      await page.waitForSelector(selector);
      await act?.(page);
      for (const [look, [width, colorScheme]] of Object.entries(looks)) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await checkWidth(page, `${hash} ${look}`);
        if (look !== "zoomed") await checkAxe(page, `${hash} ${look}`);
        await shot(page, `${name}-${look}`);
      }
    });
  }
}

/** One house and one browser for the tests that `define` makes. */
export const suite = (name, define, options = {}) => describe(name, () => {
  const on = new Suite(options);
  before(() => on.begin(), { timeout: 60000 });
  afterEach(() => on.endTest());
  after(() => on.end());
  define(on);
});

/** Press Tab until what has the focus fits; fails after `most`. For paths without a mouse. */
export const tabTo = async (page, selector, most = 60) => {
  for (let count = 0; count < most; count++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  assert.fail(`${selector} has no focus after ${most} tabs`);
};

/** The texts of a table: [["name", …], ["cell", …], …]. */
export const readTable = (page, selector = "table") =>
  page.$eval(selector, (table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

/** What a click downloads, as text. */
export const readDownload = async (page, click) => {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return readFileSync(await download.path(), "utf8");
};
