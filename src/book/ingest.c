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
 * itself. The program's own words, which an exported journal has, are said anew where they are needed. */
static enum status drop_known(struct intake *intake, struct record *records, uint32_t *count, struct sorting *sorting) {
    uint32_t kept = 0;
    *sorting = (struct sorting){.records = records,
                                .count = *count,
                                .now_ns = intake->now_ns,
                                .is_backfill = intake->book->backfill.len > 0,
                                .scratch = &intake->batch};
    TRY(book_sort_out(intake->book, intake->book->engine, sorting));
    for (uint32_t i = 0; i < *count; i++) {
        intake->counts.elsewhere += sorting->fates[i] == FATE_ELSEWHERE;
        intake->counts.duplicates +=
            sorting->fates[i] == FATE_KNOWN || sorting->fates[i] == FATE_OWN || sorting->fates[i] == FATE_REFUSED;
        if (sorting->fates[i] == FATE_NEW)
            records[kept++] = records[i];
    }
    *count = kept;
    return STATUS_OK;
}

static enum status append(void *context, struct record *records, uint32_t *count) {
    struct intake *intake = context;
    struct sorting sorting;
    arena_reset(&intake->batch);
    intake->book->is_behind = false; /* the batch before has been applied */
    TRY(book_bills_write(intake->book));
    intake->counts.lines += *count;
    TRY(drop_known(intake, records, count, &sorting));
    if (*count == 0)
        return STATUS_OK;
    struct appending appending = {records, *count, sorting.has_recall ? &sorting.recall : NULL, intake->now_ns};
    TRY(book_append(intake->book, &appending, &intake->batch));
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
