/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums as bytes. A value of the store holds all sums of a kind, account and instant: a key and two numbers each, by
 * key. In memory the key of a sum says all of it. */
#ifndef TG_BOOK_SUM_CODE_H
#define TG_BOOK_SUM_CODE_H

#include "book/sums.h"

enum sum_kind { SUM_LINES, SUM_CHARGES, SUM_WHATS, SUM_KINDS }; /* numbers are for ever */

/* Seven bits a byte, the lowest first; texts have their length before them. False: the bytes are damaged. */
void sum_put_number(struct buf *out, uwide number);
bool sum_take_number(struct slice *from, uwide *ret_number);
void sum_put_signed(struct buf *out, wide number);
bool sum_take_signed(struct slice *from, wide *ret_number);
void sum_put_bytes(struct buf *out, struct slice bytes);
bool sum_take_bytes(struct slice *from, struct slice *ret_bytes);

struct sum_pair { /* what is added up: quantity and amount */
    struct decimal first, second;
};
MUST_CHECK enum status sum_pair_add(struct sum_pair *to, const struct sum_pair *pair);

struct sum_key {
    enum sum_kind kind;
    struct slice account;
    int64_t at_ns;
    struct slice rest; /* what tells sums of a value apart */
};
void sum_key_put(struct buf *out, const struct sum_key *key);
struct sum_key sum_key_read(struct slice text); /* of sum_key_put */
int sum_key_compare(const struct sum_key *a, const struct sum_key *b);

void sum_entry_put(struct buf *out, struct slice key, const struct sum_pair *pair);
/* The next entry of a value. False: it is damaged. */
bool sum_entry_take(struct slice *value, struct slice *ret_key, struct sum_pair *ret_pair);

/* The rest of a key of lines; account, numbers and the period's start are not in it. */
void sum_line_put(struct buf *out, const struct line_sum *sum);
/* False: it is damaged, or of a tariff that is not there. Names the tariff all the same, if it can. */
bool sum_line_take(struct slice rest, const struct tariff_set *tariffs, struct line_sum *sum, struct slice *ret_tariff);

#endif
