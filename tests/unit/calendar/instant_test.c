/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3339 in and out. Covers: what is accepted, what is refused and at which byte, leap seconds, the round trip. */
#include "calendar/calendar.h"
#include "support/check.h"

static void instants_are_read(void **state) {
    (void)state;
    static const struct {
        const char *row, *text, *utc;
    } rows[] = {
        {"the common form, Shanghai time", "2026-02-15T08:50:00+08:00", "2026-02-15T00:50:00Z"},
        {"UTC", "2026-02-15T08:50:00Z", "2026-02-15T08:50:00Z"},
        {"lower-case letters, as the RFC allows", "2026-02-15t08:50:00z", "2026-02-15T08:50:00Z"},
        {"an offset to the west over midnight", "2026-12-31T20:00:00-05:00", "2027-01-01T01:00:00Z"},
        {"an offset of half an hour", "2026-01-01T00:00:00+05:30", "2025-12-31T18:30:00Z"},
        {"an unknown offset is UTC", "2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"},
        {"the largest offset", "2026-01-01T23:59:00+23:59", "2026-01-01T00:00:00Z"},
        {"the smallest offset", "2026-01-01T00:00:00-23:59", "2026-01-01T23:59:00Z"},
        {"one fraction digit", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.5Z"},
        {"nine fraction digits", "2026-01-01T00:00:00.123456789+00:00", "2026-01-01T00:00:00.123456789Z"},
        {"a fraction of zeros", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z"},
        {"29 February in a leap year", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
        {"29 February 2000", "2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"},
        {"the epoch", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {"before the epoch, with a fraction", "1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z"},
        {"the first year", "1700-01-01T00:00:00Z", "1700-01-01T00:00:00Z"},
        {"the last year", "2200-12-31T23:59:59.999999999Z", "2200-12-31T23:59:59.999999999Z"},
        {"a leap second is the following instant", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"a leap second in Shanghai", "2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00Z"},
        {"a leap second of the RFC, in California", "1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"},
        {"a leap second with a fraction", "2015-06-30T23:59:60.5Z", "2015-07-01T00:00:00.5Z"},
        {"a leap second before the epoch", "1969-12-31T23:59:60Z", "1970-01-01T00:00:00Z"},
    };
    FOR_ROWS(row, rows) {
        int64_t at_ns = 0;
        size_t offset = 99;
        char out[INSTANT_TEXT_MAX];
        if (!CHECK_OK(instant_parse(slice_of(row->text), &at_ns, &offset)))
            continue;
        CHECK_UINT(offset, 99);
        size_t len = instant_format(at_ns, NULL, out);
        CHECK_SLICE(((struct slice){out, len}), slice_of(row->utc));
    }
}

static void other_texts_are_refused_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        size_t offset;
        enum status status;
    } rows[] = {
        {"nothing", "", 0, STATUS_INVALID},
        {"a date alone", "2026-02-15", 10, STATUS_INVALID},
        {"a missing offset", "2026-02-15T08:50:00", 19, STATUS_INVALID},
        {"a missing offset after a fraction", "2026-02-15T08:50:00.5", 21, STATUS_INVALID},
        {"a space for the T", "2026-02-15 08:50:00Z", 10, STATUS_INVALID},
        {"no seconds", "2026-02-15T08:50Z", 16, STATUS_INVALID},
        {"month 0", "2026-00-15T08:50:00Z", 5, STATUS_INVALID},
        {"month 13", "2026-13-15T08:50:00Z", 5, STATUS_INVALID},
        {"day 0", "2026-02-00T08:50:00Z", 8, STATUS_INVALID},
        {"29 February in a common year", "2023-02-29T08:50:00Z", 8, STATUS_INVALID},
        {"29 February 1900", "1900-02-29T08:50:00Z", 8, STATUS_INVALID},
        {"31 April", "2026-04-31T08:50:00Z", 8, STATUS_INVALID},
        {"hour 24", "2026-02-15T24:00:00Z", 11, STATUS_INVALID},
        {"minute 60", "2026-02-15T08:60:00Z", 14, STATUS_INVALID},
        {"second 61", "2026-02-15T08:50:61Z", 17, STATUS_INVALID},
        {"a leap second in the middle of a day", "2026-02-15T08:50:60Z", 17, STATUS_INVALID},
        {"a leap second at midnight elsewhere", "2016-12-31T23:59:60+08:00", 17, STATUS_INVALID},
        {"a leap second inside a month", "2016-12-30T23:59:60Z", 17, STATUS_INVALID},
        {"a point without digits", "2026-02-15T08:50:00.Z", 20, STATUS_INVALID},
        {"ten fraction digits", "2026-02-15T08:50:00.1234567890Z", 29, STATUS_INVALID},
        {"a comma for the point", "2026-02-15T08:50:00,5Z", 19, STATUS_INVALID},
        {"an offset without colon", "2026-02-15T08:50:00+0800", 22, STATUS_INVALID},
        {"an offset of hours only", "2026-02-15T08:50:00+08", 22, STATUS_INVALID},
        {"an offset of 24 hours", "2026-02-15T08:50:00+24:00", 20, STATUS_INVALID},
        {"an offset of 60 minutes", "2026-02-15T08:50:00+08:60", 23, STATUS_INVALID},
        {"text behind Z", "2026-02-15T08:50:00Zulu", 20, STATUS_INVALID},
        {"text behind the offset", "2026-02-15T08:50:00+08:00 ", 25, STATUS_INVALID},
        {"a blank in front", " 2026-02-15T08:50:00Z", 0, STATUS_INVALID},
        {"a year of five digits", "12026-02-15T08:50:00Z", 4, STATUS_INVALID},
        {"a letter among digits", "2026-02-1O5T08:50:00Z", 9, STATUS_INVALID},
        {"the fault furthest left is named", "2026-02-30T25:50:00", 8, STATUS_INVALID},
        {"the year before the first", "1699-12-31T23:59:59Z", 0, STATUS_RANGE},
        {"the year after the last", "2201-01-01T00:00:00Z", 0, STATUS_RANGE},
        {"year 0", "0000-01-01T00:00:00Z", 0, STATUS_RANGE},
    };
    FOR_ROWS(row, rows) {
        int64_t at_ns = 42;
        size_t offset = 99;
        CHECK_STATUS(instant_parse(slice_of(row->text), &at_ns, &offset), row->status);
        CHECK_UINT(offset, row->offset);
        CHECK_STATUS(instant_parse(slice_of(row->text), &at_ns, NULL), row->status);
        CHECK_INT(at_ns, 42);
    }
}

static void a_cut_text_is_refused_where_it_ends(void **state) {
    (void)state;
    struct slice whole = SLICE("2026-02-15T08:50:00.25+08:00");
    for (size_t len = 0; len < whole.len; len++) {
        int64_t at_ns;
        size_t offset = 99;
        CHECK_STATUS(instant_parse((struct slice){whole.ptr, len}, &at_ns, &offset), STATUS_INVALID);
        CHECK_UINT(offset, len);
    }
}

static void instants_are_written_in_a_zone(void **state) {
    (void)state;
    static const struct {
        const char *row, *utc, *zone, *want;
    } rows[] = {
        {"Shanghai", "2026-02-15T00:50:00Z", "Asia/Shanghai", "2026-02-15T08:50:00+08:00"},
        {"Shanghai had summer time in 1990", "1990-07-01T00:00:00Z", "Asia/Shanghai", "1990-07-01T09:00:00+09:00"},
        {"New York in summer", "2026-07-01T00:00:00.000001Z", "America/New_York", "2026-06-30T20:00:00.000001-04:00"},
        {"half an hour to the west", "2026-01-01T00:00:00Z", "America/St_Johns", "2025-12-31T20:30:00-03:30"},
        {"the zone UTC has an offset", "2026-01-01T00:00:00Z", "UTC", "2026-01-01T00:00:00+00:00"},
        {"local mean time is cut to the minute", "1890-01-01T00:00:43Z", "Asia/Shanghai", "1890-01-01T08:05:43+08:05"},
    };
    FOR_ROWS(row, rows) {
        int64_t at_ns = 0, again = 1;
        const struct zone *zone = NULL;
        char out[INSTANT_TEXT_MAX];
        CHECK_OK(instant_parse(slice_of(row->utc), &at_ns, NULL));
        CHECK_OK(zone_load(slice_of(row->zone), &zone));
        size_t len = instant_format(at_ns, zone, out);
        CHECK_SLICE(((struct slice){out, len}), slice_of(row->want));
        CHECK_OK(instant_parse((struct slice){out, len}, &again, NULL));
        CHECK_INT(again, at_ns);
    }
}

static void the_ends_of_time_can_be_written(void **state) {
    (void)state;
    char out[INSTANT_TEXT_MAX];
    CHECK_SLICE(((struct slice){out, instant_format(INSTANT_MIN, NULL, out)}), SLICE("1677-09-21T00:12:43.145224192Z"));
    CHECK_SLICE(((struct slice){out, instant_format(INSTANT_MAX, NULL, out)}), SLICE("2262-04-11T23:47:16.854775807Z"));
}

static void random_instants_come_back(void **state) {
    (void)state;
    uint64_t seed = 1;
    const struct zone *zone = NULL;
    CHECK_OK(zone_load(SLICE("Australia/Lord_Howe"), &zone));
    for (int i = 0; i < 200000; i++) {
        /* 1700 to 2200 and some days less at both ends, so that offsets stay inside */
        int64_t seconds = (int64_t)(check_random(&seed) % 15760000000) - 8510000000;
        int64_t at_ns = seconds * NS_PER_SECOND + (int64_t)(check_random(&seed) % 1000000000), again = 0;
        char out[INSTANT_TEXT_MAX];
        size_t len = instant_format(at_ns, i % 2 == 0 ? NULL : zone, out);
        CHECK(len < INSTANT_TEXT_MAX && out[len] == '\0');
        CHECK_OK(instant_parse((struct slice){out, len}, &again, NULL));
        CHECK_INT(again, at_ns);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_read),
        cmocka_unit_test(other_texts_are_refused_with_their_place),
        cmocka_unit_test(a_cut_text_is_refused_where_it_ends),
        cmocka_unit_test(instants_are_written_in_a_zone),
        cmocka_unit_test(the_ends_of_time_can_be_written),
        cmocka_unit_test(random_instants_come_back),
    };
    return CHECK_RUN(tests);
}
