/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage events to quantities: operations, conditions, streams, rounding, price cells, and every way to be unpriced. */
#include "fixture.h"

struct event_row {
    const char *row, *operation, *data, *want;
};

static void check_rows(struct fixture *fixture, const struct event_row *row) {
    struct buf document = {0};
    buf_printf(&document,
               "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"s\",\"type\":\"%s\",\"subject\":\"acct\","
               "\"time\":\"2026-02-15T08:50:00+08:00\",\"data\":%s}",
               row->operation, row->data);
    uint32_t count = 0;
    struct record *records = fixture_read(fixture, buf_slice(&document).ptr, NULL, &count);
    CHECK_UINT(count, 1);
    CHECK_TEXT(fixture_show(fixture, records), row->want);
    arena_reset(&fixture->batch);
    buf_free(&document);
}

#define CHECK_EVENTS(rows)                                                                                             \
    do {                                                                                                               \
        struct fixture fixture;                                                                                        \
        (void)state;                                                                                                   \
        fixture_init(&fixture);                                                                                        \
        FOR_ROWS(row, rows) {                                                                                          \
            check_rows(&fixture, row);                                                                                 \
        }                                                                                                              \
        fixture_free(&fixture);                                                                                        \
    } while (0)

static void operations_create_items(void **state) {
    static const struct event_row rows[] = {
        {"a call counts one", "demo.Call", "{}", "call=1"},
        {"a count multiplies", "demo.Call", "{\"count\":3}", "call=3"},
        {"numbers may be strings", "demo.Call", "{\"count\":\"3\"}", "call=3"},
        {"numbers may be fractions", "demo.Call", "{\"count\":0.25}", "call=0.25"},
        {"exponents are exact", "demo.Call", "{\"count\":\"25e-2\"}", "call=0.25"},
        {"null is absent", "demo.Call", "{\"count\":null}", "call=1"},
        {"data may be null", "demo.Call", "null", "call=1"},
        {"an alias is the operation", "demo.OldAlias", "{}", "call=1"},
        {"names may hold slashes", "demo.path/like/this", "{}", "call=1"},
        {"declared attributes count", "demo.Scene", "{\"scenes\":7}", "scene=7"},
        {"a declared default counts", "demo.Scene", "{}", "scene=1"},
        {"two items", "demo.Both", "{\"scenes\":7}", "call=1 scene=7"},
        {"the same item twice is one usage", "demo.Twice", "{}", "call=2"},
        {"a use's quantity replaces the item's", "demo.Double", "{\"count\":4}", "call=8"},
        {"a condition that is met", "demo.When", "{\"has_location\":true,\"width\":1}", "call=1 scene=1"},
        {"flags may be strings", "demo.When", "{\"has_location\":\"true\",\"width\":1}", "call=1 scene=1"},
        {"a condition that is not met", "demo.When", "{\"width\":1}", "call=1"},
        {"an operation that creates nothing", "demo.Nothing", "{}", ""},
        {"unknown attributes are ignored", "demo.Call", "{\"colour\":\"red\",\"a\":{\"b\":[1,{\"c\":2}]}}", "call=1"},
        {"a quantity of zero is no usage", "demo.Call", "{\"count\":0}", ""},
        {"what failed is free", "demo.Call", "{\"outcome\":\"failed\"}", "free"},
        {"an error status is free", "demo.Call", "{\"status\":503}", "free"},
        {"an item billed elsewhere is listed", "demo.Store", "{\"bytes\":12}", "stored(external)=12"},
        {"another tariff", "other.Call", "{\"count\":2}", "call=2"},
    };
    CHECK_EVENTS(rows);
}

static void quantities_are_rounded_as_the_item_says(void **state) {
    static const struct event_row rows[] = {
        {"sums come before rounding", "demo.Minute", "{\"input_seconds\":90,\"output_seconds\":23}", "minute=2"},
        {"an exact minute is one", "demo.Minute", "{\"input_seconds\":60}", "minute=1"},
        {"a cycle's value is kept raw", "demo.Token", "{\"tokens\":1234}", "token=1.234"},
        {"streams are rounded alone", "demo.Cut",
         "{\"streams\":[{\"kind\":\"audio\",\"seconds\":\"8.3\"},{\"kind\":\"audio\",\"seconds\":\"10.2\"}]}",
         "second=20"},
        {"a minimum holds per stream", "demo.Cut",
         "{\"streams\":[{\"kind\":\"audio\",\"seconds\":1},{\"kind\":\"audio\",\"seconds\":6}]}", "second=11"},
        {"streams are summed, then rounded", "demo.Parts", "{\"streams\":[{\"seconds\":4},{\"seconds\":4}]}", "part=3"},
        {"a third has no decimal", "demo.Third", "{\"count\":1}",
         "unpriced: operation Third, item third: the quantity 1/3 has no exact decimal of 12 digits and the item no "
         "rounding"},
        {"three thirds have one", "demo.Third", "{\"count\":3}", "third=1"},
    };
    CHECK_EVENTS(rows);
}

