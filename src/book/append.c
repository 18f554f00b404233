/* SPDX-License-Identifier: Apache-2.0
 *
 * One batch into the journal: encoded, chained, durable. Then its records are what a replay of it would read. */
#include <string.h>

#include "book/book_private.h"

static enum status write_batch(struct book *book, const struct record *records, uint32_t count, int64_t now_ns,
                               struct arena *scratch) {
    struct slice *documents = ARENA_ARRAY(scratch, count, struct slice);
    if (!documents)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        documents[i] = records[i].document;
    struct batch batch = {.recorded_ns = now_ns, .documents = documents, .document_count = count};
    buf_clear(&book->blob);
    TRY(batch_encode(&batch, BATCH_ZSTD, &book->blob));
    struct store_row row = {.seq = book->seq + 1, .blob = buf_slice(&book->blob)};
    batch_chain(book->hash, row.seq, row.blob, row.hash);
    TRY(store_append(book->store, &row, 1));
    book->seq = row.seq;
    memcpy(book->hash, row.hash, sizeof row.hash);
    return STATUS_OK;
}

/* Live records and replayed ones must be the same: lines count in the batch, and elements of arrays are read once more
 * as the documents that they have become. */
static enum status as_replayed(struct book *book, struct record *records, uint32_t count, struct arena *scratch) {
    for (uint32_t i = 0; i < count; i++) {
        if (records[i].is_element) {
            struct record *again;
            uint32_t one;
            TRY(reader_read(book->reader, records[i].document, 1, scratch, NULL, &again, &one));
            records[i] = *again;
        }
        records[i].column = records[i].column ? records[i].column : 1;
        records[i].line = i + 1;
    }
    return STATUS_OK;
}

enum status book_append(struct book *book, struct record *records, uint32_t count, int64_t now_ns,
                        struct arena *scratch) {
    TRY(write_batch(book, records, count, now_ns, scratch));
    TRY(as_replayed(book, records, count, scratch));
    return book_origin(book, book->seq, now_ns);
}
