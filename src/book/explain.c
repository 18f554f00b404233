/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a document counts as it does: it is looked for in the journal, the state before its batch is folded, and the
 * batch is applied once more with tracing on. */
#include <string.h>

#include "book/book_private.h"

struct search {
    struct slice id, source;
    struct arena *arena; /* of what is found */
    struct slice *error;
    uint64_t *seqs; /* batches with a hit, rising */
    uint32_t count, cap;
    struct book_explained *first, **end;
};

static bool is_wanted(const struct search *search, const struct record *record) {
    return slice_eq(record->id, search->id) && (search->source.len == 0 || slice_eq(record->source, search->source));
}

static enum status batch_has(struct search *search, struct book *book, const struct batch *batch, struct arena *scratch,
                             bool *ret_has) {
    *ret_has = false;
    for (uint32_t i = 0; i < batch->document_count && !*ret_has; i++) {
        struct record *record;
        uint32_t count;
        if (!book_may_hold(batch->documents[i], search->id))
            continue;
        TRY(reader_read(book->reader, batch->documents[i], 1, scratch, NULL, &record, &count));
        *ret_has = count == 1 && is_wanted(search, record);
    }
    return STATUS_OK;
}

static enum status hit_add(struct search *search, uint64_t seq) {
    if (search->count == search->cap) {
        uint32_t cap = search->cap ? search->cap * 2 : 16;
        uint64_t *grown = ARENA_ARRAY(search->arena, cap, uint64_t);
        if (!grown)
            return STATUS_NO_MEMORY;
        if (search->count)
            memcpy(grown, search->seqs, search->count * sizeof *grown);
        search->seqs = grown;
        search->cap = cap;
    }
    search->seqs[search->count++] = seq;
    return STATUS_OK;
}

static enum status search_journal(struct search *search, struct book *book) {
    uint64_t last;
    struct arena scratch = {0};
    enum status status = book_journal_end(book, &last);
    for (uint64_t seq = 1; status == STATUS_OK && seq <= last; seq++) {
        struct batch batch;
        bool has = false;
        arena_reset(&scratch);
        status = book_batch(book, seq, &scratch, &batch, search->error);
        if (status == STATUS_OK)
            status = batch_has(search, book, &batch, &scratch, &has);
        if (status == STATUS_OK && has)
            status = hit_add(search, seq);
    }
    if (search->error->len)
        *search->error = arena_copy(search->arena, *search->error);
    arena_free(&scratch);
    return status;
}

/* What steps borrow from the tariffs must outlive the book. */
static enum status own_sources(struct trace *trace) {
    for (struct trace_step *step = trace->first; step; step = step->next) {
        step->source = arena_copy(trace->arena, step->source);
        if (!step->source.ptr)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* What was rated again since is not what these steps say. */
static void rerated_tell(const struct book *book, struct book_explained *found) {
    const struct book_set *last = NULL;
    for (uint32_t i = 1; i < book->set_count; i++)
        if (book->sets[i].seq > found->seq)
            last = &book->sets[i];
    if (last)
        trace_add(&found->trace, "rerated", (struct slice){0},
                  "batch %llu has rated it again under set %u of the tariffs; usage and bills say what it comes to now",
                  (unsigned long long)last->seq, last->number);
}

/* A wanted record, read and applied once more with every step told. */
static enum status trace_one(struct search *search, struct book *book, const struct record *record,
                             const struct batch *batch) {
    struct book_explained *found = ARENA_NEW(search->arena, struct book_explained);
    if (!found)
        return STATUS_NO_MEMORY;
    *found = (struct book_explained){.seq = book->seq + 1,
                                     .line = record->line,
                                     .recorded_ns = batch->recorded_ns,
                                     .document = arena_copy(search->arena, record->document),
                                     .source = arena_copy(search->arena, record->source),
                                     .account = arena_copy(search->arena, record->subject),
                                     .trace = {.arena = search->arena}};
    struct record *again;
    uint32_t count;
    TRY(reader_read(book->reader, batch->documents[record->line - 1], record->line, search->arena, &found->trace,
                    &again, &count));
    again->line = record->line;
    TRY(engine_answer(book->engine, again, 1, &found->reply, &found->trace));
    found->reply.reason = arena_copy(search->arena, found->reply.reason);
    *search->end = found;
    search->end = &found->next;
    rerated_tell(book, found);
    return own_sources(&found->trace);
}

static enum status trace_batch(struct search *search, struct book *book, struct arena *scratch) {
    struct batch batch;
    struct record *records;
    uint32_t count;
    TRY(book_batch(book, book->seq + 1, scratch, &batch, search->error));
    TRY(book_records(book, &batch, book->seq + 1, scratch, &records, &count));
    for (uint32_t i = 0; i < count; i++) {
        if (is_wanted(search, &records[i]))
            TRY(trace_one(search, book, &records[i], &batch));
        else
            TRY(engine_apply(book->engine, &records[i], 1, NULL));
    }
    memcpy(book->hash, book->read_hash, sizeof book->hash);
    book->seq++;
    return STATUS_OK;
}

static enum status passed(void *context, struct book *book, uint32_t documents) {
    (void)context;
    (void)documents;
    book_bills_drop(book);
    return STATUS_OK;
}

static enum status trace_hits(struct search *search, const char *directory) {
    struct book *book;
    struct arena scratch = {0};
    struct book_point before = {.seq = search->seqs[0] - 1};
    TRY(book_open_as_of(directory, &before, search->arena, &book, search->error));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < search->count; i++) {
        arena_reset(&scratch);
        status =
            book_replay(book, search->seqs[i] - 1, &(struct book_visit){.batch = passed}, search->arena, search->error);
        if (status == STATUS_OK)
            status = trace_batch(search, book, &scratch);
        book_bills_drop(book);
    }
    arena_free(&scratch);
    book_close(book);
    return status;
}

enum status book_explain(const char *directory, struct slice id, struct slice source, struct arena *arena,
                         struct book_explained **ret_first, struct slice *ret_error) {
    struct search search = {.id = id, .source = source, .arena = arena, .error = ret_error};
    struct book *book;
    struct book_point start = {0};
    search.end = &search.first;
    TRY(book_open_as_of(directory, &start, arena, &book, ret_error));
    enum status status = search_journal(&search, book);
    book_close(book);
    if (status == STATUS_OK && search.count > 0)
        status = trace_hits(&search, directory);
    if (status == STATUS_OK)
        *ret_first = search.first;
    return status;
}
