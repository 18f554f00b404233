/* SPDX-License-Identifier: Apache-2.0
 *
 * Checked 128-bit integers: every rounding mode on both signs and on ties, both limits, and the double-width product.
 */
#include "money/wide.h"
#include "support/check.h"

static const wide TWO_TO_64 = (wide)1 << 64;

static void every_mode_rounds_as_it_says(void **state) {
    (void)state;
    static const struct {
        const char *row;
        int numerator, denominator;
        int down, up, half_up, half_even, half_down, ceil, floor;
    } rows[] = {
        {"nothing to round above zero", 6, 3, 2, 2, 2, 2, 2, 2, 2},
        {"nothing to round below zero", -6, 3, -2, -2, -2, -2, -2, -2, -2},
        {"zero", 0, 7, 0, 0, 0, 0, 0, 0, 0},
        {"below the half", 7, 3, 2, 3, 2, 2, 2, 3, 2},
        {"below the half, negative", -7, 3, -2, -3, -2, -2, -2, -2, -3},
        {"above the half", 8, 3, 2, 3, 3, 3, 3, 3, 2},
        {"above the half, negative", -8, 3, -2, -3, -3, -3, -3, -2, -3},
        {"a tie over an even quotient", 5, 2, 2, 3, 3, 2, 2, 3, 2},
        {"a tie over an even quotient, negative", -5, 2, -2, -3, -3, -2, -2, -2, -3},
        {"a tie over an odd quotient", 7, 2, 3, 4, 4, 4, 3, 4, 3},
        {"a tie over an odd quotient, negative", -7, 2, -3, -4, -4, -4, -3, -3, -4},
        {"a tie at zero", 1, 2, 0, 1, 1, 0, 0, 1, 0},
        {"a tie at zero, negative", -1, 2, 0, -1, -1, 0, 0, 0, -1},
        {"just above zero", 1, 1000, 0, 1, 0, 0, 0, 1, 0},
        {"just below zero", -1, 1000, 0, -1, 0, 0, 0, 0, -1},
    };
    /* the same in 64 bits, and so wide that 64 bits do not do */
    const wide factors[] = {1, TWO_TO_64 + 13};
    for (size_t i = 0; i < CHECK_COUNT(factors); i++) {
        FOR_ROWS(row, rows) {
            wide numerator = row->numerator * factors[i], denominator = row->denominator * factors[i];
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_DOWN), row->down);
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_UP), row->up);
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_HALF_UP), row->half_up);
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_HALF_EVEN), row->half_even);
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_HALF_DOWN), row->half_down);
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_CEIL), row->ceil);
            CHECK_WIDE(wide_div_round(numerator, denominator, ROUND_FLOOR), row->floor);
        }
    }
}

static void division_reaches_both_limits(void **state) {
    (void)state;
    for (int mode = ROUND_DOWN; mode <= ROUND_FLOOR; mode++) {
        enum rounding rounding = (enum rounding)mode;
        CHECK_WIDE(wide_div_round(WIDE_MAX, 1, rounding), WIDE_MAX);
        CHECK_WIDE(wide_div_round(WIDE_MIN, 1, rounding), WIDE_MIN);
        CHECK_WIDE(wide_div_round(WIDE_MAX, WIDE_MAX, rounding), 1);
        CHECK_WIDE(wide_div_round(INT64_MIN, 1, rounding), INT64_MIN);
        CHECK_WIDE(wide_div_round(WIDE_MIN, 2, rounding), WIDE_MIN / 2);
    }
    CHECK_WIDE(wide_div_round(WIDE_MIN, WIDE_MAX, ROUND_UP), -2);
    CHECK_WIDE(wide_div_round(WIDE_MIN, WIDE_MAX, ROUND_HALF_UP), -1);
    CHECK_WIDE(wide_div_round(WIDE_MAX, 2, ROUND_UP), WIDE_MAX / 2 + 1);
    CHECK_WIDE(wide_div_round(WIDE_MIN, 3, ROUND_FLOOR), WIDE_MIN / 3 - 1);
    CHECK_WIDE(wide_div_round(1, WIDE_MAX, ROUND_CEIL), 1);
}

typedef enum status operation(wide a, wide b, wide *ret);

