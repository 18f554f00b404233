// SPDX-License-Identifier: Apache-2.0
// What every part and page is written with: html`<b>…</b>` and the hooks.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
export { render } from "preact";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
