/* SPDX-License-Identifier: Apache-2.0
 *
 * Roles: what a credential may do. A set of them is a mask; a route names those that open it, and nothing else does. */
#ifndef TG_ACCESS_ROLES_H
#define TG_ACCESS_ROLES_H

#include "base/json_writer.h"
#include "base/slice.h"
#include "base/status.h"

/* name, text, what it is for */
#define ROLE_TABLE(ROW)                                                                                                \
    ROW(INGEST, "ingest", "write usage events")                                                                        \
    ROW(ADMIT, "admit", "ask the gate; hold, settle and release")                                                      \
    ROW(READ, "read", "read accounts, balances, usage and bills")                                                      \
    ROW(BILLING, "billing", "orders, refunds, wallets, cycles, webhooks")                                              \
    ROW(PRICING, "pricing", "draft tariffs")                                                                           \
    ROW(APPROVE, "approve", "approve what another one proposed")                                                       \
    ROW(ADMIN, "admin", "keys and settings of the tenant")                                                             \
    ROW(AUDIT, "audit", "read the audit log and the heads of the journal")                                             \
    ROW(CUSTOMER, "customer", "read one account, and nothing else")

enum role_number {
#define ROLE_NUMBER(name, text, help) ROLE_NUMBER_##name,
    ROLE_TABLE(ROLE_NUMBER)
#undef ROLE_NUMBER
        ROLE_COUNT
};
enum role {
    ROLE_NONE = 0,
#define ROLE_BIT(name, text, help) ROLE_##name = 1U << ROLE_NUMBER_##name,
    ROLE_TABLE(ROLE_BIT)
#undef ROLE_BIT
};
#define ROLES_STAFF ((uint32_t)ROLE_CUSTOMER - 1) /* all but customer */
#define ROLES_TEXT_MAX 96                         /* of roles_text */

const char *role_name(enum role_number number);
const char *role_help(enum role_number number);
bool role_parse(struct slice name, uint32_t *ret_role);
/* "read,billing"; each once. Fails: STATUS_INVALID (*ret_wrong is the name that is no role, or empty: there is none).
 */
MUST_CHECK enum status roles_parse(struct slice list, uint32_t *ret_roles, struct slice *ret_wrong);
/* The same text. Returns its length; NUL-terminated. */
size_t roles_text(uint32_t roles, char out[ROLES_TEXT_MAX]);
/* An array of names. */
void roles_json(struct json_writer *writer, const char *key, uint32_t roles);

#endif
