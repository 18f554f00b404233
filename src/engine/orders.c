/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders and refunds: what is bought, what it costs, what is given back. A refused command changes nothing and says
 * why. */
#include <string.h>

#include "engine/engine_private.h"

static enum status purchase_add(struct engine *engine, const struct tariff *tariff, struct purchase purchase) {
    struct period cycle;
    TRY(cycle_of(tariff->cycle, tariff->zone, purchase.at_ns, purchase.at_ns, &cycle));
    TRY(engine_cycle(engine, tariff, cycle, &purchase.cycle));
    void *list = engine->purchases;
    enum status status = list_grow(&list, engine->purchase_count, &engine->purchase_cap, sizeof *engine->purchases);
    engine->purchases = list;
    TRY(status);
    purchase.line.item_index = purchase.line.rate = INDEX_NONE;
    purchase.line.price_from_ns = INSTANT_MIN;
    purchase.place = engine->purchases_made++;
    engine->purchases[engine->purchase_count++] = purchase;
    return STATUS_OK;
}

static bool is_plan(const struct product *product) {
    return product->kind == PRODUCT_QPS || product->kind == PRODUCT_CONCURRENCY;
}

/* One order line per price slice: QPS slices are shown apart. */
static enum status bill_order(struct engine *engine, uint32_t account, const struct record *record,
                              const struct lot *lot, const struct order_price *price) {
    const struct product *product = lot->product;
    struct slice unit = is_plan(product) ? product->unit : SLICE("piece");
    for (uint32_t i = 0; i < price->count; i++) {
        const struct rate_slice *slice = &price->slices[i];
        struct bill_line line = {.item = product->sku,
                                 .unit = unit,
                                 .quantity = slice->quantity,
                                 .unit_price = slice->unit_price,
                                 .per = slice->per,
                                 .amount = slice->amount,
                                 .funding = "order",
                                 .has_tier = slice->has_tier,
                                 .is_last_tier = slice->is_last_tier,
                                 .tier_from = slice->from,
                                 .tier_up_to = slice->up_to,
                                 .order_id = lot->order_id,
                                 .note = price->note,
                                 .source = product->origin.source};
        TRY(purchase_add(engine, record->tariff,
                         (struct purchase){.account = account, .at_ns = record->time_ns, .line = line}));
    }
    return STATUS_OK;
}

/* Why an order cannot be taken; NULL: it can. */
static const char *order_refusal(const struct record *record, const struct product *product) {
    const struct order_command *order = &record->command->order;
    if (product->kind == PRODUCT_GRANT)
        return "it is granted on activation and cannot be bought";
    if (order->quantity.pico % DECIMAL_ONE_PICO != 0)
        return "the quantity must be a whole number";
    if (product->ceiling.pico > 0 && decimal_cmp(order->quantity, product->ceiling) > 0 && !order->through_sales)
        return "it is above the most that one purchase may have; larger ones go through sales (data.sales: true)";
    if (order->periods > 1 && product->kind == PRODUCT_PACKAGE)
        return "a package has one validity; order several pieces instead of periods";
    return NULL;
}

static enum status lot_of_order(struct engine *engine, const struct record *record, const struct product *product,
                                struct lot *ret_lot) {
    const struct order_command *order = &record->command->order;
    struct lot lot = {.product = product,
                      .order_id = arena_copy(&engine->arena, record->id),
                      .ordered_ns = record->time_ns,
                      .effective_ns = order->effective_ns,
                      .scale = product->units_scale,
                      .pieces = order->quantity,
                      .periods = order->periods,
                      .terminal = INDEX_NONE,
                      .window_second = INT64_MIN};
    if (!lot.order_id.ptr)
        return STATUS_NO_MEMORY;
    TRY(instant_add(record->tariff->zone, lot.effective_ns, product->validity, order->periods, &lot.expires_ns));
    if (product->kind == PRODUCT_PACKAGE || product->kind == PRODUCT_GRANT) {
        TRY(wide_mul(product->units.pico, order->quantity.pico / DECIMAL_ONE_PICO, &lot.bought));
        TRY(wide_mul(lot.bought, product->units_scale, &lot.bought));
    }
    *ret_lot = lot;
    return STATUS_OK;
}

/* An order's id names it in refunds, renewals and activations: under whichever tariff, an account has it once. */
static bool is_known(const struct engine *engine, uint32_t account, struct slice id) {
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        struct subscription *subscription = engine_subscription_find(engine, account, engine->tariffs->list[i]);
        if (subscription && holdings_find(&subscription->holdings, id))
            return true;
    }
    return false;
}

