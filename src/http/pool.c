/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers: a bounded queue of requests whose handlers may wait. */
#include <stdlib.h>

#include "http/http_private.h"

enum { QUEUE_LOCAL = 64 }; /* places that only the socket of this machine's administrator gets */

static struct exchange *take(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !(pool->stops && pool->under_way == 0))
        pthread_cond_wait(&pool->changed, &pool->lock);
    struct exchange *exchange = pool->first;
    if (exchange != NULL) {
        pool->first = exchange->next;
        if (pool->first == NULL)
            pool->last = &pool->first;
        pool->waiting--;
    }
    pthread_mutex_unlock(&pool->lock);
    return exchange;
}

static void finish(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->under_way--;
    if (pool->stops && pool->under_way == 0)
        pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static void *work(void *argument) {
    struct pool *pool = argument;
    for (struct exchange *exchange = take(pool); exchange != NULL; exchange = take(pool)) {
        exchange_run(exchange);
        finish(pool);
    }
    return NULL;
}

enum status pool_start(struct pool *pool, uint32_t workers, uint32_t queue_max) {
    pool->last = &pool->first;
    pool->queue_max = queue_max;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->workers = calloc(workers, sizeof *pool->workers);
    if (pool->workers == NULL)
        return STATUS_NO_MEMORY;
    while (pool->worker_count < workers) {
        if (pthread_create(&pool->workers[pool->worker_count], NULL, work, pool) != 0)
            return STATUS_IO;
        pool->worker_count++;
    }
    return STATUS_OK;
}

bool pool_reserve(struct pool *pool, bool is_local) {
    pthread_mutex_lock(&pool->lock);
    bool has_room = pool->waiting < pool->queue_max + (is_local ? QUEUE_LOCAL : 0) && !pool->stops;
    pool->waiting += has_room;
    pool->under_way += has_room;
    pthread_mutex_unlock(&pool->lock);
    return has_room;
}

void pool_push(struct pool *pool, struct exchange *exchange) {
    exchange->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->last = exchange;
    pool->last = &exchange->next;
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

void pool_stop(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->stops = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->worker_count; i++)
        pthread_join(pool->workers[i], NULL);
}

void pool_free(struct pool *pool) {
    free(pool->workers);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->changed);
}
