/* SPDX-License-Identifier: Apache-2.0
 *
 * Deduction: how a quantity is shared out over the lots of one funding kind, to be used up or to be held. */
#include <assert.h>

#include "fund/fund_private.h"

const struct scope_entry *lot_pays(const struct lot *lot, enum funding funding, uint32_t item, int64_t at_ns) {
    if (lot->product->funding != funding || lot->is_refunded || at_ns < lot->ordered_ns || at_ns < lot->effective_ns ||
        at_ns >= lot->expires_ns || (lot->product->restores && at_ns < lot->restored.start_ns))
        return NULL;
    for (uint32_t i = 0; i < lot->product->scope_count; i++)
        if (lot->product->scope[i].item == item)
            return &lot->product->scope[i];
    return NULL;
}

void parts_add(struct part *parts, uint32_t *count, const struct part *part) {
    if (part->quantity.pico == 0 && part->units.pico == 0)
        return;
    if (*count > 0 && (parts[*count - 1].lot == part->lot || *count == PARTS_MAX)) {
        parts[*count - 1].quantity.pico += part->quantity.pico;
        parts[*count - 1].units.pico += part->units.pico;
        return;
    }
    parts[(*count)++] = *part;
}

enum status lot_unit_cost(const struct lot *lot, const struct scope_entry *entry, wide *ret_cost) {
    wide per = entry->per.pico / DECIMAL_ONE_PICO;
    assert(per > 0 && lot->scale % per == 0);
    return wide_mul(entry->factor.pico, lot->scale / per, ret_cost);
}

struct taking {
    struct holdings *holdings;
    enum funding funding;
    uint32_t item;
    int64_t at_ns;
    struct reserves *reserves; /* NULL: used up */
    struct part *parts;        /* only when used up */
    uint32_t *part_count;
};

static wide lot_left(const struct lot *lot) {
    return lot->bought - lot->used - lot->held;
}

/* Take `amount` of the lot, which pays `quantity_pico` of the item. */
static enum status lot_pay(const struct taking *taking, struct lot *lot, wide amount, wide quantity_pico) {
    if (!taking->reserves) {
        wide before = lot_units_used(lot);
        lot->used += amount;
        parts_add(taking->parts, taking->part_count,
                  &(struct part){taking->funding, {quantity_pico}, {lot_units_used(lot) - before}, lot});
        return STATUS_OK;
    }
    if (amount == 0)
        return STATUS_OK;
    TRY(reserves_add(taking->reserves,
                     (struct reserve){.kind = RESERVE_UNITS, .index = lot->number, .amount = amount}));
    lot->held += amount;
    return STATUS_OK;
}

/* Let the lots from `first` on pay what is missing of one unit; when together they cannot, nothing is taken.
 * Rule: viapi 4d-10: the rest comes from the next package of the same kind; if there is none, the unit goes on whole.
 */
static enum status share_unit(const struct taking *taking, uint32_t first, wide cost, bool *ret_is_paid) {
    struct holdings *holdings = taking->holdings;
    int64_t scale = holdings->lots[first].scale;
    *ret_is_paid = false;
    for (int pass = 0; pass < 2; pass++) {
        wide missing = cost;
        for (uint32_t i = first; i < holdings->count && missing > 0; i++) {
            struct lot *lot = &holdings->lots[i];
            const struct scope_entry *entry = lot_pays(lot, taking->funding, taking->item, taking->at_ns);
            wide other;
            if (!entry || lot->scale != scale || lot_unit_cost(lot, entry, &other) != STATUS_OK || other != cost)
                continue;
            wide taken = lot_left(lot) < missing ? lot_left(lot) : missing;
            missing -= taken;
            if (pass == 1)
                TRY(lot_pay(taking, lot, taken, missing == 0 ? DECIMAL_ONE_PICO : 0));
        }
        if (missing > 0)
            return STATUS_OK;
    }
    *ret_is_paid = true;
    return STATUS_OK;
}

static enum status take_whole_units(const struct taking *taking, wide *units) {
    struct holdings *holdings = taking->holdings;
    for (uint32_t i = 0; i<holdings->count && * units> 0; i++) {
        struct lot *lot = &holdings->lots[i];
        const struct scope_entry *entry = lot_pays(lot, taking->funding, taking->item, taking->at_ns);
        if (!entry)
            continue;
        wide cost;
        TRY(lot_unit_cost(lot, entry, &cost));
        wide paid = cost == 0 || lot_left(lot) / cost > *units ? *units : lot_left(lot) / cost;
        bool is_shared = false;
        TRY(lot_pay(taking, lot, paid * cost, paid * DECIMAL_ONE_PICO));
        *units -= paid;
        if (*units > 0 && lot_left(lot) > 0)
            TRY(share_unit(taking, i, cost, &is_shared));
        *units -= is_shared;
    }
    return STATUS_OK;
}

