/* SPDX-License-Identifier: Apache-2.0
 *
 * A turnstile: whoever has worked waits until all before it are through. */
#include "base/inorder.h"

#include <assert.h>
#include <pthread.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

struct turnstile {
    const struct inorder *inorder;
    pthread_mutex_t lock;
    pthread_cond_t turn;
    uint64_t taken, finished;
    enum status status;
};

struct lane {
    struct turnstile *turnstile;
    void *job;
};

static void fail(struct turnstile *turnstile, enum status status) {
    if (turnstile->status == STATUS_OK)
        turnstile->status = status;
    pthread_cond_broadcast(&turnstile->turn);
}

/* False at the end or after a failure. What fails to be taken fails in its turn. */
static bool lane_take(struct lane *lane, uint64_t *ret_number, enum status *ret_status) {
    struct turnstile *turnstile = lane->turnstile;
    const struct inorder *inorder = turnstile->inorder;
    bool more = false;
    pthread_mutex_lock(&turnstile->lock);
    if (turnstile->status == STATUS_OK) {
        *ret_status = inorder->take(inorder->context, lane->job, &more);
        more = more || *ret_status != STATUS_OK;
        *ret_number = turnstile->taken;
        turnstile->taken += more;
    }
    pthread_mutex_unlock(&turnstile->lock);
    return more;
}

static void lane_finish(struct lane *lane, uint64_t number, enum status status) {
    struct turnstile *turnstile = lane->turnstile;
    const struct inorder *inorder = turnstile->inorder;
    pthread_mutex_lock(&turnstile->lock);
    while (turnstile->finished != number && turnstile->status == STATUS_OK)
        pthread_cond_wait(&turnstile->turn, &turnstile->lock);
    bool go = turnstile->status == STATUS_OK;
    pthread_mutex_unlock(&turnstile->lock);
    if (go && status == STATUS_OK)
        status = inorder->finish(inorder->context, lane->job);
    pthread_mutex_lock(&turnstile->lock);
    if (go && status != STATUS_OK)
        fail(turnstile, status);
    turnstile->finished++;
    pthread_cond_broadcast(&turnstile->turn);
    pthread_mutex_unlock(&turnstile->lock);
}

static void *lane_run(void *context) {
    struct lane *lane = context;
    const struct inorder *inorder = lane->turnstile->inorder;
    enum status status = STATUS_OK;
    for (uint64_t number = 0; lane_take(lane, &number, &status);) {
        if (status == STATUS_OK)
            status = inorder->work(inorder->context, lane->job);
        lane_finish(lane, number, status);
    }
    return NULL;
}

enum status inorder_run(const struct inorder *inorder, void *const *jobs, uint32_t job_count) {
    struct turnstile turnstile = {
        .inorder = inorder, .lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER};
    struct lane lanes[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    uint32_t started = 1;
    assert(job_count >= 1 && job_count <= THREADS_MAX);
    for (uint32_t i = 0; i < job_count; i++)
        lanes[i] = (struct lane){&turnstile, jobs[i]};
    while (started < job_count && pthread_create(&threads[started], NULL, lane_run, &lanes[started]) == 0)
        started++;
    lane_run(&lanes[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&turnstile.lock);
    pthread_cond_destroy(&turnstile.turn);
    return turnstile.status;
}

uint32_t inorder_threads(uint32_t most) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > (long)most ? most : (uint32_t)cores;
}
