// SPDX-License-Identifier: Apache-2.0
// Tariffs, Events, Audit and Calculator: what they show is what the API says.
import { assert, readDownload, readTable, suite, tabTo, test } from "./support.mjs";

const PRICED = "price: {volume: {tiers: [{up_to: 100, price: 5}, {price: 4}]}}";
/** A draft of a small tariff, with an example that does not come out. */
const SMALL = `tariff: small
title: Small
currency: USD
zone: UTC
cycle: month
items:
  call:
    unit: call
    ${PRICED}
operations: {Do: call}
examples:
  - name: two calls
    at: 2026-03-01T00:00:00Z
    given: [{operation: Do, count: 2}]
    expect: {total: 11}
`;
const ASKED = "#/calculator?tariff=vclm&use=SubmitImageAnimateJob%3D950";
const put = (on, name, text) => on.api(`/v1/tariffs/drafts/${name}`, { method: "PUT", body: { files: { "small.yaml": text } } });
const link = (page, text) => page.click(`main a:text-is("${text}")`);
const factOf = (page, name) => page.textContent(`[data-fact="${name}"] dd`);
/** The table of that title; page.$eval knows no such selectors. */
const tableOf = async (page, title) => (await page.waitForSelector(`table:has(caption:has-text("${title}"))`)).evaluate((table) =>
  [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
const columnOf = (table, column) => table.slice(1).map((row) => row[column]);

suite("rules", (on) => {
  test("tariffs that hold, and one of them with prices, operations and products", async () => {
    const page = await on.enter("#/tariffs");
    const { items } = await on.api("/v1/tariffs");
    await page.waitForSelector("tbody a");
    assert.deepEqual((await readTable(page)).slice(1), items.map((row) =>
      [row.name, row.title, row.currency, row.cycle, ...[row.items, row.operations, row.products, row.prices].map(String), row.file]));
    await link(page, "vclm");
    const tariff = await on.api("/v1/tariffs/vclm");
    await page.waitForSelector("[data-fact=title]");
    assert.equal(await factOf(page, "currency"), tariff.currency);
    const tiers = tariff.items[0].prices[0].cells[0].tiers.map(({ up_to, price }) => `${up_to === null ? "above" : `up to ${up_to}`}: ${price}`);
    assert.deepEqual(columnOf(await readTable(page), 6), [tiers.join("; ")]);
    await link(page, "Products");
    await page.waitForSelector('caption:has-text("Products")');
    assert.deepEqual((await readTable(page)).slice(1).map(([sku, kind, units,, price]) => [sku, kind, units, price]),
      tariff.products.map((row) => [row.sku, row.kind, row.units, row.published ? row.price ?? "by quantity" : "not published"]));
    await link(page, "Operations");
    await page.waitForSelector('caption:has-text("Operations")');
    assert.deepEqual(columnOf(await readTable(page), 2), ["status = 200, count = 1, outcome = succeeded", ""]);
    await link(page, "Source");
    await page.waitForSelector(".source .line");
    assert.equal((await page.textContent(".source pre")).trim(), (await on.api("/v1/tariffs/vclm/source", { accept: "application/yaml" })).trim());
  });

  test("worked examples are green when they come out", async () => {
    const page = await on.enter("#/tariffs/of/viapi/examples");
    const said = await on.api("/v1/tariffs/viapi/examples");
    await page.waitForSelector("[data-examples]");
    assert.equal(await page.getAttribute("[data-examples]", "data-examples"), `${said.passed} ${said.failed}`);
    assert.deepEqual(columnOf(await readTable(page), 1), said.examples.map(({ name }) => name));
    assert.equal(await page.locator("tbody .state.good").count(), said.examples.filter(({ ok }) => ok).length);
  });

  test("a draft is written by keyboard, its mistakes have places, and its examples are red or green", async () => {
    const page = await on.enter("#/tariffs/drafts", { roles: ["read", "pricing"] });
    await page.waitForSelector("main form");
    await tabTo(page, "main form input");
    await page.keyboard.type("written");
    await tabTo(page, "main form button");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-check=bad]");
    await tabTo(page, "textarea");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(SMALL.replace("currency: USD", "curency: USD"));
    await tabTo(page, "main .buttons button.main");
    await page.keyboard.press("Enter");
    await page.waitForSelector('button:has-text("written.yaml:3:")');
    const check = await on.api("/v1/tariffs/drafts/written/check");
    assert.deepEqual(columnOf(await tableOf(page, "Mistakes"), 0),
      check.diagnostics.map((row) => (row.file ? `${row.file}:${row.line}:${row.column}` : "")));
    await page.click('button:has-text("written.yaml:3:")');
    assert.equal(await page.$eval("textarea", (area) => area.value.slice(0, area.selectionStart).split("\n").length), 3);
    await page.fill("textarea", SMALL);
    await page.click("text=Save and check");
    await page.waitForSelector('caption:has-text("Examples that fail")');
    assert.match(await page.textContent('table:has(caption:has-text("Examples that fail"))'), /two calls[\s\S]*expected 11, got 10/);
    await page.fill("textarea", SMALL.replace("total: 11", "total: 10"));
    await page.click("text=Save and check");
    await page.waitForSelector("[data-check=good]");
    await page.waitForSelector("text=small added");
    await page.click("text=Preview what that does to bills");
    await page.waitForSelector("text=No amount changes.");
    await page.click("button.danger");
    await page.click("dialog button.danger");
    await page.waitForSelector('caption:has-text("Drafts")');
    assert.deepEqual((await on.api("/v1/tariffs/drafts")).items, []);
  });

  test("events: what came in, what was refused and why, one by its id", async () => {
    const page = await on.enter("#/events");
    const { items } = await on.api("/v1/events?order=desc&limit=100");
    await page.waitForSelector("tbody a");
    const shown = await readTable(page);
    assert.deepEqual(columnOf(shown, 0), items.map(({ id }) => id));
    assert.deepEqual(columnOf(shown, 6), items.map((row) => `${row.batch}, ${row.line}`));
    await page.click('nav[aria-label="What became of them"] a:text-is("Rejected")');
    await page.waitForSelector('caption:has-text("Reasons")');
    const rejected = (await on.api("/v1/events?outcome=rejected&order=desc")).items;
    const reasons = new Map();
    rejected.forEach(({ reason }) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1));
    const told = await tableOf(page, "Reasons");
    assert.deepEqual(new Map(told.slice(1).map(([reason, count]) => [reason, Number(count)])), reasons);
    await page.fill("form input >> nth=0", rejected[0].id);
    await page.keyboard.press("Enter");
    await page.waitForSelector('caption:has-text("Events called")');
    const [found] = (await on.api(`/v1/events/${rejected[0].id}/explain`)).found;
    const [, row] = await tableOf(page, "Events called");
    assert.deepEqual([row[1], row[3], row[4]], [found.account, found.outcome, found.reason]);
    assert.match(await page.getAttribute('table:has(caption:has-text("Events called")) a', "href"), /^#\/explain\/event\/e-/);
    await page.fill("form input >> nth=0", "nobody");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=There is no such event");
    page.problems.length = 0; // the browser tells of the 404 itself
  });

  test("events: what came twice is counted", async () => {
    const event = { specversion: "1.0", id: "twice", source: "console", type: "vclm.SubmitImageAnimateJob", subject: "hello-avatar",
      time: "2026-03-30T00:00:00+08:00", data: {} };
    for (let turn = 0; turn < 2; turn++) await on.api("/v1/events", { method: "POST", body: event });
    const page = await on.enter("#/events?outcome=duplicate");
    await page.waitForSelector("[data-fact=count-duplicate]");
    const { documents } = await on.api("/v1/now");
    assert.equal(await factOf(page, "count-duplicate"), String(documents.duplicate));
    assert.equal(documents.duplicate, 1);
  });

  test("audit: the newest first, filters, the chain", async () => {
    await on.api("/v1/tariffs/drafts/audited", { method: "PUT", body: { files: { "a.yaml": "tariff: a\n" } } });
    await on.api("/v1/tariffs/drafts/audited", { method: "DELETE" }).catch(() => null);
    const page = await on.enter("#/audit?action=draft_write", { roles: ["audit"] });
    await page.waitForSelector("tbody code");
    const { items } = await on.api("/v1/audit?action=draft_write&order=desc&limit=100");
    const shown = await readTable(page);
    assert.deepEqual(shown.slice(1).map((row) => [row[0], row[2], row[5], row[6], row[7]]),
      items.map((row) => [String(row.seq), row.actor, row.action, row.object, row.result]));
    const csv = await readDownload(page, () => page.click('button:has-text("CSV")'));
    assert.equal(csv.trimEnd().split("\r\n").length, items.length + 1);
    await page.click("text=Check the chain");
    await page.waitForSelector("[data-chain=whole]");
    const chain = await on.api("/v1/audit/chain");
    assert.ok(Number(await factOf(page, "last")) <= chain.last && chain.whole);
    assert.match(await factOf(page, "hash"), /^[0-9a-f]{64}$/);
  });

  test("calculator: by keyboard, the numbers are the plan's, and the address says what was asked", async () => {
    const page = await on.enter("#/calculator", { roles: ["read"] });
    await page.waitForSelector("main form");
    await tabTo(page, "main select");
    await page.keyboard.type("vclm");
    await tabTo(page, ".use select");
    await page.waitForSelector('.use option:text-is("SubmitImageAnimateJob")', { state: "attached" });
    await page.keyboard.type("Submit");
    await tabTo(page, ".use input");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("950");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-plan]");
    assert.equal(await page.evaluate(() => location.hash), ASKED);
    const plan = await on.api("/v1/plan", { method: "POST", body: { tariff: "vclm", months: "1", sensitivity: true, curve: true,
      usage: [{ operation: "SubmitImageAnimateJob", volume: "950", data: {} }] } });
    const [best] = plan.plans.filter(({ percent }) => percent === 100);
    const amounts = await Promise.all(["cost", "purchases", "as-you-go", "payg", "saving"].map((name) => factOf(page, name)));
    assert.deepEqual(amounts.map((text) => text.replace(/\s+USD$/, "").trim()),
      [best.best.cost, best.best.of_purchases, best.best.of_payg, best.payg.cost, best.saving]);
    assert.equal(await page.getAttribute("[data-proof]", "data-proof"), best.proof.proved ? "proved" : "open");
    const even = await tableOf(page, "Break-even");
    assert.deepEqual(even.slice(1).map((row) => [row[0], row[3], row[4]]),
      plan.break_even.map((row) => [row.sku, row.price, row.volume === null ? "never" : `${row.volume} ${row.unit}`]));
    const sensitive = await tableOf(page, "less or more");
    assert.deepEqual(sensitive.slice(1).map((row) => row.slice(0, 4).map((text) => text.replace(/\s+USD$/, ""))),
      plan.plans.map((row) => [`${row.percent} %`, row.best.cost, row.payg.cost, row.saving]));
    await page.click('figure button:has-text("Table")');
    const curve = await readTable(page, "figure table");
    assert.deepEqual(curve.slice(1), plan.curve.points.map((point) => [point.volume, point.cost, point.payg]));
    const quote = await on.api("/v1/quote", { method: "POST", body: { operation: "vclm.SubmitImageAnimateJob", data: {} } });
    const one = await tableOf(page, "One call");
    assert.equal(one[1][3].replace(/\s+USD$/, ""), quote.bills[0].exact_total);
  });

  test("calculator: an operation's own fields; a year with its plot", async () => {
    const page = await on.enter("#/calculator?tariff=ims-batch&months=12", { roles: ["read"] });
    const { operations } = await on.api("/v1/tariffs/ims-batch");
    const { name, attributes } = operations.find((one) => one.attributes.some(({ required, closed }) => required && closed)
      && one.attributes.some(({ unit, required }) => required && unit === "second") && one.attributes.some(({ kind }) => kind === "flag"));
    await page.getByLabel("Operation", { exact: true }).selectOption(name);
    const [choice] = attributes.filter(({ required, closed }) => required && closed);
    const labelled = (text) => page.getByLabel(text.replaceAll("_", " "), { exact: true });
    assert.deepEqual(await labelled(choice.name).locator("option").allTextContents(), ["Choose", ...choice.values]);
    await page.click("text=More of each call");
    for (const one of attributes) {
      assert.equal(await labelled(one.name).getAttribute("required") !== null, one.required, one.name);
      if (one.closed) assert.equal(await labelled(one.name).locator("option").first().textContent(), one.default ?? "Choose");
      if (one.kind === "number" && one.default === null) await labelled(one.name).fill("61");
    }
    await labelled(choice.name).selectOption(choice.values[1]);
    await page.click('button:text-is("Calculate")');
    await page.waitForSelector("[data-plan]");
    const data = { [choice.name]: choice.values[1],
      ...Object.fromEntries(attributes.filter((one) => one.kind === "number" && one.default === null).map((one) => [one.name, "61"])) };
    const quote = await on.api("/v1/quote", { method: "POST", body: { operation: `ims-batch.${name}`, data } });
    const one = (await tableOf(page, "One call")).slice(1);
    assert.deepEqual(one.map((row) => row[1]), quote.bills.flatMap(({ lines }) => lines.map(({ item }) => item)));
    await page.waitForSelector("figure .plot canvas");
    const { curve } = await on.api("/v1/plan", { method: "POST", body: { tariff: "ims-batch", months: "12", curve: true,
      usage: [{ operation: name, volume: "1000", data }] } });
    await page.click('figure button:has-text("Table")');
    assert.deepEqual((await readTable(page, "figure table")).slice(1), curve.points.map((point) => [point.volume, point.cost, point.payg]));
  });

  test("calculator: what cannot be is told with its place", async () => {
    const page = await on.enter("#/calculator?tariff=vclm&use=SubmitImageAnimateJob%3Dmany", { roles: ["read"] });
    await page.waitForSelector("[role=alert]");
    assert.match(await page.textContent("[role=alert]"), /\/usage\/0\/volume/);
    page.problems.length = 0; // the browser tells of the 422 itself
  });

  test("a customer has no pages of the staff, and no actions", async () => {
    const page = await on.enter("#/events", { account: "park-easy" });
    await page.waitForSelector("tbody a");
    const names = await page.$$eval("nav[aria-label=Pages] a", (links) => links.map((one) => one.textContent));
    assert.deepEqual(names.filter((name) => ["Tariffs", "Calculator", "Approvals", "Audit", "Now"].includes(name)), []);
    const accounts = new Set(columnOf(await readTable(page), 2));
    assert.deepEqual([...accounts], ["park-easy"]);
    await page.goto("/#/events?outcome=unpriced");
    await page.waitForSelector('caption:has-text("Without a price")');
    assert.equal(await page.locator(".actions").count(), 0);
    await page.goto("/#/tariffs");
    await page.waitForSelector("text=Your key may not see this");
  });

  test("a draft that everybody may look at", () => put(on, "shown", SMALL.replace("zone: UTC", "zoned: UTC")));
  on.everyPage("#/tariffs/drafts/shown", { name: "tariffs", ready: 'caption:has-text("Mistakes")' });
  on.everyPage("#/events?outcome=rejected&account=cut-and-go", { name: "events", ready: "tbody a" });
  on.everyPage("#/audit?action=draft_write", { name: "audit", ready: "tbody code" });
  on.everyPage(ASKED, { name: "calculator", ready: "[data-plan]" });
});
