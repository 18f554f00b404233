/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills in a store: appended, numbered, never changed. What a bill says is the caller's (`body`); the store
 * keeps the order (positions 1..n), the numbers of every series, and a hash chain over all of it: hash(n) =
 * BLAKE2b-256(hash(n-1) || n || the bill), hash(0) is 32 zero bytes (docs/journal-format.md).
 *
 * The mark says which journal batches the bills come from: those up to mark.seq have all their bills here. */
#ifndef TG_STORE_BILLS_H
#define TG_STORE_BILLS_H

#include "store/store.h"

#define STORE_BILL_BYTES_MAX ((size_t)64 << 20) /* of all texts and the body of one bill together */

struct store_bill {
    struct slice series;
    uint64_t number; /* in its series: from 1, without gaps */
    struct slice account, tariff;
    uint8_t kind; /* the caller's own */
    int64_t start_ns, end_ns, closed_ns;
    struct slice body; /* the canonical bytes of the bill */
    /* what the store adds; not looked at by append */
    uint64_t position; /* among all bills: from 1, without gaps */
    uint8_t hash[STORE_HASH_BYTES];
};

/* Append all or none, and set the mark to through_seq; durable when it returns STATUS_OK. A full disk is STATUS_IO and
 * does not break the store. Without bills it moves the mark only.
 * Fails: STATUS_CONFLICT (through_seq is before the mark or behind the journal; a number does not continue its series),
 * STATUS_RANGE (STORE_BILL_BYTES_MAX), and as store_append. */
MUST_CHECK enum status store_bills_append(struct store *store, uint64_t through_seq, const struct store_bill *bills,
                                          uint32_t count);

struct store_mark {
    uint64_t seq;                   /* of the journal; 0: nothing was marked yet */
    uint64_t position;              /* of the last bill; 0: none */
    uint8_t head[STORE_HASH_BYTES]; /* its hash */
};
/* Fails: STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_bills_mark(struct store *store, struct store_mark *ret_mark);
/* The last number of a series; 0: it has no bill. Fails as store_bills_mark. */
MUST_CHECK enum status store_series_last(struct store *store, struct slice series, uint64_t *ret_number);

/* One bill of a series, its texts and hash checked, into the arena. Fails: STATUS_NOT_FOUND, STATUS_INVALID (damaged),
 * STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_bill_get(struct store *store, struct slice series, uint64_t number, struct arena *arena,
                                      struct store_bill *ret_bill);

struct store_bill_filter {
    struct slice account, tariff, series; /* empty: any */
    uint64_t from, until;                 /* positions; until is excluded; 0: open */
    uint64_t limit;                       /* 0: none */
    bool is_newest_first;
};
/* Called for each bill, which lives until it returns. Another status than STATUS_OK ends the scan and is its answer.
 * It must not use the same handle. */
typedef enum status store_bill_visit(void *context, const struct store_bill *bill);
/* Bills in order of position (newest first: backwards). An account is found by an index; the other members are looked
 * at bill by bill. Fails: STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_bills_scan(struct store *store, const struct store_bill_filter *filter,
                                        store_bill_visit *visit, void *context);

struct store_bills_check {
    struct store_mark mark; /* as it is kept */
    uint64_t count;         /* bills that are good */
    uint64_t bad_position;  /* the first bill that is damaged, missing, too much, or out of the chain; 0: none */
    struct slice reason;    /* what is wrong, in words (arena); empty: nothing. With bad_position 0: mark or an index */
};
/* Read all bills, recompute the chain, and compare series, indexes and mark with them. What is wrong is an answer, not
 * a failure. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_bills_verify(struct store *store, struct arena *arena,
                                          struct store_bills_check *ret_check);

/* The hash of the bill at `position` behind `before`. */
void store_bill_chain(const uint8_t before[STORE_HASH_BYTES], uint64_t position, const struct store_bill *bill,
                      uint8_t ret_hash[STORE_HASH_BYTES]);

#endif
