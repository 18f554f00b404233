/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the module. */
#ifndef TG_PLOT_PLOT_PRIVATE_H
#define TG_PLOT_PLOT_PRIVATE_H

#include "plot/plot.h"

/* What a label's bar is of: what is above zero, and what is below it. */
struct plot_sums {
    struct decimal above, below, all; /* below: how far, not negative */
};
/* Fails: STATUS_RANGE. */
MUST_CHECK enum status plot_sums(const struct plot *plot, uint32_t label, struct plot_sums *ret);
struct plot_range {
    struct decimal above, below, span; /* the most on either side of zero, and both together */
};
MUST_CHECK enum status plot_range(const struct plot *plot, struct plot_range *ret);
/* `value` of `whole` as a part of `steps`, rounded down. 0 <= value <= whole. */
uint32_t plot_steps(struct decimal value, struct decimal whole, uint32_t steps);

#endif