static void nothing_wraps(void **state) {
    (void)state;
    const struct {
        const char *row;
        operation *run;
        wide a, b;
        enum status status;
        wide want;
    } rows[] = {
        {"a sum at the upper limit", wide_add, WIDE_MAX - 1, 1, STATUS_OK, WIDE_MAX},
        {"a sum above the upper limit", wide_add, WIDE_MAX, 1, STATUS_RANGE, 0},
        {"a sum at the lower limit", wide_add, WIDE_MIN + 1, -1, STATUS_OK, WIDE_MIN},
        {"a sum below the lower limit", wide_add, WIDE_MIN, -1, STATUS_RANGE, 0},
        {"opposite limits add up", wide_add, WIDE_MIN, WIDE_MAX, STATUS_OK, -1},
        {"a difference at the upper limit", wide_sub, -1, WIDE_MIN, STATUS_OK, WIDE_MAX},
        {"a difference above the upper limit", wide_sub, 0, WIDE_MIN, STATUS_RANGE, 0},
        {"a difference at the lower limit", wide_sub, WIDE_MIN, 0, STATUS_OK, WIDE_MIN},
        {"a difference below the lower limit", wide_sub, WIDE_MIN, 1, STATUS_RANGE, 0},
        {"a product at the upper limit", wide_mul, WIDE_MAX, 1, STATUS_OK, WIDE_MAX},
        {"a product above the upper limit", wide_mul, WIDE_MAX, 2, STATUS_RANGE, 0},
        {"a product at the lower limit", wide_mul, WIDE_MIN / 2, 2, STATUS_OK, WIDE_MIN},
        {"a product below the lower limit", wide_mul, WIDE_MIN, 2, STATUS_RANGE, 0},
        {"the lower limit has no opposite", wide_mul, WIDE_MIN, -1, STATUS_RANGE, 0},
        {"2^63 * 2^64 is one too much", wide_mul, TWO_TO_64 / 2, TWO_TO_64, STATUS_RANGE, 0},
        {"-2^63 * 2^64 just fits", wide_mul, -TWO_TO_64 / 2, TWO_TO_64, STATUS_OK, WIDE_MIN},
        {"zero times the limit", wide_mul, 0, WIDE_MIN, STATUS_OK, 0},
    };
    FOR_ROWS(row, rows) {
        wide result = 77;
        CHECK_STATUS(row->run(row->a, row->b, &result), row->status);
        CHECK_WIDE(result, row->status == STATUS_OK ? row->want : 77); /* untouched when it fails */
    }
}

static void a_product_is_rounded_once(void **state) {
    (void)state;
    const wide ten_30 = (wide)1000000000000000 * 1000000000000000;
    const struct {
        const char *row;
        wide a, b, denominator;
        enum rounding mode;
        enum status status;
        wide want;
    } rows[] = {
        {"a short product", 7, 3, 2, ROUND_HALF_EVEN, STATUS_OK, 10},
        {"a short product, negative", -7, 3, 2, ROUND_HALF_UP, STATUS_OK, -11},
        {"the product needs 256 bits, the quotient 128", WIDE_MAX, WIDE_MAX, WIDE_MAX, ROUND_DOWN, STATUS_OK, WIDE_MAX},
        {"both signs negative", WIDE_MIN, -WIDE_MAX, WIDE_MAX, ROUND_DOWN, STATUS_RANGE, 0},
        {"at the lower limit", WIDE_MIN, WIDE_MAX, WIDE_MAX, ROUND_DOWN, STATUS_OK, WIDE_MIN},
        {"1e30 * 1e30 / 1e24", ten_30, ten_30, ten_30 / 1000000, ROUND_DOWN, STATUS_OK, ten_30 * 1000000},
        {"1e30 * 1e30 / 1e21", ten_30, ten_30, ten_30 / 1000000000, ROUND_DOWN, STATUS_RANGE, 0},
        {"a long tie goes up", WIDE_MAX - 1, 3, 4, ROUND_HALF_UP, STATUS_OK, (WIDE_MAX - 3) / 4 * 3 + 2},
        {"a long tie goes to even", WIDE_MAX - 1, 3, 4, ROUND_HALF_EVEN, STATUS_OK, (WIDE_MAX - 3) / 4 * 3 + 1},
        {"a long tie goes down", WIDE_MAX - 1, 3, 4, ROUND_HALF_DOWN, STATUS_OK, (WIDE_MAX - 3) / 4 * 3 + 1},
        {"a long negative tie goes down", 1 - WIDE_MAX, 3, 4, ROUND_HALF_DOWN, STATUS_OK, -(WIDE_MAX - 3) / 4 * 3 - 1},
        {"only rounding goes past the limit", WIDE_MAX, WIDE_MAX, WIDE_MAX - 1, ROUND_UP, STATUS_RANGE, 0},
        {"rounding goes past 128 bits", WIDE_MAX / 13 * 6 + (WIDE_MAX % 13 * 6 + 5) / 13, 13, 3, ROUND_UP, STATUS_RANGE,
         0},
        {"rounding reaches the limit from below", WIDE_MAX - 1, WIDE_MAX - 1, WIDE_MAX, ROUND_UP, STATUS_OK,
         WIDE_MAX - 1},
        {"the smallest part of one is rounded up", WIDE_MAX, 1, WIDE_MAX, ROUND_UP, STATUS_OK, 1},
        {"zero", 0, WIDE_MIN, 5, ROUND_UP, STATUS_OK, 0},
    };
    FOR_ROWS(row, rows) {
        wide result = 77;
        CHECK_STATUS(wide_mul_div(row->a, row->b, row->denominator, row->mode, &result), row->status);
        CHECK_WIDE(result, row->status == STATUS_OK ? row->want : 77);
    }
}

