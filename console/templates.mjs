// SPDX-License-Identifier: Apache-2.0
// An esbuild plugin: html`<b>…</b>` becomes createElement("b", null, …) when the console is built rather than each time
// in the browser. It is htm itself that reads the templates; each expression is a Hole, which htm passes on as it is.
import { readFileSync } from "node:fs";
import { parse } from "acorn";
import htm from "htm";

/* Where holes stand in texts and among names; no source has this character. */
const MARK = "\0";

class Hole {
  constructor(index, code) {
    Object.defineProperty(this, "code", { value: code });
    this[`${MARK}${index}`] = code; // htm copies ...${hole} as it copies an object: this is left of it
    Object.defineProperty(this, "toString", { value: () => `${MARK}${index}${MARK}` }); // part of "state ${hole}"
  }
}

const element = htm.bind((type, props, ...children) => ({ type, props, children }));

const isTemplate = (node) => node.type === "TaggedTemplateExpression" && node.tag.name === "html";

/* The templates of a syntax tree that are in no other one. */
const templatesIn = (node, found = []) => {
  for (const child of Object.values(node).flat()) {
    if (typeof child?.type !== "string") continue;
    if (isTemplate(child)) found.push(child);
    else templatesIn(child, found);
  }
  return found;
};

/* The source of a node, with its templates compiled. */
const codeOf = (source, node) => {
  if (isTemplate(node)) return compile(source, node.quasi);
  let code = "";
  let at = node.start;
  for (const template of templatesIn(node)) {
    code += source.slice(at, template.start) + compile(source, template.quasi);
    at = template.end;
  }
  return code + source.slice(at, node.end);
};

const compile = (source, { quasis, expressions }) => {
  const holes = expressions.map((node, index) => new Hole(index, `(${codeOf(source, node)})`));
  const literal = (text) => {
    if (!text.includes(MARK)) return JSON.stringify(text);
    const parts = text.split(MARK).map((part, index) => (index % 2 === 1 ? `\${${holes[part].code}}` : part.replace(/[`\\$]/g, "\\$&")));
    return `\`${parts.join("")}\``;
  };
  const write = (value) => {
    if (value instanceof Hole) return value.code;
    if (typeof value === "string") return literal(value.replace(/\s*\n\s*/g, " "));
    if (Array.isArray(value)) return `[${value.map(write)}]`;
    return typeof value === "object" && value !== null ? call(value) : String(value);
  };
  const properties = (props) => props && `{${Object.entries(props).map(([name, value]) =>
    (name.startsWith(MARK) ? `...${value}` : `${/^\w+$/.test(name) ? name : JSON.stringify(name)}:${write(value)}`))}}`;
  const call = ({ type, props, children }) => `createElement(${[write(type), properties(props) ?? "null", ...children.map(write)]})`;
  return `(${write(element(quasis.map(({ value }) => value.cooked), ...holes))})`;
};

/** A module with its templates compiled. */
export const withoutTemplates = (source) => {
  const tree = parse(source, { ecmaVersion: 2022, sourceType: "module" });
  return `import { createElement } from "preact";\n${codeOf(source, tree)}`;
};

/** For the modules whose path the pattern matches. */
export const templates = (filter) => ({
  name: "templates",
  setup: (build) => build.onLoad({ filter }, ({ path }) => ({ contents: withoutTemplates(readFileSync(path, "utf8")) })),
});
