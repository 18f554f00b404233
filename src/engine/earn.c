/* SPDX-License-Identifier: Apache-2.0
 *
 * What is sold ahead is earned as it is used up: packages by units, plans and licences by time. What a package had left
 * when it expired is earned as well, but told apart. */
#include <string.h>

#include "engine/engine_private.h"

/* ---- how much ---- */

/* A licence that was never activated lapses. */
static enum status lot_end(const struct lot *lot, const struct tariff *tariff, int64_t *ret_ns) {
    const struct product *product = lot->product;
    *ret_ns = lot->expires_ns;
    if (product->kind != PRODUCT_LICENCE || lot->is_activated || product->activate_within.count == 0)
        return STATUS_OK;
    return instant_add(tariff->zone, lot->ordered_ns, product->activate_within, 1, ret_ns);
}

static bool earns_by_units(const struct lot *lot) {
    return lot->product->kind == PRODUCT_PACKAGE && !lot->product->restores;
}

/* By use or by time, rounded down to the last digit; the rest comes with the end. Rule: docs/money.md. */
static enum status lot_share(const struct lot *lot, int64_t at_ns, struct decimal *ret_earned) {
    wide part = lot->used, whole = lot->bought;
    if (!earns_by_units(lot)) {
        bool has_begun =
            lot->product->kind != PRODUCT_LICENCE || lot->is_activated || lot->product->activate_within.count == 0;
        part = has_begun && at_ns > lot->effective_ns ? (wide)at_ns - lot->effective_ns : 0;
        whole = (wide)lot->expires_ns - lot->effective_ns;
    }
    if (part == 0 || whole <= 0) {
        *ret_earned = DECIMAL_ZERO;
        return STATUS_OK;
    }
    return wide_mul_div(lot->invoiced.pico, part < whole ? part : whole, whole, ROUND_DOWN, &ret_earned->pico);
}

/* ---- posting ---- */

static enum status lot_earn(struct engine *engine, uint32_t account, const struct tariff *tariff, struct lot *lot,
                            int64_t at_ns) {
    struct decimal earned, more, rest;
    int64_t end_ns;
    TRY(lot_end(lot, tariff, &end_ns));
    bool is_over = at_ns >= end_ns, lapses = earns_by_units(lot) || end_ns != lot->expires_ns;
    earned = lot->invoiced;
    if (!is_over || lapses)
        TRY(lot_share(lot, at_ns, &earned));
    TRY(decimal_sub(earned, lot->earned, &more));
    TRY(decimal_sub(lot->invoiced, earned, &rest));
    struct ledger_key deferred = {account, tariff->currency, LEDGER_DEFERRED, 0};
    TRY(engine_ledger_name(engine, tariff, lot->product->sku, &deferred.item));
    struct ledger_key revenue = deferred, expired = deferred;
    revenue.ledger_account = LEDGER_REVENUE;
    expired.ledger_account = LEDGER_EXPIRED;
    TRY(engine_post(engine, deferred, revenue, more));
    lot->earned = earned;
    if (!is_over)
        return STATUS_OK;
    TRY(engine_post(engine, deferred, expired, rest));
    lot->earned = lot->invoiced;
    return STATUS_OK;
}

static bool lot_is_deferred(const struct lot *lot) {
    return decimal_cmp(lot->invoiced, lot->earned) != 0;
}

static enum status holdings_earn(struct engine *engine, const struct duty *duty, const struct tariff *tariff,
                                 bool *ret_is_left) {
    struct subscription *subscription = engine_subscription_find(engine, duty->account, tariff);
    for (uint32_t i = 0; subscription && i < subscription->holdings.count; i++) {
        struct lot *lot = &subscription->holdings.lots[i];
        if (lot_is_deferred(lot))
            TRY(lot_earn(engine, duty->account, tariff, lot, duty->at_ns));
        *ret_is_left = *ret_is_left || lot_is_deferred(lot);
    }
    return STATUS_OK;
}

/* A lot may have gone to a tariff that stands for the one under which it was sold. */
enum status engine_earn(struct engine *engine, const struct duty *duty) {
    const struct tariff *tariff = engine->tariffs->list[duty->tariff];
    struct subscription *subscription = engine_subscription_find(engine, duty->account, tariff);
    struct period month;
    bool is_left = false;
    if (!subscription)
        return STATUS_INVALID;
    for (uint32_t i = 0; i < engine->tariffs->count; i++)
        if (engine_is_related(engine, duty->account, tariff, engine->tariffs->list[i]))
            TRY(holdings_earn(engine, duty, engine->tariffs->list[i], &is_left));
    if (duty->ref == 0)
        return STATUS_OK;
    subscription->is_earning = is_left;
    if (!is_left)
        return STATUS_OK;
    TRY(cycle_of(CYCLE_MONTH, tariff->zone, 0, duty->at_ns, &month));
    return agenda_add(&engine->agenda, (struct duty){month.end_ns, DUTY_EARN, duty->account, duty->tariff, 1});
}

