// SPDX-License-Identifier: Apache-2.0
// A form in one line, and what is typed into it.
import { html, useState } from "../lib/html.js";
import { Field } from "./Field.js";

/** What is typed: `said` (without the spaces around it) and `field(name, label, more)`, the Field for one name of it. */
export const useFields = (first) => {
  const [typed, setTyped] = useState(first);
  const set = (changes) => setTyped((before) => ({ ...before, ...changes }));
  const field = (name, label, more) => html`<${Field} label=${label} value=${typed[name] ?? ""}
    onInput=${(value) => set({ [name]: value })} ...${more} />`;
  const said = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, value?.trim?.() ?? value]));
  return { said, field, set };
};

/** after: what stands behind its button. */
export const Form = ({ verb, onSubmit, after, children, ...more }) => html`<form class="inline" ...${more}
  onSubmit=${(event) => {
    event.preventDefault();
    onSubmit();
  }}>${children}<button type="submit">${verb}</button>${after}</form>`;
