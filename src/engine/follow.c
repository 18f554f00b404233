/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders that continue others: a renewal begins where a plan ends; a permanent upgrade makes a running plan larger
 * until its end, a temporary one until an earlier instant, and then the plan is again what it was. Rules: viapi 4b-11,
 * 4b-21, 4d-13. */
#include "engine/engine_private.h"

struct follow {
    struct engine *engine;
    const struct record *record;
    const struct holdings *holdings;
    const struct lot *plan; /* itself, not an upgrade of it */
    struct lot *lot;        /* the order's */
    struct order_price *price;
    bool is_refused;
};

static bool is_upgrade(const struct lot *lot) {
    return lot->link == LINK_UPGRADE || lot->link == LINK_TEMPORARY;
}

static bool follows(const struct lot *lot, const struct lot *plan) {
    return lot->link != LINK_NONE && !lot->is_refunded && slice_eq(lot->follows, plan->order_id);
}

const struct lot *engine_follower(const struct holdings *holdings, const struct lot *lot) {
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *other = &holdings->lots[i];
        bool is_on_top = is_upgrade(lot) && is_upgrade(other) && !other->is_refunded &&
                         slice_eq(lot->follows, other->follows) && other->number > lot->number;
        if (follows(other, lot) || is_on_top)
            return other;
    }
    return NULL;
}

PRINTF(2, 3)
static enum status refuse(struct follow *follow, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice reason = arena_vprintf(&follow->engine->arena, format, args);
    va_end(args);
    follow->is_refused = true;
    return reason.ptr ? engine_reject(follow->engine, follow->record, "order of %.*s refused: %.*s",
                                      SLICE_ARG(follow->lot->product->sku), SLICE_ARG(reason))
                      : STATUS_NO_MEMORY;
}

/* The larger a plan is permanently, the later it became so. */
static const struct lot *largest(const struct follow *follow) {
    const struct lot *found = follow->plan;
    for (uint32_t i = 0; i < follow->holdings->count; i++) {
        const struct lot *lot = &follow->holdings->lots[i];
        if (lot->link == LINK_UPGRADE && follows(lot, follow->plan) && decimal_cmp(lot->pieces, found->pieces) > 0)
            found = lot;
    }
    return found;
}

static enum status find_plan(struct follow *follow, const char *what) {
    struct slice id = follow->record->command->order.upgrades;
    const struct lot *lot = NULL;
    for (uint32_t i = 0; follow->holdings && i < follow->holdings->count && !lot; i++) {
        const struct lot *one = &follow->holdings->lots[i];
        if (slice_eq(one->order_id, id) && one->product == follow->lot->product && !one->is_refunded)
            lot = one;
    }
    if (!lot)
        return refuse(follow, "there is no order \"%.*s\" of it to %s; name the order's event id", SLICE_ARG(id), what);
    follow->plan = lot;
    for (uint32_t i = 0; is_upgrade(lot) && i < follow->holdings->count; i++)
        if (slice_eq(follow->holdings->lots[i].order_id, lot->follows))
            follow->plan = &follow->holdings->lots[i];
    return STATUS_OK;
}

/* ---- renewal ---- */

static enum status renew(struct follow *follow) {
    struct lot *lot = follow->lot;
    char pieces[DECIMAL_TEXT_MAX];
    struct decimal least = largest(follow)->pieces;
    for (uint32_t i = 0; i < follow->holdings->count; i++) {
        const struct lot *other = &follow->holdings->lots[i];
        if (other->link == LINK_RENEWAL && follows(other, follow->plan))
            return refuse(follow, "order \"%.*s\" renews it already; renew that one", SLICE_ARG(other->order_id));
    }
    decimal_format(least, pieces);
    if (decimal_cmp(lot->pieces, least) < 0 && !lot->product->downgrade_allowed)
        return refuse(follow,
                      "a renewal may not be smaller than the %s that it renews; order a new plan from its end "
                      "instead (data.effective_at)",
                      pieces);
    lot->link = LINK_RENEWAL;
    lot->follows = follow->plan->order_id;
    if (lot->effective_ns < follow->plan->expires_ns)
        lot->effective_ns = follow->plan->expires_ns;
    return instant_add(follow->record->tariff->zone, lot->effective_ns, lot->product->validity, lot->periods,
                       &lot->expires_ns);
}

/* ---- upgrades ---- */

/* How many periods of the plan have passed at an instant inside it, exactly: whole ones, and the share of the one that
 * runs. */
static enum status periods_at(const struct follow *follow, int64_t at_ns, struct ratio *ret_periods) {
    const struct lot *plan = follow->plan;
    const struct zone *zone = follow->record->tariff->zone;
    uint32_t low = 0, high = plan->periods; /* low have passed; high have not, or at_ns is the end */
    struct period period;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        int64_t start_ns;
        TRY(instant_add(zone, plan->effective_ns, plan->product->validity, middle, &start_ns));
        if (start_ns <= at_ns)
            low = middle;
        else
            high = middle;
    }
    TRY(instant_add(zone, plan->effective_ns, plan->product->validity, low, &period.start_ns));
    TRY(instant_add(zone, plan->effective_ns, plan->product->validity, (int64_t)low + 1, &period.end_ns));
    struct ratio share = period_share(period, (struct period){period.start_ns, at_ns});
    return ratio_add(ratio_from_int(low), share, ret_periods);
}

