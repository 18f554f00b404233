/* SPDX-License-Identifier: Apache-2.0
 *
 * Into the journal, then into the state: a chunk is durable before it is applied. What was seen before is left out, so
 * a file may be read again after any interruption. */
#include "book/book_private.h"

struct intake {
    struct book *book;
    int64_t now_ns;
    const struct journal_options *options;
    struct book_intake counts;
    struct arena batch;
};

/* What other partitions keep goes, and repetitions of what is in the journal; inside one batch the engine finds them
 * itself. */
static void drop_known(struct intake *intake, struct record *records, uint32_t *count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (!book_owns(intake->book, &records[i]))
            intake->counts.elsewhere++;
        else if (engine_has(intake->book->engine, &records[i]))
            intake->counts.duplicates++;
        else
            records[kept++] = records[i];
    }
    *count = kept;
}

static enum status append(void *context, struct record *records, uint32_t *count) {
    struct intake *intake = context;
    arena_reset(&intake->batch);
    intake->book->is_behind = false; /* the batch before has been applied */
    TRY(book_bills_write(intake->book));
    intake->counts.lines += *count;
    drop_known(intake, records, count);
    if (*count == 0)
        return STATUS_OK;
    TRY(book_append(intake->book, records, *count, intake->now_ns, &intake->batch));
    intake->counts.batches++;
    return STATUS_OK;
}

static void progress(void *context, const struct journal_progress *now) {
    const struct intake *intake = context;
    intake->options->progress(intake->options->context, now);
}

enum status book_ingest(struct book *book, const char *path, int64_t now_ns, const struct journal_options *options,
                        struct book_intake *ret_intake) {
    struct intake intake = {.book = book, .now_ns = now_ns, .options = options};
    struct journal_options inner = {.threads = options->threads,
                                    .append = append,
                                    .progress = options->progress ? progress : NULL,
                                    .context = &intake};
    TRY(book_check_state(book));
    enum status status = engine_read(book->engine, path, &inner);
    if (status == STATUS_OK) {
        book->is_behind = false;
        status = book_bills_write(book);
    }
    arena_free(&intake.batch);
    *ret_intake = intake.counts;
    return status;
}
