/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimal text, decimal arithmetic and the sums that binary floating point gets wrong. */
#include "money/decimal.h"
#include "money/ratio.h"
#include "support/check.h"

#define PICO(whole) ((whole)*DECIMAL_ONE_PICO)

static struct decimal decimal_of(const char *text) {
    struct decimal value = DECIMAL_ZERO;
    CHECK_OK(decimal_parse(slice_of(text), &value, NULL));
    return value;
}

static void check_decimal(struct decimal got, const char *want) {
    char text[DECIMAL_TEXT_MAX];
    size_t length = decimal_format(got, text);
    CHECK_TEXT(((struct slice){text, length}), want);
    CHECK_INT(text[length], 0);
}

static void every_digit_is_kept(void **state) {
    (void)state;
    const struct {
        const char *row, *text;
        wide pico;
    } rows[] = {
        {"zero", "0", 0},
        {"negative zero", "-0", 0},
        {"zero with digits", "0.000", 0},
        {"an integer", "15000", PICO(15000)},
        {"a price of seven digits", "7.0754717", 7075471700000},
        {"a price of eleven digits", "0.00001433525", 14335250},
        {"the last digit", "0.000000000001", 1},
        {"below zero", "-12.5", -PICO(25) / 2},
        {"a small exponent", "1.4e-05", 14000000},
        {"a large exponent", "1.5E3", PICO(1500)},
        {"a signed exponent", "2e+2", PICO(200)},
        {"zeros behind the last digit", "0.10000000000000000000000000000000000000000000000000", PICO(1) / 10},
        {"an exponent that undoes many digits", "100000000000000000000000000000000000000000000e-44", PICO(1)},
        {"zero with any exponent", "0e999999999999999999999", 0},
        {"eighteen digits", "999999999999999999", PICO((wide)999999999999999999)},
        {"nineteen digits", "1234567890123456789", PICO((wide)1234567890123456789)},
        {"twenty digits", "18446744073709551616", PICO((wide)1 << 64)},
        {"the largest", "170141183460469231731687303.715884105727", WIDE_MAX},
        {"the smallest", "-170141183460469231731687303.715884105728", WIDE_MIN},
    };
    FOR_ROWS(row, rows) {
        struct decimal value = {77};
        CHECK_OK(decimal_parse(slice_of(row->text), &value, NULL));
        CHECK_WIDE(value.pico, row->pico);
    }
}

static void what_is_no_number_is_refused_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        enum status status;
        size_t offset;
    } rows[] = {
        {"nothing", "", STATUS_INVALID, 0},
        {"only a sign", "-", STATUS_INVALID, 1},
        {"a plus sign in front", "+3", STATUS_INVALID, 0},
        {"a thousands mark", "1,000", STATUS_INVALID, 1},
        {"not a number", "NaN", STATUS_INVALID, 0},
        {"infinity", "inf", STATUS_INVALID, 0},
        {"negative infinity", "-inf", STATUS_INVALID, 1},
        {"hexadecimal", "0x10", STATUS_INVALID, 1},
        {"a space in front", " 1", STATUS_INVALID, 0},
        {"a space behind", "1 ", STATUS_INVALID, 1},
        {"a line end behind", "1\n", STATUS_INVALID, 1},
        {"no digit before the point", ".5", STATUS_INVALID, 0},
        {"no digit after the point", "5.", STATUS_INVALID, 2},
        {"two points", "1.2.3", STATUS_INVALID, 3},
        {"leading zeros", "007", STATUS_INVALID, 1},
        {"a zero before a whole part", "-01.5", STATUS_INVALID, 2},
        {"an exponent without digits", "1e", STATUS_INVALID, 2},
        {"an exponent with only a sign", "1e-", STATUS_INVALID, 3},
        {"an exponent with a point", "1e1.5", STATUS_INVALID, 3},
        {"only an exponent", "e5", STATUS_INVALID, 0},
        {"an underscore", "1_000", STATUS_INVALID, 1},
        {"a currency sign",
         "\xc2\xa5"
         "5",
         STATUS_INVALID, 0},
        {"digits beyond 1e-12", "0.0000000000001", STATUS_RANGE, 15},
        {"digits beyond 1e-12 by exponent", "1e-13", STATUS_RANGE, 5},
        {"sixty digits", "123456789012345678901234567890123456789012345678901234567890", STATUS_RANGE, 60},
        {"sixty digits behind the point", "0.123456789012345678901234567890123456789012345678901234567890",
         STATUS_RANGE, 62},
        {"an exponent beyond all bounds", "1e999999999", STATUS_RANGE, 11},
        {"an exponent that itself overflows", "1e99999999999999999999999999", STATUS_RANGE, 28},
        {"a negative exponent beyond all bounds", "1e-999999999", STATUS_RANGE, 12},
        {"one above the largest", "170141183460469231731687303.715884105728", STATUS_RANGE, 40},
        {"one below the smallest", "-170141183460469231731687303.715884105729", STATUS_RANGE, 41},
    };
    FOR_ROWS(row, rows) {
        struct decimal value = {77};
        size_t offset = 99;
        CHECK_STATUS(decimal_parse(slice_of(row->text), &value, &offset), row->status);
        CHECK_UINT(offset, row->offset);
        CHECK_WIDE(value.pico, 77);
    }
}

