/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact ratios: nothing rounds, and only what has no room in its lowest terms is refused. */
#include "money/ratio.h"
#include "support/check.h"

static struct ratio ratio_of(const char *text) {
    struct ratio value = {0, 1};
    CHECK_OK(ratio_parse(slice_of(text), &value, NULL));
    return value;
}

static void check_ratio(struct ratio got, wide num, wide den) {
    CHECK(got.den > 0);
    CHECK_INT(ratio_cmp(got, (struct ratio){num, den}), 0);
}

static void text_is_read_exactly(void **state) {
    (void)state;
    const wide ten_30 = (wide)1000000000000000 * 1000000000000000;
    const struct {
        const char *row, *text;
        wide num, den;
    } rows[] = {
        {"an integer", "42", 42, 1},
        {"a decimal", "-0.75", -3, 4},
        {"more digits than a decimal keeps", "1.4e-20", 7, (wide)500000 * 1000000000000000},
        {"a tiny one", "1e-30", 1, ten_30},
        {"the smallest power of ten", "1e-38", 1, ten_30 * 100000000},
        {"a power of ten that its digits make fit", "8e-39", 1, ten_30 * 100000000 / 8 * 10},
        {"a large one", "1e38", ten_30 * 100000000, 1},
        {"zero with any exponent", "0.0e-999999999", 0, 1},
        {"the largest integer", "170141183460469231731687303715884105727", WIDE_MAX, 1},
        {"the smallest integer", "-170141183460469231731687303715884105728", WIDE_MIN, 1},
    };
    FOR_ROWS(row, rows) {
        check_ratio(ratio_of(row->text), row->num, row->den);
    }
}

static void text_that_does_not_fit_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        enum status status;
        size_t offset;
    } rows[] = {
        {"no number", "one", STATUS_INVALID, 0},
        {"a fraction bar", "1/3", STATUS_INVALID, 1},
        {"too large", "1e39", STATUS_RANGE, 4},
        {"too fine", "1e-39", STATUS_RANGE, 5},
        {"far too fine", "5e-400", STATUS_RANGE, 6},
        {"beyond all bounds", "1e-99999999999999999999", STATUS_RANGE, 23},
        {"more digits than 128 bits", "0.1234567890123456789012345678901234567890", STATUS_RANGE, 42},
    };
    FOR_ROWS(row, rows) {
        struct ratio value = {77, 1};
        size_t offset = 99;
        CHECK_STATUS(ratio_parse(slice_of(row->text), &value, &offset), row->status);
        CHECK_UINT(offset, row->offset);
        CHECK_WIDE(value.num, 77);
    }
}

typedef enum status operation(struct ratio a, struct ratio b, struct ratio *ret);

