/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed readers of scalars: each tells exactly which byte is wrong, why, and what to write instead. */
#include "tariff/load.h"

enum { CANDIDATES_MAX = 1024, LISTED_MAX = 8 };

void load_mistake(struct loader *loader, struct place place, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(loader->plan, format, args);
    va_end(args);
    diags_add(loader->diags, SEVERITY_ERROR, place, hint, SLICE_FMT, SLICE_ARG(text));
}

void load_unknown(struct loader *loader, const struct node *node, const char *what, struct candidates candidates) {
    struct slice near = names_suggest(node->text, candidates.names, candidates.count);
    struct buf hint = {0};
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`?", SLICE_ARG(near));
    for (size_t i = 0; near.len == 0 && candidates.count <= LISTED_MAX && i < candidates.count; i++)
        buf_printf(&hint, "%s`" SLICE_FMT "`", i == 0 ? "it can be " : ", ", SLICE_ARG(candidates.names[i]));
    load_mistake(loader, node->place, hint.failed ? NULL : hint.ptr, "unknown %s `" SLICE_FMT "`", what,
                 SLICE_ARG(node->text));
    buf_free(&hint);
}

struct slice load_nearest_key(const struct node *map, struct slice wrong) {
    struct slice names[CANDIDATES_MAX];
    size_t count = 0;
    const struct node *child = map != NULL && map->kind == NODE_MAP ? map->first : NULL;
    for (; child != NULL && count < CANDIDATES_MAX; child = child->next)
        names[count++] = child->key;
    return names_suggest(wrong, names, count);
}

struct place node_head(const struct node *node) {
    return node->key.len > 0 ? node->key_place : node->place;
}

bool node_is_text(const struct node *node) {
    return node != NULL && node->kind == NODE_SCALAR && node->text.len > 0;
}

struct slice node_text(const struct node *map, const char *key) {
    const struct node *node = node_get(map, key);
    return node_is_text(node) ? node->text : (struct slice){0};
}

const struct node *node_list(const struct node *node) {
    if (node == NULL || node->kind == NODE_MAP)
        return NULL;
    return node->kind == NODE_LIST ? node->first : node->text.len > 0 ? node : NULL;
}

const struct node *node_list_next(const struct node *list, const struct node *element) {
    return list->kind == NODE_LIST ? element->next : NULL;
}

uint32_t node_list_count(const struct node *list) {
    if (list == NULL || list->kind == NODE_MAP)
        return 0;
    return list->kind == NODE_LIST ? list->count : 1;
}

struct origin load_origin(const struct node *map) {
    if (map == NULL || map->kind != NODE_MAP)
        return (struct origin){0};
    return (struct origin){node_text(map, "source"), node_text(map, "note")};
}

/* ---- numbers ---- */

static struct place place_inside(const struct node *node, size_t offset) {
    struct place place = node->place;
    if (offset < node->text.len) {
        place.column += (uint32_t)(offset + node->is_quoted);
        place.length = 1;
    }
    return place;
}

static bool byte_is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static const char *number_hint(struct slice text, size_t offset) {
    char byte = offset < text.len ? text.ptr[offset] : 0;
    if (byte == ',' || byte == '_')
        return "write digits without thousands marks, and a point before the fraction";
    if (byte == '%')
        return "write a share as a fraction: 0.2";
    if (byte == ' ')
        return "a number has no spaces and no unit";
    return "write digits, a point before the fraction: 0.0125";
}

static void tell_number(struct loader *loader, const struct node *node, size_t offset, enum status status) {
    struct slice text = node->text, whole, fraction;
    if (status == STATUS_INVALID) {
        load_mistake(loader, place_inside(node, offset), number_hint(text, offset), "`" SLICE_FMT "` is not a number",
                     SLICE_ARG(text));
        return;
    }
    size_t digits = 0;
    if (slice_cut(text, '.', &whole, &fraction))
        while (digits < fraction.len && byte_is_digit(fraction.ptr[digits]))
            digits++;
    if (digits > DECIMAL_SCALE)
        load_mistake(loader, place_inside(node, whole.len + 1 + DECIMAL_SCALE), "use a smaller unit, or `per`",
                     "`" SLICE_FMT "` has more than 12 digits after the point", SLICE_ARG(text));
    else
        load_mistake(loader, node->place, "use another unit, or `per`",
                     "`" SLICE_FMT "` cannot be kept exactly (26 digits before the point, 12 after it)",
                     SLICE_ARG(text));
}

bool load_decimal(struct loader *loader, const struct node *node, struct decimal *ret) {
    if (!node_is_text(node))
        return false;
    size_t offset = 0;
    enum status status = decimal_parse(node->text, ret, &offset);
    if (status != STATUS_OK)
        tell_number(loader, node, offset, status);
    return status == STATUS_OK;
}

bool load_amount(struct loader *loader, const struct node *node, struct decimal *ret) {
    struct decimal value;
    if (!load_decimal(loader, node, &value))
        return false;
    if (value.pico < 0) {
        load_mistake(loader, node->place, "write 0 or more", "`" SLICE_FMT "` is negative", SLICE_ARG(node->text));
        return false;
    }
    *ret = value;
    return true;
}

bool load_positive(struct loader *loader, const struct node *node, struct decimal *ret) {
    struct decimal value;
    if (!load_decimal(loader, node, &value))
        return false;
    if (value.pico <= 0) {
        load_mistake(loader, node->place, "write a number above 0", "`" SLICE_FMT "` is not above 0",
                     SLICE_ARG(node->text));
        return false;
    }
    *ret = value;
    return true;
}

bool load_ratio(struct loader *loader, const struct node *node, struct ratio *ret) {
    if (!node_is_text(node))
        return false;
    size_t offset = 0;
    enum status status = ratio_parse(node->text, ret, &offset);
    if (status != STATUS_OK)
        tell_number(loader, node, offset, status);
    return status == STATUS_OK;
}

bool load_integer(struct loader *loader, const struct node *node, int32_t min, int32_t max, int32_t *ret) {
    struct decimal value;
    if (!load_decimal(loader, node, &value))
        return false;
    wide whole = value.pico / DECIMAL_ONE_PICO;
    if (whole * DECIMAL_ONE_PICO != value.pico || whole < min || whole > max) {
        load_mistake(loader, node->place, NULL, "`" SLICE_FMT "` must be a whole number from %d to %d",
                     SLICE_ARG(node->text), min, max);
        return false;
    }
    *ret = (int32_t)whole;
    return true;
}

bool load_percent(struct loader *loader, const struct node *node, struct decimal *ret) {
    if (!node_is_text(node))
        return false;
    struct slice text = node->text;
    struct decimal value = {0};
    size_t offset = text.len - 1;
    bool is_right = text.ptr[text.len - 1] == '%' &&
                    decimal_parse((struct slice){text.ptr, text.len - 1}, &value, &offset) == STATUS_OK &&
                    value.pico >= 0 && value.pico <= 100 * DECIMAL_ONE_PICO && value.pico % 100 == 0;
    if (!is_right) {
        load_mistake(loader, node->place, "write it as `20%`, from 0% to 100%", "`" SLICE_FMT "` is no share",
                     SLICE_ARG(text));
        return false;
    }
    *ret = (struct decimal){value.pico / 100};
    return true;
}

/* ---- time ---- */

bool load_instant(struct loader *loader, const struct node *node, int64_t *ret_ns) {
    if (!node_is_text(node))
        return false;
    size_t offset = 0;
    enum status status = instant_parse(node->text, ret_ns, &offset);
    if (status == STATUS_RANGE)
        load_mistake(loader, node->place, "years 1700 to 2200 can be written", "`" SLICE_FMT "` is too far away",
                     SLICE_ARG(node->text));
    else if (status != STATUS_OK)
        load_mistake(loader, place_inside(node, offset), "write date, time and offset, as in 2025-07-28T11:00:00+08:00",
                     "`" SLICE_FMT "` is no instant", SLICE_ARG(node->text));
    return status == STATUS_OK;
}

bool load_duration(struct loader *loader, const struct node *node, struct duration *ret) {
    if (!node_is_text(node))
        return false;
    struct duration value;
    bool is_right = duration_parse(node->text, &value) == STATUS_OK && value.count > 0;
    if (is_right)
        *ret = value;
    else
        load_mistake(loader, node->place, "write it as `30 minutes`, `48 hours`, `7 days`, `1 month` or `1 year`",
                     "`" SLICE_FMT "` is no duration", SLICE_ARG(node->text));
    return is_right;
}

/* ---- formulas and names ---- */

/* A formula that YAML cut at a comma. */
static bool brackets_differ(const struct node *node) {
    const struct node *holder = node->parent;
    int depth = 0;
    for (size_t i = 0; i < node->text.len; i++)
        depth += (node->text.ptr[i] == '(') - (node->text.ptr[i] == ')');
    return depth != 0 && holder != NULL && holder->is_flow;
}

enum status load_formula(struct loader *loader, const struct node *node, enum value_kind want, struct formula **ret) {
    if (!node_is_text(node) || loader->formula_mistakes >= FORMULA_MISTAKES_MAX)
        return STATUS_OK;
    struct place place = node->place;
    place.column += node->is_quoted;
    enum status status = formula_compile(node->text, place, want, &loader->scope, loader->plan, loader->diags, ret);
    if (status == STATUS_INVALID && !node->is_quoted && brackets_differ(node))
        diags_add(loader->diags, SEVERITY_NOTE, node->place, NULL,
                  "inside [ ] and { } a comma ends a value: quote the formula");
    if (status == STATUS_INVALID && ++loader->formula_mistakes == FORMULA_MISTAKES_MAX)
        load_mistake(loader, node->place, "correct these first", "%d formulas have mistakes: the others are not read",
                     FORMULA_MISTAKES_MAX);
    return status == STATUS_INVALID ? STATUS_OK : status;
}

enum status load_formula_text(struct loader *loader, const char *text, enum value_kind want, struct formula **ret) {
    return formula_compile(slice_of(text), (struct place){0}, want, &loader->scope, loader->plan, loader->diags, ret);
}

enum status load_name(struct loader *loader, struct names *names, const struct node *node, struct slice name,
                      bool *ret_is_new) {
    uint32_t before = names->count, index;
    TRY(names_add(names, name, &index));
    *ret_is_new = names->count > before;
    if (!*ret_is_new)
        load_mistake(loader, node->kind == NODE_SCALAR ? node->place : node_head(node), "names must differ",
                     "`" SLICE_FMT "` exists already", SLICE_ARG(name));
    return STATUS_OK;
}