static void text_ends_where_its_length_says(void **state) {
    (void)state;
    struct decimal value = DECIMAL_ZERO;
    size_t offset = 99;
    CHECK_OK(decimal_parse((struct slice){"12.75", 4}, &value, &offset));
    check_decimal(value, "12.7");
    CHECK_STATUS(decimal_parse((struct slice){"12.75", 3}, &value, &offset), STATUS_INVALID);
    CHECK_STATUS(decimal_parse((struct slice){"1\0", 2}, &value, &offset), STATUS_INVALID);
    CHECK_STATUS(decimal_parse((struct slice){NULL, 0}, &value, &offset), STATUS_INVALID);
}

static void text_is_the_shortest(void **state) {
    (void)state;
    static const struct {
        const char *row, *text, *shortest;
    } rows[] = {
        {"zero", "-0.00", "0"},
        {"zeros at the end", "12.500", "12.5"},
        {"zeros before the point", "1000", "1000"},
        {"an exponent", "1.4e-05", "0.000014"},
        {"less than one, negative", "-0.5", "-0.5"},
        {"many digits", "0.00001433525", "0.00001433525"},
        {"a long whole part", "1234567890123456789012345.000001", "1234567890123456789012345.000001"},
        {"zeros inside a long whole part", "10000000000000000000000000", "10000000000000000000000000"},
        {"the smallest", "-170141183460469231731687303.715884105728", "-170141183460469231731687303.715884105728"},
    };
    FOR_ROWS(row, rows) {
        check_decimal(decimal_of(row->text), row->shortest);
    }
}

static void text_of_a_fixed_scale(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        int scale;
        const char *want;
    } rows[] = {
        {"cents", "12.5", 2, "12.50"},
        {"zero cents", "0", 2, "0.00"},
        {"below one, negative", "-0.05", 2, "-0.05"},
        {"no digits", "-7", 0, "-7"},
        {"all digits", "0.1", 12, "0.100000000000"},
    };
    FOR_ROWS(row, rows) {
        char text[DECIMAL_TEXT_MAX];
        size_t length = decimal_format_fixed(decimal_of(row->text), row->scale, text);
        CHECK_TEXT(((struct slice){text, length}), row->want);
    }
}

static wide random_wide(uint64_t *seed) {
    uwide bits = (uwide)check_random(seed) << 64 | check_random(seed);
    return (wide)bits >> (check_random(seed) % 127); /* all sizes alike */
}

static void text_comes_back_as_the_same_value(void **state) {
    (void)state;
    uint64_t seed = 12;
    for (int i = 0; i < 100000; i++) {
        struct decimal value = {random_wide(&seed)}, back = {77};
        char text[DECIMAL_TEXT_MAX];
        size_t length = decimal_format(value, text);
        if (!CHECK_OK(decimal_parse((struct slice){text, length}, &back, NULL)) || !CHECK_WIDE(back.pico, value.pico))
            return;
    }
}

static void rounding_to_a_scale(void **state) {
    (void)state;
    static const struct {
        const char *row, *value;
        int scale;
        enum rounding mode;
        const char *want;
    } rows[] = {
        {"a tie of a cent, away from zero", "0.145", 2, ROUND_HALF_UP, "0.15"},
        {"a tie of a cent, to even", "0.145", 2, ROUND_HALF_EVEN, "0.14"},
        {"a tie of a cent, to even from the odd side", "0.135", 2, ROUND_HALF_EVEN, "0.14"},
        {"a negative tie of a cent", "-0.145", 2, ROUND_HALF_UP, "-0.15"},
        {"the digit behind the tie counts", "0.145000000001", 2, ROUND_HALF_DOWN, "0.15"},
        {"towards zero", "-0.149", 2, ROUND_DOWN, "-0.14"},
        {"away from zero", "0.141", 2, ROUND_UP, "0.15"},
        {"a ceiling below zero", "-0.149", 2, ROUND_CEIL, "-0.14"},
        {"a floor below zero", "-0.141", 2, ROUND_FLOOR, "-0.15"},
        {"to whole numbers", "2.5", 0, ROUND_HALF_EVEN, "2"},
        {"to all digits: nothing happens", "0.123456789012", 12, ROUND_UP, "0.123456789012"},
    };
    FOR_ROWS(row, rows) {
        struct decimal rounded = {77};
        CHECK_OK(decimal_round(decimal_of(row->value), row->scale, row->mode, &rounded));
        check_decimal(rounded, row->want);
    }
    struct decimal untouched = {77};
    CHECK_STATUS(decimal_round((struct decimal){WIDE_MAX}, 0, ROUND_UP, &untouched), STATUS_RANGE);
    CHECK_STATUS(decimal_round((struct decimal){WIDE_MIN}, 0, ROUND_FLOOR, &untouched), STATUS_RANGE);
    CHECK_WIDE(untouched.pico, 77);
}

