/* SPDX-License-Identifier: Apache-2.0
 *
 * Offline licences: ordered, activated in time for one terminal, then valid for what was bought; or lapsed.
 * Rule: viapi 4b-22. */
#include "engine/engine_private.h"

/* A licence goes where its account's contract takes it: it is known by its order. */
static struct lot *licence_find(const struct engine *engine, uint32_t account, uint64_t order,
                                const struct tariff **ret_tariff) {
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        struct subscription *subscription = engine_subscription_find(engine, account, engine->tariffs->list[i]);
        *ret_tariff = engine->tariffs->list[i];
        for (uint32_t k = 0; subscription && k < subscription->holdings.count; k++) {
            struct lot *lot = &subscription->holdings.lots[k];
            if (lot->product->kind == PRODUCT_LICENCE && names_hash(lot->order_id) == order)
                return lot;
        }
    }
    return NULL;
}

/* From this instant on it cannot be activated any more. */
static enum status activation_limit(const struct lot *lot, const struct tariff *tariff, int64_t *ret_ns) {
    *ret_ns = INSTANT_MAX;
    if (lot->product->activate_within.count == 0)
        return STATUS_OK;
    return instant_add(tariff->zone, lot->ordered_ns, lot->product->activate_within, 1, ret_ns);
}

enum status engine_licence_ordered(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                   const struct lot *lot) {
    struct duty duty = {.kind = DUTY_LICENCE_LAPSE, .account = account, .ref = names_hash(lot->order_id)};
    TRY(activation_limit(lot, tariff, &duty.at_ns));
    return duty.at_ns == INSTANT_MAX ? STATUS_OK : agenda_add(&engine->agenda, duty);
}

enum status engine_licence_lapse(struct engine *engine, const struct duty *duty) {
    const struct tariff *tariff;
    struct lot *lot = licence_find(engine, duty->account, duty->ref, &tariff);
    int64_t limit;
    if (!lot || lot->is_activated || lot->is_refunded)
        return STATUS_OK;
    TRY(activation_limit(lot, tariff, &limit));
    if (limit > duty->at_ns) /* a contract gives it more time */
        return engine_licence_ordered(engine, duty->account, tariff, lot);
    lot->is_lapsed = true;
    return engine_alert(engine, (struct alert){.kind = ALERT_LICENCE_LAPSED,
                                               .account = engine->account_names.texts[duty->account],
                                               .order_id = lot->order_id,
                                               .sku = lot->product->sku,
                                               .tariff = tariff,
                                               .at_ns = duty->at_ns});
}

/* ---- activation ---- */

static enum status terminal_unknown(struct engine *engine, const struct record *record, const struct lot *lot) {
    struct buf names = {0};
    for (uint32_t i = 0; i < lot->product->terminal_count; i++)
        buf_printf(&names, "%s%.*s", i ? ", " : "", SLICE_ARG(lot->product->terminals[i]));
    struct slice given = record->command->terminal;
    enum status status = STATUS_NO_MEMORY;
    if (!names.failed && given.len)
        status = engine_reject(engine, record, "%.*s is not sold for terminal \"%.*s\"; it is one of %.*s",
                               SLICE_ARG(lot->product->sku), SLICE_ARG(given), SLICE_ARG(buf_slice(&names)));
    else if (!names.failed)
        status =
            engine_reject(engine, record, "data.terminal is missing: say for which terminal %.*s is activated: %.*s",
                          SLICE_ARG(lot->product->sku), SLICE_ARG(buf_slice(&names)));
    buf_free(&names);
    return status;
}

static bool terminal_find(const struct product *product, struct slice name, uint32_t *ret_terminal) {
    *ret_terminal = INDEX_NONE;
    for (uint32_t i = 0; i < product->terminal_count; i++)
        if (slice_eq(product->terminals[i], name))
            *ret_terminal = i;
    return *ret_terminal != INDEX_NONE || product->terminal_count == 0;
}

/* The licence that holds for the terminal already; NULL: none. */
static const struct lot *terminal_holder(const struct holdings *holdings, const struct product *product,
                                         uint32_t terminal, int64_t at_ns) {
    for (uint32_t i = 0; terminal != INDEX_NONE && i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        if (lot->product == product && lot->is_activated && lot->terminal == terminal && at_ns < lot->expires_ns)
            return lot;
    }
    return NULL;
}

/* Why the licence cannot be activated any more; NULL: it can. */
static enum status activation_refusal(const struct lot *lot, const struct record *record, const char **ret_refusal) {
    int64_t limit;
    TRY(activation_limit(lot, record->tariff, &limit));
    *ret_refusal = lot->is_refunded    ? "is refunded"
                   : lot->is_activated ? "is activated already; order another one for another terminal"
                   : lot->is_lapsed || record->time_ns >= limit
                       ? "lapsed because it was not activated in time; order a new one"
                       : NULL;
    return STATUS_OK;
}

enum status engine_activate_licence(struct engine *engine, uint32_t account, const struct record *record) {
    struct subscription *subscription = engine_subscription_find(engine, account, record->tariff);
    struct holdings none = {0}, *holdings = subscription ? &subscription->holdings : &none;
    struct slice order_id = record->command->order_id;
    struct lot *lot = holdings_find(holdings, order_id);
    const char *refusal;
    uint32_t terminal;
    if (!lot || lot->product->kind != PRODUCT_LICENCE)
        return engine_reject(engine, record, "there is no licence order \"%.*s\"; name the order's event id",
                             SLICE_ARG(order_id));
    TRY(activation_refusal(lot, record, &refusal));
    if (refusal)
        return engine_reject(engine, record, "the licence of order \"%.*s\" %s", SLICE_ARG(order_id), refusal);
    if (!terminal_find(lot->product, record->command->terminal, &terminal))
        return terminal_unknown(engine, record, lot);
    const struct lot *holder = terminal_holder(holdings, lot->product, terminal, record->time_ns);
    if (holder)
        return engine_reject(
            engine, record,
            "order \"%.*s\" holds the licence of %.*s for terminal %.*s; activate this one for another "
            "terminal, or when that one has ended",
            SLICE_ARG(holder->order_id), SLICE_ARG(lot->product->sku), SLICE_ARG(lot->product->terminals[terminal]));
    lot->is_activated = true;
    lot->terminal = terminal;
    lot->effective_ns = record->time_ns;
    TRY(instant_add(record->tariff->zone, record->time_ns, lot->product->validity, lot->periods, &lot->expires_ns));
    return engine_expiry_plan(engine, account, record->tariff, lot);
}
