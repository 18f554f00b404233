/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters of a tenant, gathered. */
#include "server/counts.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

static uint64_t store_bytes(const struct tenant *tenant, struct arena *arena) {
    static const char *const endings[] = {"", "-wal"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct slice path = arena_printf(arena, "%s/" BOOK_STORE "%s", tenant->directory, endings[i]);
        struct stat about;
        if (path.ptr != NULL && stat(path.ptr, &about) == 0)
            bytes += (uint64_t)about.st_size;
    }
    return bytes;
}

static uint64_t free_bytes(const struct tenant *tenant) {
    struct statvfs space;
    return statvfs(tenant->directory, &space) == 0 ? (uint64_t)space.f_bavail * space.f_frsize : 0;
}

static void state_read(struct tenant *tenant, struct counts *counts) {
    struct engine_size size;
    const struct engine *engine = live_state(tenant->live);
    counts->bills = engine_bill_count(engine);
    counts->alerts = engine_alert_count(engine);
    int64_t due_ns = engine_due_ns(engine);
    engine_size(engine, &size);
    live_state_end(tenant->live);
    int64_t now_ns = live_now(tenant->live);
    counts->late_ns = due_ns < now_ns && due_ns != INSTANT_MIN ? now_ns - due_ns : 0;
    counts->accounts = size.accounts;
}

void counts_read(struct tenant *tenant, struct arena *arena, struct counts *ret_counts) {
    struct counts *counts = ret_counts;
    *counts = (struct counts){.store_bytes = store_bytes(tenant, arena),
                              .free_bytes = free_bytes(tenant),
                              .reloads = atomic_load(&tenant->reloads),
                              .bad_reloads = atomic_load(&tenant->bad_reloads)};
    counts->is_healthy = !live_is_broken(tenant->live, &counts->why);
    live_stats(tenant->live, &counts->live);
    for (uint32_t i = 0; i < OUTCOME_COUNT; i++)
        counts->outcomes[i] = atomic_load_explicit(&tenant->outcomes[i], memory_order_relaxed);
    if (tenant->hooks != NULL)
        hooks_stats(tenant->hooks, &counts->hooks);
    state_read(tenant, counts);
}
