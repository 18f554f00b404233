/* SPDX-License-Identifier: Apache-2.0
 *
 * Units given back when usage is taken back. Which lots paid is not written down: the last in the order of use gets its
 * units first, so that what was there to be used first is again used up first. */
#include "fund/fund_private.h"

/* Calls that a plan or quota covered. */
static void plan_give_back(struct lot *lot, struct decimal *left) {
    uint64_t calls = (uint64_t)(left->pico / DECIMAL_ONE_PICO);
    uint64_t given = calls < lot->covered ? calls : lot->covered;
    lot->covered -= given;
    left->pico -= (wide)given * DECIMAL_ONE_PICO;
}

/* What is owed, in smallest parts of the lots at hand, of which one unit costs `cost`. */
struct debt {
    wide amount, cost;
};

/* Lots where a unit costs as much share one exactly; where it costs something else, what is owed is converted, and
 * rounded up as the taking of a fraction is. */
static enum status debt_convert(struct debt *debt, wide cost) {
    if (cost != debt->cost)
        TRY(wide_mul_div(debt->amount, cost, debt->cost, ROUND_CEIL, &debt->amount));
    debt->cost = cost;
    return STATUS_OK;
}

enum status fund_give_back(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                           struct decimal quantity, struct part *parts, uint32_t *part_count,
                           struct decimal *ret_left) {
    bool is_plan = funding == FUNDING_QPS || funding == FUNDING_CONCURRENCY;
    struct debt debt = {quantity.pico, DECIMAL_ONE_PICO};
    struct decimal left = quantity;
    for (uint32_t i = holdings->count; i > 0 && left.pico > 0 && debt.amount > 0; i--) {
        struct lot *lot = &holdings->lots[i - 1];
        const struct scope_entry *entry = lot_pays(lot, funding, item, at_ns);
        wide cost = 0, used = lot_units_used(lot), missing = left.pico;
        if (!entry)
            continue;
        if (is_plan) {
            plan_give_back(lot, &left);
            parts_add(parts, part_count, &(struct part){funding, {left.pico - missing}, DECIMAL_ZERO, lot});
            continue;
        }
        TRY(lot_unit_cost(lot, entry, &cost));
        if (cost == 0) { /* it was paid with nothing */
            left = DECIMAL_ZERO;
            parts_add(parts, part_count, &(struct part){funding, {-missing}, DECIMAL_ZERO, lot});
            break;
        }
        TRY(debt_convert(&debt, cost));
        wide given = lot->used < debt.amount ? lot->used : debt.amount;
        lot->used -= given;
        debt.amount -= given;
        TRY(wide_mul_div(debt.amount, DECIMAL_ONE_PICO, cost, ROUND_CEIL, &left.pico));
        parts_add(parts, part_count, &(struct part){funding, {left.pico - missing}, {lot_units_used(lot) - used}, lot});
    }
    *ret_left = left;
    return STATUS_OK;
}
