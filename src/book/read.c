/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal as it was written, batch by batch, with nothing folded. */
#include <string.h>

#include "book/book_private.h"

enum status book_journal_end(struct book *book, uint64_t *ret_seq) {
    uint8_t head[STORE_HASH_BYTES];
    return store_last(book->store, ret_seq, head);
}

/* The hash of the batch before `seq`: remembered when batches are read in order. */
static enum status hash_before(struct book *book, uint64_t seq, struct arena *arena, uint8_t *ret_hash) {
    struct store_row row = {0};
    pthread_mutex_lock(&book->reading);
    bool is_remembered = seq > 1 && book->read_seq == seq - 1;
    if (is_remembered)
        memcpy(row.hash, book->read_hash, sizeof row.hash);
    pthread_mutex_unlock(&book->reading);
    if (seq > 1 && !is_remembered)
        TRY(store_read(book->store, seq - 1, arena, &row));
    memcpy(ret_hash, row.hash, sizeof row.hash);
    return STATUS_OK;
}

enum status book_batch(struct book *book, uint64_t seq, struct arena *arena, struct batch *ret_batch,
                       struct slice *ret_error) {
    uint8_t before[BATCH_HASH_BYTES], hash[BATCH_HASH_BYTES];
    struct store_row row;
    enum status status = hash_before(book, seq, arena, before);
    if (status == STATUS_OK)
        status = store_read(book->store, seq, arena, &row);
    if (status == STATUS_INVALID)
        return book_fail(arena, ret_error, status, "batch %llu or the one before it is missing from the journal",
                         (unsigned long long)seq);
    TRY(status);
    batch_chain(before, seq, row.blob, hash);
    if (memcmp(hash, row.hash, sizeof hash) != 0)
        return book_fail(arena, ret_error, STATUS_INVALID,
                         "batch %llu is not what its hash says: the journal was changed or damaged",
                         (unsigned long long)seq);
    enum batch_fault fault;
    status = batch_decode(row.blob, arena, ret_batch, &fault);
    if (status == STATUS_INVALID)
        return book_fail(arena, ret_error, status, "batch %llu cannot be read: %s", (unsigned long long)seq,
                         batch_fault_text(fault));
    TRY(status);
    pthread_mutex_lock(&book->reading);
    book->read_seq = seq;
    memcpy(book->read_hash, hash, sizeof hash);
    pthread_mutex_unlock(&book->reading);
    return STATUS_OK;
}
