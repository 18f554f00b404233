/* SPDX-License-Identifier: Apache-2.0
 *
 * What formulas give: rows of formula, attributes and the printed result (explanations end with it). */
#include "support/check.h"
#include "support/formula_scope.h"

static const struct named_formula NAMED[] = {
    {"succeeded", {SLICE("named/succeeded"), SLICE("outcome = \"succeeded\" and status < 400")}},
    {"blocks", {SLICE("named/blocks"), SLICE("ceil(width / 240)")}},
    {"sum", {SLICE("named/sum"), SLICE("1 + seconds")}},
    {"double_sum", {SLICE("named/double_sum"), SLICE("sum * 2")}},
    {NULL, {{NULL, 0}, {NULL, 0}}},
};

struct eval_row {
    const char *row, *formula, *attrs /* separated by spaces */, *want;
};

static void print_result(const struct formula_world *world, const struct formula *formula, const struct attrs *attrs,
                         struct buf *out) {
    struct value value;
    struct eval_error error;
    char text[RATIO_TEXT_MAX];
    if (formula_eval(formula, attrs, &value, &error) != STATUS_OK) {
        eval_error_print(&error, &world->names, attrs, out);
    } else if (!CHECK_INT(value.kind, formula_kind(formula))) {
        return;
    } else if (value.kind == VALUE_NUMBER) {
        (void)ratio_format(value.number, text);
        buf_text(out, text);
    } else if (value.kind == VALUE_TEXT) {
        buf_append(out, value.text);
    } else if (value.kind == VALUE_FLAG) {
        buf_text(out, value.flag ? "true" : "false");
    } else {
        buf_printf(out, "%lld", (long long)value.instant_ns);
    }
}

static void check_eval(struct formula_world *world, const struct eval_row *row) {
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
    if (formula_compile(slice_of(row->formula), (struct place){0}, VALUE_NONE, &world->scope, &world->plan, &diags,
                        &formula) == STATUS_OK)
        print_result(world, formula, &attrs, &out);
    else
        diags_print(&diags, false, &out);
    CHECK_TEXT(buf_slice(&out), row->want);
    buf_free(&out);
    diags_free(&diags);
}

#define CHECK_EVALS(rows)                                                                                              \
    do {                                                                                                               \
        struct formula_world world;                                                                                    \
        assert_int_equal(formula_world_init(&world, NAMED), STATUS_OK);                                                \
        FOR_ROWS(row, rows) {                                                                                          \
            check_eval(&world, row);                                                                                   \
        }                                                                                                              \
        formula_world_free(&world);                                                                                    \
    } while (0)

static void operators_bind_as_in_arithmetic(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"product before sum", "1 + 2 * 3", "", "7"},
        {"sums go left to right", "10 - 4 - 3", "", "3"},
        {"quotients go left to right", "24 / 4 / 2", "", "3"},
        {"brackets first", "(1 + 2) * 3", "", "9"},
        {"minus before product", "-2 * 3", "", "-6"},
        {"minus of a bracket", "-(2 - 5)", "", "3"},
        {"two minuses", "3 - -2", "", "5"},
        {"sum before comparison", "1 + 1 = 2", "", "true"},
        {"not takes the whole comparison", "not width = 2", "width=3", "true"},
        {"not before and", "not width = 3 and true", "width=3", "false"},
        {"and before or", "true or false and false", "", "true"},
        {"and before or, other side", "false and false or true", "", "true"},
        {"comparisons go left to right", "1 < 2 = true", "", "true"},
        {"brackets around conditions", "(true or false) and false", "", "false"},
        {"spaces and lines do not matter", " 1\t+\n2\r\n", "", "3"},
    };
    CHECK_EVALS(rows);
}