/* The fraction behind the whole units is paid by the first lot that holds all of it. */
static enum status take_fraction(const struct taking *taking, wide *quantity_pico) {
    struct holdings *holdings = taking->holdings;
    for (uint32_t i = 0; i < holdings->count; i++) {
        struct lot *lot = &holdings->lots[i];
        const struct scope_entry *entry = lot_pays(lot, taking->funding, taking->item, taking->at_ns);
        if (!entry)
            continue;
        wide cost, price;
        TRY(lot_unit_cost(lot, entry, &cost));
        TRY(wide_mul_div(*quantity_pico, cost, DECIMAL_ONE_PICO, ROUND_CEIL, &price));
        if (price > lot_left(lot))
            continue;
        TRY(lot_pay(taking, lot, price, *quantity_pico));
        *quantity_pico = 0;
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* Calls inside one calendar second beyond the plan's limit are covered all the same and counted: the gate is where
 * limits hold. */
static void count_window(struct lot *lot, int64_t at_ns, uint64_t calls) {
    int64_t second = at_ns / NS_PER_SECOND - (at_ns % NS_PER_SECOND < 0);
    if (lot->window_second != second) {
        lot->window_second = second;
        lot->window_count = 0;
    }
    wide limit_wide = lot->pieces.pico / DECIMAL_ONE_PICO;
    uint64_t limit = (uint64_t)limit_wide;
    uint64_t before = lot->window_count;
    lot->window_count += calls;
    if (lot->window_count > limit)
        lot->over_limit += lot->window_count - (before > limit ? before : limit);
}

/* The largest valid plan; NULL: none. */
static struct lot *plan_find(const struct taking *taking) {
    struct lot *largest = NULL;
    for (uint32_t i = 0; i < taking->holdings->count; i++) {
        struct lot *lot = &taking->holdings->lots[i];
        if (lot_pays(lot, taking->funding, taking->item, taking->at_ns) &&
            (!largest || decimal_cmp(lot->pieces, largest->pieces) > 0))
            largest = lot;
    }
    return largest;
}

/* QPS plans and concurrency quotas cover every call while they last; of several the largest counts the limit. */
static void take_plan(const struct taking *taking, struct decimal quantity, struct decimal *left) {
    struct lot *largest = plan_find(taking);
    if (!largest)
        return;
    *left = DECIMAL_ZERO;
    if (taking->reserves)
        return;
    uint64_t calls = (uint64_t)(quantity.pico / DECIMAL_ONE_PICO);
    largest->covered += calls;
    if (taking->funding == FUNDING_QPS)
        count_window(largest, taking->at_ns, calls);
    parts_add(taking->parts, taking->part_count,
              &(struct part){.funding = taking->funding, .quantity = quantity, .lot = largest});
}

static enum status take(const struct taking *taking, struct decimal quantity, struct decimal *ret_left) {
    struct decimal left = quantity;
    for (uint32_t i = 0; i < taking->holdings->count; i++)
        TRY(lot_restore(&taking->holdings->lots[i], taking->at_ns));
    if (taking->funding == FUNDING_QPS || taking->funding == FUNDING_CONCURRENCY) {
        take_plan(taking, quantity, &left);
    } else {
        wide units = quantity.pico / DECIMAL_ONE_PICO, fraction = quantity.pico % DECIMAL_ONE_PICO;
        TRY(take_whole_units(taking, &units));
        if (units == 0 && fraction > 0)
            TRY(take_fraction(taking, &fraction));
        left.pico = units * DECIMAL_ONE_PICO + fraction;
    }
    *ret_left = left;
    return STATUS_OK;
}

enum status fund_take(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                      struct decimal quantity, struct part *parts, uint32_t *part_count, struct decimal *ret_left) {
    struct taking taking = {.holdings = holdings,
                            .funding = funding,
                            .item = item,
                            .at_ns = at_ns,
                            .parts = parts,
                            .part_count = part_count};
    return take(&taking, quantity, ret_left);
}

enum status fund_hold(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                      struct decimal quantity, struct reserves *reserves, struct decimal *ret_left) {
    struct taking taking = {
        .holdings = holdings, .funding = funding, .item = item, .at_ns = at_ns, .reserves = reserves};
    return take(&taking, quantity, ret_left);
}
