// SPDX-License-Identifier: Apache-2.0
// What the console does: each action shows what will happen, does it once, and tells what is refused.
import { renameSync, writeFileSync } from "node:fs";
import { assert, checkAxe, checkWidth, suite, tabTo, test } from "./support.mjs";

const ACCOUNT = "dance-studio";
const BILLING = ["read", "billing"];
const APRIL = "2026-04-01T00:00:00+08:00";
const tableOf = async (page, title) => (await page.waitForSelector(`dialog table:has(caption:has-text("${title}"))`)).evaluate((table) =>
  [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
const factOf = async (page, name) => (await page.textContent(`dialog [data-fact="${name}"] dd`)).trim();
const press = (page, name) => page.click(`main button:text-is("${name}")`);
const ask = (page) => page.click('dialog button:text-is("Show what will happen")');
const shown = (page) => page.waitForSelector("dialog form[data-step=shown]");
const done = (page) => page.waitForSelector("dialog form[data-step=done]");
const close = (page) => page.click('dialog button:text-is("Close")');
const walletOf = async (on, currency) => (await on.api(`/v1/accounts/${ACCOUNT}/wallet`)).wallets.find((one) => one.currency === currency);
const ordersOf = async (on) => (await on.api(`/v1/accounts/${ACCOUNT}/orders`)).items;
/** The daemon's time, replaced whole. */
const setClock = (on, text) => {
  writeFileSync(`${on.house.clock}.new`, text);
  renameSync(`${on.house.clock}.new`, on.house.clock);
};
/** The changes that a page has sent. */
const watchSends = (page) => {
  const sends = [];
  page.on("request", (request) => request.method() === "POST" && /\/v1\//.test(request.url()) && !/dry_run|sessions|quote/.test(request.url())
    && sends.push(request));
  return sends;
};
/** Fill the fields of the dialog by their labels. */
const fill = async (page, fields) => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
};
const vclm = (on) => on.api("/v1/tariffs/vclm/source", { accept: "application/yaml" });
/** Plans of calls a second, whose upgrades have a price. */
const RATES = `tariff: rates
title: Calls a second
currency: EUR
zone: Europe/Berlin
cycle: month
funding: [qps, single, payg]
items:
  lookup: {unit: call, price: 0.01}
operations:
  Lookup: lookup
packages:
  small: {unit: call, kind: single, validity: 1 month, scope: {lookup: 1}, sizes: {1000: 5}}
qps:
  lookup: {items: [lookup], default: 2, ceiling: 50, day: 12.8, upgrade: {price: difference}}
`;
const put = (on, name, text) => on.api(`/v1/tariffs/drafts/${name}`, { method: "PUT", body: { files: { "vclm.yaml": text } } });

suite("actions", (on) => {
  test("top up, without a mouse: the wallet now and then, and once", async () => {
    const page = await on.enter(`#/accounts/${ACCOUNT}`, { roles: BILLING });
    const sends = watchSends(page);
    await page.waitForSelector(".actions button");
    await tabTo(page, ".actions button");
    await page.keyboard.press("Tab"); // behind Order
    assert.equal(await page.textContent(":focus"), "Top up");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    await page.getByLabel("Amount").focus();
    await page.keyboard.type("0");
    await page.keyboard.press("Tab");
    await page.keyboard.type("usd");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog [role=alert]");
    assert.match(await page.textContent("dialog [role=alert]"), /\/amount/);
    page.problems.length = 0; // the browser tells of the 422 itself
    await page.getByLabel("Amount").fill("5000");
    await page.keyboard.press("Enter");
    await shown(page);
    const { wallet } = await on.api(`/v1/accounts/${ACCOUNT}/wallet/top-ups?dry_run=true`, { method: "POST",
      body: { amount: "5000", currency: "USD" } });
    assert.deepEqual((await tableOf(page, "In USD")).slice(1), [["now", "none", "none"], ["then", wallet.balance, wallet.available]]);
    assert.equal(await walletOf(on, "USD"), undefined, "nothing is done yet");
    await checkAxe(page, "top up");
    await page.$eval("dialog form", (form) => { // a double click, faster than any hand
      form.requestSubmit();
      form.requestSubmit();
    });
    await done(page);
    assert.equal(sends.length, 1);
    assert.match(sends[0].headers()["idempotency-key"], /^[0-9a-f]{32}$/);
    assert.equal((await walletOf(on, "USD")).balance, wallet.balance);
    assert.ok((await page.textContent("dialog .notice.good")).includes(wallet.balance));
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
  });

  test("order: the quote first, then the order and its bill; a refusal has its place", async () => {
    const page = await on.enter(`#/accounts/${ACCOUNT}`, { roles: BILLING });
    await page.waitForSelector(".actions button");
    await press(page, "Order");
    await page.getByLabel("Tariff", { exact: true }).selectOption("vclm");
    await page.waitForSelector('dialog option:has-text("image-animate-100 ")', { state: "attached" });
    await page.getByLabel("Product").selectOption("image-animate-100");
    await fill(page, { Pieces: "0" });
    await ask(page);
    await page.waitForSelector("dialog [role=alert]");
    assert.match(await page.textContent("dialog [role=alert]"), /\/quantity/);
    page.problems.length = 0;
    await fill(page, { Pieces: "2" });
    await ask(page);
    await shown(page);
    const quote = await on.api("/v1/quote", { method: "POST", body: { tariff: "vclm", sku: "image-animate-100", quantity: "2" } });
    assert.match(await factOf(page, "amount"), new RegExp(`^${quote.amount}\\s+USD$`));
    assert.deepEqual((await tableOf(page, "Its price")).slice(1), quote.slices.map((row) => [row.quantity, row.unit_price, row.amount]));
    const before = (await ordersOf(on)).length;
    await page.click('dialog button:text-is("Order")');
    await done(page);
    const orders = await ordersOf(on);
    const made = orders.find((one) => one.sku === "image-animate-100" && one.quantity === "2");
    assert.equal(orders.length, before + 1);
    assert.match(await page.textContent("dialog .notice.good"), new RegExp(made.order));
    const [bill] = (await on.api(`/v1/bills?account=${ACCOUNT}&order=desc&limit=1`)).items;
    assert.equal((await tableOf(page, "Bills"))[1][0], bill.number);
    await close(page);
    await page.waitForSelector(`th:text-is("${made.order}")`);
  });

  test("an answer that is lost is asked for again under the same key", async () => {
    const page = await on.enter(`#/accounts/${ACCOUNT}`, { roles: BILLING });
    const sends = watchSends(page);
    await page.waitForSelector(".actions button");
    await press(page, "Top up");
    await fill(page, { Amount: "1", Currency: "USD" });
    await ask(page);
    await shown(page);
    let isFirst = true;
    await page.route("**/wallet/top-ups", async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      await route.fetch(); // it is done, and nobody hears of it
      return route.abort();
    });
    await page.click('dialog button:text-is("Top up")');
    await page.waitForSelector("dialog [role=alert]");
    page.problems.length = 0; // the browser tells of the lost answer itself
    await page.click('dialog button:text-is("Top up")');
    await done(page);
    assert.equal(new Set(sends.map((request) => request.headers()["idempotency-key"])).size, 1);
    assert.equal((await on.api(`/v1/events?account=${ACCOUNT}&order=desc&limit=1000`)).items
      .filter(({ type, document }) => type === "tollgate.wallet" && document.includes('"1"')).length, 1, "paid once");
  });

  test("refund: what comes back first; one that the tariff does not allow is refused", async () => {
    const page = await on.enter(`#/accounts/${ACCOUNT}`, { roles: BILLING });
    const orders = await ordersOf(on);
    const made = orders.find((one) => one.sku === "image-animate-100" && one.quantity === "2");
    const used = orders.find((one) => one.order !== made.order);
    const row = (order) => `tr:has(th:text-is("${order}")) button:text-is("Refund")`;
    await page.click(row(used.order));
    await ask(page);
    await page.waitForSelector("dialog [role=alert]");
    assert.match(await page.textContent("dialog [role=alert]"), /refund/);
    page.problems.length = 0; // the browser tells of the 409 itself
    await page.click('dialog button:text-is("Cancel")');
    await page.click(row(made.order));
    await ask(page);
    await shown(page);
    assert.match(await factOf(page, "amount"), new RegExp(`^${made.amount}\\s+USD$`));
    await page.click("dialog button.danger");
    await done(page);
    assert.equal((await ordersOf(on)).find((one) => one.order === made.order).refunded, true);
    await close(page);
    await page.waitForSelector(row(made.order), { state: "detached" });
  });

  test("close what is due: the bills first", async () => {
    const due = await on.api(`/v1/bills/due?until=${encodeURIComponent(APRIL)}`);
    assert.ok(due.count > 0);
    setClock(on, APRIL);
    const page = await on.enter("#/bills", { roles: BILLING });
    await page.waitForSelector(".actions button");
    await press(page, "Close what is due");
    await ask(page);
    await shown(page);
    const sums = (await tableOf(page, "Bills")).slice(1);
    if (sums[0].length > 1) // else the daemon has closed them by itself in this moment
      assert.deepEqual(sums, due.sums.map((row) => [row.tariff, row.kind, String(row.count), `${row.total} ${row.currency}`]));
    await checkWidth(page, "close");
    await page.click('dialog button:text-is("Close now")');
    await done(page);
    const numbers = new Set((await on.api("/v1/bills?limit=1000")).items.map(({ number }) => number));
    assert.deepEqual(due.bills.filter(({ number }) => !numbers.has(number)), []);
    assert.equal((await on.api("/v1/bills/due")).count, 0);
    await close(page);
    await page.waitForSelector(`main a:text-is("${due.bills.at(-1).number}")`);
  });

  test("usage without a price is resolved by a draft that prices it", async () => {
    const event = { specversion: "1.0", id: "new-1", source: "console", type: "vclm.NewThing", subject: ACCOUNT, time: APRIL, data: {} };
    await on.api("/v1/events", { method: "POST", body: event });
    const text = await vclm(on);
    await put(on, "prices-it", text.replace("operations:\n", "operations:\n  NewThing: image-animate\n"));
    const page = await on.enter("#/events?outcome=unpriced", { roles: ["read", "pricing"] });
    await page.waitForSelector('a:text-is("new-1")');
    await press(page, "Resolve");
    await page.getByLabel("Draft that prices it").selectOption("prices-it");
    await ask(page);
    await shown(page);
    const preview = await on.api("/v1/tariffs/drafts/prices-it/preview");
    assert.deepEqual(preview.unpriced, { before: 1, after: 0 });
    assert.equal(await page.getAttribute("dialog [data-unpriced]", "data-unpriced"), "1 0");
    assert.deepEqual((await tableOf(page, "What it changes")).slice(1).map((row) => [row[0], row[2], row[5], row[6]]),
      preview.differences.length === 0 ? [[undefined, undefined, undefined, undefined]].map(() => ["No amount changes.", undefined, undefined, undefined])
        : preview.differences.map((row) => [row.account, row.item, row.before, row.after]));
    await page.click('dialog button:text-is("Activate")');
    await done(page);
    await close(page);
    await page.waitForSelector('td:text-is("There is nothing.")');
    assert.deepEqual((await on.api("/v1/events?outcome=unpriced")).items, []);
    await page.goto("/#/tariffs/sets/2");
    const diff = await on.api("/v1/tariffs/sets/2/diff");
    await page.waitForSelector(`caption:has-text("vclm: ${diff.tariffs[0].changes.length} change")`);
  });

  test("a plan is made larger, for a while or to its end, and renewed; the form asks what the product can have", async () => {
    await on.api("/v1/tariffs/drafts/rates", { method: "PUT", body: { files: { "rates.yaml": RATES } } });
    const { digest } = await on.api("/v1/tariffs/drafts/rates/check");
    await on.api("/v1/tariffs/drafts/rates/activate", { method: "POST", body: { digest } });
    const orders = `/v1/accounts/${ACCOUNT}/orders`;
    const plan = { id: "plan-1", tariff: "rates", sku: "lookup-qps-day", quantity: "20", periods: "10", effective_at: APRIL };
    await on.api(orders, { method: "POST", headers: { "Idempotency-Key": "plan-1" }, body: plan });
    const page = await on.enter(`#/accounts/${ACCOUNT}`, { roles: BILLING });
    const trials = [];
    page.on("request", (request) => /dry_run/.test(request.url()) && trials.push(request.postDataJSON()));
    const labels = () => page.$$eval("dialog label", (list) => list.map((label) => label.textContent));
    await page.waitForSelector(".actions button");
    await press(page, "Order");
    await page.getByLabel("Tariff", { exact: true }).selectOption("rates");
    await page.getByLabel("Product").selectOption("small-1000");
    assert.deepEqual(await labels(), ["Tariff", "Product", "Pieces", "Takes effect at", "Order number"]);
    await page.getByLabel("Product").selectOption("lookup-qps-day");
    await page.getByLabel("What for").selectOption("upgrades");
    assert.deepEqual((await labels()).slice(2, 6), ["What for", "Which order", "Calls a second", "Takes effect at"]);
    assert.deepEqual(await page.getByLabel("Which order").locator("option").allTextContents(), ["plan-1: 20, until 2026-04-10"]);
    await fill(page, { "Calls a second": "40", "Takes effect at": "2026-04-05T18:00:00+08:00" });
    await ask(page);
    await shown(page);
    const larger = { tariff: "rates", sku: "lookup-qps-day", quantity: "40", upgrades: "plan-1", effective_at: "2026-04-05T18:00:00+08:00" };
    assert.deepEqual(trials.pop(), larger);
    const { order } = await on.api(`${orders}?dry_run=true`, { method: "POST", body: larger });
    assert.equal(await factOf(page, "amount"), `${order.amount} EUR`);
    assert.equal(await factOf(page, "follows"), "plan-1");
    await page.click('dialog button:text-is("Back")');
    await page.getByLabel("What for").selectOption("temporary");
    await fill(page, { Until: "2026-04-07T18:00:00+08:00", "Order number": "peak" });
    await page.getByLabel("Sold by a person").check();
    await ask(page);
    await shown(page);
    assert.deepEqual(trials.pop(), { ...larger, id: "peak", periods: "1", until: "2026-04-07T18:00:00+08:00", temporary: true, sales: true });
    await page.click('dialog button:text-is("Order")');
    await done(page);
    const peak = (await ordersOf(on)).find((one) => one.order === "peak");
    assert.deepEqual([peak.quantity, Date.parse(peak.expires_at)], ["40", Date.parse("2026-04-07T18:00:00+08:00")]);
    await close(page);
    await page.waitForSelector('th:text-is("peak")');
    await press(page, "Order");
    await page.getByLabel("Tariff", { exact: true }).selectOption("rates");
    await page.getByLabel("Product").selectOption("lookup-qps-day");
    await page.getByLabel("What for").selectOption("renews");
    await fill(page, { "Calls a second": "20", Periods: "5" });
    await ask(page);
    await shown(page);
    assert.deepEqual(trials.pop(), { tariff: "rates", sku: "lookup-qps-day", quantity: "20", periods: "5", renews: "plan-1" });
    const until = await page.getAttribute('dialog [data-fact="from"] time', "datetime");
    assert.equal(Date.parse(until), Date.parse((await ordersOf(on)).find((one) => one.order === "plan-1").expires_at), "where the plan ends");
    await checkAxe(page, "renew");
  });

  test("where two persons are needed, it is proposed, and another one approves it", async () => {
    const text = await vclm(on);
    await put(on, "dearer", text.replace("price: 4.8}", "price: 4.9}"));
    on.house.key({ roles: ["approve", "read"] });
    on.house.key({ roles: ["approve", "admin"] });
    setClock(on, "2026-04-01T00:05:00+08:00"); // keys that are younger than a proposal cannot approve it
    await on.api("/v1/settings/two-persons", { method: "PUT", body: { mode: "on", refund_limit: "0" } });
    const [before] = (await on.api("/v1/tariffs/sets")).items.slice(-1);
    const page = await on.enter("#/tariffs/drafts/dearer", { roles: ["read", "pricing"] });
    await page.waitForSelector('caption:has-text("vclm: 1 change")');
    await press(page, "Activate");
    await ask(page);
    await shown(page);
    await page.click('dialog button:text-is("Activate")');
    await done(page);
    assert.match(await page.textContent("dialog .notice"), /second person/);
    const [approval] = (await on.api("/v1/approvals")).items
      .filter(({ state, action }) => state === "open" && action === "tariff_activate"); // the rule itself is proposed too
    assert.equal((await on.api("/v1/tariffs/sets")).items.at(-1).set, before.set, "nothing is done yet");
    await close(page);
    await page.goto(`/#/approvals/${approval.id}`);
    await page.waitForSelector("[data-fact=state]");
    assert.equal(await page.locator('button:text-is("Approve")').count(), 0, "nobody approves without the role");
    const other = await on.enter("#/approvals", { roles: ["approve", "read"] });
    await other.click(`a:has-text("${approval.id}")`);
    await press(other, "Approve");
    await other.click('dialog button:text-is("Approve")');
    await other.waitForSelector('[data-fact=state] dd:text-is("done")');
    assert.equal((await on.api("/v1/tariffs/sets")).items.at(-1).set, before.set + 1);
  });

  test("a refund above the limit is proposed too", async () => {
    const { order } = await on.api(`/v1/accounts/${ACCOUNT}/orders`, { method: "POST", headers: { "Idempotency-Key": "for-two" },
      body: { id: "o-two", tariff: "vclm", sku: "image-animate-100" } });
    const page = await on.enter(`#/accounts/${ACCOUNT}`, { roles: BILLING });
    await page.click(`tr:has(th:text-is("${order.order}")) button:text-is("Refund")`);
    await ask(page);
    await shown(page);
    await page.click("dialog button.danger");
    await done(page);
    assert.match(await page.textContent("dialog .notice"), /second person/);
    const open = (await on.api("/v1/approvals")).items.filter(({ state, action }) => state === "open" && action === "refund");
    assert.equal(open.length, 1);
    assert.equal((await ordersOf(on)).find((one) => one.order === order.order).refunded, false, "nothing is done yet");
    await page.click("dialog .notice a");
    await page.waitForSelector("[data-fact=summary]");
    await press(page, "Take back");
    await page.click("dialog button.danger");
    await page.waitForSelector('[data-fact=state] dd:text-is("rejected")');
  });

  test("a customer, and who only reads, can do nothing", async () => {
    const customer = await on.enter(`#/accounts`, { account: ACCOUNT });
    await customer.waitForSelector('caption:has-text("Orders")');
    assert.equal(await customer.locator(".actions").count(), 0);
    const reader = await on.enter(`#/accounts/${ACCOUNT}`, { roles: ["read"] });
    await reader.waitForSelector('caption:has-text("Orders")');
    assert.equal(await reader.locator(".actions").count(), 0);
  });

  on.everyPage("#/approvals", { ready: "tbody code" });
});
