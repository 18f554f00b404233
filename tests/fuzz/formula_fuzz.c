/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a formula, over attributes drawn from the bytes behind its first line break: every mistake has a message
 * inside the text, every value has the promised kind, and every explanation ends. */
#include <stdlib.h>

#include "support/formula_scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct named_formula NAMED[] = {
    {"sum", {SLICE("named/sum"), SLICE("1 + seconds")}},
    {"ping", {SLICE("named/ping"), SLICE("1 + pong")}},
    {"pong", {SLICE("named/pong"), SLICE("2 * ping")}},
    {"wide", {SLICE("named/wide"), SLICE("sum*sum*sum*sum*sum*sum*sum*sum")}},
    {NULL, {{NULL, 0}, {NULL, 0}}},
};

static void require(bool condition) {
    if (!condition)
        abort();
}

static void read_attrs(const uint8_t *data, size_t size, struct attrs *attrs) {
    static const int64_t parts[] = {0, 1, -1, 30, 240, 1280, INT64_MAX, INT64_MIN};
    static const char *const texts[] = {"", "video", "us", "cn-hangzhou"};
    attrs_clear(attrs);
    for (size_t i = 0; i + 1 < size && i < 64; i += 2) {
        uint32_t slot = data[i] % ATTR_STANDARD_COUNT;
        struct value *value = attrs_set(attrs, slot);
        uint8_t choice = data[i + 1];
        if (choice < 200) {
            wide den = parts[choice / 8 % 8];
            *value = (struct value){.kind = VALUE_NUMBER, .number = {parts[choice % 8], den > 0 ? den : 7}};
            if (choice >= 128)
                value->number.num *= parts[choice / 4 % 8];
        } else if (choice < 230) {
            *value = (struct value){.kind = VALUE_TEXT, .text = slice_of(texts[choice % 4])};
        } else if (choice < 250) {
            *value = (struct value){.kind = VALUE_FLAG, .flag = choice % 2 == 0};
        } else {
            *value = (struct value){.kind = VALUE_INSTANT, .instant_ns = parts[choice % 8]};
        }
    }
}

static void evaluate(const struct formula_world *world, const struct formula *formula, const struct attrs *attrs) {
    struct value value;
    struct eval_error error;
    struct buf out = {.max = 1 << 20};
    if (formula_eval(formula, attrs, &value, &error) == STATUS_OK) {
        require(value.kind == formula_kind(formula));
        require(value.kind != VALUE_NUMBER || value.number.den > 0);
    } else {
        eval_error_print(&error, &world->names, attrs, &out);
        require(out.len > 0);
    }
    formula_explain(formula, attrs, &out);
    require(out.len > 0 && !out.failed);
    buf_free(&out);
}

static void check_messages(const struct diags *diags) {
    struct buf out = {.max = 1 << 20};
    require(diags->error_count > 0);
    for (uint32_t i = 0; i < diags->count; i++) {
        const struct place *place = &diags->list[i].place;
        require(place->file != NULL && place->line > 0 && place->column > 0);
        require(place->column - 1 <= place->file->text.len && place->length <= place->file->text.len);
    }
    diags_print(diags, false, &out);
    require(out.len > 0);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice text = {(const char *)data, size}, rest = {"", 0};
    (void)slice_cut(text, '\n', &text, &rest);
    struct attrs attrs;
    read_attrs((const uint8_t *)rest.ptr, rest.len, &attrs);
    static struct formula_world world;
    require(formula_world_init(&world, NAMED) == STATUS_OK);
    const struct source_file file = {SLICE("formula"), text};
    struct diags diags = {0};
    struct formula *formula;
    if (formula_compile(text, (struct place){&file, 1, 1, 0}, VALUE_NONE, &world.scope, &world.plan, &diags,
                        &formula) == STATUS_OK)
        evaluate(&world, formula, &attrs);
    else
        check_messages(&diags);
    diags_free(&diags);
    formula_world_free(&world);
    return 0;
}
