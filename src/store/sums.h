/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums in a store: derived from the journal, so that questions need not read all of it. What a value says is the
 * caller's; the store keeps one for each kind, account and instant, and the mark: the journal batch up to which all of
 * them stand. Values and mark change together or not at all. */
#ifndef TG_STORE_SUMS_H
#define TG_STORE_SUMS_H

#include "store/store.h"

enum { STORE_SUM_KINDS = 8 };

struct store_sum {
    uint8_t kind; /* the caller's own, below STORE_SUM_KINDS */
    struct slice account;
    int64_t at_ns;
    struct slice value;
};
struct store_sums_write {
    uint64_t seq;                 /* the new mark */
    uint32_t dropped;             /* bits (1 << kind): all of the kind goes first */
    const struct store_sum *sums; /* each replaces the one of the same kind, account and instant */
    uint32_t count;
};
/* All or nothing; durable when it returns STATUS_OK. A full disk is STATUS_IO and does not break the store. The mark
 * may go back, for a caller who begins anew. Fails: STATUS_CONFLICT (the mark would lie behind the journal),
 * STATUS_RANGE (STORE_BLOB_BYTES_MAX, STORE_SUM_KINDS), and as store_append. */
MUST_CHECK enum status store_sums_write(struct store *store, const struct store_sums_write *write);
/* 0: there is none. Fails: STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_sums_mark(struct store *store, uint64_t *ret_seq);
/* The value of sum->kind, account and at_ns, into the arena. Fails: STATUS_NOT_FOUND, and as store_sums_mark. */
MUST_CHECK enum status store_sum_get(struct store *store, struct store_sum *sum, struct arena *arena);

struct store_sum_filter {
    uint8_t kind;
    struct slice account;      /* empty: any */
    int64_t from_ns, until_ns; /* at_ns in [from, until) */
};
/* Called for each, which lives until it returns. Another status than STATUS_OK ends the scan and is its answer. It must
 * not use the same handle. */
typedef enum status store_sum_visit(void *context, const struct store_sum *sum);
/* By account and instant; without a mark there is nothing. *ret_seq is the mark of the moment in which all of it was
 * so. Fails as store_sums_mark, and as the visit. */
MUST_CHECK enum status store_sums_scan(struct store *store, const struct store_sum_filter *filter,
                                       store_sum_visit *visit, void *context, uint64_t *ret_seq);

#endif
