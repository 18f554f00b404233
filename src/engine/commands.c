/* SPDX-License-Identifier: Apache-2.0
 *
 * Activations and account settings, and where every other command is sent. A refused command changes nothing and says
 * why. */
#include "engine/engine_private.h"
#include "engine/view.h"

static enum status grant(struct engine *engine, uint32_t account, const struct record *record,
                         const struct product *product) {
    struct subscription *subscription;
    TRY(engine_subscription(engine, account, record->tariff, &subscription));
    if (!record->command->has_units && !product->is_published)
        return engine_unpriced(engine, record,
                               "the size of the grant %.*s is not published; say data.units in the activation",
                               SLICE_ARG(product->sku));
    struct decimal units = record->command->has_units ? record->command->units : product->units;
    struct lot lot = {.product = product,
                      .order_id = arena_copy(&engine->arena, record->id),
                      .ordered_ns = record->time_ns,
                      .effective_ns = record->time_ns,
                      .scale = product->units_scale,
                      .pieces = decimal_from_int(1),
                      .periods = 1,
                      .terminal = INDEX_NONE,
                      .window_second = INT64_MIN};
    if (!lot.order_id.ptr)
        return STATUS_NO_MEMORY;
    TRY(wide_mul(units.pico, product->units_scale, &lot.bought));
    TRY(instant_add(record->tariff->zone, lot.effective_ns, product->validity, 1, &lot.expires_ns));
    TRY(holdings_insert(&subscription->holdings, lot));
    return engine_expiry_plan(engine, account, record->tariff, &lot);
}

static enum status apply_activate(struct engine *engine, uint32_t account, const struct record *record) {
    TRY(engine_lots_bring(engine, account, record->tariff));
    if (record->command->order_id.len)
        return engine_activate_licence(engine, account, record);
    struct subscription *subscription;
    TRY(engine_subscription(engine, account, record->tariff, &subscription));
    if (subscription->is_activated)
        return STATUS_OK; /* Only the first activation grants anything. Rule: vclm 3b-1. */
    TRY(engine_activated(engine, account, record->tariff));
    for (uint32_t i = 0; i < record->tariff->product_count; i++)
        if (record->tariff->products[i].kind == PRODUCT_GRANT && record->tariff->products[i].on_activation)
            TRY(grant(engine, account, record, &record->tariff->products[i]));
    return STATUS_OK;
}

static enum status apply_setting(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                 const struct account_setting *setting, const struct record *record) {
    struct subscription *subscription;
    TRY(engine_subscription(engine, account, tariff, &subscription));
    switch (setting->what) {
    case SETTING_POSTPAID:
        subscription->holdings.postpaid = setting->on;
        break;
    case SETTING_MODE:
        subscription->holdings.concurrent_mode = setting->on;
        break;
    case SETTING_ACTIVE:
        subscription->is_activated = setting->on;
        break;
    case SETTING_RELEASED:
        return engine_suspension_end(engine, account, tariff, record);
    }
    return STATUS_OK;
}

/* A switch holds for a tariff and for what stands for it under a contract. */
static enum status apply_settings(struct engine *engine, uint32_t account, const struct record *record) {
    TRY(engine_wallet_limits(engine, account, record));
    for (uint32_t i = 0; i < record->command->setting_count; i++) {
        const struct account_setting *setting = &record->command->settings[i];
        const struct terms *terms = engine->accounts[account].terms;
        TRY(apply_setting(engine, account, setting->tariff, setting, record));
        for (uint32_t k = 0; terms && k < terms->contract_count; k++)
            if (terms->contracts[k].tariff == setting->tariff && setting->what != SETTING_RELEASED)
                TRY(apply_setting(engine, account, terms->contracts[k].use, setting, record));
    }
    return engine_attributes(engine, account, record);
}

enum status engine_command(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    bool is_refused = false;
    uint64_t before;
    if (engine->facts)
        TRY(engine_fact_command(engine, record, &is_refused));
    if (is_refused)
        return STATUS_OK;
    engine->at_ns = record->time_ns > engine->now_ns ? record->time_ns : engine->now_ns;
    switch (record->kind) {
    case RECORD_ORDER:
        return engine_order(engine, account, record, trace);
    case RECORD_REFUND:
        return engine_refund(engine, account, record);
    case RECORD_ACTIVATE:
        return apply_activate(engine, account, record);
    case RECORD_ACCOUNT:
        return apply_settings(engine, account, record);
    case RECORD_TICK:
        before = engine_bill_count(engine);
        TRY(engine_tick(engine, record->time_ns));
        return engine_closing_keep(engine, record, before);
    case RECORD_HOLD:
        return engine_hold(engine, account, record, trace);
    case RECORD_RELEASE:
        return engine_release(engine, account, record);
    case RECORD_WALLET:
        return engine_wallet_move(engine, account, record);
    case RECORD_RECALL:
        return engine_recall(engine, record);
    case RECORD_BACKFILL:
        return engine_backfill(engine, record);
    case RECORD_REVERSAL:
        return engine_reversal(engine, account, record, trace);
    case RECORD_CONTRACT:
        return engine_contract(engine, account, record, trace);
    case RECORD_USAGE:
    case RECORD_UNPRICED:
    case RECORD_REJECTED:
        break;
    }
    return STATUS_OK;
}
