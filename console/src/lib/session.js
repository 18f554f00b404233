// SPDX-License-Identifier: Apache-2.0
// What a session may do.

/** Whether it has one of the roles. */
export const may = (session, ...roles) => roles.some((role) => session.roles.includes(role));
