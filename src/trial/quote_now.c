/* SPDX-License-Identifier: Apache-2.0
 *
 * What work would cost an account as it is now: the account is cut out of the state twice, once as it is and once with
 * the event in it, and both are closed. */
#include "export/show.h"
#include "trial/quote.h"

#define CHARGES_MAX 256 /* that are listed; sums hold of all */

struct charging {
    const struct quote *quote;
    struct quote_now *now;
};

/* What comes of no event, but of the close, is in the sums alone. */
static enum status charge_take(void *context, const struct charge_view *charge) {
    struct charging *charging = context;
    struct quote_now *now = charging->now;
    if (!charge->operation || decimal_is_zero(charge->quantity) || now->charge_count == CHARGES_MAX)
        return STATUS_OK;
    now->charges[now->charge_count++] =
        (struct quote_charge){charge->tariff, charge->rate, charge->funding, charge->quantity};
    return STATUS_OK;
}

static enum status usage_total(struct engine *part, const struct quote *quote, struct decimal *ret_total) {
    struct statement statement;
    TRY(engine_close(part, INSTANT_MAX, &statement));
    struct decimal total = DECIMAL_ZERO;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++) {
        const struct bill *bill = &statement.bills[i];
        if (bill->kind == BILL_USAGE && bill->tariff == quote->tariff)
            status = decimal_add(total, bill->exact_total, &total);
    }
    statement_free(&statement);
    *ret_total = total;
    return status;
}

static enum status event_apply(struct engine *part, const struct quote *quote, struct slice event,
                               struct quote_now *now) {
    static const uint8_t key[16] = {0}; /* nobody else feeds this engine */
    struct reader *reader;
    struct record *records;
    uint32_t count;
    char *padded = arena_alloc(quote->run, event.len + JSON_PADDING);
    if (!padded)
        return STATUS_NO_MEMORY;
    memcpy(padded, event.ptr, event.len);
    TRY(reader_new(quote->set, key, &reader));
    enum status status = reader_read(reader, (struct slice){padded, event.len}, 1, quote->run, NULL, &records, &count);
    if (status == STATUS_OK && count == 1)
        status = engine_answer(part, records, 1, &now->reply, NULL);
    reader_free(reader);
    if (status != STATUS_OK || now->reply.reason.len == 0)
        return status;
    now->reply.reason = arena_copy(quote->run, now->reply.reason);
    return now->reply.reason.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status quote_now_rate(const struct engine *engine, uint32_t account, const struct quote *quote, struct slice event,
                           struct quote_now *ret_now) {
    struct charging charging = {quote, ret_now};
    struct engine *part;
    *ret_now = (struct quote_now){.charges = ARENA_ARRAY(quote->run, CHARGES_MAX, struct quote_charge)};
    if (!ret_now->charges)
        return STATUS_NO_MEMORY;
    TRY(engine_part(engine, account, &part));
    enum status status = usage_total(part, quote, &ret_now->before);
    engine_free(part);
    TRY(status);
    TRY(engine_part(engine, account, &part));
    engine_set_watch(part, (struct charge_watch){.charged = charge_take, .context = &charging});
    status = event_apply(part, quote, event, ret_now);
    engine_set_watch(part, (struct charge_watch){.charged = NULL});
    if (status == STATUS_OK)
        status = usage_total(part, quote, &ret_now->after);
    engine_free(part);
    return status;
}

void quote_now_json(const struct quote *quote, const struct quote_now *now, struct json_writer *writer) {
    struct decimal difference = DECIMAL_ZERO;
    bool is_exact = decimal_sub(now->after, now->before, &difference) == STATUS_OK;
    json_member(writer, "outcome", slice_of(outcome_name(now->reply.outcome)));
    json_optional(writer, "reason", now->reply.reason);
    json_member(writer, "tariff", quote->tariff->name);
    json_member(writer, "currency", slice_of(quote->tariff->currency->code));
    json_decimal(writer, "before", now->before);
    json_decimal(writer, "after", now->after);
    if (is_exact)
        json_decimal(writer, "difference", difference);
    else
        json_member_null(writer, "difference");
    json_key(writer, "charges");
    json_array(writer);
    for (uint32_t i = 0; i < now->charge_count; i++) {
        const struct quote_charge *charge = &now->charges[i];
        const struct item *item = &charge->tariff->items[charge->rate->item];
        json_object(writer);
        json_member(writer, "item", item->name);
        json_optional(writer, "cell", cell_text(charge->tariff, charge->rate, quote->run));
        json_member(writer, "paid_by", slice_of(funding_name(charge->funding)));
        json_decimal(writer, "quantity", charge->quantity);
        json_member(writer, "unit", item->unit);
        json_object_end(writer);
    }
    json_array_end(writer);
}
