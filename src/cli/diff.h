/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tariffs side by side, and what real usage would cost under each. */
#ifndef TG_CLI_DIFF_H
#define TG_CLI_DIFF_H

#include "cli/common.h"
#include "trial/diff.h"

struct sides {
    const struct call *call;
    struct tariff_set sets[2];
    struct diff diff;
};

struct usage_row { /* one item of one account */
    struct slice account, item;
    struct decimal old, new;
};
struct usage_diff {
    struct usage_row *rows; /* by account, item */
    uint32_t count;
    struct decimal old_total, new_total;
    uint32_t old_unpriced, new_unpriced, old_rejected, new_rejected;
};
/* Rate the journal under both. Both tariffs answer to the old one's name, each in a set of its own. Returns the exit
 * code. */
int diff_usage(struct sides *sides, const char *path, struct usage_diff *ret);

#endif
