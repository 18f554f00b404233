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

#endif
