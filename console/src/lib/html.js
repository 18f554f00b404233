// SPDX-License-Identifier: Apache-2.0
// What every part and page is written with: html`<b>…</b>` and the hooks.
// The build (templates.mjs) makes calls of the templates; htm itself is then not in the bundle.
import { h } from "preact";
import htm from "htm";

export const html = /* @__PURE__ */ htm.bind(h);
export { render } from "preact";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
