/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds: what running jobs keep for themselves. */
#include "view/view.h"

static const struct lot *lot_numbered(const struct view *view, uint32_t account, const struct tariff *tariff,
                                      uint32_t number) {
    struct subscription_view subscription;
    if (!engine_subscription_view(view->engine, account, tariff, &subscription))
        return NULL;
    for (uint32_t i = 0; i < subscription.lot_count; i++)
        if (subscription.lots[i].number == number)
            return &subscription.lots[i];
    return NULL;
}

/* The lot whose units are reserved; NULL: something else is. */
static const struct lot *reserve_lot(const struct view *view, uint32_t account, const struct hold_view *hold,
                                     const struct reserve *reserve) {
    return reserve->kind == RESERVE_UNITS ? lot_numbered(view, account, hold->tariff, reserve->index) : NULL;
}

/* As in the balance: rounded up where a unit is kept in parts. */
static struct decimal units_of(const struct lot *lot, const struct reserve *reserve) {
    wide scale = lot->product->units_scale;
    return (struct decimal){(reserve->amount + scale - 1) / scale};
}

static struct slice reserve_text(const struct view *view, const struct lot *lot, const struct tariff *tariff,
                                 const struct reserve *reserve) {
    if (lot)
        return arena_printf(view->run, SLICE_FMT " " SLICE_FMT " of order " SLICE_FMT,
                            SLICE_ARG(text_decimal(view->run, units_of(lot, reserve))), SLICE_ARG(lot->product->unit),
                            SLICE_ARG(lot->order_id));
    if (reserve->kind == RESERVE_QUOTA)
        return arena_printf(view->run, SLICE_FMT " " SLICE_FMT " of the free quota of " SLICE_FMT,
                            SLICE_ARG(text_decimal(view->run, (struct decimal){reserve->amount})),
                            SLICE_ARG(tariff->items[reserve->index].unit),
                            SLICE_ARG(tariff->items[reserve->index].name));
    if (reserve->kind == RESERVE_SLOT)
        return arena_printf(view->run, "a slot of " SLICE_FMT, SLICE_ARG(tariff->products[reserve->index].sku));
    return SLICE("");
}

struct slice view_reserves_text(const struct view *view, uint32_t account, const struct hold_view *hold) {
    struct buf text = {0};
    for (uint32_t i = 0; i < hold->reserves->count; i++) {
        const struct reserve *reserve = &hold->reserves->list[i];
        const struct lot *lot = reserve_lot(view, account, hold, reserve);
        buf_printf(&text, "%s" SLICE_FMT, i > 0 ? ", " : "", SLICE_ARG(reserve_text(view, lot, hold->tariff, reserve)));
    }
    if (hold->reserves->count == 0)
        buf_text(&text, "nothing");
    struct slice copy = arena_copy(view->run, buf_slice(&text));
    buf_free(&text);
    return copy;
}

static void reserve_json(const struct lot *lot, const struct tariff *tariff, const struct reserve *reserve,
                         struct json_writer *writer) {
    static const char *const kinds[] = {
        [RESERVE_UNITS] = "units", [RESERVE_QUOTA] = "free-quota", [RESERVE_SLOT] = "slot"};
    json_object(writer);
    json_member(writer, "kind", slice_of(kinds[reserve->kind]));
    if (lot) {
        json_member(writer, "order", lot->order_id);
        json_member(writer, "sku", lot->product->sku);
        json_decimal(writer, "amount", units_of(lot, reserve));
        json_member(writer, "unit", lot->product->unit);
    } else if (reserve->kind == RESERVE_QUOTA) {
        json_member(writer, "item", tariff->items[reserve->index].name);
        json_decimal(writer, "amount", (struct decimal){reserve->amount});
        json_member(writer, "unit", tariff->items[reserve->index].unit);
    } else if (reserve->kind == RESERVE_SLOT) {
        json_member(writer, "sku", tariff->products[reserve->index].sku);
    }
    json_object_end(writer);
}

void view_hold_json(const struct view *view, uint32_t account, const struct hold_view *hold,
                    struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "account", engine_account_view(view->engine, account).name);
    json_member(writer, "hold", hold->id);
    json_member(writer, "tariff", hold->tariff->name);
    json_member(writer, "operation", hold->operation->name);
    json_instant(writer, "held_at", hold->at_ns, hold->tariff->zone);
    json_instant(writer, "expires_at", hold->expires_ns, hold->tariff->zone);
    json_key(writer, "reserves");
    json_array(writer);
    for (uint32_t i = 0; i < hold->reserves->count; i++) {
        const struct reserve *reserve = &hold->reserves->list[i];
        reserve_json(reserve_lot(view, account, hold, reserve), hold->tariff, reserve, writer);
    }
    json_array_end(writer);
    json_object_end(writer);
}
