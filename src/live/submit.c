/* SPDX-License-Identifier: Apache-2.0
 *
 * Group commit. Every caller reads its own documents; the first who waits leads: it writes one batch for all that wait,
 * applies it in portions, and hands over to the first who came meanwhile. A sync is paid by a group, and nobody's state
 * is locked while it lasts.
 *
 * Between two portions readers see documents of a batch that is not whole yet. All of them are durable, each took
 * effect as a whole and in the order of the journal, and nobody was told of them yet: they see what they would have
 * seen had the batch been cut there. */
#include <stdio.h>

#include "live/live_private.h"

enum { QUEUE_DEFAULT = 262144, GROUP_DOCUMENTS_MAX = 65536, PORTION = 256 };
#define QUEUE_BYTES_MAX ((uint64_t)512 << 20)
#define GROUP_BYTES_MAX ((size_t)16 << 20)

/* ---- waiting ---- */

static uint64_t bytes_of(const struct slice *documents, uint32_t count) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        bytes += documents[i].len;
    return bytes;
}

/* False: too much is waiting. */
static bool line_enter(struct live *live, uint32_t count, uint64_t bytes) {
    struct line *line = &live->line;
    uint64_t most = live->options.queue_documents ? live->options.queue_documents : QUEUE_DEFAULT;
    pthread_mutex_lock(&line->lock);
    bool has_room = line->documents + count <= most && line->bytes + bytes <= QUEUE_BYTES_MAX;
    if (has_room) {
        line->documents += count;
        line->bytes += bytes;
    }
    pthread_mutex_unlock(&line->lock);
    if (!has_room)
        atomic_fetch_add(&live->busy, 1);
    return has_room;
}

static void line_leave(struct live *live, uint32_t count, uint64_t bytes) {
    pthread_mutex_lock(&live->line.lock);
    live->line.documents -= count;
    live->line.bytes -= bytes;
    pthread_mutex_unlock(&live->line.lock);
}

/* Take what waits from the front, as far as it makes one batch. */
static struct submission *group_take(struct line *line) {
    pthread_mutex_lock(&line->lock);
    struct submission *first = line->first, *last = first;
    uint32_t documents = first->request.count;
    size_t bytes = first->request.bytes;
    while (last->next && documents + last->next->request.count <= GROUP_DOCUMENTS_MAX &&
           bytes + last->next->request.bytes <= GROUP_BYTES_MAX) {
        last = last->next;
        documents += last->request.count;
        bytes += last->request.bytes;
    }
    line->first = last->next;
    if (!line->first)
        line->end = &line->first;
    last->next = NULL;
    pthread_mutex_unlock(&line->lock);
    return first;
}

/* Tell the group, and the next one to lead. */
static void group_end(struct line *line, struct submission *group) {
    pthread_mutex_lock(&line->lock);
    for (struct submission *one = group, *next; one; one = next) {
        next = one->next; /* its thread may go once it is done */
        one->is_done = true;
        pthread_cond_signal(&one->turn);
    }
    line->has_leader = line->first != NULL;
    if (line->first) {
        line->first->leads = true;
        pthread_cond_signal(&line->first->turn);
    }
    pthread_mutex_unlock(&line->lock);
}

/* ---- a group ---- */

/* What became of a document is told also without its words. */
static void reason_keep(struct arena *arena, struct reply *reply) {
    if (reply->reason.len == 0)
        return;
    reply->reason = arena_copy(arena, reply->reason);
    if (!reply->reason.ptr)
        reply->reason = SLICE("(memory is out)");
}

/* The notices that they come from stay in the state, which nobody changes meanwhile. */
static void reasons_keep(struct submission *group) {
    for (; group; group = group->next)
        for (uint32_t i = 0; i < group->request.count; i++)
            reason_keep(group->request.texts, &group->request.replies[group->request.places[i]]);
}

/* A slot that was kept for a hold is free in the moment in which the hold has its own. */
static void leases_end(struct live *live, const struct book_commit *commit, uint32_t from) {
    for (uint32_t i = from; i < commit->applied; i++) {
        struct submission *one = (struct submission *)book_commit_request(commit, i);
        if (one->lease)
            (void)live_end(live, one->lease);
        one->lease = 0;
        if (one->slot_count && commit->records[i].kind == RECORD_HOLD)
            slot_end(live, one, commit->records[i].identity);
    }
}

