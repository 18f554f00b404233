/* SPDX-License-Identifier: Apache-2.0
 *
 * What an order costs, slice by slice. */
#include "export/show.h"
#include "trial/quote.h"

bool order_price_needs_sales(const struct order_price *price) {
    return !decimal_is_zero(price->product->ceiling) && decimal_cmp(price->quantity, price->product->ceiling) > 0;
}

enum status order_price_fill(const struct tariff *tariff, struct order_price *price) {
    enum status status = product_price(tariff, price->product, price->quantity, price->periods, &price->amount,
                                       price->slices, &price->slice_count);
    price->is_published = status == STATUS_OK;
    return status == STATUS_MISSING ? STATUS_OK : status;
}

static void slices_json(const struct rate_slice *slices, uint32_t count, struct json_writer *writer) {
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        json_object(writer);
        json_decimal(writer, "quantity", slices[i].quantity);
        json_decimal(writer, "unit_price", slices[i].unit_price);
        json_decimal(writer, "amount", slices[i].amount);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void covers_json(const struct tariff *tariff, const struct product *product, struct json_writer *writer) {
    json_array(writer);
    for (uint32_t i = 0; i < product->scope_count; i++) {
        json_object(writer);
        json_member(writer, "item", tariff->items[product->scope[i].item].name);
        json_decimal(writer, "factor", product->scope[i].factor);
        json_decimal(writer, "per", product->scope[i].per);
        json_object_end(writer);
    }
    json_array_end(writer);
}

void order_price_json(const struct tariff *tariff, const struct order_price *price, struct json_writer *writer) {
    char period[32];
    size_t len = duration_format(price->product->validity, period, sizeof period);
    json_member(writer, "tariff", tariff->name);
    json_member(writer, "currency", slice_of(tariff->currency->code));
    json_member(writer, "sku", price->product->sku);
    json_member(writer, "kind", slice_of(product_kind_name(price->product->kind)));
    json_decimal(writer, "quantity", price->quantity);
    json_key(writer, "periods");
    json_uint(writer, price->periods);
    json_member(writer, "period", (struct slice){period, len});
    json_key(writer, "published");
    json_bool(writer, price->is_published);
    json_key(writer, "amount");
    if (price->is_published) {
        char text[DECIMAL_TEXT_MAX];
        json_text(writer, (struct slice){text, decimal_format(price->amount, text)});
    } else {
        json_null(writer);
    }
    json_key(writer, "slices");
    slices_json(price->slices, price->slice_count, writer);
    json_key(writer, "through_sales");
    json_bool(writer, order_price_needs_sales(price));
    json_key(writer, "covers");
    covers_json(tariff, price->product, writer);
    json_optional(writer, "source", price->product->origin.source);
}
