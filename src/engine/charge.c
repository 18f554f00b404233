/* SPDX-License-Identifier: Apache-2.0
 *
 * Who pays: a metered quantity goes through the tariff's deduction order, and each part into its cell. */
#include "engine/engine_private.h"

enum status engine_quota_start(const struct tariff *tariff, enum quota_every every, struct period period, int64_t at_ns,
                               int64_t *ret_start) {
    switch (every) {
    case EVERY_ONCE:
        period.start_ns = INSTANT_MIN;
        break;
    case EVERY_CYCLE:
        break;
    case EVERY_DAY:
        TRY(cycle_of(CYCLE_DAY, tariff->zone, 0, at_ns, &period));
        break;
    case EVERY_MONTH:
        TRY(cycle_of(CYCLE_MONTH, tariff->zone, 0, at_ns, &period));
        break;
    case EVERY_YEAR: {
        struct civil civil = {.year = zone_civil(tariff->zone, at_ns).year, .month = 1, .day = 1};
        TRY(zone_instant(tariff->zone, civil, &period.start_ns));
        break;
    }
    }
    *ret_start = period.start_ns;
    return STATUS_OK;
}

enum status engine_quota(struct subscription *subscription, const struct tariff *tariff, uint32_t item,
                         struct period cycle, int64_t at_ns, struct quota_use **ret_use) {
    int64_t start;
    TRY(engine_quota_start(tariff, tariff->items[item].free_every, cycle, at_ns, &start));
    for (uint32_t i = subscription->quota_count; i > 0; i--) {
        *ret_use = &subscription->quotas[i - 1];
        if ((*ret_use)->item == item && (*ret_use)->start_ns == start)
            return STATUS_OK;
    }
    void *list = subscription->quotas;
    enum status status =
        list_grow(&list, subscription->quota_count, &subscription->quota_cap, sizeof *subscription->quotas);
    subscription->quotas = list;
    TRY(status);
    *ret_use = &subscription->quotas[subscription->quota_count++];
    **ret_use = (struct quota_use){.item = item, .start_ns = start};
    return STATUS_OK;
}

/* The free units of an item that come before everything else. */
static enum status take_quota(struct engine *engine, const struct charge *charge, struct decimal *left,
                              struct decimal *ret_taken) {
    const struct item *item = &charge->tariff->items[charge->item];
    struct subscription *subscription;
    TRY(engine_subscription(engine, charge->account, charge->tariff, &subscription));
    struct quota_use *use;
    TRY(engine_quota(subscription, charge->tariff, charge->item, engine->cycles[charge->cycle].period, charge->at_ns,
                     &use));
    wide rest = item->free_quota.pico - use->used_pico - use->held_pico;
    wide taken = rest < left->pico ? rest : left->pico;
    use->used_pico += taken;
    left->pico -= taken;
    ret_taken->pico = taken;
    return STATUS_OK;
}

static struct cell_key part_key(const struct engine *engine, const struct charge *charge, enum funding funding) {
    return (struct cell_key){charge->account, engine_meter(engine, charge->tariff, charge->item, charge->rate),
                             funding};
}

static enum status add_part(struct engine *engine, const struct charge *charge, enum funding funding,
                            struct decimal quantity) {
    return engine_add(engine, charge->cycle, part_key(engine, charge, funding), quantity);
}

static void trace_part(struct trace *trace, const struct charge *charge, const struct part *part) {
    if (!trace)
        return;
    char quantity[DECIMAL_TEXT_MAX];
    decimal_format(part->quantity, quantity);
    const struct item *item = &charge->tariff->items[charge->item];
    if (!part->lot) {
        trace_add(trace, "funding", (struct slice){0}, "%s %.*s of %.*s: %s", quantity, SLICE_ARG(item->unit),
                  SLICE_ARG(item->name), funding_name(part->funding));
        return;
    }
    const struct product *product = part->lot->product;
    trace_add(trace, "funding", product->origin.source, "%s %.*s of %.*s: %s, order %.*s (%.*s)", quantity,
              SLICE_ARG(item->unit), SLICE_ARG(item->name), funding_name(part->funding), SLICE_ARG(part->lot->order_id),
              SLICE_ARG(product->sku));
    if (product->kind != PRODUCT_PACKAGE && product->kind != PRODUCT_GRANT)
        return;
    decimal_format(lot_balance(part->lot, charge->at_ns).remaining, quantity);
    trace_add(trace, "balance", (struct slice){0}, "%s %.*s of order %.*s remain", quantity, SLICE_ARG(product->unit),
              SLICE_ARG(part->lot->order_id));
}