static void results_are_exact_or_refused(void **state) {
    (void)state;
    const wide big = (wide)1 << 100;
    const struct {
        const char *row;
        operation *run;
        struct ratio a, b;
        enum status status;
        struct ratio want;
    } rows[] = {
        {"thirds and sixths", ratio_add, {1, 3}, {1, 6}, STATUS_OK, {1, 2}},
        {"a third minus a third", ratio_sub, {1, 3}, {1, 3}, STATUS_OK, {0, 1}},
        {"a sum over the same denominator", ratio_add, {1, 7}, {2, 7}, STATUS_OK, {3, 7}},
        {"a product of thirds", ratio_mul, {-1, 3}, {3, 5}, STATUS_OK, {-1, 5}},
        {"a quotient changes signs", ratio_div, {1, 3}, {-2, 3}, STATUS_OK, {-1, 2}},
        {"a quotient by zero", ratio_div, {1, 3}, {0, 3}, STATUS_INVALID, {0, 1}},
        {"a wide product that reduces", ratio_mul, {big, 3}, {6, big}, STATUS_OK, {2, 1}},
        {"a wide product that does not", ratio_mul, {big, 3}, {big, 7}, STATUS_RANGE, {0, 1}},
        {"a product at the lower limit", ratio_mul, {WIDE_MIN, 3}, {3, 1}, STATUS_OK, {WIDE_MIN, 1}},
        {"the lower limit turned around", ratio_mul, {WIDE_MIN, 1}, {-1, 1}, STATUS_RANGE, {0, 1}},
        {"a quotient by the lower limit", ratio_div, {WIDE_MIN, 1}, {WIDE_MIN, 1}, STATUS_OK, {1, 1}},
        {"one over the lower limit", ratio_div, {1, 1}, {WIDE_MIN, 1}, STATUS_RANGE, {0, 1}},
        {"two over the lower limit", ratio_div, {2, 1}, {WIDE_MIN, 1}, STATUS_OK, {-1, (wide)1 << 126}},
        {"the lower limit from itself", ratio_sub, {WIDE_MIN, 1}, {WIDE_MIN, 1}, STATUS_OK, {0, 1}},
        {"the lower limit from minus one", ratio_sub, {-1, 1}, {WIDE_MIN, 1}, STATUS_OK, {WIDE_MAX, 1}},
        {"the lower limit from zero", ratio_sub, {0, 1}, {WIDE_MIN, 1}, STATUS_RANGE, {0, 1}},
        {"a wide sum that cancels", ratio_add, {WIDE_MAX, 3}, {-WIDE_MAX, 3}, STATUS_OK, {0, 1}},
        {"a sum that overflows before it is reduced",
         ratio_add,
         {WIDE_MAX, 2},
         {WIDE_MAX, 2},
         STATUS_OK,
         {WIDE_MAX, 1}},
        {"a sum one too large", ratio_add, {WIDE_MAX, 1}, {1, 1}, STATUS_RANGE, {0, 1}},
        {"wide denominators", ratio_add, {1, big}, {1, big * 2}, STATUS_OK, {3, big * 2}},
        {"wide denominators without a common factor", ratio_add, {1, big}, {1, big - 1}, STATUS_RANGE, {0, 1}},
    };
    FOR_ROWS(row, rows) {
        struct ratio result = {77, 1};
        CHECK_STATUS(row->run(row->a, row->b, &result), row->status);
        if (row->status == STATUS_OK)
            check_ratio(result, row->want.num, row->want.den);
        else
            CHECK_WIDE(result.num, 77);
    }
}

static void order_is_exact_for_all_values(void **state) {
    (void)state;
    const struct {
        const char *row;
        struct ratio a, b;
        int want;
    } rows[] = {
        {"equal in other terms", {1, 2}, {50, 100}, 0},
        {"a little less", {1, 3}, {1000, 2999}, -1},
        {"different signs", {-1, 3}, {1, 3}, -1},
        {"zero and below", {0, 5}, {-1, WIDE_MAX}, 1},
        {"wide neighbours", {WIDE_MAX, WIDE_MAX - 1}, {WIDE_MAX - 1, WIDE_MAX - 2}, -1},
        {"wide negative neighbours", {-WIDE_MAX, WIDE_MAX - 1}, {1 - WIDE_MAX, WIDE_MAX - 2}, 1},
        {"both limits", {WIDE_MIN, 1}, {WIDE_MAX, 1}, -1},
        {"the lower limit in other terms", {WIDE_MIN, 2}, {WIDE_MIN / 2, 1}, 0},
    };
    FOR_ROWS(row, rows) {
        CHECK_INT(ratio_cmp(row->a, row->b), row->want);
        CHECK_INT(ratio_cmp(row->b, row->a), -row->want);
    }
}

static void rounding_to_integers(void **state) {
    (void)state;
    CHECK_WIDE(ratio_round((struct ratio){5, 2}, ROUND_HALF_UP).num, 3);
    CHECK_WIDE(ratio_round((struct ratio){-5, 2}, ROUND_FLOOR).num, -3);
    CHECK_WIDE(ratio_round((struct ratio){-5, 2}, ROUND_FLOOR).den, 1);
    CHECK_WIDE(ratio_round((struct ratio){WIDE_MIN, 1}, ROUND_UP).num, WIDE_MIN);
}

