/* SPDX-License-Identifier: Apache-2.0
 *
 * Examples are run elsewhere; here their names, instants and numbers are checked, so that a slip is told with its
 * place. */
#include "tariff/load.h"

static void check_operation(struct loader *loader, const struct node *node) {
    const struct names *names = &loader->tariff->operation_names;
    if (node_is_text(node) && names_find(names, node->text) == NAMES_NONE)
        load_unknown(loader, node, "operation", (struct candidates){names->texts, names->count});
}

static void check_sku(struct loader *loader, const struct node *node) {
    const struct names *names = &loader->tariff->product_names;
    if (node_is_text(node) && names_find(names, node->text) == NAMES_NONE)
        load_unknown(loader, node, "sku", (struct candidates){names->texts, names->count});
}

static void check_given(struct loader *loader, const struct node *node) {
    static const char *const kinds[] = {"operation", "order", "account", "activate", "refund"};
    if (node->kind != NODE_MAP) {
        load_mistake(loader, node->place, "as in {operation: NAME, count: 3}", "an entry of `given` must be a mapping");
        return;
    }
    unsigned found = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        found += node_get(node, kinds[i]) != NULL;
    if (found != 1)
        load_mistake(loader, node->place, "one of `operation`, `order`, `account`, `activate` or `refund`",
                     "an entry of `given` says one thing");
    int64_t at_ns;
    check_operation(loader, node_get(node, "operation"));
    check_sku(loader, node_get(node, "order"));
    check_sku(loader, node_get(node, "refund"));
    load_instant(loader, node_get(node, "at"), &at_ns);
}

/* A map from names to numbers. */
static void check_numbers(struct loader *loader, const struct node *map,
                          void (*check)(struct loader *loader, const struct node *node)) {
    const struct node *child = map != NULL && map->kind == NODE_MAP ? map->first : NULL;
    for (; child != NULL; child = child->next) {
        struct node name = {.kind = NODE_SCALAR, .text = child->key, .place = child->key_place};
        struct decimal value;
        check(loader, &name);
        load_decimal(loader, child, &value);
    }
}

static void check_item(struct loader *loader, const struct node *node) {
    (void)load_item_index(loader, node);
}

static void check_expect(struct loader *loader, const struct node *expect) {
    static const char *const numbers[] = {"total", "orders", "unpriced", "rejected", "alerts", "cycles"};
    struct decimal value;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        load_decimal(loader, node_get(expect, numbers[i]), &value);
    check_numbers(loader, node_get(expect, "lines"), check_item);
    check_numbers(loader, node_get(expect, "quantity"), check_item);
    check_numbers(loader, node_get(expect, "remaining"), check_sku);
}

enum status load_examples(struct loader *loader) {
    const struct node *examples = node_get(loader->root, "examples");
    const struct node *node = examples != NULL && examples->kind == NODE_LIST ? examples->first : NULL;
    for (; node != NULL; node = node->next) {
        int64_t at_ns;
        load_instant(loader, node_get(node, "at"), &at_ns);
        const struct node *given = node_get(node, "given");
        if (given != NULL && given->kind != NODE_LIST)
            load_mistake(loader, given->place, NULL, "`given` must be a list");
        for (const struct node *one = given != NULL ? given->first : NULL; one != NULL; one = one->next)
            check_given(loader, one);
        check_expect(loader, node_get(node, "expect"));
    }
    return STATUS_OK;
}
