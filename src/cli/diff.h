/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tariffs side by side: what differs, and what real usage would cost under each. */
#ifndef TG_CLI_DIFF_H
#define TG_CLI_DIFF_H

#include "cli/common.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };
struct change {
    const char *section; /* "setting", "item", "price", "operation", "product" */
    enum change_kind kind;
    struct slice name, cell;
    int64_t since_ns;      /* prices: from when on they differ; INSTANT_MIN: since ever */
    struct slice old, new; /* in words; empty when added or removed */
    bool has_percent;
    struct decimal percent; /* of the old price, rounded to two digits */
};

struct diff {
    const struct call *call;
    struct tariff_set sets[2];
    const struct tariff *old, *new;
    struct arena run;
    struct change *list;
    uint32_t count, cap;
};

const char *change_name(enum change_kind kind);
/* Fill the list. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status diff_collect(struct diff *diff);

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
int diff_usage(struct diff *diff, const char *path, struct usage_diff *ret);

#endif
