/* SPDX-License-Identifier: Apache-2.0
 *
 * Cycles. Covers: IMM-15, IMM-16 (dynamic month), half-open periods, clocks that are moved, shares. */
#include "calendar/calendar.h"
#include "support/check.h"

static int64_t instant(const char *text) {
    int64_t at_ns = 0;
    CHECK_OK(instant_parse(slice_of(text), &at_ns, NULL));
    return at_ns;
}

static const struct zone *zone_of(const char *name) {
    const struct zone *zone = NULL;
    CHECK_OK(zone_load(slice_of(name), &zone));
    return zone;
}

struct row {
    const char *row, *zone, *anchor, *at, *start, *end;
    enum cycle_kind kind;
};

static void check_cycle(const struct row *row) {
    char start[INSTANT_TEXT_MAX], end[INSTANT_TEXT_MAX];
    struct period period;
    const struct zone *zone = zone_of(row->zone);
    if (!CHECK_OK(cycle_of(row->kind, zone, instant(row->anchor), instant(row->at), &period)))
        return;
    instant_format(period.start_ns, NULL, start);
    instant_format(period.end_ns, NULL, end);
    bool is_wanted = period.start_ns == instant(row->start) && period.end_ns == instant(row->end);
    if (!is_wanted) { /* shows both in one form */
        CHECK_TEXT(slice_of(start), row->start);
        CHECK_TEXT(slice_of(end), row->end);
    }
}

static void cycles_hold_their_instant(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"the hour in Shanghai", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2026-02-15T08:50:00+08:00",
         "2026-02-15T08:00:00+08:00", "2026-02-15T09:00:00+08:00", CYCLE_HOUR},
        {"its first instant", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2026-02-15T08:00:00+08:00",
         "2026-02-15T08:00:00+08:00", "2026-02-15T09:00:00+08:00", CYCLE_HOUR},
        {"its last nanosecond", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2026-02-15T08:59:59.999999999+08:00",
         "2026-02-15T08:00:00+08:00", "2026-02-15T09:00:00+08:00", CYCLE_HOUR},
        {"an hour with a half-hour offset", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-02-15T10:10:00Z",
         "2026-02-15T15:00:00+05:30", "2026-02-15T16:00:00+05:30", CYCLE_HOUR},
        {"the first of two hours at one o'clock", "America/New_York", "2026-01-01T00:00:00Z",
         "2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", CYCLE_HOUR},
        {"the second of them is another cycle", "America/New_York", "2026-01-01T00:00:00Z", "2026-11-01T01:30:00-05:00",
         "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00", CYCLE_HOUR},
        {"the hour before the clock goes forward half an hour", "Australia/Lord_Howe", "2026-01-01T00:00:00Z",
         "2025-10-05T01:45:00+10:30", "2025-10-05T01:00:00+10:30", "2025-10-05T02:00:00+10:30", CYCLE_HOUR},
        {"the half hour after it", "Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2025-10-05T02:45:00+11:00",
         "2025-10-05T02:30:00+11:00", "2025-10-05T03:00:00+11:00", CYCLE_HOUR},
        {"the half hour that is repeated", "Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2026-04-05T01:45:00+10:30",
         "2026-04-05T01:30:00+10:30", "2026-04-05T02:00:00+10:30", CYCLE_HOUR},
        {"an hour cut short when local mean time ended", "Asia/Shanghai", "2026-01-01T00:00:00Z",
         "1900-12-31T15:59:59Z", "1900-12-31T15:54:17Z", "1900-12-31T16:00:00Z", CYCLE_HOUR},
        {"and the full hour after it", "Asia/Shanghai", "2026-01-01T00:00:00Z", "1900-12-31T16:00:00Z",
         "1900-12-31T16:00:00Z", "1900-12-31T17:00:00Z", CYCLE_HOUR},
        {"the day in Shanghai is not the day in UTC", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2026-02-14T16:00:00Z",
         "2026-02-15T00:00:00+08:00", "2026-02-16T00:00:00+08:00", CYCLE_DAY},
        {"a day of 23 hours", "America/New_York", "2026-01-01T00:00:00Z", "2026-03-08T12:00:00-04:00",
         "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00", CYCLE_DAY},
        {"a day of 25 hours", "America/New_York", "2026-01-01T00:00:00Z", "2026-11-01T12:00:00-05:00",
         "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", CYCLE_DAY},
        {"the day before the skipped one", "Pacific/Apia", "2026-01-01T00:00:00Z", "2011-12-29T23:59:59-10:00",
         "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", CYCLE_DAY},
        {"the day after the skipped one", "Pacific/Apia", "2026-01-01T00:00:00Z", "2011-12-31T00:00:00+14:00",
         "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00", CYCLE_DAY},
        {"a month without one of its days", "Pacific/Apia", "2026-01-01T00:00:00Z", "2011-12-31T00:00:00+14:00",
         "2011-12-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00", CYCLE_MONTH},
        {"yesterday's date again after midnight", "America/St_Johns", "2026-01-01T00:00:00Z",
         "2009-10-31T23:30:00-03:30", "2009-11-01T00:00:00-02:30", "2009-11-02T00:00:00-03:30", CYCLE_DAY},
        {"a leap February", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2024-02-29T23:59:59+08:00",
         "2024-02-01T00:00:00+08:00", "2024-03-01T00:00:00+08:00", CYCLE_MONTH},
        {"the month of the first instant in Shanghai", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2025-12-31T16:00:00Z",
         "2026-01-01T00:00:00+08:00", "2026-02-01T00:00:00+08:00", CYCLE_MONTH},
        {"a month by UTC", "UTC", "2026-01-01T00:00:00Z", "2026-06-30T23:59:59Z", "2026-06-01T00:00:00Z",
         "2026-07-01T00:00:00Z", CYCLE_MONTH},
    };
    FOR_ROWS(row, rows)
    check_cycle(row);
}

