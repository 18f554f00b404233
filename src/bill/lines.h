/* SPDX-License-Identifier: Apache-2.0
 *
 * From tallies of one account and cycle to the lines of a bill. Pure. */
#ifndef TG_BILL_LINES_H
#define TG_BILL_LINES_H

#include "bill/bill.h"

/* What one funding paid of one rate in one cycle. */
struct tally {
    uint32_t rate;
    enum funding funding;
    struct decimal quantity;
    struct slice note; /* may be empty */
};

struct line_list {
    struct arena *run;
    struct bill_line *lines;
    uint32_t count, cap;
};

/* Room for one more line at the end, zeroed. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status lines_push(struct line_list *list, struct bill_line **ret_line);
/* Append the lines of all tallies. They are sorted by item name, version, cell, funding: the order of the bill.
 * Tier positions count per item, region and cell, through all price versions of the cycle in their order of time.
 * Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status lines_of_usage(const struct tariff *tariff, const struct tally *tallies, uint32_t count,
                                      struct line_list *list);
/* Exact total, rounding difference and total of a bill from its lines. Fails: STATUS_RANGE. */
MUST_CHECK enum status bill_sum(struct bill *bill);

#endif