/* What the tier position means for this event alone; the bill prices the sum. */
static enum status trace_amount(struct engine *engine, const struct charge *charge, struct decimal quantity,
                                struct trace *trace) {
    const struct rate *rate = &charge->tariff->rates[charge->rate];
    const char *code = charge->tariff->currency->code;
    char text[DECIMAL_TEXT_MAX], price[DECIMAL_TEXT_MAX], per[DECIMAL_TEXT_MAX], amount[DECIMAL_TEXT_MAX];
    decimal_format(quantity, text);
    if (rate->mode == PRICE_VOLUME) {
        trace_add(trace, "tier", rate->origin.source,
                  "%s at the price of the tier that the cycle's total reaches: known when it closes", text);
        return STATUS_OK;
    }
    struct cell_key key = {charge->account, engine_meter(engine, charge->tariff, charge->item, charge->rate),
                           FUNDING_PAYG};
    struct decimal before;
    TRY(engine_sum(engine, charge->cycle, key, &before));
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    TRY(rate_slices(charge->tariff, rate, quantity, before, before, slices, &count));
    for (uint32_t i = 0; i < count; i++) {
        decimal_format(slices[i].quantity, text);
        decimal_format(slices[i].unit_price, price);
        decimal_format(slices[i].per, per);
        decimal_format(slices[i].amount, amount);
        trace_add(trace, "amount", rate->origin.source, "%s x %s %s per %s = %s %s%s", text, price, code, per, amount,
                  code,
                  slices[i].has_tier ? " (its slice of the graduated price, counted from the cycle's start)" : "");
    }
    return STATUS_OK;
}

/* The first time is told. */
static enum status unfunded_count(struct engine *engine, const struct charge *charge) {
    struct account *account = &engine->accounts[charge->account];
    if (account->unfunded++ == 0)
        account->unfunded_ns = charge->at_ns;
    if (account->told_unfunded)
        return STATUS_OK;
    account->told_unfunded = true;
    return engine_alert(engine, (struct alert){.kind = ALERT_UNFUNDED,
                                               .account = engine->account_names.texts[charge->account],
                                               .at_ns = charge->at_ns,
                                               .count = account->unfunded});
}

/* Why a quantity is not charged: nothing may pay for it, or its price is not known. */
static enum status charge_refuse(struct engine *engine, const struct charge *charge, struct decimal left,
                                 const char *refusal) {
    const struct tariff *tariff = charge->tariff;
    const struct item *item = &tariff->items[charge->item];
    char quantity[DECIMAL_TEXT_MAX];
    decimal_format(left, quantity);
    if (!refusal)
        return engine_unpriced(
            engine, charge->record,
            "%s %.*s of %.*s: tariff %.*s does not publish this price; give it in a tariff that extends it", quantity,
            SLICE_ARG(item->unit), SLICE_ARG(item->name), SLICE_ARG(tariff->name));
    TRY(unfunded_count(engine, charge));
    return engine_reject(engine, charge->record, "nothing pays for %s %.*s of %.*s under %.*s: %s", quantity,
                         SLICE_ARG(item->unit), SLICE_ARG(item->name), SLICE_ARG(tariff->name), refusal);
}

/* Pay-as-you-go, or the reason why not. */
static enum status charge_rest(struct engine *engine, const struct charge *charge, struct decimal left,
                               const char *refusal, struct trace *trace) {
    if (refusal || charge->tariff->rates[charge->rate].mode == PRICE_UNPUBLISHED)
        return charge_refuse(engine, charge, left, refusal);
    if (trace) {
        struct part part = {.funding = FUNDING_PAYG, .quantity = left};
        trace_part(trace, charge, &part);
        TRY(trace_amount(engine, charge, left, trace));
    }
    return add_part(engine, charge, FUNDING_PAYG, left);
}

