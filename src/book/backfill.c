/* SPDX-License-Identifier: Apache-2.0
 *
 * Backfills in the journal: what leads their batches, and how all of their events are taken back at once. */
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "book/book_private.h"
#include "engine/identities.h"
#include "engine/view.h"

#define NAME_BYTES_MAX 200

enum status book_read_own(struct book *book, struct slice text, struct arena *arena, struct record *ret_record) {
    struct record *record;
    uint32_t count;
    char *padded = arena_alloc(arena, text.len + JSON_PADDING);
    if (!padded)
        return STATUS_NO_MEMORY;
    memcpy(padded, text.ptr, text.len);
    memset(padded + text.len, 0, JSON_PADDING);
    TRY(reader_read(book->reader, (struct slice){padded, text.len}, 1, arena, NULL, &record, &count));
    *ret_record = *record;
    return STATUS_OK;
}

void book_document_begin(struct json_writer *writer, const char *type, struct slice id, int64_t at_ns) {
    char time[INSTANT_TEXT_MAX];
    buf_clear(writer->out);
    json_object(writer);
    json_member(writer, "specversion", SLICE("1.0"));
    json_member(writer, "id", id);
    json_member(writer, "source", SLICE("tollgate"));
    json_member(writer, "type", slice_of(type));
    json_member(writer, "time", (struct slice){time, instant_format(at_ns, NULL, time)});
}

enum status book_document_end(struct book *book, struct json_writer *writer, struct arena *arena,
                              struct record *ret_record) {
    json_object_end(writer);
    json_object_end(writer);
    return writer->out->failed ? STATUS_NO_MEMORY : book_read_own(book, buf_slice(writer->out), arena, ret_record);
}

enum status book_backfill_record(struct book *book, struct backfill_note note, struct arena *arena,
                                 struct record *ret_record) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct slice id = arena_printf(arena, "%.*s/%llu", SLICE_ARG(note.name), (unsigned long long)note.seq);
    if (!id.ptr)
        return STATUS_NO_MEMORY;
    book_document_begin(&writer, "tollgate.backfill", id, note.now_ns);
    json_key(&writer, "data");
    json_object(&writer);
    json_member(&writer, "name", note.name);
    if (note.is_revert) {
        json_key(&writer, "revert");
        json_bool(&writer, true);
    }
    enum status status = book_document_end(book, &writer, arena, ret_record);
    buf_free(&text);
    return status;
}

enum status book_backfill_begin(struct book *book, struct slice name, struct slice *ret_error) {
    struct backfill_view view;
    if (name.len == 0 || name.len > NAME_BYTES_MAX || name.ptr[0] == '(') {
        *ret_error = SLICE("the name of a backfill has 1 to 200 bytes and begins with no parenthesis");
        return STATUS_INVALID;
    }
    if (engine_backfill_find(book->engine, name, &view) && view.is_reverted) {
        *ret_error = SLICE("a backfill of this name was reverted; choose another name");
        return STATUS_CONFLICT;
    }
    book->backfill = name;
    return STATUS_OK;
}

void book_backfill_end(struct book *book) {
    book->backfill = (struct slice){0};
}

/* ---- reverting ---- */

struct revert_batch { /* the reversals of one batch of the backfill, behind what leads them */
    struct record *records;
    uint32_t count;
    struct store_row row;
    struct buf blob;
    struct revert_batch *next;
};

struct revert {
    struct book *book;
    struct backfill_note note; /* seq: of the next batch */
    struct arena *arena;       /* of what is said about it */
    struct arena run;
    struct buf text; /* of the document being written */
    struct identities seen;
    struct revert_batch *first, **end;
    struct revert_batch *next; /* to be applied */
    uint32_t count;
    struct slice *ret_error;
};

static enum status reversal_record(struct revert *revert, const struct record *event, struct record *ret_record) {
    static const char digits[] = "0123456789abcdef";
    struct json_writer writer = {.out = &revert->text};
    char hash[2 * sizeof event->identity];
    for (size_t i = 0; i < sizeof event->identity; i++) {
        hash[2 * i] = digits[event->identity[i] >> 4];
        hash[2 * i + 1] = digits[event->identity[i] & 15];
    }
    struct slice id = arena_printf(&revert->run, "%.*s/%.*s", SLICE_ARG(revert->note.name), (int)sizeof hash, hash);
    if (!id.ptr)
        return STATUS_NO_MEMORY;
    book_document_begin(&writer, "tollgate.reversal", id, revert->note.now_ns);
    json_member(&writer, "subject", event->subject);
    json_key(&writer, "data");
    json_object(&writer);
    json_key(&writer, "event");
    json_raw(&writer, event->document);
    json_member(&writer, "reason", SLICE("its backfill is reverted"));
    return book_document_end(revert->book, &writer, &revert->run, ret_record);
}

