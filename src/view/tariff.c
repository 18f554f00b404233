/* SPDX-License-Identifier: Apache-2.0
 *
 * A tariff in a list; the whole of one is export/show.h's. */
#include "view/view.h"

void view_tariff_row_json(const struct tariff *tariff, struct slice file, struct json_writer *writer) {
    static const char *const keys[] = {"items", "operations", "products", "prices"};
    uint32_t counts[] = {tariff->item_count, tariff->operation_count, tariff->product_count, tariff->rate_count};
    json_object(writer);
    json_member(writer, "name", tariff->name);
    json_member(writer, "title", tariff->title);
    json_member(writer, "currency", slice_of(tariff->currency->code));
    json_member(writer, "zone", slice_of(zone_name(tariff->zone)));
    json_member(writer, "cycle", slice_of(cycle_kind_name(tariff->cycle)));
    json_member(writer, "file", file);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_key(writer, keys[i]);
        json_uint(writer, counts[i]);
    }
    json_object_end(writer);
}

void view_difference_json(const struct book_difference *row, struct json_writer *writer) {
    const struct zone *zone = row->tariff->zone;
    struct decimal difference;
    json_object(writer);
    json_member(writer, "account", row->account);
    json_member(writer, "tariff", row->tariff->name);
    json_member(writer, "currency", slice_of(row->tariff->currency->code));
    json_key(writer, "cycle");
    json_object(writer);
    json_instant(writer, "start", row->cycle.start_ns, zone);
    json_instant(writer, "end", row->cycle.end_ns, zone);
    json_object_end(writer);
    json_key(writer, "closed");
    json_bool(writer, row->is_closed);
    json_member(writer, "item", row->item);
    json_decimal(writer, "before", row->before);
    json_decimal(writer, "after", row->after);
    if (decimal_sub(row->after, row->before, &difference) == STATUS_OK)
        json_decimal(writer, "difference", difference);
    else
        json_member_null(writer, "difference");
    json_object_end(writer);
}
