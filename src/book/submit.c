/* SPDX-License-Identifier: Apache-2.0
 *
 * A few documents at once, each with its reply: commands, dry runs, and what a document is worth. */
#include <stdio.h>

#include "book/book_private.h"
#include "book/commit.h"
#include "engine/view.h"

/* Read by the book's own reader. */
static enum status begin(struct book_request *request, const struct slice *documents, uint32_t count,
                         struct book_commit *commit) {
    struct book *book = commit->book;
    request->arena = commit->arena;
    request->texts = &book->arena;
    commit->requests = request;
    return book_request_read(book->reader, documents, count, request);
}

enum status book_submit(struct book *book, const struct slice *documents, uint32_t count, int64_t now_ns,
                        struct reply *replies) {
    struct arena arena = {0};
    struct book_request request = {.replies = replies};
    struct book_commit commit = {.book = book, .now_ns = now_ns, .arena = &arena};
    TRY(book_check_state(book));
    enum status status = begin(&request, documents, count, &commit);
    if (status == STATUS_OK)
        status = book_commit_write(&commit);
    if (status == STATUS_OK)
        status = book_commit_apply(&commit, commit.count);
    if (status == STATUS_OK)
        status = book_effects_write(book);
    arena_free(&arena);
    return status;
}

/* As in the book, an order is invoiced at once; nobody keeps its bill. */
static enum status drop_bill(void *context, const struct bill *bill) {
    (void)context;
    (void)bill;
    return STATUS_OK;
}

/* What concerns one account is tried on that account, all else on a copy of everything. Known is what the book knows.
 */
static enum status copy_for(struct book *book, const struct book_request *request) {
    if (!engine_is_one_account(request->records, request->count))
        return book_copy(book);
    engine_free(book->preview);
    book->preview = NULL;
    return engine_rehearsal(book->engine, request->records, request->count, &book->preview);
}

static enum status rehearse(struct book_commit *commit, struct bill_sink sink) {
    struct book *book = commit->book;
    TRY(copy_for(book, commit->requests));
    TRY(book_commit_sort(commit, book->engine));
    engine_set_sink(book->preview, sink);
    TRY(engine_origin(book->preview, SLICE("rehearsal"), book->seq + 1, commit->now_ns));
    if (commit->recall)
        TRY(engine_apply(book->preview, commit->recall, 1, NULL));
    return book_commit_answer(commit, book->preview, commit->count);
}

struct rehearsal {
    struct book *book;
    int64_t now_ns;
    const struct slice *documents;
    uint32_t count;
    struct reply *replies;
    struct bill_sink sink; /* of the bills that it would make */
};

static enum status rehearse_into(const struct rehearsal *rehearsal) {
    struct arena arena = {0};
    struct book_request request = {.replies = rehearsal->replies};
    struct book_commit commit = {.book = rehearsal->book, .now_ns = rehearsal->now_ns, .arena = &arena};
    enum status status = begin(&request, rehearsal->documents, rehearsal->count, &commit);
    if (status == STATUS_OK)
        status = rehearse(&commit, rehearsal->sink);
    arena_free(&arena);
    return status;
}

enum status book_rehearse(struct book *book, const struct slice *documents, uint32_t count, int64_t now_ns,
                          struct reply *replies) {
    return rehearse_into(&(struct rehearsal){book, now_ns, documents, count, replies, {.take = drop_bill}});
}

enum status book_due(struct book *book, int64_t now_ns, book_bill_visit *visit, void *context) {
    char text[256], time[INSTANT_TEXT_MAX];
    struct reply reply;
    int length = snprintf(text, sizeof text,
                          "{\"specversion\":\"1.0\",\"id\":\"tick-%lld\",\"source\":\"rehearsal\",\"type\":"
                          "\"tollgate.tick\",\"time\":\"%.*s\"}",
                          (long long)now_ns, (int)instant_format(now_ns, NULL, time), time);
    struct slice document = {text, (size_t)length};
    return rehearse_into(&(struct rehearsal){book, now_ns, &document, 1, &reply, {visit, context}});
}

enum status book_examine(struct book *book, struct slice document, struct reply *ret_reply) {
    struct record *record;
    TRY(book_document_read(book->reader, document, &book->arena, ret_reply, &record));
    if (!record)
        return STATUS_OK;
    *ret_reply = (struct reply){.outcome = OUTCOME_ACCEPTED};
    if (record->kind == RECORD_REJECTED || record->kind == RECORD_UNPRICED)
        *ret_reply = (struct reply){.outcome = record->kind == RECORD_REJECTED ? OUTCOME_REJECTED : OUTCOME_UNPRICED,
                                    .line = record->line,
                                    .column = record->column,
                                    .reason = record->reason};
    return STATUS_OK;
}
