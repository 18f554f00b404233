/* SPDX-License-Identifier: Apache-2.0
 *
 * Single fields: what is read, what is refused, what is written. */
#include "support/check.h"

#include "http/fields.h"

static void keys(void **state) {
    (void)state;
    static const struct {
        const char *row, *value, *want;
    } rows[] = {
        {"a string", "\"8e03978e-40d5\"", "8e03978e-40d5"},
        {"a bare token", "8e03978e-40d5", "8e03978e-40d5"},
        {"bare, with signs", "a:b/c=", "a:b/c="},
        {"a string with a space", "\"a b\"", "a b"},
        {"escapes", "\"a\\\"b\\\\\"", "a\"b\\"},
        {"another escape", "\"a\\b\"", NULL},
        {"an escape at the end", "\"a\\\"", NULL},
        {"no closing quote", "\"a", NULL},
        {"a quote alone", "\"", NULL},
        {"more behind the quote", "\"a\"b", NULL},
        {"parameters", "\"a\";x=1", NULL},
        {"an empty string", "\"\"", NULL},
        {"nothing", "", NULL},
        {"bare with a space", "a b", NULL},
        {"bare with a quote", "a\"b", NULL},
        {"not ASCII", "caf\xc3\xa9", NULL},
        {"a tab", "\"a\tb\"", NULL},
    };
    struct arena arena = {0};
    FOR_ROWS(row, rows) {
        struct slice got = fields_idempotency_key(slice_of(row->value), &arena);
        CHECK_TEXT(got.ptr != NULL ? got : SLICE("-"), row->want != NULL ? row->want : "-");
    }
    char longest[FIELDS_KEY_MAX + 1];
    memset(longest, 'a', sizeof longest);
    CHECK(fields_idempotency_key((struct slice){longest, FIELDS_KEY_MAX}, &arena).len == FIELDS_KEY_MAX);
    CHECK(fields_idempotency_key((struct slice){longest, FIELDS_KEY_MAX + 1}, &arena).ptr == NULL);
    arena_free(&arena);
}

