/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as people see them. The expected texts are golden files under tests/golden/base. */
#include "base/diag.h"
#include "support/check.h"

#define SAMPLE                                                                                                         \
    "tariff: sample\n"                                                                                                 \
    "items:\n"                                                                                                         \
    "  pirce: 0.06\n"                                                                                                  \
    "\ttitle:\t\xE5\x85\x83 x: y\n"                                                                                    \
    "last \x1B[31m line"

static const struct source_file FILE_A = {{"tariffs/a.yaml", 14}, {SAMPLE, sizeof SAMPLE - 1}};
static const struct source_file FILE_B = {{"tariffs/b.yaml", 14}, {"only line\r\n", 11}};

static void check_printed(const struct diags *diags, bool color, const char *golden) {
    struct buf out = {0};
    diags_print(diags, color, &out);
    CHECK(!out.failed);
    CHECK_GOLDEN(buf_slice(&out), golden);
    buf_free(&out);
}

static void messages_look_like_a_compilers(void **state) {
    (void)state;
    struct diags diags = {0};
    diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_A, 3, 3, 5}, "did you mean \"price\"?", "unknown key \"%s\"",
              "pirce");
    diags_add(&diags, SEVERITY_NOTE, (struct place){&FILE_A, 2, 1, 0}, NULL, "items start here");
    diags_add(&diags, SEVERITY_WARNING, (struct place){&FILE_A, 4, 13, 1}, NULL,
              "a mark behind a wide letter and tabs");
    diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_A, 5, 17, 9}, NULL, "an underline ends with the line");
    diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_A, 9, 1, 0}, NULL, "a line that is not there");
    diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_B, 1, 1, 4}, NULL, "a carriage return is not shown");
    diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_B, 0, 0, 0}, "write it", "the whole file is wrong");
    diags_add(&diags, SEVERITY_ERROR, (struct place){NULL, 0, 0, 0}, NULL, "no file at all");
    CHECK_UINT(diags.count, 8);
    CHECK_UINT(diags.error_count, 6);
    check_printed(&diags, false, "base/diags.txt");
    check_printed(&diags, true, "base/diags-color.txt");
    diags_free(&diags);
}

static void very_long_lines_are_shown_in_part(void **state) {
    (void)state;
    static char line[100000];
    memset(line, 'x', sizeof line);
    line[50000] = '!';
    struct source_file file = {SLICE("long.ndjson"), {line, sizeof line}};
    struct diags diags = {0};
    diags_add(&diags, SEVERITY_ERROR, (struct place){&file, 1, 50001, 1}, NULL, "in the middle");
    diags_add(&diags, SEVERITY_ERROR, (struct place){&file, 1, 1, 100000}, NULL, "all of it");
    diags_add(&diags, SEVERITY_ERROR, (struct place){&file, 1, 100001, 0}, NULL, "behind its end");
    check_printed(&diags, false, "base/diags-long-line.txt");
    diags_free(&diags);
}

static void sorting_drops_repeats_and_keeps_notes_behind(void **state) {
    (void)state;
    struct diags diags = {0};
    for (int round = 0; round < 2; round++) {
        diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_B, 1, 1, 4}, NULL, "b");
        diags_add(&diags, SEVERITY_NOTE, (struct place){&FILE_A, 1, 1, 0}, NULL, "first seen here");
        diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_A, 3, 3, 1}, NULL, "a2");
        diags_add(&diags, SEVERITY_ERROR, (struct place){&FILE_A, 1, 9, 1}, NULL, "a1");
        diags_add(&diags, SEVERITY_ERROR, (struct place){NULL, 0, 0, 0}, NULL, "no place comes first");
    }
    diags_sort(&diags);
    CHECK_UINT(diags.count, 5);
    CHECK_UINT(diags.error_count, 4);
    check_printed(&diags, false, "base/diags-sorted.txt");
    diags_free(&diags);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_look_like_a_compilers),
        cmocka_unit_test(very_long_lines_are_shown_in_part),
        cmocka_unit_test(sorting_drops_repeats_and_keeps_notes_behind),
    };
    return CHECK_RUN(tests);
}
