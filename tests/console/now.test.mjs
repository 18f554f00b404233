// SPDX-License-Identifier: Apache-2.0
// The page Now: its numbers are the API's, and they move.
import { assert, readDownload, readTable, suite, test } from "./support.mjs";

const CALL = { account: "hello-avatar", type: "vclm.image-animate" };
const fact = (page, name) => page.textContent(`[data-fact=${name}] dd`);
const rowsOf = (counts) => Object.entries(counts).map(([name, count]) => [name, String(count)]);

/* Without waiting for them. */
const twoPolls = async (page) => {
  for (let count = 0; count < 2; count++) {
    const answered = page.waitForResponse((response) => response.url().endsWith("/v1/now"));
    await page.clock.fastForward(2100);
    await answered;
  }
  await page.waitForSelector("figure .uplot canvas");
};

suite("now", (on) => {
  test("numbers are those of /v1/now", async () => {
    await on.api("/v1/admit", { method: "POST", body: CALL });
    await on.api("/v1/admit", { method: "POST", body: { ...CALL, account: "nobody" }, status: 403 });
    const page = await on.enter("#/now", { roles: ["read"] });
    await page.waitForSelector("[data-health=good]");
    const now = await on.api("/v1/now");
    assert.equal(now.decisions.allowed, 1);
    assert.equal(now.decisions["no-account"], 1);
    const tables = { decisions: "table:has(caption:has-text('Decisions'))", documents: "table:has(caption:has-text('Documents'))" };
    for (const [name, place] of Object.entries(tables)) {
      await page.waitForSelector(place);
      const shown = await page.locator(place).evaluate((table) => [...table.tBodies[0].rows].map((row) =>
        [row.cells[0].textContent, row.cells[1].textContent]));
      assert.deepEqual(shown, rowsOf(now[name]));
    }
    assert.equal(await fact(page, "seq"), String(now.journal.seq));
    assert.equal(await fact(page, "accounts"), String(now.book.accounts));
    assert.equal(await fact(page, "bills"), String(now.book.bills));
    const alerts = await page.locator("table:has(caption:has-text('Alerts'))").evaluate((table) =>
      [...table.tBodies[0].rows].map((row) => [row.cells[1].textContent, row.cells[2].textContent, row.cells[4].textContent]));
    assert.ok(await page.locator("main a[href='#/accounts/park-easy']").count() > 0, "an alert leads to its account");
    assert.deepEqual(alerts, now.alerts.map((alert) => [alert.kind, alert.account ?? "", alert.remaining]));
  });

  test("what happens is seen without asking, plotted, in a table and in a file", async () => {
    const page = await on.enter("#/now", { roles: ["read"], clock: true });
    await page.waitForSelector("[data-health=good]");
    await twoPolls(page);
    const before = (await on.api("/v1/now")).decisions.allowed;
    await on.api("/v1/admit", { method: "POST", body: CALL });
    await page.clock.fastForward(2100);
    await page.waitForFunction((count) => [...document.querySelectorAll("tr")].some((row) =>
      row.cells[0]?.textContent === "allowed" && row.cells[1].textContent === count), String(before + 1));
    const figure = page.locator("figure:has(h3:has-text('Decisions'))");
    await figure.locator(".plot").focus();
    await page.keyboard.press("End");
    assert.match(await figure.locator(".read").textContent(), /^\d{4}-.*Allowed [\d.]+, Refused [\d.]+ per second$/);
    await page.evaluate(() => Object.defineProperty(document, "hidden", { value: true })); // it asks no more
    await figure.locator("button:text('Table')").click();
    const shown = await readTable(page, "figure table");
    const file = await readDownload(page, () => figure.locator("button:text('CSV')").click());
    assert.equal(file.trimEnd().split("\r\n").length, shown.length);
    const last = file.trimEnd().split("\r\n").at(-1).split(",");
    assert.deepEqual(last.slice(1), shown.at(-1).slice(1));
    assert.deepEqual(shown[0], ["Time", "Allowed, per second", "Refused, per second"]);
  });

  test("a customer's key has no such page", async () => {
    const page = await on.enter("#/now", { account: "park-easy" });
    assert.match(await page.textContent("main"), /Your key may not see this/);
    assert.equal(await page.locator("nav a:text-is('Now')").count(), 0);
  });

  on.everyPage("#/now", { roles: ["read"], ready: "[data-health=good]", act: twoPolls, clock: true });
});
