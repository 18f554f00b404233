/* SPDX-License-Identifier: Apache-2.0
 *
 * What is owed and what is paid: wallets, settlements, deferred revenue, and what an account that owes may still use.
 * The ledger alone holds amounts; here is only what it cannot say. Rules: docs/money.md. */
#ifndef TG_ENGINE_MONEY_PRIVATE_H
#define TG_ENGINE_MONEY_PRIVATE_H

#include "engine/money.h"

struct duty;

struct settlement { /* bills that are settled at once and are not settled yet */
    const struct tariff *tariff;
    struct period period;
    int64_t due_ns;
    uint32_t item; /* under which the ledger has their sums */
};
struct money {
    struct ledger ledger;
    struct names items;     /* of the ledger; an item is a name's index + 1 */
    uint32_t *tariff_items; /* meter number of a tariff's item -> item of the ledger; 0: not used yet */
    struct settlement *settlements;
    uint32_t settlement_count, settlement_cap;
};
/* Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status money_init(struct engine *engine);
void money_free(struct engine *engine);

/* ---- wallet.c ---- */

struct wallet *engine_wallet_find(const struct engine *engine, uint32_t account,
                                  const struct currency *currency); /* NULL: none */
/* Made when there is none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_wallet(struct engine *engine, uint32_t account, const struct currency *currency,
                                     struct wallet **ret_wallet);
/* Deduct what is receivable from the wallet, and look at what is left. An account without one keeps owing it. Fails:
 * STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_collect(struct engine *engine, uint32_t account, const struct currency *currency,
                                      int64_t at_ns);
/* A payment, or a payout when the amount is below zero. */
MUST_CHECK enum status engine_wallet_move(struct engine *engine, uint32_t account, const struct record *record);
/* Credit lines and warning limits of an account command. */
MUST_CHECK enum status engine_wallet_limits(struct engine *engine, uint32_t account, const struct record *record);

/* ---- overdue.c ---- */

/* What an account that owes may use under a tariff at an instant. */
struct restriction {
    bool owes;
    bool is_suspended;          /* nothing pays */
    bool pauses[FUNDING_COUNT]; /* these do not pay */
};
MUST_CHECK enum status engine_restriction(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                                          int64_t at_ns, struct restriction *ret_restriction);
/* Why nothing pays. */
const char *engine_suspended_refusal(const struct restriction *restriction);
/* The wallet has fallen below zero, or come back. */
MUST_CHECK enum status engine_overdue_begin(struct engine *engine, uint32_t account, struct wallet *wallet,
                                            struct decimal available, int64_t at_ns);
MUST_CHECK enum status engine_overdue_end(struct engine *engine, uint32_t account, struct wallet *wallet,
                                          struct decimal available, int64_t at_ns);
/* DUTY_OVERDUE: the grace of an account under a tariff is over, if it still owes. */
MUST_CHECK enum status engine_suspend(struct engine *engine, const struct duty *duty);
/* The operator ends a suspension. */
MUST_CHECK enum status engine_suspension_end(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                             const struct record *record);

/* ---- settle.c ---- */

/* The ledger's item `TARIFF/NAME`. Fails: STATUS_NO_MEMORY, STATUS_RANGE (more than 500 bytes). */
MUST_CHECK enum status engine_ledger_name(struct engine *engine, const struct tariff *tariff, struct slice name,
                                          uint32_t *ret_item);
/* One debit, one credit; a zero is not posted. Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_post(struct engine *engine, struct ledger_key debit, struct ledger_key credit,
                                   struct decimal amount);
/* A bill has been issued: post it, and settle it or let it wait for its settlement. Fails: STATUS_RANGE,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_bill_posted(struct engine *engine, uint32_t account, const struct bill *bill);
/* DUTY_SETTLEMENT: bill the sums of a tariff and period; ref: their item in the ledger. */
MUST_CHECK enum status engine_settle(struct engine *engine, const struct duty *duty);
/* How much of an account's closed bills counts against what is available. Fails: STATUS_RANGE. */
MUST_CHECK enum status engine_frozen(const struct engine *engine, uint32_t account, const struct currency *currency,
                                     struct decimal *ret_frozen);

/* ---- earn.c ---- */

/* Lines of an orders bill: what is sold ahead is deferred, what is given back is not earned any more. */
MUST_CHECK enum status engine_defer(struct engine *engine, uint32_t account, const struct bill *bill);
/* A lot goes from one tariff to another, and what it has to earn yet with it. */
MUST_CHECK enum status engine_deferred_moves(struct engine *engine, uint32_t account, const struct lot *lot,
                                             const struct tariff *from, const struct tariff *to);
/* DUTY_EARN: what an account's lots under a tariff have earned by now; ref 1: and again at the end of the month. */
MUST_CHECK enum status engine_earn(struct engine *engine, const struct duty *duty);

#endif
