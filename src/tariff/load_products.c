/* SPDX-License-Identifier: Apache-2.0
 *
 * Products: everything an order can name, one per sku. Scopes and kinds are in load_scope.c. */
#include "tariff/load_products.h"

static const struct node *first_named(const struct loader *loader, const char *section) {
    const struct node *map = node_get(loader->root, section);
    return map != NULL && map->kind == NODE_MAP ? map->first : NULL;
}

static uint32_t named_count(const struct loader *loader, const char *section) {
    const struct node *map = node_get(loader->root, section);
    return map != NULL && map->kind == NODE_MAP ? map->count : 0;
}

/* ---- shared parts ---- */

static bool read_refund(struct loader *loader, const struct node *node, struct refund_rule *ret) {
    if (node == NULL)
        return false;
    *ret = (struct refund_rule){0};
    if (node->kind == NODE_SCALAR && !slice_is(node->text, "none"))
        load_mistake(loader, node->place, "as in {within: 7 days, if: unused}, or `none`",
                     "`" SLICE_FMT "` is no refund rule", SLICE_ARG(node->text));
    if (node->kind != NODE_MAP)
        return true;
    ret->is_allowed = load_duration(loader, node_get(node, "within"), &ret->within);
    ret->if_unused = !slice_is(node_text(node, "if"), "always");
    return true;
}

static enum status read_alerts(struct loader *loader, const struct node *list, struct product *product) {
    product->alerts = ARENA_ARRAY(loader->plan, node_list_count(list) + 1, struct decimal);
    if (product->alerts == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = node_list(list); node != NULL; node = node_list_next(list, node)) {
        struct decimal share;
        if (!load_percent(loader, node, &share))
            continue;
        if (product->alert_count > 0 && decimal_cmp(share, product->alerts[product->alert_count - 1]) >= 0)
            load_mistake(loader, node->place, "as in [20%, 0%]", "alerts fall");
        product->alerts[product->alert_count++] = share;
    }
    return STATUS_OK;
}

static struct slice stem(struct slice name, struct slice ending) {
    if (name.len > ending.len && memcmp(name.ptr + name.len - ending.len, ending.ptr, ending.len) == 0)
        name.len -= ending.len;
    return name;
}

static struct product product_draft(struct loader *loader, const struct node *node, enum product_kind kind) {
    struct slice title = node_text(node, "title");
    struct product product = {.kind = kind,
                              .family = node->key,
                              .title = title.len > 0 ? title : node->key,
                              .origin = load_origin(node),
                              .place = node->key_place,
                              .units_scale = 1,
                              .funding = FUNDING_PAYG};
    product.expiring = (struct duration){7, UNIT_DAY};
    if (slice_is(node_text(node, "expiring"), "none"))
        product.expiring.count = 0;
    else
        load_duration(loader, node_get(node, "expiring"), &product.expiring);
    if (!read_refund(loader, node_get(node, "refund"), &product.refund))
        product.refund = loader->refund;
    return product;
}

static enum status product_add(struct loader *loader, const struct product *product, const struct node *node) {
    struct tariff *tariff = loader->tariff;
    if (product->sku.ptr == NULL)
        return STATUS_NO_MEMORY;
    uint32_t before = tariff->product_names.count, index;
    TRY(names_add(&tariff->product_names, product->sku, &index));
    if (index < before) {
        load_mistake(loader, node_head(node), "give one of them another name", "the sku `" SLICE_FMT "` exists already",
                     SLICE_ARG(product->sku));
        diags_add(loader->diags, SEVERITY_NOTE, tariff->products[index].place, NULL, "it is here");
        return STATUS_OK;
    }
    tariff->products[tariff->product_count++] = *product;
    return STATUS_OK;
}

static enum status read_price(struct loader *loader, const struct node *node, struct product *product) {
    struct price_parts parts = {.mode = PRICE_UNPUBLISHED};
    product->upper_inclusive = true;
    if (node != NULL)
        TRY(load_simple_price(loader, node, &parts, &product->upper_inclusive));
    product->is_published = parts.mode != PRICE_UNPUBLISHED;
    product->mode = parts.mode == PRICE_FREE ? PRICE_FLAT : parts.mode;
    product->price = parts.price;
    product->tiers = parts.tiers;
    product->tier_count = parts.tier_count;
    return STATUS_OK;
}

