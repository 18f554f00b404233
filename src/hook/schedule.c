/* SPDX-License-Identifier: Apache-2.0
 *
 * The schedule of retries that Standard Webhooks recommends, and the breaker's pauses. */
#include "hook/schedule.h"

#include "base/names.h"

#define SECOND INT64_C(1000000000)
enum { MINUTE = 60, HOUR = 3600, BREAKER_FAILURES = 5, BREAKER_SECONDS = 5, BREAKER_SECONDS_MAX = 1800 };

int64_t schedule_delay(struct slice id, uint32_t attempt, int64_t retry_after) {
    static const int32_t seconds[SCHEDULE_ATTEMPTS - 1] = {5,         5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR,
                                                           10 * HOUR, 14 * HOUR,  20 * HOUR,   24 * HOUR};
    if (attempt == 0 || attempt >= SCHEDULE_ATTEMPTS)
        return 0;
    int64_t wait = seconds[attempt - 1];
    if (retry_after > SCHEDULE_RETRY_AFTER_MAX)
        retry_after = SCHEDULE_RETRY_AFTER_MAX;
    if (retry_after > wait)
        wait = retry_after;
    uint64_t share = names_hash(id) * (2 * (uint64_t)attempt + 1) >> 44; /* 20 bits */
    return wait * SECOND + wait * (SECOND / 5) / (1 << 20) * (int64_t)share;
}

enum schedule_verdict schedule_verdict(uint32_t http_status) {
    if (http_status >= 200 && http_status <= 299)
        return SCHEDULE_DELIVERED;
    return http_status == 410 ? SCHEDULE_GONE : SCHEDULE_FAILED;
}

int64_t schedule_pause(uint32_t failures) {
    if (failures < BREAKER_FAILURES)
        return 0;
    uint32_t doublings = failures - BREAKER_FAILURES < 9 ? failures - BREAKER_FAILURES : 9;
    int64_t seconds = BREAKER_SECONDS * (INT64_C(1) << doublings);
    return (seconds < BREAKER_SECONDS_MAX ? seconds : BREAKER_SECONDS_MAX) * SECOND;
}
