/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans that pay for all calls while they run: which months, which days. */
#ifndef TG_PLAN_COVER_H
#define TG_PLAN_COVER_H

#include "plan/demand.h"

struct cover {
    uint32_t months;    /* bits: a plan by the month from the first day on */
    uint32_t days;      /* so many of the other days, those with the most usage first */
    bool is_concurrent; /* tasks for the whole time instead */
    struct decimal cost;
    struct decimal bound; /* with the least that the rest can cost */
};
struct covers {
    struct cover *list; /* from the heap, by bound */
    uint32_t count, cap;
};
/* What a quantity of an item costs at least, with packages or without. */
typedef struct decimal least_cost(void *context, uint32_t demand, struct decimal quantity);
struct covering {
    const struct demands *demands;
    const struct plan_options *options;
    const struct family *family;
    least_cost *least;
    void *context;
};
/* Every way to cover, nothing included. Fails: STATUS_NO_MEMORY, STATUS_RANGE, STATUS_BUSY (options->work is spent). */
MUST_CHECK enum status covers_find(const struct covering *covering, struct covers *ret_covers);
/* What a cover leaves of the family's items. */
void cover_left(const struct covering *covering, const struct cover *cover, struct decimal left[PLAN_ITEMS_MAX]);
/* Append its purchases. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status cover_purchases(const struct covering *covering, const struct cover *cover, struct arena *arena,
                                       struct plan *plan);
/* One more purchase. */
MUST_CHECK enum status plan_add(struct plan *plan, struct purchase purchase, struct arena *arena);

#endif
