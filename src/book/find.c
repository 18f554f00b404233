/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking for an event in the journal. */
#include <string.h>

#include "book/book_private.h"

/* An escape may hide the bytes. */
bool book_may_hold(struct slice document, struct slice id) {
    return memmem(document.ptr, document.len, id.ptr, id.len) != NULL ||
           memchr(document.ptr, '\\', document.len) != NULL;
}

struct finding {
    struct book *book;
    struct reader *reader; /* nobody else uses it meanwhile */
    struct slice id, source;
    struct arena *arena; /* of what is found */
    struct book_found *first, **end;
};

static bool is_wanted(const struct finding *finding, const struct record *record) {
    return (record->kind == RECORD_USAGE || record->kind == RECORD_UNPRICED) && slice_eq(record->id, finding->id) &&
           (finding->source.len == 0 || slice_eq(record->source, finding->source));
}

static enum status found_add(struct finding *finding, uint64_t seq, uint32_t line, const struct record *record) {
    struct book_found *found = ARENA_NEW(finding->arena, struct book_found);
    if (!found)
        return STATUS_NO_MEMORY;
    *found = (struct book_found){.seq = seq,
                                 .line = line,
                                 .document = arena_copy(finding->arena, record->document),
                                 .source = arena_copy(finding->arena, record->source),
                                 .account = arena_copy(finding->arena, record->subject),
                                 .payload = record->payload};
    memcpy(found->identity, record->identity, sizeof found->identity);
    if (!found->document.ptr || !found->source.ptr || !found->account.ptr)
        return STATUS_NO_MEMORY;
    *finding->end = found;
    finding->end = &found->next;
    return STATUS_OK;
}

static enum status find_in_batch(struct finding *finding, uint64_t seq, const struct batch *batch,
                                 struct arena *scratch) {
    for (uint32_t i = 0; i < batch->document_count; i++) {
        struct record *record;
        uint32_t count;
        if (!book_may_hold(batch->documents[i], finding->id))
            continue;
        TRY(reader_read(finding->reader, batch->documents[i], 1, scratch, NULL, &record, &count));
        if (count == 1 && is_wanted(finding, record))
            TRY(found_add(finding, seq, i + 1, record));
    }
    return STATUS_OK;
}

static enum status find_up_to(struct finding *finding, uint64_t last, struct slice *ret_error) {
    struct arena scratch = {0};
    enum status status = STATUS_OK;
    finding->end = &finding->first;
    for (uint64_t seq = 1; status == STATUS_OK && seq <= last; seq++) {
        struct batch batch;
        arena_reset(&scratch);
        status = book_batch(finding->book, seq, &scratch, &batch, ret_error);
        if (status == STATUS_OK)
            status = find_in_batch(finding, seq, &batch, &scratch);
    }
    if (ret_error->len)
        *ret_error = arena_copy(finding->arena, *ret_error);
    arena_free(&scratch);
    return status;
}

bool book_found_counts(const struct engine *engine, const struct book_found *found) {
    struct record record = {.payload = found->payload};
    memcpy(record.identity, found->identity, sizeof record.identity);
    return engine_has(engine, &record);
}

enum status book_find(struct book *book, struct slice id, struct slice source, struct arena *arena,
                      struct book_found **ret_first, struct slice *ret_error) {
    struct finding finding = {.book = book, .reader = book->reader, .id = id, .source = source, .arena = arena};
    TRY(find_up_to(&finding, book->seq, ret_error));
    for (struct book_found *found = finding.first; found; found = found->next)
        found->is_counted = book_found_counts(book->engine, found);
    *ret_first = finding.first;
    return STATUS_OK;
}

enum status book_find_beside(struct book *book, const struct book_search *search, struct arena *arena,
                             struct book_found **ret_first, struct slice *ret_error) {
    struct finding finding = {.book = book, .id = search->id, .source = search->source, .arena = arena};
    *ret_error = (struct slice){0};
    TRY(reader_new(search->tariffs, book->key, &finding.reader));
    enum status status = find_up_to(&finding, search->last, ret_error);
    reader_free(finding.reader);
    if (status == STATUS_OK)
        *ret_first = finding.first;
    return status;
}
