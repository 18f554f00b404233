/* SPDX-License-Identifier: Apache-2.0
 *
 * Commas, indentation and escapes of the JSON writer. */
#include "base/json_writer.h"

#include <stdio.h>

#include "support/check.h"

static void write_sample(struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "a", SLICE("1.50"));
    json_key(writer, "list");
    json_array(writer);
    json_uint(writer, UINT64_MAX);
    json_bool(writer, true);
    json_null(writer);
    json_raw(writer, SLICE("{\"is\": 1}"));
    json_object(writer);
    json_object_end(writer);
    json_text(writer, SLICE(":"));
    json_array_end(writer);
    json_key(writer, "empty");
    json_array(writer);
    json_array_end(writer);
    json_object_end(writer);
}

static void values_are_separated(void **state) {
    (void)state;
    struct buf out = {0};
    struct json_writer writer = {.out = &out};
    write_sample(&writer);
    CHECK_TEXT(buf_slice(&out),
               "{\"a\":\"1.50\",\"list\":[18446744073709551615,true,null,{\"is\": 1},{},\":\"],\"empty\":[]}");
    buf_free(&out);
}

static void pretty_output_is_indented_by_two(void **state) {
    (void)state;
    struct buf out = {0};
    struct json_writer writer = {.out = &out, .pretty = true};
    write_sample(&writer);
    CHECK_TEXT(buf_slice(&out),
               "{\n  \"a\": \"1.50\",\n  \"list\": [\n    18446744073709551615,\n    true,\n    null,\n"
               "    {\"is\": 1},\n    {},\n    \":\"\n  ],\n  \"empty\": []\n}");
    buf_free(&out);
}

static void several_documents_are_the_callers_lines(void **state) {
    (void)state;
    struct buf out = {0};
    struct json_writer writer = {.out = &out};
    json_uint(&writer, 0);
    buf_char(&out, '\n');
    json_object(&writer);
    json_object_end(&writer);
    CHECK_TEXT(buf_slice(&out), "0\n{}");
    buf_free(&out);
}

static void text_is_always_valid_json(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct slice text;
        const char *want;
    } rows[] = {
        {"plain", {"abc", 3}, "\"abc\""},
        {"empty", {NULL, 0}, "\"\""},
        {"quote and backslash", {"a\"\\b", 4}, "\"a\\\"\\\\b\""},
        {"the short escapes", {"\n\t\r\b\f", 5}, "\"\\n\\t\\r\\b\\f\""},
        {"other controls", {"\x01\x1F\x7F", 3}, "\"\\u0001\\u001f\\u007f\""},
        {"a NUL inside", {"a\0b", 3}, "\"a\\u0000b\""},
        {"UTF-8 stays", {"\xC3\xA9\xE5\x85\x83\xF0\x9F\x98\x80", 9}, "\"\xC3\xA9\xE5\x85\x83\xF0\x9F\x98\x80\""},
        {"a lone continuation", {"a\x80z", 3}, "\"a\xEF\xBF\xBDz\""},
        {"a cut sequence", {"\xE5\x85", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"an overlong form", {"\xC0\xAF", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"an overlong form of three", {"\xE0\x80\x80", 3}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"a surrogate", {"\xED\xA0\x80", 3}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"beyond Unicode", {"\xF4\x90\x80\x80", 4}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        struct json_writer writer = {.out = &out};
        json_text(&writer, row->text);
        CHECK_TEXT(buf_slice(&out), row->want);
        buf_free(&out);
    }
}

/* Texts are looked at and copied by words: every length, and an escape at every place of it. */
static void escapes_are_found_at_every_place(void **state) {
    (void)state;
    char text[41], want[48];
    for (size_t len = 1; len < sizeof text; len++) {
        for (size_t at = 0; at <= len; at++) { /* at the length: none */
            memset(text, 'x', len);
            size_t want_len = (size_t)snprintf(want, sizeof want, "\"%.*s", (int)at, text);
            if (at < len) {
                want_len +=
                    (size_t)snprintf(want + want_len, sizeof want - want_len, "\\\"%.*s", (int)(len - at - 1), text);
                text[at] = '"';
            }
            snprintf(want + want_len, sizeof want - want_len, "\"");
            struct buf out = {0};
            struct json_writer writer = {.out = &out};
            json_text(&writer, (struct slice){text, len});
            CHECK_TEXT(buf_slice(&out), want);
            buf_free(&out);
        }
    }
}

static void members_are_written_in_one_call(void **state) {
    (void)state;
    struct buf out = {0};
    struct json_writer writer = {.out = &out};
    json_object(&writer);
    json_member_plain(&writer, "total", SLICE("12"));
    json_member_null(&writer, "a");
    json_member(&writer, "a longer key than two words", SLICE("and a longer text than two words"));
    json_member(&writer, "note", SLICE("\t"));
    json_object_end(&writer);
    CHECK_TEXT(buf_slice(&out), "{\"total\":\"12\",\"a\":null,"
                                "\"a longer key than two words\":\"and a longer text than two words\","
                                "\"note\":\"\\t\"}");
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_separated),
        cmocka_unit_test(members_are_written_in_one_call),
        cmocka_unit_test(escapes_are_found_at_every_place),
        cmocka_unit_test(pretty_output_is_indented_by_two),
        cmocka_unit_test(several_documents_are_the_callers_lines),
        cmocka_unit_test(text_is_always_valid_json),
    };
    return CHECK_RUN(tests);
}
