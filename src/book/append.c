/* SPDX-License-Identifier: Apache-2.0
 *
 * One batch into the journal: encoded, chained, durable. Then its records are what a replay of it would read. What is
 * to be said of the batch as a whole leads it. */
#include <string.h>

#include "book/book_private.h"

enum status book_encode(const struct batch *batch, struct buf *blob, struct store_row *row) {
    uint8_t before[BATCH_HASH_BYTES];
    memcpy(before, row->hash, sizeof before);
    buf_clear(blob);
    TRY(batch_encode(batch, BATCH_ZSTD, blob));
    row->blob = buf_slice(blob);
    batch_chain(before, row->seq, row->blob, row->hash);
    return STATUS_OK;
}

enum status book_encode_records(const struct record *records, uint32_t count, int64_t now_ns, struct arena *scratch,
                                struct buf *blob) {
    struct slice *documents = arena_take(scratch, (count + (size_t)1) * sizeof *documents);
    if (!documents)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        documents[i] = records[i].document;
    return batch_encode(&(struct batch){now_ns, documents, count}, BATCH_ZSTD, blob);
}

struct part_of_batch {
    struct record *records;
    uint32_t count;
};

static enum status write_row(struct book *book, const struct store_row *row) {
    TRY(store_append(book->store, row, 1));
    book->seq = row->seq;
    memcpy(book->hash, row->hash, sizeof row->hash);
    return STATUS_OK;
}

/* One that was encoded before its turn. */
static enum status write_ready(struct book *book, struct slice blob) {
    struct store_row row = {.seq = book->seq + 1, .blob = blob};
    batch_chain(book->hash, row.seq, row.blob, row.hash);
    return write_row(book, &row);
}

static enum status write_batch(struct book *book, const struct part_of_batch *parts, int64_t now_ns,
                               struct arena *scratch) {
    struct slice *documents = ARENA_ARRAY(scratch, parts[0].count + (size_t)parts[1].count, struct slice);
    struct batch batch = {.recorded_ns = now_ns, .documents = documents};
    struct store_row row = {.seq = book->seq + 1};
    if (!documents)
        return STATUS_NO_MEMORY;
    for (int part = 0; part < 2; part++)
        for (uint32_t i = 0; i < parts[part].count; i++)
            documents[batch.document_count++] = parts[part].records[i].document;
    memcpy(row.hash, book->hash, sizeof row.hash);
    TRY(book_encode(&batch, &book->blob, &row));
    return write_row(book, &row);
}

/* Live records and replayed ones must be the same: lines count in the batch, and elements of arrays are read once more
 * as the documents that they have become. */
static enum status as_replayed(struct book *book, struct part_of_batch part, uint32_t before, struct arena *scratch) {
    struct record *records = part.records;
    for (uint32_t i = 0; i < part.count; i++) {
        if (records[i].is_element) {
            struct record *again;
            uint32_t one;
            TRY(reader_read(book->reader, records[i].document, 1, scratch, NULL, &again, &one));
            records[i] = *again;
        }
        records[i].column = records[i].column ? records[i].column : 1;
        records[i].line = before + i + 1;
    }
    return STATUS_OK;
}

enum status book_check_state(struct book *book) {
    if (!book->is_behind)
        return STATUS_OK;
    book->error = SLICE("a batch is in the journal but not in the state; open the book again");
    return STATUS_IO;
}

enum status book_write(struct book *book, const struct appending *appending, struct arena *scratch,
                       struct lead *ret_lead) {
    struct lead lead = {.count = 0};
    struct part_of_batch parts[2] = {{lead.records, 0}, {appending->records, appending->count}};
    struct backfill_note note = {book->backfill, book->seq + 1, appending->now_ns, false};
    if (book->backfill.len)
        TRY(book_backfill_record(book, note, scratch, &lead.records[lead.count++]));
    if (appending->recall)
        lead.records[lead.count++] = *appending->recall;
    parts[0].count = lead.count;
    if (appending->ready && lead.count == 0)
        TRY(write_ready(book, *appending->ready));
    else
        TRY(write_batch(book, parts, appending->now_ns, scratch));
    book->is_behind = true; /* until all of it is applied */
    TRY(as_replayed(book, parts[0], 0, scratch));
    TRY(as_replayed(book, parts[1], parts[0].count, scratch));
    *ret_lead = lead;
    return STATUS_OK;
}

enum status book_lead(struct book *book, const struct lead *lead, int64_t now_ns) {
    TRY(book_origin(book, book->seq, now_ns));
    return engine_apply(book->engine, lead->records, lead->count, NULL);
}

enum status book_append(struct book *book, const struct appending *appending, struct arena *scratch) {
    struct lead lead;
    TRY(book_write(book, appending, scratch, &lead));
    return book_lead(book, &lead, appending->now_ns);
}

enum status book_append_own(struct book *book, struct slice document, int64_t now_ns) {
    struct arena scratch = {0};
    struct record record = {.document = document};
    struct part_of_batch parts[2] = {{&record, 1}, {NULL, 0}};
    enum status status = write_batch(book, parts, now_ns, &scratch);
    arena_free(&scratch);
    return status;
}