static void prices_are_rounded_once(void **state) {
    (void)state;
    static const struct {
        const char *row, *quantity, *price, *per;
        int scale;
        enum rounding mode;
        const char *want;
    } rows[] = {
        {"eleven seconds of video", "11", "0.0000707547", "1", 12, ROUND_HALF_EVEN, "0.0007783017"},
        {"per thousand", "1234", "0.028", "1000", 12, ROUND_HALF_EVEN, "0.034552"},
        {"per minute, never ending", "20", "0.1", "60", 12, ROUND_HALF_EVEN, "0.033333333333"},
        {"per minute, to the cent", "20", "0.1", "60", 2, ROUND_UP, "0.04"},
        {"a quantity that is not whole", "0.5", "3", "7", 12, ROUND_HALF_UP, "0.214285714286"},
        {"a `per` that is not whole", "1", "3", "0.7", 4, ROUND_HALF_UP, "4.2857"},
        {"a price below zero", "3", "-0.145", "1", 2, ROUND_HALF_EVEN, "-0.44"},
        {"a quantity of zero", "0", "0.15", "1", 2, ROUND_UP, "0"},
        {"a price of zero", "100", "0", "1", 2, ROUND_UP, "0"},
        {"trillions of tokens", "9000000000000000", "0.000014", "1", 2, ROUND_DOWN, "126000000000"},
        {"the product needs more than 128 bits", "9000000000000.5", "9000000000000.5", "1000", 3, ROUND_DOWN,
         "81000000000009000000000"},
    };
    FOR_ROWS(row, rows) {
        struct decimal amount = {77};
        CHECK_OK(decimal_price(decimal_of(row->quantity), decimal_of(row->price), decimal_of(row->per), row->scale,
                               row->mode, &amount));
        check_decimal(amount, row->want);
    }
    struct decimal untouched = {77};
    struct decimal large = decimal_of("100000000000000000000000000");
    CHECK_STATUS(decimal_price(large, large, decimal_from_int(1), 2, ROUND_DOWN, &untouched), STATUS_RANGE);
    CHECK_WIDE(untouched.pico, 77);
}

static void ten_million_prices_add_up(void **state) {
    (void)state;
    struct decimal sum = DECIMAL_ZERO, price = decimal_of("0.0000636793");
    for (int i = 0; i < 10000000; i++) {
        if (decimal_add(sum, price, &sum) != STATUS_OK)
            break;
    }
    check_decimal(sum, "636.793");
}

static void cents_of_many_copies(void **state) {
    (void)state;
    /* n * 0.145 in tenths of a cent is 145 * n: what half-up makes of it follows from integers alone */
    for (int n = 1; n <= 10000; n++) {
        struct decimal amount = {77};
        CHECK_OK(
            decimal_price(decimal_from_int(n), decimal_of("0.145"), decimal_from_int(1), 2, ROUND_HALF_UP, &amount));
        CHECK_WIDE(amount.pico, (wide)((145 * n + 5) / 10) * (DECIMAL_ONE_PICO / 100));
    }
}

static void the_formula_that_doubles_get_wrong(void **state) {
    (void)state;
    struct ratio factor, result;
    CHECK_OK(ratio_parse(SLICE("1.8"), &factor, NULL));
    CHECK_OK(ratio_mul(factor, ratio_from_int(3), &result));
    CHECK_OK(ratio_mul(result, ratio_from_int(3), &result));
    CHECK_OK(ratio_mul(result, ratio_from_int(5), &result));
    CHECK_OK(ratio_add(result, ratio_from_int(1), &result));
    CHECK_WIDE(ratio_round(result, ROUND_CEIL).num, 82);
}

static void addition_is_checked(void **state) {
    (void)state;
    struct decimal result = {77};
    CHECK_STATUS(decimal_add((struct decimal){WIDE_MAX}, (struct decimal){1}, &result), STATUS_RANGE);
    CHECK_STATUS(decimal_sub((struct decimal){WIDE_MIN}, (struct decimal){1}, &result), STATUS_RANGE);
    CHECK_WIDE(result.pico, 77);
    CHECK_OK(decimal_sub(decimal_of("0.3"), decimal_of("0.1"), &result));
    check_decimal(result, "0.2");
    CHECK_INT(decimal_cmp(decimal_of("0.1"), decimal_of("0.10")), 0);
    CHECK_INT(decimal_cmp(decimal_of("-1"), decimal_of("0.10")), -1);
    CHECK(decimal_is_zero(decimal_of("-0")));
}

