// SPDX-License-Identifier: Apache-2.0
// Buttons for what may be done with a thing: those of actions/list.js that the session's roles allow.
import { html, useState } from "../lib/html.js";
import { may } from "../lib/session.js";
import actions from "../actions/list.js";

const actionsOf = (of, session) =>
  actions.filter((action) => action.of === of && may(session, ...action.roles));

/** Whether there is anything that the session may do with things of this kind. */
export const hasActions = (of, session) => actionsOf(of, session).length > 0;

export const Actions = ({ of, session, subject, onDone }) => {
  const [open, setOpen] = useState(null);
  const allowed = actionsOf(of, session).filter((action) => action.fits?.(subject) ?? true);
  return allowed.length > 0 && html`<span class="actions">
    ${allowed.map((action) => html`
      <button key=${action.title} type="button" onClick=${() => setOpen(action)}>${action.title}</button> `)}
    ${open && html`<${open.Form} session=${session} subject=${subject} onClose=${() => setOpen(null)}
      onDone=${(result) => { setOpen(null); onDone?.(result); }} />`}
  </span>`;
};