static void cycles_without_a_zone_are_utc(void **state) {
    (void)state;
    struct period period;
    CHECK_OK(cycle_of(CYCLE_DAY, NULL, 0, instant("1969-12-31T23:00:00Z"), &period));
    CHECK_INT(period.start_ns, instant("1969-12-31T00:00:00Z"));
    CHECK_INT(period.end_ns, 0);
    CHECK_OK(cycle_of(CYCLE_HOUR, NULL, 0, -1, &period));
    CHECK_INT(period.start_ns, -3600 * NS_PER_SECOND);
    CHECK_INT(period.end_ns, 0);
}

/* IMM-15, IMM-16, and later cycles by the same rule. */
static void dynamic_months_start_the_day_after(void **state) {
    (void)state;
    static const struct {
        const char *row, *bought, *at, *start, *end;
    } rows[] = {
        {"the first cycle starts with the purchase", "2022-01-15T10:00:00+08:00", "2022-01-15T10:00:00+08:00",
         "2022-01-15T10:00:00+08:00", "2022-02-16T00:00:00+08:00"},
        {"15 January to 16 February", "2022-01-15T10:00:00+08:00", "2022-02-15T23:59:59+08:00",
         "2022-01-15T10:00:00+08:00", "2022-02-16T00:00:00+08:00"},
        {"the second cycle", "2022-01-15T10:00:00+08:00", "2022-02-16T00:00:00+08:00", "2022-02-16T00:00:00+08:00",
         "2022-03-16T00:00:00+08:00"},
        {"31 August to 1 October", "2022-08-31T10:00:00+08:00", "2022-09-30T23:59:59+08:00",
         "2022-08-31T10:00:00+08:00", "2022-10-01T00:00:00+08:00"},
        {"then 31 October exists: to 1 November", "2022-08-31T10:00:00+08:00", "2022-10-01T00:00:00+08:00",
         "2022-10-01T00:00:00+08:00", "2022-11-01T00:00:00+08:00"},
        {"31 January to 1 March", "2022-01-31T10:00:00+08:00", "2022-02-28T12:00:00+08:00", "2022-01-31T10:00:00+08:00",
         "2022-03-01T00:00:00+08:00"},
        {"30 August to 1 October", "2022-08-30T10:00:00+08:00", "2022-09-30T12:00:00+08:00",
         "2022-08-30T10:00:00+08:00", "2022-10-01T00:00:00+08:00"},
        {"29 January of a leap year to 1 March", "2024-01-29T10:00:00+08:00", "2024-02-29T12:00:00+08:00",
         "2024-01-29T10:00:00+08:00", "2024-03-01T00:00:00+08:00"},
        {"then from 1 March to 30 March", "2024-01-29T10:00:00+08:00", "2024-03-01T00:00:00+08:00",
         "2024-03-01T00:00:00+08:00", "2024-03-30T00:00:00+08:00"},
        {"bought at midnight of 31 December", "2021-12-31T00:00:00+08:00", "2022-01-31T12:00:00+08:00",
         "2021-12-31T00:00:00+08:00", "2022-02-01T00:00:00+08:00"},
        {"thirteen months later", "2022-01-31T10:00:00+08:00", "2023-02-28T12:00:00+08:00", "2023-02-01T00:00:00+08:00",
         "2023-03-01T00:00:00+08:00"},
    };
    FOR_ROWS(row, rows) {
        struct row full = {row->row, "Asia/Shanghai", row->bought, row->at, row->start, row->end, CYCLE_DYNAMIC_MONTH};
        check_cycle(&full);
    }
    struct period period;
    CHECK_STATUS(cycle_of(CYCLE_DYNAMIC_MONTH, zone_of("Asia/Shanghai"), 1, 0, &period), STATUS_RANGE);
}

