/* SPDX-License-Identifier: Apache-2.0
 *
 * The documents that stand before tried work: the account, then its orders. */
#include "export/export.h"
#include "trial/session.h"

static enum status feed(const struct setup *setup, struct buf *line) {
    enum status status = line->failed ? STATUS_NO_MEMORY : session_feed(setup->session, buf_slice(line), NULL, NULL);
    buf_free(line);
    return status;
}

static enum status attribute_write(const struct setup *setup, const struct attribute *attribute,
                                   struct json_writer *writer) {
    const char *name = arena_copy(setup->arena, setup->set->attrs.names.texts[attribute->slot]).ptr;
    const struct value *value = &attribute->value;
    struct decimal number = DECIMAL_ZERO;
    if (name == NULL)
        return STATUS_NO_MEMORY;
    switch (value->kind) {
    case VALUE_NUMBER: /* it was read from a decimal */
        TRY(ratio_to_decimal(value->number, &number));
        json_decimal(writer, name, number);
        break;
    case VALUE_TEXT:
        json_member(writer, name, value->text);
        break;
    case VALUE_FLAG:
        json_key(writer, name);
        json_bool(writer, value->flag);
        break;
    case VALUE_INSTANT:
        json_instant(writer, name, value->instant_ns, NULL);
        break;
    case VALUE_NONE:
        break;
    }
    return STATUS_OK;
}

static enum status attributes_write(const struct setup *setup, struct json_writer *writer) {
    if (setup->attribute_count == 0)
        return STATUS_OK;
    json_key(writer, "attributes");
    json_object(writer);
    for (uint32_t i = 0; i < setup->attribute_count; i++)
        TRY(attribute_write(setup, &setup->attributes[i], writer));
    json_object_end(writer);
    return STATUS_OK;
}

/* Pay-as-you-go has to be on for its price to show. */
enum status setup_account(const struct setup *setup) {
    struct buf line = {0};
    struct json_writer writer = {.out = &line};
    struct event_head head = {.id = SLICE("account"),
                              .subject = setup->account,
                              .group = SLICE("tollgate"),
                              .name = SLICE("account"),
                              .at_ns = setup->at_ns - 2 * NS_PER_SECOND};
    struct slice name = arena_copy(setup->arena, setup->tariff->name);
    if (name.ptr == NULL)
        return STATUS_NO_MEMORY;
    event_begin(&head, &writer);
    json_key(&writer, "postpaid");
    json_object(&writer);
    json_key(&writer, name.ptr);
    json_bool(&writer, true);
    json_object_end(&writer);
    if (setup->is_concurrent) {
        json_key(&writer, "mode");
        json_object(&writer);
        json_member(&writer, name.ptr, SLICE("concurrent"));
        json_object_end(&writer);
    }
    enum status status = attributes_write(setup, &writer);
    if (status != STATUS_OK) {
        buf_free(&line);
        return status;
    }
    event_end(&writer);
    return feed(setup, &line);
}

enum status setup_order(const struct setup *setup, uint32_t index, const struct setup_order *order) {
    struct buf line = {0};
    struct json_writer writer = {.out = &line};
    struct event_head head = {.id = arena_printf(setup->arena, "order-%u", index + 1),
                              .subject = setup->account,
                              .group = SLICE("tollgate"),
                              .name = SLICE("order"),
                              .at_ns = setup->at_ns - NS_PER_SECOND};
    if (head.id.ptr == NULL)
        return STATUS_NO_MEMORY;
    event_begin(&head, &writer);
    json_member(&writer, "tariff", setup->tariff->name);
    json_member(&writer, "sku", order->product->sku);
    json_member(&writer, "quantity", order->quantity);
    if (order->periods > 0) {
        json_key(&writer, "periods");
        json_uint(&writer, order->periods);
        json_instant(&writer, "effective_at", order->start_ns, NULL);
        json_key(&writer, "sales"); /* ceilings of the console do not bind who talks to sales */
        json_bool(&writer, true);
    }
    event_end(&writer);
    return feed(setup, &line);
}
