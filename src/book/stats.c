/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a book holds. */
#include "book/book_private.h"

static enum status batch_count(struct store *store, uint64_t seq, struct arena *scratch, struct book_stats *stats,
                               enum batch_fault *ret_fault) {
    struct store_row row;
    struct batch_head head;
    TRY(store_read(store, seq, scratch, &row));
    TRY(batch_head(row.blob, &head, ret_fault));
    if (stats->batches++ == 0)
        stats->first_ns = head.recorded_ns;
    stats->last_ns = head.recorded_ns;
    stats->documents += head.document_count;
    stats->raw_bytes += head.raw_bytes;
    stats->stored_bytes += row.blob.len;
    return STATUS_OK;
}

static enum status journal_count(struct store *store, uint64_t through, struct arena *arena, struct book_stats *stats,
                                 struct slice *ret_error) {
    struct arena scratch = {0};
    enum status status = STATUS_OK;
    for (uint64_t seq = 1; seq <= through && status == STATUS_OK; seq++) {
        enum batch_fault fault = BATCH_SHORT;
        arena_reset(&scratch);
        status = batch_count(store, seq, &scratch, stats, &fault);
        if (status == STATUS_INVALID)
            status = book_fail(arena, ret_error, status, "batch %llu is missing or cannot be read: %s",
                               (unsigned long long)seq, batch_fault_text(fault));
    }
    arena_free(&scratch);
    return status;
}

enum status book_stats_kept(struct store *store, uint64_t through, struct arena *arena, struct book_stats *ret_stats,
                            struct slice *ret_error) {
    struct book_stats stats = {.batches = 0};
    struct store_mark mark;
    struct slice *names;
    TRY(journal_count(store, through, arena, &stats, ret_error));
    TRY(store_list(store, KIND_SNAPSHOT, arena, &names, &stats.snapshots));
    if (stats.snapshots > 0)
        stats.newest_snapshot = book_snapshot_seq(names[stats.snapshots - 1]);
    TRY(store_bills_mark(store, &mark));
    stats.bills = mark.position;
    *ret_stats = stats;
    return STATUS_OK;
}

enum status book_stats(struct book *book, struct arena *arena, struct book_stats *ret_stats, struct slice *ret_error) {
    TRY(book_stats_kept(book->store, book->seq, arena, ret_stats, ret_error));
    engine_size(book->engine, &ret_stats->state);
    return STATUS_OK;
}
