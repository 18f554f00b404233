// SPDX-License-Identifier: Apache-2.0
// Accounts, usage, bills, explanations: every number is the API's, to the last digit.
import { subtract } from "../../console/src/lib/decimal.js";
import { BUSY, DOTTED, fill, ODD, SLASHED } from "./rich.mjs";
import { assert, checkAxe, checkWidth, readDownload, readTable, suite, tabTo, test } from "./support.mjs";

const path = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;
const hash = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;
const region = (title) => `[role=region][aria-label="${title}"] table`;
const bodyOf = async (page, title) => (await readTable(page, region(title))).slice(1).map((row) => row.map((cell) => cell.replace(/\s+/g, " ")));
/** Wait until a table has these rows; `cut` takes of each row what is compared. */
const shows = async (page, title, want, cut = (row) => row) => {
  let rows = null;
  const reads = async () => {
    rows = (await page.$(region(title))) === null ? null : (await bodyOf(page, title)).map(cut);
    return JSON.stringify(rows) === JSON.stringify(want);
  };
  for (const end = Date.now() + 20000; !(await reads()) && Date.now() < end;) await page.waitForTimeout(50);
  assert.deepEqual(rows, want, title);
};
/** An account's page reads the journal for its forecast and its days, and only one may at a time: until then nothing else is asked. */
const FORECAST = "What this month will cost";
const ready = (page) => page.waitForFunction((selector) => document.querySelector(selector) && !document.querySelector("[data-asks]"), region(FORECAST));
const factOf = async (page, name) => (await page.textContent(`[data-fact="${name}"] dd`)).replace(/\s+/g, " ").trim();
/** "0.07" to a whole number of 10^-12. */
const exact = (text) => {
  const [whole, part = ""] = text.replace("-", "").split(".");
  return BigInt(whole + part.padEnd(12, "0")) * (text.startsWith("-") ? -1n : 1n);
};
const parseCsv = (text) => text.trimEnd().split("\r\n").map((row) =>
  [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));
/** What was asked for is not there: the browser tells of that, and of nothing else. */
const onlyMissing = (page) => {
  assert.deepEqual(page.problems.filter((text) => !/40[49]/.test(text)), []);
  page.problems.length = 0;
};

