/* SPDX-License-Identifier: Apache-2.0
 *
 * What the compiler says about a wrong formula: one golden file per text, the formula and the message. */
#include <stdio.h>

#include "support/check.h"
#include "support/formula_scope.h"

static const struct named_formula NAMED[] = {
    {"ping", {SLICE("named/ping"), SLICE("1 + pong")}},
    {"pong", {SLICE("named/pong"), SLICE("2 * ping")}},
    {"broken", {SLICE("named/broken"), SLICE("width +\n  ceil(codec)")}},
    {"half", {SLICE("named/half"), SLICE("1 +")}},
    {"e0", {SLICE("named/e0"), SLICE("((((((((width + 1) + 1) + 1) + 1) + 1) + 1) + 1) + 1) + 1")}},
    {"e1", {SLICE("named/e1"), SLICE("e0+e0+e0+e0+e0+e0+e0+e0+e0+e0+e0+e0+e0")}},
    {"e2", {SLICE("named/e2"), SLICE("e1+e1+e1+e1+e1+e1+e1+e1+e1+e1+e1+e1+e1")}},
    {NULL, {{NULL, 0}, {NULL, 0}}},
};

struct error_row {
    const char *row, *golden, *formula;
    enum value_kind want;
};

static void check_error(struct formula_world *world, const struct error_row *row, struct slice text) {
    struct source_file file = {SLICE("formula"), text};
    struct diags diags = {0};
    struct buf out = {0};
    struct formula *formula;
    CHECK_STATUS(
        formula_compile(text, (struct place){&file, 1, 1, 0}, row->want, &world->scope, &world->plan, &diags, &formula),
        STATUS_INVALID);
    CHECK(diags.error_count > 0);
    if (text.len < 200)
        buf_printf(&out, "formula: " SLICE_FMT "\n\n", SLICE_ARG(text));
    diags_print(&diags, false, &out);
    char name[100];
    snprintf(name, sizeof(name), "formula/%s.txt", row->golden);
    CHECK_GOLDEN(buf_slice(&out), name);
    buf_free(&out);
    diags_free(&diags);
}

static void names_and_kinds_are_checked(void **state) {
    (void)state;
    static const struct error_row rows[] = {
        {"an unknown name", "unknown-name", "1 + widht * 2", VALUE_NONE},
        {"an unknown name near nothing", "unknown-name-far", "xyzzy", VALUE_NONE},
        {"several mistakes in one formula", "several", "widht + hieght * codec", VALUE_NONE},
        {"an unknown function", "unknown-function", "1 + cell(width)", VALUE_NONE},
        {"an unknown class", "unknown-class", "class(sizes) = \"SD\"", VALUE_NONE},
        {"a class that comes later", "incomplete-class", "class(later) = \"SD\"", VALUE_NONE},
        {"a class without the word", "bare-class", "size = \"SD\"", VALUE_NONE},
        {"a class with a hyphen without the word", "bare-class-hyphen", "frame-rate = \"fast\"", VALUE_NONE},
        {"a class in quotes", "class-in-quotes", "class(\"size\")", VALUE_NONE},
        {"a function without brackets", "bare-function", "ceil + 1", VALUE_NONE},
        {"text in a sum", "sum-of-text", "count + codec", VALUE_NONE},
        {"text under a minus", "minus-of-text", "-codec", VALUE_NONE},
        {"text in a function", "ceil-of-text", "ceil(codec)", VALUE_NONE},
        {"number in a list of texts", "in-of-number", "in(codec, \"h264\", 265)", VALUE_NONE},
        {"number as a condition", "and-of-number", "width and true", VALUE_NONE},
        {"number under not", "not-of-number", "not width", VALUE_NONE},
        {"text against number", "text-against-number", "codec = 264", VALUE_NONE},
        {"texts in order", "order-of-texts", "codec < \"h265\"", VALUE_NONE},
        {"a chain of comparisons", "chain-of-comparisons", "1 < width < 3", VALUE_NONE},
        {"if without a condition", "if-condition", "if(width, 1, 2)", VALUE_NONE},
        {"if with two kinds", "if-kinds", "if(readonly, 1, \"a\")", VALUE_NONE},
        {"default of another kind", "default-kind", "default(width, \"a\")", VALUE_NONE},
        {"default of no attribute", "default-name", "default(widht, 3)", VALUE_NONE},
        {"default of a number", "default-of-number", "default(3, 3)", VALUE_NONE},
        {"default with one argument", "default-one", "default(width)", VALUE_NONE},
        {"default with three arguments", "default-three", "default(width, 1, 2)", VALUE_NONE},
        {"has of a formula", "has-formula", "has(ping)", VALUE_NONE},
        {"too many arguments", "ceil-two", "ceil(1, 2)", VALUE_NONE},
        {"too few arguments", "if-two", "if(true, 2)", VALUE_NONE},
        {"no argument", "max-none", "max()", VALUE_NONE},
        {"division by constant zero", "division-by-zero", "width / (1 - 1)", VALUE_NONE},
        {"a constant too large", "constant-too-large", "1e30 * 1e30", VALUE_NONE},
    };
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NAMED), STATUS_OK);
    FOR_ROWS(row, rows) {
        check_error(&world, row, slice_of(row->formula));
    }
    formula_world_free(&world);
}

