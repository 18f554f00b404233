// SPDX-License-Identifier: Apache-2.0
// Make the console: node build.mjs FOLDER [DEPFILE TARGET]. Into FOLDER go app-HASH.js, app-HASH.css, a script for
// each page and for what several of them share, icon-HASH.svg, licences-HASH.txt and index.html, each also as .gz. The
// hash is of the content, so that a name never changes meaning.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const [folder, depfile, target] = process.argv.slice(2);

const licences = () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json")));
  const texts = Object.keys(dependencies).sort().map((name) => {
    const place = join(root, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(place, "package.json")));
    const file = readdirSync(place).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version}\n\n${readFileSync(join(place, file), "utf8").trim()}\n`;
  });
  return `The console of Tollgate contains:\n\n${texts.join("\n----\n\n")}`;
};

const result = await build({
  absWorkingDir: root, entryPoints: { app: "src/main.js" }, bundle: true, minify: true, write: false, metafile: true, splitting: true,
  entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", format: "esm", target: ["chrome109", "firefox115", "safari16"], outdir: "out",
  legalComments: "none", logLevel: "warning",
});

const short = (path) => path.replace(/^.*\//, "");
const hashed = (name, bytes) =>
  name.replace(/\.(\w+)$/, `-${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.$1`);
const [[script, { cssBundle }]] = Object.entries(result.metafile.outputs).filter(([, output]) => output.entryPoint === "src/main.js");
const names = { "app.js": short(script), "app.css": short(cssBundle) };
const assets = Object.fromEntries(result.outputFiles.map((file) => [short(file.path), Buffer.from(file.contents)]));
for (const [name, bytes] of [["icon.svg", readFileSync(join(root, "src/icon.svg"))], ["licences.txt", Buffer.from(licences())]]) {
  names[name] = hashed(name, bytes);
  assets[names[name]] = bytes;
}
const page = readFileSync(join(root, "src/index.html"), "utf8").replace(/\{\{(.*?)\}\}/g, (_, name) => names[name]);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, bytes] of [["index.html", Buffer.from(page)], ...Object.entries(assets)]) {
  writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
if (depfile !== undefined) {
  const inputs = [...Object.keys(result.metafile.inputs), "src/index.html", "src/icon.svg", "package-lock.json", "build.mjs"];
  writeFileSync(depfile, `${target}: ${inputs.map((one) => resolve(root, one).replaceAll(" ", "\\ ")).join(" ")}\n`);
}
