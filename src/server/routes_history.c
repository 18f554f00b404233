/* SPDX-License-Identifier: Apache-2.0
 *
 * What came in: the documents of the journal in its order, what of it was refused or has no price, what was taken back,
 * and how an event came to what it is. What came twice is written nowhere, and so it is not listed. */
#include <stdlib.h>

#include "journal/batch.h"
#include "server/read.h"

enum { NOTICES_AT_ONCE = 65536, BATCHES_MAX = 64, DOCUMENTS_MAX = 50000 };
enum event_list { EVENTS_ALL, EVENTS_ACCEPTED, EVENTS_REJECTED, EVENTS_UNPRICED, EVENTS_REVERSED };

struct events {
    const struct http_request *request;
    struct listing listing;
    struct slice account; /* empty: any */
    enum event_list which;
    bool is_newest_first;
    uint64_t after_high; /* of the cursor */
    uint32_t after_low;
    bool has_after;
};

/* ---- numbered lists of the state: notices, reversals ---- */

static uint32_t numbered_count(void *context, const struct engine *engine) {
    const struct events *events = context;
    if (events->which == EVENTS_REVERSED)
        return engine_reversal_count(engine);
    return events->which == EVENTS_REJECTED ? engine_rejected_count(engine) : engine_unpriced_count(engine);
}

static bool is_wanted(const struct events *events, struct slice account) {
    return events->account.len == 0 || slice_eq(events->account, account);
}

static bool reversal_write(void *context, const struct engine *engine, uint32_t number) {
    struct events *events = context;
    struct reversal_view reversal = engine_reversal_view(engine, number);
    if (!is_wanted(events, reversal.account))
        return true;
    if (!listing_take(&events->listing, listing_number(&events->listing, number)))
        return false;
    view_reversal_json(&reversal, &events->listing.writer);
    return true;
}

static bool notice_write(void *context, const struct engine *engine, uint32_t number) {
    struct events *events = context;
    struct notice notice =
        events->which == EVENTS_REJECTED ? engine_rejected_view(engine, number) : engine_unpriced_view(engine, number);
    if (!is_wanted(events, notice.account))
        return true;
    if (!listing_take(&events->listing, listing_number(&events->listing, number)))
        return false;
    export_notice_json(&notice, &events->listing.writer);
    return true;
}

static enum status numbered_list(struct events *events) {
    struct listing_numbers numbers = {.count = numbered_count,
                                      .write = events->which == EVENTS_REVERSED ? reversal_write : notice_write,
                                      .context = events,
                                      .is_newest_first = events->is_newest_first};
    listing_walk(&events->listing, &numbers);
    return listing_end(&events->listing);
}

/* ---- documents of the journal ---- */

struct documents {
    struct events *events;
    struct json_parser *parser;
    struct view_document *rows; /* of the page */
    bool *is_refused;           /* of each */
    uint32_t count, seen;
    struct slice last; /* key of the last one looked at */
};

static bool is_behind(const struct events *events, uint64_t seq, uint32_t line) {
    if (!events->has_after)
        return true;
    if (events->is_newest_first)
        return seq < events->after_high || (seq == events->after_high && line < events->after_low);
    return seq > events->after_high || (seq == events->after_high && line > events->after_low);
}

static enum status document_keep(struct documents *documents, struct view_document row) {
    struct arena *arena = documents->events->request->arena;
    struct slice *texts[] = {&row.document,  &row.view.id,      &row.view.source,
                             &row.view.type, &row.view.subject, &row.view.time};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    documents->rows[documents->count++] = row;
    return STATUS_OK;
}

/* The documents of a batch, until the page is full. */
static enum status batch_list(struct documents *documents, uint64_t seq, const struct batch *batch) {
    struct events *events = documents->events;
    uint32_t line = 0;
    for (uint32_t i = 0; i < batch->document_count && documents->count < events->listing.page.limit; i++) {
        line = events->is_newest_first ? batch->document_count - i : i + 1;
        if (!is_behind(events, seq, line))
            continue;
        struct slice document = batch->documents[line - 1];
        struct envelope_view view = envelope_view(documents->parser, document);
        documents->seen++;
        if (is_wanted(events, view.subject))
            TRY(document_keep(documents, (struct view_document){seq, line, batch->recorded_ns, document, view}));
    }
    if (line > 0)
        documents->last = page_key(events->request->arena, seq, line);
    return STATUS_OK;
}

static enum status batch_read(struct store *store, uint64_t seq, struct arena *scratch, struct batch *ret_batch) {
    struct store_row row;
    enum batch_fault fault;
    TRY(store_read(store, seq, scratch, &row));
    return batch_decode(row.blob, scratch, ret_batch, &fault);
}

/* *ret_more: there are batches that were not looked into. */
static enum status journal_read(struct documents *documents, struct store *store, uint64_t last, bool *ret_more) {
    const struct events *events = documents->events;
    uint64_t seq = events->is_newest_first ? last : 1;
    struct arena scratch = {0};
    enum status status = STATUS_OK;
    if (events->has_after && events->after_high > 0)
        seq = events->after_high < last || !events->is_newest_first ? events->after_high : last;
    uint32_t batches = 0;
    for (; seq > 0 && seq <= last && status == STATUS_OK; seq += events->is_newest_first ? UINT64_MAX : 1) {
        struct batch batch;
        if (documents->count == events->listing.page.limit || documents->seen > DOCUMENTS_MAX ||
            batches++ > BATCHES_MAX)
            break;
        arena_reset(&scratch);
        status = batch_read(store, seq, &scratch, &batch);
        if (status == STATUS_OK)
            status = batch_list(documents, seq, &batch);
    }
    *ret_more = (seq > 0 && seq <= last) || documents->count == events->listing.page.limit;
    arena_free(&scratch);
    return status;
}