static wide tasks_at(const struct holdings *holdings, const struct product *product, int64_t at_ns) {
    wide tasks = 0;
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        if (lot->product == product && !lot->is_refunded && at_ns >= lot->effective_ns && at_ns < lot->expires_ns)
            tasks += lot->pieces.pico;
    }
    return tasks;
}

/* The most tasks at once that quotas give while the lot is valid: it begins with one of them, or where they lie over
 * each other when the next one begins. */
static struct decimal tasks_beside(const struct holdings *holdings, const struct lot *lot) {
    struct decimal most = {tasks_at(holdings, lot->product, lot->effective_ns)};
    for (uint32_t i = 0; i < holdings->count; i++) {
        int64_t at_ns = holdings->lots[i].effective_ns;
        if (at_ns <= lot->effective_ns || at_ns >= lot->expires_ns)
            continue;
        wide tasks = tasks_at(holdings, lot->product, at_ns);
        most.pico = tasks > most.pico ? tasks : most.pico;
    }
    return most;
}

/* A concurrency quota's ceiling holds for all of them together. Rule: vclm 3b-9. */
static enum status check_tasks(struct engine *engine, const struct record *record, const struct holdings *holdings,
                               const struct lot *lot, bool *ret_is_refused) {
    const struct product *product = lot->product;
    struct decimal beside, together;
    if (product->kind != PRODUCT_CONCURRENCY || decimal_is_zero(product->ceiling) ||
        record->command->order.through_sales)
        return STATUS_OK;
    beside = tasks_beside(holdings, lot);
    TRY(decimal_add(beside, lot->pieces, &together));
    if (decimal_cmp(together, product->ceiling) <= 0)
        return STATUS_OK;
    char before[DECIMAL_TEXT_MAX], ceiling[DECIMAL_TEXT_MAX];
    decimal_format(beside, before);
    decimal_format(product->ceiling, ceiling);
    *ret_is_refused = true;
    return engine_reject(
        engine, record,
        "order of %.*s refused: with the %s that are valid beside it that is more than %s at once; order "
        "fewer, or go through sales (data.sales: true)",
        SLICE_ARG(product->sku), before, ceiling);
}

static enum status price_order(struct engine *engine, const struct record *record, const struct lot *lot,
                               struct order_price *price) {
    struct decimal total;
    if (lot->periods > 1) {
        price->note = arena_printf(&engine->arena, "for %u periods", lot->periods);
        if (!price->note.ptr)
            return STATUS_NO_MEMORY;
    }
    return product_price(record->tariff, lot->product, lot->pieces, lot->periods, &total, price->slices, &price->count);
}

static void trace_order(const struct tariff *tariff, const struct lot *lot, struct trace *trace) {
    char amount[DECIMAL_TEXT_MAX], from[INSTANT_TEXT_MAX], until[INSTANT_TEXT_MAX];
    if (!trace)
        return;
    decimal_format(lot->price_paid, amount);
    instant_format(lot->effective_ns, tariff->zone, from);
    instant_format(lot->expires_ns, tariff->zone, until);
    trace_add(trace, "order", lot->product->origin.source, "%.*s for %s %s, valid from %s to %s",
              SLICE_ARG(lot->product->sku), amount, tariff->currency->code, from, until);
}

/* What may be ordered is priced, invoiced and held. */
static enum status order_take(struct engine *engine, uint32_t account, const struct record *record,
                              const struct product *product, struct trace *trace) {
    struct lot lot;
    struct order_price price = {0};
    struct subscription *subscription;
    bool is_refused = false;
    TRY(engine_lots_bring(engine, account, record->tariff));
    TRY(engine_subscription(engine, account, record->tariff, &subscription));
    TRY(lot_of_order(engine, record, product, &lot));
    if (record->command->order.upgrades.len)
        TRY(engine_order_follow(engine, account, record, &lot, &price, &is_refused));
    if (!is_refused)
        TRY(check_tasks(engine, record, &subscription->holdings, &lot, &is_refused));
    if (is_refused)
        return STATUS_OK;
    if (price.count == 0)
        TRY(price_order(engine, record, &lot, &price));
    for (uint32_t i = 0; i < price.count; i++)
        TRY(decimal_add(lot.price_paid, price.slices[i].amount, &lot.price_paid));
    TRY(bill_order(engine, account, record, &lot, &price));
    trace_order(record->tariff, &lot, trace);
    TRY(holdings_insert(&subscription->holdings, lot));
    TRY(engine_expiry_plan(engine, account, record->tariff, &lot));
    if (product->kind != PRODUCT_LICENCE)
        return STATUS_OK;
    return engine_licence_ordered(engine, account, record->tariff,
                                  holdings_find(&subscription->holdings, lot.order_id));
}

