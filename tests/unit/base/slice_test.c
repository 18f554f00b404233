/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrowed text: order, trimming, splitting; and that every fault has its sentence. */
#include "support/check.h"

static void slices_order_by_bytes_then_length(void **state) {
    (void)state;
    static const struct {
        const char *row, *a, *b;
        int want;
    } rows[] = {
        {"two empty texts are equal", "", "", 0},      {"empty comes first", "", "a", -1},
        {"the prefix comes first", "abc", "abcd", -1}, {"the first difference decides", "abd", "abcz", 1},
        {"bytes compare unsigned", "\xC3", "a", 1},
    };
    FOR_ROWS(row, rows) {
        int order = slice_cmp(slice_of(row->a), slice_of(row->b));
        CHECK_INT((order > 0) - (order < 0), row->want);
        CHECK(slice_eq(slice_of(row->a), slice_of(row->b)) == (row->want == 0));
    }
}

static void slices_trim_blanks(void **state) {
    (void)state;
    static const struct {
        const char *row, *text, *want;
    } rows[] = {
        {"nothing to trim", "a b", "a b"},
        {"spaces and tabs at both ends", " \t a\t ", "a"},
        {"only blanks", " \t ", ""},
        {"a line break stays", " a\n", "a\n"},
    };
    FOR_ROWS(row, rows)
    CHECK_TEXT(slice_trim(slice_of(row->text)), row->want);
}

static void slices_cut_at_the_first(void **state) {
    (void)state;
    struct slice head, tail;
    CHECK(slice_cut(SLICE("a=b=c"), '=', &head, &tail));
    CHECK_TEXT(head, "a");
    CHECK_TEXT(tail, "b=c");
    CHECK(slice_cut(SLICE("a="), '=', &head, &tail));
    CHECK_TEXT(tail, "");
    CHECK(!slice_cut(SLICE("abc"), '=', &head, &tail));
    CHECK_TEXT(head, "abc");
    CHECK(!slice_cut((struct slice){NULL, 0}, '=', &head, &tail));
}

static void slices_compare_without_case_and_by_prefix(void **state) {
    (void)state;
    CHECK(slice_eq_nocase(SLICE("OrderId"), SLICE("oRDERiD")));
    CHECK(!slice_eq_nocase(SLICE("a"), SLICE("ab")));
    CHECK(!slice_eq_nocase(SLICE("@"), SLICE("`")));
    CHECK(slice_starts(SLICE("imm.process"), SLICE("imm.")));
    CHECK(slice_starts(SLICE("imm"), SLICE("")));
    CHECK(!slice_starts(SLICE("im"), SLICE("imm")));
}

static void every_fault_has_a_sentence(void **state) {
    (void)state;
    CHECK_TEXT(slice_of(status_text(STATUS_OK)), "ok");
    CHECK_TEXT(slice_of(status_text(STATUS_IO)), "the operating system refused");
    CHECK_TEXT(slice_of(status_text((enum status)99)), "unknown fault");
}

static void numbers_are_digits(void **state) {
    static const struct {
        const char *row, *text;
        uint64_t most;
        bool want;
        uint64_t value;
    } rows[] = {
        {"zero", "0", 9, true, 0},
        {"the most", "250", 250, true, 250},
        {"one above", "251", 250, false, 0},
        {"nothing", "", 9, false, 0},
        {"a sign", "-1", 9, false, 0},
        {"a letter behind", "1x", 99, false, 0},
        {"the largest of all", "18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"above it", "18446744073709551616", UINT64_MAX, false, 0},
        {"a digit above a small most", "7", 5, false, 0},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        uint64_t value = 0;
        CHECK_INT(slice_number(slice_of(row->text), row->most, &value), row->want);
        if (row->want)
            CHECK_UINT(value, row->value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_digits),
        cmocka_unit_test(slices_order_by_bytes_then_length),
        cmocka_unit_test(slices_trim_blanks),
        cmocka_unit_test(slices_cut_at_the_first),
        cmocka_unit_test(slices_compare_without_case_and_by_prefix),
        cmocka_unit_test(every_fault_has_a_sentence),
    };
    return CHECK_RUN(tests);
}
