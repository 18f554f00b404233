/* SPDX-License-Identifier: Apache-2.0
 *
 * Instants, zones, durations, cycles. An instant is nanoseconds since 1970-01-01T00:00:00Z (1678 to 2262); a period is
 * half open. */
#ifndef TG_CALENDAR_CALENDAR_H
#define TG_CALENDAR_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "money/ratio.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define INSTANT_MIN INT64_MIN /* "since ever" */
#define INSTANT_MAX INT64_MAX /* "for ever" */
#define INSTANT_TEXT_MAX 40

/* RFC 3339 with offset or Z, up to 9 fraction digits; a leap second :60 is read as the following instant.
 * Fails: STATUS_INVALID (and *ret_offset, may be NULL, is the byte), STATUS_RANGE. Years 1700 to 2200 are accepted. */
MUST_CHECK enum status instant_parse(struct slice text, int64_t *ret_ns, size_t *ret_offset);

struct zone; /* loaded once per process, never freed */
/* IANA name. Fails: STATUS_NOT_FOUND. Thread-safe. */
MUST_CHECK enum status zone_load(struct slice name, const struct zone **ret_zone);
const char *zone_name(const struct zone *zone);
/* RFC 3339 in the zone with its offset (NULL zone: UTC with Z). Fraction only when not zero. Returns the length. */
size_t instant_format(int64_t at_ns, const struct zone *zone, char *out);

struct civil {
    int32_t year;
    int8_t month, day, hour, minute, second;
    int32_t nanosecond;
};
struct civil zone_civil(const struct zone *zone, int64_t at_ns);
/* Wall time to instant; month and day may be out of range and are normalised. A time in a spring gap gives the instant
 * of the jump, a repeated one the first. Fails: STATUS_RANGE. */
MUST_CHECK enum status zone_instant(const struct zone *zone, struct civil civil, int64_t *ret_ns);

enum time_unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_MONTH, UNIT_YEAR };
struct duration {
    int64_t count; /* >= 0 */
    enum time_unit unit;
};
/* "7 days", "1 year", "48 hours"; singular or plural. Fails: STATUS_INVALID. */
MUST_CHECK enum status duration_parse(struct slice text, struct duration *ret);
size_t duration_format(struct duration duration, char *out, size_t cap);
/* Seconds, minutes and hours are elapsed time; days, months and years keep the wall time (to the same instant of the
 * calendar; a day that does not exist becomes the last of its month). `times` repeats from the start, so that 3 x 1
 * month from 31 January is 30 April. */
MUST_CHECK enum status instant_add(const struct zone *zone, int64_t at_ns, struct duration duration, int64_t times,
                                   int64_t *ret_ns);

struct period {
    int64_t start_ns, end_ns; /* [start, end) */
};
static inline bool period_has(struct period period, int64_t at_ns) {
    return at_ns >= period.start_ns && at_ns < period.end_ns;
}

enum cycle_kind { CYCLE_HOUR, CYCLE_DAY, CYCLE_MONTH, CYCLE_DYNAMIC_MONTH };
/* The cycle of `kind` in `zone` that holds `at_ns`. CYCLE_DYNAMIC_MONTH needs anchor_ns (the purchase): the next cycle
 * starts at 00:00 on the day after the purchase day in the next month, or at 00:00 on the 1st of the month after when
 * that purchase day does not exist there (15 January -> 16 February; 31 August -> 1 October). Other kinds ignore
 * anchor_ns. Fails: STATUS_RANGE. */
MUST_CHECK enum status cycle_of(enum cycle_kind kind, const struct zone *zone, int64_t anchor_ns, int64_t at_ns,
                                struct period *ret);
bool cycle_kind_parse(struct slice name, enum cycle_kind *ret);
const char *cycle_kind_name(enum cycle_kind kind);
/* Exact share of `whole` that lies in `part`: 0 to 1, by elapsed nanoseconds. */
struct ratio period_share(struct period whole, struct period part);

#endif
