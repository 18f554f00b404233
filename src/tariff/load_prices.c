/* SPDX-License-Identifier: Apache-2.0
 *
 * Prices: a number, a table or tiers become numbered rates; versions are put in order of time. */
#include <stdlib.h>

#include "tariff/load.h"

static const char *const forms[] = {"flat", "graduated", "volume"};
enum { FORM_COUNT = 3, LABEL_PARTS_MAX = PRICE_DIMENSIONS_MAX };

/* One version while it is read. */
struct draft {
    struct item *item;
    struct price_version *version;
    struct dimensions dimensions;
    struct rate shape; /* what all its cells share */
    const struct node *node;
};

static enum status rate_add(struct loader *loader, const struct rate *rate, uint32_t *ret_index) {
    struct tariff *tariff = loader->tariff;
    if (tariff->rate_count == loader->rate_cap) {
        uint32_t cap = loader->rate_cap == 0 ? 64 : loader->rate_cap * 2;
        struct rate *rates = ARENA_ARRAY(loader->plan, cap, struct rate);
        if (rates == NULL)
            return STATUS_NO_MEMORY;
        if (tariff->rate_count > 0)
            memcpy(rates, tariff->rates, tariff->rate_count * sizeof *rates);
        tariff->rates = rates;
        loader->rate_cap = cap;
    }
    *ret_index = tariff->rate_count;
    tariff->rates[tariff->rate_count++] = *rate;
    return STATUS_OK;
}

static enum status label_cell(struct loader *loader, const struct draft *draft, const struct cell *cell,
                              struct rate *rate) {
    struct buf label = {0};
    for (uint32_t i = 0; i < draft->dimensions.count; i++) {
        const struct class *class = draft->dimensions.by[i];
        if (class != NULL && class == loader->tariff->region_class) {
            rate->region = cell->values[i];
            continue;
        }
        struct slice name = dimension_name(&draft->dimensions, i, cell->values[i]);
        buf_printf(&label, "%s" SLICE_FMT, label.len > 0 ? " / " : "", SLICE_ARG(name));
    }
    rate->label = arena_copy(loader->plan, buf_slice(&label));
    bool failed = label.failed || rate->label.ptr == NULL;
    buf_free(&label);
    return failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status read_cell(struct loader *loader, void *context, const struct cell *cell, const struct node *node) {
    struct draft *draft = context;
    struct rate rate = draft->shape;
    struct price_parts parts = {.mode = rate.mode};
    bool is_word = node_is_text(node) && (slice_is(node->text, "free") || slice_is(node->text, "unpublished"));
    if (rate.mode == PRICE_FLAT || is_word) {
        if (!load_price_leaf(loader, node, &parts))
            return STATUS_OK;
    } else {
        TRY(load_tiers(loader, node, &parts));
    }
    rate.mode = parts.mode;
    rate.price = parts.price;
    rate.tiers = parts.tiers;
    rate.tier_count = parts.tier_count;
    rate.region = INDEX_NONE;
    rate.place = node->place;
    TRY(label_cell(loader, draft, cell, &rate));
    return rate_add(loader, &rate, &draft->version->cells[cell->index]);
}

/* ---- the parts of a version ---- */

static void read_tiered(const struct node *tiered, struct rate *rate) {
    rate->upper_inclusive = !slice_is(node_text(tiered, "border"), "lower-inclusive");
    rate->gross_basis = slice_is(node_text(tiered, "basis"), "gross");
}

static void read_unit(struct loader *loader, const struct node *node, const struct item *item) {
    const struct node *unit = node_get(node, "unit");
    if (node_is_text(unit) && item->unit.len > 0 && !slice_eq(unit->text, item->unit))
        load_mistake(loader, unit->place, "the price's unit must be the item's: nothing converts",
                     "unit mismatch: the item is counted in `" SLICE_FMT "`, the price is per `" SLICE_FMT "`",
                     SLICE_ARG(item->unit), SLICE_ARG(unit->text));
}

static const struct node *find_form(struct loader *loader, const struct node *node, enum price_mode *ret_mode) {
    static const enum price_mode modes[] = {PRICE_FLAT, PRICE_GRADUATED, PRICE_VOLUME};
    const struct node *found = NULL;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        const struct node *form = node_get(node, forms[i]);
        if (form == NULL)
            continue;
        if (found != NULL) {
            load_mistake(loader, form->key_place, "keep one of them",
                         "`" SLICE_FMT "` beside `" SLICE_FMT "`: a price has one form", SLICE_ARG(form->key),
                         SLICE_ARG(found->key));
            continue;
        }
        found = form;
        *ret_mode = modes[i];
    }
    if (found == NULL)
        load_mistake(loader, node_head(node), "add `flat`, `graduated` or `volume`", "a price is missing");
    return found;
}

