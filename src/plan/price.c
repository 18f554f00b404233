/* SPDX-License-Identifier: Apache-2.0
 *
 * What usage costs behind purchases, by the rating core: the account, its orders, its events, everything closed. */
#include <stdio.h>

#include "plan/plan.h"
#include "trial/session.h"

struct pricing {
    const struct plan_question *question;
    struct session session;
    struct buf text;
    struct arena *arena;
    int64_t start_ns; /* before everything */
};

static enum status say(struct pricing *pricing) {
    if (pricing->text.failed)
        return STATUS_NO_MEMORY;
    enum status status = session_feed(&pricing->session, buf_slice(&pricing->text), NULL, NULL);
    buf_clear(&pricing->text);
    return status;
}

static enum status say_account(struct pricing *pricing, bool is_concurrent) {
    struct json_writer writer = {.out = &pricing->text};
    struct event_head head = {.id = SLICE("account"),
                              .subject = PLAN_ACCOUNT,
                              .group = SLICE("tollgate"),
                              .name = SLICE("account"),
                              .at_ns = pricing->start_ns - 2 * NS_PER_SECOND};
    struct slice name = arena_copy(pricing->arena, pricing->question->usage->tariff->name);
    if (name.ptr == NULL)
        return STATUS_NO_MEMORY;
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
    event_end(&writer);
    return say(pricing);
}

static enum status say_order(struct pricing *pricing, uint32_t index, const struct purchase *purchase) {
    struct json_writer writer = {.out = &pricing->text};
    char number[24];
    struct event_head head = {.id = arena_printf(pricing->arena, "order-%u", index + 1),
                              .subject = PLAN_ACCOUNT,
                              .group = SLICE("tollgate"),
                              .name = SLICE("order"),
                              .at_ns = pricing->start_ns - NS_PER_SECOND};
    if (head.id.ptr == NULL)
        return STATUS_NO_MEMORY;
    event_begin(&head, &writer);
    json_member(&writer, "tariff", pricing->question->usage->tariff->name);
    json_member(&writer, "sku", purchase->product->sku);
    snprintf(number, sizeof number, "%llu", (unsigned long long)purchase->pieces);
    json_member(&writer, "quantity", slice_of(number));
    json_key(&writer, "periods");
    json_uint(&writer, purchase->periods);
    json_instant(&writer, "effective_at", purchase->at_ns, NULL);
    json_key(&writer, "sales"); /* ceilings of the console do not bind who talks to sales */
    json_bool(&writer, true);
    event_end(&writer);
    return say(pricing);
}

/* The document once more, of the plan's account, with an id of its own. */
static enum status say_event(struct pricing *pricing, uint32_t index, uint32_t copy) {
    struct session *session = &pricing->session;
    struct slice document = pricing->question->usage->documents[index];
    struct record *records;
    uint32_t count;
    char *padded = arena_alloc(&session->arena, document.len + JSON_PADDING);
    if (padded == NULL)
        return STATUS_NO_MEMORY;
    memcpy(padded, document.ptr, document.len);
    TRY(reader_read(session->reader, (struct slice){padded, document.len}, ++session->line, &session->arena, NULL,
                    &records, &count));
    for (uint32_t i = 0; i < count; i++) {
        records[i].subject = PLAN_ACCOUNT;
        records[i].subject_hash = names_hash(PLAN_ACCOUNT);
        records[i].hold = SLICE("");
        memcpy(records[i].identity, &index, sizeof index); /* whatever it was: once in this world */
        memcpy(records[i].identity + sizeof index, &copy, sizeof copy);
        memset(records[i].identity + sizeof index + sizeof copy, 0xA5,
               sizeof records[i].identity - sizeof index - sizeof copy);
    }
    return engine_apply(session->engine, records, count, NULL);
}

/* How often event `index` counts: at 120 percent every fifth twice, at 80 percent all but every fifth. */
static uint32_t times(uint64_t index, uint32_t percent) {
    return (uint32_t)((index + 1) * percent / 100 - index * percent / 100);
}

static enum status say_events(struct pricing *pricing) {
    for (uint32_t i = 0; i < pricing->question->usage->count; i++) {
        for (uint32_t copy = 0; copy < times(i, pricing->question->percent); copy++)
            TRY(say_event(pricing, i, copy));
        if (pricing->session.arena.total > (size_t)64 << 20)
            arena_reset(&pricing->session.arena); /* what was applied may go */
    }
    return STATUS_OK;
}

static enum status item_sums(const struct bill *bill, struct decimal *amounts) {
    for (uint32_t i = 0; i < bill->line_count; i++) {
        uint32_t item = bill->lines[i].item_index;
        if (item != INDEX_NONE)
            TRY(decimal_add(amounts[item], bill->lines[i].amount, &amounts[item]));
    }
    return STATUS_OK;
}

static enum status sums(const struct statement *statement, struct decimal *amounts, struct plan *plan) {
    plan->cost = plan->purchases = plan->billed = DECIMAL_ZERO;
    for (uint32_t i = 0; i < statement->bill_count; i++) {
        const struct bill *bill = &statement->bills[i];
        if (bill->kind == BILL_SETTLEMENT)
            continue;
        TRY(decimal_add(plan->cost, bill->exact_total, &plan->cost));
        TRY(decimal_add(plan->billed, bill->total, &plan->billed));
        if (bill->kind == BILL_USAGE && amounts != NULL)
            TRY(item_sums(bill, amounts));
        if (bill->kind == BILL_ORDERS)
            TRY(decimal_add(plan->purchases, bill->exact_total, &plan->purchases));
    }
    return STATUS_OK;
}

static enum status price_all(struct pricing *pricing, struct plan *plan, struct slice *ret_reason) {
    struct statement statement;
    TRY(say_account(pricing, plan->is_concurrent));
    for (uint32_t i = 0; i < plan->count; i++)
        TRY(say_order(pricing, i, &plan->list[i]));
    uint32_t orders = plan->count + 1;
    if (pricing->question->watch != NULL)
        engine_set_watch(pricing->session.engine, *pricing->question->watch);
    TRY(say_events(pricing));
    TRY(engine_close(pricing->session.engine, INSTANT_MAX, &statement));
    enum status status = sums(&statement, pricing->question->amounts, plan);
    for (uint32_t i = 0; i < statement.rejected_count && status == STATUS_OK; i++) {
        if (statement.rejected[i].line <= orders) {
            *ret_reason = arena_copy(pricing->arena, statement.rejected[i].reason);
            status = STATUS_CONFLICT;
        }
    }
    plan->unpaid = statement.unpriced_count;
    statement_free(&statement);
    return status;
}

enum status plan_price(const struct plan_question *question, struct plan *plan, struct arena *arena,
                       struct slice *ret_reason) {
    struct pricing pricing = {.question = question, .arena = arena, .start_ns = question->usage->first_ns};
    for (uint32_t i = 0; i < plan->count; i++)
        pricing.start_ns = plan->list[i].at_ns < pricing.start_ns ? plan->list[i].at_ns : pricing.start_ns;
    TRY(session_open(question->usage->set, &pricing.session));
    enum status status = price_all(&pricing, plan, ret_reason);
    buf_free(&pricing.text);
    session_free(&pricing.session);
    return status;
}
