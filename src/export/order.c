/* SPDX-License-Identifier: Apache-2.0
 *
 * One order as it stands. Keys are an interface: they may be joined by new ones, never renamed. */
#include "export/export.h"

void export_order_json(const struct tariff *tariff, const struct lot *lot, struct decimal amount,
                       struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "order", lot->order_id);
    json_member(writer, "tariff", tariff->name);
    json_member(writer, "sku", lot->product->sku);
    json_decimal(writer, "quantity", lot->pieces);
    json_key(writer, "periods");
    json_uint(writer, lot->periods);
    json_member(writer, "currency", slice_of(tariff->currency->code));
    json_decimal(writer, "amount", amount);
    json_instant(writer, "effective_at", lot->effective_ns, tariff->zone);
    json_instant(writer, "expires_at", lot->expires_ns, tariff->zone);
    json_key(writer, "refunded");
    json_bool(writer, lot->is_refunded);
    json_object_end(writer);
}
