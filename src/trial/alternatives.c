/* SPDX-License-Identifier: Apache-2.0
 *
 * The other ways to pay for quoted work: packages, QPS plans, concurrency, next to pay-as-you-go. */
#include "trial/quote.h"

#define BREAK_EVEN_MAX ((wide)1000000000000)

const char *alternative_name(enum alternative_kind kind) {
    static const char *const names[] = {"payg", "package", "qps", "concurrency"};
    return names[kind];
}

/* One item of the quoted work. */
struct need {
    uint32_t item, rate;
    struct decimal quantity;
};

static enum status need_add(struct need *needs, uint32_t *count, struct need need) {
    for (uint32_t i = 0; i < *count; i++) {
        if (needs[i].item == need.item)
            return decimal_add(needs[i].quantity, need.quantity, &needs[i].quantity);
    }
    needs[(*count)++] = need;
    return STATUS_OK;
}

/* From the bills; what has no bill line (an unpublished price) from the record. */
static enum status needs_collect(const struct statement *payg, const struct record *record, struct arena *run,
                                 struct need **ret_needs, uint32_t *ret_count) {
    size_t most = record != NULL ? record->usage_count : 0;
    for (uint32_t i = 0; i < payg->bill_count; i++)
        most += payg->bills[i].line_count;
    struct need *needs = ARENA_ARRAY(run, most + 1, struct need);
    uint32_t count = 0;
    if (needs == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < payg->bill_count; i++) {
        for (uint32_t k = 0; k < payg->bills[i].line_count; k++) {
            const struct bill_line *line = &payg->bills[i].lines[k];
            if (line->item_index != INDEX_NONE)
                TRY(need_add(needs, &count, (struct need){line->item_index, line->rate, line->quantity}));
        }
    }
    for (uint32_t i = 0; record != NULL && count == 0 && i < record->usage_count; i++) {
        const struct usage *usage = &record->usages[i];
        TRY(need_add(needs, &count, (struct need){usage->item, usage->rate, usage->quantity}));
    }
    *ret_needs = needs;
    *ret_count = count;
    return STATUS_OK;
}

static const struct scope_entry *scope_find(const struct product *product, uint32_t item) {
    for (uint32_t i = 0; i < product->scope_count; i++) {
        if (product->scope[i].item == item)
            return &product->scope[i];
    }
    return NULL;
}

static enum status ratio_of_product(struct decimal a, struct decimal b, struct decimal c, struct decimal d,
                                    struct ratio *ret) {
    struct ratio value;
    TRY(ratio_mul(ratio_from_decimal(a), ratio_from_decimal(b), &value));
    TRY(ratio_div(value, ratio_from_decimal(c), &value));
    TRY(ratio_div(value, ratio_from_decimal(d), &value));
    *ret = value;
    return STATUS_OK;
}

/* price, units, factor and per are above zero. */
static enum status package_fill(const struct scope_entry *scope, const struct need *need, struct alternative *ret) {
    const struct product *product = ret->product;
    struct ratio pieces, covers, unit_price;
    TRY(ratio_of_product(product->price, scope->factor, product->units, scope->per, &unit_price));
    TRY(ratio_to_decimal_rounded(unit_price, DECIMAL_SCALE, ROUND_HALF_EVEN, &ret->unit_price));
    TRY(ratio_of_product(product->units, scope->per, scope->factor, decimal_from_int(1), &covers));
    TRY(ratio_of_product(need->quantity, scope->factor, product->units, scope->per, &pieces));
    ret->has_price = true;
    ret->has_need = need->quantity.pico > 0;
    pieces = ratio_round(pieces, ROUND_CEIL);
    TRY(ratio_to_decimal(pieces, &ret->needed));
    TRY(ratio_to_decimal(ratio_round(covers, ROUND_FLOOR), &ret->covers));
    TRY(ratio_mul(pieces, ratio_from_decimal(product->price), &unit_price));
    return ratio_to_decimal(unit_price, &ret->total);
}

