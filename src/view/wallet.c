/* SPDX-License-Identifier: Apache-2.0
 *
 * Wallets as JSON: what was paid ahead, what of it is claimed, what is available. */
#include "view/view.h"

bool view_suspended_next(const struct view *view, uint32_t account, const struct wallet *wallet, uint32_t *index,
                         struct subscription_view *ret_view) {
    for (; *index < view->tariffs->count; ++*index) {
        const struct tariff *tariff = view->tariffs->list[*index];
        if (tariff->currency == wallet->currency && engine_subscription_view(view->engine, account, tariff, ret_view) &&
            ret_view->is_suspended) {
            ++*index;
            return true;
        }
    }
    return false;
}

enum status view_wallet_json(const struct view *view, uint32_t account, const struct wallet *wallet,
                             struct json_writer *writer) {
    struct subscription_view suspended;
    struct wallet_state state;
    TRY(engine_wallet_state(view->engine, account, wallet, &state));
    json_object(writer);
    json_member(writer, "account", engine_account_view(view->engine, account).name);
    json_member(writer, "currency", slice_of(wallet->currency->code));
    json_decimal(writer, "balance", state.balance);
    json_decimal(writer, "credit", wallet->credit);
    json_decimal(writer, "frozen", state.frozen);
    json_decimal(writer, "available", state.available);
    if (wallet->has_low)
        json_decimal(writer, "low", wallet->low);
    else
        json_member_null(writer, "low");
    json_instant(writer, "overdue_since", wallet->owes ? wallet->owes_ns : INSTANT_MIN, NULL);
    json_key(writer, "suspended");
    json_array(writer);
    for (uint32_t i = 0; view_suspended_next(view, account, wallet, &i, &suspended);) {
        json_object(writer);
        json_member(writer, "tariff", suspended.tariff->name);
        json_instant(writer, "since", suspended.suspended_ns, suspended.tariff->zone);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_object_end(writer);
    return STATUS_OK;
}
