/* SPDX-License-Identifier: Apache-2.0
 *
 * The money facts in a snapshot: the ledger with the names of its items, what waits for settlement, wallets. */
#include <stdlib.h>

#include "engine/snapshot_private.h"

/* Fewest bytes of an element: what bounds a count. */
enum { LEAST_NAME = 4, LEAST_SETTLEMENT = 32, LEAST_WALLET = 54, LEAST_BALANCE = 32 };

/* By code: the table of currencies may change between programs. */
static void part_currency(struct coder *coder, const struct currency **currency) {
    struct slice code = coder->out ? slice_of((*currency)->code) : SLICE("");
    coder_text(coder, &code);
    if (coder->out)
        return;
    *currency = currency_find(code);
    if (!*currency)
        coder_fail(coder);
}

static void part_settlement(struct coder *coder, struct settlement *settlement) {
    coder_tariff(coder, &settlement->tariff);
    part_period(coder, &settlement->period);
    coder_i64(coder, &settlement->due_ns);
    coder_u32(coder, &settlement->item);
    if (!settlement->tariff)
        coder_fail(coder);
}

static void part_wallet(struct coder *coder, uint32_t *account, struct wallet *wallet) {
    coder_u32(coder, account);
    part_currency(coder, &wallet->currency);
    part_decimal(coder, &wallet->credit);
    part_decimal(coder, &wallet->low);
    coder_bool(coder, &wallet->has_low);
    coder_bool(coder, &wallet->is_low);
    coder_bool(coder, &wallet->owes);
    coder_i64(coder, &wallet->owes_ns);
}

static void part_balance(struct coder *coder, struct posting *balance) {
    uint8_t ledger_account = (uint8_t)balance->key.ledger_account;
    coder_u32(coder, &balance->key.account);
    part_currency(coder, &balance->key.currency);
    coder_u8(coder, &ledger_account);
    balance->key.ledger_account = (enum ledger_account)ledger_account;
    coder_u32(coder, &balance->key.item);
    part_decimal(coder, &balance->amount);
    if (ledger_account >= LEDGER_COUNT)
        coder_fail(coder);
}

/* ---- writing ---- */

static void write_wallets(struct coder *coder, const struct engine *engine) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        for (const struct wallet *wallet = engine->accounts[i].wallets; wallet; wallet = wallet->next)
            count++;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        for (const struct wallet *wallet = engine->accounts[i].wallets; wallet; wallet = wallet->next) {
            struct wallet copy = *wallet;
            uint32_t account = i;
            part_wallet(coder, &account, &copy);
        }
}

static void write_ledger(struct coder *coder, const struct ledger *ledger) {
    uint64_t count = ledger_count(ledger);
    struct posting *list = malloc((count + 1) * sizeof *list);
    uint32_t short_count = (uint32_t)count;
    if (!list || count > UINT32_MAX) {
        coder->out->failed = true;
        free(list);
        return;
    }
    ledger_list(ledger, list);
    coder_u32(coder, &short_count);
    for (uint64_t i = 0; i < count; i++)
        part_balance(coder, &list[i]);
    free(list);
}

void snapshot_money_write(struct coder *coder, const struct engine *engine) {
    const struct money *money = &engine->money;
    uint32_t name_count = money->items.count, settlement_count = money->settlement_count;
    coder_u32(coder, &name_count);
    for (uint32_t i = 0; i < name_count; i++) {
        struct slice name = money->items.texts[i];
        coder_text(coder, &name);
    }
    coder_u32(coder, &settlement_count);
    for (uint32_t i = 0; i < settlement_count; i++) {
        struct settlement settlement = money->settlements[i];
        part_settlement(coder, &settlement);
    }
    write_wallets(coder, engine);
    write_ledger(coder, &money->ledger);
}

/* ---- reading ---- */

static enum status require(bool holds) {
    return holds ? STATUS_OK : STATUS_INVALID;
}

static enum status read_names(struct coder *coder, struct names *names) {
    uint32_t count, index;
    coder_count(coder, &count, LEAST_NAME);
    for (uint32_t i = 0; i < count; i++) {
        struct slice name;
        coder_text(coder, &name);
        TRY(coder->status);
        TRY(names_add(names, name, &index));
        TRY(require(index == i));
    }
    return coder->status;
}

static enum status read_settlements(struct coder *coder, struct money *money) {
    uint32_t count;
    coder_count(coder, &count, LEAST_SETTLEMENT);
    money->settlements = coder_list(coder, count, sizeof *money->settlements);
    TRY(coder->status);
    money->settlement_count = money->settlement_cap = count;
    for (uint32_t i = 0; i < count; i++) {
        part_settlement(coder, &money->settlements[i]);
        TRY(coder->status);
        TRY(require(money->settlements[i].item > 0 && money->settlements[i].item <= money->items.count));
    }
    return STATUS_OK;
}

static enum status read_wallets(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_WALLET);
    for (uint32_t i = 0; i < count; i++) {
        struct wallet read = {0}, *wallet;
        uint32_t account;
        part_wallet(coder, &account, &read);
        TRY(coder->status);
        TRY(require(account < engine->account_names.count && !engine_wallet_find(engine, account, read.currency)));
        TRY(engine_wallet(engine, account, read.currency, &wallet));
        read.next = wallet->next;
        *wallet = read;
    }
    return coder->status;
}

static enum status read_ledger(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_BALANCE);
    struct posting *list = coder_list(coder, count, sizeof *list);
    enum status status = coder->status;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        part_balance(coder, &list[i]);
        status = coder->status;
        if (status == STATUS_OK)
            status = require(list[i].key.account < engine->account_names.count &&
                             list[i].key.item <= engine->money.items.count);
    }
    if (status == STATUS_OK)
        status = ledger_load(&engine->money.ledger, list, count);
    free(list);
    return status;
}

enum status snapshot_money_read(struct coder *coder, struct engine *engine) {
    TRY(read_names(coder, &engine->money.items));
    TRY(read_settlements(coder, &engine->money));
    TRY(read_wallets(coder, engine));
    return read_ledger(coder, engine);
}
