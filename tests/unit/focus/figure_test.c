/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimals of many digits, and units as FOCUS writes them. */
#include "focus/figure.h"

#include "focus/focus_private.h"
#include "support/check.h"

static struct decimal decimal(const char *text) {
    struct decimal value = DECIMAL_ZERO;
    CHECK_OK(decimal_parse(slice_of(text), &value, NULL));
    return value;
}

static void check_figure(struct figure got, const char *want) {
    char text[FIGURE_TEXT_MAX];
    CHECK_TEXT(((struct slice){text, figure_format(got, text)}), want);
}

static void numbers_are_read_and_written(void **state) {
    static const struct {
        const char *row, *text, *want; /* want NULL: it is no number */
    } rows[] = {
        {"whole", "42", "42"},
        {"zero", "0", "0"},
        {"zero with digits", "0.000", "0"},
        {"below zero", "-0.5", "-0.5"},
        {"digits that mean nothing go", "1.2500", "1.25"},
        {"more digits than money has", "0.123456789012345678901234", "0.123456789012345678901234"},
        {"E notation", "3.333E-2", "0.03333"},
        {"E notation without a point", "35E2", "3500"},
        {"a small e is read as well", "1e-3", "0.001"},
        {"no plus sign in front", "+1", NULL},
        {"no plus sign in the exponent", "1E+2", NULL},
        {"no thousands", "1,000", NULL},
        {"no space", "1 000", NULL},
        {"no currency", "$1", NULL},
        {"digits in front of the point", ".5", NULL},
        {"digits behind the point", "5.", NULL},
        {"one point", "1.2.3", NULL},
        {"not nothing", "", NULL},
        {"not a minus alone", "-", NULL},
        {"no fraction", "1/2", NULL},
        {"no word", "NaN", NULL},
        {"more digits than are kept", "123456789012345678901234567890123456789012", NULL},
        {"too small to be kept", "1E-40", NULL},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct figure value;
        bool is_number = figure_parse(slice_of(row->text), &value);
        if (CHECK_INT(is_number, row->want != NULL) && is_number)
            check_figure(value, row->want);
    }
}

static void products_and_quotients_are_exact(void **state) {
    static const struct {
        const char *row, *a, *b, *product, *quotient; /* quotient NULL: it is no decimal */
    } rows[] = {
        {"a price of many digits", "7273", "0.0000141509", "0.1029194957", NULL},
        {"per thousand", "1234.5", "1000", "1234500", "1.2345"},
        {"more digits than money has", "0.000000000001", "1000", "0.000000001", "0.000000000000001"},
        {"a third is no decimal", "1", "3", "3", NULL},
        {"per a fraction", "3", "0.5", "1.5", "6"},
        {"below zero", "-10", "4", "-40", "-2.5"},
        {"nothing", "0", "7", "0", "0"},
        {"a large quantity", "1000000000000", "1000000000000", "1000000000000000000000000", "1"},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct figure a = figure_of(decimal(row->a)), b = figure_of(decimal(row->b)), got;
        if (CHECK(figure_product(a, b, &got)))
            check_figure(got, row->product);
        bool is_decimal = figure_quotient(a, b, &got);
        if (CHECK_INT(is_decimal, row->quotient != NULL) && is_decimal)
            check_figure(got, row->quotient);
    }
}

static void figures_are_compared_and_added(void **state) {
    static const struct {
        const char *row, *a, *b, *sum;
        int order;
    } rows[] = {
        {"other numbers of digits", "1.5", "1.50000000000000000001", "3.00000000000000000001", -1},
        {"equal", "2.0", "2", "4", 0},
        {"signs", "-1", "0.5", "-0.5", -1},
        {"larger", "10", "9.99", "19.99", 1},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct figure a, b, sum;
        if (!CHECK(figure_parse(slice_of(row->a), &a)) || !CHECK(figure_parse(slice_of(row->b), &b)))
            continue;
        CHECK_INT(figure_cmp(a, b), row->order);
        CHECK_INT(figure_cmp(b, a), -row->order);
        if (CHECK(figure_add(a, b, &sum)))
            check_figure(sum, row->sum);
    }
}

static void units_are_capitalised_plurals(void **state) {
    static const struct {
        const char *row, *unit, *per, *want;
    } rows[] = {
        {"time", "second", "1", "Seconds"},
        {"a count", "call", "1", "Calls"},
        {"a number in front stays", "1000 tokens", "1", "1000 Tokens"},
        {"what a price is per stands in front", "call", "10000", "10000 Calls"},
        {"both multiply", "1000 tokens", "10", "10000 Tokens"},
        {"a price per a fraction has no number", "minute", "0.5", "Minutes"},
        {"y becomes ies", "query", "1", "Queries"},
        {"but not behind a vowel", "day", "1", "Days"},
        {"capitals stay", "QPS", "1", "QPS"},
        {"sizes have symbols", "byte", "1000", "1000 B"},
        {"symbols of sizes stay", "GiB", "1", "GiB"},
        {"compounds have one plural", "video frame", "1", "Video-Frames"},
        {"ratios have one above", "call/second", "1", "Calls/Second"},
        {"nothing stays nothing", "", "1", ""},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct arena arena = {0};
        CHECK_TEXT(focus_unit(&arena, slice_of(row->unit), decimal(row->per)), row->want);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_and_written),
        cmocka_unit_test(products_and_quotients_are_exact),
        cmocka_unit_test(figures_are_compared_and_added),
        cmocka_unit_test(units_are_capitalised_plurals),
    };
    return CHECK_RUN(tests);
}
