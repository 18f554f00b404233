/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody should know because time has passed: something ends or has ended, a bill asks for money, an account
 * spends many times what it did, or has fallen silent. Each is told once for each cause. Rules: docs/alerts.md. */
#include "engine/engine_private.h"

static enum status tell(struct engine *engine, uint32_t account, const struct tariff *tariff, struct alert alert) {
    alert.account = engine->account_names.texts[account];
    alert.tariff = tariff;
    return engine_alert(engine, alert);
}

/* ---- what ends ---- */

/* What runs for a time, and not until it is used up. */
static bool is_plan(const struct lot *lot) {
    return lot->product->kind != PRODUCT_PACKAGE && lot->product->kind != PRODUCT_GRANT;
}

/* INSTANT_MAX: its end is not told before, because it would be told at once. */
static enum status expiring_at(const struct tariff *tariff, const struct lot *lot, int64_t *ret_ns) {
    int64_t at_ns;
    *ret_ns = INSTANT_MAX;
    if (lot->product->expiring.count == 0)
        return STATUS_OK;
    TRY(instant_add(tariff->zone, lot->expires_ns, lot->product->expiring, -1, &at_ns));
    if (at_ns > lot->effective_ns && at_ns > lot->ordered_ns)
        *ret_ns = at_ns;
    return STATUS_OK;
}

enum status engine_expiry_plan(struct engine *engine, uint32_t account, const struct tariff *tariff,
                               const struct lot *lot) {
    struct duty duty = {.kind = DUTY_EXPIRY, .account = account, .tariff = tariff->index};
    TRY(expiring_at(tariff, lot, &duty.at_ns));
    if (duty.at_ns != INSTANT_MAX && !lot->told_expiring)
        TRY(agenda_add(&engine->agenda, duty));
    duty.at_ns = lot->expires_ns;
    return lot->told_expired ? STATUS_OK : agenda_add(&engine->agenda, duty);
}

/* Another one goes on from its end. */
static bool is_renewed(const struct holdings *holdings, const struct lot *lot) {
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *other = &holdings->lots[i];
        if (other->link == LINK_RENEWAL && !other->is_refunded && slice_eq(other->follows, lot->order_id))
            return true;
    }
    return false;
}

/* Nobody has to be told of the end of what is given back, renewed, never came into force, or ends with the plan that it
 * belongs to. */
static bool is_worth_telling(const struct holdings *holdings, const struct lot *lot) {
    if (lot->is_refunded || lot->is_lapsed || lot->link == LINK_UPGRADE || lot->link == LINK_TEMPORARY)
        return false;
    if (lot->product->kind == PRODUCT_LICENCE && !lot->is_activated && lot->product->activate_within.count > 0)
        return false;
    return !is_renewed(holdings, lot);
}

static enum status lot_tell(struct engine *engine, const struct duty *duty, struct lot *lot) {
    const struct tariff *tariff = engine->tariffs->list[duty->tariff];
    int64_t warn_ns;
    TRY(expiring_at(tariff, lot, &warn_ns));
    bool is_over = duty->at_ns >= lot->expires_ns, is_due = is_over ? !lot->told_expired : !lot->told_expiring;
    if (!is_due || (!is_over && duty->at_ns < warn_ns))
        return STATUS_OK;
    struct balance balance = lot_balance(lot, is_over ? lot->expires_ns : warn_ns);
    struct alert alert = {.order_id = lot->order_id,
                          .sku = lot->product->sku,
                          .at_ns = is_over ? lot->expires_ns : warn_ns,
                          .remaining = is_over ? balance.expired : balance.remaining};
    alert.kind = is_over ? ALERT_PLAN_EXPIRED : ALERT_PLAN_EXPIRING;
    if (!is_plan(lot)) {
        alert.kind = is_over ? ALERT_PACKAGE_EXPIRED : ALERT_PACKAGE_EXPIRING;
        if (alert.remaining.pico <= 0 && !(lot->product->restores && !is_over))
            return STATUS_OK; /* all of it was used */
    } else {
        alert.remaining = DECIMAL_ZERO;
    }
    *(is_over ? &lot->told_expired : &lot->told_expiring) = true;
    return tell(engine, duty->account, tariff, alert);
}

static enum status holdings_tell(struct engine *engine, const struct duty *duty, const struct tariff *tariff) {
    struct subscription *subscription = engine_subscription_find(engine, duty->account, tariff);
    for (uint32_t i = 0; subscription && i < subscription->holdings.count; i++)
        if (is_worth_telling(&subscription->holdings, &subscription->holdings.lots[i]))
            TRY(lot_tell(engine, duty, &subscription->holdings.lots[i]));
    return STATUS_OK;
}

/* A lot may have gone to a tariff that stands for the one under which it was sold. */
enum status engine_expiry(struct engine *engine, const struct duty *duty) {
    const struct tariff *tariff = engine->tariffs->list[duty->tariff];
    if (!engine_subscription_find(engine, duty->account, tariff))
        return STATUS_INVALID;
    for (uint32_t i = 0; i < engine->tariffs->count; i++)
        if (engine_is_related(engine, duty->account, tariff, engine->tariffs->list[i]))
            TRY(holdings_tell(engine, duty, engine->tariffs->list[i]));
    return STATUS_OK;
}

/* ---- bills ---- */

enum status engine_bill_alert(struct engine *engine, uint32_t account, const struct bill *bill) {
    if (!bill->tariff->tells_bills || decimal_is_zero(bill->total))
        return STATUS_OK;
    struct slice number =
        arena_printf(&engine->arena, "%.*s-%llu", SLICE_ARG(bill->tariff->name), (unsigned long long)bill->number);
    if (!number.ptr)
        return STATUS_NO_MEMORY;
    return tell(
        engine, account, bill->tariff,
        (struct alert){.kind = ALERT_BILL_CLOSED, .item = number, .at_ns = bill->closed_ns, .remaining = bill->total});
}

