// SPDX-License-Identifier: Apache-2.0
// The frame: logging in and out, navigation, and the size of it all.
import { spawnSync } from "node:child_process";
import { gunzipSync, gzipSync } from "node:zlib";
import { assert, checkAxe, checkWidth, suite, tabTo, test } from "./support.mjs";

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

  test("what any page takes is under 60 KB", async () => {
    const get = (path) => { // curl takes it as it is sent
      const { stdout } = spawnSync("curl", ["-s", "-H", "Accept-Encoding: gzip", on.house.url + path]);
      assert.ok(path === "/" || (stdout[0] === 0x1f && stdout[1] === 0x8b), `${path} is sent small`);
      return stdout;
    };
    const files = new Map();
    const load = (path) => {
      if (!files.has(path)) files.set(path, { bytes: get(path), text: "" });
      const file = files.get(path);
      if (path.endsWith(".js")) file.text = gunzipSync(file.bytes).toString();
      return file;
    };
    const needs = (path, found = new Set()) => {
      if (found.has(path)) return found;
      found.add(path);
      for (const [, name] of load(path).text.matchAll(/(?:from|import)"\.\/([\w.-]+)"/g)) needs(`/console/${name}`, found);
      return found;
    };
    const page = await (await fetch(`${on.house.url}/`)).text();
    const first = [...page.matchAll(/\/console\/[\w.-]+/g)].map(([name]) => name);
    assert.equal(first.length, 4);
    const script = first.find((name) => name.endsWith(".js"));
    const pages = [...load(script).text.matchAll(/import\("\.\/([\w.-]+)"\)/g)].map(([, name]) => `/console/${name}`);
    assert.ok(pages.length > 5, `${pages.length} pages`);
    for (const one of pages) {
      const all = new Set([...first, ...needs(script), ...needs(one)]);
      const bytes = [...all].reduce((sum, path) => sum + load(path).bytes.length, gzipSync(page).length);
      assert.ok(bytes < 60 * 1024, `${one}: ${all.size} files, ${bytes} bytes`);
    }
  });

  test("a visit alone reads no book from end to end", async () => {
    const page = await on.enter("#/usage", { roles: ["read"] });
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.waitForSelector("text=Choose what to see");
    assert.ok(!asked.includes("/v1/usage"), asked.join(" "));
    await page.click("text=Everything at once");
    await page.waitForSelector("table tbody tr");
    assert.ok(asked.includes("/v1/usage"));
  });

  on.everyPage("#/key", { roles: ["read"], ready: "[data-fact=roles]" });
});