static enum status take_lots(struct engine *engine, const struct charge *charge, struct subscription *subscription,
                             enum funding funding, struct decimal *left, struct trace *trace) {
    struct part parts[PARTS_MAX];
    uint32_t count = 0;
    TRY(fund_take(&subscription->holdings, funding, charge->item, charge->at_ns, *left, parts, &count, left));
    for (uint32_t i = 0; i < count; i++) {
        bool is_whole = !decimal_is_zero(parts[i].quantity);
        if (is_whole)
            trace_part(trace, charge, &parts[i]);
        engine->parts = &parts[i];
        engine->part_count = 1;
        enum status status = STATUS_OK;
        if (is_whole)
            status = add_part(engine, charge, funding, parts[i].quantity);
        else if (engine->watch.charged)
            status = engine_watched(engine, charge->cycle, part_key(engine, charge, funding), DECIMAL_ZERO);
        engine->part_count = 0;
        TRY(status);
    }
    return count ? engine_lot_alerts(engine, charge->account, charge->tariff, &subscription->holdings, charge->at_ns)
                 : STATUS_OK;
}

bool engine_has_payg(const struct tariff *tariff) {
    for (uint32_t i = tariff->funding_count; i > 0; i--) /* nearly always the last */
        if (tariff->funding[i - 1] == FUNDING_PAYG)
            return true;
    return false;
}

const char *engine_payg_refusal(const struct tariff *tariff, const struct subscription *subscription,
                                const struct restriction *restriction) {
    if (restriction->pauses[FUNDING_PAYG])
        return "the account owes money, and pay-as-you-go pauses; top up its wallet";
    bool postpaid = subscription ? subscription->holdings.postpaid : tariff->postpaid_default;
    if (!postpaid)
        return "no package is left and postpaid is off; order a package or switch postpaid on";
    return engine_has_payg(tariff) ? NULL
                                   : "no package is left and the tariff's funding lists no payg; order a package";
}

static enum status charge_quota(struct engine *engine, const struct charge *charge, struct decimal *left,
                                struct trace *trace) {
    struct part part = {.funding = FUNDING_FREE};
    TRY(take_quota(engine, charge, left, &part.quantity));
    if (decimal_is_zero(part.quantity))
        return STATUS_OK;
    trace_part(trace, charge, &part);
    return add_part(engine, charge, FUNDING_FREE, part.quantity);
}

/* What the tariff has for it, in its order, but for what pauses while the account owes. */
static enum status charge_lots(struct engine *engine, const struct charge *charge,
                               const struct restriction *restriction, struct decimal *left, struct trace *trace) {
    const struct tariff *tariff = charge->tariff;
    struct subscription *subscription = engine_subscription_find(engine, charge->account, tariff);
    if (!subscription || subscription->holdings.count == 0)
        return STATUS_OK;
    /* Rule: vclm 3b-9, 3d-7: in concurrent billing no call is deducted or charged; without a quota it must not run. */
    if (subscription->holdings.concurrent_mode)
        return restriction->pauses[FUNDING_CONCURRENCY]
                   ? STATUS_OK
                   : take_lots(engine, charge, subscription, FUNDING_CONCURRENCY, left, trace);
    for (uint32_t i = 0; i < tariff->funding_count && !decimal_is_zero(*left); i++) {
        enum funding funding = tariff->funding[i];
        if (funding != FUNDING_PAYG && funding != FUNDING_CONCURRENCY && !restriction->pauses[funding])
            TRY(take_lots(engine, charge, subscription, funding, left, trace));
    }
    return STATUS_OK;
}

const char *engine_rest_refusal(const struct tariff *tariff, const struct subscription *subscription,
                                const struct restriction *restriction) {
    if (restriction->is_suspended)
        return engine_suspended_refusal(restriction);
    if (subscription && subscription->holdings.concurrent_mode)
        return "concurrent billing is on, but no concurrency quota is valid; order one or switch the mode back";
    return engine_payg_refusal(tariff, subscription, restriction);
}

