/* SPDX-License-Identifier: Apache-2.0
 *
 * Items: what they count, how it is rounded, what it costs. */
#include "tariff/load.h"

static enum status read_round(struct loader *loader, const struct node *node, struct item *item) {
    struct rounding_rule *round = &item->round;
    if (node == NULL || node->kind != NODE_MAP)
        return STATUS_OK;
    round->is_set = true;
    round->each = ratio_from_int(1);
    round->scope = SCOPE_EVENT;
    const struct node *each = node_get(node, "each");
    if (load_ratio(loader, each, &round->each) && ratio_cmp(round->each, ratio_from_int(0)) <= 0) {
        load_mistake(loader, each->place, "write a step above 0", "nothing can be rounded to steps of `" SLICE_FMT "`",
                     SLICE_ARG(each->text));
        round->each = ratio_from_int(1);
    }
    const struct node *mode = node_get(node, "mode");
    if (node_is_text(mode) && !rounding_parse(mode->text.ptr, &round->mode))
        round->mode = ROUND_UP; /* the schema told */
    struct slice scope = node_text(node, "scope");
    if (slice_is(scope, "stream"))
        round->scope = SCOPE_STREAM;
    if (slice_is(scope, "cycle"))
        round->scope = SCOPE_CYCLE;
    load_amount(loader, node_get(node, "minimum"), &round->minimum);
    if (round->scope == SCOPE_CYCLE && item->is_interval)
        load_mistake(loader, node_get(node, "scope")->place, "use `event` or `stream`",
                     "covered time is rounded range by range, never over the cycle");
    return STATUS_OK;
}

static enum status read_intervals(struct loader *loader, const struct node *node, struct item *item) {
    if (node == NULL || node->kind != NODE_MAP)
        return STATUS_OK;
    item->is_interval = true;
    struct interval_rule *rule = &item->interval;
    rule->initial = rule->ahead = loader->zero_formula;
    TRY(load_formula(loader, node_get(node, "key"), VALUE_TEXT, &rule->key));
    TRY(load_formula(loader, node_get(node, "length"), VALUE_NUMBER, &rule->length));
    TRY(load_formula(loader, node_get(node, "segment"), VALUE_NUMBER, &rule->segment));
    TRY(load_formula(loader, node_get(node, "initial"), VALUE_NUMBER, &rule->initial));
    TRY(load_formula(loader, node_get(node, "from"), VALUE_NUMBER, &rule->from));
    TRY(load_formula(loader, node_get(node, "to"), VALUE_NUMBER, &rule->to));
    return load_formula(loader, node_get(node, "ahead"), VALUE_NUMBER, &rule->ahead);
}

static void read_free_quota(struct loader *loader, const struct node *node, struct item *item) {
    static const char *const names[] = {"cycle", "day", "month", "year", "once"};
    if (node == NULL || node->kind != NODE_MAP)
        return;
    item->has_free_quota = load_positive(loader, node_get(node, "quantity"), &item->free_quota);
    struct slice every = node_text(node, "every");
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(every, names[i]))
            item->free_every = (enum quota_every)i;
    bool is_paid = false;
    for (uint32_t i = 0; i < loader->tariff->funding_count; i++)
        is_paid = is_paid || loader->tariff->funding[i] == FUNDING_FREE;
    if (!is_paid)
        load_mistake(loader, node->key_place, "add `free` to `funding`", "nothing here is ever paid by `free`");
}

static void read_methods(struct loader *loader, const struct node *list, unsigned *ret_methods) {
    for (const struct node *node = node_list(list); node != NULL; node = node_list_next(list, node)) {
        enum funding funding;
        struct slice names[FUNDING_COUNT];
        for (enum funding i = 0; i < FUNDING_COUNT; i++)
            names[i] = slice_of(funding_name(i));
        if (!node_is_text(node))
            continue;
        if (funding_parse(node->text, &funding))
            *ret_methods |= 1U << funding;
        else
            load_unknown(loader, node, "method", (struct candidates){names, FUNDING_COUNT});
    }
}

static enum status read_price(struct loader *loader, const struct node *node, struct item *item) {
    const struct node *price = node_get(node, "price"), *billed_by = node_get(node, "billed_by");
    if (price != NULL && billed_by != NULL)
        load_mistake(loader, billed_by->key_place, "keep one of them", "`billed_by` beside `price`");
    if (price == NULL && billed_by == NULL)
        load_mistake(loader, node_head(node), "add `price` (a number, `free` or `unpublished`), or `billed_by`",
                     "`" SLICE_FMT "` has no price", SLICE_ARG(item->name));
    if (billed_by != NULL && item->round.is_set && item->round.scope == SCOPE_CYCLE)
        load_mistake(loader, billed_by->key_place, "round it by `event` or `stream`",
                     "what another product bills has no cycle to be rounded in");
    if (billed_by != NULL && billed_by->kind == NODE_SCALAR)
        item->billed_by = billed_by->text;
    bool is_empty = price != NULL && price->kind == NODE_SCALAR && price->text.len == 0;
    return price == NULL || is_empty ? STATUS_OK : load_prices(loader, price, item);
}