static void arithmetic_is_exact(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"no binary fraction rounds up", "ceil(1.8 * 3 * 3 * 5 + 1)", "", "82"},
        {"the same with attributes", "ceil(1.8 * width * width * fps + 1)", "width=3 fps=5", "82"},
        {"thirds come back whole", "1 / 3 * 3 = 1", "", "true"},
        {"tenths add up", "0.1 + 0.2 = 0.3", "", "true"},
        {"exponents", "1.4e-05 * 1e5", "", "1.4"},
        {"a ratio without decimal end", "7 / 3", "", "7/3"},
        {"unreduced parts compare equal", "width / fps = 0.5", "width=240 fps=480", "true"},
        {"large numbers keep every digit", "width * 1000000000 + 1", "width=12345678901234567",
         "12345678901234567000000001"},
        {"too large in a product", "width * width * width * width", "width=1e12",
         "a number in the formula is too large to be kept exactly"},
        {"too large in a sum", "width + width", "width=1.5e38",
         "a number in the formula is too large to be kept exactly"},
        {"division by an attribute", "1 / width", "width=0", "the formula divides by zero"},
        {"negative divisor", "1 / width", "width=-4", "-0.25"},
        {"difference of fractions", "width - 1 / 3", "width=0.5", "1/6"},
    };
    CHECK_EVALS(rows);
}

static void functions_do_what_they_say(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"ceil goes up", "ceil(fps)", "fps=1.000001", "2"},
        {"ceil of a negative goes to zero", "ceil(fps)", "fps=-1.5", "-1"},
        {"ceil keeps integers", "ceil(fps / 2)", "fps=8", "4"},
        {"floor goes down", "floor(fps)", "fps=1.999", "1"},
        {"floor of a negative goes away", "floor(fps)", "fps=-1.001", "-2"},
        {"round half goes up", "round(fps)", "fps=2.5", "3"},
        {"round just below half goes down", "round(fps)", "fps=2.4999999", "2"},
        {"round of a negative half goes away", "round(fps)", "fps=-2.5", "-3"},
        {"round of a little negative", "round(fps)", "fps=-2.4", "-2"},
        {"rounding of large parts", "ceil(fps / 3)", "fps=10000000000000000000000", "3333333333333333333334"},
        {"rounding where the short way just ends", "floor(fps / 2)", "fps=-9223372036854775809",
         "-4611686018427387905"},
        {"abs of a negative", "abs(fps)", "fps=-2.5", "2.5"},
        {"abs of a positive", "abs(fps)", "fps=2.5", "2.5"},
        {"min of one", "min(fps)", "fps=4", "4"},
        {"min of several", "min(3, fps, 7)", "fps=2.5", "2.5"},
        {"max of several", "max(3, fps, 7)", "fps=2.5", "7"},
        {"if takes the first", "if(width > 3, 1, 2)", "width=4", "1"},
        {"if takes the second", "if(width > 3, 1, 2)", "width=3", "2"},
        {"if of texts", "if(width > 3, 'a', kind) = 'a'", "width=4", "true"},
        {"if of instants", "if(width > 3, time, @2024-01-01T00:00:00Z) = time", "width=4 time=2025-01-01T00:00:00Z",
         "true"},
        {"if of conditions", "if(width > 3, true, has(fps)) and true", "width=4", "true"},
        {"has of a carried attribute", "has(width)", "width=4", "true"},
        {"has of a missing attribute", "has(width)", "", "false"},
        {"has of a declared default", "has(count)", "", "true"},
        {"default of a carried attribute", "default(width, 7)", "width=4", "4"},
        {"default of a missing attribute", "default(width, 7 + 1)", "", "8"},
        {"a declared default comes first", "default(count, 7)", "", "1"},
        {"defaults inside each other", "default(width, default(height, 9))", "", "9"},
        {"default of a text", "default(kind, 'audio') = 'audio'", "", "true"},
        {"in finds", "in(kind, 'audio', 'video')", "kind=video", "true"},
        {"in does not find", "in(kind, 'audio', 'video')", "kind=image", "false"},
        {"in is exact about letter case", "in(kind, 'audio')", "kind=Audio", "false"},
        {"class of bands", "class(size)", "width=1280 height=720", "SD"},
        {"class by long and short side", "class(size)", "width=480 height=640", "LD"},
        {"class of values", "class(region)", "region=cn-shanghai", "chinese-mainland"},
        {"class with a hyphen", "class(frame-rate) = 'fast'", "fps=31", "true"},
        {"class in a condition", "if(class(region) = 'singapore', 2, 3)", "region=singapore", "2"},
    };
    CHECK_EVALS(rows);
}

