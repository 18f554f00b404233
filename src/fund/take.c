/* SPDX-License-Identifier: Apache-2.0
 *
 * Deduction: how a quantity is shared out over the lots of one funding kind. */
#include "fund/fund.h"

#include <assert.h>

/* The scope entry by which a lot pays for an item at an instant; NULL: it does not.
 * Rule: a package never pays for usage before its order or its effective instant (vclm 3b-3, viapi 4d-8). */
static const struct scope_entry *lot_pays(const struct lot *lot, enum funding funding, uint32_t item, int64_t at_ns) {
    if (lot->product->funding != funding || lot->is_refunded || at_ns < lot->ordered_ns || at_ns < lot->effective_ns ||
        at_ns >= lot->expires_ns || (lot->product->restores && at_ns < lot->restored.start_ns))
        return NULL;
    for (uint32_t i = 0; i < lot->product->scope_count; i++)
        if (lot->product->scope[i].item == item)
            return &lot->product->scope[i];
    return NULL;
}

static void parts_add(struct part *parts, uint32_t *count, struct lot *lot, enum funding funding, wide quantity_pico) {
    if (quantity_pico == 0)
        return;
    if (*count > 0 && (parts[*count - 1].lot == lot || *count == PARTS_MAX)) {
        parts[*count - 1].quantity.pico += quantity_pico;
        return;
    }
    parts[(*count)++] = (struct part){.funding = funding, .quantity = {quantity_pico}, .lot = lot};
}

/* What one unit of the item costs in the lot's smallest parts. Exact: units_scale is a multiple of every `per`. */
static enum status unit_cost(const struct lot *lot, const struct scope_entry *entry, wide *ret_cost) {
    wide per = entry->per.pico / DECIMAL_ONE_PICO;
    assert(per > 0 && lot->product->units_scale % per == 0);
    return wide_mul(entry->factor.pico, lot->product->units_scale / per, ret_cost);
}

struct taking {
    struct holdings *holdings;
    enum funding funding;
    uint32_t item;
    int64_t at_ns;
    struct part *parts;
    uint32_t *part_count;
};

/* Let the lots from `first` on pay what is missing of one unit. False, and nothing is taken, when together they cannot.
 * Rule: viapi 4d-10: the rest comes from the next package of the same kind; if there is none, the unit goes on whole.
 */
static bool share_unit(const struct taking *taking, uint32_t first, wide cost, int64_t scale) {
    struct holdings *holdings = taking->holdings;
    for (int pass = 0; pass < 2; pass++) {
        wide missing = cost;
        for (uint32_t i = first; i < holdings->count && missing > 0; i++) {
            struct lot *lot = &holdings->lots[i];
            const struct scope_entry *entry = lot_pays(lot, taking->funding, taking->item, taking->at_ns);
            wide other;
            if (!entry || lot->product->units_scale != scale || unit_cost(lot, entry, &other) != STATUS_OK ||
                other != cost)
                continue;
            wide left = lot->bought - lot->used;
            wide taken = left < missing ? left : missing;
            missing -= taken;
            if (pass == 1)
                lot->used += taken;
            if (pass == 1 && missing == 0)
                parts_add(taking->parts, taking->part_count, lot, taking->funding, DECIMAL_ONE_PICO);
        }
        if (missing > 0)
            return false;
    }
    return true;
}

static enum status take_whole_units(const struct taking *taking, wide *units) {
    struct holdings *holdings = taking->holdings;
    for (uint32_t i = 0; i<holdings->count && * units> 0; i++) {
        struct lot *lot = &holdings->lots[i];
        const struct scope_entry *entry = lot_pays(lot, taking->funding, taking->item, taking->at_ns);
        if (!entry)
            continue;
        wide cost;
        TRY(unit_cost(lot, entry, &cost));
        wide left = lot->bought - lot->used;
        wide paid = cost == 0 || left / cost > *units ? *units : left / cost;
        lot->used += paid * cost;
        *units -= paid;
        parts_add(taking->parts, taking->part_count, lot, taking->funding, paid * DECIMAL_ONE_PICO);
        if (*units > 0 && lot->used < lot->bought && share_unit(taking, i, cost, lot->product->units_scale))
            *units -= 1;
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
        TRY(unit_cost(lot, entry, &cost));
        TRY(wide_mul_div(*quantity_pico, cost, DECIMAL_ONE_PICO, ROUND_CEIL, &price));
        if (price > lot->bought - lot->used)
            continue;
        lot->used += price;
        parts_add(taking->parts, taking->part_count, lot, taking->funding, *quantity_pico);
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

/* QPS plans and concurrency quotas cover every call while they last; of several the largest counts the limit. */
static void take_plan(const struct taking *taking, struct decimal quantity, struct decimal *left) {
    struct lot *largest = NULL;
    for (uint32_t i = 0; i < taking->holdings->count; i++) {
        struct lot *lot = &taking->holdings->lots[i];
        if (lot_pays(lot, taking->funding, taking->item, taking->at_ns) &&
            (!largest || decimal_cmp(lot->pieces, largest->pieces) > 0))
            largest = lot;
    }
    if (!largest)
        return;
    uint64_t calls = (uint64_t)(quantity.pico / DECIMAL_ONE_PICO);
    largest->covered += calls;
    if (taking->funding == FUNDING_QPS)
        count_window(largest, taking->at_ns, calls);
    parts_add(taking->parts, taking->part_count, largest, taking->funding, quantity.pico);
    *left = DECIMAL_ZERO;
}

enum status fund_take(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                      struct decimal quantity, struct part *parts, uint32_t *part_count, struct decimal *ret_left) {
    struct taking taking = {holdings, funding, item, at_ns, parts, part_count};
    struct decimal left = quantity;
    for (uint32_t i = 0; i < holdings->count; i++)
        TRY(lot_restore(&holdings->lots[i], at_ns));
    if (funding == FUNDING_QPS || funding == FUNDING_CONCURRENCY) {
        take_plan(&taking, quantity, &left);
    } else {
        wide units = quantity.pico / DECIMAL_ONE_PICO, fraction = quantity.pico % DECIMAL_ONE_PICO;
        TRY(take_whole_units(&taking, &units));
        if (units == 0 && fraction > 0)
            TRY(take_fraction(&taking, &fraction));
        left.pico = units * DECIMAL_ONE_PICO + fraction;
    }
    *ret_left = left;
    return STATUS_OK;
}
