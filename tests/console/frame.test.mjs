// SPDX-License-Identifier: Apache-2.0
// The frame: logging in and out, navigation, and the size of it all.
import { spawnSync } from "node:child_process";
import { gunzipSync, gzipSync } from "node:zlib";
import { assert, checkAxe, checkWidth, suite, tabTo, test } from "./support.mjs";

const MOST_BYTES = 60 * 1024;

suite("frame", (on) => {
  test("a key is typed in, the session is shown, and logging out ends it", async () => {
    const page = await on.open();
    await page.goto("/");
    await page.waitForSelector("input[type=password]:focus");
    await page.keyboard.type(on.house.key({ roles: ["read"] }));
    await page.keyboard.press("Enter");
    await page.waitForSelector("nav a");
    await page.goto("/#/key");
    const said = await page.textContent("[data-fact=roles] dd");
    assert.equal(said, "read");
    const cookies = await page.context().cookies();
    assert.deepEqual(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]), [["tollgate_session", true, "Strict"]]);
    assert.equal(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })), "{}");
    await page.click("text=Log out");
    await page.waitForSelector("input[type=password]");
    assert.deepEqual(await page.context().cookies(), []);
  });

  test("a wrong key is refused with a reason, and can be mended", async () => {
    const page = await on.open();
    await page.goto("/");
    await page.fill("input[type=password]", "tg_nonsense");
    await page.click("button[type=submit]");
    await page.waitForSelector("[role=alert]");
    assert.match(await page.textContent("[role=alert]"), /mistyped, expired or revoked/);
    assert.equal(page.problems.length, 1); // the browser tells of the 401 itself
    page.problems.length = 0;
    await page.fill("input[type=password]", on.house.key());
    await page.click("button[type=submit]");
    await page.waitForSelector("nav a");
  });

  test("the login page is for everybody", async () => {
    const page = await on.open();
    await page.goto("/");
    await page.waitForSelector("input[type=password]");
    await checkAxe(page, "login");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 320, height: 800 });
    await checkAxe(page, "login, dark and narrow");
    await checkWidth(page, "login");
  });

  test("without a mouse: skip link, navigation, log out", async () => {
    const page = await on.enter("#/key", { roles: ["read"] });
    await page.waitForSelector("[data-fact=roles]");
    await page.keyboard.press("Tab");
    assert.equal(await page.textContent(":focus"), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.reload();
    await page.waitForSelector("nav a");
    await tabTo(page, 'nav a[href="#/key"]');
    await page.keyboard.press("Enter");
    await tabTo(page, "header button");
    await page.keyboard.press("Enter");
    await page.waitForSelector("input[type=password]");
  });

  test("an address that is no page says so", async () => {
    const page = await on.enter("#/nothing");
    assert.match(await page.textContent("main"), /no such page/);
  });

  test("all that the browser can load is small", async () => {
    const sizes = new Map();
    const load = (path) => { // curl takes it as it is sent
      if (sizes.has(path) || path.includes("licences")) return;
      const { stdout } = spawnSync("curl", ["-s", "-H", "Accept-Encoding: gzip", on.house.url + path]);
      assert.ok(stdout[0] === 0x1f && stdout[1] === 0x8b, `${path} is sent small`);
      sizes.set(path, stdout.length);
      if (!path.endsWith(".js")) return;
      for (const [, name] of gunzipSync(stdout).toString().matchAll(/"\.\/([\w.-]+\.js)"/g)) load(`/console/${name}`);
    };
    const page = await (await fetch(`${on.house.url}/`)).text();
    const first = [...page.matchAll(/\/console\/[\w.-]+/g)].map(([name]) => name);
    assert.equal(first.length, 4);
    first.forEach(load);
    const kinds = [...sizes.keys()].map((path) => path.replace(/^.*\/(\w+)-[0-9a-f]{16}/, "$1")).sort();
    assert.deepEqual(kinds, ["app.css", "app.js", "icon.svg", "uplot.js"]);
    const sum = [...sizes.values()].reduce((all, bytes) => all + bytes, gzipSync(page).length);
    assert.ok(sum < MOST_BYTES, `${sum} bytes: ${JSON.stringify([...sizes])}`);
  });

  test("a visit alone reads no book from end to end", async () => {
    const page = await on.enter("#/usage", { roles: ["read"] });
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.waitForSelector("text=Choose what to see");
    assert.ok(!asked.includes("/v1/usage"), asked.join(" "));
    await page.click("text=Everything from the first day on");
    await page.waitForSelector("table tbody tr");
    assert.ok(asked.includes("/v1/usage"));
  });

  on.everyPage("#/key", { roles: ["read"], ready: "[data-fact=roles]" });
});