static enum status payg_cost(const struct tariff *tariff, const struct rate *rate, wide units,
                             struct decimal *ret_cost) {
    struct rate_slice slices[RATE_SLICES_MAX];
    struct decimal quantity = {units * DECIMAL_ONE_PICO}, cost = DECIMAL_ZERO;
    uint32_t count;
    TRY(rate_slices(tariff, rate, quantity, DECIMAL_ZERO, quantity, slices, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(decimal_add(cost, slices[i].amount, &cost));
    *ret_cost = cost;
    return STATUS_OK;
}

/* Largest whole quantity that tier `index` prices; inside a tier cost never falls. */
static wide tier_end(const struct rate *rate, uint32_t index) {
    if (rate->mode == PRICE_FLAT || rate->tiers[index].is_last)
        return BREAK_EVEN_MAX;
    wide whole = rate->tiers[index].up_to.pico / DECIMAL_ONE_PICO;
    return rate->upper_inclusive || rate->mode == PRICE_GRADUATED ? whole : whole - 1;
}

/* Smallest whole quantity whose pay-as-you-go price reaches `price`; 0 when there is none below BREAK_EVEN_MAX. */
static enum status break_even_find(const struct tariff *tariff, const struct rate *rate, struct decimal price,
                                   wide *ret_units) {
    uint32_t tier_count = rate->mode == PRICE_FLAT ? 1 : rate->tier_count;
    struct decimal cost;
    wide low = 0;
    *ret_units = 0;
    for (uint32_t i = 0; i < tier_count; i++) {
        wide high = tier_end(rate, i);
        TRY(payg_cost(tariff, rate, high, &cost));
        if (decimal_cmp(cost, price) < 0) {
            low = high;
            continue;
        }
        while (high - low > 1) {
            wide middle = low + (high - low) / 2;
            TRY(payg_cost(tariff, rate, middle, &cost));
            if (decimal_cmp(cost, price) < 0)
                low = middle;
            else
                high = middle;
        }
        *ret_units = high;
        return STATUS_OK;
    }
    return STATUS_OK;
}

static bool rate_has_price(const struct rate *rate) {
    return rate->mode == PRICE_FLAT || rate->mode == PRICE_GRADUATED || rate->mode == PRICE_VOLUME;
}

static enum status plan_fill(const struct tariff *tariff, const struct need *need, struct alternative *ret) {
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    wide units = 0;
    TRY(product_price(tariff, ret->product, decimal_from_int(1), 1, &ret->unit_price, slices, &count));
    ret->has_price = true;
    if (need->rate != INDEX_NONE && rate_has_price(&tariff->rates[need->rate]))
        TRY(break_even_find(tariff, &tariff->rates[need->rate], ret->unit_price, &units));
    ret->has_break_even = units > 0;
    ret->break_even = (struct decimal){units * DECIMAL_ONE_PICO};
    return STATUS_OK;
}

static enum status payg_fill(const struct tariff *tariff, const struct statement *payg, const struct need *need,
                             struct alternative *ret) {
    const struct rate *rate = need->rate != INDEX_NONE ? &tariff->rates[need->rate] : NULL;
    ret->is_published = rate != NULL && rate->mode != PRICE_UNPUBLISHED;
    ret->has_need = ret->is_published;
    for (uint32_t i = 0; i < payg->bill_count; i++) {
        for (uint32_t k = 0; k < payg->bills[i].line_count; k++) {
            const struct bill_line *line = &payg->bills[i].lines[k];
            if (line->item_index == need->item)
                TRY(decimal_add(ret->total, line->amount, &ret->total));
        }
    }
    if (rate == NULL || !rate_has_price(rate) || decimal_is_zero(need->quantity))
        return STATUS_OK;
    /* What a unit costs in this quantity, so that it compares with a unit of a package. */
    TRY(decimal_price(ret->total, decimal_from_int(1), need->quantity, DECIMAL_SCALE, ROUND_HALF_EVEN,
                      &ret->unit_price));
    ret->has_price = true;
    return STATUS_OK;
}

static enum status product_alternative(const struct quote *quote, const struct need *need,
                                       const struct product *product, struct alternative *ret) {
    const struct scope_entry *scope = scope_find(product, need->item);
    static const enum alternative_kind kinds[] = {[PRODUCT_PACKAGE] = ALTERNATIVE_PACKAGE,
                                                  [PRODUCT_QPS] = ALTERNATIVE_QPS,
                                                  [PRODUCT_CONCURRENCY] = ALTERNATIVE_CONCURRENCY};
    ret->kind = kinds[product->kind];
    ret->product = product;
    ret->name = product->sku;
    ret->is_published = product->is_published;
    if (!product->is_published)
        return STATUS_OK;
    if (product->kind != PRODUCT_PACKAGE)
        return plan_fill(quote->tariff, need, ret);
    if (scope->factor.pico <= 0 || product->units.pico <= 0)
        return STATUS_OK;
    return package_fill(scope, need, ret);
}

static bool is_unpublished(const struct node *node) {
    return node != NULL && node->kind == NODE_SCALAR && slice_is(node->text, "unpublished");
}

/* A package that holds the item, but whose sizes or whose factor for it the vendor keeps to himself: it cannot be
 * bought or used before an overlay says more, so that no product tells of it. */
static bool is_kept_back(const struct node *package, struct slice item) {
    const struct node *scope = node_get(package, "scope");
    for (const struct node *entry = scope ? scope->first : NULL; entry != NULL; entry = entry->next) {
        if (scope->kind == NODE_MAP && slice_eq(entry->key, item))
            return is_unpublished(node_get(package, "sizes")) || is_unpublished(entry) ||
                   is_unpublished(node_get(entry, "factor"));
        if (scope->kind == NODE_LIST && slice_eq(entry->text, item))
            return is_unpublished(node_get(package, "sizes")) || is_unpublished(node_get(package, "factor"));
    }
    return false;
}

static uint32_t kept_back_add(const struct tariff *tariff, const struct need *need, struct alternative *list) {
    const struct node *packages = node_get(tariff->root, "packages");
    const struct item *item = &tariff->items[need->item];
    uint32_t count = 0;
    for (const struct node *package = packages ? packages->first : NULL; package != NULL; package = package->next) {
        if (is_kept_back(package, item->name))
            list[count++] = (struct alternative){
                .kind = ALTERNATIVE_PACKAGE, .name = package->key, .item = item, .quantity = need->quantity};
    }
    return count;
}

enum status quote_alternatives(const struct quote *quote, const struct statement *payg, const struct record *record,
                               struct alternative **ret_list, uint32_t *ret_count) {
    const struct tariff *tariff = quote->tariff;
    struct need *needs;
    uint32_t need_count, count = 0;
    TRY(needs_collect(payg, record, quote->run, &needs, &need_count));
    const struct node *packages = node_get(tariff->root, "packages");
    size_t most = (size_t)need_count * (tariff->product_count + 1u + (packages != NULL ? packages->count : 0));
    struct alternative *list = ARENA_ARRAY(quote->run, most + 1, struct alternative);
    if (list == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < need_count; i++) {
        const struct item *item = &tariff->items[needs[i].item];
        list[count] = (struct alternative){.item = item, .quantity = needs[i].quantity};
        TRY(payg_fill(tariff, payg, &needs[i], &list[count++]));
        for (uint32_t k = 0; k < tariff->product_count; k++) {
            const struct product *product = &tariff->products[k];
            if (product->kind > PRODUCT_CONCURRENCY || scope_find(product, needs[i].item) == NULL)
                continue;
            list[count] = (struct alternative){.item = item, .quantity = needs[i].quantity};
            TRY(product_alternative(quote, &needs[i], product, &list[count++]));
        }
        count += kept_back_add(tariff, &needs[i], &list[count]);
    }
    *ret_list = list;
    *ret_count = count;
    return STATUS_OK;
}

static void json_decimal_if(struct json_writer *writer, const char *key, bool is_there, struct decimal value) {
    if (is_there)
        json_decimal(writer, key, value);
    else
        json_optional(writer, key, SLICE(""));
}

void alternatives_json(const struct alternative *list, uint32_t count, struct json_writer *writer) {
    char period[32];
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        const struct alternative *one = &list[i];
        bool is_package = one->has_need && one->product != NULL;
        json_object(writer);
        json_member(writer, "kind", slice_of(alternative_name(one->kind)));
        json_optional(writer, "sku", one->name);
        json_member(writer, "item", one->item->name);
        json_key(writer, "published");
        json_bool(writer, one->is_published);
        json_decimal_if(writer, "unit_price", one->has_price, one->unit_price);
        json_member(writer, "unit", one->item->unit);
        json_decimal(writer, "quantity", one->quantity);
        json_decimal_if(writer, "needed", is_package, one->needed);
        json_decimal_if(writer, "total", one->has_need, one->total);
        json_decimal_if(writer, "covers", is_package, one->covers);
        json_decimal_if(writer, "break_even", one->has_break_even, one->break_even);
        size_t len = one->product != NULL ? duration_format(one->product->validity, period, sizeof period) : 0;
        json_optional(writer, "period", (struct slice){period, len});
        json_object_end(writer);
    }
    json_array_end(writer);
}
