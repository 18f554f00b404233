/* SPDX-License-Identifier: Apache-2.0
 *
 * What usage costs behind purchases, by the rating core: the account, its orders, its events, everything closed. */
#include <stdio.h>

#include "plan/plan.h"
#include "trial/session.h"

struct pricing {
    const struct plan_question *question;
    struct session session;
    struct arena *arena;
    int64_t start_ns; /* before everything */
};

/* The account of the plan and its purchases, before all usage. */
static enum status say_purchases(struct pricing *pricing, const struct plan *plan) {
    struct setup setup = {.session = &pricing->session,
                          .set = pricing->question->usage->set,
                          .tariff = pricing->question->usage->tariff,
                          .account = PLAN_ACCOUNT,
                          .at_ns = pricing->start_ns,
                          .is_concurrent = plan->is_concurrent,
                          .arena = pricing->arena};
    TRY(setup_account(&setup));
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct purchase *purchase = &plan->list[i];
        char pieces[24];
        snprintf(pieces, sizeof pieces, "%llu", (unsigned long long)purchase->pieces);
        struct setup_order order = {.product = purchase->product,
                                    .quantity = slice_of(pieces),
                                    .periods = purchase->periods,
                                    .start_ns = purchase->at_ns};
        TRY(setup_order(&setup, i, &order));
    }
    return STATUS_OK;
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
    TRY(say_purchases(pricing, plan));
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
    session_free(&pricing.session);
    return status;
}
