/* SPDX-License-Identifier: Apache-2.0
 *
 * Zones by name, wall time to instant and back. */
#include "calendar/calendar.h"
#include "calendar/civil.h"
#include "cxx/zones.h"
#include "support/check.h"

static void zones_are_loaded_once_by_name(void **state) {
    (void)state;
    const struct zone *first = NULL, *second = NULL, *other = NULL;
    CHECK_OK(zone_load(SLICE("Asia/Shanghai"), &first));
    CHECK_OK(zone_load(SLICE("America/Argentina/Buenos_Aires"), &other));
    CHECK_OK(zone_load(SLICE("Asia/Shanghai"), &second));
    CHECK(first == second && first != other);
    CHECK_TEXT(slice_of(zone_name(first)), "Asia/Shanghai");
    CHECK_TEXT(slice_of(zone_name(other)), "America/Argentina/Buenos_Aires");
    CHECK_TEXT(slice_of(zone_name(NULL)), "UTC");
}

static void only_zones_of_the_list_are_loaded(void **state) {
    (void)state;
    static const struct {
        const char *row, *name;
        enum status want;
    } rows[] = {
        {"UTC", "UTC", STATUS_OK},
        {"a fixed offset of the list", "Etc/GMT-8", STATUS_OK},
        {"no name", "", STATUS_NOT_FOUND},
        {"no such place", "Asia/Atlantis", STATUS_NOT_FOUND},
        {"a folder", "Asia", STATUS_NOT_FOUND},
        {"a path", "/usr/share/zoneinfo/UTC", STATUS_NOT_FOUND},
        {"a way out", "../zoneinfo/UTC", STATUS_NOT_FOUND},
        {"a scheme", "file:UTC", STATUS_NOT_FOUND},
        {"the zone of this machine", "localtime", STATUS_NOT_FOUND},
        {"zones that count leap seconds", "right/UTC", STATUS_NOT_FOUND},
        {"a very long name", "Asia/ShanghaiShanghaiShanghaiShanghaiShanghaiShanghaiShanghaiShanghai", STATUS_NOT_FOUND},
    };
    FOR_ROWS(row, rows) {
        const struct zone *zone = NULL;
        CHECK_STATUS(zone_load(slice_of(row->name), &zone), row->want);
        CHECK((zone != NULL) == (row->want == STATUS_OK));
    }
}

static void wall_times_become_instants(void **state) {
    (void)state;
    static const struct {
        const char *row, *zone;
        struct civil wall;
        const char *want;
    } rows[] = {
        {"plain", "Asia/Shanghai", {2026, 2, 15, 8, 50, 0, 7}, "2026-02-15T00:50:00.000000007Z"},
        {"UTC without a zone", NULL, {2026, 2, 15, 8, 50, 1, 0}, "2026-02-15T08:50:01Z"},
        {"month 13 is January", "Asia/Shanghai", {2025, 13, 1, 0, 0, 0, 0}, "2025-12-31T16:00:00Z"},
        {"month 0 is December", NULL, {2026, 0, 1, 0, 0, 0, 0}, "2025-12-01T00:00:00Z"},
        {"day 0 is the last of the month before", NULL, {2024, 3, 0, 0, 0, 0, 0}, "2024-02-29T00:00:00Z"},
        {"day 32 January is 1 February", NULL, {2026, 1, 32, 0, 0, 0, 0}, "2026-02-01T00:00:00Z"},
        {"in the spring gap: the jump", "America/New_York", {2026, 3, 8, 2, 30, 0, 0}, "2026-03-08T07:00:00Z"},
        {"repeated: the first", "America/New_York", {2026, 11, 1, 1, 30, 0, 0}, "2026-11-01T05:30:00Z"},
        {"a skipped day: the jump", "Pacific/Apia", {2011, 12, 30, 12, 0, 0, 0}, "2011-12-30T10:00:00Z"},
    };
    FOR_ROWS(row, rows) {
        const struct zone *zone = NULL;
        int64_t at_ns = 0, want = 1;
        if (row->zone != NULL)
            CHECK_OK(zone_load(slice_of(row->zone), &zone));
        CHECK_OK(zone_instant(zone, row->wall, &at_ns));
        CHECK_OK(instant_parse(slice_of(row->want), &want, NULL));
        CHECK_INT(at_ns, want);
    }
}

