/* SPDX-License-Identifier: Apache-2.0
 *
 * Into the journal, then into the state: a chunk is durable before it is applied. What was seen before is left out, so
 * a file may be read again after any interruption. */
#include <string.h>

#include "book/book_private.h"

struct intake {
    struct book *book;
    int64_t now_ns;
    const struct journal_options *options;
    struct book_intake counts;
    struct arena batch;
    struct buf blob;
};

/* Repetitions of what is in the journal go; inside one batch the engine finds them itself. */
static void drop_known(struct intake *intake, struct record *records, uint32_t *count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (engine_has(intake->book->engine, &records[i]))
            intake->counts.duplicates++;
        else
            records[kept++] = records[i];
    }
    *count = kept;
}

static enum status write_batch(struct intake *intake, const struct record *records, uint32_t count) {
    struct book *book = intake->book;
    struct slice *documents = ARENA_ARRAY(&intake->batch, count, struct slice);
    if (!documents)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        documents[i] = records[i].document;
    struct batch batch = {.recorded_ns = intake->now_ns, .documents = documents, .document_count = count};
    buf_clear(&intake->blob);
    TRY(batch_encode(&batch, BATCH_ZSTD, &intake->blob));
    struct store_row row = {.seq = book->seq + 1, .blob = buf_slice(&intake->blob)};
    batch_chain(book->hash, row.seq, row.blob, row.hash);
    TRY(store_append(book->store, &row, 1));
    book->seq = row.seq;
    memcpy(book->hash, row.hash, sizeof row.hash);
    intake->counts.batches++;
    return STATUS_OK;
}

/* Live records and replayed ones must be the same: lines count in the batch, and elements of arrays are read once more
 * as the documents that they have become. */
static enum status as_replayed(struct intake *intake, struct record *records, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (records[i].is_element) {
            struct record *again;
            uint32_t one;
            TRY(reader_read(intake->book->reader, records[i].document, 1, &intake->batch, NULL, &again, &one));
            records[i] = *again;
        }
        records[i].column = records[i].column ? records[i].column : 1;
        records[i].line = i + 1;
    }
    return book_origin(intake->book, intake->book->seq, intake->now_ns);
}

static enum status append(void *context, struct record *records, uint32_t *count) {
    struct intake *intake = context;
    arena_reset(&intake->batch);
    intake->counts.lines += *count;
    drop_known(intake, records, count);
    if (*count == 0)
        return STATUS_OK;
    TRY(write_batch(intake, records, *count));
    return as_replayed(intake, records, *count);
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
    enum status status = engine_read(book->engine, path, &inner);
    arena_free(&intake.batch);
    buf_free(&intake.blob);
    *ret_intake = intake.counts;
    return status;
}