static void cycles_are_those_of_an_independent_walk(void **state) {
    (void)state;
    static const struct {
        enum cycle_kind kind;
        const char *row, *zone, *anchor, *at, *start, *end;
    } rows[] = {
#include "cycle_rows.inc"
    };
    FOR_ROWS(row, rows) {
        struct row full = {row->row, row->zone, row->anchor, row->at, row->start, row->end, row->kind};
        check_cycle(&full);
    }
}

/* Every instant is in the cycle that is found for it; the neighbours adjoin; all its instants find the same cycle. */
static void cycles_tile_the_time_line(void **state) {
    (void)state;
    static const char *const names[] = {
        "Asia/Shanghai", "America/New_York", "Pacific/Apia",      "Australia/Lord_Howe", "America/Sao_Paulo",
        "Africa/Cairo",  "America/St_Johns", "Pacific/Kwajalein", "America/Sitka",       "Antarctica/Troll",
    };
    uint64_t seed = 2026;
    for (int i = 0; i < 40000; i++) {
        const struct zone *zone = zone_of(names[check_random(&seed) % CHECK_COUNT(names)]);
        enum cycle_kind kind = (enum cycle_kind)(check_random(&seed) % 4);
        int64_t at_ns = (int64_t)(check_random(&seed) / 3), anchor_ns = at_ns - (int64_t)(check_random(&seed) / 64);
        if (kind != CYCLE_DYNAMIC_MONTH && i % 2 == 0)
            at_ns = -at_ns;
        struct period cycle, next, last, inside;
        CHECK_OK(cycle_of(kind, zone, anchor_ns, at_ns, &cycle));
        CHECK(period_has(cycle, at_ns));
        CHECK_OK(cycle_of(kind, zone, anchor_ns, cycle.end_ns, &next));
        CHECK_INT(next.start_ns, cycle.end_ns);
        CHECK_OK(cycle_of(kind, zone, anchor_ns, cycle.end_ns - 1, &last));
        int64_t length = cycle.end_ns - cycle.start_ns;
        int64_t somewhere = cycle.start_ns + (int64_t)(check_random(&seed) % (uint64_t)length);
        CHECK_OK(cycle_of(kind, zone, anchor_ns, somewhere, &inside));
        CHECK(memcmp(&last, &cycle, sizeof cycle) == 0 && memcmp(&inside, &cycle, sizeof cycle) == 0);
    }
}