static void decimals_come_out_exactly_or_not_at_all(void **state) {
    (void)state;
    const struct {
        const char *row;
        struct ratio value;
        enum status status;
        wide pico;
    } rows[] = {
        {"an integer", {7, 1}, STATUS_OK, 7 * DECIMAL_ONE_PICO},
        {"a quarter", {-1, 4}, STATUS_OK, -DECIMAL_ONE_PICO / 4},
        {"a third has none", {1, 3}, STATUS_INEXACT, 0},
        {"three sevenths of seven thirds", {21, 21}, STATUS_OK, DECIMAL_ONE_PICO},
        {"thirteen digits are one too many", {1, 10 * DECIMAL_ONE_PICO}, STATUS_INEXACT, 0},
        {"thirteen zeros are not", {10, 10 * DECIMAL_ONE_PICO}, STATUS_OK, 1},
        {"too large", {WIDE_MAX, 3}, STATUS_RANGE, 0},
        {"a wide ratio of a short value", {WIDE_MAX / 7 * 5, WIDE_MAX / 7}, STATUS_OK, 5 * DECIMAL_ONE_PICO},
    };
    FOR_ROWS(row, rows) {
        struct decimal result = {77};
        CHECK_STATUS(ratio_to_decimal(row->value, &result), row->status);
        CHECK_WIDE(result.pico, row->status == STATUS_OK ? row->pico : 77);
    }
    struct decimal result = {77};
    CHECK_OK(ratio_to_decimal_rounded((struct ratio){2, 3}, 2, ROUND_HALF_UP, &result));
    CHECK_WIDE(result.pico, 67 * DECIMAL_ONE_PICO / 100);
    CHECK_STATUS(ratio_to_decimal_rounded((struct ratio){WIDE_MAX, 1}, 0, ROUND_DOWN, &result), STATUS_RANGE);
}

static void decimals_go_in_and_come_back(void **state) {
    (void)state;
    uint64_t seed = 56;
    for (int i = 0; i < 100000; i++) {
        uwide bits = (uwide)check_random(&seed) << 64 | check_random(&seed);
        struct decimal value = {(wide)bits >> (check_random(&seed) % 127)}, back = {77};
        if (check_random(&seed) % 2)
            value.pico = value.pico % 1000000 * 100000000;
        if (!CHECK_OK(ratio_to_decimal(ratio_from_decimal(value), &back)) || !CHECK_WIDE(back.pico, value.pico))
            return;
    }
}

static void text_is_a_decimal_where_there_is_one(void **state) {
    (void)state;
    const struct {
        const char *row;
        struct ratio value;
        const char *want;
    } rows[] = {
        {"a decimal", {6, 8}, "0.75"},
        {"a ratio in lowest terms", {-14, 6}, "-7/3"},
        {"an integer", {10, 5}, "2"},
        {"an integer beyond decimals", {WIDE_MIN, 1}, "-170141183460469231731687303715884105728"},
        {"the longest there is",
         {WIDE_MIN, WIDE_MAX},
         "-170141183460469231731687303715884105728/170141183460469231731687303715884105727"},
        {"finer than decimals", {1, 10 * DECIMAL_ONE_PICO}, "1/10000000000000"},
    };
    FOR_ROWS(row, rows) {
        char text[RATIO_TEXT_MAX];
        size_t length = ratio_format(row->value, text);
        CHECK_TEXT(((struct slice){text, length}), row->want);
        CHECK_INT(text[length], 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_read_exactly),         cmocka_unit_test(text_that_does_not_fit_is_refused),
        cmocka_unit_test(results_are_exact_or_refused), cmocka_unit_test(order_is_exact_for_all_values),
        cmocka_unit_test(rounding_to_integers),         cmocka_unit_test(decimals_come_out_exactly_or_not_at_all),
        cmocka_unit_test(decimals_go_in_and_come_back), cmocka_unit_test(text_is_a_decimal_where_there_is_one),
    };
    return CHECK_RUN(tests);
}