suite("money", (on) => {
  test("every account is listed, and odd names have their page", async () => {
    const page = await on.enter("#/accounts", { roles: ["read"] });
    const { items } = await on.api("/v1/accounts");
    await shows(page, "Accounts by name", items.map((row) => row.account), ([name]) => name);
    for (const name of [ODD, SLASHED, BUSY, DOTTED]) {
      await page.goto("/#/accounts");
      await page.getByRole("link", { name, exact: true }).click();
      await page.waitForFunction((want) => document.querySelector("h2.subject")?.textContent === want, name);
      await page.waitForSelector(region("Alerts, the newest first"));
      assert.equal(await page.getByText("Not everything can be shown").count(), name === DOTTED ? 1 : 0);
      if (name !== DOTTED) await ready(page);
    }
  });

  test("what an account has is what the API says", async () => {
    on.house.key({ account: BUSY });
    const page = await on.enter(hash("accounts", BUSY), { roles: ["read", "admin"] });
    await ready(page);
    const get = (...parts) => on.api(path("accounts", BUSY, ...parts));
    const [balances, orders, wallet, charges, limits, holds, alerts] = await Promise.all([get("balances"), get("orders"),
      get("wallet"), get("charges"), get("limits"), get("holds"), on.api(`/v1/alerts?${new URLSearchParams({ account: BUSY, order: "desc" })}`)]);
    const packages = balances.items.filter((lot) => lot.bought !== "0");
    const plan = limits.limits.filter((limit) => limit.orders.length > 0);
    await shows(page, "Packages", packages.map((lot) =>
      [`${lot.sku} ${lot.order}`, lot.remaining, lot.bought, lot.used, lot.held, lot.unit]), (row) => row.slice(0, 6));
    await shows(page, "Orders", orders.items.map((order) => [order.order, order.tariff, order.sku, order.quantity,
      String(order.periods), `${order.amount} ${order.currency}`]), (row) => row.slice(0, 6));
    await shows(page, "Wallet", wallet.wallets.map((one) =>
      [one.currency, one.balance, one.credit, one.frozen, one.available]), (row) => row.slice(0, 5));
    await shows(page, "Cost so far of the cycles that are open",
      charges.bills.map((bill) => [bill.exact_total, `${bill.total} ${bill.currency}`]), (row) => row.slice(-2));
    await shows(page, "Calls a second and tasks at once", plan.map((limit) =>
      [`${limit.family} ${limit.tariff}`, String(limit.taken), String(limit.limit)]), ([name, , taken, limit]) => [name, taken, limit]);
    await shows(page, "Holds", holds.items.map((hold) => hold.hold), ([name]) => name);
    await shows(page, "Alerts, the newest first", alerts.items.map((alert) => alert.kind), ([kind]) => kind);
    await shows(page, "Keys that open this account", ["customer"], ([, roles]) => roles);
    assert.equal(packages.length, 1);
    assert.ok(holds.items.length === 1 && plan.length === 1 && alerts.items.length > 0);
  });

  test("a package burns down day by day from what was bought to its predicted end", async () => {
    const page = await on.enter(hash("accounts", BUSY), { roles: ["read"] });
    await ready(page);
    const forecast = await on.api(path("accounts", BUSY, "forecast"));
    const { items } = await on.api(path("accounts", BUSY, "balances"));
    const lot = items.find((one) => one.bought !== "0");
    const said = forecast.packages.find((one) => one.order === lot.order);
    const { usage } = await on.api(`${path("accounts", BUSY, "usage")}?by=order,day`);
    const days = usage.filter((row) => row.order === lot.order);
    assert.equal(days.length, 5);
    let left = lot.bought;
    const past = days.flatMap(({ day, units }) => {
      const date = Number(day.slice(8, 10));
      const before = left;
      left = subtract(left, units);
      return [[`2026-03-${String(date).padStart(2, "0")} 00:00:00 +08:00`, before], [`2026-03-${String(date + 1).padStart(2, "0")} 00:00:00 +08:00`, left]];
    });
    await page.click("figure.chart button:has-text('Table')");
    const table = await bodyOf(page, "Packages burning down");
    assert.deepEqual(table.slice(0, 11), [["2026-03-05 10:00:00 +08:00", lot.bought, ""], ...past.map((row) => [...row, ""])]);
    assert.deepEqual(table.slice(11).map((row) => row.slice(1)), [[lot.remaining, lot.remaining],
      ...said.burn.filter(({ at }) => Date.parse(at) > Date.parse(forecast.at)).map(({ remaining }) => ["", remaining])]);
    const file = parseCsv(await readDownload(page, () => page.click("figure.chart button:has-text('CSV')")));
    assert.deepEqual(file.slice(1).map((row) => row.slice(1)), table.map((row) => row.slice(1)));
    const day = (at) => at.slice(0, 10);
    assert.match((await bodyOf(page, "Packages"))[0].at(-1), new RegExp(`^used up ${day(said.used_up_at)} .*${day(said.early)} to ${day(said.late)}$`));
    await shows(page, FORECAST, forecast.bills.map((bill) => [bill.tariff, bill.so_far, bill.expected ?? "", bill.low ?? "", bill.high ?? "", bill.currency]),
      (row) => [row[0], ...row.slice(2)]);
  });

  test("the past of a package is what its days add up to, or nothing", async () => {
    const { pastOf } = await import("../../console/src/lib/burn.js");
    const lot = { order: "o", tariff: "t", effective_at: "2026-03-01T10:00:00Z", bought: "30", used: "10.5" };
    const took = (date, units, order = "o") => ({ order, tariff: "t", day: `2026-03-${date}T00:00:00Z`, units });
    const usage = [took("03", "4"), took("01", "5"), took("03", "9", "other"), took("10", "1.5")];
    assert.deepEqual(pastOf(lot, "2026-03-10T12:00:00Z", usage), [[lot.effective_at, "30"], ["2026-03-02T00:00:00Z", "25"],
      ["2026-03-03T00:00:00Z", "25"], ["2026-03-04T00:00:00Z", "21"], ["2026-03-10T00:00:00Z", "21"]]);
    assert.equal(pastOf(lot, "2026-03-11T12:00:00Z", usage).at(-1)[1], "19.5");
    assert.equal(pastOf({ ...lot, used: "10.6" }, "2026-03-10T12:00:00Z", usage), null);
    assert.equal(pastOf({ ...lot, used: "8.9" }, "2026-03-10T12:00:00Z", usage), null);
    assert.deepEqual(pastOf({ ...lot, used: "0" }, "2026-03-10T12:00:00Z", []), [[lot.effective_at, "30"]]);
  });

  test("without a forecast the pace since the beginning stands in", async () => {
    const lot = { effective_at: "2026-03-01T00:00:00Z", expires_at: "2027-03-01T00:00:00Z", bought: "30", used: "10", remaining: "20", refunded: false };
    const now = "2026-03-11T00:00:00Z";
    const { prospectOf, lineOf } = await import("../../console/src/lib/burn.js");
    assert.deepEqual(prospectOf(lot, now), { kind: "used-up", at: "2026-03-31T00:00:00Z" });
    assert.deepEqual(lineOf(lot, now), [[lot.effective_at, "30"], [now, "20"], ["2026-03-31T00:00:00Z", "0"]]);
    assert.equal(prospectOf({ ...lot, remaining: "0" }, now).kind, "over");
    assert.equal(prospectOf({ ...lot, used: "0" }, now).kind, "idle");
    assert.deepEqual(prospectOf({ ...lot, expires_at: "2026-03-21T00:00:00Z" }, now), { kind: "expires", at: "2026-03-21T00:00:00Z" });
    assert.deepEqual(lineOf({ ...lot, expires_at: "2026-03-21T00:00:00Z" }, now).at(-1), ["2026-03-21T00:00:00Z", "10"]);
    assert.equal(prospectOf(lot, "2026-02-01T00:00:00Z").kind, "later");
  });

  test("what is taken now moves without a reload", async () => {
    const page = await on.enter(hash("accounts", BUSY), { roles: ["read"] });
    await ready(page);
    await on.api("/v1/admit", { method: "POST", body: { account: BUSY, type: "viapi.face-comparison-1-1", calls: 3 } });
    await page.waitForFunction((selector) => document.querySelector(selector).rows[1].cells[2].textContent === "3",
      region("Calls a second and tasks at once"));
  });

  on.everyPage(hash("accounts", BUSY), { name: "account", roles: ["read", "billing", "admin"], ready: region(FORECAST) });

  // Usage.
  const shown = (row, keys) => [row.item, row.tariff, ...keys.map((key) => row[key] ?? ""), row.quantity, row.unit, row.amount ?? "tiered", row.currency];

  for (const keys of [["account"], ["account", "region"], ["operation", "funding"]])
    test(`by ${keys}: the table and the file are what the API says`, async () => {
      const page = await on.enter(`#/usage?all=1&by=${keys}`, { roles: ["read"] });
      await page.waitForSelector(region("Usage")); /* only one at a time may read the journal */
      const { usage } = await on.api(`/v1/usage?by=${keys}`);
      /* Columns stand in the order of the interface, whatever the order of the address. */
      const columns = ["account", "region", "cell", "operation", "funding"].filter((key) => keys.includes(key));
      await shows(page, "Usage", usage.map((row) => shown(row, columns)));
      const file = parseCsv(await readDownload(page, () => page.click(`.table[aria-label="Usage"] caption button`)));
      assert.deepEqual(file.slice(1), usage.map((row) => shown({ ...row, amount: row.amount ?? "" }, columns)));
    });

  test("over time the plot has exact sums, and its file has what is shown", async () => {
    const page = await on.enter(`#/usage?${new URLSearchParams({ account: "park-easy", by: "day", measure: "quantity:call", all: 1 })}`, { roles: ["read"] });
    await page.click("figure.chart button:has-text('Table')");
    const { usage } = await on.api("/v1/usage?account=park-easy&by=day");
    const calls = usage.filter((row) => row.unit === "call");
    const items = [...new Set(calls.map((row) => row.item))];
    const table = await readTable(page, "figure.chart table");
    assert.deepEqual([...table[0].slice(1)].sort(), items.map((item) => `${item}, call`).sort());
    for (const item of items) {
      const column = table[0].indexOf(`${item}, call`);
      assert.deepEqual(table.slice(1).map((row) => row[column]).filter(Boolean),
        calls.filter((row) => row.item === item).map((row) => row.quantity));
    }
    const file = parseCsv(await readDownload(page, () => page.click("figure.chart button:has-text('CSV')")));
    assert.equal(file.length, table.length);
    assert.deepEqual(file.map((row) => row.slice(1)), table.map((row) => row.slice(1)));
  });

  test("without another word it is this month and the last, and what costs most", async () => {
    const page = await on.enter("#/usage?account=park-easy", { roles: ["read"] });
    await page.waitForSelector(region("Usage"));
    const [{ closed_at: last }] = (await on.api("/v1/bills?order=desc&limit=1")).items;
    assert.match(last, /^2026-03/);
    const from = "2026-02-01T00:00:00+08:00";
    assert.equal(await page.getByLabel("From", { exact: true }).inputValue(), from.slice(0, 10));
    const { usage } = await on.api(`/v1/usage?${new URLSearchParams({ account: "park-easy", by: "region", from })}`);
    await shows(page, "Usage", usage.map((row) => shown(row, ["region"])));
    assert.equal(await page.getByLabel("Plot").inputValue(), "amount:CNY");
    await page.click("figure.chart button:has-text('Table')");
    const costs = new Map(usage.map((row) => [row.item, row.amount]));
    const bars = (await readTable(page, "figure.chart table")).slice(1);
    assert.deepEqual(new Map(bars), costs);
    assert.deepEqual(bars.map(([, cost]) => exact(cost)), [...costs.values()].map(exact).sort((a, b) => (a < b ? 1 : -1)));
    await page.getByLabel("From", { exact: true }).fill("2026-03-01");
    await page.click("button:has-text('Show')");
    await page.waitForFunction(() => new URLSearchParams(location.hash.split("?")[1]).get("from") === "2026-03-01T00:00:00+08:00");
  });

  test("who is told to come again does", async () => {
    const page = await on.enter("#/key", { roles: ["read"], clock: true });
    let asked = 0;
    await page.route("**/v1/usage?*", (route) => (++asked === 1 ? route.fulfill({ status: 503, contentType: "application/problem+json",
      headers: { "Retry-After": "5" }, body: JSON.stringify({ title: "Service Unavailable", status: 503, code: "busy", detail: "later" }) })
      : route.continue()));
    await page.goto("/#/usage?by=account");
    await page.waitForSelector("text=somebody else is served first");
    assert.equal(await page.locator("[role=alert]").count(), 0);
    await page.clock.fastForward(5100);
    await page.waitForSelector(region("Usage"));
    assert.equal(asked, 2);
    assert.deepEqual(page.problems.splice(0).filter((text) => !/503/.test(text)), []);
  });

  test("what is asked for stands in the address, and leads back to the same view", async () => {
    const page = await on.enter("#/usage", { roles: ["read"] });
    await page.getByLabel("Account", { exact: true }).first().fill(SLASHED);
    await page.getByLabel("Over time").selectOption("month");
    await page.getByLabel("Region").check();
    await page.click("button:has-text('Show')");
    await page.waitForFunction(() => location.hash.includes("month"));
    const { usage } = await on.api(`/v1/usage?${new URLSearchParams({ account: SLASHED, by: "account,region,month" })}`);
    assert.ok(usage.length > 0);
    const quantities = () => shows(page, "Usage", usage.map((row) => row.quantity), (row) => row[5]);
    await quantities();
    await page.reload();
    await quantities();
    assert.equal(await page.getByLabel("Account", { exact: true }).first().inputValue(), SLASHED);
  });

  on.everyPage(`#/usage?${new URLSearchParams({ account: BUSY, by: "day" })}`, { name: "usage", roles: ["read"], ready: "figure.chart" });

  // Bills.
  test("closed bills are those of the API, the newest first", async () => {
    const page = await on.enter("#/bills", { roles: ["read"] });
    const { items } = await on.api("/v1/bills?order=desc");
    const rows = (bills) => shows(page, "Closed bills, the newest first",
      bills.map((bill) => [bill.number, bill.account, `${bill.total} ${bill.currency}`]), (row) => [row[0], row[1], row[6]]);
    await rows(items);
    await page.getByLabel("For").selectOption("usage");
    await page.click("button:has-text('Show')");
    const usage = items.filter((bill) => bill.kind === "usage");
    await rows(usage);
    assert.ok(usage.length > 3 && usage.length < items.length);
  });

  test("a bill's lines, totals and documents", async () => {
    const { items } = await on.api(`/v1/bills?${new URLSearchParams({ account: ODD, kind: "usage" })}`);
    for (const { number } of items) {
      const bill = await on.api(path("bills", number));
      const page = await on.enter(hash("bills", number), { roles: ["read"] });
      await page.waitForSelector(region("Lines"));
      const rows = await bodyOf(page, "Lines");
      assert.deepEqual(rows.map((row) => [row[2], row[4], row[5]]),
        bill.lines.map((line) => [`${line.quantity} ${line.unit}`, line.funding, line.amount]));
      assert.equal(await factOf(page, "total"), `${bill.total} ${bill.currency}`);
      assert.equal(await factOf(page, "exact_total"), `${bill.exact_total} ${bill.currency}`);
      assert.equal(await factOf(page, "account"), ODD);
      for (const [title, accept] of [["CSV", "text/csv"], ["JSON", "application/json"]]) {
        const text = await readDownload(page, () => page.click(`.documents button:has-text('${title}')`));
        const want = await on.api(path("bills", number), { accept });
        assert.deepEqual(title === "JSON" ? JSON.parse(text) : text, want);
      }
      await page.click(".documents button:has-text('UBL')");
      await page.waitForSelector("[role=alert]");
      assert.match(await page.textContent("[role=alert]"), /seller/);
      onlyMissing(page);
    }
    assert.ok(items.length > 0);
  });

  test("the page to print is one of its own", async () => {
    const page = await on.enter("#/bills/viapi-1", { roles: ["read"] });
    const [printed] = await Promise.all([page.context().waitForEvent("page"), page.click("text=Page to print")]);
    await printed.waitForSelector("tfoot");
    assert.match(await printed.textContent("tfoot"), /CNY 50\.00/);
    assert.notEqual(await printed.evaluate(() => getComputedStyle(document.querySelector("td.n")).textAlign), "start");
  });

  test("what is not billed yet, and the way to why", async () => {
    const page = await on.enter("#/bills/open?account=park-easy", { roles: ["read"] });
    await page.waitForSelector(region("Lines"));
    const { bills: [bill] } = await on.api(path("accounts", "park-easy", "charges"));
    assert.deepEqual((await bodyOf(page, "Lines")).map((row) => row[5]), bill.lines.map((line) => line.amount));
    assert.equal(await factOf(page, "exact_total"), `${bill.exact_total} ${bill.currency}`);
    await page.click(`${region("Lines")} tbody tr:nth-child(3) a`);
    await page.waitForSelector("[data-line]");
    assert.deepEqual(await page.$$eval("[data-line]", (lines) => lines.map((line) => line.dataset.line)), ["3"]);
    assert.match(await page.textContent("[data-line]"), /10000 call x 0\.15 = 1500 CNY/);
  });

  test("two bills side by side: the differences are exact", async () => {
    const { items } = await on.api(`/v1/bills?${new URLSearchParams({ account: ODD, kind: "usage" })}`);
    const { items: others } = await on.api(`/v1/bills?${new URLSearchParams({ account: BUSY, kind: "usage" })}`);
    const [left, right] = await Promise.all([items[0], others.at(-1)].map(({ number }) => on.api(path("bills", number))));
    const page = await on.enter(`#/bills/compare?left=${left.number}&right=${right.number}`, { roles: ["read"] });
    await page.waitForSelector(region("Line by line, the largest difference first"));
    assert.equal(exact((await factOf(page, "exact")).split(" ")[0]), exact(right.exact_total) - exact(left.exact_total));
    assert.equal(exact((await factOf(page, "difference")).split(" ")[0]), exact(right.total) - exact(left.total));
    const rows = await bodyOf(page, "Line by line, the largest difference first");
    for (const row of rows) {
      assert.equal(exact(row[3]), exact(row[2] || "0") - exact(row[1] || "0"));
      assert.equal(exact(row[6]), exact(row[5] || "0") - exact(row[4] || "0"));
    }
    const sum = (column) => rows.reduce((before, row) => before + exact(row[column] || "0"), 0n);
    assert.deepEqual([sum(4), sum(5)], [left, right].map((bill) => exact(bill.exact_total)));
    const { items: near } = await on.api(`/v1/bills?${new URLSearchParams({ account: left.account, tariff: left.tariff, order: "desc" })}`);
    await page.waitForSelector(`datalist option[value="${near.at(-1).number}"]`, { state: "attached" });
    const proposed = () => page.$$eval("datalist option", (options) => options.map((option) => option.value));
    for (const end = Date.now() + 20000; (await proposed()).length !== near.length + 1 && Date.now() < end;) await page.waitForTimeout(50);
    assert.deepEqual(await proposed(), ["open", ...near.map(({ number }) => number)]);
    await page.goto("/#/bills/compare?left=open&right=imm-1");
    await page.waitForFunction(() => /imm-1/.test(document.querySelector("[data-fact=right] dt")?.textContent ?? ""));
    assert.match(await page.textContent("[data-fact=left] dt"), /^open, /);
    await checkAxe(page, "compare");
    await page.setViewportSize({ width: 320, height: 800 });
    await checkWidth(page, "compare");
  });

  test("closed bills as FOCUS, with their metadata, for who bills", async () => {
    const page = await on.enter(hash("accounts", BUSY), { roles: ["read", "billing"] });
    await ready(page);
    await page.click('.ways a:text-is("FOCUS")');
    await page.getByLabel("From", { exact: true }).fill("2026-03-01");
    await page.getByLabel("Until, without").fill("2026-04-01");
    await page.getByLabel("Version of FOCUS").selectOption("1.2");
    const asked = `/v1/focus?${new URLSearchParams({ account: BUSY, from: "2026-03-01T00:00:00+08:00", until: "2026-04-01T00:00:00+08:00", version: "1.2" })}`;
    const [csv, { metadata, rows }] = [await on.api(asked, { accept: "text/csv" }), await on.api(asked)];
    assert.equal(await readDownload(page, () => page.click('button:text-is("Save focus.csv")')), csv);
    assert.ok(rows.length > 1 && csv.split("\n").length === rows.length + 2);
    const file = JSON.parse(await readDownload(page, () => page.click('button:text-is("Save focus-metadata.json")')));
    assert.deepEqual(Object.keys(file), Object.keys(metadata));
    await page.getByLabel("Days begin at").fill("soon");
    await page.click('button:text-is("Save focus.csv")');
    await page.waitForSelector("main [role=alert]");
    page.problems.length = 0; // the browser tells of the 400 itself
    for (const [, width] of [["wide", 1200], ["narrow", 320]]) {
      await page.setViewportSize({ width, height: 900 });
      await checkAxe(page, `FOCUS at ${width}`);
      await checkWidth(page, `FOCUS at ${width}`);
    }
    const reader = await on.enter("#/bills", { roles: ["read"] });
    await reader.waitForSelector('nav[aria-label="Views of bills"]');
    assert.equal(await reader.locator('a:text-is("FOCUS")').count(), 0);
  });

  on.everyPage("#/bills/open?account=park-easy", { name: "bill", roles: ["read"], ready: region("Lines") });

  // Explanations.
  const stepsOf = (list) => list.map((step, index) => [String(index + 1), step.topic, step.text.replace(/\s+/g, " ").trim(), step.source ?? ""]);
  const tablesOf = (page) => page.$$eval("main table", (tables) => tables.map((table) =>
    [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s+/g, " ").trim()))));

  test("an event, by the form", async () => {
    const page = await on.enter("#/explain", { roles: ["read"] });
    await page.getByLabel("Id of the event").fill("e-050");
    await page.keyboard.press("Enter");
    await page.waitForSelector("main table");
    const { found } = await on.api("/v1/events/e-050/explain");
    assert.deepEqual(await tablesOf(page), found.map((one) => stepsOf(one.steps)));
    assert.deepEqual(await page.$$eval("[data-fact=outcome] dd", (places) => places.map((place) => place.textContent)), found.map((one) => one.outcome));
    assert.equal(await page.textContent("[data-fact='Formula with its numbers'] dd"), "count = 15");
  });

  test("an event that has no price says why", async () => {
    const page = await on.enter("#/explain/event/odd-nothing", { roles: ["read"] });
    await page.waitForSelector("main table");
    const { found: [found] } = await on.api("/v1/events/odd-nothing/explain");
    assert.equal(await factOf(page, "reason"), found.reason);
    assert.equal(await factOf(page, "account"), ODD);
  });

  test("lines of a closed bill, all and one", async () => {
    const page = await on.enter("#/explain/bill/viapi-2", { roles: ["read"] });
    await page.waitForSelector("main table");
    const bill = await on.api("/v1/bills/viapi-2/explain");
    assert.deepEqual(await tablesOf(page), bill.lines.map((line) => stepsOf(line.steps)));
    await page.goto("/#/explain/bill/viapi-2?line=9");
    await page.waitForSelector("[role=alert]");
    onlyMissing(page);
  });

  test("without a mouse: from the bills to a line to why", async () => {
    const page = await on.enter("#/bills", { roles: ["read"] });
    await page.waitForSelector(`${region("Closed bills, the newest first")} a`);
    await tabTo(page, `a[href="#/bills/viapi-1"]`, 200);
    await page.keyboard.press("Enter");
    await page.waitForSelector(region("Lines"));
    await tabTo(page, "td a[href^='#/explain']");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-line='1']");
    assert.match(await page.textContent("[data-line='1']"), /1 piece x 50 = 50 CNY/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Explain");
  });

  on.everyPage("#/explain/open?account=park-easy&tariff=viapi&kind=usage&from=2026-03-01T00:00:00%2B08:00&line=3",
    { name: "explain", roles: ["read"], ready: "[data-line='3'] table" });

  test("a customer sees its own account and nothing else", async () => {
    const page = await on.enter("", { account: "park-easy" });
    await ready(page);
    assert.equal(await page.textContent("h2.subject"), "park-easy");
    assert.equal(await page.$("text=Keys that open this account"), null);
    assert.equal(await page.locator("dl:empty").count(), 0, "a list of nothing");
    await page.goto("/#/usage?by=account");
    await page.waitForSelector(region("Usage"));
    assert.deepEqual([...new Set((await bodyOf(page, "Usage")).map((row) => row[2]))], ["park-easy"]);
    await page.goto("/#/bills");
    await page.waitForSelector(`${region("Closed bills, the newest first")} a`);
    assert.deepEqual([...new Set((await bodyOf(page, "Closed bills, the newest first")).map((row) => row[1]))], ["park-easy"]);
    for (const foreign of ["#/accounts/dance-studio", "#/bills/vclm-1", "#/explain/bill/vclm-1", "#/explain/event/e-050"]) {
      await page.goto(`/${foreign}`);
      await page.waitForFunction((address) => location.hash === address && /not yours to see/.test(document.querySelector("main").textContent), foreign);
    }
    onlyMissing(page);
  });
}, { fill });
