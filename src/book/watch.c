/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal folded once more while somebody watches what is charged. */
#include "book/book_private.h"

static enum status batch_watched(void *context, struct book *book, uint32_t documents) {
    const atomic_bool *gives_up = book->watch.gives_up;
    (void)context, (void)documents;
    book_bills_drop(book);
    book_seals_drop(book);
    return gives_up && atomic_load(gives_up) ? STATUS_BUSY : STATUS_OK;
}

static enum status watch_all(struct book *book, const struct book_point *point, struct charge_watch watch,
                             struct arena *arena, struct slice *ret_error) {
    uint64_t last;
    struct statement statement;
    TRY(book_point_find(book, point, arena, &last, ret_error));
    book_bills_take(book);
    book->outbox.known_seq = UINT64_MAX; /* the watch is told of them, and nobody else */
    book->watch = watch;
    engine_set_watch(book->engine, watch);
    TRY(book_replay(book, last, &(struct book_visit){.batch = batch_watched}, arena, ret_error));
    TRY(engine_close(book->engine, INSTANT_MAX, &statement));
    statement_free(&statement);
    return STATUS_OK;
}

enum status book_watch(const char *directory, const struct book_point *point, struct charge_watch watch,
                       struct arena *arena, struct book **ret_book, struct slice *ret_error) {
    struct book_point start = {0};
    struct book *book;
    TRY(book_open_as_of(directory, &start, arena, &book, ret_error));
    enum status status = watch_all(book, point, watch, arena, ret_error);
    if (status != STATUS_OK) {
        book_close(book);
        return status;
    }
    *ret_book = book;
    return STATUS_OK;
}
