/* SPDX-License-Identifier: Apache-2.0
 *
 * The rest of a statement: balances, alerts, notices, usage that another product bills. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

static int balance_compare(const void *left, const void *right) {
    const struct balance_row *a = left, *b = right;
    int by_order = slice_cmp(a->lot->order_id, b->lot->order_id);
    return by_order ? by_order : slice_cmp(a->lot->product->sku, b->lot->product->sku);
}

static uint64_t lot_total(const struct engine *engine) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        for (uint32_t k = 0; engine->accounts[i].subscriptions && k < engine->tariffs->count; k++)
            if (engine->accounts[i].subscriptions[k])
                total += engine->accounts[i].subscriptions[k]->holdings.count;
    return total;
}

static enum status lot_state(struct engine *engine, struct slice account, const struct tariff *tariff,
                             const struct lot *lot, int64_t at_ns) {
    struct balance balance = lot_balance(lot, at_ns);
    struct alert alert = {.account = account,
                          .order_id = lot->order_id,
                          .sku = lot->product->sku,
                          .tariff = tariff,
                          .at_ns = lot->expires_ns,
                          .remaining = balance.expired};
    if (balance.expired.pico > 0 && !lot->is_refunded && !lot->told_expired) {
        alert.kind = ALERT_PACKAGE_EXPIRED;
        TRY(engine_alert(engine, alert));
    }
    if (lot->over_limit > 0) {
        alert.kind = ALERT_OVER_LIMIT;
        alert.at_ns = lot->window_second > INT64_MIN ? lot->window_second * NS_PER_SECOND : at_ns;
        alert.remaining = DECIMAL_ZERO;
        alert.count = lot->over_limit;
        TRY(engine_alert(engine, alert));
    }
    return STATUS_OK;
}

static enum status account_state(struct engine *engine, uint32_t account, int64_t at_ns, struct statement *statement) {
    struct slice name = engine->account_names.texts[account];
    const struct account *owner = &engine->accounts[account];
    for (uint32_t k = 0; owner->subscriptions && k < engine->tariffs->count; k++) {
        const struct tariff *tariff = engine->tariffs->list[k];
        uint32_t first = statement->balance_count;
        for (uint32_t i = 0; owner->subscriptions[k] && i < owner->subscriptions[k]->holdings.count; i++) {
            const struct lot *lot = &owner->subscriptions[k]->holdings.lots[i];
            statement->balances[statement->balance_count++] =
                (struct balance_row){name, tariff, lot, lot_balance(lot, at_ns)};
            TRY(lot_state(engine, name, tariff, lot, at_ns));
        }
        if (statement->balance_count > first)
            qsort(&statement->balances[first], statement->balance_count - first, sizeof *statement->balances,
                  balance_compare);
    }
    if (owner->unpriced)
        TRY(engine_alert(engine, (struct alert){.kind = ALERT_UNPRICED,
                                                .account = name,
                                                .at_ns = owner->unpriced_ns,
                                                .count = owner->unpriced}));
    if (owner->unfunded)
        TRY(engine_alert(engine, (struct alert){.kind = ALERT_UNFUNDED,
                                                .account = name,
                                                .at_ns = owner->unfunded_ns,
                                                .count = owner->unfunded}));
    return STATUS_OK;
}

static int notice_compare(const void *left, const void *right) {
    const struct notice *a = left, *b = right;
    int by_file = slice_cmp(a->file, b->file);
    if (by_file)
        return by_file;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    int by_id = slice_cmp(a->id, b->id);
    return by_id ? by_id : slice_cmp(a->reason, b->reason);
}

static int alert_compare(const void *left, const void *right) {
    const struct alert *a = left, *b = right;
    int by_account = slice_cmp(a->account, b->account);
    if (by_account)
        return by_account;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int by_order = slice_cmp(a->order_id, b->order_id);
    return by_order ? by_order : slice_cmp(a->sku, b->sku);
}

static int external_compare(const void *left, const void *right) {
    const struct external_row *a = left, *b = right;
    int by_account = slice_cmp(a->account, b->account);
    if (by_account)
        return by_account;
    if (a->tariff != b->tariff)
        return a->tariff->index < b->tariff->index ? -1 : 1;
    return slice_cmp(a->item, b->item);
}

static struct external_row external_of(const struct engine *engine, const struct cell *cell) {
    uint32_t rate;
    const struct tariff *tariff = engine_meter_tariff(engine, cell->key.meter, &rate);
    const struct item *item = &tariff->items[rate - tariff->rate_count];
    return (struct external_row){.account = engine->account_names.texts[cell->key.account],
                                 .tariff = tariff,
                                 .item = item->name,
                                 .billed_by = item->billed_by,
                                 .unit = item->unit,
                                 .quantity = cell->quantity};
}

static enum status externals(const struct engine *engine, struct statement *statement) {
    const struct cells *cells = &engine->externals;
    if (cells->count >= UINT32_MAX)
        return STATUS_RANGE;
    statement->externals = ARENA_ARRAY(&statement->arena, cells->count + 1, struct external_row);
    if (!statement->externals)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; cells->slots && i <= cells->mask; i++)
        if (cells->slots[i].key.meter != 0)
            statement->externals[statement->external_count++] = external_of(engine, &cells->slots[i]);
    qsort(statement->externals, statement->external_count, sizeof *statement->externals, external_compare);
    return STATUS_OK;
}

/* What is counted has one entry, which is made of the state. */
static void counted_drop(struct engine *engine) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < engine->alert_count; i++)
        if (engine->alerts[i].kind != ALERT_OVER_LIMIT && engine->alerts[i].kind != ALERT_UNFUNDED)
            engine->alerts[kept++] = engine->alerts[i];
    engine->alert_count = kept;
}

enum status engine_state(struct engine *engine, const uint32_t *accounts, int64_t at_ns, struct statement *statement) {
    statement->balances = ARENA_ARRAY(&statement->arena, lot_total(engine) + 1, struct balance_row);
    if (!statement->balances)
        return STATUS_NO_MEMORY;
    counted_drop(engine);
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        TRY(account_state(engine, accounts[i], at_ns, statement));
    TRY(externals(engine, statement));
    statement->unpriced = engine->unpriced;
    statement->unpriced_count = engine->unpriced_count;
    statement->rejected = engine->rejected;
    statement->rejected_count = engine->rejected_count;
    statement->alerts = engine->alerts;
    statement->alert_count = engine->alert_count;
    if (statement->unpriced_count)
        qsort(statement->unpriced, statement->unpriced_count, sizeof *statement->unpriced, notice_compare);
    if (statement->rejected_count)
        qsort(statement->rejected, statement->rejected_count, sizeof *statement->rejected, notice_compare);
    if (statement->alert_count)
        qsort(statement->alerts, statement->alert_count, sizeof *statement->alerts, alert_compare);
    return STATUS_OK;
}
