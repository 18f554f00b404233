/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon counts, read once: for /metrics, which programs read, and for /v1/now, which people look at. */
#ifndef TG_SERVER_COUNTS_H
#define TG_SERVER_COUNTS_H

#include "hook/hooks.h"
#include "server/server_private.h"

struct counts {
    bool is_healthy;  /* the book takes documents */
    struct slice why; /* not healthy: what happened */
    struct live_stats live;
    uint64_t outcomes[OUTCOME_COUNT]; /* of documents that were handed in */
    uint64_t store_bytes, free_bytes; /* of the store; room that its disk has left */
    uint64_t bills, alerts, accounts; /* ever closed, ever given, known */
    int64_t late_ns;                  /* for how long something has been due that no tick has done; 0: nothing is */
    struct hook_stats hooks;
    uint64_t reloads, bad_reloads; /* of tariffs */
};
void counts_read(struct tenant *tenant, struct arena *arena, struct counts *ret_counts);

#endif