static enum status temporary_end(struct follow *follow) {
    const struct order_command *order = &follow->record->command->order;
    struct lot *lot = follow->lot;
    lot->expires_ns = order->until_ns;
    if (order->until_ns == INSTANT_MAX)
        TRY(instant_add(follow->record->tariff->zone, lot->effective_ns, lot->product->validity, order->periods,
                        &lot->expires_ns));
    char end[INSTANT_TEXT_MAX];
    instant_format(follow->plan->expires_ns, follow->record->tariff->zone, end);
    if (lot->expires_ns > follow->plan->expires_ns)
        return refuse(follow,
                      "it would end after the plan that it makes larger, at %s; say an earlier data.until, or "
                      "renew the plan first and upgrade the renewal",
                      end);
    for (uint32_t i = 0; i < follow->holdings->count; i++) {
        const struct lot *other = &follow->holdings->lots[i];
        bool is_beside = other->link == LINK_TEMPORARY && follows(other, follow->plan) &&
                         other->effective_ns < lot->expires_ns && lot->effective_ns < other->expires_ns;
        instant_format(other->expires_ns, follow->record->tariff->zone, end);
        if (is_beside)
            return refuse(follow,
                          "the temporary upgrade \"%.*s\" of this plan runs until %s; order the next one from "
                          "then (data.effective_at)",
                          SLICE_ARG(other->order_id), end);
    }
    return STATUS_OK;
}

/* When it begins and ends. */
static enum status upgrade_times(struct follow *follow) {
    const struct lot *plan = follow->plan;
    struct lot *lot = follow->lot;
    if (lot->effective_ns < plan->effective_ns)
        lot->effective_ns = plan->effective_ns;
    if (lot->effective_ns >= plan->expires_ns)
        return refuse(follow, "order \"%.*s\" has ended by then; order a new plan", SLICE_ARG(plan->order_id));
    if (lot->link == LINK_TEMPORARY)
        return temporary_end(follow);
    if (follow->record->command->order.periods > 1)
        return refuse(follow, "an upgrade runs to the end of its plan; leave data.periods away, or renew the plan");
    lot->expires_ns = plan->expires_ns;
    return STATUS_OK;
}

static enum status price_upgrade(struct follow *follow, struct decimal from) {
    const struct tariff *tariff = follow->record->tariff;
    struct lot *lot = follow->lot;
    struct ratio start, end, periods;
    char before[DECIMAL_TEXT_MAX], after[DECIMAL_TEXT_MAX], count[RATIO_TEXT_MAX];
    TRY(periods_at(follow, lot->effective_ns, &start));
    TRY(periods_at(follow, lot->expires_ns, &end));
    TRY(ratio_sub(end, start, &periods));
    decimal_format(from, before);
    decimal_format(lot->pieces, after);
    ratio_format(periods, count);
    follow->price->note = arena_printf(&follow->engine->arena, "from %s to %s %.*s, %s periods", before, after,
                                       SLICE_ARG(lot->product->unit), count);
    if (!follow->price->note.ptr)
        return STATUS_NO_MEMORY;
    return product_upgrade_price(tariff, lot->product, from, lot->pieces, periods, follow->price->slices,
                                 &follow->price->count);
}

static enum status upgrade(struct follow *follow) {
    const struct product *product = follow->lot->product;
    const struct record *record = follow->record;
    const struct lot *now = largest(follow);
    char pieces[DECIMAL_TEXT_MAX];
    decimal_format(now->pieces, pieces);
    follow->lot->link = record->command->order.is_temporary ? LINK_TEMPORARY : LINK_UPGRADE;
    follow->lot->follows = follow->plan->order_id;
    if (!product->upgrade_allowed)
        return refuse(follow, "the tariff allows no upgrade of it; order a second plan");
    TRY(upgrade_times(follow));
    if (follow->is_refused)
        return STATUS_OK;
    if (decimal_cmp(follow->lot->pieces, now->pieces) <= 0)
        return refuse(follow,
                      "an upgrade names what the plan has then, more than the %s that it has; a plan becomes "
                      "no smaller before its end",
                      pieces);
    if (follow->lot->effective_ns < now->effective_ns)
        return refuse(follow, "the plan has its %s only later; order the upgrade from then (data.effective_at)",
                      pieces);
    if (product->has_upgrade_price)
        return price_upgrade(follow, now->pieces);
    follow->is_refused = true;
    return engine_unpriced(follow->engine, record,
                           "order of %.*s: tariff %.*s does not publish what an upgrade costs; order a second plan, "
                           "renew, or say `upgrade: {price: difference}` in a tariff that extends it",
                           SLICE_ARG(product->sku), SLICE_ARG(record->tariff->name));
}

enum status engine_order_follow(struct engine *engine, uint32_t account, const struct record *record, struct lot *lot,
                                struct order_price *price, bool *ret_is_refused) {
    const struct subscription *subscription = engine_subscription_find(engine, account, record->tariff);
    struct follow follow = {.engine = engine,
                            .record = record,
                            .holdings = subscription ? &subscription->holdings : NULL,
                            .lot = lot,
                            .price = price};
    bool is_renewal = record->command->order.is_renewal;
    if (!is_renewal && lot->product->kind != PRODUCT_QPS)
        TRY(refuse(&follow, "only a QPS plan can be upgraded; order more beside it"));
    if (!follow.is_refused)
        TRY(find_plan(&follow, is_renewal ? "renew" : "upgrade"));
    if (!follow.is_refused)
        TRY(is_renewal ? renew(&follow) : upgrade(&follow));
    *ret_is_refused = follow.is_refused;
    return STATUS_OK;
}
