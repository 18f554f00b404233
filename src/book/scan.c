/* SPDX-License-Identifier: Apache-2.0
 *
 * The usage of one account in the journal, read beside whoever writes to it. */
#include "book/book_private.h"

/* An event's time is at most so far behind the instant at which it was recorded. */
#define AHEAD_NS (5 * INT64_C(60) * NS_PER_SECOND)

struct scanning {
    const struct book_scan *scan;
    struct reader *reader;
    struct arena *batch;
};

static const struct record *event_of(const struct record *record) {
    bool is_usage = record->kind == RECORD_USAGE || record->kind == RECORD_UNPRICED;
    return record->kind == RECORD_REVERSAL ? record->command->event : is_usage ? record : NULL;
}

static enum status document_scan(struct scanning *scanning, struct slice document) {
    const struct book_scan *scan = scanning->scan;
    struct record *record, again;
    uint32_t count;
    if (!book_may_hold(document, scan->account))
        return STATUS_OK;
    TRY(reader_read(scanning->reader, document, 1, scanning->batch, NULL, &record, &count));
    const struct record *event = count == 1 ? event_of(record) : NULL;
    if (!event || !slice_eq(record->subject, scan->account) || event->owner_ns < scan->from_ns ||
        event->owner_ns >= scan->until_ns)
        return STATUS_OK;
    if (!scan->terms)
        return scan->visit(scan->context, record);
    TRY(reader_read_under(scanning->reader, record, scan->terms, scanning->batch, NULL, &again));
    again.document = record->document;
    return scan->visit(scan->context, &again);
}

/* What was recorded too early to hold any of it is not taken apart. */
static enum status is_early(struct book *book, uint64_t seq, const struct scanning *scanning, bool *ret_is_early) {
    struct store_row row;
    struct batch_head head;
    enum batch_fault fault;
    *ret_is_early = false;
    if (scanning->scan->from_ns < INSTANT_MIN + AHEAD_NS)
        return STATUS_OK;
    TRY(store_read(book->store, seq, scanning->batch, &row));
    if (batch_head(row.blob, &head, &fault) == STATUS_OK)
        *ret_is_early = head.recorded_ns < scanning->scan->from_ns - AHEAD_NS;
    return STATUS_OK;
}

static enum status batches_scan(struct book *book, struct scanning *scanning, struct slice *ret_error) {
    bool is_skipped = true;
    struct batch batch;
    for (uint64_t seq = 1; seq <= scanning->scan->last; seq++) {
        arena_reset(scanning->batch);
        if (is_skipped)
            TRY(is_early(book, seq, scanning, &is_skipped));
        if (is_skipped)
            continue;
        TRY(book_batch(book, seq, scanning->batch, &batch, ret_error));
        for (uint32_t i = 0; i < batch.document_count; i++)
            TRY(document_scan(scanning, batch.documents[i]));
    }
    return STATUS_OK;
}

enum status book_scan(struct book *book, const struct book_scan *scan, struct arena *arena, struct slice *ret_error) {
    struct arena scratch = {0};
    struct scanning scanning = {.scan = scan, .batch = &scratch};
    *ret_error = (struct slice){0};
    TRY(reader_new(scan->tariffs, book->key, &scanning.reader));
    enum status status = batches_scan(book, &scanning, ret_error);
    if (ret_error->len)
        *ret_error = arena_copy(arena, *ret_error);
    reader_free(scanning.reader);
    arena_free(&scratch);
    return status;
}
