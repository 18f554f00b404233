/* SPDX-License-Identifier: Apache-2.0
 *
 * Into the journal, then into the state: a chunk is durable before it is applied. What was seen before is left out, so
 * a file may be read again after any interruption. */
#include "book/book_private.h"
#include "engine/view.h"

enum { BILLS_MANY = 1000 };

struct intake {
    struct book *book;
    int64_t now_ns;
    const struct journal_options *options;
    struct book_intake counts;
    struct arena batch;
    atomic_bool is_known; /* something of the chunk before was: it is written only in part */
};

/* Encoding needs no state: chunks are encoded beside each other, each as the batch that it becomes when all of it is
 * new. What cannot be encoded is told in its turn. */
static enum status prepare(void *context, struct journal_part *part) {
    struct intake *intake = context;
    if (part->count == 0 || intake->book->backfill.len > 0 || atomic_load(&intake->is_known))
        return STATUS_OK;
    struct buf blob = {0};
    enum status status = book_encode_records(part->records, part->count, intake->now_ns, part->arena, &blob);
    struct slice *ready = status == STATUS_OK ? ARENA_NEW(part->arena, struct slice) : NULL;
    if (ready)
        *ready = arena_copy(part->arena, buf_slice(&blob));
    buf_free(&blob);
    if (status == STATUS_OK && (!ready || !ready->ptr))
        return STATUS_NO_MEMORY;
    part->ready = ready;
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

/* What other partitions keep goes, and repetitions of what is in the journal; inside one batch the engine finds them
 * itself. The program's own words, which an exported journal has, are said anew where they are needed. */
static enum status drop_known(struct intake *intake, struct journal_part *part, struct sorting *sorting) {
    uint32_t kept = 0;
    *sorting = (struct sorting){.records = part->records,
                                .count = part->count,
                                .now_ns = intake->now_ns,
                                .is_backfill = intake->book->backfill.len > 0,
                                .scratch = &intake->batch};
    TRY(book_sort_out(intake->book, intake->book->engine, sorting));
    for (uint32_t i = 0; i < part->count; i++) {
        intake->counts.elsewhere += sorting->fates[i] == FATE_ELSEWHERE;
        intake->counts.duplicates +=
            sorting->fates[i] == FATE_KNOWN || sorting->fates[i] == FATE_OWN || sorting->fates[i] == FATE_REFUSED;
        if (sorting->fates[i] == FATE_NEW)
            part->records[kept++] = part->records[i];
    }
    bool is_known = kept < part->count;
    part->ready = is_known ? NULL : part->ready;
    part->count = kept;
    atomic_store(&intake->is_known, is_known);
    return STATUS_OK;
}

/* Each time costs a sync. What a crash keeps out is made again from the journal. */
static enum status effects_write(struct book *book) {
    bool are_many = book->outbox.count >= BILLS_MANY || book->sums.charges.count >= CHARGES_MOST;
    return are_many || book->seals ? book_bills_write(book) : STATUS_OK;
}

static enum status append(void *context, struct journal_part *part) {
    struct intake *intake = context;
    struct sorting sorting;
    arena_reset(&intake->batch);
    intake->book->is_behind = false; /* the batch before has been applied */
    TRY(effects_write(intake->book));
    intake->counts.lines += part->count;
    TRY(drop_known(intake, part, &sorting));
    if (part->count == 0)
        return STATUS_OK;
    struct appending appending = {part->records, part->count, sorting.has_recall ? &sorting.recall : NULL,
                                  intake->now_ns, part->ready};
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
    uint32_t rejected = engine_rejected_count(book->engine), unpriced = engine_unpriced_count(book->engine);
    struct journal_options inner = {.threads = options->threads,
                                    .prepare = prepare,
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
    intake.counts.rejected = engine_rejected_count(book->engine) - rejected;
    intake.counts.unpriced = engine_unpriced_count(book->engine) - unpriced;
    *ret_intake = intake.counts;
    return status;
}
