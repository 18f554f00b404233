/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a live share. Locks in the order in which they may be taken: writing, state, gate. */
#ifndef TG_LIVE_LIVE_PRIVATE_H
#define TG_LIVE_LIVE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "live/live.h"

struct live {
    struct book *book;
    struct live_options options;
    atomic_int_least64_t now_ns; /* the latest instant that anybody was told */

    pthread_mutex_t writing; /* the book is changed by one thread at a time */
    atomic_uint_least64_t seq, waiting, busy, batches, documents;
    atomic_int_least64_t applied_ns;
    atomic_bool is_broken;

    pthread_rwlock_t state; /* of the engine and of which tariffs hold */
    pthread_mutex_t gating;
    struct gate *gate;
    uint64_t decisions[ADMIT_REASON_COUNT];
};

#endif