static int place_compare(const void *left, const void *right) {
    const struct view_document *a = left, *b = right;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

/* Whether a notice is about a document of the page: its file is "batch SEQ". */
static void refused_mark(struct documents *documents, const struct notice *notice) {
    struct slice file = notice->file;
    struct view_document wanted = {.line = notice->line};
    if (!slice_starts(file, SLICE("batch ")) ||
        !slice_number((struct slice){file.ptr + 6, file.len - 6}, UINT64_MAX, &wanted.seq))
        return;
    const struct view_document *found =
        bsearch(&wanted, documents->rows, documents->count, sizeof *documents->rows, place_compare);
    if (found != NULL)
        documents->is_refused[found - documents->rows] = true;
}

static bool refused_some(struct documents *documents, uint32_t *index) {
    struct live *live = request_live(documents->events->request);
    const struct engine *engine = live_state(live);
    uint32_t rejected = engine_rejected_count(engine), unpriced = engine_unpriced_count(engine);
    for (uint32_t i = 0; i < NOTICES_AT_ONCE && *index < rejected + unpriced; i++, ++*index) {
        struct notice notice =
            *index < rejected ? engine_rejected_view(engine, *index) : engine_unpriced_view(engine, *index - rejected);
        refused_mark(documents, &notice);
    }
    live_state_end(live);
    return *index < rejected + unpriced;
}

static void documents_write(struct documents *documents) {
    struct events *events = documents->events;
    for (uint32_t i = 0; i < documents->count; i++) {
        const struct view_document *row = &documents->rows[events->is_newest_first ? documents->count - 1 - i : i];
        if (documents->is_refused[row - documents->rows])
            continue;
        if (listing_take(&events->listing, page_key(events->request->arena, row->seq, row->line)))
            view_document_json(row, &events->listing.writer);
    }
}

static enum status documents_list(struct documents *documents) {
    struct events *events = documents->events;
    struct store *store;
    uint32_t index = 0;
    bool has_more = false;
    uint64_t last = live_seq(request_live(events->request));
    TRY(read_store(events->request, &store));
    enum status status = journal_read(documents, store, last, &has_more);
    store_close(store);
    TRY(status);
    if (documents->count > 0)
        qsort(documents->rows, documents->count, sizeof *documents->rows, place_compare);
    while (events->which == EVENTS_ACCEPTED && documents->count > 0 && refused_some(documents, &index))
        continue;
    documents_write(documents);
    if (has_more && documents->last.ptr != NULL)
        listing_pause(&events->listing, documents->last);
    return listing_end(&events->listing);
}

static enum status journal_list(struct events *events) {
    struct documents documents = {.events = events, .parser = json_parser_new()};
    uint32_t limit = events->listing.page.limit;
    documents.rows = ARENA_ARRAY(events->request->arena, limit, struct view_document);
    documents.is_refused = ARENA_ARRAY(events->request->arena, limit, bool);
    bool is_ready = documents.rows != NULL && documents.is_refused != NULL && documents.parser != NULL;
    enum status status = is_ready ? documents_list(&documents) : STATUS_NO_MEMORY;
    if (documents.parser != NULL)
        json_parser_free(documents.parser);
    return status;
}

enum status event_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct events events = {.request = request};
    uint32_t which = EVENTS_ALL, order = 0;
    (void)context;
    if (!read_filter(request, answer, &events.account) ||
        !read_choice(request, answer, "outcome", "any accepted rejected unpriced reversed", &which) ||
        !read_choice(request, answer, "order", "asc desc", &order) ||
        !listing_begin(request, answer, &events.listing) || read_seen(request, answer))
        return STATUS_OK;
    events.which = (enum event_list)which;
    events.is_newest_first = order == 1;
    struct slice after = events.listing.page.after;
    events.has_after = after.ptr != NULL && page_key_read(after, &events.after_high, &events.after_low);
    return which == EVENTS_ALL || which == EVENTS_ACCEPTED ? journal_list(&events) : numbered_list(&events);
}

/* ---- one ---- */

static uint32_t found_write(const struct http_request *request, struct book_explained *first,
                            struct json_writer *writer) {
    struct slice own = request_actor(request)->account;
    uint32_t count = 0;
    json_object(writer);
    json_member(writer, "id", request->params[0]);
    json_key(writer, "found");
    json_array(writer);
    for (struct book_explained *found = first; found != NULL; found = found->next) {
        if (own.len > 0 && !slice_eq(own, found->account))
            continue;
        view_verdict_add(found);
        view_explained_json(found, writer);
        count++;
    }
    json_array_end(writer);
    json_object_end(writer);
    return count;
}

enum status event_explain(void *context, const struct http_request *request, struct http_answer *answer) {
    struct slice error, source = http_query(request, "source");
    struct book_explained *first;
    struct json_writer writer = {.out = &answer->body};
    if (!read_replay_begin(context, request, answer))
        return STATUS_OK;
    enum status status =
        book_explain(request_tenant(request)->directory, request->params[0], source, request->arena, &first, &error);
    read_replay_end(context);
    TRY(status);
    if (found_write(request, first, &writer) == 0)
        read_missing(request, answer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