static enum status group_apply(struct live *live, struct book_commit *commit, bool has_leases) {
    enum status status = STATUS_OK;
    while (commit->applied < commit->count && status == STATUS_OK) {
        uint32_t from = commit->applied;
        pthread_rwlock_wrlock(&live->state);
        status = book_commit_apply(commit, PORTION);
        if (has_leases)
            leases_end(live, commit, from);
        pthread_rwlock_unlock(&live->state);
    }
    return status;
}

void broken_look(struct live *live) {
    if (!book_is_broken(live->book) || atomic_load(&live->is_broken))
        return;
    struct slice error = book_error(live->book);
    (void)snprintf(live->why, sizeof live->why,
                   "the book cannot be written any more%s%.*s; start again to recover what is safe",
                   error.len > 0 ? ": " : "", error.len < 160 ? (int)error.len : 160, error.ptr ? error.ptr : "");
    atomic_store(&live->is_broken, true);
}

/* Bills come before the answer, so that who orders finds the invoice. A full disk keeps them out for a while: they are
 * in the journal, and the keeper tries again. */
void effects_write(struct live *live) {
    enum status status = book_effects_wait(live->book) ? book_effects_write(live->book) : STATUS_OK;
    if (status != STATUS_OK)
        broken_look(live);
}

/* Under `writing`. */
static enum status group_commit(struct live *live, struct submission *group) {
    struct book_commit commit = {.book = live->book,
                                 .requests = &group->request,
                                 .now_ns = live_now(live),
                                 .arena = &live->batch,
                                 .is_group = true};
    if (atomic_load(&live->is_broken))
        return STATUS_IO;
    bool has_leases = false;
    for (struct submission *one = group; one; one = one->next) {
        one->request.next = one->next ? &one->next->request : NULL;
        has_leases = has_leases || one->lease != 0 || one->slot_count > 0;
    }
    arena_reset(&live->batch);
    enum status status = book_commit_write(&commit);
    bool is_written = status == STATUS_OK && commit.count > 0;
    if (status == STATUS_OK)
        status = group_apply(live, &commit, has_leases);
    if (status != STATUS_OK) {
        broken_look(live);
        return status;
    }
    reasons_keep(group);
    if (!is_written)
        return STATUS_OK;
    atomic_store(&live->seq, book_seq(live->book));
    atomic_store(&live->applied_ns, commit.now_ns);
    atomic_fetch_add(&live->batches, 1);
    atomic_fetch_add(&live->documents, commit.count);
    effects_write(live);
    return STATUS_OK;
}

/* Who read under other tariffs than those that hold now reads again. */
static struct submission **stale_split(struct live *live, struct submission *group, struct submission *sides[2]) {
    struct submission **ends[2] = {&sides[0], &sides[1]};
    for (struct submission *one = group, *next; one; one = next) {
        next = one->next;
        int side = one->request.tariffs != atomic_load(&live->tariffs);
        *ends[side] = one;
        ends[side] = &one->next;
        one->next = NULL;
    }
    return ends[0];
}

static void lead(struct live *live) {
    struct submission *sides[2] = {NULL, NULL};
    pthread_mutex_lock(&live->writing);
    struct submission *group = group_take(&live->line);
    struct submission **end = stale_split(live, group, sides);
    enum status status = sides[0] ? group_commit(live, sides[0]) : STATUS_OK;
    pthread_mutex_unlock(&live->writing);
    for (struct submission *one = sides[0]; one; one = one->next)
        one->status = status;
    for (struct submission *one = sides[1]; one; one = one->next)
        one->is_stale = true;
    *end = sides[1];
    group_end(&live->line, sides[0]);
}

/* ---- one caller ---- */

static enum status line_pass(struct live *live, struct submission *mine) {
    struct line *line = &live->line;
    pthread_mutex_lock(&line->lock);
    mine->next = NULL;
    mine->is_done = mine->is_stale = false;
    mine->leads = !line->has_leader;
    line->has_leader = true;
    *line->end = mine;
    line->end = &mine->next;
    while (!mine->is_done && !mine->leads)
        pthread_cond_wait(&mine->turn, &line->lock);
    bool leads = mine->leads;
    pthread_mutex_unlock(&line->lock);
    if (leads)
        lead(live);
    return mine->status;
}

static enum status submission_read(struct live *live, struct submission *mine, const struct slice *documents,
                                   uint32_t count) {
    struct reader *reader;
    arena_reset(mine->request.arena);
    TRY(readers_take(live, &reader));
    enum status status = book_request_read(reader, documents, count, &mine->request);
    readers_give(live, reader);
    return status;
}

