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

/* The record once more, of the plan's account, with an identity of its own: whatever it was, it is once in this world.
 * What happened many times just so is one record that is so many times as large. */
static enum status say_event(struct pricing *pricing, uint32_t index, uint32_t copy, uint64_t factor) {
    struct record record = *pricing->question->usage->events[index].record;
    struct arena *arena = &pricing->session.arena;
    record.subject = PLAN_ACCOUNT;
    record.subject_hash = names_hash(PLAN_ACCOUNT);
    record.hold = SLICE("");
    record.document = (struct slice){0};
    if (pricing->question->usage->is_volumes)
        record.work = NULL; /* the data is that of each of many */
    memset(record.identity, 0xA5, sizeof record.identity);
    memcpy(record.identity, &index, sizeof index);
    memcpy(record.identity + sizeof index, &copy, sizeof copy);
    if (factor > 1) {
        struct usage *usages = ARENA_ARRAY(arena, record.usage_count + (size_t)1, struct usage);
        if (usages == NULL)
            return STATUS_NO_MEMORY;
        for (uint32_t i = 0; i < record.usage_count; i++) {
            usages[i] = record.usages[i];
            TRY(decimal_price(usages[i].quantity, decimal_from_int((int64_t)factor), decimal_from_int(1), DECIMAL_SCALE,
                              ROUND_DOWN, &usages[i].quantity));
        }
        record.usages = usages;
    }
    return engine_apply(pricing->session.engine, &record, 1, NULL);
}

/* How often an event counts: at 120 percent every fifth twice, at 80 percent all but every fifth. */
static uint64_t times(const struct plan_event *event, struct plan_share share) {
    wide before = (wide)event->before * share.of / share.all;
    return (uint64_t)((wide)(event->before + event->weight) * share.of / share.all - before);
}

static enum status say_events(struct pricing *pricing) {
    const struct plan_question *question = pricing->question;
    for (uint32_t i = 0; i < question->usage->count; i++) {
        const struct plan_event *event = &question->usage->events[i];
        uint64_t count = times(event, question->share);
        if (event->weight > 1 && count > 0)
            TRY(say_event(pricing, i, 0, count));
        for (uint32_t copy = 0; event->weight == 1 && copy < count; copy++)
            TRY(say_event(pricing, i, copy, 1));
    }
    return STATUS_OK;
}

static enum status say_use(struct pricing *pricing) {
    struct session_use use = *pricing->question->use;
    use.account = PLAN_ACCOUNT;
    return session_use_apply(pricing->session.engine, &use);
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
    TRY(pricing->question->use != NULL ? say_use(pricing) : say_events(pricing));
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

/* A world of its own takes as long as a few events. */
enum { WORLD_WORK = 16 };

static enum status work_take(const struct plan_question *question) {
    struct plan_work *work = question->work;
    if (work == NULL)
        return STATUS_OK;
    work->done += WORLD_WORK + (question->use != NULL ? 1 : question->usage->count);
    return work->done > work->most ? STATUS_BUSY : STATUS_OK;
}

enum status plan_price(const struct plan_question *question, struct plan *plan, struct arena *arena,
                       struct slice *ret_reason) {
    struct pricing pricing = {.question = question, .arena = arena, .start_ns = question->usage->first_ns};
    TRY(work_take(question));
    if (question->use != NULL)
        pricing.start_ns = question->use->at_ns;
    for (uint32_t i = 0; i < plan->count; i++)
        pricing.start_ns = plan->list[i].at_ns < pricing.start_ns ? plan->list[i].at_ns : pricing.start_ns;
    TRY(session_open(question->usage->set, &pricing.session));
    enum status status = price_all(&pricing, plan, ret_reason);
    session_free(&pricing.session);
    return status;
}
