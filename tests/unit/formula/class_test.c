/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes: values, bands and their faults. */
#include "support/check.h"
#include "support/formula_scope.h"

struct class_row {
    const char *row, *class, *attrs;
    const char *want; /* the name, or the fault's text */
};

static void print_class(struct formula_world *world, const struct class_row *row, struct buf *out) {
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
    const struct class *class = world->scope.find_class(world, slice_of(row->class));
    uint32_t index;
    struct eval_error error;
    if (class_eval(class, &attrs, &index, &error) == STATUS_OK)
        buf_append(out, class->value_names[index]);
    else
        eval_error_print(&error, &world->names, &attrs, out);
}

static void classes_name_what_fits(void **state) {
    (void)state;
    static const struct class_row rows[] = {
        {"a spelling", "region", "region=cn-hangzhou", "chinese-mainland"},
        {"another spelling of the same", "region", "region=cn-shanghai", "chinese-mainland"},
        {"letter case does not matter", "region", "region=CN-Hangzhou", "chinese-mainland"},
        {"a name matches itself", "region", "region=singapore", "singapore"},
        {"a name matches itself in any case", "region", "region=US", "us"},
        {"the default when it is missing", "region", "", "us"},
        {"a wrong value is not the default", "region",
         "region=", "region \"\" is none of region's values (chinese-mainland, singapore, us)"},
        {"a wrong kind is not the default", "size", "width=?a height=2", "width is text but a number is needed"},
        {"on the border", "size", "width=640 height=480", "LD"},
        {"one past the border", "size", "width=641 height=480", "SD"},
        {"the other measure decides", "size", "width=600 height=481", "SD"},
        {"below is exclusive, just inside", "size", "width=3839 height=2159.999", "4K"},
        {"below is exclusive, on the border", "size", "width=3840 height=2159",
         "3840 x 2159 is outside every band of size (LD, SD, HD, 2K, 4K)"},
        {"without a limit", "frame-rate", "fps=1000", "fast"},
        {"a fraction past the border", "frame-rate", "fps=30.000000000001", "fast"},
        {"missing without a default", "frame-rate", "", "fps is missing"},
    };
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NULL), STATUS_OK);
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        print_class(&world, row, &out);
        CHECK_TEXT(buf_slice(&out), row->want);
        buf_free(&out);
    }
    formula_world_free(&world);
}

static void many_values_are_found(void **state) {
    (void)state;
    struct formula_world world;
    assert_int_equal(formula_world_init(&world, NULL), STATUS_OK);
    enum { COUNT = 500 };
    static struct slice names[COUNT];
    static char texts[COUNT][8];
    for (int i = 0; i < COUNT; i++) {
        memcpy(texts[i], "Name", 4);
        for (int digit = 2, rest = i; digit >= 0; digit--, rest /= 10)
            texts[i][4 + digit] = (char)('0' + rest % 10);
        names[i] = (struct slice){texts[i], 7};
    }
    struct class class = {.name = SLICE("many"), .value_names = names, .value_count = COUNT, .default_index = -1};
    class.measures[0] = world.classes[0].measures[0];
    class.measure_count = 1;
    CHECK_OK(class_finish(&class, &world.plan));
    struct attrs attrs;
    attrs_clear(&attrs);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t index = COUNT;
        struct eval_error error;
        *attrs_set(&attrs, ATTR_REGION) = (struct value){.kind = VALUE_TEXT, .text = names[i]};
        CHECK_OK(class_eval(&class, &attrs, &index, &error));
        CHECK_UINT(index, i);
    }
    *attrs_set(&attrs, ATTR_REGION) = (struct value){.kind = VALUE_TEXT, .text = SLICE("name500")};
    uint32_t index;
    struct eval_error error;
    struct buf out = {0};
    CHECK_STATUS(class_eval(&class, &attrs, &index, &error), STATUS_INVALID);
    eval_error_print(&error, &world.names, &attrs, &out);
    CHECK_TEXT(buf_slice(&out), "region \"name500\" is none of many's values (Name000, Name001, Name002, Name003, "
                                "Name004, Name005, Name006, Name007, \xE2\x80\xA6)");
    buf_free(&out);
    formula_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_name_what_fits),
        cmocka_unit_test(many_values_are_found),
    };
    return CHECK_RUN(tests);
}
