/* SPDX-License-Identifier: Apache-2.0
 *
 * Formulas with an event's values put in. */
#include "support/check.h"
#include "support/formula_scope.h"

static const struct named_formula NAMED[] = {
    {"sum", {SLICE("named/sum"), SLICE("1 + seconds")}},
    {"rate", {SLICE("named/rate"), SLICE("0.3")}},
    {NULL, {{NULL, 0}, {NULL, 0}}},
};

struct explain_row {
    const char *row, *formula, *attrs, *want;
};

static void check_explain(struct formula_world *world, const struct explain_row *row) {
    struct attrs attrs;
    attrs_clear(&attrs);
    struct slice rest = slice_of(row->attrs), pair;
    while (rest.len > 0) {
        if (!slice_cut(rest, ' ', &pair, &rest)) {
            pair = rest;
            rest.len = 0;
        }
        CHECK_OK(formula_world_set(world, pair, &attrs));
    }
    struct diags diags = {0};
    struct buf out = {0};
    struct formula *formula;
    if (CHECK_OK(formula_compile(slice_of(row->formula), (struct place){0}, VALUE_NONE, &world->scope, &world->plan,
                                 &diags, &formula))) {
        formula_explain(formula, &attrs, &out);
        CHECK_TEXT(buf_slice(&out), row->want);
        CHECK_SLICE(formula_text(formula), slice_of(row->formula));
    }
    buf_free(&out);
    diags_free(&diags);
}

static void explanations_show_the_event(void **state) {
    (void)state;
    static const struct explain_row rows[] = {
        {"compute units", "ceil(0.3 * ceil(height / 240) * ceil(width / 240) * ceil(fps / 30) + 1) * ceil(seconds)",
         "height=600 width=800 fps=30 seconds=30",
         "ceil(0.3 * ceil(600 / 240) * ceil(800 / 240) * ceil(30 / 30) + 1) * ceil(30) = 150"},
        {"an attribute alone", "count", "count=3", "count = 3"},
        {"a declared default", "count", "", "count = 1"},
        {"a number alone", "30", "", "30"},
        {"constants stay as written", "0.5 * (2 + 3) * width", "width=2", "0.5 * (2 + 3) * 2 = 5"},
        {"a condition", "kind = 'video'", "kind=video", "\"video\" = \"video\" is true"},
        {"a condition that fails", "kind = \"video\" and width >= 3", "kind=video width=2",
         "\"video\" = \"video\" and 2 >= 3 is false"},
        {"quotes inside a text", "kind = 'a\"b'", "kind=a\"b", "'a\"b' = 'a\"b' is true"},
        {"the chosen branch only", "2 * if(kind = 'audio', 1 + seconds, width)", "kind=audio seconds=4",
         "2 * (1 + 4) = 10"},
        {"the default only", "12 * default(width, 1 + 9)", "", "12 * (1 + 9) = 120"},
        {"the attribute instead of the default", "12 * default(width, 10)", "width=3", "12 * 3 = 36"},
        {"default alone", "default(width, 10)", "width=3", "width = 3"},
        {"a negative number", "2 - width", "width=-3", "2 - -3 = 5"},
        {"brackets where they matter", "seconds - (width - 1)", "seconds=5 width=3", "5 - (3 - 1) = 3"},
        {"a ratio keeps together", "1 / seconds", "seconds=3", "1 / 3 = 1/3"},
        {"a class by its name", "class(size) = 'SD'", "width=1280 height=720", "\"SD\" = \"SD\" is true"},
        {"a class alone", "class(size)", "width=1280 height=720", "size is \"SD\""},
        {"a named formula", "2 * sum", "seconds=4", "2 * (1 + 4) = 10"},
        {"a named number", "rate * seconds", "seconds=10", "0.3 * 10 = 3"},
        {"has and not", "not has(fps) or has(width)", "width=1", "not has(fps) or has(width) is true"},
        {"a list", "in(kind, 'a', 'b')", "kind=b", "in(\"b\", \"a\", \"b\") is true"},
        {"extremes", "max(width, height, 3)", "width=1 height=2", "max(1, 2, 3) = 3"},
        {"an instant", "time < @2025-07-28T11:00:00+08:00", "time=2025-07-28T02:00:00Z",
         "2025-07-28T02:00:00Z < @2025-07-28T11:00:00+08:00 is true"},
        {"what is not evaluated keeps its name", "width > 3 and fps > 2", "width=1", "1 > 3 and fps > 2 is false"},
        {"what is missing", "width * height", "width=2", "2 * height has no value: height is missing"},
        {"a division by zero", "2 / width", "width=0", "2 / 0 has no value"},
    };
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NAMED), STATUS_OK);
    FOR_ROWS(row, rows) {
        check_explain(&world, row);
    }
    formula_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(explanations_show_the_event)};
    return CHECK_RUN(tests);
}
