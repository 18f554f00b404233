/* SPDX-License-Identifier: Apache-2.0
 *
 * A few documents at once, each with its reply: commands, and batches that arrive over a network. */
#include <string.h>

#include "book/book_private.h"

#define OWN_REFUSED "only the program itself writes this command"
#define ARRAY_REFUSED "an array is no document; submit its elements one by one"

/* Documents on their way in. */
struct submission {
    struct arena arena;
    struct record *records; /* of those that will be applied */
    uint32_t *places;       /* in the caller's list */
    uint32_t count;
    struct sorting sorting;
};

static enum status submission_read(struct book *book, struct slice text, uint32_t line, struct arena *arena,
                                   struct record **ret_record) {
    struct record *records;
    uint32_t count;
    char *padded = arena_alloc(arena, text.len + JSON_PADDING);
    if (!padded)
        return STATUS_NO_MEMORY;
    if (text.len)
        memcpy(padded, text.ptr, text.len);
    memset(padded + text.len, 0, JSON_PADDING);
    TRY(reader_read(book->reader, (struct slice){padded, text.len}, line, arena, NULL, &records, &count));
    *ret_record = count == 1 && !records->is_element ? records : NULL;
    return STATUS_OK;
}

static const struct reply array_refused = {OUTCOME_REJECTED, 1, 1, {ARRAY_REFUSED, sizeof ARRAY_REFUSED - 1}};

/* Told, but not kept: the partition that it belongs to keeps it. */
static enum status refuse_elsewhere(struct book *book, const struct record *record, struct reply *ret_reply) {
    struct slice reason =
        arena_printf(&book->arena, "account \"%.*s\" belongs to partition %u of %u; this book keeps partition %u",
                     SLICE_ARG(record->subject), (uint32_t)(record->subject_hash % book->partition.count) + 1,
                     book->partition.count, book->partition.number);
    *ret_reply = (struct reply){OUTCOME_REJECTED, record->line, 1, reason};
    return reason.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static const struct reply own_refused = {OUTCOME_REJECTED, 1, 1, {OWN_REFUSED, sizeof OWN_REFUSED - 1}};

static enum status submission_read_all(struct book *book, struct submission *submission, const struct slice *documents,
                                       uint32_t count, struct reply *replies) {
    submission->records = ARENA_ARRAY(&submission->arena, count + 1, struct record);
    submission->places = ARENA_ARRAY(&submission->arena, count + 1, uint32_t);
    if (!submission->records || !submission->places)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct record *record;
        TRY(submission_read(book, documents[i], submission->count + 1, &submission->arena, &record));
        replies[i] = array_refused;
        if (!record)
            continue;
        submission->places[submission->count] = i;
        submission->records[submission->count++] = *record;
    }
    return STATUS_OK;
}

/* Read everything; what is not new is answered. engine: the book's own, or a copy. */
static enum status submission_fill(struct book *book, const struct engine *engine, struct submission *submission,
                                   int64_t now_ns, struct reply *replies) {
    uint32_t kept = 0;
    submission->sorting = (struct sorting){
        .records = submission->records, .count = submission->count, .now_ns = now_ns, .scratch = &submission->arena};
    TRY(book_sort_out(book, engine, &submission->sorting));
    for (uint32_t i = 0; i < submission->count; i++) {
        const struct record *record = &submission->records[i];
        struct reply *reply = &replies[submission->places[i]];
        switch ((enum fate)submission->sorting.fates[i]) {
        case FATE_ELSEWHERE:
            TRY(refuse_elsewhere(book, record, reply));
            break;
        case FATE_OWN:
            *reply = own_refused;
            break;
        case FATE_KNOWN:
            *reply = (struct reply){.outcome = OUTCOME_DUPLICATE};
            break;
        case FATE_NEW:
            submission->places[kept] = submission->places[i];
            submission->records[kept] = *record;
            submission->records[kept].line = kept + 1;
            kept++;
            break;
        }
    }
    submission->count = kept;
    return STATUS_OK;
}

static const struct record *submission_recall(const struct submission *submission) {
    return submission->sorting.has_recall ? &submission->sorting.recall : NULL;
}

static enum status submission_apply(struct engine *engine, const struct submission *submission, struct arena *arena,
                                    struct reply *replies) {
    struct reply *answers = ARENA_ARRAY(arena, submission->count + 1, struct reply);
    if (!answers)
        return STATUS_NO_MEMORY;
    TRY(engine_answer(engine, submission->records, submission->count, answers, NULL));
    for (uint32_t i = 0; i < submission->count; i++)
        replies[submission->places[i]] = answers[i];
    return STATUS_OK;
}

enum status book_submit(struct book *book, const struct slice *documents, uint32_t count, int64_t now_ns,
                        struct reply *replies) {
    struct submission submission = {0};
    TRY(book_check_state(book));
    enum status status = submission_read_all(book, &submission, documents, count, replies);
    if (status == STATUS_OK)
        status = submission_fill(book, book->engine, &submission, now_ns, replies);
    struct appending appending = {submission.records, submission.count, submission_recall(&submission), now_ns};
    if (status == STATUS_OK && submission.count > 0)
        status = book_append(book, &appending, &submission.arena);
    if (status == STATUS_OK)
        status = submission_apply(book->engine, &submission, &submission.arena, replies);
    if (status == STATUS_OK) {
        book->is_behind = false;
        status = book_bills_write(book);
    }
    arena_free(&submission.arena);
    return status;
}

/* As in the book, an order is invoiced at once; nobody keeps its bill. */
static enum status drop_bill(void *context, const struct bill *bill) {
    (void)context;
    (void)bill;
    return STATUS_OK;
}

enum status book_rehearse(struct book *book, const struct slice *documents, uint32_t count, int64_t now_ns,
                          struct reply *replies) {
    struct submission submission = {0};
    TRY(book_copy(book));
    engine_set_sink(book->preview, (struct bill_sink){.take = drop_bill});
    enum status status = submission_read_all(book, &submission, documents, count, replies);
    if (status == STATUS_OK)
        status = submission_fill(book, book->preview, &submission, now_ns, replies);
    if (status == STATUS_OK)
        status = engine_origin(book->preview, SLICE("rehearsal"), book->seq + 1, now_ns);
    if (status == STATUS_OK && submission_recall(&submission))
        status = engine_apply(book->preview, submission_recall(&submission), 1, NULL);
    if (status == STATUS_OK)
        status = submission_apply(book->preview, &submission, &submission.arena, replies);
    arena_free(&submission.arena);
    return status;
}

enum status book_examine(struct book *book, struct slice document, struct reply *ret_reply) {
    struct record *record;
    TRY(submission_read(book, document, 1, &book->arena, &record));
    *ret_reply = (struct reply){.outcome = OUTCOME_ACCEPTED};
    if (!record)
        *ret_reply = array_refused;
    else if (record->kind == RECORD_REJECTED || record->kind == RECORD_UNPRICED)
        *ret_reply = (struct reply){record->kind == RECORD_REJECTED ? OUTCOME_REJECTED : OUTCOME_UNPRICED, record->line,
                                    record->column, record->reason};
    return STATUS_OK;
}
