/* SPDX-License-Identifier: Apache-2.0
 *
 * Durations as people write them, and adding them to instants. */
#include "calendar/calendar.h"

#include <inttypes.h>
#include <stdio.h>

#include "calendar/civil.h"

static const char *const UNIT_NAMES[] = {"second", "minute", "hour", "day", "month", "year"};
static const int64_t UNIT_SECONDS[] = {1, 60, SECONDS_PER_HOUR};

static bool unit_parse(struct slice word, enum time_unit *ret) {
    if (word.len > 0 && word.ptr[word.len - 1] == 's')
        word.len--;
    for (int unit = UNIT_SECOND; unit <= UNIT_YEAR; unit++)
        if (slice_is(word, UNIT_NAMES[unit])) {
            *ret = (enum time_unit)unit;
            return true;
        }
    return false;
}

enum status duration_parse(struct slice text, struct duration *ret) {
    struct slice number, word;
    struct duration duration = {0};
    if (!slice_cut(text, ' ', &number, &word) || number.len == 0)
        return STATUS_INVALID;
    for (size_t i = 0; i < number.len; i++) {
        int digit = number.ptr[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(duration.count, 10, &duration.count) ||
            __builtin_add_overflow(duration.count, digit, &duration.count))
            return STATUS_INVALID;
    }
    if (!unit_parse(word, &duration.unit))
        return STATUS_INVALID;
    *ret = duration;
    return STATUS_OK;
}

size_t duration_format(struct duration duration, char *out, size_t cap) {
    int len = snprintf(out, cap, "%" PRId64 " %s%s", duration.count, UNIT_NAMES[duration.unit],
                       duration.count == 1 ? "" : "s");
    return len < 0 || cap == 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
}

static enum status elapsed_add(int64_t at_ns, int64_t count, int64_t unit_seconds, int64_t *ret_ns) {
    int64_t ns;
    if (__builtin_mul_overflow(count, unit_seconds * NS_PER_SECOND, &ns) || __builtin_add_overflow(at_ns, ns, &ns))
        return STATUS_RANGE;
    *ret_ns = ns;
    return STATUS_OK;
}

static const int64_t DAYS_LIMIT = 366 * 1000; /* beyond all instants, and far from overflow */

static int64_t days_after_months(struct cxx_civil wall, int64_t months) {
    int64_t month_number = wall.year * 12 + wall.month - 1 + months;
    int length = civil_month_length(floor_div(month_number, 12), (int)floor_mod(month_number, 12) + 1);
    return civil_month_days(month_number) + (wall.day < length ? wall.day : length) - 1;
}

enum status instant_add(const struct zone *zone, int64_t at_ns, struct duration duration, int64_t times,
                        int64_t *ret_ns) {
    int64_t count;
    if (__builtin_mul_overflow(duration.count, times, &count))
        return STATUS_RANGE;
    if (duration.unit <= UNIT_HOUR)
        return elapsed_add(at_ns, count, UNIT_SECONDS[duration.unit], ret_ns);
    if (count < -DAYS_LIMIT || count > DAYS_LIMIT)
        return STATUS_RANGE;
    if (count == 0) { /* also in the second pass of a repeated hour */
        *ret_ns = at_ns;
        return STATUS_OK;
    }
    int32_t offset;
    int64_t seconds = floor_div(at_ns, NS_PER_SECOND);
    struct cxx_civil wall = zone_wall(zone, seconds, &offset);
    int64_t days = duration.unit == UNIT_DAY     ? civil_days(wall.year, wall.month, wall.day) + count
                   : duration.unit == UNIT_MONTH ? days_after_months(wall, count)
                                                 : days_after_months(wall, count * 12);
    int64_t second = wall.hour * SECONDS_PER_HOUR + wall.minute * INT64_C(60) + wall.second;
    return instant_of_seconds(zone_seconds(zone, days, second), (int32_t)floor_mod(at_ns, NS_PER_SECOND), ret_ns);
}