/* ---- packages and grants ---- */

static enum status read_size(struct loader *loader, const struct product *family, const struct node *node) {
    struct product product = *family;
    struct node units = {.kind = NODE_SCALAR, .text = node->key, .place = node->key_place};
    struct price_parts parts = {0};
    product.place = node->key_place;
    bool is_right = load_positive(loader, &units, &product.units);
    is_right = load_price_leaf(loader, node, &parts) && is_right;
    if (!is_right)
        return STATUS_OK;
    product.is_published = parts.mode != PRICE_UNPUBLISHED;
    product.mode = product.is_published ? PRICE_FLAT : PRICE_UNPUBLISHED;
    product.price = parts.price;
    product.sku = arena_printf(loader->plan, SLICE_FMT "-" SLICE_FMT, SLICE_ARG(family->family), SLICE_ARG(node->key));
    return product_add(loader, &product, node);
}

static enum status read_package(struct loader *loader, const struct node *node) {
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    struct product product = product_draft(loader, node, PRODUCT_PACKAGE);
    product.unit = node_text(node, "unit");
    load_duration(loader, node_get(node, "validity"), &product.validity);
    load_positive(loader, node_get(node, "maximum"), &product.ceiling);
    product.restores = cycle_kind_parse(node_text(node, "restores"), &product.restore_cycle);
    product.zone = loader->tariff->zone;
    TRY(read_alerts(loader, node_get(node, "alerts"), &product));
    load_kind(loader, node, &product);
    TRY(load_scope(loader, node, &product));
    const struct node *sizes = node_get(node, "sizes");
    if (sizes == NULL || slice_is(node_text(node, "sizes"), "unpublished"))
        return STATUS_OK;
    if (sizes->kind != NODE_MAP || sizes->count == 0) {
        load_mistake(loader, sizes->place, "as in {5000: 50, 10000: 95}, or `unpublished`",
                     "a mapping from units to prices must stand here");
        return STATUS_OK;
    }
    for (const struct node *size = sizes->first; size != NULL; size = size->next)
        TRY(read_size(loader, &product, size));
    return STATUS_OK;
}

static enum status read_grant(struct loader *loader, const struct node *node) {
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    struct product product = product_draft(loader, node, PRODUCT_GRANT);
    product.sku = node->key;
    product.unit = node_text(node, "unit");
    product.mode = PRICE_FLAT;
    product.on_activation = true;
    load_duration(loader, node_get(node, "validity"), &product.validity);
    TRY(read_alerts(loader, node_get(node, "alerts"), &product));
    load_kind(loader, node, &product);
    TRY(load_scope(loader, node, &product));
    const struct node *units = node_get(node, "units");
    if (!slice_is(node_text(node, "units"), "unpublished"))
        product.is_published = load_positive(loader, units, &product.units);
    return product_add(loader, &product, node);
}

/* ---- qps, concurrency, licences ---- */

static enum status read_plan(struct loader *loader, const struct product *family, const struct node *node,
                             enum time_unit unit) {
    struct product product = *family;
    struct slice name = stem(family->family, SLICE("-qps"));
    product.validity = (struct duration){1, unit};
    product.place = node->key_place;
    product.sku = arena_printf(loader->plan, SLICE_FMT "-qps-%s", SLICE_ARG(name), unit == UNIT_DAY ? "day" : "month");
    TRY(read_price(loader, node, &product));
    return product_add(loader, &product, node);
}

