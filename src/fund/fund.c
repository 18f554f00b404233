/* SPDX-License-Identifier: Apache-2.0
 *
 * Lots of one account under one tariff, kept in their order of use, and what they hold. */
#include "fund/fund_private.h"

#include <assert.h>
#include <stdlib.h>

/* Rule: viapi 4b-9, 4d-9: earliest expiry, then earliest order, then order id, so that a second run gives the same
 * result. */
static int lot_compare(const struct lot *a, const struct lot *b) {
    if (a->product->funding != b->product->funding)
        return a->product->funding < b->product->funding ? -1 : 1;
    if (a->expires_ns != b->expires_ns)
        return a->expires_ns < b->expires_ns ? -1 : 1;
    if (a->ordered_ns != b->ordered_ns)
        return a->ordered_ns < b->ordered_ns ? -1 : 1;
    int by_order = slice_cmp(a->order_id, b->order_id);
    return by_order ? by_order : slice_cmp(a->product->sku, b->product->sku);
}

/* Lots may go to another subscription, so their count is no number. */
static uint32_t number_free(const struct holdings *holdings) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < holdings->count; i++)
        if (holdings->lots[i].number >= number)
            number = holdings->lots[i].number + 1;
    return number;
}

enum status holdings_insert(struct holdings *holdings, struct lot lot) {
    if (holdings->count == holdings->cap) {
        uint32_t cap = holdings->cap ? holdings->cap * 2 : 4;
        struct lot *lots = realloc(holdings->lots, cap * sizeof *lots);
        if (!lots)
            return STATUS_NO_MEMORY;
        holdings->lots = lots;
        holdings->cap = cap;
    }
    uint32_t at = holdings->count;
    lot.number = number_free(holdings);
    for (; at > 0 && lot_compare(&lot, &holdings->lots[at - 1]) < 0; at--)
        holdings->lots[at] = holdings->lots[at - 1];
    holdings->lots[at] = lot;
    holdings->count++;
    return STATUS_OK;
}

struct lot *holdings_find(struct holdings *holdings, struct slice order_id) {
    for (uint32_t i = 0; i < holdings->count; i++)
        if (slice_eq(holdings->lots[i].order_id, order_id))
            return &holdings->lots[i];
    return NULL;
}

void holdings_free(struct holdings *holdings) {
    free(holdings->lots);
    *holdings = (struct holdings){0};
}

static bool lot_has_units(const struct lot *lot) {
    return lot->product->kind == PRODUCT_PACKAGE || lot->product->kind == PRODUCT_GRANT;
}

/* A package that restores starts every one of its cycles full; a late event of an older cycle finds nothing left there.
 * Rule: imm 2b-28. */
enum status lot_restore(struct lot *lot, int64_t at_ns) {
    if (!lot->product->restores || at_ns < lot->effective_ns || period_has(lot->restored, at_ns))
        return STATUS_OK;
    struct period cycle;
    TRY(cycle_of(lot->product->restore_cycle, lot->product->zone, lot->effective_ns, at_ns, &cycle));
    if (cycle.start_ns >= lot->restored.end_ns) {
        lot->was_used |= lot->used > 0;
        lot->used = 0;
        lot->alerts_sent = 0;
        lot->restored = cycle;
    }
    return STATUS_OK;
}

/* The lot as it stands just before an instant, also when nothing was taken since it was last full. */
static struct lot lot_before(const struct lot *lot, int64_t at_ns) {
    struct lot copy = *lot;
    int64_t end_ns = at_ns < lot->expires_ns ? at_ns : lot->expires_ns;
    if (end_ns == INSTANT_MIN || lot_restore(&copy, end_ns - 1) != STATUS_OK)
        return *lot; /* outside the calendar no cycle begins */
    return copy;
}

/* Balances are shown in units; inside they are whole numbers of 1e-12 / scale units. What is left is cut, never
 * rounded up: a customer is not promised what a further call would refuse. What is held is rounded up for the same
 * reason. */
struct balance lot_balance(const struct lot *lot, int64_t at_ns) {
    struct balance balance = {0};
    if (!lot_has_units(lot))
        return balance;
    wide scale = lot->scale;
    struct lot now = lot_before(lot, at_ns);
    wide left = now.bought - now.used - now.held;
    struct decimal rest = {left / scale};
    balance.bought.pico = lot->bought / scale;
    balance.held.pico = (now.held + scale - 1) / scale;
    balance.used.pico = balance.bought.pico - balance.held.pico - rest.pico;
    if (lot->is_refunded || at_ns >= lot->expires_ns)
        balance.expired = rest;
    else
        balance.remaining = rest;
    assert(left >= 0);
    return balance;
}

uint32_t lot_alerts(struct lot *lot) {
    if (!lot_has_units(lot))
        return 0;
    const struct product *product = lot->product;
    uint32_t told = 0;
    while (lot->alerts_sent < product->alert_count) {
        wide limit;
        struct decimal share = product->alerts[lot->alerts_sent];
        if (wide_mul_div(lot->bought, share.pico, DECIMAL_ONE_PICO, ROUND_FLOOR, &limit) != STATUS_OK ||
            lot->bought - lot->used > limit)
            break;
        lot->alerts_sent++;
        told++;
    }
    return told;
}

enum status fund_would_pay(const struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                           const struct lot **ret_lot, int64_t *ret_units) {
    const struct lot *first = NULL;
    wide units = 0;
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        struct lot full;
        if (lot->product->funding != funding)
            continue;
        if (lot->product->restores) {
            full = *lot;
            TRY(lot_restore(&full, at_ns));
            lot = &full;
        }
        const struct scope_entry *entry = lot_pays(lot, funding, item, at_ns);
        wide cost, left = lot->bought - lot->used - lot->held;
        if (!entry)
            continue;
        if (funding == FUNDING_QPS || funding == FUNDING_CONCURRENCY) {
            first = first ? first : &holdings->lots[i];
            units = INT64_MAX;
            continue;
        }
        TRY(lot_unit_cost(lot, entry, &cost));
        if (cost > left)
            continue;
        first = first ? first : &holdings->lots[i];
        units += cost == 0 ? INT64_MAX : left / cost;
    }
    *ret_lot = first;
    *ret_units = units > INT64_MAX ? INT64_MAX : (int64_t)units;
    return STATUS_OK;
}
