/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking at what is owed and what is paid. Nothing here changes the engine. Rules: docs/money.md. */
#ifndef TG_ENGINE_MONEY_H
#define TG_ENGINE_MONEY_H

#include "engine/engine.h"
#include "ledger/ledger.h"

struct wallet { /* of an account in one currency; it exists from the first payment or limit on */
    const struct currency *currency;
    struct decimal credit; /* how far below zero the balance may go */
    struct decimal low;    /* tell when less is available */
    bool has_low, is_low;  /* is_low: told, and not above since */
    bool owes;             /* less than nothing is available */
    int64_t owes_ns;       /* since when */
    struct wallet *next;   /* by currency code */
};
struct wallet_state {         /* balance + credit - frozen = available */
    struct decimal balance;   /* paid in, less what was deducted */
    struct decimal frozen;    /* claimed by closed bills that are not settled yet */
    struct decimal available; /* below zero: the account owes */
};
/* The account's wallets; NULL: none. */
const struct wallet *engine_wallets(const struct engine *engine, uint32_t account);
/* Fails: STATUS_RANGE. */
MUST_CHECK enum status engine_wallet_state(const struct engine *engine, uint32_t account, const struct wallet *wallet,
                                           struct wallet_state *ret_state);

/* Whether a usage bill waits for a settlement document, which asks for its exact total together with those of the other
 * bills whose cycles begin in *ret_period; else it asks for its own total. Fails: STATUS_RANGE. */
MUST_CHECK enum status bill_waits(const struct bill *bill, struct period *ret_period, int64_t *ret_due_ns,
                                  bool *ret_waits);

const struct ledger *engine_ledger(const struct engine *engine);
/* The name of an item of the ledger: `TARIFF/ITEM`; empty for 0. */
struct slice engine_ledger_item(const struct engine *engine, uint32_t item);

/* Every invariant of the money facts, computed anew: for tests, and for who doubts. Fails: STATUS_INVALID (one does not
 * hold), STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_check(const struct engine *engine);

#endif
