/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations: the items that a call creates. `run` is expanded here, so that metering sees one flat list of uses. */
#include "tariff/load.h"

enum { RUN_DEPTH_MAX = 32 };

/* ---- uses ---- */

static bool item_needs_variant(const struct item *item, const struct price_version **ret_version) {
    for (uint32_t v = 0; v < item->version_count; v++) {
        for (uint32_t i = 0; i < item->versions[v].by_count; i++) {
            if (item->versions[v].by[i] != NULL)
                continue;
            *ret_version = &item->versions[v];
            return true;
        }
    }
    return false;
}

static void check_variant(struct loader *loader, const struct use *use, const struct node *node, uint32_t index) {
    const struct item *item = &loader->tariff->items[index];
    const struct price_version *version = NULL;
    bool needs = item_needs_variant(item, &version);
    if (needs && use->as.len == 0) {
        load_mistake(loader, node->place, "say which: {item: …, as: …}", "the price of `" SLICE_FMT "` depends on `as`",
                     SLICE_ARG(item->name));
        return;
    }
    bool is_known = use->as.len == 0;
    for (uint32_t i = 0; i < item->variant_count; i++)
        is_known = is_known || slice_eq(item->variants[i], use->as);
    if (is_known)
        return;
    struct slice near = names_suggest(use->as, item->variants, item->variant_count);
    struct buf hint = {0};
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`?", SLICE_ARG(near));
    load_mistake(loader, node->place, hint.failed ? NULL : hint.ptr,
                 "`" SLICE_FMT "` has no price variant `" SLICE_FMT "`", SLICE_ARG(item->name), SLICE_ARG(use->as));
    buf_free(&hint);
}

static enum status read_use_item(struct loader *loader, void *context, const struct cell *cell,
                                 const struct node *node) {
    struct use *use = context;
    if (node->kind != NODE_SCALAR) {
        load_mistake(loader, node->place, node->kind == NODE_MAP ? "name the classes of the table under `by`" : NULL,
                     "an item's name must stand here");
        return STATUS_OK;
    }
    if (node->text.len == 0)
        load_mistake(loader, node_head(node), NULL, "an item's name is missing");
    uint32_t index = load_item_index(loader, node);
    use->items[cell->index] = index;
    if (index != INDEX_NONE)
        check_variant(loader, use, node, index);
    return STATUS_OK;
}

static enum status read_item_table(struct loader *loader, const struct node *node, const struct node *by,
                                   struct use *use) {
    struct dimensions dimensions = {0};
    if (!load_dimensions(loader, by, false, &dimensions))
        return STATUS_OK;
    uint64_t count = 1;
    for (uint32_t i = 0; i < dimensions.count; i++) {
        use->by[i] = dimensions.by[i];
        count *= dimension_size(&dimensions, i);
        if (count > CELLS_MAX) {
            load_mistake(loader, by->place, "use classes with fewer names", "a table of more than %d cells", CELLS_MAX);
            return STATUS_OK;
        }
    }
    use->by_count = dimensions.count;
    use->items = ARENA_ARRAY(loader->plan, count, uint32_t);
    if (use->items == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < count; i++)
        use->items[i] = INDEX_NONE;
    struct table table = {&dimensions, false, read_use_item, use};
    TRY(load_table(loader, &table, node));
    use->item = use->by_count == 0 ? use->items[0] : INDEX_NONE;
    return STATUS_OK;
}

static enum status read_use(struct loader *loader, const struct node *node, struct use *use) {
    *use = (struct use){.item = INDEX_NONE, .place = node->place, .origin = load_origin(node)};
    if (node->kind == NODE_SCALAR)
        return read_item_table(loader, node, NULL, use);
    const struct node *item = node_get(node, "item");
    if (item == NULL)
        return STATUS_OK; /* the schema told */
    use->as = node_text(node, "as");
    TRY(load_formula(loader, node_get(node, "when"), VALUE_FLAG, &use->when));
    TRY(load_formula(loader, node_get(node, "quantity"), VALUE_NUMBER, &use->quantity));
    return read_item_table(loader, item, node_get(node, "by"), use);
}

/* ---- one operation ---- */

static void check_form(struct loader *loader, const struct node *node) {
    static const char *const forms[] = {"item", "items", "external"};
    const struct node *found = node_get(node, "run");
    bool is_given = found != NULL;
    found = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct node *form = node_get(node, forms[i]);
        if (form != NULL && found != NULL)
            load_mistake(loader, form->key_place, "keep one of them", "`" SLICE_FMT "` beside `" SLICE_FMT "`",
                         SLICE_ARG(form->key), SLICE_ARG(found->key));
        found = form != NULL ? form : found;
    }
    if (found == NULL && !is_given)
        load_mistake(loader, node_head(node), "add `item`, `items` (`[]` when it creates none), `run` or `external`",
                     "`" SLICE_FMT "` does not say what it creates", SLICE_ARG(node->key));
    static const char *const parts[] = {"by", "as", "when", "quantity"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && node_get(node, "item") == NULL; i++) {
        const struct node *part = node_get(node, parts[i]);
        if (part != NULL)
            load_mistake(loader, part->key_place, "put it beside `item`", "`%s` without `item`", parts[i]);
    }
}

/* The list (or single entry) of uses that a node holds; NULL: none. */
static const struct node *use_list(const struct node *node) {
    if (node->kind != NODE_MAP)
        return node;
    const struct node *items = node_get(node, "items");
    return items != NULL && items->kind != NODE_MAP ? items : node_get(node, "item") != NULL ? node : NULL;
}

static enum status read_uses(struct loader *loader, const struct node *node, struct operation *operation) {
    const struct node *list = use_list(node);
    if (list == NULL || (list->kind == NODE_SCALAR && list->text.len == 0))
        return STATUS_OK;
    uint32_t count = list->kind == NODE_LIST ? list->count : 1;
    if (count > USES_MAX) {
        load_mistake(loader, list->place, NULL, "more than %d items of one operation", USES_MAX);
        return STATUS_OK;
    }
    operation->uses = ARENA_ARRAY(loader->plan, (size_t)count + 1, struct use);
    if (operation->uses == NULL)
        return STATUS_NO_MEMORY;
    const struct node *one = list->kind == NODE_LIST ? list->first : list;
    for (; one != NULL; one = list->kind == NODE_LIST ? one->next : NULL)
        if (one->kind != NODE_LIST)
            TRY(read_use(loader, one, &operation->uses[operation->use_count++]));
    return STATUS_OK;
}

static void check_name(struct loader *loader, const struct node *node, struct slice name) {
    bool is_right = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        is_right = is_right && (unsigned char)name.ptr[i] > ' ';
    if (!is_right)
        load_mistake(loader, node->kind == NODE_SCALAR ? node->place : node_head(node), "write it without spaces",
                     "`" SLICE_FMT "` cannot be the name of an operation", SLICE_ARG(name));
}

static enum status add_name(struct loader *loader, const struct node *node, struct slice name, uint32_t operation) {
    struct tariff *tariff = loader->tariff;
    bool is_new = false;
    check_name(loader, node, name);
    TRY(load_name(loader, &tariff->operation_names, node, name, &is_new));
    if (is_new)
        tariff->operation_of[tariff->operation_names.count - 1] = operation;
    return STATUS_OK;
}

static enum status read_operation(struct loader *loader, const struct node *node, struct operation *operation) {
    operation->name = node->key;
    operation->title = node->key;
    operation->place = node->key_place;
    operation->origin = load_origin(node);
    operation->media = loader->tariff->media;
    if (node->kind == NODE_MAP) {
        TRY(load_media(loader, node_get(node, "media"), &operation->media));
        struct slice title = node_text(node, "title");
        operation->title = title.len > 0 ? title : node->key;
        operation->each_stream = node_get(node, "each") != NULL;
        operation->needs_one = slice_is(node_text(node, "at_least"), "one");
        operation->takes_first = slice_is(node_text(node, "choose"), "first");
        check_form(loader, node);
        const struct node *work = node_get(node, "work");
        operation->work.counts_once = slice_is(node_text(work, "repeats"), "once");
        TRY(load_formula(loader, node_get(work, "key"), VALUE_TEXT, &operation->work.key));
    }
    return read_uses(loader, node, operation);
}

static enum status add_aliases(struct loader *loader, uint32_t index) {
    const struct node *aliases = node_get(loader->operation_nodes[index], "aliases");
    for (const struct node *alias = node_list(aliases); alias != NULL; alias = node_list_next(aliases, alias))
        if (node_is_text(alias))
            TRY(add_name(loader, alias, alias->text, index));
    return STATUS_OK;
}

/* ---- run ---- */

enum run_state { RUN_NEW, RUN_OPEN, RUN_DONE };
struct runs {
    enum run_state *states;
    uint32_t depth;
};

static enum status expand(struct loader *loader, struct runs *runs, uint32_t index);

static uint32_t find_operation(struct loader *loader, const struct node *node) {
    const struct tariff *tariff = loader->tariff;
    uint32_t name = names_find(&tariff->operation_names, node->text);
    if (name != NAMES_NONE)
        return tariff->operation_of[name];
    load_unknown(loader, node, "operation",
                 (struct candidates){tariff->operation_names.texts, tariff->operation_names.count});
    return INDEX_NONE;
}

static enum status append_uses(struct loader *loader, const struct node *node, struct operation *to,
                               const struct operation *from) {
    if (from->each_stream && !to->each_stream) {
        load_mistake(loader, node->place, "add `each: streams`", "`" SLICE_FMT "` meters every stream on its own",
                     SLICE_ARG(from->name));
        return STATUS_OK;
    }
    uint32_t count = to->use_count + from->use_count;
    if (count > USES_MAX) {
        load_mistake(loader, node->place, NULL, "more than %d items of one operation", USES_MAX);
        return STATUS_OK;
    }
    struct use *uses = ARENA_ARRAY(loader->plan, (size_t)count + 1, struct use);
    if (uses == NULL)
        return STATUS_NO_MEMORY;
    if (to->use_count > 0)
        memcpy(uses, to->uses, to->use_count * sizeof *uses);
    if (from->use_count > 0)
        memcpy(uses + to->use_count, from->uses, from->use_count * sizeof *uses);
    to->uses = uses;
    to->use_count = count;
    return STATUS_OK;
}

static enum status run_one(struct loader *loader, struct runs *runs, const struct node *node, uint32_t index) {
    uint32_t other = node_is_text(node) ? find_operation(loader, node) : INDEX_NONE;
    if (other == INDEX_NONE)
        return STATUS_OK;
    if (runs->states[other] == RUN_OPEN || runs->depth == RUN_DEPTH_MAX) {
        struct slice name = loader->tariff->operations[other].name;
        load_mistake(loader, node->place, "break the loop", "`" SLICE_FMT "` leads back to itself", SLICE_ARG(name));
        return STATUS_OK;
    }
    TRY(expand(loader, runs, other));
    return append_uses(loader, node, &loader->tariff->operations[index], &loader->tariff->operations[other]);
}

/* Depth is limited by run_one. */
static enum status expand(struct loader *loader, struct runs *runs, uint32_t index) {
    if (runs->states[index] == RUN_DONE)
        return STATUS_OK;
    runs->states[index] = RUN_OPEN;
    runs->depth++;
    const struct node *run = node_get(loader->operation_nodes[index], "run");
    for (const struct node *one = node_list(run); one != NULL; one = node_list_next(run, one))
        TRY(run_one(loader, runs, one, index));
    runs->depth--;
    runs->states[index] = RUN_DONE;
    return STATUS_OK;
}

static size_t count_names(const struct node *operations) {
    size_t count = operations->count;
    for (const struct node *node = operations->first; node != NULL; node = node->next)
        count += node_list_count(node_get(node, "aliases"));
    return count;
}

enum status load_operations(struct loader *loader) {
    const struct node *operations = node_get(loader->root, "operations");
    struct tariff *tariff = loader->tariff;
    if (operations == NULL || operations->kind != NODE_MAP)
        return STATUS_OK;
    TRY(load_media(loader, node_get(loader->root, "media"), &tariff->media));
    size_t count = operations->count;
    struct runs runs = {.states = ARENA_ARRAY(loader->plan, count + 1, enum run_state)};
    tariff->operations = ARENA_ARRAY(loader->plan, count + 1, struct operation);
    tariff->operation_of = ARENA_ARRAY(loader->plan, count_names(operations) + 1, uint32_t);
    loader->operation_nodes = ARENA_ARRAY(loader->plan, count + 1, const struct node *);
    if (runs.states == NULL || tariff->operations == NULL || tariff->operation_of == NULL ||
        loader->operation_nodes == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = operations->first; node != NULL; node = node->next) {
        uint32_t index = tariff->operation_count++;
        loader->operation_nodes[index] = node;
        TRY(add_name(loader, node, node->key, index));
        TRY(read_operation(loader, node, &tariff->operations[index]));
    }
    for (uint32_t i = 0; i < tariff->operation_count; i++)
        TRY(add_aliases(loader, i));
    for (uint32_t i = 0; i < tariff->operation_count; i++)
        TRY(expand(loader, &runs, i));
    return STATUS_OK;
}
