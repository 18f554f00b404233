/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests become records, records a batch, and a batch replies. */
#include "book/commit.h"

#include <string.h>

#include "book/book_private.h"

enum { ANSWERS_MAX = 64 }; /* records applied at once, for their replies are small on the stack */

/* Not kept. */
#define REFUSED(text)                                                                                                  \
    {                                                                                                                  \
        .outcome = OUTCOME_REJECTED, .line = 1, .column = 1, .reason = { text, sizeof text - 1 }                       \
    }
static const struct reply array_refused = REFUSED("an array is no document; submit its elements one by one");
static const struct reply own_refused = REFUSED("only the program itself writes this command");
static const struct reply command_refused = REFUSED("a command is no usage event; ask for it where it belongs");
static const struct reply account_refused = REFUSED("this key is for another account");

/* Where the reply of a record goes. */
struct book_place {
    struct book_request *request;
    struct reply *reply;
    uint32_t line; /* in its document */
};

/* Another document that says the same as a new one of its batch. */
struct book_twin {
    struct book_place place;
    uint32_t of; /* index of that one */
};

/* ---- reading ---- */

enum status book_reader_new(const struct book *book, const struct tariff_set *tariffs, struct reader **ret_reader) {
    return reader_new(tariffs, book->key, ret_reader);
}

enum status book_document_read(struct reader *reader, struct slice text, struct arena *arena, struct reply *ret_reply,
                               struct record **ret_record) {
    struct record *records;
    uint32_t count;
    char *padded = arena_take(arena, text.len + JSON_PADDING);
    if (!padded)
        return STATUS_NO_MEMORY;
    if (text.len)
        memcpy(padded, text.ptr, text.len);
    memset(padded + text.len, 0, JSON_PADDING);
    TRY(reader_read(reader, (struct slice){padded, text.len}, 1, arena, NULL, &records, &count));
    *ret_record = count == 1 && !records->is_element ? records : NULL;
    if (!*ret_record)
        *ret_reply = array_refused;
    return STATUS_OK;
}

static bool may_say(const struct book_scope *scope, const struct record *record, struct reply *ret_reply) {
    bool is_allowed = !scope || !scope->events_only || !record->is_command;
    if (!is_allowed)
        *ret_reply = command_refused;
    else if (scope && scope->account.len && !slice_eq(record->subject, scope->account))
        *ret_reply = account_refused;
    else
        return true;
    return false;
}

enum status book_request_read(struct reader *reader, const struct slice *documents, uint32_t count,
                              struct book_request *request) {
    request->records = ARENA_ARRAY(request->arena, count + (size_t)1, struct record);
    request->places = ARENA_ARRAY(request->arena, count + (size_t)1, uint32_t);
    request->tariffs = reader_tariffs(reader);
    request->count = 0;
    request->bytes = 0;
    if (!request->records || !request->places)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct record *record;
        TRY(book_document_read(reader, documents[i], request->arena, &request->replies[i], &record));
        if (!record || !may_say(request->scope, record, &request->replies[i]))
            continue;
        request->bytes += documents[i].len;
        request->places[request->count] = i;
        request->records[request->count++] = *record;
    }
    return STATUS_OK;
}

/* ---- sorting out ---- */