static void streams_are_metered_on_their_own(void **state) {
    static const struct event_row rows[] = {
        {"each stream its own item", "demo.Cut",
         "{\"streams\":[{\"kind\":\"video\",\"codec\":\"h264\",\"width\":1280,\"height\":720,\"seconds\":\"10.5\"},"
         "{\"kind\":\"video\",\"codec\":\"avc\",\"width\":480,\"height\":640,\"seconds\":7}]}",
         "h264-SD=10.5 h264-LD=7"},
        {"a stream lies over the data", "demo.Cut",
         "{\"kind\":\"audio\",\"seconds\":6,\"streams\":[{},{\"seconds\":7},{}]}", "second=19"},
        {"without a list the event is the stream", "demo.Cut", "{\"kind\":\"audio\",\"seconds\":6}", "second=6"},
        {"nothing matches", "demo.Cut", "{\"streams\":[{\"kind\":\"subtitle\"}]}",
         "unpriced: operation Cut: nothing it can create matches this event"},
        {"an empty list matches nothing", "demo.Cut", "{\"streams\":[]}",
         "unpriced: operation Cut: nothing it can create matches this event"},
        {"one match is enough", "demo.Cut",
         "{\"streams\":[{\"kind\":\"subtitle\"},{\"kind\":\"audio\",\"seconds\":9}]}", "second=9"},
        {"a cell without item", "demo.Cut",
         "{\"kind\":\"video\",\"codec\":\"hevc\",\"width\":640,\"height\":480,\"seconds\":1}",
         "unpriced: operation Cut: there is no item for h265 / LD"},
        {"streams that are no list", "demo.Cut", "{\"streams\":{\"kind\":\"audio\"}}",
         "unpriced: operation Cut: data.streams is no list of objects"},
        {"streams that nobody asks for", "demo.Call", "{\"streams\":7}", "call=1"},
        {"streams of covered time", "demo.Live",
         "{\"media\":\"m\",\"streams\":7,\"playlist\":{\"duration_seconds\":1}}",
         "unpriced: operation Live, item live: data.streams is no list of objects"},
        {"streams that are no objects", "demo.Cut", "{\"streams\":[1]}",
         "unpriced: operation Cut: data.streams is no list of objects"},
    };
    CHECK_EVENTS(rows);
}

static void prices_are_chosen_by_class_variant_and_instant(void **state) {
    static const struct event_row rows[] = {
        {"a region's cell", "demo.Region", "{\"region\":\"cn-north\"}", "regional(north)=1"},
        {"a class's own name", "demo.Region", "{\"region\":\"north\"}", "regional(north)=1"},
        {"a cell left out", "demo.Region", "{\"region\":\"cn-south\"}",
         "unpriced: operation Region, item regional: it has no price for south"},
        {"a variant", "demo.Faces", "{}", "picture(faces)=1"},
        {"another variant", "demo.Bodies", "{}", "picture(bodies)=1"},
        {"a gap between versions", "demo.Dated", "{}",
         "unpriced: operation Dated, item dated: it has no price at 2026-02-15T08:50:00+08:00"},
        {"before the first version", "demo.Dated", "{\"submitted_at\":\"2025-12-31T23:59:59+08:00\"}",
         "unpriced: operation Dated, item dated: it has no price before 2026-01-01T00:00:00+08:00"},
        {"the submission decides", "demo.Dated", "{\"submitted_at\":\"2026-01-31T23:59:59+08:00\"}", "dated=1"},
        {"an instant is inside its version", "demo.Dated", "{\"submitted_at\":\"2026-03-01T11:00:00+08:00\"}",
         "dated=1"},
    };
    CHECK_EVENTS(rows);
}