static bool item_is_simple(const struct loader *loader, const struct item *item) {
    if (item->version_count != 1 || item->versions[0].by_count != 0 || item->is_interval || item->has_free_quota)
        return false;
    const struct price_version *version = &item->versions[0];
    if (version->from_ns != INSTANT_MIN || version->until_ns != INSTANT_MAX || version->cells == NULL)
        return false;
    uint32_t rate = version->cells[0];
    return rate != INDEX_NONE && loader->tariff->rates[rate].mode == PRICE_FLAT;
}

static enum status read_item(struct loader *loader, const struct node *node, struct item *item) {
    item->name = node->key;
    item->title = node->key;
    item->place = node->key_place;
    item->quantity = loader->count_formula;
    item->billable = loader->billable_formula;
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    struct slice title = node_text(node, "title");
    item->title = title.len > 0 ? title : node->key;
    item->unit = node_text(node, "unit");
    item->origin = load_origin(node);
    TRY(load_formula(loader, node_get(node, "quantity"), VALUE_NUMBER, &item->quantity));
    TRY(load_formula(loader, node_get(node, "billable"), VALUE_FLAG, &item->billable));
    TRY(read_intervals(loader, node_get(node, "intervals"), item));
    TRY(read_round(loader, node_get(node, "round"), item));
    read_free_quota(loader, node_get(node, "free_quota"), item);
    read_methods(loader, node_get(node, "methods"), &loader->item_methods[item - loader->tariff->items]);
    TRY(read_price(loader, node, item));
    item->is_simple = item_is_simple(loader, item);
    return STATUS_OK;
}

uint32_t load_item_index(struct loader *loader, const struct node *node) {
    const struct tariff *tariff = loader->tariff;
    if (!node_is_text(node))
        return INDEX_NONE;
    uint32_t name = names_find(&tariff->item_names, node->text);
    if (name != NAMES_NONE)
        return tariff->item_of[name];
    load_unknown(loader, node, "item", (struct candidates){tariff->item_names.texts, tariff->item_names.count});
    return INDEX_NONE;
}

static enum status read_aliases(struct loader *loader, const struct node *aliases) {
    const struct node *node = aliases != NULL && aliases->kind == NODE_MAP ? aliases->first : NULL;
    for (; node != NULL; node = node->next) {
        uint32_t item = load_item_index(loader, node);
        bool is_new = false;
        TRY(load_name(loader, &loader->tariff->item_names, node, node->key, &is_new));
        if (is_new)
            loader->tariff->item_of[loader->tariff->item_names.count - 1] = item;
    }
    return STATUS_OK;
}

enum status load_items(struct loader *loader) {
    const struct node *items = node_get(loader->root, "items"), *aliases = node_get(loader->root, "aliases");
    struct tariff *tariff = loader->tariff;
    size_t count = items != NULL && items->kind == NODE_MAP ? items->count : 0;
    size_t alias_count = aliases != NULL && aliases->kind == NODE_MAP ? aliases->count : 0;
    tariff->items = ARENA_ARRAY(loader->plan, count + 1, struct item);
    tariff->item_of = ARENA_ARRAY(loader->plan, count + alias_count + 1, uint32_t);
    loader->item_methods = ARENA_ARRAY(loader->plan, count + 1, unsigned);
    if (tariff->items == NULL || tariff->item_of == NULL || loader->item_methods == NULL)
        return STATUS_NO_MEMORY;
    TRY(load_formula_text(loader, "count", VALUE_NUMBER, &loader->count_formula));
    TRY(load_formula_text(loader, "0", VALUE_NUMBER, &loader->zero_formula));
    TRY(load_formula_text(loader, "outcome = \"succeeded\" and status < 400", VALUE_FLAG, &loader->billable_formula));
    for (const struct node *node = count > 0 ? items->first : NULL; node != NULL; node = node->next) {
        bool is_new = false; /* keys that repeat inside one map were refused before */
        TRY(load_name(loader, &tariff->item_names, node, node->key, &is_new));
        if (!is_new)
            continue;
        tariff->item_of[tariff->item_count] = tariff->item_count;
        TRY(read_item(loader, node, &tariff->items[tariff->item_count]));
        tariff->item_count++;
    }
    return read_aliases(loader, aliases);
}