static void wall_times_beyond_the_instants_are_refused(void **state) {
    (void)state;
    int64_t at_ns;
    CHECK_STATUS(zone_instant(NULL, (struct civil){.year = 2263, .month = 1, .day = 1}, &at_ns), STATUS_RANGE);
    CHECK_STATUS(zone_instant(NULL, (struct civil){.year = 1677, .month = 1, .day = 1}, &at_ns), STATUS_RANGE);
    CHECK_STATUS(zone_instant(NULL, (struct civil){.year = INT32_MAX, .month = 127, .day = 127}, &at_ns), STATUS_RANGE);
    CHECK_OK(zone_instant(NULL, (struct civil){1677, 9, 21, 0, 12, 43, 145224192}, &at_ns));
    CHECK_INT(at_ns, INSTANT_MIN);
}

static bool civil_eq(struct civil a, struct civil b) {
    return a.year == b.year && a.month == b.month && a.day == b.day && a.hour == b.hour && a.minute == b.minute &&
           a.second == b.second && a.nanosecond == b.nanosecond;
}

static void instants_and_wall_times_agree(void **state) {
    (void)state;
    static const char *const names[] = {"Asia/Shanghai", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe",
                                        "Asia/Kathmandu"};
    uint64_t seed = 3;
    for (int i = 0; i < 100000; i++) {
        const struct zone *zone = NULL;
        CHECK_OK(zone_load(slice_of(names[check_random(&seed) % CHECK_COUNT(names)]), &zone));
        int64_t at_ns = (int64_t)check_random(&seed) / 2, again = 0;
        struct civil wall = zone_civil(zone, at_ns);
        CHECK_OK(zone_instant(zone, wall, &again));
        /* In a repeated time the first is taken: then the wall time is the same and the instant earlier. */
        CHECK(again <= at_ns && civil_eq(wall, zone_civil(zone, again)));
        CHECK_OK(zone_instant(NULL, zone_civil(NULL, at_ns), &again));
        CHECK_INT(again, at_ns);
    }
}

/* The offsets that are kept are those of the zone rules, at each change, around it, and all the time between. */
static void offsets_are_those_of_the_rules(void **state) {
    (void)state;
    static const char *const names[] = {
        "Asia/Shanghai",       "America/New_York",  "Europe/Dublin",  "Pacific/Apia",
        "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Africa/Monrovia",
        "America/St_Johns",    "Antarctica/Troll",  "Etc/GMT-8",      "UTC",
    };
    static const struct cxx_zone *loaded[sizeof names / sizeof *names]; /* zones stay for ever */
    const int64_t first = INSTANT_MIN / NS_PER_SECOND, last = INSTANT_MAX / NS_PER_SECOND;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct cxx_zone *rules = loaded[i] = cxx_zone_load(names[i]);
        const struct zone *zone = NULL;
        CHECK_OK(zone_load(slice_of(names[i]), &zone));
        uint64_t wrong = 0;
        for (int64_t at = first; at <= last; at += 5 * SECONDS_PER_DAY + 4321)
            wrong += zone_offset(zone, at) != cxx_zone_offset(rules, at);
        for (int64_t at = first; cxx_zone_next_change(rules, at, &at) && at < last;) {
            for (int64_t near = at - 2; near <= at + 2; near++)
                wrong += zone_offset(zone, near) != cxx_zone_offset(rules, near);
        }
        CHECK_UINT(wrong, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_the_rules),
        cmocka_unit_test(zones_are_loaded_once_by_name),
        cmocka_unit_test(only_zones_of_the_list_are_loaded),
        cmocka_unit_test(wall_times_become_instants),
        cmocka_unit_test(wall_times_beyond_the_instants_are_refused),
        cmocka_unit_test(instants_and_wall_times_agree),
    };
    return CHECK_RUN(tests);
}
