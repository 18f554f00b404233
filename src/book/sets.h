/* SPDX-License-Identifier: Apache-2.0
 *
 * The sets of tariffs that a book was kept under, for its own files. */
#ifndef TG_BOOK_SETS_H
#define TG_BOOK_SETS_H

#include "base/arena.h"
#include "base/buf.h"
#include "tariff/tariff.h"

enum { SETS_MAX = 100, SET_FINGERPRINT_BYTES = 16 };
#define SET_COMMAND "tollgate.tariffs" /* nobody else can say it: readers know no such command */

struct book;
struct book_set {
    uint32_t number; /* from 1 */
    uint64_t seq;    /* of the batch that activates it; 0: there from the start */
    uint8_t fingerprint[SET_FINGERPRINT_BYTES];
    struct tariff_set *tariffs; /* NULL: not loaded yet; lives as long as the book */
};

/* STEM, STEM-2, STEM-3, …; ptr is NULL when memory is out. */
struct slice set_name(const char *stem, uint32_t number, struct arena *arena);
/* Fill book->sets with those that the journal has activated. Fails: STATUS_INVALID with *ret_error, STATUS_IO,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status sets_list(struct book *book, struct arena *arena, struct slice *ret_error);
/* Keep what a set is known by. It counts once its batch is in the journal. Fails as store_put. */
MUST_CHECK enum status set_put(struct book *book, const struct book_set *set);
/* The document that activates a set. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status set_command(const struct book_set *set, int64_t now_ns, struct buf *out);
/* Index of the set that holds behind a batch. */
uint32_t sets_at(const struct book *book, uint64_t seq);
/* Load a set; it is not used yet. Fails as sets_use. */
MUST_CHECK enum status sets_load(struct book *book, uint32_t index, struct arena *arena, struct slice *ret_error);
void set_unload(struct book_set *set); /* nobody uses it */
/* Read and rate under a set from now on: book->tariffs, book->reader. Fails: STATUS_CONFLICT (its files were changed),
 * STATUS_INVALID, STATUS_IO with *ret_error, STATUS_NO_MEMORY. */
MUST_CHECK enum status sets_use(struct book *book, uint32_t index, struct arena *arena, struct slice *ret_error);
void sets_free(struct book *book);

#endif
