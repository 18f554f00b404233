/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and closing, the state for readers, figures. */
#include <stdlib.h>
#include <time.h>

#include "engine/view.h"
#include "live/live_private.h"

/* Waiting writers go first: a stream of readers would keep them out for ever. */
static void locks_make(struct live *live) {
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&live->state, &kind);
    pthread_rwlockattr_destroy(&kind);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&live->closing, &steady);
    pthread_condattr_destroy(&steady);
    pthread_mutex_init(&live->keeping, NULL);
    pthread_mutex_init(&live->writing, NULL);
    pthread_mutex_init(&live->gating, NULL);
    pthread_mutex_init(&live->line.lock, NULL);
    pthread_mutex_init(&live->readers.lock, NULL);
    pthread_mutex_init(&live->clock.lock, NULL);
}

static void locks_free(struct live *live) {
    pthread_rwlock_destroy(&live->state);
    pthread_cond_destroy(&live->closing);
    pthread_mutex_destroy(&live->keeping);
    pthread_mutex_destroy(&live->writing);
    pthread_mutex_destroy(&live->gating);
    pthread_mutex_destroy(&live->line.lock);
    pthread_mutex_destroy(&live->readers.lock);
    pthread_mutex_destroy(&live->clock.lock);
}

static void live_free(struct live *live) {
    readers_free(&live->readers);
    gate_free(live->gate);
    book_close(live->book);
    arena_free(&live->batch);
    locks_free(live);
    free(live);
}

/* A state that comes of a snapshot has applied nothing yet. What cannot be read now is found by who reads it. */
static int64_t last_recorded(struct book *book) {
    int64_t at_ns = engine_recorded_ns(book_engine(book));
    struct arena scratch = {0};
    struct slice error;
    struct batch batch;
    if (at_ns == INSTANT_MIN && book_seq(book) > 0 &&
        book_batch(book, book_seq(book), &scratch, &batch, &error) == STATUS_OK)
        at_ns = batch.recorded_ns;
    arena_free(&scratch);
    return at_ns;
}

enum status live_open_book(struct book *book, const struct live_options *options, struct live **ret_live) {
    struct live *live = calloc(1, sizeof *live);
    if (!live) {
        book_close(book);
        return STATUS_NO_MEMORY;
    }
    live->book = book;
    live->options = *options;
    live->line.end = &live->line.first;
    locks_make(live);
    clock_start(&live->clock, options, last_recorded(book));
    atomic_store(&live->applied_ns, INSTANT_MIN);
    atomic_store(&live->seq, book_seq(book));
    live->snapshot_seq = book_recovery(book)->snapshot_seq;
    live->snapshot_bills = engine_bill_count(book_engine(book));
    atomic_store(&live->tariffs, book_tariffs(book));
    enum status status = gate_new(book_tariffs(book), &live->options.gate, &live->gate);
    if (status == STATUS_OK)
        status = keeper_start(live);
    if (status != STATUS_OK) {
        live_free(live);
        return status;
    }
    *ret_live = live;
    return STATUS_OK;
}

enum status live_open(const char *directory, const struct live_options *options, struct arena *arena,
                      struct live **ret_live, struct slice *ret_error) {
    struct book *book;
    TRY(book_open(directory, STORE_WRITE, arena, &book, ret_error));
    return live_open_book(book, options, ret_live);
}

void live_close(struct live *live) {
    if (!live)
        return;
    keeper_stop(live);
    enum status kept = live_snapshot(live);
    (void)kept; /* without it the next start takes longer; nothing else is lost */
    live_free(live);
}

int64_t live_now(struct live *live) {
    return clock_now(&live->clock);
}

int64_t live_ahead_ns(struct live *live) {
    return live_now(live) - live->clock.wall(live->clock.context);
}

const struct engine *live_state(struct live *live) {
    pthread_rwlock_rdlock(&live->state);
    return book_engine(live->book);
}

void live_state_end(struct live *live) {
    pthread_rwlock_unlock(&live->state);
}

struct book *live_book(struct live *live) {
    return live->book;
}

const struct tariff_set *live_tariffs(struct live *live) {
    return atomic_load(&live->tariffs);
}

uint64_t live_seq(struct live *live) {
    return atomic_load(&live->seq);
}

bool live_is_broken(struct live *live, struct slice *ret_why) {
    *ret_why = (struct slice){0};
    if (!atomic_load(&live->is_broken))
        return false;
    *ret_why = slice_of(live->why);
    return true;
}

void live_stats(struct live *live, struct live_stats *ret_stats) {
    struct live_stats stats = {.seq = atomic_load(&live->seq),
                               .batches = atomic_load(&live->batches),
                               .documents = atomic_load(&live->documents),
                               .busy = atomic_load(&live->busy),
                               .applied_ns = atomic_load(&live->applied_ns)};
    pthread_mutex_lock(&live->line.lock);
    stats.waiting = live->line.documents;
    pthread_mutex_unlock(&live->line.lock);
    pthread_mutex_lock(&live->gating);
    for (int i = 0; i < ADMIT_REASON_COUNT; i++)
        stats.decisions[i] = live->decisions[i];
    stats.leases = gate_lease_count(live->gate, live_now(live));
    pthread_mutex_unlock(&live->gating);
    *ret_stats = stats;
}