static enum status read_qps(struct loader *loader, const struct node *node) {
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    struct product product = product_draft(loader, node, PRODUCT_QPS);
    product.unit = SLICE("QPS");
    product.funding = FUNDING_QPS;
    product.has_default_limit = load_amount(loader, node_get(node, "default"), &product.default_limit);
    load_positive(loader, node_get(node, "ceiling"), &product.ceiling);
    const struct node *upgrade = node_get(node, "upgrade");
    product.upgrade_allowed = !slice_is(node_text(upgrade, "allowed"), "false");
    product.downgrade_allowed = slice_is(node_text(upgrade, "downgrade"), "true");
    product.has_upgrade_price = slice_is(node_text(upgrade, "price"), "difference");
    load_flag(loader, node_get(upgrade, "allowed"));
    load_flag(loader, node_get(upgrade, "downgrade"));
    TRY(load_covered_items(loader, node_get(node, "items"), &product));
    const struct node *day = node_get(node, "day"), *month = node_get(node, "month");
    if (day == NULL && month == NULL)
        load_mistake(loader, node->key_place, "add `day` or `month` (a price, or `unpublished`)",
                     "`" SLICE_FMT "` has no price", SLICE_ARG(node->key));
    if (day != NULL)
        TRY(read_plan(loader, &product, day, UNIT_DAY));
    return month != NULL ? read_plan(loader, &product, month, UNIT_MONTH) : STATUS_OK;
}

static enum status read_concurrency(struct loader *loader, const struct node *node) {
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    struct product product = product_draft(loader, node, PRODUCT_CONCURRENCY);
    struct slice name = stem(node->key, SLICE("-concurrency"));
    product.unit = SLICE("task");
    product.funding = FUNDING_CONCURRENCY;
    product.validity = (struct duration){1, UNIT_MONTH};
    load_duration(loader, node_get(node, "period"), &product.validity);
    product.has_default_limit = load_amount(loader, node_get(node, "default"), &product.default_limit);
    load_positive(loader, node_get(node, "ceiling"), &product.ceiling);
    TRY(load_covered_items(loader, node_get(node, "items"), &product));
    TRY(read_price(loader, node_get(node, "price"), &product));
    product.sku = arena_printf(loader->plan, SLICE_FMT "-concurrency", SLICE_ARG(name));
    return product_add(loader, &product, node);
}

static enum status read_licence(struct loader *loader, const struct node *node) {
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    struct product product = product_draft(loader, node, PRODUCT_LICENCE);
    const struct node *terminals = node_get(node, "terminals");
    product.sku = node->key;
    product.unit = SLICE("licence");
    product.validity = (struct duration){1, UNIT_YEAR};
    load_duration(loader, node_get(node, "period"), &product.validity);
    load_duration(loader, node_get(node, "activate_within"), &product.activate_within);
    product.terminals = ARENA_ARRAY(loader->plan, node_list_count(terminals) + 1, struct slice);
    if (product.terminals == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *one = node_list(terminals); one != NULL; one = node_list_next(terminals, one))
        product.terminals[product.terminal_count++] = one->text;
    TRY(read_price(loader, node_get(node, "price"), &product));
    return product_add(loader, &product, node);
}

/* ---- all ---- */

static const struct section {
    const char *name;
    enum status (*read)(struct loader *loader, const struct node *node);
} sections[] = {{"packages", read_package},
                {"qps", read_qps},
                {"concurrency", read_concurrency},
                {"licences", read_licence},
                {"grants", read_grant}};
enum { SECTION_COUNT = sizeof sections / sizeof *sections };

enum status load_products(struct loader *loader) {
    read_refund(loader, node_get(loader->root, "refunds"), &loader->refund);
    size_t count = 0;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        count += 2 * (size_t)named_count(loader, sections[i].name); /* a QPS plan has two skus */
    for (const struct node *node = first_named(loader, "packages"); node != NULL; node = node->next) {
        const struct node *sizes = node_get(node, "sizes");
        count += sizes != NULL ? sizes->count : 0;
    }
    loader->tariff->products = ARENA_ARRAY(loader->plan, count + 1, struct product);
    if (loader->tariff->products == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        for (const struct node *node = first_named(loader, sections[i].name); node != NULL; node = node->next)
            TRY(sections[i].read(loader, node));
    return STATUS_OK;
}