static void the_greatest_common_divisor(void **state) {
    (void)state;
    const struct {
        const char *row;
        uwide a, b, want;
    } rows[] = {
        {"of nothing", 0, 0, 0},
        {"with zero", 0, 12, 12},
        {"of zero with", 12, 0, 12},
        {"of neighbours", 35, 36, 1},
        {"of multiples", 36, 48, 12},
        {"of a wide and a short one", (uwide)TWO_TO_64 * 9, 6, 6},
        {"of two wide ones", (uwide)TWO_TO_64 * 15, (uwide)TWO_TO_64 * 21, (uwide)TWO_TO_64 * 3},
        {"of the largest with itself", ~(uwide)0, ~(uwide)0, ~(uwide)0},
    };
    FOR_ROWS(row, rows) {
        CHECK(wide_gcd(row->a, row->b) == row->want);
    }
}

static void magnitudes_and_back(void **state) {
    (void)state;
    wide value = 77;
    CHECK(wide_magnitude(WIDE_MIN) == (uwide)WIDE_MAX + 1);
    CHECK_OK(wide_from_magnitude(true, (uwide)WIDE_MAX + 1, &value));
    CHECK_WIDE(value, WIDE_MIN);
    CHECK_OK(wide_from_magnitude(false, (uwide)WIDE_MAX, &value));
    CHECK_WIDE(value, WIDE_MAX);
    CHECK_STATUS(wide_from_magnitude(false, (uwide)WIDE_MAX + 1, &value), STATUS_RANGE);
    CHECK_STATUS(wide_from_magnitude(true, (uwide)WIDE_MAX + 2, &value), STATUS_RANGE);
    CHECK_WIDE(value, WIDE_MAX);
}

static void mode_names_go_both_ways(void **state) {
    (void)state;
    static const struct {
        const char *row;
        enum rounding mode;
    } rows[] = {
        {"down", ROUND_DOWN},           {"up", ROUND_UP},
        {"half-up", ROUND_HALF_UP},     {"half-even", ROUND_HALF_EVEN},
        {"half-down", ROUND_HALF_DOWN}, {"ceil", ROUND_CEIL},
        {"floor", ROUND_FLOOR},
    };
    FOR_ROWS(row, rows) {
        enum rounding mode;
        CHECK(rounding_parse(row->row, &mode) && mode == row->mode);
        CHECK_TEXT(slice_of(rounding_name(row->mode)), row->row);
    }
    enum rounding mode;
    CHECK(!rounding_parse("nearest", &mode));
    CHECK(!rounding_parse("", &mode));
    CHECK(!rounding_parse("Down", &mode));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_rounds_as_it_says),
        cmocka_unit_test(division_reaches_both_limits),
        cmocka_unit_test(nothing_wraps),
        cmocka_unit_test(a_product_is_rounded_once),
        cmocka_unit_test(the_greatest_common_divisor),
        cmocka_unit_test(magnitudes_and_back),
        cmocka_unit_test(mode_names_go_both_ways),
    };
    return CHECK_RUN(tests);
}