/* Usage that may count; a repetition does not. */
static enum status reversal_add(struct revert *revert, const struct record *event, struct revert_batch *batch) {
    enum identity_answer answer;
    if (event->kind != RECORD_USAGE)
        return STATUS_OK;
    TRY(identities_check(&revert->seen, event->identity, event->payload, 0, &answer));
    return answer == IDENTITY_NEW ? reversal_record(revert, event, &batch->records[batch->count++]) : STATUS_OK;
}

/* Of the reversals from `first` on, those stay whose event counts, was charged and was not reversed by
 * itself. The identities of the
 * old ones go before them. */
static enum status reversals_choose(struct revert *revert, struct revert_batch *batch) {
    enum { LEAD = 2 };
    uint32_t count = batch->count - LEAD, kept = 0, old = 0;
    uint64_t border = engine_border(revert->book->engine, revert->note.now_ns);
    struct lookup *lookups = ARENA_ARRAY(&revert->run, 2 * (size_t)count + 1, struct lookup);
    if (!lookups)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct command *command = batch->records[LEAD + i].command;
        lookups[2 * i].identity = command->event->identity;
        lookups[2 * i + 1].identity = command->reversed;
    }
    TRY(book_lookup(revert->book, revert->book->engine, lookups, 2 * count));
    for (uint32_t i = 0; i < count; i++) {
        struct lookup *event = &lookups[2 * i];
        const struct record *record = &batch->records[LEAD + i];
        if (!event->is_found || event[1].is_found || (event->slot.rest & IDENTITY_NOTHING) ||
            event->slot.payload != (uint32_t)record->command->event->payload)
            continue;
        batch->records[LEAD + kept++] = *record;
        if (identity_day(record->command->event->time_ns) < border)
            lookups[old++] = *event;
    }
    batch->count = LEAD + kept;
    TRY(book_recall_record(revert->book, revert->note, lookups, old, &revert->run, &batch->records[1]));
    return STATUS_OK;
}

static bool leads_backfill(const struct record *record, struct slice name) {
    return record->kind == RECORD_BACKFILL && !record->command->is_revert && slice_eq(record->command->name, name);
}

/* Read one batch of the journal; when it is of the backfill, write its reversals. */
static enum status batch_revert(struct revert *revert, uint64_t seq, struct arena *scratch) {
    struct book *book = revert->book;
    struct batch batch;
    struct record record;
    TRY(book_batch(book, seq, scratch, &batch, revert->ret_error));
    if (batch.document_count == 0)
        return STATUS_OK;
    TRY(book_read_own(book, batch.documents[0], scratch, &record));
    if (!leads_backfill(&record, revert->note.name))
        return STATUS_OK;
    struct revert_batch *reversals = ARENA_NEW(&revert->run, struct revert_batch);
    if (!reversals)
        return STATUS_NO_MEMORY;
    *revert->end = reversals;
    revert->end = &reversals->next;
    revert->count++;
    reversals->records = ARENA_ARRAY(&revert->run, batch.document_count + (size_t)1, struct record);
    if (!reversals->records)
        return STATUS_NO_MEMORY;
    TRY(book_backfill_record(book, revert->note, &revert->run, &reversals->records[0]));
    reversals->count = 2; /* and what is recalled */
    for (uint32_t i = 1; i < batch.document_count; i++) {
        TRY(book_read_own(book, batch.documents[i], scratch, &record));
        TRY(reversal_add(revert, &record, reversals));
    }
    TRY(reversals_choose(revert, reversals));
    revert->note.seq++;
    for (uint32_t i = 0; i < reversals->count; i++)
        reversals->records[i].line = i + 1;
    return STATUS_OK;
}

static enum status batches_revert(struct revert *revert, const struct backfill_view *view) {
    struct arena scratch = {0};
    enum status status = STATUS_OK;
    for (uint64_t seq = view->first_seq; seq <= view->last_seq && status == STATUS_OK; seq++) {
        arena_reset(&scratch);
        status = batch_revert(revert, seq, &scratch);
    }
    if (revert->ret_error->len)
        *revert->ret_error = arena_copy(revert->arena, *revert->ret_error);
    arena_free(&scratch);
    return status;
}

