/* SPDX-License-Identifier: Apache-2.0
 *
 * Work rated before it happens: the account and its orders first, then the event, then everything closed. */
#include "trial/quote.h"

void quote_rated_free(struct quote_rated *rated) {
    statement_free(&rated->statement);
    session_free(&rated->session);
}

static void attribute_write(const struct quote *quote, const struct attribute *attribute, struct json_writer *writer) {
    const char *name = arena_copy(quote->run, quote->set->attrs.names.texts[attribute->slot]).ptr;
    const struct value *value = &attribute->value;
    struct decimal number = DECIMAL_ZERO;
    writer->out->failed = writer->out->failed || name == NULL;
    if (writer->out->failed)
        return;
    switch (value->kind) {
    case VALUE_NUMBER: /* it was read from a decimal */
        writer->out->failed = ratio_to_decimal(value->number, &number) != STATUS_OK;
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
}

/* Pay-as-you-go has to be on for its price to show. */
static void setup_account(const struct quote *quote, bool is_concurrent, struct buf *out) {
    struct json_writer writer = {.out = out};
    struct event_head head = {.id = SLICE("account"),
                              .subject = QUOTE_ACCOUNT,
                              .group = SLICE("tollgate"),
                              .name = SLICE("account"),
                              .at_ns = quote->at_ns - 2 * NS_PER_SECOND};
    struct slice name = arena_copy(quote->run, quote->tariff->name);
    event_begin(&head, &writer);
    json_key(&writer, "postpaid");
    json_object(&writer);
    json_key(&writer, name.ptr);
    json_bool(&writer, true);
    json_object_end(&writer);
    if (is_concurrent) {
        json_key(&writer, "mode");
        json_object(&writer);
        json_member(&writer, name.ptr, SLICE("concurrent"));
        json_object_end(&writer);
    }
    if (quote->attribute_count > 0) {
        json_key(&writer, "attributes");
        json_object(&writer);
        for (uint32_t i = 0; i < quote->attribute_count; i++)
            attribute_write(quote, &quote->attributes[i], &writer);
        json_object_end(&writer);
    }
    event_end(&writer);
}

static void setup_order(const struct quote *quote, uint32_t index, const struct quote_bought *bought, struct buf *out) {
    struct json_writer writer = {.out = out};
    struct slice id = arena_printf(quote->run, "order-%u", index + 1);
    struct event_head head = {.id = id,
                              .subject = QUOTE_ACCOUNT,
                              .group = SLICE("tollgate"),
                              .name = SLICE("order"),
                              .at_ns = quote->at_ns - NS_PER_SECOND};
    event_begin(&head, &writer);
    json_member(&writer, "tariff", quote->tariff->name);
    json_member(&writer, "sku", bought->product->sku);
    json_member(&writer, "quantity", bought->quantity);
    event_end(&writer);
}

static enum status rated_fill(const struct quote *quote, const struct quote_bought *bought, uint32_t count,
                              struct slice event, struct quote_rated *rated) {
    struct buf line = {0};
    bool is_concurrent = false;
    for (uint32_t i = 0; i < count; i++)
        is_concurrent = is_concurrent || bought[i].product->kind == PRODUCT_CONCURRENCY;
    setup_account(quote, is_concurrent, &line);
    enum status status = line.failed ? STATUS_NO_MEMORY : session_feed(&rated->session, buf_slice(&line), NULL, NULL);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        buf_clear(&line);
        setup_order(quote, i, &bought[i], &line);
        status = line.failed ? STATUS_NO_MEMORY : session_feed(&rated->session, buf_slice(&line), NULL, NULL);
    }
    buf_free(&line);
    TRY(status);
    TRY(session_feed(&rated->session, event, &rated->trace, &rated->record));
    return engine_close(rated->session.engine, INSTANT_MAX, &rated->statement);
}

enum status quote_rate(const struct quote *quote, const struct quote_bought *bought, uint32_t count, struct slice event,
                       struct quote_rated *ret_rated) {
    *ret_rated = (struct quote_rated){.trace = {.arena = quote->run}};
    TRY(session_open(quote->set, &ret_rated->session));
    enum status status = rated_fill(quote, bought, count, event, ret_rated);
    if (status != STATUS_OK)
        session_free(&ret_rated->session);
    return status;
}

void quote_json(const struct quote *quote, const struct quote_rated *rated, const struct alternative *list,
                uint32_t count, struct json_writer *writer) {
    struct export_options explain = {.explain = true};
    struct arena scratch = {0};
    const struct statement *statement = &rated->statement;
    json_member(writer, "tariff", quote->tariff->name);
    json_member(writer, "operation", quote->operation);
    json_instant(writer, "at", quote->at_ns, quote->tariff->zone);
    json_key(writer, "bills");
    json_array(writer);
    for (uint32_t i = 0; i < statement->bill_count; i++)
        export_bill_json(&statement->bills[i], NULL, &explain, &scratch, writer);
    json_array_end(writer);
    const struct notice *lists[] = {statement->unpriced, statement->rejected};
    uint32_t counts[] = {statement->unpriced_count, statement->rejected_count};
    for (size_t k = 0; k < 2; k++) {
        json_key(writer, k == 0 ? "unpriced" : "rejected");
        json_array(writer);
        for (uint32_t i = 0; i < counts[k]; i++)
            json_text(writer, lists[k][i].reason);
        json_array_end(writer);
    }
    json_key(writer, "steps");
    export_steps_json(&rated->trace, writer);
    json_key(writer, "alternatives");
    alternatives_json(list, count, writer);
    arena_free(&scratch);
}
