/* SPDX-License-Identifier: Apache-2.0
 *
 * When a delivery is tried again, and what an answer means. Pure: the jitter comes from the delivery's identity, so
 * that the same delivery is always tried at the same distances, and different ones at different ones. */
#ifndef TG_HOOK_SCHEDULE_H
#define TG_HOOK_SCHEDULE_H

#include <stdint.h>

#include "base/slice.h"

enum { SCHEDULE_ATTEMPTS = 10 };
#define SCHEDULE_RETRY_AFTER_MAX (24 * INT64_C(3600)) /* seconds: a receiver cannot put us off for longer */

/* Nanoseconds from attempt number `attempt` (from 1) to the next one: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h,
 * 24 h, each up to a fifth longer; not before retry_after seconds (0: none asked for). 0: there is no next one. */
int64_t schedule_delay(struct slice id, uint32_t attempt, int64_t retry_after);

enum schedule_verdict {
    SCHEDULE_DELIVERED, /* 2xx */
    SCHEDULE_GONE,      /* 410: nothing more shall be sent there */
    SCHEDULE_FAILED     /* anything else, redirects too, and no answer at all (0) */
};
enum schedule_verdict schedule_verdict(uint32_t http_status);

/* How long an endpoint that failed so many times in a row is left alone before one delivery is tried; 0: not at all. */
int64_t schedule_pause(uint32_t failures);

#endif