/* On a copy: all of them must be taken. */
static enum status revert_rehearse(struct revert *revert) {
    struct book *book = revert->book;
    TRY(book_copy(book));
    uint64_t seq = book->seq;
    for (struct revert_batch *batch = revert->first; batch; batch = batch->next) {
        struct reply *replies = ARENA_ARRAY(&revert->run, batch->count, struct reply);
        if (!replies)
            return STATUS_NO_MEMORY;
        TRY(engine_origin(book->preview, SLICE("rehearsal"), ++seq, revert->note.now_ns));
        TRY(engine_answer(book->preview, batch->records, batch->count, replies, NULL));
        for (uint32_t i = 0; i < batch->count; i++)
            if (replies[i].outcome != OUTCOME_ACCEPTED) {
                *revert->ret_error = arena_copy(revert->arena, replies[i].reason);
                return revert->ret_error->ptr ? STATUS_INVALID : STATUS_NO_MEMORY;
            }
    }
    return STATUS_OK;
}

/* All batches at once: a crash leaves all of them or none. */
enum status book_revert_write(struct revert *revert) {
    struct book *book = revert->book;
    struct store_row *rows = ARENA_ARRAY(&revert->run, revert->count, struct store_row), *row = rows;
    struct store_row before = {.seq = book->seq};
    if (!rows)
        return STATUS_NO_MEMORY;
    memcpy(before.hash, book->hash, sizeof before.hash);
    for (struct revert_batch *batch = revert->first; batch; batch = batch->next, row++) {
        struct slice *documents = ARENA_ARRAY(&revert->run, batch->count, struct slice);
        if (!documents)
            return STATUS_NO_MEMORY;
        for (uint32_t i = 0; i < batch->count; i++)
            documents[i] = batch->records[i].document;
        struct batch written = {
            .recorded_ns = revert->note.now_ns, .documents = documents, .document_count = batch->count};
        *row = (struct store_row){.seq = before.seq + 1};
        memcpy(row->hash, before.hash, sizeof row->hash);
        TRY(book_encode(&written, &batch->blob, row));
        batch->row = before = *row;
    }
    TRY(store_append(book->store, rows, revert->count));
    book->is_behind = revert->count > 0; /* until all of them are applied */
    revert->next = revert->first;
    return STATUS_OK;
}

enum status book_revert_apply(struct revert *revert, bool *ret_more) {
    struct book *book = revert->book;
    struct revert_batch *batch = revert->next;
    if (batch) {
        book->seq = batch->row.seq;
        memcpy(book->hash, batch->row.hash, sizeof book->hash);
        TRY(book_origin(book, book->seq, revert->note.now_ns));
        TRY(engine_apply(book->engine, batch->records, batch->count, NULL));
        revert->next = batch->next;
    }
    book->is_behind = revert->next != NULL;
    *ret_more = revert->next != NULL;
    return STATUS_OK;
}

void book_revert_free(struct revert *revert) {
    if (!revert)
        return;
    for (struct revert_batch *batch = revert->first; batch; batch = batch->next)
        buf_free(&batch->blob);
    identities_free(&revert->seen);
    buf_free(&revert->text);
    arena_free(&revert->run);
    free(revert);
}

static enum status revert_find(struct book *book, struct slice name, struct arena *arena, struct backfill_view *view,
                               struct slice *ret_error) {
    *ret_error = (struct slice){0};
    TRY(book_check_state(book));
    if (!engine_backfill_find(book->engine, name, view))
        return book_fail(arena, ret_error, STATUS_NOT_FOUND, "there is no backfill \"%.*s\"", SLICE_ARG(name));
    if (view->is_reverted)
        return book_fail(arena, ret_error, STATUS_CONFLICT, "backfill \"%.*s\" was reverted before", SLICE_ARG(name));
    return STATUS_OK;
}

enum status book_revert_prepare(struct book *book, struct slice name, int64_t now_ns, struct arena *arena,
                                struct revert **ret_revert, struct slice *ret_error) {
    struct backfill_view view;
    TRY(revert_find(book, name, arena, &view, ret_error));
    struct revert *revert = calloc(1, sizeof *revert);
    if (!revert)
        return STATUS_NO_MEMORY;
    *revert = (struct revert){
        .book = book, .note = {name, book->seq + 1, now_ns, true}, .arena = arena, .ret_error = ret_error};
    revert->end = &revert->first;
    enum status status = batches_revert(revert, &view);
    if (status == STATUS_OK)
        status = revert_rehearse(revert);
    if (status == STATUS_OK)
        *ret_revert = revert;
    else
        book_revert_free(revert);
    return status;
}

static enum status revert_apply(struct revert *revert) {
    bool has_more = true;
    while (has_more)
        TRY(book_revert_apply(revert, &has_more));
    return book_bills_write(revert->book);
}

enum status book_backfill_revert(struct book *book, struct slice name, int64_t now_ns, struct arena *arena,
                                 struct slice *ret_error) {
    struct revert *revert;
    TRY(book_revert_prepare(book, name, now_ns, arena, &revert, ret_error));
    enum status status = book_revert_write(revert);
    if (status == STATUS_OK)
        status = revert_apply(revert);
    book_revert_free(revert);
    return status;
}
