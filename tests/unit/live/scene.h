/* SPDX-License-Identifier: Apache-2.0
 *
 * A live on a store in memory, with the faults and the clock that a test wants. */
#ifndef TG_TESTS_LIVE_SCENE_H
#define TG_TESTS_LIVE_SCENE_H

#include <pthread.h>
#include <stdatomic.h>

#include "live/live.h"
#include "support/check.h"

#define SECOND NS_PER_SECOND
#define START (INT64_C(1771200000) * SECOND) /* 2026-02-16T00:00:00Z */

struct scene {
    char directory[64]; /* of the tariffs */
    struct store *store;
    struct store_faults faults;
    atomic_int_least64_t wall_ns, steady_ns;
    struct live_options options; /* the clock is the scene's; the rest is the test's */
    struct live *live;
    struct arena arena;
};
/* A new book under one tariff: operations Call, Packed, Job, Quick; packages pack-3; at most 2 calls of Quick in a
 * second, 2 Jobs at once. */
void scene_make(struct scene *scene);
/* Open it on what the store has; after scene_crash, or for the first time. */
void scene_open(struct scene *scene);
/* As if the process were gone: nothing is written any more. */
void scene_crash(struct scene *scene);
void scene_free(struct scene *scene);

/* "{…}" of a document; the arena's. */
struct slice document(struct arena *arena, const char *id, const char *type, const char *account, const char *data);
struct reply tell(struct scene *scene, const char *id, const char *type, const char *account, const char *data);
/* Threads run until all of them return. */
void crowd(uint32_t count, void *(*run)(void *context), void *contexts, size_t size);

#endif