static enum status charge_all(struct engine *engine, const struct charge *charge, struct trace *trace) {
    struct decimal left = charge->quantity;
    struct restriction restriction = {0};
    if (engine->facts)
        engine_fact_restriction(engine, charge, &restriction);
    else if (engine->accounts[charge->account].wallets)
        TRY(engine_restriction(engine, charge->account, charge->tariff, charge->admitted_ns, &restriction));
    if (restriction.owes)
        trace_add(trace, "overdue", (struct slice){0},
                  "the account owed money then: what the tariff lets pause does not pay");
    if (charge->tariff->items[charge->item].has_free_quota && !restriction.is_suspended &&
        !restriction.pauses[FUNDING_FREE])
        TRY(charge_quota(engine, charge, &left, trace));
    if (!restriction.is_suspended)
        TRY(charge_lots(engine, charge, &restriction, &left, trace));
    if (decimal_is_zero(left))
        return STATUS_OK;
    const char *refusal = engine_rest_refusal(
        charge->tariff, engine_subscription_find(engine, charge->account, charge->tariff), &restriction);
    uint32_t rejected = engine->rejected_count;
    TRY(charge_rest(engine, charge, left, refusal, trace));
    if (engine->rejected_count > rejected && (restriction.owes || restriction.is_suspended))
        engine->rejected[rejected].fact = restriction.is_suspended ? FACT_SUSPENDED : FACT_PAUSED;
    return STATUS_OK;
}

/* What pays is where it pays while it does, and then again where contracts want it. */
enum status engine_charge(struct engine *engine, const struct charge *charge, struct trace *trace) {
    if (!engine->accounts[charge->account].terms)
        return charge_all(engine, charge, trace);
    TRY(engine_lots_bring(engine, charge->account, charge->tariff));
    TRY(charge_all(engine, charge, trace));
    return engine_lots_settle(engine, charge->account);
}

static enum status usage_one(struct engine *engine, uint32_t account, const struct record *record,
                             const struct usage *usage, struct trace *trace) {
    const struct tariff *tariff = record->tariff;
    struct charge charge = {.account = account,
                            .tariff = tariff,
                            .item = usage->item,
                            .rate = usage->rate,
                            .at_ns = record->owner_ns,
                            .admitted_ns = engine->admitted_ns,
                            .quantity = usage->quantity,
                            .record = record};
    if (usage->rate == INDEX_NONE) {
        struct cell_key key = {account, engine_meter(engine, tariff, usage->item, INDEX_NONE), 0};
        engine->charges++;
        return cells_add(&engine->externals, key, usage->quantity);
    }
    TRY(engine_cycle(engine, tariff, record->cycle, &charge.cycle));
    const struct item *item = &tariff->items[usage->item];
    if (item->round.is_set && item->round.scope == SCOPE_CYCLE) {
        struct cell_key key = {account, engine_meter(engine, tariff, usage->item, usage->rate), CELL_RAW};
        return engine_add(engine, charge.cycle, key, usage->quantity);
    }
    return engine_charge(engine, &charge, trace);
}

/* The common case: pay-as-you-go without anything that could pay before it. */
static enum status usage_plain(struct engine *engine, uint32_t account, const struct record *record,
                               const struct usage *usage) {
    struct cell_key key = {.account = account,
                           .meter = engine_meter(engine, record->tariff, usage->item, usage->rate),
                           .funding = FUNDING_PAYG};
    uint32_t cycle;
    TRY(engine_cycle(engine, record->tariff, record->cycle, &cycle));
    return engine_add(engine, cycle, key, usage->quantity);
}

static bool is_plain(const struct engine *engine, uint32_t account, const struct record *record,
                     const struct usage *usage) {
    return !engine->facts && !engine->accounts[account].subscriptions && !engine->accounts[account].wallets &&
           usage->rate != INDEX_NONE && engine->is_plain[engine->meter_base[record->tariff->index] + usage->rate];
}

enum status engine_usage(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    if (!record->is_billable)
        engine->unbilled++;
    for (uint32_t i = 0; i < record->usage_count; i++)
        if (!trace && is_plain(engine, account, record, &record->usages[i]))
            TRY(usage_plain(engine, account, record, &record->usages[i]));
        else
            TRY(usage_one(engine, account, record, &record->usages[i], trace));
    engine->charges += record->coverage_count;
    for (uint32_t i = 0; i < record->coverage_count; i++)
        TRY(engine_cover(engine, account, record, &record->coverages[i], trace));
    return STATUS_OK;
}
