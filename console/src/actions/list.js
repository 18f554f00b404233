// SPDX-License-Identifier: Apache-2.0
// What may be done with what a page shows: {of, title, roles, fits, Form}. `of` names the kind of thing ("account",
// "order"); `fits(subject)`, when it is there, says whether it may be done with this one. Form gets {session, subject,
// onDone, onClose} and is a dialog (part Confirm).

export default [];
