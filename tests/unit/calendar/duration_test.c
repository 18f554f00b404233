/* SPDX-License-Identifier: Apache-2.0
 *
 * Durations in words, and the instants they lead to. Covers: tariff language, "Durations". */
#include "calendar/calendar.h"
#include "support/check.h"

static void durations_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        int64_t count;
        enum time_unit unit;
        const char *written;
    } rows[] = {
        {"minutes", "30 minutes", 30, UNIT_MINUTE, "30 minutes"},
        {"hours", "48 hours", 48, UNIT_HOUR, "48 hours"},
        {"days", "7 days", 7, UNIT_DAY, "7 days"},
        {"one month", "1 month", 1, UNIT_MONTH, "1 month"},
        {"one year", "1 year", 1, UNIT_YEAR, "1 year"},
        {"a plural for one is forgiven", "1 seconds", 1, UNIT_SECOND, "1 second"},
        {"a singular for many is forgiven", "10 day", 10, UNIT_DAY, "10 days"},
        {"zero", "0 days", 0, UNIT_DAY, "0 days"},
        {"the largest", "9223372036854775807 seconds", INT64_MAX, UNIT_SECOND, "9223372036854775807 seconds"},
    };
    FOR_ROWS(row, rows) {
        struct duration duration = {0};
        char out[40];
        if (!CHECK_OK(duration_parse(slice_of(row->text), &duration)))
            continue;
        CHECK_INT(duration.count, row->count);
        CHECK_INT(duration.unit, row->unit);
        CHECK_SLICE(((struct slice){out, duration_format(duration, out, sizeof out)}), slice_of(row->written));
    }
    char small[5];
    CHECK_UINT(duration_format((struct duration){100, UNIT_DAY}, small, sizeof small), 4);
}

static void other_durations_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
    } rows[] = {
        {"nothing", ""},
        {"no unit", "7"},
        {"no unit after the blank", "7 "},
        {"no number", "days"},
        {"no number before the blank", " days"},
        {"no blank", "7days"},
        {"two blanks", "7  days"},
        {"negative", "-7 days"},
        {"a fraction", "1.5 days"},
        {"an unknown unit", "2 weeks"},
        {"a plural of a plural", "2 dayss"},
        {"capital letters", "7 Days"},
        {"too many to count", "9223372036854775808 seconds"},
    };
    FOR_ROWS(row, rows) {
        struct duration duration;
        CHECK_STATUS(duration_parse(slice_of(row->text), &duration), STATUS_INVALID);
    }
}

