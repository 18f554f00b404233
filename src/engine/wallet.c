/* SPDX-License-Identifier: Apache-2.0
 *
 * Wallets: what comes in, what is deducted, what is available. The balance is the ledger's, with the other sign: money
 * paid ahead is owed to the customer. */
#include <string.h>

#include "engine/engine_private.h"

struct wallet *engine_wallet_find(const struct engine *engine, uint32_t account, const struct currency *currency) {
    struct wallet *wallet = engine->accounts[account].wallets;
    while (wallet && wallet->currency != currency)
        wallet = wallet->next;
    return wallet;
}

enum status engine_wallet(struct engine *engine, uint32_t account, const struct currency *currency,
                          struct wallet **ret_wallet) {
    struct wallet **link = &engine->accounts[account].wallets;
    while (*link && strcmp((*link)->currency->code, currency->code) < 0)
        link = &(*link)->next;
    if (!*link || (*link)->currency != currency) {
        struct wallet *wallet = ARENA_NEW(&engine->arena, struct wallet);
        if (!wallet)
            return STATUS_NO_MEMORY;
        wallet->currency = currency;
        wallet->next = *link;
        *link = wallet;
    }
    *ret_wallet = *link;
    return STATUS_OK;
}

static struct decimal account_balance(const struct engine *engine, uint32_t account, const struct currency *currency,
                                      enum ledger_account ledger_account) {
    return ledger_balance(&engine->money.ledger, (struct ledger_key){account, currency, ledger_account, 0});
}

const struct wallet *engine_wallets(const struct engine *engine, uint32_t account) {
    return engine->accounts[account].wallets;
}

enum status engine_wallet_state(const struct engine *engine, uint32_t account, const struct wallet *wallet,
                                struct wallet_state *ret_state) {
    struct wallet_state state;
    TRY(decimal_sub(DECIMAL_ZERO, account_balance(engine, account, wallet->currency, LEDGER_WALLET), &state.balance));
    TRY(engine_frozen(engine, account, wallet->currency, &state.frozen));
    TRY(decimal_sub(state.balance, state.frozen, &state.available));
    TRY(decimal_add(state.available, wallet->credit, &state.available));
    *ret_state = state;
    return STATUS_OK;
}

/* Told once, until more is available again. */
static enum status low_review(struct engine *engine, uint32_t account, struct wallet *wallet, struct decimal available,
                              int64_t at_ns) {
    bool was_low = wallet->is_low;
    wallet->is_low = wallet->has_low && decimal_cmp(available, wallet->low) < 0;
    if (!wallet->is_low || was_low)
        return STATUS_OK;
    return engine_alert(engine, (struct alert){.kind = ALERT_BALANCE_LOW,
                                               .account = engine->account_names.texts[account],
                                               .item = slice_of(wallet->currency->code),
                                               .at_ns = at_ns,
                                               .threshold = wallet->low,
                                               .remaining = available});
}

static enum status wallet_review(struct engine *engine, uint32_t account, struct wallet *wallet, int64_t at_ns) {
    struct wallet_state state;
    TRY(engine_wallet_state(engine, account, wallet, &state));
    bool is_below = decimal_cmp(state.available, DECIMAL_ZERO) < 0;
    if (is_below && !wallet->owes)
        TRY(engine_overdue_begin(engine, account, wallet, state.available, at_ns));
    if (!is_below && wallet->owes)
        TRY(engine_overdue_end(engine, account, wallet, state.available, at_ns));
    return low_review(engine, account, wallet, state.available, at_ns);
}

enum status engine_collect(struct engine *engine, uint32_t account, const struct currency *currency, int64_t at_ns) {
    struct wallet *wallet = engine_wallet_find(engine, account, currency);
    if (!wallet)
        return STATUS_OK;
    struct decimal due = account_balance(engine, account, currency, LEDGER_RECEIVABLE), back;
    TRY(decimal_sub(DECIMAL_ZERO, due, &back));
    struct posting postings[] = {{{account, currency, LEDGER_WALLET, 0}, due},
                                 {{account, currency, LEDGER_RECEIVABLE, 0}, back}};
    if (!decimal_is_zero(due))
        TRY(ledger_post(&engine->money.ledger, postings, 2));
    return wallet_review(engine, account, wallet, at_ns);
}

/* A credit line is there to be used, not to be paid out; nor is what closed bills already claim. */
static enum status payout_refuse(struct engine *engine, uint32_t account, const struct record *record,
                                 bool *ret_refused) {
    struct wallet *wallet = engine_wallet_find(engine, account, record->command->currency);
    struct wallet_state state = {0};
    struct decimal free, left;
    if (wallet)
        TRY(engine_wallet_state(engine, account, wallet, &state));
    TRY(decimal_sub(state.balance, state.frozen, &free));
    TRY(decimal_add(free, record->command->units, &left));
    *ret_refused = decimal_cmp(left, DECIMAL_ZERO) < 0 && !engine->facts;
    if (!*ret_refused)
        return STATUS_OK;
    char wanted[DECIMAL_TEXT_MAX], there[DECIMAL_TEXT_MAX];
    decimal_format(record->command->units, wanted);
    decimal_format(decimal_cmp(free, DECIMAL_ZERO) > 0 ? free : DECIMAL_ZERO, there);
    return engine_reject(engine, record,
                         "a payout of %s %s is refused: the wallet has %s that nothing claims; pay out "
                         "no more than that",
                         wanted[0] == '-' ? wanted + 1 : wanted, record->command->currency->code, there);
}

enum status engine_wallet_move(struct engine *engine, uint32_t account, const struct record *record) {
    const struct currency *currency = record->command->currency;
    struct decimal amount = record->command->units, owed;
    struct wallet *wallet;
    TRY(decimal_sub(DECIMAL_ZERO, amount, &owed));
    if (decimal_cmp(amount, DECIMAL_ZERO) < 0) {
        bool is_refused;
        TRY(payout_refuse(engine, account, record, &is_refused));
        if (is_refused)
            return STATUS_OK;
    }
    struct posting postings[] = {{{account, currency, LEDGER_CASH, 0}, amount},
                                 {{account, currency, LEDGER_WALLET, 0}, owed}};
    TRY(engine_wallet(engine, account, currency, &wallet));
    TRY(ledger_post(&engine->money.ledger, postings, 2));
    return engine_collect(engine, account, currency, engine->at_ns);
}

enum status engine_wallet_limits(struct engine *engine, uint32_t account, const struct record *record) {
    for (uint32_t i = 0; i < record->command->limit_count; i++) {
        const struct wallet_limit *limit = &record->command->limits[i];
        struct wallet *wallet;
        TRY(engine_wallet(engine, account, limit->currency, &wallet));
        switch (limit->what) {
        case LIMIT_CREDIT:
            wallet->credit = limit->amount;
            break;
        case LIMIT_LOW:
            wallet->low = limit->amount;
            wallet->has_low = true;
            break;
        }
        TRY(engine_collect(engine, account, limit->currency, engine->at_ns));
    }
    return STATUS_OK;
}