static void traces(void **state) {
    (void)state;
    static const struct {
        const char *row, *value;
        bool want;
    } rows[] = {
        {"well-formed", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
        {"a later version", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true},
        {"a later version as long as the first", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
        {"version ff", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"more behind version 00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false},
        {"more without a dash", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more", false},
        {"a trace of zeros", "00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
        {"a parent of zeros", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false},
        {"capitals", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false},
        {"too short", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false},
        {"flags that are none", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g", false},
        {"other separators", "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"nothing", "", false},
    };
    FOR_ROWS(row, rows) {
        CHECK_INT(fields_is_traceparent(slice_of(row->value)), row->want);
    }
}

static void media_types(void **state) {
    (void)state;
    static const struct {
        const char *row, *value, *type, *charset;
    } rows[] = {
        {"plain", "application/json", "application/json", ""},
        {"capitals", "Application/JSON", "application/json", ""},
        {"a charset", "text/csv; charset=UTF-8", "text/csv", "utf-8"},
        {"a quoted charset", "text/csv;charset=\"utf-8\"", "text/csv", "utf-8"},
        {"other parameters", "text/csv; header=present ; charset=utf-8", "text/csv", "utf-8"},
        {"a suffix", "application/cloudevents-batch+json", "application/cloudevents-batch+json", ""},
        {"no subtype", "json", "-", "-"},
        {"an empty subtype", "text/", "-", "-"},
        {"nothing", "", "-", "-"},
        {"a parameter without a value", "text/csv; charset", "-", "-"},
        {"a parameter with an empty one", "text/csv; charset=", "-", "-"},
        {"an open quote", "text/csv; charset=\"utf-8", "-", "-"},
        {"a semicolon at the end", "text/csv;", "-", "-"},
        {"two types", "text/csv, text/plain", "-", "-"},
        {"a space inside", "text/ csv", "-", "-"},
    };
    struct arena arena = {0};
    FOR_ROWS(row, rows) {
        struct fields_media got = fields_media_type(slice_of(row->value), &arena);
        CHECK_TEXT(got.type.ptr != NULL ? got.type : SLICE("-"), row->type);
        CHECK_TEXT(got.type.ptr != NULL ? got.charset : SLICE("-"), row->charset);
    }
    arena_free(&arena);
}

static void choices(void **state) {
    (void)state;
    static const char *const offers[] = {"application/json", "text/csv", "text/plain"};
    static const struct {
        const char *row, *value;
        uint32_t want;
    } rows[] = {
        {"nothing was sent", "", 0},
        {"anything", "*/*", 0},
        {"one of them", "text/csv", 1},
        {"in capitals", "TEXT/CSV", 1},
        {"a family", "text/*", 1},
        {"by quality", "application/json;q=0.5, text/plain;q=0.8", 2},
        {"equal: the first", "text/plain, text/csv", 1},
        {"a range says no, its member yes", "text/*;q=0, text/plain", 2},
        {"the exact one says no", "text/*, text/csv;q=0", 2},
        {"no to everything", "*/*;q=0", 3},
        {"something else", "image/png", 3},
        {"something else, or anything", "image/png, */*;q=0.1", 0},
        {"parameters", "text/csv;header=present;q=0.9", 1},
        {"empty items", ", ,text/csv,", 1},
        {"a quality over one", "text/csv;q=1.001", 3},
        {"a quality of words", "text/csv;q=high", 3},
        {"four digits", "text/csv;q=0.1234", 3},
        {"no comma", "text/csv text/plain", 3},
        {"no type", "csv", 3},
    };
    FOR_ROWS(row, rows) {
        CHECK_UINT(fields_accept(slice_of(row->value), offers, 3), row->want);
    }
}

static void tags(void **state) {
    (void)state;
    static const struct {
        const char *row, *list;
        bool weak, strong;
    } rows[] = {
        {"it", "\"v7\"", true, true},
        {"it, weakly", "W/\"v7\"", true, false},
        {"in a list", "\"v6\", \"v7\"", true, true},
        {"in a list without spaces", "\"v6\",W/\"v8\",\"v7\"", true, true},
        {"anything", "*", true, true},
        {"another", "\"v6\"", false, false},
        {"no quotes", "v7", false, false},
        {"an open quote", "\"v7", false, false},
        {"a quote", "\"", false, false},
        {"weak about nothing", "W/", false, false},
        {"nothing", "", false, false},
        {"a part of it", "\"v77\"", false, false},
    };
    FOR_ROWS(row, rows) {
        CHECK_INT(fields_has_tag(slice_of(row->list), SLICE("\"v7\""), false), row->weak);
        CHECK_INT(fields_has_tag(slice_of(row->list), SLICE("\"v7\""), true), row->strong);
    }
}

static void limits(void **state) {
    (void)state;
    static const struct fields_limit both[] = {
        {.name = {"burst", 5},
         .quota = 100,
         .window_seconds = 1,
         .remaining = 3,
         .reset_seconds = 1,
         .has_reset = true},
        {.name = {"s\"l\\o\xc3ts", 8}, .unit = "concurrent-requests", .quota = UINT64_MAX, .remaining = 0},
    };
    struct buf text = {0};
    fields_ratelimit_policy(&text, both, 2);
    CHECK_TEXT(buf_slice(&text),
               "\"burst\";q=100;w=1, \"s\\\"l\\\\o_ts\";q=999999999999999;qu=\"concurrent-requests\"");
    buf_clear(&text);
    fields_ratelimit(&text, both, 2);
    CHECK_TEXT(buf_slice(&text), "\"burst\";r=3;t=1, \"s\\\"l\\\\o_ts\";r=0");
    buf_clear(&text);
    fields_ratelimit(&text, both, 0);
    CHECK_UINT(text.len, 0);
    buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),    cmocka_unit_test(traces), cmocka_unit_test(media_types),
        cmocka_unit_test(choices), cmocka_unit_test(tags),   cmocka_unit_test(limits),
    };
    return CHECK_RUN(tests);
}