static void durations_are_added(void **state) {
    (void)state;
    static const struct {
        const char *row, *zone, *at, *duration;
        int64_t times;
        const char *want;
    } rows[] = {
        {"a month to the same instant", "Asia/Shanghai", "2026-01-15T10:30:00+08:00", "1 month", 1,
         "2026-02-15T10:30:00+08:00"},
        {"31 January and a month is the last of February", "Asia/Shanghai", "2026-01-31T10:00:00+08:00", "1 month", 1,
         "2026-02-28T10:00:00+08:00"},
        {"in a leap year the 29th", "Asia/Shanghai", "2024-01-31T10:00:00+08:00", "1 month", 1,
         "2024-02-29T10:00:00+08:00"},
        {"months count from the start: three from 31 January", "Asia/Shanghai", "2026-01-31T10:00:00+08:00", "1 month",
         3, "2026-04-30T10:00:00+08:00"},
        {"and two are 31 March", "Asia/Shanghai", "2026-01-31T10:00:00+08:00", "1 month", 2,
         "2026-03-31T10:00:00+08:00"},
        {"months over the end of the year", "Asia/Shanghai", "2026-11-30T00:00:00+08:00", "3 months", 1,
         "2027-02-28T00:00:00+08:00"},
        {"backwards", "Asia/Shanghai", "2026-03-31T00:00:00+08:00", "1 month", -1, "2026-02-28T00:00:00+08:00"},
        {"a year from 29 February", "Asia/Shanghai", "2024-02-29T08:00:00+08:00", "1 year", 1,
         "2025-02-28T08:00:00+08:00"},
        {"four years from 29 February", "Asia/Shanghai", "2024-02-29T08:00:00+08:00", "1 year", 4,
         "2028-02-29T08:00:00+08:00"},
        {"a year keeps the fraction", "Asia/Shanghai", "2026-05-05T05:05:05.555+08:00", "1 year", 1,
         "2027-05-05T05:05:05.555+08:00"},
        {"the month of the zone counts, not of UTC", "Asia/Shanghai", "2026-01-31T17:00:00Z", "1 month", 1,
         "2026-03-01T01:00:00+08:00"},
        {"a day over the spring jump keeps the wall time", "America/New_York", "2026-03-07T12:00:00-05:00", "1 day", 1,
         "2026-03-08T12:00:00-04:00"},
        {"24 hours over it do not", "America/New_York", "2026-03-07T12:00:00-05:00", "24 hours", 1,
         "2026-03-08T13:00:00-04:00"},
        {"a day into the gap is the jump", "America/New_York", "2026-03-07T02:30:00-05:00", "1 day", 1,
         "2026-03-08T03:00:00-04:00"},
        {"a day into the repeated hour is the first", "America/New_York", "2026-10-31T01:30:00-04:00", "1 day", 1,
         "2026-11-01T01:30:00-04:00"},
        {"no days stay in the second pass", "America/New_York", "2026-11-01T01:30:00-05:00", "1 day", 0,
         "2026-11-01T01:30:00-05:00"},
        {"a day into a skipped day is its jump", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "1 day", 1,
         "2011-12-31T00:00:00+14:00"},
        {"minutes", NULL, "2026-01-01T00:00:00Z", "30 minutes", 3, "2026-01-01T01:30:00Z"},
        {"seconds before the epoch", NULL, "1970-01-01T00:00:00.5Z", "1 second", -1, "1969-12-31T23:59:59.5Z"},
        {"7 days in UTC", NULL, "2026-02-25T00:00:00Z", "7 days", 1, "2026-03-04T00:00:00Z"},
    };
    FOR_ROWS(row, rows) {
        const struct zone *zone = NULL;
        struct duration duration = {0};
        int64_t at_ns = 0, got = 0, want = 1;
        if (row->zone != NULL)
            CHECK_OK(zone_load(slice_of(row->zone), &zone));
        CHECK_OK(instant_parse(slice_of(row->at), &at_ns, NULL));
        CHECK_OK(instant_parse(slice_of(row->want), &want, NULL));
        CHECK_OK(duration_parse(slice_of(row->duration), &duration));
        CHECK_OK(instant_add(zone, at_ns, duration, row->times, &got));
        CHECK_INT(got, want);
    }
}

static void sums_beyond_the_instants_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *row;
        int64_t at_ns;
        struct duration duration;
        int64_t times;
    } rows[] = {
        {"the product does not fit", 0, {INT64_MAX, UNIT_SECOND}, 2},
        {"the nanoseconds do not fit", 0, {INT64_MAX, UNIT_SECOND}, 1},
        {"the sum does not fit", INSTANT_MAX, {1, UNIT_SECOND}, 1},
        {"too many days", 0, {INT64_MAX, UNIT_DAY}, 1},
        {"a thousand years", 0, {1000, UNIT_YEAR}, 1},
        {"as many years as fit", 0, {366000, UNIT_YEAR}, 1},
        {"backwards", INSTANT_MIN, {1, UNIT_MONTH}, -1},
        {"a day after for ever", INSTANT_MAX, {1, UNIT_DAY}, 1},
    };
    FOR_ROWS(row, rows) {
        int64_t got = 42;
        CHECK_STATUS(instant_add(NULL, row->at_ns, row->duration, row->times, &got), STATUS_RANGE);
        CHECK_INT(got, 42);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_and_written),
        cmocka_unit_test(other_durations_are_refused),
        cmocka_unit_test(durations_are_added),
        cmocka_unit_test(sums_beyond_the_instants_are_refused),
    };
    return CHECK_RUN(tests);
}
