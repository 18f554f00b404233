/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables nested in the order of `by`: one walk that finds each leaf's cell, used for prices, tiers and items. */
#include "tariff/load.h"

uint32_t dimension_size(const struct dimensions *dimensions, uint32_t index) {
    const struct class *class = dimensions->by[index];
    return class != NULL ? class->value_count : dimensions->variant_count;
}

struct slice dimension_name(const struct dimensions *dimensions, uint32_t index, uint32_t value) {
    const struct class *class = dimensions->by[index];
    return class != NULL ? class->value_names[value] : dimensions->variants[value];
}

static struct slice dimension_title(const struct dimensions *dimensions, uint32_t index) {
    return dimensions->by[index] != NULL ? dimensions->by[index]->name : SLICE("as");
}

static const struct class *find_class(struct loader *loader, const struct node *node) {
    const struct tariff *tariff = loader->tariff;
    for (uint32_t i = 0; i < tariff->class_count; i++)
        if (slice_eq(tariff->classes[i].name, node->text))
            return &tariff->classes[i];
    struct slice near = load_nearest_key(node_get(loader->root, "classes"), node->text);
    load_unknown(loader, node, "class", (struct candidates){&near, near.len > 0});
    return NULL;
}

static bool read_dimension(struct loader *loader, const struct node *node, bool allow_as, struct dimensions *ret) {
    if (!node_is_text(node))
        return false;
    const struct class *class = NULL;
    if (!allow_as || !slice_is(node->text, "as")) {
        class = find_class(loader, node);
        if (class == NULL)
            return false;
    }
    for (uint32_t i = 0; i < ret->count; i++) {
        if (ret->by[i] != class)
            continue;
        load_mistake(loader, node->place, "name each one once", "`" SLICE_FMT "` twice", SLICE_ARG(node->text));
        return false;
    }
    ret->by[ret->count++] = class;
    return true;
}

bool load_dimensions(struct loader *loader, const struct node *by, bool allow_as, struct dimensions *ret) {
    if (by == NULL)
        return true;
    if (by->kind == NODE_MAP)
        return false;
    if (node_list_count(by) > PRICE_DIMENSIONS_MAX || node_list_count(by) == 0) {
        load_mistake(loader, by->place, NULL, "`by` takes one to three names");
        return false;
    }
    bool is_right = true;
    for (const struct node *name = node_list(by); name != NULL; name = node_list_next(by, name))
        is_right = read_dimension(loader, name, allow_as, ret) && is_right;
    return is_right;
}

static void tell_not_a_table(struct loader *loader, const struct table *table, const struct node *node,
                             uint32_t level) {
    struct slice title = dimension_title(table->dimensions, level);
    struct buf hint = {0};
    uint32_t size = dimension_size(table->dimensions, level);
    buf_text(&hint, "give each of them a value:");
    for (uint32_t i = 0; i < size && i < 6; i++) {
        struct slice name = dimension_name(table->dimensions, level, i);
        buf_printf(&hint, "%s " SLICE_FMT, i == 0 ? "" : ",", SLICE_ARG(name));
    }
    buf_text(&hint, size > 6 ? ", …" : "");
    load_mistake(loader, node->place, hint.failed ? NULL : hint.ptr, "a mapping over `" SLICE_FMT "` must stand here",
                 SLICE_ARG(title));
    buf_free(&hint);
}

static uint32_t find_value(struct loader *loader, const struct table *table, const struct node *child, uint32_t level) {
    uint32_t size = dimension_size(table->dimensions, level);
    for (uint32_t i = 0; i < size; i++)
        if (slice_eq(dimension_name(table->dimensions, level, i), child->key))
            return i;
    struct slice near = {0};
    const struct class *class = table->dimensions->by[level];
    if (class != NULL)
        near = names_suggest(child->key, class->value_names, class->value_count);
    struct buf hint = {0};
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`?", SLICE_ARG(near));
    struct slice title = dimension_title(table->dimensions, level);
    load_mistake(loader, child->key_place, hint.failed ? NULL : hint.ptr,
                 "`" SLICE_FMT "` is no value of `" SLICE_FMT "`", SLICE_ARG(child->key), SLICE_ARG(title));
    buf_free(&hint);
    return INDEX_NONE;
}

static enum status walk(struct loader *loader, const struct table *table, const struct node *node, uint32_t level,
                        struct cell cell) {
    const struct dimensions *dimensions = table->dimensions;
    if (level >= dimensions->count || level >= PRICE_DIMENSIONS_MAX) /* the second one follows: for the compiler */
        return table->leaf(loader, table->context, &cell, node);
    uint32_t size = dimension_size(dimensions, level);
    bool is_word = node_is_text(node) && (slice_is(node->text, "free") || slice_is(node->text, "unpublished"));
    uint32_t first = cell.index * size;
    if (table->spreads && is_word) {
        for (uint32_t i = 0; i < size; i++) {
            cell.index = first + i;
            cell.values[level] = i;
            TRY(walk(loader, table, node, level + 1, cell));
        }
        return STATUS_OK;
    }
    if (node->kind != NODE_MAP) {
        tell_not_a_table(loader, table, node, level);
        return STATUS_OK;
    }
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        uint32_t value = find_value(loader, table, child, level);
        if (value == INDEX_NONE)
            continue;
        cell.index = first + value;
        cell.values[level] = value;
        TRY(walk(loader, table, child, level + 1, cell));
    }
    return STATUS_OK;
}

enum status load_table(struct loader *loader, const struct table *table, const struct node *node) {
    return walk(loader, table, node, 0, (struct cell){0});
}
