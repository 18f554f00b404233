/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents into the book. */
#include <stdio.h>
#include <string.h>

#include "live/live_private.h"

enum { QUEUE_DEFAULT = 262144 };

/* Reasons outlive the next change of the state. */
static enum status reasons_keep(struct arena *arena, struct reply *replies, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (replies[i].reason.len == 0)
            continue;
        replies[i].reason = arena_copy(arena, replies[i].reason);
        if (!replies[i].reason.ptr)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* False: too much is waiting. */
static bool queue_enter(struct live *live, uint32_t count) {
    uint64_t most = live->options.queue_documents ? live->options.queue_documents : QUEUE_DEFAULT;
    if (atomic_fetch_add(&live->waiting, count) + count <= most)
        return true;
    atomic_fetch_sub(&live->waiting, count);
    atomic_fetch_add(&live->busy, 1);
    return false;
}

/* Under `writing` and `state`. A journal that has more than the state is the end; a full disk is not. */
static enum status write(struct live *live, const struct slice *documents, uint32_t count, struct reply *replies) {
    uint64_t before = book_seq(live->book);
    int64_t now = live_now(live);
    enum status status = book_submit(live->book, documents, count, now, replies);
    uint64_t seq = book_seq(live->book);
    if (status != STATUS_OK && seq != before)
        atomic_store(&live->is_broken, true);
    if (status != STATUS_OK || seq == before)
        return status;
    atomic_store(&live->seq, seq);
    atomic_store(&live->applied_ns, now);
    atomic_fetch_add(&live->batches, 1);
    atomic_fetch_add(&live->documents, count);
    return STATUS_OK;
}

enum status live_submit(struct live *live, const struct slice *documents, uint32_t count, struct arena *arena,
                        struct reply *replies) {
    if (!queue_enter(live, count))
        return STATUS_BUSY;
    pthread_mutex_lock(&live->writing);
    pthread_rwlock_wrlock(&live->state);
    enum status status = atomic_load(&live->is_broken) ? STATUS_IO : write(live, documents, count, replies);
    if (status == STATUS_OK)
        status = reasons_keep(arena, replies, count);
    pthread_rwlock_unlock(&live->state);
    pthread_mutex_unlock(&live->writing);
    atomic_fetch_sub(&live->waiting, count);
    return status;
}

enum status live_rehearse(struct live *live, const struct slice *documents, uint32_t count, struct arena *arena,
                          struct reply *replies) {
    pthread_mutex_lock(&live->writing);
    enum status status = book_rehearse(live->book, documents, count, live_now(live), replies);
    if (status == STATUS_OK)
        status = reasons_keep(arena, replies, count);
    pthread_mutex_unlock(&live->writing);
    return status;
}

enum status live_tick(struct live *live, bool even_if_not) {
    int64_t now = live_now(live);
    bool is_due = engine_due_ns(live_state(live)) <= now;
    live_state_end(live);
    if (!is_due && !even_if_not)
        return STATUS_OK;
    char text[256], time[INSTANT_TEXT_MAX];
    struct arena arena = {0};
    struct reply reply;
    int length = snprintf(text, sizeof text,
                          "{\"specversion\":\"1.0\",\"id\":\"tick-%lld\",\"source\":\"tollgate\",\"type\":"
                          "\"tollgate.tick\",\"time\":\"%.*s\"}",
                          (long long)now, (int)instant_format(now, NULL, time), time);
    enum status status = live_submit(live, &(struct slice){text, (size_t)length}, 1, &arena, &reply);
    arena_free(&arena);
    return status;
}
