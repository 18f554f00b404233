/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills that were closed together, or would be: how many, what they come to, and the first of them. */
#ifndef TG_VIEW_CLOSING_H
#define TG_VIEW_CLOSING_H

#include "export/export.h"

enum { CLOSING_SHOWN = 100 };

struct closing_sum { /* of the bills of one tariff, kind and currency */
    struct slice tariff;
    const char *currency;
    enum bill_kind kind;
    uint64_t count;
    struct decimal total;
    struct closing_sum *next;
};
struct view_closing {
    struct arena *arena; /* keeps the sums */
    struct closing_sum *sums;
    uint64_t count;
    struct buf heads; /* the first CLOSING_SHOWN, as JSON; to be freed */
    struct json_writer writer;
};
/* A book_bill_visit. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status view_closing_add(void *closing, const struct bill *bill);
/* The members `count`, `sums` and `bills` into the object that is open. */
void view_closing_json(struct view_closing *closing, struct json_writer *writer);

#endif
