/* SPDX-License-Identifier: Apache-2.0
 *
 * Single prices and tiers: rising, without a gap, the last one open. */
#include "tariff/load.h"

bool load_price_leaf(struct loader *loader, const struct node *node, struct price_parts *ret) {
    if (node->kind != NODE_SCALAR) {
        load_mistake(loader, node->place, node->kind == NODE_MAP ? "name the classes of the table under `by`" : NULL,
                     "a price must stand here: a number, `free` or `unpublished`");
        return false;
    }
    if (node->text.len == 0) {
        load_mistake(loader, node_head(node), "write a number, `free` or `unpublished`", "a price is missing");
        return false;
    }
    *ret = (struct price_parts){.mode = PRICE_FLAT};
    if (slice_is(node->text, "free"))
        ret->mode = PRICE_FREE;
    else if (slice_is(node->text, "unpublished"))
        ret->mode = PRICE_UNPUBLISHED;
    else
        return load_amount(loader, node, &ret->price);
    return true;
}

static void read_tier_price(struct loader *loader, const struct node *node, struct tier *tier) {
    const struct node *price = node_get(node, "price");
    if (price == NULL)
        return; /* the schema told */
    struct price_parts parts;
    if (!load_price_leaf(loader, price, &parts))
        return;
    if (parts.mode == PRICE_UNPUBLISHED)
        load_mistake(loader, price->place, "write `unpublished` in place of the tiers",
                     "a single tier cannot be `unpublished`");
    tier->price = parts.price;
}

static void check_order(struct loader *loader, const struct node *border, const struct tier *tier,
                        const struct tier *before) {
    int order = decimal_cmp(tier->up_to, before != NULL ? before->up_to : DECIMAL_ZERO);
    if (order > 0)
        return;
    char text[DECIMAL_TEXT_MAX];
    decimal_format(before != NULL ? before->up_to : DECIMAL_ZERO, text);
    load_mistake(loader, border->place, "tiers rise",
                 order == 0 ? "this tier is empty: it also ends at %s" : "tiers overlap: the one before ends at %s",
                 text);
}

/* `from` says nothing new; it is there for readers, and checked. */
static void check_from(struct loader *loader, const struct node *node, const struct tier *before) {
    struct decimal from, border = before != NULL ? before->up_to : DECIMAL_ZERO;
    const struct node *child = node_get(node, "from");
    if (child == NULL || !load_decimal(loader, child, &from))
        return;
    int order = decimal_cmp(from, border);
    char text[DECIMAL_TEXT_MAX];
    decimal_format(border, text);
    if (order > 0)
        load_mistake(loader, child->place, "begin where the tier before ends; `border` says which tier it belongs to",
                     "a gap between tiers: the one before ends at %s", text);
    if (order < 0)
        load_mistake(loader, child->place, "begin where the tier before ends; `border` says which tier it belongs to",
                     "tiers overlap: the one before ends at %s", text);
}

static void read_tier(struct loader *loader, const struct node *node, struct tier *tiers, uint32_t index) {
    struct tier *tier = &tiers[index];
    const struct tier *before = index > 0 ? &tiers[index - 1] : NULL;
    read_tier_price(loader, node, tier);
    check_from(loader, node, before);
    const struct node *border = node_get(node, "up_to");
    tier->is_last = node->next == NULL;
    if (tier->is_last && border != NULL) {
        load_mistake(loader, border->place, "delete it, or add a tier without `up_to`",
                     "the last tier has a border: what is above it would have no price");
    } else if (!tier->is_last && border == NULL) {
        load_mistake(loader, node->place, "give it `up_to`; only the last tier has none",
                     "a tier without a border before the last");
    } else if (border != NULL && load_positive(loader, border, &tier->up_to)) {
        check_order(loader, border, tier, before);
    }
    if (border != NULL && tier->up_to.pico == 0 && before != NULL)
        tier->up_to = before->up_to; /* told; do not blame the next one too */
}

enum status load_tiers(struct loader *loader, const struct node *list, struct price_parts *ret) {
    if (list->kind != NODE_LIST || list->count == 0) {
        load_mistake(loader, list->place, "as in [{up_to: 10000, price: 0.15}, {price: 0.10}]",
                     "a list of tiers must stand here");
        return STATUS_OK;
    }
    if (list->count > TIERS_MAX) {
        load_mistake(loader, list->place, NULL, "more than %d tiers", TIERS_MAX);
        return STATUS_OK;
    }
    struct tier *tiers = ARENA_ARRAY(loader->plan, list->count, struct tier);
    if (tiers == NULL)
        return STATUS_NO_MEMORY;
    uint32_t index = 0;
    for (const struct node *node = list->first; node != NULL; node = node->next)
        read_tier(loader, node, tiers, index++);
    ret->tiers = tiers;
    ret->tier_count = list->count;
    return STATUS_OK;
}