/* Told, but not kept: the partition that it belongs to keeps it. */
static enum status refuse_elsewhere(const struct book *book, const struct record *record,
                                    const struct book_place *place) {
    struct slice reason = arena_printf(
        place->request->texts, "account \"%.*s\" belongs to partition %u of %u; this book keeps partition %u",
        SLICE_ARG(record->subject), (uint32_t)(record->subject_hash % book->partition.count) + 1, book->partition.count,
        book->partition.number);
    *place->reply = (struct reply){
        .outcome = OUTCOME_REJECTED, .line = place->line, .column = 1, .reason = reason, .is_elsewhere = true};
    return reason.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

/* All records behind one another. Those of a single request stay where they are. */
static enum status gather(struct book_commit *commit) {
    uint32_t count = 0;
    bool is_single = commit->requests && !commit->requests->next;
    for (const struct book_request *request = commit->requests; request; request = request->next)
        count += request->count;
    commit->places = ARENA_ARRAY(commit->arena, count + (size_t)1, struct book_place);
    commit->records = is_single ? commit->requests->records
                                : arena_take(commit->arena, (count + (size_t)1) * sizeof *commit->records);
    if (!commit->places || !commit->records)
        return STATUS_NO_MEMORY;
    commit->count = 0;
    for (struct book_request *request = commit->requests; request; request = request->next) {
        if (!is_single && request->count)
            memcpy(commit->records + commit->count, request->records, request->count * sizeof *request->records);
        for (uint32_t i = 0; i < request->count; i++)
            commit->places[commit->count++] =
                (struct book_place){request, &request->replies[request->places[i]], request->records[i].line};
    }
    return STATUS_OK;
}

/* The new records of the batch by identity. */
struct seen {
    uint32_t *slots; /* index + 1; 0: free */
    uint32_t mask;
};

static enum status seen_make(struct book_commit *commit, struct seen *ret_seen) {
    uint32_t size = 16;
    while (size < 2 * (uint64_t)commit->count)
        size *= 2;
    *ret_seen = (struct seen){ARENA_ARRAY(commit->arena, size, uint32_t), size - 1};
    commit->twins = ARENA_ARRAY(commit->arena, commit->count + (size_t)1, struct book_twin);
    commit->twin_count = 0;
    return ret_seen->slots && commit->twins ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Whether the record says what one of the `kept` before it says; else it is seen from now on. */
static bool is_twin(struct book_commit *commit, struct seen *seen, const struct record *record, uint32_t kept,
                    uint32_t *ret_of) {
    uint64_t at;
    memcpy(&at, record->identity, sizeof at);
    for (;; at++) {
        uint32_t slot = seen->slots[at & seen->mask];
        if (slot == 0)
            break;
        const struct record *other = &commit->records[slot - 1];
        *ret_of = slot - 1;
        if (memcmp(other->identity, record->identity, sizeof other->identity) == 0)
            return other->payload == record->payload; /* the engine tells a conflict */
    }
    seen->slots[at & seen->mask] = kept + 1;
    return false;
}

static void record_keep(struct book_commit *commit, struct seen *seen, uint32_t from, uint32_t *kept) {
    uint32_t of;
    if (commit->is_group && is_twin(commit, seen, &commit->records[from], *kept, &of)) {
        commit->twins[commit->twin_count++] = (struct book_twin){commit->places[from], of};
        return;
    }
    if (*kept != from) {
        commit->records[*kept] = commit->records[from];
        commit->places[*kept] = commit->places[from];
    }
    commit->records[*kept].line = *kept + 1;
    ++*kept;
}

/* As the state did when it wrote it down. */
static enum status refuse_again(const struct engine *engine, const struct record *record, const struct sorting *sorting,
                                const struct book_place *place) {
    struct intake_window window = book_window(engine, sorting);
    enum refusal refusal = engine_refuses_again(engine, record, &window);
    *place->reply = (struct reply){.outcome = refusal == REFUSAL_CONFLICT ? OUTCOME_CONFLICT : OUTCOME_REJECTED,
                                   .line = place->line,
                                   .column = record->column ? record->column : 1,
                                   .reason = engine_refusal_text(place->request->texts, record, refusal),
                                   .is_too_old = refusal == REFUSAL_OLD || refusal == REFUSAL_FORGOTTEN};
    return place->reply->reason.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

/* What is not new is answered and goes. */
static enum status known_drop(struct book_commit *commit, const struct engine *engine, const struct sorting *sorting) {
    struct seen seen = {0};
    uint32_t kept = 0;
    if (commit->is_group)
        TRY(seen_make(commit, &seen));
    for (uint32_t i = 0; i < commit->count; i++) {
        switch ((enum fate)sorting->fates[i]) {
        case FATE_ELSEWHERE:
            TRY(refuse_elsewhere(commit->book, &commit->records[i], &commit->places[i]));
            break;
        case FATE_OWN:
            *commit->places[i].reply = own_refused;
            break;
        case FATE_KNOWN:
            *commit->places[i].reply = (struct reply){.outcome = OUTCOME_DUPLICATE};
            break;
        case FATE_REFUSED:
            TRY(refuse_again(engine, &commit->records[i], sorting, &commit->places[i]));
            break;
        case FATE_NEW:
            record_keep(commit, &seen, i, &kept);
            break;
        }
    }
    commit->count = kept;
    return STATUS_OK;
}

/* engine: the book's own, or a copy. */
enum status book_commit_sort(struct book_commit *commit, const struct engine *engine) {
    TRY(gather(commit));
    struct sorting sorting = {.records = commit->records,
                              .count = commit->count,
                              .now_ns = commit->now_ns,
                              .is_backfill = commit->book->backfill.len > 0,
                              .scratch = commit->arena};
    TRY(book_sort_out(commit->book, engine, &sorting));
    TRY(known_drop(commit, engine, &sorting));
    commit->recall = sorting.has_recall ? ARENA_NEW(commit->arena, struct record) : NULL;
    if (commit->recall)
        *commit->recall = sorting.recall;
    return commit->recall || !sorting.has_recall ? STATUS_OK : STATUS_NO_MEMORY;
}

/* ---- the steps ---- */

enum status book_commit_write(struct book_commit *commit) {
    TRY(book_check_state(commit->book));
    TRY(book_commit_sort(commit, commit->book->engine));
    if (commit->count == 0)
        return STATUS_OK;
    struct appending appending = {commit->records, commit->count, commit->recall, commit->now_ns, NULL};
    commit->lead = ARENA_NEW(commit->arena, struct lead);
    return commit->lead ? book_write(commit->book, &appending, commit->arena, commit->lead) : STATUS_NO_MEMORY;
}

/* What was refused is refused again: nobody remembers it. */
static void twins_answer(struct book_commit *commit) {
    for (uint32_t i = 0; i < commit->twin_count; i++) {
        const struct book_twin *twin = &commit->twins[i];
        const struct reply *other = commit->places[twin->of].reply;
        bool is_refused = other->outcome == OUTCOME_REJECTED || other->outcome == OUTCOME_CONFLICT;
        *twin->place.reply = is_refused ? *other : (struct reply){.outcome = OUTCOME_DUPLICATE};
    }
}

enum status book_commit_answer(struct book_commit *commit, struct engine *engine, uint32_t count) {
    struct reply replies[ANSWERS_MAX];
    while (count > 0) {
        uint32_t most = count < ANSWERS_MAX ? count : ANSWERS_MAX;
        TRY(engine_answer(engine, commit->records + commit->applied, most, replies, NULL));
        for (uint32_t i = 0; i < most; i++) {
            const struct book_place *place = &commit->places[commit->applied++];
            *place->reply = replies[i];
            if (replies[i].line)
                place->reply->line = place->line;
        }
        count -= most;
    }
    if (commit->applied == commit->count)
        twins_answer(commit);
    return STATUS_OK;
}

enum status book_commit_apply(struct book_commit *commit, uint32_t most) {
    uint32_t left = commit->count - commit->applied;
    if (left == 0)
        return STATUS_OK;
    if (commit->lead)
        TRY(book_lead(commit->book, commit->lead, commit->now_ns));
    commit->lead = NULL;
    TRY(book_commit_answer(commit, commit->book->engine, left < most ? left : most));
    if (commit->applied == commit->count)
        commit->book->is_behind = false;
    return STATUS_OK;
}

struct book_request *book_commit_request(const struct book_commit *commit, uint32_t index) {
    return commit->places[index].request;
}

enum status book_effects_write(struct book *book) {
    return book_bills_write(book);
}

bool book_effects_wait(const struct book *book) {
    return book->outbox.count > 0 || book->seals != NULL;
}

bool book_is_broken(const struct book *book) {
    return book->is_behind || store_is_broken(book->store);
}
