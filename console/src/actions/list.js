// SPDX-License-Identifier: Apache-2.0
// What may be done with what a page shows: {of, title, roles, fits, Form}. `of` names the kind of thing ("account",
// "order", "bills", "draft", "unpriced"); `fits(subject)`, when it is there, says whether it may be done with this one.
// Form gets {session, subject, onDone, onClose} and is a dialog (part Act).
import activate from "./activate.js";
import close from "./close.js";
import order from "./order.js";
import refund from "./refund.js";
import resolve from "./resolve.js";
import topUp from "./topup.js";

export default [order, topUp, refund, close, activate, resolve];
