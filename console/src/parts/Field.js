// SPDX-License-Identifier: Apache-2.0
// A labelled input. `options` makes it a choice: ["a", …] or [{value, title}, …]. `onInput(text)`.
import { html, useId } from "../lib/html.js";

export const Field = ({ label, value, onInput, hint, error, options, type = "text", isRequired = false, ...more }) => {
  const name = useId();
  const about = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ") || undefined;
  const common = {
    id: name, value, "aria-describedby": about, "aria-invalid": error ? "true" : undefined, required: isRequired,
    onInput: (event) => onInput(event.target.value), ...more,
  };
  return html`<div class="field">
    <label for=${name}>${label}</label>
    ${options
      ? html`<select ...${common}>${options.map((option) => (typeof option === "string"
        ? html`<option value=${option} selected=${option === value}>${option}</option>`
        : html`<option value=${option.value} selected=${option.value === value}>${option.title}</option>`))}</select>`
      : html`<input type=${type} autocomplete="off" ...${common} />`}
    ${hint && html`<p class="quiet" id=${`${name}-hint`}>${hint}</p>`}
    ${error && html`<p class="wrong" id=${`${name}-error`}>${error}</p>`}
  </div>`;
};

/** A box to tick. `onInput(isTicked)`. */
export const Tick = ({ label, value, onInput }) => {
  const name = useId();
  return html`<div class="field tick">
    <input type="checkbox" id=${name} checked=${value} onInput=${(event) => onInput(event.target.checked)} />
    <label for=${name}>${label}</label>
  </div>`;
};