static void cycles_beyond_the_instants_are_refused(void **state) {
    (void)state;
    struct period period;
    const struct zone *zone = zone_of("America/New_York");
    for (int kind = CYCLE_HOUR; kind <= CYCLE_DYNAMIC_MONTH; kind++) {
        CHECK_STATUS(cycle_of((enum cycle_kind)kind, zone, INSTANT_MAX, INSTANT_MAX, &period), STATUS_RANGE);
        if (kind != CYCLE_DYNAMIC_MONTH)
            CHECK_STATUS(cycle_of((enum cycle_kind)kind, zone, 0, INSTANT_MIN, &period), STATUS_RANGE);
    }
}

static void kinds_have_names(void **state) {
    (void)state;
    for (int kind = CYCLE_HOUR; kind <= CYCLE_DYNAMIC_MONTH; kind++) {
        enum cycle_kind read = CYCLE_HOUR;
        CHECK(cycle_kind_parse(slice_of(cycle_kind_name((enum cycle_kind)kind)), &read));
        CHECK_INT(read, kind);
    }
    CHECK_TEXT(slice_of(cycle_kind_name(CYCLE_DYNAMIC_MONTH)), "dynamic-month");
    enum cycle_kind read;
    CHECK(!cycle_kind_parse(SLICE("week"), &read));
    CHECK(!cycle_kind_parse(SLICE(""), &read));
}

static void shares_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct period whole, part;
        int64_t num, den;
    } rows[] = {
        {"a third", {0, 30}, {10, 20}, 1, 3},
        {"all of it", {0, 30}, {0, 30}, 1, 1},
        {"more than all of it", {0, 30}, {-5, 35}, 1, 1},
        {"over the start", {0, 30}, {-10, 10}, 1, 3},
        {"over the end", {0, 30}, {20, 99}, 1, 3},
        {"before it", {0, 30}, {-10, 0}, 0, 1},
        {"behind it", {0, 30}, {30, 40}, 0, 1},
        {"an empty part", {0, 30}, {7, 7}, 0, 1},
        {"the longest period", {INSTANT_MIN, INSTANT_MAX}, {INSTANT_MIN, INSTANT_MAX}, 1, 1},
    };
    FOR_ROWS(row, rows) {
        struct ratio share = period_share(row->whole, row->part);
        CHECK_INT(ratio_cmp(share, (struct ratio){row->num, row->den}), 0);
    }
}

static void shares_of_a_month_sum_to_one(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 2000; i++) {
        struct period month;
        int64_t at_ns = (int64_t)(check_random(&seed) / 4);
        CHECK_OK(cycle_of(CYCLE_MONTH, zone_of("America/New_York"), 0, at_ns, &month));
        int64_t first = at_ns, second = at_ns + (month.end_ns - at_ns) / 2;
        struct ratio sum = period_share(month, (struct period){INSTANT_MIN, first});
        CHECK_OK(ratio_add(sum, period_share(month, (struct period){first, second}), &sum));
        CHECK_OK(ratio_add(sum, period_share(month, (struct period){second, INSTANT_MAX}), &sum));
        CHECK_INT(ratio_cmp(sum, ratio_from_int(1)), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_hold_their_instant),
        cmocka_unit_test(cycles_without_a_zone_are_utc),
        cmocka_unit_test(dynamic_months_start_the_day_after),
        cmocka_unit_test(cycles_are_those_of_an_independent_walk),
        cmocka_unit_test(cycles_tile_the_time_line),
        cmocka_unit_test(cycles_beyond_the_instants_are_refused),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(shares_are_exact),
        cmocka_unit_test(shares_of_a_month_sum_to_one),
    };
    return CHECK_RUN(tests);
}
