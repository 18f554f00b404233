/* SPDX-License-Identifier: Apache-2.0
 *
 * The invariants of the money facts, each computed anew from the state. Tests call this after every step. */
#include <stdlib.h>

#include "engine/engine_private.h"

/* What lots have to be earned yet, posted into a ledger of its own. */
static enum status deferred_anew(const struct engine *engine, struct ledger *ledger) {
    for (uint32_t account = 0; account < engine->account_names.count; account++)
        for (uint32_t k = 0; engine->accounts[account].subscriptions && k < engine->tariffs->count; k++) {
            const struct subscription *subscription = engine->accounts[account].subscriptions[k];
            for (uint32_t i = 0; subscription && i < subscription->holdings.count; i++) {
                const struct lot *lot = &subscription->holdings.lots[i];
                const struct currency *currency = engine->tariffs->list[k]->currency;
                struct decimal left, back;
                TRY(decimal_sub(lot->invoiced, lot->earned, &left));
                TRY(decimal_sub(DECIMAL_ZERO, left, &back));
                struct posting postings[] = {{{account, currency, LEDGER_CASH, 0}, left},
                                             {{account, currency, LEDGER_DEFERRED, 0}, back}};
                TRY(ledger_post(ledger, postings, 2));
            }
        }
    return STATUS_OK;
}

static bool waits(const struct engine *engine, uint32_t item) {
    for (uint32_t i = 0; i < engine->money.settlement_count; i++)
        if (engine->money.settlements[i].item == item)
            return true;
    return false;
}

/* Take what the ledger has as deferred away again: nothing may be left. */
static enum status balance_check(const struct engine *engine, const struct posting *balance, struct ledger *anew) {
    struct ledger_key key = balance->key;
    struct decimal back;
    if (key.ledger_account == LEDGER_UNSETTLED && !waits(engine, key.item))
        return STATUS_INVALID;
    if (key.ledger_account == LEDGER_RECEIVABLE && engine_wallet_find(engine, key.account, key.currency))
        return STATUS_INVALID;
    if (key.ledger_account != LEDGER_DEFERRED)
        return STATUS_OK;
    TRY(decimal_sub(DECIMAL_ZERO, balance->amount, &back));
    struct posting postings[] = {{{key.account, key.currency, LEDGER_CASH, 0}, balance->amount},
                                 {{key.account, key.currency, LEDGER_DEFERRED, 0}, back}};
    return ledger_post(anew, postings, 2);
}

static enum status balances_check(const struct engine *engine, struct ledger *anew) {
    uint64_t count = ledger_count(&engine->money.ledger);
    struct posting *list = malloc((count + 1) * sizeof *list);
    if (!list)
        return STATUS_NO_MEMORY;
    ledger_list(&engine->money.ledger, list);
    enum status status = deferred_anew(engine, anew);
    for (uint64_t i = 0; i < count && status == STATUS_OK; i++)
        status = balance_check(engine, &list[i], anew);
    free(list);
    TRY(status);
    return ledger_count(anew) == 0 ? STATUS_OK : STATUS_INVALID;
}

enum status engine_check(const struct engine *engine) {
    struct ledger anew = {0};
    TRY(ledger_check(&engine->money.ledger));
    enum status status = balances_check(engine, &anew);
    ledger_free(&anew);
    return status;
}