static enum status read_cells(struct loader *loader, struct draft *draft) {
    struct dimensions *dimensions = &draft->dimensions;
    uint64_t count = 1;
    for (uint32_t i = 0; i < dimensions->count; i++) {
        count *= dimension_size(dimensions, i);
        draft->version->by[i] = dimensions->by[i];
        if (count > CELLS_MAX) {
            load_mistake(loader, draft->node->place, "use classes with fewer names", "a table of more than %d cells",
                         CELLS_MAX);
            return STATUS_OK;
        }
    }
    draft->version->by_count = dimensions->count;
    draft->version->cells = ARENA_ARRAY(loader->plan, count, uint32_t);
    if (draft->version->cells == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < count; i++)
        draft->version->cells[i] = INDEX_NONE;
    const struct node *leaves = draft->node;
    if (draft->node->kind == NODE_MAP && draft->shape.mode == PRICE_FLAT)
        leaves = find_form(loader, draft->node, &draft->shape.mode);
    if (leaves == NULL)
        return STATUS_OK;
    if (draft->shape.mode == PRICE_GRADUATED || draft->shape.mode == PRICE_VOLUME) {
        read_tiered(leaves, &draft->shape);
        leaves = node_get(leaves, "tiers");
        if (leaves == NULL)
            return STATUS_OK;
    }
    struct table table = {dimensions, true, read_cell, draft};
    return load_table(loader, &table, leaves);
}

/* ---- variants ---- */

static enum status add_variant(struct loader *loader, struct item *item, struct slice name) {
    for (uint32_t i = 0; i < item->variant_count; i++)
        if (slice_eq(item->variants[i], name))
            return STATUS_OK;
    struct slice *variants = ARENA_ARRAY(loader->plan, item->variant_count + 1, struct slice);
    if (variants == NULL)
        return STATUS_NO_MEMORY;
    if (item->variant_count > 0)
        memcpy(variants, item->variants, item->variant_count * sizeof *variants);
    variants[item->variant_count++] = name;
    item->variants = variants;
    return STATUS_OK;
}

/* The keys at the level of `as` name the variants. */
static enum status collect_level(struct loader *loader, struct item *item, const struct node *node, uint32_t level) {
    const struct node *child = node != NULL && node->kind == NODE_MAP ? node->first : NULL;
    for (; child != NULL; child = child->next)
        TRY(level == 0 ? add_variant(loader, item, child->key) : collect_level(loader, item, child, level - 1));
    return STATUS_OK;
}

static enum status collect_variants(struct loader *loader, struct item *item, const struct node *version) {
    const struct node *by = node_get(version, "by");
    uint32_t level = 0;
    const struct node *name = node_list(by);
    while (name != NULL && !slice_is(name->text, "as")) {
        name = node_list_next(by, name);
        level++;
    }
    if (name == NULL || level >= PRICE_DIMENSIONS_MAX)
        return STATUS_OK;
    TRY(collect_level(loader, item, node_get(version, "flat"), level));
    TRY(collect_level(loader, item, node_get(node_get(version, "graduated"), "tiers"), level));
    return collect_level(loader, item, node_get(node_get(version, "volume"), "tiers"), level);
}

/* ---- versions ---- */

static enum status add_free_version(struct loader *loader, const struct draft *main, int64_t until_ns,
                                    const struct node *node) {
    struct item *item = main->item;
    struct price_version *version = &item->versions[item->version_count++];
    *version = (struct price_version){.from_ns = main->version->from_ns, .until_ns = until_ns};
    version->origin = main->version->origin;
    version->cells = ARENA_ARRAY(loader->plan, 1, uint32_t);
    if (version->cells == NULL)
        return STATUS_NO_MEMORY;
    struct rate rate = main->shape;
    rate.mode = PRICE_FREE;
    rate.region = INDEX_NONE;
    rate.place = node->place;
    return rate_add(loader, &rate, &version->cells[0]);
}

static void read_times(struct loader *loader, const struct node *node, struct price_version *version) {
    load_instant(loader, node_get(node, "from"), &version->from_ns);
    const struct node *until = node_get(node, "until");
    if (load_instant(loader, until, &version->until_ns) && version->until_ns <= version->from_ns) {
        load_mistake(loader, until->place, "a version holds from `from` up to but not including `until`",
                     "`until` is not after `from`");
        version->until_ns = INSTANT_MAX;
    }
}

static enum status read_free_until(struct loader *loader, struct draft *draft) {
    const struct node *node = node_get(draft->node, "free_until");
    struct price_version *version = draft->version;
    int64_t until_ns = 0;
    if (!load_instant(loader, node, &until_ns))
        return STATUS_OK;
    if (until_ns <= version->from_ns || until_ns >= version->until_ns) {
        load_mistake(loader, node->place, NULL, "`free_until` is outside the version");
        return STATUS_OK;
    }
    TRY(add_free_version(loader, draft, until_ns, node));
    version->from_ns = until_ns;
    return STATUS_OK;
}