/* At its end, and every month until then. */
static enum status earn_later(struct engine *engine, uint32_t account, const struct tariff *tariff,
                              const struct lot *lot) {
    struct duty duty = {.kind = DUTY_EARN, .account = account, .tariff = tariff->index};
    struct subscription *subscription;
    struct period month;
    TRY(engine_subscription(engine, account, tariff, &subscription));
    TRY(lot_end(lot, tariff, &duty.at_ns));
    TRY(agenda_add(&engine->agenda, duty));
    if (subscription->is_earning)
        return STATUS_OK;
    subscription->is_earning = true;
    TRY(cycle_of(CYCLE_MONTH, tariff->zone, 0, engine->at_ns, &month));
    duty.at_ns = month.end_ns;
    duty.ref = 1;
    return agenda_add(&engine->agenda, duty);
}

enum status engine_deferred_moves(struct engine *engine, uint32_t account, const struct lot *lot,
                                  const struct tariff *from, const struct tariff *to) {
    struct ledger_key before = {account, from->currency, LEDGER_DEFERRED, 0}, after = before;
    struct decimal left;
    TRY(decimal_sub(lot->invoiced, lot->earned, &left));
    if (decimal_is_zero(left))
        return STATUS_OK;
    TRY(engine_ledger_name(engine, from, lot->product->sku, &before.item));
    TRY(engine_ledger_name(engine, to, lot->product->sku, &after.item));
    return engine_post(engine, before, after, left);
}

/* ---- orders ---- */

/* The lot of an order, and the ledger's item of its product where it is now. */
static enum status line_lot(struct engine *engine, uint32_t account, const struct tariff *tariff,
                            const struct bill_line *line, struct lot **ret_lot, uint32_t *item) {
    const struct tariff *where = tariff;
    *ret_lot = engine_lot_find(engine, account, tariff, line->order_id, &where);
    return where == tariff ? STATUS_OK : engine_ledger_name(engine, where, line->item, item);
}

static enum status defer_order(struct engine *engine, uint32_t account, const struct tariff *tariff,
                               const struct bill_line *line, uint32_t item) {
    struct lot *lot;
    TRY(line_lot(engine, account, tariff, line, &lot, &item));
    struct ledger_key receivable = {account, tariff->currency, LEDGER_RECEIVABLE, 0};
    if (!lot) /* nothing is left to be given for it */
        return engine_post(engine, receivable, (struct ledger_key){account, tariff->currency, LEDGER_REVENUE, item},
                           line->amount);
    bool was_deferred = lot_is_deferred(lot);
    TRY(engine_post(engine, receivable, (struct ledger_key){account, tariff->currency, LEDGER_DEFERRED, item},
                    line->amount));
    TRY(decimal_add(lot->invoiced, line->amount, &lot->invoiced));
    return was_deferred ? STATUS_OK : earn_later(engine, account, tariff, lot);
}

/* What is still deferred goes first; what was earned already is taken back as an adjustment. */
static enum status defer_refund(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                const struct bill_line *line, uint32_t item) {
    struct lot *lot;
    struct decimal given, left = DECIMAL_ZERO, earned;
    TRY(line_lot(engine, account, tariff, line, &lot, &item));
    TRY(decimal_sub(DECIMAL_ZERO, line->amount, &given));
    if (lot)
        TRY(decimal_sub(lot->invoiced, lot->earned, &left));
    left = decimal_cmp(left, given) < 0 ? left : given;
    TRY(decimal_sub(given, left, &earned));
    struct ledger_key receivable = {account, tariff->currency, LEDGER_RECEIVABLE, 0};
    TRY(engine_post(engine, (struct ledger_key){account, tariff->currency, LEDGER_DEFERRED, item}, receivable, left));
    TRY(engine_post(engine, (struct ledger_key){account, tariff->currency, LEDGER_ADJUSTMENTS, item}, receivable,
                    earned));
    return lot ? decimal_add(lot->earned, left, &lot->earned) : STATUS_OK;
}

enum status engine_defer(struct engine *engine, uint32_t account, const struct bill *bill) {
    const struct tariff *tariff = bill->tariff;
    struct decimal lost;
    for (uint32_t i = 0; i < bill->line_count; i++) {
        const struct bill_line *line = &bill->lines[i];
        uint32_t item;
        TRY(engine_ledger_name(engine, tariff, line->item, &item));
        if (strcmp(line->funding, "refund") == 0)
            TRY(defer_refund(engine, account, tariff, line, item));
        else
            TRY(defer_order(engine, account, tariff, line, item));
    }
    TRY(decimal_sub(bill->exact_total, bill->total, &lost));
    return engine_post(engine, (struct ledger_key){account, tariff->currency, LEDGER_ROUNDING, 0},
                       (struct ledger_key){account, tariff->currency, LEDGER_RECEIVABLE, 0}, lost);
}