static enum status submit(struct live *live, struct submission *mine, const struct slice *documents, uint32_t count) {
    struct arena records = {0};
    uint64_t bytes = bytes_of(documents, count);
    enum status status;
    if (!line_enter(live, count, bytes))
        return STATUS_BUSY;
    mine->request.arena = &records;
    do {
        status = submission_read(live, mine, documents, count);
        if (status == STATUS_OK && !mine->was_asked)
            status = slots_keep(live, mine);
        if (status == STATUS_OK)
            status = line_pass(live, mine);
        slots_end(live, mine);
    } while (status == STATUS_OK && mine->is_stale); /* the tariffs were exchanged meanwhile */
    line_leave(live, count, bytes);
    mine->request.arena = NULL; /* it goes */
    arena_free(&records);
    return status;
}

enum status live_submit(struct live *live, const struct slice *documents, uint32_t count, struct arena *arena,
                        struct reply *replies) {
    struct submission mine = {.request = {.replies = replies, .texts = arena}, .turn = PTHREAD_COND_INITIALIZER};
    return submit(live, &mine, documents, count);
}

enum status live_ingest(struct live *live, struct slice account, const struct slice *documents, uint32_t count,
                        struct arena *arena, struct reply *replies) {
    struct book_scope scope = {.events_only = true, .account = account};
    struct submission mine = {.request = {.scope = &scope, .replies = replies, .texts = arena},
                              .turn = PTHREAD_COND_INITIALIZER};
    return submit(live, &mine, documents, count);
}

/* Alone in its batch: whatever else is written meanwhile is no part of the backfill. Under `writing`, so that no other
 * tariffs come between reading and writing. */
static enum status backfill_commit(struct live *live, const struct live_backfill *backfill, struct submission *mine,
                                   struct slice *ret_error) {
    if (atomic_load(&live->is_broken))
        return STATUS_IO;
    TRY(book_backfill_begin(live->book, backfill->name, ret_error));
    enum status status = submission_read(live, mine, backfill->documents, backfill->count);
    if (status == STATUS_OK)
        status = group_commit(live, mine);
    book_backfill_end(live->book);
    return status;
}

enum status live_backfill(struct live *live, const struct live_backfill *backfill, struct arena *arena,
                          struct slice *ret_error) {
    struct arena records = {0};
    struct book_scope scope = {.events_only = true, .account = SLICE("")};
    struct submission mine = {.request = {.scope = backfill->is_usage ? &scope : NULL,
                                          .replies = backfill->replies,
                                          .arena = &records,
                                          .texts = arena}};
    uint64_t bytes = bytes_of(backfill->documents, backfill->count);
    *ret_error = (struct slice){0};
    if (!line_enter(live, backfill->count, bytes))
        return STATUS_BUSY;
    pthread_mutex_lock(&live->writing);
    enum status status = backfill_commit(live, backfill, &mine, ret_error);
    pthread_mutex_unlock(&live->writing);
    line_leave(live, backfill->count, bytes);
    arena_free(&records);
    return status;
}

enum status submit_holding(struct live *live, struct slice document, uint64_t *lease, struct arena *arena,
                           struct reply *ret_reply) {
    struct submission mine = {.request = {.replies = ret_reply, .texts = arena},
                              .lease = *lease,
                              .was_asked = true,
                              .turn = PTHREAD_COND_INITIALIZER};
    enum status status = submit(live, &mine, &document, 1);
    *lease = mine.lease;
    return status;
}

enum status live_rehearse(struct live *live, const struct slice *documents, uint32_t count, struct arena *arena,
                          struct reply *replies) {
    pthread_mutex_lock(&live->writing);
    enum status status = book_rehearse(live->book, documents, count, live_now(live), replies);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        reason_keep(arena, &replies[i]);
    pthread_mutex_unlock(&live->writing);
    return status;
}

enum status live_due(struct live *live, int64_t now_ns, book_bill_visit *visit, void *context) {
    pthread_mutex_lock(&live->writing);
    enum status status = book_due(live->book, now_ns, visit, context);
    pthread_mutex_unlock(&live->writing);
    return status;
}

enum status live_rehearse_look(struct live *live, struct slice document, struct live_look look, struct arena *arena,
                               struct reply *ret_reply) {
    pthread_mutex_lock(&live->writing);
    enum status status = book_rehearse(live->book, &document, 1, live_now(live), ret_reply);
    if (status == STATUS_OK) {
        reason_keep(arena, ret_reply);
        look.look(look.context, book_engine_copy(live->book));
    }
    pthread_mutex_unlock(&live->writing);
    return status;
}
