/* SPDX-License-Identifier: Apache-2.0
 *
 * Two engines that have been closed, one of which knows more: what the rest makes of usage, by account, cycle and
 * item. */
#ifndef TG_ENGINE_COMPARE_H
#define TG_ENGINE_COMPARE_H

#include "engine/engine.h"

struct usage_change {
    struct slice account;
    const struct tariff *tariff;
    struct period cycle;
    const struct item *item;
    struct decimal quantity_before, quantity_after;
    struct decimal amount_before, amount_after; /* exact, before a bill is rounded */
};
struct usage_changes {
    struct usage_change *list; /* by account, tariff, cycle, item; from the heap, the caller's to free */
    uint32_t count, cap;
};
/* `after` is a copy of `before` to which records were applied; both were closed to INSTANT_MAX, and must outlive the
 * list. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_compare(struct engine *before, struct engine *after, struct usage_changes *ret_changes);

#endif