static enum status read_version(struct loader *loader, struct item *item, const struct node *node) {
    struct draft draft = {.item = item, .node = node, .version = &item->versions[item->version_count++]};
    *draft.version = (struct price_version){.from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX};
    draft.version->origin = load_origin(node);
    if (draft.version->origin.source.len == 0)
        draft.version->origin.source = item->origin.source;
    draft.shape = (struct rate){.mode = PRICE_FLAT,
                                .item = (uint32_t)(item - loader->tariff->items),
                                .per = decimal_from_int(1),
                                .origin = draft.version->origin};
    draft.dimensions.variants = item->variants;
    draft.dimensions.variant_count = item->variant_count;
    if (node->kind == NODE_MAP) {
        load_positive(loader, node_get(node, "per"), &draft.shape.per);
        read_unit(loader, node, item);
        read_times(loader, node, draft.version);
        if (!load_dimensions(loader, node_get(node, "by"), true, &draft.dimensions))
            return STATUS_OK;
    }
    TRY(read_cells(loader, &draft));
    return node->kind == NODE_MAP ? read_free_until(loader, &draft) : STATUS_OK;
}

static int version_compare(const void *left, const void *right) {
    const struct price_version *a = left, *b = right;
    int order = (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
    return order != 0 ? order : (a->until_ns > b->until_ns) - (a->until_ns < b->until_ns);
}

/* A version without `until` ends where the next one begins. */
static void order_versions(struct loader *loader, struct item *item, const struct node *node, bool tell) {
    qsort(item->versions, item->version_count, sizeof *item->versions, version_compare);
    for (uint32_t i = 0; i + 1 < item->version_count; i++) {
        struct price_version *version = &item->versions[i], *next = &item->versions[i + 1];
        if (version->until_ns == INSTANT_MAX && version->from_ns < next->from_ns)
            version->until_ns = next->from_ns;
        if (version->until_ns <= next->from_ns || !tell)
            continue;
        char text[INSTANT_TEXT_MAX];
        instant_format(next->from_ns, loader->tariff->zone, text);
        load_mistake(loader, node->place, "give each version `from`, and `until` no later than the next one's `from`",
                     "two versions of this price overlap%s%s", next->from_ns == INSTANT_MIN ? "" : " from ",
                     next->from_ns == INSTANT_MIN ? "" : text);
    }
}

static void number_versions(struct loader *loader, const struct item *item) {
    for (uint32_t v = 0; v < item->version_count; v++) {
        const struct price_version *version = &item->versions[v];
        struct dimensions dimensions = {.count = version->by_count, .variant_count = item->variant_count};
        uint32_t count = version->cells != NULL;
        for (uint32_t i = 0; i < version->by_count; i++) {
            dimensions.by[i] = version->by[i];
            count *= dimension_size(&dimensions, i);
        }
        for (uint32_t i = 0; i < count; i++)
            if (version->cells[i] != INDEX_NONE)
                loader->tariff->rates[version->cells[i]].version = v;
    }
}

enum status load_prices(struct loader *loader, const struct node *node, struct item *item) {
    uint32_t errors = loader->diags->error_count;
    const struct node *list = node->kind == NODE_LIST ? node->first : node;
    uint32_t count = node->kind == NODE_LIST ? node->count : 1;
    if (count == 0)
        load_mistake(loader, node->place, "write a number, `free` or `unpublished`", "a price is missing");
    item->versions = ARENA_ARRAY(loader->plan, 2 * (size_t)count + 1, struct price_version);
    if (item->versions == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *one = list; one != NULL; one = node->kind == NODE_LIST ? one->next : NULL)
        TRY(collect_variants(loader, item, one));
    for (const struct node *one = list; one != NULL; one = node->kind == NODE_LIST ? one->next : NULL) {
        if (node->kind == NODE_LIST && one->kind != NODE_MAP)
            load_mistake(loader, one->place, "as in {from: 2025-07-28T11:00:00+08:00, flat: 0.028}",
                         "a version must be a mapping (`key: value`)");
        else
            TRY(read_version(loader, item, one));
    }
    order_versions(loader, item, node, loader->diags->error_count == errors); /* one mistake, one message */
    number_versions(loader, item);
    return STATUS_OK;
}

/* ---- products ---- */

enum status load_simple_price(struct loader *loader, const struct node *node, struct price_parts *ret,
                              bool *ret_upper_inclusive) {
    if (node->kind == NODE_SCALAR) {
        load_price_leaf(loader, node, ret);
        return STATUS_OK;
    }
    static const char *const refused[] = {"from", "until", "free_until", "by", "per", "volume"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct node *key = node_get(node, refused[i]);
        if (key == NULL)
            continue;
        load_mistake(loader, key->key_place, "a number, `unpublished`, or {graduated: {tiers: …}}",
                     "the price of a product cannot have `%s`", refused[i]);
        return STATUS_OK;
    }
    if (node->kind == NODE_LIST) {
        load_mistake(loader, node->place, "a number, `unpublished`, or {graduated: {tiers: …}}",
                     "the price of a product has no versions");
        return STATUS_OK;
    }
    struct price_parts parts = {0};
    const struct node *form = find_form(loader, node, &parts.mode);
    if (form == NULL)
        return STATUS_OK;
    const struct node *tiers = node_get(form, "tiers");
    *ret_upper_inclusive = !slice_is(node_text(form, "border"), "lower-inclusive");
    if (parts.mode == PRICE_FLAT)
        load_price_leaf(loader, form, &parts);
    else if (tiers != NULL)
        TRY(load_tiers(loader, tiers, &parts));
    *ret = parts;
    return STATUS_OK;
}
