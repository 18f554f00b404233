/* SPDX-License-Identifier: Apache-2.0
 *
 * Scopes: which items a product pays for, and how many of its units each of them takes. */
#include "tariff/load_products.h"

void load_flag(struct loader *loader, const struct node *node) {
    if (node_is_text(node) && !slice_is(node->text, "true") && !slice_is(node->text, "false"))
        load_mistake(loader, node->place, "write true or false", "`" SLICE_FMT "` is no flag", SLICE_ARG(node->text));
}

static bool funding_is_used(const struct tariff *tariff, enum funding funding) {
    for (uint32_t i = 0; i < tariff->funding_count; i++)
        if (tariff->funding[i] == funding)
            return true;
    return false;
}

static void check_funding(struct loader *loader, const struct product *product, struct place place) {
    const char *name = funding_name(product->funding);
    if (!funding_is_used(loader->tariff, product->funding))
        load_mistake(loader, place, "add it to `funding`", "nothing here is ever paid by `%s`", name);
}

void load_kind(struct loader *loader, const struct node *node, struct product *product) {
    const struct node *kind = node_get(node, "kind");
    if (!node_is_text(kind) || !funding_parse(kind->text, &product->funding))
        return; /* the schema told */
    check_funding(loader, product, kind->place);
}

static void check_method(struct loader *loader, const struct product *product, const struct node *node, uint32_t item) {
    unsigned methods = loader->item_methods[item];
    bool is_grant = product->funding == FUNDING_FREE || product->funding == FUNDING_CONCURRENCY;
    if (methods == 0 || is_grant || (methods & 1U << product->funding) != 0)
        return;
    struct slice name = loader->tariff->items[item].name;
    load_mistake(loader, node->place, "delete it here, or add the method to the item",
                 "`" SLICE_FMT "` is not sold as `%s`", SLICE_ARG(name), funding_name(product->funding));
}

/* Tells an item that is external, sold otherwise, or named twice. */
static bool check_entry(struct loader *loader, const struct product *product, const struct node *node, uint32_t item) {
    check_method(loader, product, node, item);
    struct slice name = loader->tariff->items[item].name;
    if (loader->tariff->items[item].billed_by.len > 0) {
        load_mistake(loader, node->place, "delete it", "`" SLICE_FMT "` is billed by another product", SLICE_ARG(name));
        return false;
    }
    for (uint32_t i = 0; i < product->scope_count; i++) {
        if (product->scope[i].item != item)
            continue;
        load_mistake(loader, node->place, "name each item once", "`" SLICE_FMT "` twice", SLICE_ARG(name));
        return false;
    }
    return true;
}