static void what_cannot_be_said_exactly_is_unpriced(void **state) {
    static const struct event_row rows[] = {
        {"an unknown tariff", "dmeo.Call", "{}", "unpriced: no tariff \"dmeo\" is loaded; did you mean \"demo\"?"},
        {"an unknown tariff again", "dmeo.Call", "{}",
         "unpriced: no tariff \"dmeo\" is loaded; did you mean \"demo\"?"},
        {"an unknown operation", "demo.Calll", "{}",
         "unpriced: tariff demo has no operation \"Calll\"; did you mean \"Call\"?"},
        {"an unknown operation with dots", "demo.a.b.c.d.e.f", "{}",
         "unpriced: tariff demo has no operation \"a.b.c.d.e.f\""},
        {"a negative count", "demo.Call", "{\"count\":-3}",
         "unpriced: operation Call, item call: quantity -3 is below zero"},
        {"as much as there may be", "demo.Call", "{\"count\":1000000000000000}", "call=1000000000000000"},
        {"more than there may be", "demo.Call", "{\"count\":1000000000000001}",
         "unpriced: operation Call, item call: the quantity is too large"},
        {"a number beyond all bounds", "demo.Call", "{\"count\":99999999999999999999999999999999}",
         "unpriced: operation Call, item call: the quantity 99999999999999999999999999999999 is too large"},
    };
    CHECK_EVENTS(rows);
}

/* The rest of the sentence is the formulas' own. */
static void reasons_name_operation_item_and_part(void **state) {
    static const struct event_row rows[] = {
        {"a missing attribute", "demo.Token", "{}", "unpriced: operation Token, item token: quantity: "},
        {"an attribute that is no number", "demo.Call", "{\"count\":\"abc\"}",
         "unpriced: operation Call, item call: quantity: "},
        {"an attribute that is a flag", "demo.Call", "{\"count\":true}",
         "unpriced: operation Call, item call: quantity: "},
        {"a missing attribute of a condition", "demo.When", "{}", "unpriced: operation When: condition: "},
        {"an ill-typed outcome", "demo.Call", "{\"outcome\":7}", "unpriced: operation Call, item call: billable: "},
        {"an outcome that is no word of ours", "demo.Call", "{\"outcome\":\"Succeeded\"}",
         "unpriced: operation Call: outcome \"Succeeded\" is none of succeeded, "},
        {"no class fits", "demo.Region", "{\"region\":\"cn-west\"}", "unpriced: operation Region, item regional: "},
        {"no band fits", "demo.Cut", "{\"kind\":\"video\",\"codec\":\"avc\",\"width\":9000,\"height\":1,\"seconds\":1}",
         "unpriced: operation Cut: "},
    };
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    FOR_ROWS(row, rows) {
        struct buf document = {0};
        buf_printf(&document,
                   "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"s\",\"type\":\"%s\",\"subject\":\"acct\","
                   "\"time\":\"2026-02-15T08:50:00+08:00\",\"data\":%s}",
                   row->operation, row->data);
        uint32_t count = 0;
        struct slice got = fixture_show(&fixture, fixture_read(&fixture, buf_slice(&document).ptr, NULL, &count));
        size_t want = strlen(row->want);
        CHECK(got.len > want);
        CHECK_TEXT(((struct slice){got.ptr, got.len < want ? got.len : want}), row->want);
        buf_free(&document);
    }
    fixture_free(&fixture);
}

static void covered_time_keeps_ranges_and_streams(void **state) {
    static const struct {
        const char *row, *data;
        bool has_length, has_initial, has_range;
        uint32_t stream_count;
        const char *ahead;
    } rows[] = {
        {"a playlist with two streams",
         "{\"media\":\"m\",\"playlist\":{\"duration_seconds\":2280},\"streams\":[{\"kind\":\"video\"},{\"kind\":"
         "\"audio\"}]}",
         true, true, false, 2, "120"},
        {"a playlist without streams is one stream", "{\"media\":\"m\",\"playlist\":{\"duration_seconds\":\"10.5\"}}",
         true, true, false, 1, "120"},
        {"a played range remembers its streams", "{\"media\":\"m\",\"play\":{\"from\":0,\"to\":300}}", false, false,
         true, 0, "120"},
        {"both at once",
         "{\"media\":\"m\",\"play\":{\"from\":0,\"to\":300},\"playlist\":{\"duration_seconds\":1,\"ahead_seconds\":7}}",
         true, true, true, 1, "7"},
    };
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    FOR_ROWS(row, rows) {
        struct buf document = {0};
        buf_printf(&document,
                   "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"s\",\"type\":\"demo.Live\",\"subject\":"
                   "\"acct\",\"time\":\"2026-02-15T08:50:00+08:00\",\"data\":%s}",
                   row->data);
        uint32_t count = 0;
        struct record *record = fixture_read(&fixture, buf_slice(&document).ptr, NULL, &count);
        CHECK_TEXT(fixture_show(&fixture, record), "");
        if (!CHECK_UINT(record->coverage_count, 1))
            continue;
        const struct coverage *coverage = record->coverages;
        CHECK_TEXT(coverage->key, "m");
        CHECK_INT(coverage->has_length, row->has_length);
        CHECK_INT(coverage->has_initial, row->has_initial);
        CHECK_INT(coverage->has_range, row->has_range);
        CHECK_UINT(coverage->stream_count, row->stream_count);
        CHECK_INT(coverage->streams != NULL, row->stream_count > 0);
        buf_clear(&fixture.text);
        decimal_append(&fixture.text, coverage->ahead);
        CHECK_TEXT(buf_slice(&fixture.text), row->ahead);
        buf_free(&document);
    }
    fixture_free(&fixture);
}

