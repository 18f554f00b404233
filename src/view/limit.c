/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of an account as JSON: what was bought, what everybody has, what is taken now. */
#include "export/show.h"
#include "view/view.h"

static void count_json(struct json_writer *writer, const char *key, uint64_t count) {
    json_key(writer, key);
    json_uint(writer, count);
}

static void items_json(const struct view_limit *limit, struct json_writer *writer) {
    json_key(writer, "items");
    json_array(writer);
    for (uint32_t i = 0; i < limit->product->scope_count; i++)
        json_text(writer, limit->tariff->items[limit->product->scope[i].item].name);
    json_array_end(writer);
}

static bool is_valid(const struct lot *lot, const struct view_limit *limit) {
    return lot->product->kind == limit->product->kind && slice_eq(lot->product->family, limit->product->family) &&
           !lot->is_refunded && limit->now_ns >= lot->ordered_ns && limit->now_ns >= lot->effective_ns &&
           limit->now_ns < lot->expires_ns;
}

static void orders_json(const struct view *view, uint32_t account, const struct view_limit *limit,
                        struct json_writer *writer) {
    struct subscription_view subscription = {.lot_count = 0};
    json_key(writer, "orders");
    json_array(writer);
    if (!engine_subscription_view(view->engine, account, limit->tariff, &subscription))
        subscription.lot_count = 0;
    for (uint32_t i = 0; i < subscription.lot_count; i++) {
        const struct lot *lot = &subscription.lots[i];
        if (!is_valid(lot, limit))
            continue;
        json_object(writer);
        json_member(writer, "order", lot->order_id);
        json_member(writer, "sku", lot->product->sku);
        json_decimal(writer, "pieces", lot->pieces);
        json_instant(writer, "expires_at", lot->expires_ns, limit->tariff->zone);
        json_object_end(writer);
    }
    json_array_end(writer);
}

void view_limit_json(const struct view *view, uint32_t account, const struct view_limit *limit,
                     struct json_writer *writer) {
    const struct product *product = limit->product;
    json_object(writer);
    json_member(writer, "tariff", limit->tariff->name);
    json_member(writer, "kind", slice_of(product_kind_name(product->kind)));
    json_member(writer, "family", product->family);
    items_json(limit, writer);
    count_json(writer, "limit", limit->limit);
    count_json(writer, "taken", limit->taken);
    count_json(writer, "remaining", limit->taken < limit->limit ? limit->limit - limit->taken : 0);
    if (product->has_default_limit)
        json_decimal(writer, "default", product->default_limit);
    else
        json_member_null(writer, "default");
    orders_json(view, account, limit, writer);
    json_object_end(writer);
}
