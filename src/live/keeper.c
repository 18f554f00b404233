/* SPDX-License-Identifier: Apache-2.0
 *
 * Who looks after the book: ticks when something is due, tries again to write what a full disk kept out, and takes
 * snapshots, so that the next start has little to fold. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "engine/view.h"
#include "live/live_private.h"

/* A start folds about a million documents in a second, and closes some hundred thousand bills. */
enum { SNAPSHOT_DOCUMENTS = 2000000, SNAPSHOT_BILLS = 500000 };

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

/* Nobody may change the state meanwhile, but all may look at it. */
enum status live_snapshot(struct live *live) {
    pthread_mutex_lock(&live->writing);
    enum status status = STATUS_IO;
    if (!atomic_load(&live->is_broken)) {
        effects_write(live);
        bool is_there = live->snapshot_seq > 0 && live->snapshot_seq == book_seq(live->book);
        status = is_there ? STATUS_OK : book_snapshot(live->book);
        if (status == STATUS_OK)
            live->snapshot_seq = book_seq(live->book);
        broken_look(live);
    }
    pthread_mutex_unlock(&live->writing);
    return status;
}

static void effects_retry(struct live *live) {
    pthread_mutex_lock(&live->writing);
    if (!atomic_load(&live->is_broken))
        effects_write(live);
    pthread_mutex_unlock(&live->writing);
}

/* What fails here is tried again the next time; that the book is broken is told to those who ask. */
static void look_after(struct live *live) {
    enum status ticked = live_tick(live, false);
    (void)ticked;
    uint64_t documents = atomic_load(&live->documents);
    uint64_t bills = engine_bill_count(live_state(live));
    live_state_end(live);
    effects_retry(live);
    if (documents - live->snapshot_documents < SNAPSHOT_DOCUMENTS && bills - live->snapshot_bills < SNAPSHOT_BILLS)
        return;
    if (live_snapshot(live) != STATUS_OK)
        return;
    live->snapshot_documents = documents;
    live->snapshot_bills = bills;
}

static void *keeper_run(void *context) {
    struct live *live = context;
    struct timespec next;
    (void)clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&live->keeping);
    while (!live->is_closing) {
        next.tv_sec += live->options.tick_seconds;
        int code = 0;
        while (!live->is_closing && code != ETIMEDOUT)
            code = pthread_cond_timedwait(&live->closing, &live->keeping, &next);
        if (live->is_closing)
            break;
        pthread_mutex_unlock(&live->keeping);
        look_after(live);
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        pthread_mutex_lock(&live->keeping);
    }
    pthread_mutex_unlock(&live->keeping);
    return NULL;
}

enum status keeper_start(struct live *live) {
    if (live->options.tick_seconds == 0)
        return STATUS_OK;
    live->has_keeper = pthread_create(&live->keeper, NULL, keeper_run, live) == 0;
    return live->has_keeper ? STATUS_OK : STATUS_NO_MEMORY;
}

void keeper_stop(struct live *live) {
    pthread_mutex_lock(&live->keeping);
    live->is_closing = true;
    pthread_cond_signal(&live->closing);
    pthread_mutex_unlock(&live->keeping);
    if (live->has_keeper)
        (void)pthread_join(live->keeper, NULL);
    live->has_keeper = false;
}
