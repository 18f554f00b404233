/* SPDX-License-Identifier: Apache-2.0
 *
 * Work rated before it happens: the account and its orders first, then the event, then everything closed. */
#include "trial/quote.h"

void quote_rated_free(struct quote_rated *rated) {
    statement_free(&rated->statement);
    session_free(&rated->session);
}

static enum status rated_fill(const struct quote *quote, const struct quote_bought *bought, uint32_t count,
                              struct slice event, struct quote_rated *rated) {
    struct setup setup = {.session = &rated->session,
                          .set = quote->set,
                          .tariff = quote->tariff,
                          .account = QUOTE_ACCOUNT,
                          .at_ns = quote->at_ns,
                          .attributes = quote->attributes,
                          .attribute_count = quote->attribute_count,
                          .arena = quote->run};
    for (uint32_t i = 0; i < count; i++)
        setup.is_concurrent = setup.is_concurrent || bought[i].product->kind == PRODUCT_CONCURRENCY;
    TRY(setup_account(&setup));
    for (uint32_t i = 0; i < count; i++) {
        struct setup_order order = {.product = bought[i].product, .quantity = bought[i].quantity};
        TRY(setup_order(&setup, i, &order));
    }
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
