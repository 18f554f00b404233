/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, the clock, the state for readers. */
#include <stdlib.h>
#include <time.h>

#include "live/live_private.h"

static int64_t clock_system(void *context) {
    struct timespec now;
    (void)context;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t live_now(struct live *live) {
    int64_t now = live->options.now(live->options.context);
    int64_t latest = atomic_load(&live->now_ns);
    while (now > latest)
        if (atomic_compare_exchange_weak(&live->now_ns, &latest, now))
            return now;
    return latest;
}

/* Waiting writers go first: a stream of readers would keep them out for ever. */
static void locks_make(struct live *live) {
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&live->state, &kind);
    pthread_rwlockattr_destroy(&kind);
    pthread_mutex_init(&live->writing, NULL);
    pthread_mutex_init(&live->gating, NULL);
}

enum status live_open(const char *directory, const struct live_options *options, struct arena *arena,
                      struct live **ret_live, struct slice *ret_error) {
    *ret_error = (struct slice){0};
    struct live *live = calloc(1, sizeof *live);
    if (!live)
        return STATUS_NO_MEMORY;
    live->options = *options;
    if (!live->options.now)
        live->options.now = clock_system;
    atomic_store(&live->now_ns, INSTANT_MIN);
    atomic_store(&live->applied_ns, INSTANT_MIN);
    locks_make(live);
    enum status status = book_open(directory, STORE_WRITE, arena, &live->book, ret_error);
    if (status == STATUS_OK)
        status = gate_new(book_tariffs(live->book), &live->options.gate, &live->gate);
    if (status != STATUS_OK) {
        atomic_store(&live->is_broken, true);
        live_close(live);
        return status;
    }
    atomic_store(&live->seq, book_seq(live->book));
    *ret_live = live;
    return STATUS_OK;
}

void live_close(struct live *live) {
    if (!live)
        return;
    enum status kept = atomic_load(&live->is_broken) ? STATUS_OK : book_snapshot(live->book);
    (void)kept; /* without it the next start takes longer; nothing else is lost */
    gate_free(live->gate);
    book_close(live->book);
    pthread_rwlock_destroy(&live->state);
    pthread_mutex_destroy(&live->writing);
    pthread_mutex_destroy(&live->gating);
    free(live);
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
    pthread_rwlock_rdlock(&live->state);
    const struct tariff_set *tariffs = book_tariffs(live->book);
    pthread_rwlock_unlock(&live->state);
    return tariffs;
}

uint64_t live_seq(struct live *live) {
    return atomic_load(&live->seq);
}

bool live_is_broken(struct live *live, struct slice *ret_why) {
    *ret_why = (struct slice){0};
    if (!atomic_load(&live->is_broken))
        return false;
    *ret_why = SLICE("the book cannot be written any more; start again to recover what is safe");
    return true;
}

void live_stats(struct live *live, struct live_stats *ret_stats) {
    struct live_stats stats = {.seq = atomic_load(&live->seq),
                               .batches = atomic_load(&live->batches),
                               .documents = atomic_load(&live->documents),
                               .waiting = atomic_load(&live->waiting),
                               .busy = atomic_load(&live->busy),
                               .applied_ns = atomic_load(&live->applied_ns)};
    pthread_mutex_lock(&live->gating);
    for (int i = 0; i < ADMIT_REASON_COUNT; i++)
        stats.decisions[i] = live->decisions[i];
    stats.leases = gate_lease_count(live->gate, live_now(live));
    pthread_mutex_unlock(&live->gating);
    *ret_stats = stats;
}
