/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tariffs side by side: what differs. */
#ifndef TG_TRIAL_DIFF_H
#define TG_TRIAL_DIFF_H

#include "export/export.h"
#include "tariff/tariff.h"

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
    const struct tariff *old, *new; /* of two sets, or of one */
    struct arena run;
    struct change *list;
    uint32_t count, cap;
};

const char *change_name(enum change_kind kind);
/* Fill the list. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status diff_collect(struct diff *diff);
/* As the elements of an array that is open. */
void diff_json(const struct diff *diff, struct json_writer *writer);
/* Two sets, as elements of an array that is open: tariffs that were added, removed, or changed and how. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status diff_sets_json(const struct tariff_set *old, const struct tariff_set *new,
                                      struct json_writer *writer);

#endif