static void texts_and_instants_compare(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"equal texts", "kind = \"video\"", "kind=video", "true"},
        {"two equals signs are the same", "kind == 'video'", "kind=video", "true"},
        {"letter case matters", "kind = \"video\"", "kind=Video", "false"},
        {"unequal texts", "kind != 'video'", "kind=audio", "true"},
        {"quotes inside the other quotes", "kind = 'a\"b'", "kind=a\"b", "true"},
        {"the empty text", "kind = ''", "kind=", "true"},
        {"instants with offsets", "time >= @2025-07-28T11:00:00+08:00", "time=2025-07-28T03:00:00Z", "true"},
        {"a nanosecond earlier", "time >= @2025-07-28T11:00:00+08:00", "time=2025-07-28T02:59:59.999999999Z", "false"},
        {"equal instants", "time = submitted_at", "time=2025-07-28T03:00:00Z submitted_at=2025-07-28T11:00:00+08:00",
         "true"},
        {"conditions compare equal", "has_location = true", "has_location=true", "true"},
        {"conditions compare unequal", "has_location != readonly", "readonly=true", "true"},
        {"a flag alone", "has_location", "has_location=true", "true"},
        {"less", "width < 3", "width=3", "false"},
        {"less or equal", "width <= 3", "width=3", "true"},
        {"greater", "width > 3", "width=3", "false"},
        {"greater or equal", "width >= 3", "width=3", "true"},
    };
    CHECK_EVALS(rows);
}

static void what_is_not_needed_is_not_evaluated(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"false and missing", "width > 3 and height > 3", "width=1", "false"},
        {"true or missing", "width > 3 or height > 3", "width=4", "true"},
        {"missing and false", "height > 3 and width > 3", "width=1", "height is missing"},
        {"the other branch may be missing", "if(kind = 'audio', seconds, width)", "kind=audio seconds=5", "5"},
        {"the other branch may divide by zero", "if(width = 0, 0, 100 / width)", "width=0", "0"},
        {"a default that is not used", "default(width, 1 / height)", "width=2 height=0", "2"},
        {"in stops at the first hit", "in(kind, 'a', codec)", "kind=a", "true"},
    };
    CHECK_EVALS(rows);
}

static void missing_and_ill_typed_attributes_are_named(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"alone", "width", "", "width is missing"},
        {"inside", "1 + ceil(width / 2)", "", "width is missing"},
        {"in a comparison", "kind = 'a'", "", "kind is missing"},
        {"a text for a number", "fps", "fps=?30", "fps is text but a number is needed"},
        {"a text for a number inside", "fps * 2", "fps=?30", "fps is text but a number is needed"},
        {"a text for a flag", "readonly and true", "readonly=?yes", "readonly is text but a flag is needed"},
        {"a text for an instant", "time > submitted_at", "time=?now", "time is text but an instant is needed"},
        {"a wrong kind is not replaced by a default", "default(fps, 3)", "fps=?30",
         "fps is text but a number is needed"},
        {"declared defaults apply", "count", "", "1"},
        {"an event's value goes before its default", "count", "count=5", "5"},
        {"declared text default", "outcome = 'succeeded'", "", "true"},
        {"missing below a class", "class(size)", "width=3", "height is missing"},
        {"outside every band", "class(size)", "width=3840 height=9000",
         "9000 x 3840 is outside every band of size (LD, SD, HD, 2K, 4K)"},
        {"none of the values", "class(region)", "region=mars",
         "region \"mars\" is none of region's values (chinese-mainland, singapore, us)"},
        {"the default of a class", "class(region)", "", "us"},
    };
    CHECK_EVALS(rows);
}

static void named_formulas_are_put_in(void **state) {
    (void)state;
    static const struct eval_row rows[] = {
        {"a condition", "succeeded", "status=200", "true"},
        {"a condition that fails", "succeeded", "status=503", "false"},
        {"inside a sum", "blocks + 1", "width=241", "3"},
        {"it stays together", "10 * sum", "seconds=1", "20"},
        {"one in another", "double_sum * 10", "seconds=1", "40"},
        {"used twice", "sum * sum", "seconds=2", "9"},
    };
    CHECK_EVALS(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_in_arithmetic),
        cmocka_unit_test(arithmetic_is_exact),
        cmocka_unit_test(functions_do_what_they_say),
        cmocka_unit_test(texts_and_instants_compare),
        cmocka_unit_test(what_is_not_needed_is_not_evaluated),
        cmocka_unit_test(missing_and_ill_typed_attributes_are_named),
        cmocka_unit_test(named_formulas_are_put_in),
    };
    return CHECK_RUN(tests);
}
