/* SPDX-License-Identifier: Apache-2.0
 *
 * What taking and giving back share. */
#ifndef TG_FUND_FUND_PRIVATE_H
#define TG_FUND_FUND_PRIVATE_H

#include "fund/fund.h"

/* The scope entry by which a lot pays for an item at an instant; NULL: it does not.
 * Rule: a package never pays for usage before its order or its effective instant (vclm 3b-3, viapi 4d-8). */
const struct scope_entry *lot_pays(const struct lot *lot, enum funding funding, uint32_t item, int64_t at_ns);
/* What one unit of the item costs in the lot's smallest parts. Exact: the scale is a multiple of every `per`.
 * Fails: STATUS_RANGE. */
MUST_CHECK enum status lot_unit_cost(const struct lot *lot, const struct scope_entry *entry, wide *ret_cost);
/* What balance.used says, for a lot of units; what is added to it and taken from it adds up exactly. */
static inline wide lot_units_used(const struct lot *lot) {
    return lot->scale == 1 ? lot->used : (lot->used + lot->scale - 1) / lot->scale;
}
/* A part of nothing is left out; one of the same lot as the last is added to it. */
void parts_add(struct part *parts, uint32_t *count, const struct part *part);

#endif
