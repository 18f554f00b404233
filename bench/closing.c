/* SPDX-License-Identifier: Apache-2.0
 *
 * A book under load: a journal is ingested, every cycle is closed by one tick, and the book is opened again: from a
 * snapshot, and by folding everything.
 *
 * Usage: closing TARIFFS DIRECTORY JOURNAL NOW TICK (instants). The directory must not exist. Prints one JSON object.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/book.h"
#include "engine/view.h"
#include "lines.h"

_Noreturn static void stop(const char *what, enum status status) {
    fprintf(stderr, "closing: %s: %s\n", what, status_text(status));
    exit(4);
}

static struct book *open_book(const char *directory, int64_t *ret_ns) {
    struct arena arena = {0};
    struct slice error;
    struct book *book = NULL;
    long long start = now_ns();
    enum status status = book_open(directory, STORE_WRITE, &arena, &book, &error);
    *ret_ns = now_ns() - start;
    if (status != STATUS_OK)
        stop("the book cannot be opened", status);
    arena_free(&arena);
    return book;
}

static int64_t tick(struct book *book, const char *time, int64_t tick_ns) {
    char text[256];
    struct reply reply;
    int length = snprintf(text, sizeof text,
                          "{\"specversion\":\"1.0\",\"id\":\"tick\",\"source\":\"bench\",\"type\":\"tollgate.tick\","
                          "\"subject\":\"*\",\"time\":\"%s\"}",
                          time);
    struct slice document = {text, (size_t)length};
    long long start = now_ns();
    enum status status = book_submit(book, &document, 1, tick_ns, &reply);
    if (status != STATUS_OK || reply.outcome != OUTCOME_ACCEPTED)
        stop("the tick was refused", status);
    return now_ns() - start;
}

int main(int argc, char **argv) {
    struct arena arena = {0};
    struct slice error;
    struct book_intake intake;
    struct journal_options options = {0};
    int64_t now, until, opened, folded;
    if (argc != 6 || instant_parse(slice_of(argv[4]), &now, NULL) != STATUS_OK ||
        instant_parse(slice_of(argv[5]), &until, NULL) != STATUS_OK) {
        fprintf(stderr, "usage: closing TARIFFS DIRECTORY JOURNAL NOW TICK\n");
        return 2;
    }
    enum status status = book_create(argv[2], argv[1], NULL, NULL, &arena, &error);
    if (status != STATUS_OK)
        stop("the book cannot be made", status);
    struct book *book = open_book(argv[2], &opened);
    long long start = now_ns();
    status = book_ingest(book, argv[3], now, &options, &intake);
    int64_t ingested = now_ns() - start;
    if (status != STATUS_OK)
        stop("the journal cannot be read", status);
    book_close(book);
    book = open_book(argv[2], &folded);
    int64_t ticked = tick(book, argv[5], until);
    start = now_ns();
    status = book_snapshot(book);
    int64_t kept = now_ns() - start;
    if (status != STATUS_OK)
        stop("no snapshot", status);
    uint64_t bills = engine_bill_count(book_engine(book));
    book_close(book);
    book_close(open_book(argv[2], &opened));
    printf("{\"lines\":%" PRIu64 ",\"bills\":%" PRIu64 ",\"ingest_ns\":%" PRId64 ",\"fold_ns\":%" PRId64
           ",\"tick_ns\":%" PRId64 ",\"snapshot_ns\":%" PRId64 ",\"open_ns\":%" PRId64 "}\n",
           intake.lines, bills, ingested, folded, ticked, kept, opened);
    arena_free(&arena);
    return 0;
}