enum status engine_order(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    const struct product *product = tariff_product(record->tariff, record->command->order.sku);
    if (!product)
        return engine_reject(engine, record, "tariff %.*s sells no \"%.*s\"", SLICE_ARG(record->tariff->name),
                             SLICE_ARG(record->command->order.sku));
    const char *refusal = order_refusal(record, product);
    if (refusal)
        return engine_reject(engine, record, "order of %.*s refused: %s", SLICE_ARG(product->sku), refusal);
    if (is_known(engine, account, record->id))
        return engine_reject(
            engine, record,
            "order of %.*s refused: the account has an order \"%.*s\" already; give every order its own "
            "id",
            SLICE_ARG(product->sku), SLICE_ARG(record->id));
    if (!product->is_published)
        return engine_unpriced(
            engine, record,
            "order of %.*s: tariff %.*s does not publish its price; give it in a tariff that extends it",
            SLICE_ARG(product->sku), SLICE_ARG(record->tariff->name));
    return order_take(engine, account, record, product, trace);
}

/* The window is counted from the order to the same instant, that instant included. Rule: vclm 3b-10, 3d-9. */
static enum status refund_refusal(const struct record *record, const struct tariff *tariff,
                                  const struct holdings *holdings, const struct lot *lot, const char **ret_refusal) {
    const struct refund_rule *rule = &lot->product->refund;
    int64_t limit = INSTANT_MIN;
    *ret_refusal = NULL;
    if (rule->is_allowed)
        TRY(instant_add(tariff->zone, lot->ordered_ns, rule->within, 1, &limit));
    if (lot->is_refunded)
        *ret_refusal = "it was refunded before";
    else if (!rule->is_allowed || lot->product->kind == PRODUCT_GRANT)
        *ret_refusal = "the tariff allows none for it";
    else if (record->time_ns > limit)
        *ret_refusal = "the time for it is over";
    else if (engine_follower(holdings, lot))
        *ret_refusal = "a later order renews or upgrades it; give that one back first";
    else if (lot->held > 0)
        *ret_refusal = "a hold reserves some of it; release the hold first";
    else if ((rule->if_unused && (lot->used > 0 || lot->was_used || lot->covered > 0)) || lot->is_activated)
        *ret_refusal = "it has been used";
    return STATUS_OK;
}

enum status engine_refund(struct engine *engine, uint32_t account, const struct record *record) {
    const struct tariff *tariff = record->tariff;
    const struct holdings *holdings = NULL;
    struct lot *lot = NULL;
    for (uint32_t i = 0; i < engine->tariffs->count && !lot; i++) {
        const struct tariff *candidate = engine->tariffs->list[i];
        struct subscription *subscription = engine_subscription_find(engine, account, candidate);
        if (!subscription || (record->tariff && !engine_is_related(engine, account, record->tariff, candidate)))
            continue;
        holdings = &subscription->holdings;
        lot = holdings_find(&subscription->holdings, record->command->order_id);
        tariff = candidate;
    }
    if (!lot)
        return engine_reject(engine, record, "account has no order \"%.*s\" to refund; name the order's event id",
                             SLICE_ARG(record->command->order_id));
    const char *refusal;
    TRY(refund_refusal(record, tariff, holdings, lot, &refusal));
    if (refusal && !engine->facts)
        return engine_reject(engine, record, "refund of order \"%.*s\" refused: %s",
                             SLICE_ARG(record->command->order_id), refusal);
    struct bill_line line = {.item = lot->product->sku,
                             .unit = SLICE("order"),
                             .quantity = decimal_from_int(-1),
                             .unit_price = lot->price_paid,
                             .per = decimal_from_int(1),
                             .amount = {-lot->price_paid.pico},
                             .funding = "refund",
                             .order_id = lot->order_id,
                             .source = lot->product->origin.source};
    TRY(purchase_add(engine, tariff, (struct purchase){.account = account, .at_ns = record->time_ns, .line = line}));
    lot->is_refunded = true;
    return STATUS_OK;
}
