/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for formulas. */
#include "support/formula_scope.h"

#include "calendar/calendar.h"

static bool find_formula(void *context, struct slice name, struct slice *ret_text, struct place *ret_place) {
    const struct formula_world *world = context;
    for (const struct named_formula *named = world->named; named != NULL && named->name != NULL; named++) {
        if (!slice_is(name, named->name))
            continue;
        *ret_text = named->file.text;
        *ret_place = (struct place){&named->file, 1, 1, 0};
        return true;
    }
    return false;
}

static const struct class *find_class(void *context, struct slice name) {
    const struct formula_world *world = context;
    for (size_t i = 0; i < sizeof(world->classes) / sizeof(world->classes[0]); i++) {
        if (slice_eq(world->classes[i].name, name))
            return &world->classes[i];
    }
    return NULL;
}

static size_t list_names(void *context, struct slice *ret_names, size_t cap) {
    const struct formula_world *world = context;
    size_t count = 0;
    for (const struct named_formula *named = world->named; named != NULL && named->name != NULL && count < cap; named++)
        ret_names[count++] = slice_of(named->name);
    for (size_t i = 0; i < sizeof(world->classes) / sizeof(world->classes[0]) && count < cap; i++)
        ret_names[count++] = world->classes[i].name;
    return count;
}

static enum status add_measure(struct formula_world *world, struct class *class, const char *text) {
    struct diags diags = {0};
    enum status status = formula_compile(slice_of(text), (struct place){0}, VALUE_NONE, &world->scope, &world->plan,
                                         &diags, &class->measures[class->measure_count]);
    diags_free(&diags);
    TRY(status);
    class->measure_count++;
    return STATUS_OK;
}

static enum status add_region(struct formula_world *world, struct class *class) {
    static struct slice names[] = {{"chinese-mainland", 16}, {"singapore", 9}, {"us", 2}};
    static struct class_spelling spellings[] = {
        {{"cn-hangzhou", 11}, 0}, {{"cn-shanghai", 11}, 0}, {{"ap-southeast-1", 14}, 1}};
    class->value_names = names;
    class->value_count = 3;
    class->spellings = spellings;
    class->spelling_count = 3;
    class->default_index = 2;
    TRY(add_measure(world, class, "region"));
    return class_finish(class, &world->plan);
}

static enum status add_bands(struct formula_world *world, struct class *size, struct class *frame_rate) {
    static struct slice sizes[] = {{"LD", 2}, {"SD", 2}, {"HD", 2}, {"2K", 2}, {"4K", 2}};
    static struct class_band bands[] = {
        {{"LD", 2}, {{640, 1}, {480, 1}}, true, true},    {{"SD", 2}, {{1280, 1}, {720, 1}}, true, true},
        {{"HD", 2}, {{1920, 1}, {1080, 1}}, true, true},  {{"2K", 2}, {{2560, 1}, {1440, 1}}, true, true},
        {{"4K", 2}, {{3840, 1}, {2160, 1}}, true, false},
    };
    static struct slice rates[] = {{"slow", 4}, {"fast", 4}};
    static struct class_band rate_bands[] = {{{"slow", 4}, {{30, 1}}, true, true},
                                             {{"fast", 4}, {{0, 1}}, false, true}};
    size->value_names = sizes;
    size->value_count = 5;
    size->bands = bands;
    TRY(add_measure(world, size, "max(width, height)"));
    TRY(add_measure(world, size, "min(width, height)"));
    TRY(class_finish(size, &world->plan));
    frame_rate->value_names = rates;
    frame_rate->value_count = 2;
    frame_rate->bands = rate_bands;
    TRY(add_measure(world, frame_rate, "fps"));
    return class_finish(frame_rate, &world->plan);
}

enum status formula_world_init(struct formula_world *world, const struct named_formula *named) {
    static const char *const class_names[] = {"region", "size", "frame-rate", "later"};
    *world = (struct formula_world){.named = named};
    TRY(attr_names_init(&world->names));
    world->defaults[ATTR_COUNT] = (struct value){.kind = VALUE_NUMBER, .number = {1, 1}};
    world->defaults[ATTR_STATUS] = (struct value){.kind = VALUE_NUMBER, .number = {200, 1}};
    world->defaults[ATTR_OUTCOME] = (struct value){.kind = VALUE_TEXT, .text = SLICE("succeeded")};
    world->defaults[ATTR_HAS_LOCATION] = (struct value){.kind = VALUE_FLAG, .flag = false};
    world->scope = (struct formula_scope){&world->names, world->defaults, world, find_formula, find_class, list_names};
    for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++)
        world->classes[i] = (struct class){.name = slice_of(class_names[i]), .default_index = -1};
    TRY(add_region(world, &world->classes[0]));
    return add_bands(world, &world->classes[1], &world->classes[2]);
}

void formula_world_free(struct formula_world *world) {
    attr_names_free(&world->names);
    arena_free(&world->plan);
}

enum status formula_world_set(const struct formula_world *world, struct slice pair, struct attrs *attrs) {
    struct slice name, text;
    if (!slice_cut(pair, '=', &name, &text))
        return STATUS_INVALID;
    uint32_t slot = names_find(&world->names.names, name);
    if (slot == NAMES_NONE)
        return STATUS_NOT_FOUND;
    bool is_forced = text.len > 0 && text.ptr[0] == '?'; /* a text where something else may be declared */
    struct value value = {.kind = is_forced ? VALUE_TEXT : world->names.kinds[slot]};
    if (value.kind == VALUE_NUMBER)
        TRY(ratio_parse(text, &value.number, NULL));
    if (value.kind == VALUE_FLAG)
        value.flag = slice_is(text, "true");
    if (value.kind == VALUE_INSTANT)
        TRY(instant_parse(text, &value.instant_ns, NULL));
    if (value.kind == VALUE_TEXT)
        value.text = is_forced ? (struct slice){text.ptr + 1, text.len - 1} : text;
    *attrs_set(attrs, slot) = value;
    return STATUS_OK;
}
