/* SPDX-License-Identifier: Apache-2.0
 *
 * What was charged, by account, day and what it was for, as the journal gives it: collected as a log whose busy entries
 * are added up at once, and written as a value for each account and each time of writing. Values are never read back to
 * be written again; who asks adds them up. */
#ifndef TG_BOOK_CHARGES_H
#define TG_BOOK_CHARGES_H

#include "book/sum_code.h"
#include "engine/view.h"

enum { CHARGES_MEMO = 4096, CHARGES_DAYS = 8, CHARGES_OPERATIONS = 64, CHARGES_MOST = 1 << 20 /* in memory */ };

struct charge_what {                         /* beside account and day; it is hashed and compared as bytes */
    uint32_t tariff, rate, operation, order; /* numbers, of the last two those of texts; UINT32_MAX: none */
    uint32_t funding;
    uint32_t flags;
};
enum { WHAT_IS_UNITS = 1, WHAT_HAS_UNITS = 2 }; /* of the order, in place of a quantity; the order is of units */

struct charge_entry {
    uint32_t account; /* of the engine */
    uint32_t what;
    int64_t day_ns;
    wide number;
};
struct charges {
    struct charge_entry *list;
    uint32_t count, room;
    struct names purposes, texts; /* of orders and operations */
    uint32_t memo[CHARGES_MEMO];  /* where an account, day and what were seen last: the entry's number and one */
    const struct operation *operations[CHARGES_OPERATIONS]; /* seen last, */
    uint32_t names[CHARGES_OPERATIONS];                     /* and the numbers of their texts */
    struct period days[CHARGES_DAYS];
    const struct zone *zones[CHARGES_DAYS];
};
/* Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status charges_take(struct charges *charges, const struct charge_view *charge);
/* The day that an instant lies in; likely the one of the last time. Fails: STATUS_RANGE. */
MUST_CHECK enum status charges_day(struct charges *charges, const struct tariff *tariff, int64_t at_ns,
                                   struct period *ret_day);
void charges_free(struct charges *charges); /* and empty them */

/* The entries of all accounts one behind the other: those of account i in order[first[i]..first[i + 1]). From the heap.
 * Fails: STATUS_NO_MEMORY. */
struct charges_order {
    uint32_t *first, *order;
};
MUST_CHECK enum status charges_sort(const struct charges *charges, uint32_t accounts, struct charges_order *ret_order);
void charges_order_free(struct charges_order *order);
/* A value of the store: the entries of one account, `scratch` has room for them. Then all that they are for. */
MUST_CHECK enum status charges_put(const struct charges *charges, const uint32_t *order, uint32_t count,
                                   struct charge_entry *scratch, struct buf *out);
void charge_whats_put(const struct charges *charges, const struct tariff_set *tariffs, struct buf *out);

/* What an entry is. */
void charge_sum_of(const struct charges *charges, const struct tariff_set *tariffs, const struct charge_entry *entry,
                   struct charge_sum *sum);
/* The store's values of an account (empty: of all), one by one. */
struct charges_reading {
    const struct tariff_set *tariffs;
    charge_sum_visit *visit;
    void *context;
    struct arena arena;
    struct charge_segment *segments; /* by the batch at which they were written */
    uint32_t count;
};
/* Fails: STATUS_INVALID, STATUS_IO, STATUS_NO_MEMORY, and as the visit. */
MUST_CHECK enum status charges_read(struct charges_reading *reading, struct store *store, struct slice account,
                                    uint64_t *ret_mark);

#endif
