/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of usage by day, so that questions need not read every bill: in the store those up to the mark, a journal
 * batch, and in memory what came since. Both together are what a fold of the journal would add up.
 *
 * Lines of closed usage bills are summed by the cycle they speak of, or, where that is shorter, by the day it lies in;
 * their amounts are exact. */
#ifndef TG_BOOK_SUMS_H
#define TG_BOOK_SUMS_H

#include "book/book.h"
#include "store/sums.h"

struct line_sum {
    struct slice account;
    const struct tariff *tariff;
    struct slice item, unit, region, label, funding; /* as in the lines */
    struct period period;
    bool is_merged; /* a day, of lines of shorter cycles */
    struct decimal quantity, amount;
};
/* Another status than STATUS_OK ends the reading and is its answer. What it is given lives until it returns. */
typedef enum status line_sum_visit(void *context, const struct line_sum *sum);

struct sums_filter {
    struct slice account, tariff; /* empty: any */
    int64_t from_ns, until_ns;    /* of what lies wholly outside not everything is told */
};
/* The batch up to which the store's sums stand. False: they cannot be used, for the state may know what they lack, or
 * lack what they know. */
bool book_sums_stand(struct book *book, uint64_t *ret_mark);
/* What came since: the next `most` from number *from on (0: the first), as long as nothing is closed or written. Fails:
 * STATUS_NO_MEMORY, STATUS_INVALID, and as the visit. */
struct sums_slice {
    uint32_t from, most;
    bool has_more; /* out */
};
MUST_CHECK enum status book_sums_fresh(struct book *book, const struct sums_filter *filter, struct sums_slice *slice,
                                       line_sum_visit *visit, void *context);
/* What the store has, and its mark in that moment. Fails: STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY, and as
 * the visit. */
MUST_CHECK enum status book_sums_stored(struct store *store, const struct tariff_set *tariffs,
                                        const struct sums_filter *filter, line_sum_visit *visit, void *context,
                                        uint64_t *ret_mark);
/* Both, of a book that nobody else changes. STATUS_NOT_FOUND: they do not stand. Fails as both. */
MUST_CHECK enum status book_sums(struct book *book, const struct sums_filter *filter, line_sum_visit *visit,
                                 void *context);

/* ---- charges, as a fold of the journal tells them ---- */

struct charge_sum { /* on one day of the tariff's zone */
    struct slice account;
    const struct tariff *tariff;
    const struct rate *rate;
    enum funding funding;
    struct slice operation, order; /* empty: none */
    bool is_units;                 /* the number is that of the order's units taken, not of the quantity */
    bool has_units;                /* the order is of units */
    int64_t day_ns;                /* its start */
    struct decimal number;
};
typedef enum status charge_sum_visit(void *context, const struct charge_sum *sum);
/* As book_sums_fresh, of an account or all (empty). Entries may be told in several parts. */
MUST_CHECK enum status book_charges_fresh(struct book *book, struct slice account, struct sums_slice *slice,
                                          charge_sum_visit *visit, void *context);
/* Whether those in memory are all there are: the store's are of other tariffs. */
bool book_charges_are_fresh(struct book *book);
/* As book_sums_stored. */
MUST_CHECK enum status book_charges_stored(struct store *store, const struct tariff_set *tariffs, struct slice account,
                                           charge_sum_visit *visit, void *context, uint64_t *ret_mark);
/* As book_sums. */
MUST_CHECK enum status book_charges(struct book *book, struct slice account, charge_sum_visit *visit, void *context);

#endif