static void splits_give_the_rest_to_the_largest_remainders(void **state) {
    (void)state;
    static const struct {
        const char *row, *total, *weights[4], *parts[4];
        int scale;
    } rows[] = {
        {"three equal parts: the first gets the cent", "1", {"1", "1", "1"}, {"0.34", "0.33", "0.33"}, 2},
        {"two cents over: the first two get them", "0.05", {"1", "1", "1"}, {"0.02", "0.02", "0.01"}, 2},
        {"the largest remainder goes first", "1", {"1", "2", "3"}, {"0.17", "0.33", "0.5"}, 2},
        {"no remainder", "6", {"1", "2", "3"}, {"1", "2", "3"}, 0},
        {"a weight of zero gets nothing", "0.01", {"0", "1", "0"}, {"0", "0.01", "0"}, 2},
        {"a credit mirrors its charge", "-1", {"1", "1", "1"}, {"-0.34", "-0.33", "-0.33"}, 2},
        {"less than a step for all", "0.000000000001", {"0.5", "0.5", "1"}, {"0", "0", "0.000000000001"}, 12},
        {"one part takes all", "12.34", {"0.001"}, {"12.34"}, 2},
        {"zero", "0", {"3", "4"}, {"0", "0"}, 2},
        {"the smallest amount there is",
         "-170141183460469231731687303.715884105728",
         {"1"},
         {"-170141183460469231731687303.715884105728"},
         12},
    };
    FOR_ROWS(row, rows) {
        struct decimal weights[4], parts[4];
        size_t count = 0;
        for (; count < 4 && row->weights[count] != NULL; count++)
            weights[count] = decimal_of(row->weights[count]);
        CHECK_OK(decimal_split(decimal_of(row->total), weights, count, row->scale, parts));
        for (size_t i = 0; i < count; i++)
            check_decimal(parts[i], row->parts[i]);
    }
}

static void impossible_weights_are_refused(void **state) {
    (void)state;
    struct decimal parts[2] = {{77}, {77}};
    const struct decimal zeros[2] = {{0}, {0}}, negative[2] = {{5}, {-1}}, huge[2] = {{WIDE_MAX}, {1}};
    CHECK_STATUS(decimal_split(decimal_from_int(1), zeros, 2, 2, parts), STATUS_INVALID);
    CHECK_STATUS(decimal_split(decimal_from_int(1), negative, 2, 2, parts), STATUS_INVALID);
    CHECK_STATUS(decimal_split(decimal_from_int(1), huge, 2, 2, parts), STATUS_RANGE);
    CHECK(parts[0].pico == 77 && parts[1].pico == 77);
}

static void parts_always_sum_to_the_total(void **state) {
    (void)state;
    enum { PARTS_MAX = 40 };
    uint64_t seed = 34;
    for (int i = 0; i < 20000; i++) {
        struct decimal weights[PARTS_MAX], parts[PARTS_MAX], sum = DECIMAL_ZERO, total;
        size_t count = 1 + check_random(&seed) % PARTS_MAX;
        int scale = (int)(check_random(&seed) % 13);
        for (size_t j = 0; j < count; j++)
            weights[j].pico = 1 + (wide)(wide_magnitude(random_wide(&seed)) >> 8);
        if (decimal_round((struct decimal){random_wide(&seed)}, scale, ROUND_DOWN, &total) != STATUS_OK)
            continue;
        CHECK_OK(decimal_split(total, weights, count, scale, parts));
        for (size_t j = 0; j < count; j++)
            CHECK_OK(decimal_add(sum, parts[j], &sum));
        if (!CHECK_WIDE(sum.pico, total.pico))
            return;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_digit_is_kept),
        cmocka_unit_test(what_is_no_number_is_refused_with_its_place),
        cmocka_unit_test(text_ends_where_its_length_says),
        cmocka_unit_test(text_is_the_shortest),
        cmocka_unit_test(text_of_a_fixed_scale),
        cmocka_unit_test(text_comes_back_as_the_same_value),
        cmocka_unit_test(rounding_to_a_scale),
        cmocka_unit_test(prices_are_rounded_once),
        cmocka_unit_test(ten_million_prices_add_up),
        cmocka_unit_test(cents_of_many_copies),
        cmocka_unit_test(the_formula_that_doubles_get_wrong),
        cmocka_unit_test(addition_is_checked),
        cmocka_unit_test(splits_give_the_rest_to_the_largest_remainders),
        cmocka_unit_test(impossible_weights_are_refused),
        cmocka_unit_test(parts_always_sum_to_the_total),
    };
    return CHECK_RUN(tests);
}
