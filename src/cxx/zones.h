/* SPDX-License-Identifier: Apache-2.0
 *
 * cctz behind a C ABI: IANA zone rules only; the arithmetic of periods is calendar's. */
#ifndef TG_CXX_ZONES_H
#define TG_CXX_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cxx_zone;
struct cxx_civil {
    int64_t year;
    int month, day, hour, minute, second;
};
/* NULL when the system knows no such zone. Never freed. Thread-safe. */
const struct cxx_zone *cxx_zone_load(const char *name);
/* Seconds that wall time is ahead of UTC at an instant (seconds since 1970). */
int32_t cxx_zone_offset(const struct cxx_zone *zone, int64_t at_seconds);
/* The first instant after this one at which the rules change, perhaps the offset; false when there is none. */
bool cxx_zone_next_change(const struct cxx_zone *zone, int64_t after_seconds, int64_t *ret_seconds);
/* Seconds since 1970 of a wall time; fields out of range are normalised. In a gap: the instant of the jump. Repeated:
 * the first. */
int64_t cxx_zone_seconds(const struct cxx_zone *zone, struct cxx_civil civil);

#ifdef __cplusplus
}
#endif
#endif