static enum status scope_new(struct loader *loader, struct product *product, uint32_t count) {
    product->scope = ARENA_ARRAY(loader->plan, (size_t)count + 1, struct scope_entry);
    return product->scope == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Balances are kept in units_scale-ths of a unit, so that any mixture of factors stays exact. */
static void widen_scale(struct loader *loader, struct product *product, const struct node *node, struct decimal per) {
    wide whole = per.pico / DECIMAL_ONE_PICO;
    if (whole * DECIMAL_ONE_PICO != per.pico || whole > 1000000000) {
        load_mistake(loader, node->place, "write a whole number up to 1000000000, and change the factor with it",
                     "`per` must be a whole number");
        return;
    }
    wide scale = product->units_scale / (wide)wide_gcd((uwide)product->units_scale, (uwide)whole) * whole;
    if (scale > 1000000000000)
        load_mistake(loader, node->place, "use `per` values with common factors",
                     "the `per` values of this scope have no common multiple up to 10^12");
    else
        product->units_scale = (int64_t)scale;
}

static void check_unit(struct loader *loader, const struct node *node, const struct item *item) {
    const struct node *unit = node_get(node, "unit");
    if (node_is_text(unit) && item->unit.len > 0 && !slice_eq(unit->text, item->unit))
        load_mistake(loader, unit->place, "the factor's unit must be the item's: nothing converts",
                     "unit mismatch: the item is counted in `" SLICE_FMT "`, the factor is per `" SLICE_FMT "`",
                     SLICE_ARG(item->unit), SLICE_ARG(unit->text));
}

static void read_entry(struct loader *loader, const struct node *node, struct product *product) {
    struct node name = {.kind = NODE_SCALAR, .text = node->key, .place = node->key_place};
    uint32_t item = load_item_index(loader, &name);
    if (item == INDEX_NONE || !check_entry(loader, product, &name, item))
        return;
    struct scope_entry entry = {item, DECIMAL_ZERO, decimal_from_int(1)};
    const struct node *factor = node->kind == NODE_MAP ? node_get(node, "factor") : node;
    if (node_is_text(factor) && slice_is(factor->text, "unpublished"))
        return; /* it belongs to the package, which cannot pay for it yet */
    bool is_right = load_positive(loader, factor, &entry.factor);
    const struct node *per = node_get(node, "per");
    if (per != NULL && load_positive(loader, per, &entry.per))
        widen_scale(loader, product, per, entry.per);
    check_unit(loader, node, &loader->tariff->items[item]);
    if (is_right)
        product->scope[product->scope_count++] = entry;
}

/* One factor for many items only makes sense when all are counted in the same unit. */
static void check_common_unit(struct loader *loader, const struct product *product, const struct node *node,
                              uint32_t item) {
    const struct item *first = product->scope_count > 0 ? &loader->tariff->items[product->scope[0].item] : NULL;
    const struct item *other = &loader->tariff->items[item];
    if (first == NULL || slice_eq(first->unit, other->unit))
        return;
    load_mistake(loader, node->place, "write the scope as a mapping, with a factor for each item",
                 "unit mismatch: one factor for `" SLICE_FMT "` (per " SLICE_FMT ") and `" SLICE_FMT "` (per " SLICE_FMT
                 ")",
                 SLICE_ARG(first->name), SLICE_ARG(first->unit), SLICE_ARG(other->name), SLICE_ARG(other->unit));
}

static void read_list(struct loader *loader, const struct node *list, struct decimal factor, struct product *product) {
    for (const struct node *node = node_list(list); node != NULL; node = node_list_next(list, node)) {
        uint32_t item = load_item_index(loader, node);
        if (item == INDEX_NONE || !check_entry(loader, product, node, item))
            continue;
        if (product->kind == PRODUCT_PACKAGE || product->kind == PRODUCT_GRANT)
            check_common_unit(loader, product, node, item);
        product->scope[product->scope_count++] = (struct scope_entry){item, factor, decimal_from_int(1)};
    }
}

enum status load_scope(struct loader *loader, const struct node *node, struct product *product) {
    const struct node *scope = node_get(node, "scope"), *beside = node_get(node, "factor");
    struct decimal factor = decimal_from_int(1);
    load_positive(loader, beside, &factor);
    if (scope == NULL || scope->kind == NODE_SCALAR)
        return STATUS_OK;
    if (scope->kind == NODE_MAP && beside != NULL)
        load_mistake(loader, beside->key_place, "delete it: every entry of the mapping has its own",
                     "`factor` beside a scope that is a mapping");
    if (scope->count == 0)
        load_mistake(loader, node_head(scope), NULL, "a package that pays for nothing");
    TRY(scope_new(loader, product, scope->count));
    if (scope->kind == NODE_LIST)
        read_list(loader, scope, factor, product);
    for (const struct node *entry = scope->kind == NODE_MAP ? scope->first : NULL; entry != NULL; entry = entry->next)
        read_entry(loader, entry, product);
    return STATUS_OK;
}

enum status load_covered_items(struct loader *loader, const struct node *items, struct product *product) {
    TRY(scope_new(loader, product, node_list_count(items)));
    if (items == NULL)
        return STATUS_OK;
    check_funding(loader, product, node_head(items));
    read_list(loader, items, decimal_from_int(1), product);
    return STATUS_OK;
}
