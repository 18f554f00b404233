/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of either side on their way to sums. */
#ifndef TG_RECONCILE_SIDES_H
#define TG_RECONCILE_SIDES_H

#include "reconcile/reconcile.h"

MUST_CHECK enum status sides_add(struct sides *sides, const struct side *side);
/* Sort, and add up what is for the same. Fails: STATUS_RANGE. */
MUST_CHECK enum status sides_sum(struct sides *sides);
/* By account, item, region, start. */
int side_compare(const struct side *a, const struct side *b);
/* Our name for what they call otherwise; as it is when it is not listed. */
struct slice renamed(const struct renaming *list, uint32_t count, struct slice name);

/* A number as people and spreadsheets write it: "1,234.50", "(2)", "2-", "$ 2", "CNY 2", "1.2E-05", more digits than
 * 1e-12 (rounded to it). ret_digits: behind the point; ret_currency: a code that stands at it, or empty.
 * Fails: STATUS_INVALID. */
MUST_CHECK enum status number_read(struct slice text, const struct mapping *mapping, struct decimal *ret,
                                   int *ret_digits, struct slice *ret_currency);
/* "2026-02-15 08:00:00", "2026/02", "20260215": as many digits as there are, in this order. */
bool civil_read(struct slice text, struct civil *ret_civil);

#endif
