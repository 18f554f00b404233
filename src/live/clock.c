/* SPDX-License-Identifier: Apache-2.0
 *
 * What time it is for the book. Instants never decrease and never stand still, whatever the system's clock does: they
 * go with a steady clock, and follow the wall clock's corrections. One that is set back is approached at half speed; a
 * jump far ahead is believed once it has lasted for a minute, for a bill that is closed too early stays closed. */
#include <time.h>

#include "live/live_private.h"

#define LOOK_NS (NS_PER_SECOND / 20)
#define FAR_NS (600 * NS_PER_SECOND)
#define BELIEVED_NS (60 * NS_PER_SECOND)

static int64_t read_clock(clockid_t id) {
    struct timespec now;
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int64_t wall_system(void *context) {
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static int64_t steady_system(void *context) {
    (void)context;
    return read_clock(CLOCK_BOOTTIME);
}

void clock_start(struct live_clock *clock, const struct live_options *options, int64_t not_before_ns) {
    clock->wall = options->now ? options->now : wall_system;
    clock->steady = options->now ? options->steady : steady_system;
    clock->context = options->context;
    clock->ahead_since = INSTANT_MIN;
    atomic_store(&clock->latest, not_before_ns);
    if (!clock->steady)
        return;
    int64_t steady = clock->steady(clock->context), wall = clock->wall(clock->context);
    atomic_store(&clock->looked, steady);
    atomic_store(&clock->offset, (wall > not_before_ns ? wall : not_before_ns) - steady);
}

/* Under the lock. How far the wall clock is ahead of what is told decides. */
static void follow(struct live_clock *clock, int64_t steady) {
    int64_t offset = atomic_load(&clock->offset);
    int64_t ahead = clock->wall(clock->context) - steady - offset;
    int64_t slower = (steady - atomic_load(&clock->looked)) / 2;
    atomic_store(&clock->looked, steady);
    if (ahead <= FAR_NS)
        clock->ahead_since = INSTANT_MIN;
    else if (clock->ahead_since == INSTANT_MIN)
        clock->ahead_since = steady;
    if (ahead > FAR_NS && steady - clock->ahead_since < BELIEVED_NS)
        return;
    atomic_store(&clock->offset, offset + (ahead < -slower ? -slower : ahead));
}

int64_t clock_now(struct live_clock *clock) {
    int64_t now;
    if (clock->steady) {
        int64_t steady = clock->steady(clock->context);
        if (steady - atomic_load_explicit(&clock->looked, memory_order_relaxed) >= LOOK_NS &&
            pthread_mutex_trylock(&clock->lock) == 0) {
            follow(clock, steady);
            pthread_mutex_unlock(&clock->lock);
        }
        now = steady + atomic_load_explicit(&clock->offset, memory_order_relaxed);
    } else {
        now = clock->wall(clock->context);
    }
    int64_t latest = atomic_load_explicit(&clock->latest, memory_order_relaxed);
    while (now > latest)
        if (atomic_compare_exchange_weak(&clock->latest, &latest, now))
            return now;
    return latest;
}