#define STREAMS_8 "{},{},{},{},{},{},{},{}"
#define STREAMS_64                                                                                                     \
    STREAMS_8 "," STREAMS_8 "," STREAMS_8 "," STREAMS_8 "," STREAMS_8 "," STREAMS_8 "," STREAMS_8 "," STREAMS_8

static void covered_time_that_makes_no_sense_is_unpriced(void **state) {
    static const struct event_row rows[] = {
        {"no range at all", "demo.Live", "{\"media\":\"m\"}",
         "unpriced: operation Live, item live: the event brings neither a length nor a played range"},
        {"backwards", "demo.Live", "{\"media\":\"m\",\"play\":{\"from\":9,\"to\":3}}",
         "unpriced: operation Live, item live: the played range ends before it starts"},
        {"before the start", "demo.Live", "{\"media\":\"m\",\"play\":{\"from\":-9,\"to\":3}}",
         "unpriced: operation Live, item live: a length, a start or a lead is below zero"},
        {"as many streams as are kept", "demo.Live",
         "{\"media\":\"m\",\"playlist\":{\"duration_seconds\":1},\"streams\":[" STREAMS_64 "]}", ""},
        {"one stream more", "demo.Live",
         "{\"media\":\"m\",\"playlist\":{\"duration_seconds\":1},\"streams\":[" STREAMS_64 ",{}]}",
         "unpriced: operation Live, item live: more than 64 streams"},
        {"one stream more, each on its own", "demo.LiveEach",
         "{\"media\":\"m\",\"playlist\":{\"duration_seconds\":1},\"streams\":[" STREAMS_64 ",{}]}",
         "unpriced: operation LiveEach, item live: more than 64 streams"},
        {"no segment", "demo.Live",
         "{\"media\":\"m\",\"play\":{\"from\":1,\"to\":3},\"playlist\":{\"segment_seconds\":0}}",
         "unpriced: operation Live, item live: segment is not above zero"},
    };
    CHECK_EVENTS(rows);
}

static void a_trace_says_what_was_chosen_and_why(void **state) {
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    struct trace trace = {.arena = &fixture.batch};
    uint32_t count = 0;
    fixture_read(&fixture,
                 "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"s\",\"type\":\"demo.Cut\",\"subject\":\"a\","
                 "\"time\":\"2026-02-15T08:50:00+08:00\",\"data\":{\"streams\":[{\"kind\":\"audio\",\"seconds\":"
                 "\"8.3\"}]}}",
                 &trace, &count);
    struct buf text = {0};
    for (struct trace_step *step = trace.first; step != NULL; step = step->next)
        buf_printf(&text, "%s: " SLICE_FMT "\n", step->topic, SLICE_ARG(step->text));
    CHECK(strstr(buf_slice(&text).ptr, "operation: Cut of tariff demo\n") != NULL);
    CHECK(strstr(buf_slice(&text).ptr, "operation: Cut is metered as item second\n") != NULL);
    CHECK(strstr(buf_slice(&text).ptr, "rounding: 8.3 / 1 rounded up to 9 second\n") != NULL);
    CHECK(strstr(buf_slice(&text).ptr, "price: the price of second\n") != NULL);
    buf_free(&text);
    fixture_free(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_create_items),
        cmocka_unit_test(quantities_are_rounded_as_the_item_says),
        cmocka_unit_test(streams_are_metered_on_their_own),
        cmocka_unit_test(prices_are_chosen_by_class_variant_and_instant),
        cmocka_unit_test(what_cannot_be_said_exactly_is_unpriced),
        cmocka_unit_test(reasons_name_operation_item_and_part),
        cmocka_unit_test(covered_time_keeps_ranges_and_streams),
        cmocka_unit_test(covered_time_that_makes_no_sense_is_unpriced),
        cmocka_unit_test(a_trace_says_what_was_chosen_and_why),
    };
    return CHECK_RUN(tests);
}