static void spelling_is_checked(void **state) {
    (void)state;
    static const struct error_row rows[] = {
        {"a number too large", "number-too-large", "width * 1e999999999", VALUE_NONE},
        {"not a number", "not-a-number", "3 * 720p", VALUE_NONE},
        {"thousands marks", "thousands", "1,000 * width", VALUE_NONE},
        {"not an instant", "not-an-instant", "time < @2025-13-01", VALUE_NONE},
        {"an open text", "open-text", "codec = \"h264", VALUE_NONE},
        {"an open bracket", "open-bracket", "2 * (width + 1", VALUE_NONE},
        {"an open call", "open-call", "2 * ceil(width + 1", VALUE_NONE},
        {"a bracket too many", "extra-bracket", "(width + 1))", VALUE_NONE},
        {"two values in a row", "missing-operator", "width 240", VALUE_NONE},
        {"two values in a bracket", "missing-operator-bracket", "(width 240)", VALUE_NONE},
        {"two values in a call", "missing-operator-call", "ceil(width 240)", VALUE_NONE},
        {"nothing after an operator", "missing-value", "width *", VALUE_NONE},
        {"two operators in a row", "missing-value-between", "width * / 3", VALUE_NONE},
        {"nothing in brackets", "missing-value-bracket", "2 * ()", VALUE_NONE},
        {"and of another language", "ampersands", "readonly && true", VALUE_NONE},
        {"percent", "percent", "width * 20%", VALUE_NONE},
        {"quotes of a word processor", "curly-quotes", "codec = \xE2\x80\x9Ch264\xE2\x80\x9D", VALUE_NONE},
        {"a control byte", "control-byte", "width + \x01", VALUE_NONE},
        {"an empty formula", "empty", "  ", VALUE_NONE},
        {"another kind than needed", "kind-number", "width * 2", VALUE_FLAG},
        {"a condition where a number is needed", "kind-flag", "width = 2", VALUE_NUMBER},
        {"recursion through two formulas", "recursion", "ping + 1", VALUE_NONE},
        {"a mistake inside a named formula", "inside-named", "broken * 2", VALUE_NONE},
        {"a mistake inside and one outside", "inside-and-outside", "half + codec", VALUE_NONE},
        {"too long with named formulas put in", "too-long-inlined", "e2 + 1", VALUE_NONE},
    };
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NAMED), STATUS_OK);
    FOR_ROWS(row, rows) {
        check_error(&world, row, slice_of(row->formula));
    }
    formula_world_free(&world);
}

static void recursion_is_found_in_the_formula_itself(void **state) {
    (void)state;
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NAMED), STATUS_OK);
    static const struct error_row row = {"", "recursion-itself", "", VALUE_NONE};
    check_error(&world, &row, NAMED[0].file.text);
    formula_world_free(&world);
}

static void size_and_depth_have_limits(void **state) {
    (void)state;
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NULL), STATUS_OK);
    static char text[4096];
    struct diags diags = {0};
    struct formula *formula;

    memset(text, '(', 64);
    text[64] = '1';
    memset(text + 65, ')', 64);
    CHECK_OK(formula_compile((struct slice){text, 129}, (struct place){0}, VALUE_NONE, &world.scope, &world.plan,
                             &diags, &formula));
    memset(text, '(', 65);
    text[65] = '1';
    memset(text + 66, ')', 65);
    static const struct error_row deep = {"", "too-deep", "", VALUE_NONE};
    check_error(&world, &deep, (struct slice){text, 131});
    memset(text, '-', 66);
    text[66] = '1';
    static const struct error_row minuses = {"", "too-deep-minus", "", VALUE_NONE};
    check_error(&world, &minuses, (struct slice){text, 67});

    text[0] = '1';
    memset(text + 1, ' ', sizeof(text) - 1);
    CHECK_OK(formula_compile((struct slice){text, 2000}, (struct place){0}, VALUE_NONE, &world.scope, &world.plan,
                             &diags, &formula));
    static const struct error_row longer = {"", "too-long", "", VALUE_NONE};
    check_error(&world, &longer, (struct slice){text, 2001});
    CHECK_UINT(diags.error_count, 0);
    diags_free(&diags);
    formula_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_kinds_are_checked),
        cmocka_unit_test(spelling_is_checked),
        cmocka_unit_test(recursion_is_found_in_the_formula_itself),
        cmocka_unit_test(size_and_depth_have_limits),
    };
    return CHECK_RUN(tests);
}
