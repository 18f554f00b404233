// SPDX-License-Identifier: Apache-2.0
// Make the console: node build.mjs FOLDER [DEPFILE TARGET]. Into FOLDER go app-HASH.js, uplot-HASH.js (which the app
// loads with the first plot), app-HASH.css, icon-HASH.svg, licences-HASH.txt and index.html, each also as .gz. The hash
// is of the content, so that a name never changes meaning. esbuild bundles, swc shortens, zopfli packs: together they
// are a third smaller than what esbuild and gzip make.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import swc from "@swc/core";
import { build } from "esbuild";
import { templates } from "./templates.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const [folder, depfile, target] = process.argv.slice(2);
const ICON = "src/icon.svg";
const PAGE = "src/index.html";

const read = (path) => readFileSync(join(root, path), "utf8");

const licences = () => {
  const { dependencies } = JSON.parse(read("package.json"));
  const texts = Object.keys(dependencies).sort().map((name) => {
    const place = `node_modules/${name}`;
    const { version } = JSON.parse(read(`${place}/package.json`));
    const file = readdirSync(join(root, place)).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version}\n\n${read(`${place}/${file}`).trim()}\n`;
  });
  return `The console of Tollgate contains:\n\n${texts.join("\n----\n\n")}`;
};

const inputs = new Set([ICON, PAGE, "package-lock.json", "build.mjs", "templates.mjs"]);

/* {".js": text, ".css": text} of a module and all that it imports. */
const bundle = async (entry, options) => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root, entryPoints: [entry], bundle: true, write: false, metafile: true, outdir: "out", format: "esm",
    minifySyntax: true, minifyWhitespace: true, target: ["chrome109", "firefox115", "safari16"], legalComments: "none",
    logLevel: "warning", ...options,
  });
  Object.keys(metafile.inputs).forEach((path) => inputs.add(path));
  return Object.fromEntries(outputFiles.map(({ path, text }) => [extname(path), text]));
};

const shorten = async (script) => (await swc.minify(script, { module: true, compress: { passes: 3 }, mangle: { toplevel: true } })).code;

const assets = new Map();

/* The name under which the browser gets it. */
const add = (name, content) => {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const hashed = name.replace(/\.(\w+)$/, `-${digest}.$1`);
  assets.set(hashed, Buffer.from(content));
  return hashed;
};

/* The library by its name in the console. */
const elsewhere = (library, name) => ({
  name: "elsewhere",
  setup: (on) => on.onResolve({ filter: new RegExp(`^${library}$`) }, () => ({ path: `./${name}`, external: true })),
});

const plots = await bundle("uplot");
const uplot = add("uplot.js", await shorten(plots[".js"]));
/* Properties called is… and has… are the console's own, but for those of the language; so are some that begin with on. */
const own = { mangleProps: /^(is|has)[A-Z]|^on(Confirm|Done|Measure|Place|Remove)$/, reserveProps: /^is(Array|Finite|Integer|NaN|SafeInteger)$|^hasOwn/ };
const app = await bundle("src/main.js", { ...own, plugins: [elsewhere("uplot", uplot), templates(/console\/src\/.*\.js$/)] });
const names = {
  "app.js": add("app.js", await shorten(app[".js"])), "app.css": add("app.css", app[".css"]),
  "icon.svg": add("icon.svg", read(ICON)), "licences.txt": add("licences.txt", licences()),
};
assets.set("index.html", Buffer.from(read(PAGE).replace(/\{\{(.*?)\}\}/g, (_, name) => names[name])));

const { default: zopfli } = await import("@gfx/zopfli"); /* not before: it tells of others' errors with its own source */
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, bytes] of assets) {
  writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, `${name}.gz`), await zopfli.gzipAsync(bytes, {}));
}
if (depfile !== undefined)
  writeFileSync(depfile, `${target}: ${[...inputs].map((one) => resolve(root, one).replaceAll(" ", "\\ ")).join(" ")}\n`);