/* ---- what days came to: the cycles of a day together, so that nights are no news ---- */

enum { LEAST_DAYS = 3 }; /* of fewer nobody knows a mean or a habit */

enum status engine_history(struct engine *engine, uint32_t account, const struct tariff *tariff,
                           struct history **ret_history) {
    struct history **place = &engine->accounts[account].histories;
    while (*place && (*place)->tariff->index < tariff->index)
        place = &(*place)->next;
    if (!*place || (*place)->tariff != tariff) {
        struct history *history = ARENA_NEW(&engine->arena, struct history);
        if (!history)
            return STATUS_NO_MEMORY;
        *history = (struct history){.tariff = tariff, .next = *place, .until_ns = INSTANT_MIN, .start_ns = INSTANT_MIN};
        *place = history;
    }
    *ret_history = *place;
    return STATUS_OK;
}

static enum status day_of(const struct tariff *tariff, int64_t at_ns, struct period *ret_day) {
    return cycle_of(tariff->cycle == CYCLE_HOUR ? CYCLE_DAY : tariff->cycle, tariff->zone, 0, at_ns, ret_day);
}

static bool is_jump(const struct history *history, struct decimal day) {
    int32_t times = history->tariff->watch.jump_times;
    wide sum = 0, limit, spent;
    for (uint32_t i = 0; i < history->count; i++)
        if (wide_add(sum, history->totals[i].pico, &sum) != STATUS_OK)
            return false; /* beyond all amounts that can be asked for */
    return times > 0 && history->count >= LEAST_DAYS && wide_mul(sum, times, &limit) == STATUS_OK &&
           wide_mul(day.pico, history->count, &spent) == STATUS_OK && spent > limit;
}

static bool has_usage(const struct bill *bill) {
    for (uint32_t i = 0; i < bill->line_count; i++)
        if (!bill->lines[i].is_adjustment)
            return true;
    return false;
}

/* Told when the sum of the day passes the limit, which it does once. */
static enum status spending_watch(struct engine *engine, uint32_t account, const struct bill *bill, int64_t day_ns,
                                  struct history *history) {
    if (history->start_ns != day_ns && history->start_ns != INSTANT_MIN) {
        history->totals[history->place] = history->sum;
        history->place = (history->place + 1) % HISTORY_DAYS;
        history->count += history->count < HISTORY_DAYS;
    }
    struct decimal before = history->start_ns == day_ns ? history->sum : DECIMAL_ZERO;
    TRY(decimal_add(before, bill->exact_total, &history->sum));
    history->start_ns = day_ns;
    if (is_jump(history, before) || !is_jump(history, history->sum))
        return STATUS_OK;
    return tell(engine, account, bill->tariff,
                (struct alert){.kind = ALERT_SPEND_JUMP,
                               .at_ns = bill->cycle.end_ns,
                               .threshold = decimal_from_int(bill->tariff->watch.jump_times),
                               .remaining = history->sum,
                               .count = history->count});
}

enum status engine_watch(struct engine *engine, uint32_t account, const struct bill *bill) {
    struct history *history;
    struct period day;
    TRY(engine_history(engine, account, bill->tariff, &history));
    TRY(day_of(bill->tariff, bill->cycle.start_ns, &day));
    if (has_usage(bill) && history->until_ns != day.end_ns) {
        bool goes_on = history->until_ns == day.start_ns && !history->is_silent;
        if (history->streak < LEAST_DAYS || !goes_on)
            history->streak = goes_on ? history->streak + 1 : 1;
        history->until_ns = day.end_ns;
        history->is_silent = false;
        engine->is_watched = engine->is_watched || history->streak >= LEAST_DAYS;
    }
    return bill->exact_total.pico > 0 ? spending_watch(engine, account, bill, day.start_ns, history) : STATUS_OK;
}

enum status engine_watch_next(struct engine *engine, uint32_t cycle) {
    const struct cycle *closed = &engine->cycles[cycle];
    struct period day;
    if (!engine->is_watched || engine->is_stating)
        return STATUS_OK;
    engine->is_watched = false;
    if (closed->tariff->watch.silent_days == 0)
        return STATUS_OK;
    TRY(day_of(closed->tariff, closed->period.start_ns, &day));
    for (int32_t i = 0; i < closed->tariff->watch.silent_days; i++)
        TRY(day_of(closed->tariff, day.end_ns, &day));
    return agenda_add(
        &engine->agenda,
        (struct duty){.at_ns = day.end_ns, .kind = DUTY_SILENCE, .tariff = closed->tariff->index, .ref = cycle});
}

enum status engine_silence(struct engine *engine, const struct duty *duty) {
    const struct cycle *last = &engine->cycles[duty->ref];
    struct history *history;
    struct period day;
    TRY(day_of(last->tariff, last->period.start_ns, &day));
    for (uint64_t i = 0; i < last->billed_count; i++) {
        uint32_t account = last->billed[i].key.account;
        if (i > 0 && account == last->billed[i - 1].key.account)
            continue;
        TRY(engine_history(engine, account, last->tariff, &history));
        if (history->until_ns != day.end_ns || history->streak < LEAST_DAYS || history->is_silent)
            continue;
        history->is_silent = true;
        TRY(tell(engine, account, last->tariff, (struct alert){.kind = ALERT_SUDDEN_ZERO, .at_ns = duty->at_ns}));
    }
    return STATUS_OK;
}
