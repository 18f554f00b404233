/* SPDX-License-Identifier: Apache-2.0
 *
 * Zones by name. The list of loaded zones is the only state of the process kept here: it only grows, and what is in it
 * never changes, so that zones compare by address and can be shared by all threads. */
#include "calendar/calendar.h"

#include <pthread.h>
#include <stdlib.h>

#include "calendar/civil.h"

enum { ZONE_NAME_MAX = 63 };

/* From here to the next one wall time is so far ahead of UTC. */
struct span {
    int64_t from_seconds;
    int32_t offset;
};

struct zone {
    const struct zone *next;
    const struct cxx_zone *rules;
    struct span *spans; /* over all instants there are, the first from INT64_MIN; looked up for every event and bill */
    size_t span_count;
    char name[ZONE_NAME_MAX + 1];
};

/* Only names of the IANA list, no path to some file; nor "right/", whose rules count leap seconds. */
static bool is_zone_name(struct slice name) {
    if (name.len == 0 || name.len > ZONE_NAME_MAX || name.ptr[0] == '/' || slice_starts(name, SLICE("right/")))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '/' && c != '_' && c != '-' && c != '+')
            return false;
    }
    return !slice_is(name, "localtime");
}

static enum status span_add(struct zone *zone, int64_t from_seconds, int32_t offset) {
    if ((zone->span_count & (zone->span_count - 1)) == 0) { /* full at every power of two */
        size_t cap = zone->span_count == 0 ? 1 : zone->span_count * 2;
        struct span *spans = reallocarray(zone->spans, cap, sizeof *spans);
        if (spans == NULL)
            return STATUS_NO_MEMORY;
        zone->spans = spans;
    }
    zone->spans[zone->span_count++] = (struct span){from_seconds, offset};
    return STATUS_OK;
}

static enum status spans_read(struct zone *zone) {
    int64_t at = floor_div(INSTANT_MIN, NS_PER_SECOND) - SECONDS_PER_DAY, last = INSTANT_MAX / NS_PER_SECOND;
    TRY(span_add(zone, INT64_MIN, cxx_zone_offset(zone->rules, at)));
    while (cxx_zone_next_change(zone->rules, at, &at) && at <= last)
        TRY(span_add(zone, at, cxx_zone_offset(zone->rules, at)));
    return STATUS_OK;
}

static enum status zone_new(struct slice name, const struct zone *next, const struct zone **ret_zone) {
    struct zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL)
        return STATUS_NO_MEMORY;
    memcpy(zone->name, name.ptr, name.len);
    zone->next = next;
    zone->rules = cxx_zone_load(zone->name);
    enum status status = zone->rules == NULL ? STATUS_NOT_FOUND : spans_read(zone);
    if (status != STATUS_OK) {
        free(zone->spans);
        free(zone);
        return status;
    }
    *ret_zone = zone;
    return STATUS_OK;
}

enum status zone_load(struct slice name, const struct zone **ret_zone) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static const struct zone *loaded;
    if (!is_zone_name(name))
        return STATUS_NOT_FOUND;
    pthread_mutex_lock(&lock);
    const struct zone *zone = loaded;
    while (zone != NULL && !slice_is(name, zone->name))
        zone = zone->next;
    enum status status = STATUS_OK;
    if (zone == NULL) {
        status = zone_new(name, loaded, &zone);
        if (status == STATUS_OK)
            loaded = zone;
    }
    pthread_mutex_unlock(&lock);
    if (status == STATUS_OK)
        *ret_zone = zone;
    return status;
}

const char *zone_name(const struct zone *zone) {
    return zone == NULL ? "UTC" : zone->name;
}

static struct cxx_civil utc_wall(int64_t at_seconds) {
    struct date date = civil_date(floor_div(at_seconds, SECONDS_PER_DAY));
    int second = (int)floor_mod(at_seconds, SECONDS_PER_DAY);
    return (struct cxx_civil){date.year, date.month, date.day, second / 3600, second / 60 % 60, second % 60};
}

int32_t zone_offset(const struct zone *zone, int64_t at_seconds) {
    if (zone == NULL)
        return 0;
    size_t low = 0, high = zone->span_count; /* the last span from at_seconds or before is in [low, high) */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (zone->spans[middle].from_seconds <= at_seconds)
            low = middle;
        else
            high = middle;
    }
    return zone->spans[low].offset;
}

struct cxx_civil zone_wall(const struct zone *zone, int64_t at_seconds, int32_t *ret_offset) {
    *ret_offset = zone_offset(zone, at_seconds);
    return utc_wall(at_seconds + *ret_offset);
}

int64_t zone_seconds(const struct zone *zone, int64_t days, int64_t second_of_day) {
    if (zone == NULL)
        return days * SECONDS_PER_DAY + second_of_day;
    return cxx_zone_seconds(zone->rules, utc_wall(days * SECONDS_PER_DAY + second_of_day));
}

struct civil zone_civil(const struct zone *zone, int64_t at_ns) {
    int32_t offset;
    struct cxx_civil wall = zone_wall(zone, floor_div(at_ns, NS_PER_SECOND), &offset);
    return (struct civil){.year = (int32_t)wall.year, /* 1677 to 2262 */
                          .month = (int8_t)wall.month,
                          .day = (int8_t)wall.day,
                          .hour = (int8_t)wall.hour,
                          .minute = (int8_t)wall.minute,
                          .second = (int8_t)wall.second,
                          .nanosecond = (int32_t)floor_mod(at_ns, NS_PER_SECOND)};
}

enum status instant_of_seconds(int64_t seconds, int32_t nanosecond, int64_t *ret_ns) {
    __int128 ns = (__int128)seconds * NS_PER_SECOND + nanosecond;
    if (ns < INT64_MIN || ns > INT64_MAX)
        return STATUS_RANGE;
    *ret_ns = (int64_t)ns;
    return STATUS_OK;
}

enum status zone_instant(const struct zone *zone, struct civil civil, int64_t *ret_ns) {
    int64_t days = civil_month_days((int64_t)civil.year * 12 + civil.month - 1) + civil.day - 1;
    int64_t second = civil.hour * SECONDS_PER_HOUR + civil.minute * INT64_C(60) + civil.second;
    return instant_of_seconds(zone_seconds(zone, days, second), civil.nanosecond, ret_ns);
}
