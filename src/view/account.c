/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts as JSON. */
#include "view/view.h"

static void count_json(struct json_writer *writer, const char *key, uint64_t count) {
    json_key(writer, key);
    json_uint(writer, count);
}

const char *view_mode_name(const struct subscription_view *subscription) {
    return subscription->concurrent_mode ? "concurrent" : "payg";
}

void view_account_row_json(const struct view *view, uint32_t account, struct json_writer *writer) {
    struct account_view seen = engine_account_view(view->engine, account);
    struct subscription_view subscription;
    uint64_t activated = 0, orders = 0;
    for (uint32_t i = 0; i < view->tariffs->count; i++) {
        if (!engine_subscription_view(view->engine, account, view->tariffs->list[i], &subscription))
            continue;
        activated += subscription.is_activated;
        orders += subscription.lot_count;
    }
    json_object(writer);
    json_member(writer, "account", seen.name);
    count_json(writer, "activated", activated);
    count_json(writer, "orders", orders);
    count_json(writer, "unpriced", seen.unpriced);
    count_json(writer, "unfunded", seen.unfunded);
    json_object_end(writer);
}

enum status view_balances(const struct view *view, uint32_t account, struct balance_row **ret_rows,
                          uint32_t *ret_count) {
    struct subscription_view subscription;
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->tariffs->count; i++)
        if (engine_subscription_view(view->engine, account, view->tariffs->list[i], &subscription))
            count += subscription.lot_count;
    struct balance_row *rows = ARENA_ARRAY(view->run, count + (size_t)1, struct balance_row);
    if (!rows)
        return STATUS_NO_MEMORY;
    *ret_count = count;
    count = 0;
    for (uint32_t i = 0; i < view->tariffs->count; i++) {
        const struct tariff *tariff = view->tariffs->list[i];
        if (!engine_subscription_view(view->engine, account, tariff, &subscription))
            continue;
        for (uint32_t k = 0; k < subscription.lot_count; k++)
            rows[count++] =
                (struct balance_row){engine_account_view(view->engine, account).name, tariff, &subscription.lots[k],
                                     lot_balance(&subscription.lots[k], engine_balance_ns(view->engine))};
    }
    *ret_rows = rows;
    return STATUS_OK;
}

static void tariffs_json(const struct view *view, uint32_t account, struct json_writer *writer) {
    struct subscription_view subscription;
    json_key(writer, "tariffs");
    json_array(writer);
    for (uint32_t i = 0; i < view->tariffs->count; i++) {
        if (!engine_subscription_view(view->engine, account, view->tariffs->list[i], &subscription))
            continue;
        json_object(writer);
        json_member(writer, "tariff", subscription.tariff->name);
        json_key(writer, "activated");
        json_bool(writer, subscription.is_activated);
        json_key(writer, "postpaid");
        json_bool(writer, subscription.postpaid);
        json_member(writer, "mode", slice_of(view_mode_name(&subscription)));
        json_instant(writer, "suspended_since", subscription.is_suspended ? subscription.suspended_ns : INSTANT_MIN,
                     subscription.tariff->zone);
        count_json(writer, "orders", subscription.lot_count);
        json_object_end(writer);
    }
    json_array_end(writer);
}

struct slice view_attribute_text(struct arena *arena, const struct value *value) {
    char number[RATIO_TEXT_MAX];
    switch (value->kind) {
    case VALUE_NUMBER:
        ratio_format(value->number, number);
        return arena_copy(arena, slice_of(number));
    case VALUE_TEXT:
        return value->text;
    case VALUE_FLAG:
        return slice_of(value->flag ? "true" : "false");
    case VALUE_INSTANT:
        return text_instant(arena, value->instant_ns, NULL);
    case VALUE_NONE:
        break;
    }
    return SLICE("");
}

static void terms_json(const struct view *view, uint32_t account, struct json_writer *writer) {
    const struct zone *zone = engine_account_view(view->engine, account).zone;
    if (zone)
        json_member(writer, "zone", slice_of(zone_name(zone)));
    json_key(writer, "contracts");
    json_array(writer);
    for (uint32_t i = 0; i < engine_contract_count(view->engine, account); i++) {
        struct contract_view contract = engine_contract_view(view->engine, account, i);
        json_object(writer);
        json_member(writer, "contract", contract.id);
        json_member(writer, "tariff", contract.tariff->name);
        json_member(writer, "use", contract.use->name);
        json_instant(writer, "from", contract.from_ns, contract.tariff->zone);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_key(writer, "attributes");
    json_object(writer);
    for (uint32_t i = 0; i < engine_attribute_count(view->engine, account); i++) {
        struct attribute attribute = engine_attribute_view(view->engine, account, i);
        struct slice name = arena_copy(view->run, view->tariffs->attrs.names.texts[attribute.slot]);
        if (name.ptr)
            json_member(writer, name.ptr, view_attribute_text(view->run, &attribute.value));
    }
    json_object_end(writer);
}

static enum status wallets_json(const struct view *view, uint32_t account, struct json_writer *writer) {
    json_key(writer, "wallets");
    json_array(writer);
    for (const struct wallet *wallet = engine_wallets(view->engine, account); wallet; wallet = wallet->next) {
        struct wallet_state state;
        TRY(engine_wallet_state(view->engine, account, wallet, &state));
        json_object(writer);
        json_member(writer, "currency", slice_of(wallet->currency->code));
        json_decimal(writer, "balance", state.balance);
        json_decimal(writer, "credit", wallet->credit);
        json_decimal(writer, "frozen", state.frozen);
        json_decimal(writer, "available", state.available);
        json_object_end(writer);
    }
    json_array_end(writer);
    return STATUS_OK;
}

enum status view_account_json(const struct view *view, uint32_t account, struct json_writer *writer) {
    struct account_view seen = engine_account_view(view->engine, account);
    struct balance_row *balances;
    uint32_t count;
    TRY(view_balances(view, account, &balances, &count));
    json_object(writer);
    json_member(writer, "account", seen.name);
    terms_json(view, account, writer);
    tariffs_json(view, account, writer);
    json_key(writer, "balances");
    json_array(writer);
    for (uint32_t i = 0; i < count; i++)
        export_balance_json(&balances[i], writer);
    json_array_end(writer);
    TRY(wallets_json(view, account, writer));
    count_json(writer, "holds", engine_hold_count(view->engine, account));
    count_json(writer, "unpriced", seen.unpriced);
    count_json(writer, "unfunded", seen.unfunded);
    json_object_end(writer);
    return STATUS_OK;
}
