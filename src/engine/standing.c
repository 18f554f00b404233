/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking at debts, lots, quotas and limits as the next charge would. */
#include "engine/standing.h"

#include <string.h>

#include "engine/engine_private.h"

enum status engine_standing(const struct engine *engine, uint32_t account, const struct tariff *tariff, int64_t now_ns,
                            struct standing *ret_standing) {
    const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    struct restriction restriction;
    TRY(engine_restriction(engine, account, tariff, now_ns, &restriction));
    *ret_standing = (struct standing){
        .now_ns = now_ns,
        .is_suspended = restriction.is_suspended,
        .owes = restriction.owes,
        .is_inactive = tariff->needs_activation && !(subscription && subscription->is_activated),
    };
    memcpy(ret_standing->pauses, restriction.pauses, sizeof ret_standing->pauses);
    return STATUS_OK;
}

static enum status quota_left(const struct subscription *subscription, const struct tariff *tariff, uint32_t index,
                              int64_t now_ns, int64_t *ret_units) {
    const struct item *item = &tariff->items[index];
    wide rest = item->free_quota.pico;
    struct period cycle;
    int64_t start_ns;
    TRY(cycle_of(tariff->cycle, tariff->zone, 0, now_ns, &cycle));
    TRY(engine_quota_start(tariff, item->free_every, cycle, now_ns, &start_ns));
    for (uint32_t i = 0; subscription && i < subscription->quota_count; i++) {
        const struct quota_use *use = &subscription->quotas[i];
        if (use->item == index && use->start_ns == start_ns)
            rest -= use->used_pico + use->held_pico;
    }
    *ret_units = (int64_t)(rest / DECIMAL_ONE_PICO);
    return STATUS_OK;
}

/* Whether anything of an item is sold as you go now. */
static bool is_priced(const struct tariff *tariff, uint32_t index, int64_t now_ns) {
    const struct price_version *version = item_version(&tariff->items[index], now_ns);
    uint32_t version_index = version ? (uint32_t)(version - tariff->items[index].versions) : 0;
    if (version && version->by_count == 0)
        return version->cells[0] != INDEX_NONE && tariff->rates[version->cells[0]].mode != PRICE_UNPUBLISHED;
    for (uint32_t i = 0; version && i < tariff->rate_count; i++) {
        const struct rate *rate = &tariff->rates[i];
        if (rate->item == index && rate->version == version_index && rate->mode != PRICE_UNPUBLISHED)
            return true;
    }
    return false;
}

static enum status lots_payer(const struct subscription *subscription, const struct tariff *tariff, uint32_t item,
                              const struct standing *standing, struct payer *payer) {
    const struct holdings *holdings = &subscription->holdings;
    for (uint32_t i = 0; i < tariff->funding_count; i++) {
        enum funding funding = tariff->funding[i];
        const struct lot *lot;
        if (funding == FUNDING_PAYG || standing->pauses[funding] ||
            (funding == FUNDING_CONCURRENCY) != holdings->concurrent_mode)
            continue;
        TRY(fund_would_pay(holdings, funding, item, standing->now_ns, &lot, &payer->units));
        if (!lot)
            continue;
        payer->is_found = true;
        payer->funding = funding;
        payer->order_id = lot->order_id;
        payer->has_units = payer->units < INT64_MAX;
        return STATUS_OK;
    }
    return STATUS_OK;
}

static void payg_payer(const struct subscription *subscription, const struct tariff *tariff, uint32_t item,
                       const struct standing *standing, struct payer *payer) {
    struct restriction restriction = {.is_suspended = standing->is_suspended, .owes = standing->owes};
    memcpy(restriction.pauses, standing->pauses, sizeof restriction.pauses);
    payer->refusal = engine_rest_refusal(tariff, subscription, &restriction);
    payer->is_unpriced = !payer->refusal && !is_priced(tariff, item, standing->now_ns);
    payer->is_found = !payer->refusal && !payer->is_unpriced;
    payer->has_units = false;
}

enum status engine_payer(const struct engine *engine, uint32_t account, const struct tariff *tariff, uint32_t item,
                         const struct standing *standing, struct payer *ret_payer) {
    const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    struct payer payer = {.funding = FUNDING_PAYG};
    if (tariff->items[item].has_free_quota && !standing->is_suspended && !standing->pauses[FUNDING_FREE]) {
        TRY(quota_left(subscription, tariff, item, standing->now_ns, &payer.units));
        payer.is_found = payer.has_units = payer.units > 0;
        payer.funding = payer.is_found ? FUNDING_FREE : FUNDING_PAYG;
    }
    if (!payer.is_found && subscription && !standing->is_suspended)
        TRY(lots_payer(subscription, tariff, item, standing, &payer));
    if (!payer.is_found)
        payg_payer(subscription, tariff, item, standing, &payer);
    *ret_payer = payer;
    return STATUS_OK;
}

static uint64_t whole(struct decimal value) {
    wide units = value.pico / DECIMAL_ONE_PICO;
    return units > INT64_MAX ? INT64_MAX : (uint64_t)units;
}

/* Plans for the same calls, by day and by month: the largest counts. Quotas add up. */
bool engine_limit(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                  const struct product *product, int64_t now_ns, uint64_t *ret_limit) {
    static const struct holdings none = {0};
    const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    const struct holdings *holdings = subscription ? &subscription->holdings : &none;
    struct decimal limit = product->default_limit;
    if (product->kind == PRODUCT_CONCURRENCY) {
        if (holdings->concurrent_mode)
            limit = fund_slot_limit(holdings, product, now_ns);
        *ret_limit = whole(limit);
        return holdings->concurrent_mode || !decimal_is_zero(limit);
    }
    bool has_plan = false;
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        if (lot->product->kind != PRODUCT_QPS || !slice_eq(lot->product->family, product->family) || lot->is_refunded ||
            now_ns < lot->ordered_ns || now_ns < lot->effective_ns || now_ns >= lot->expires_ns)
            continue;
        has_plan = true;
        if (decimal_cmp(lot->pieces, limit) > 0)
            limit = lot->pieces;
    }
    *ret_limit = whole(limit);
    return has_plan || product->has_default_limit;
}

/* Tasks that began under a tariff run on when a contract puts another in its place: the quota is the one of that sku.
 */
uint32_t engine_slots_held(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                           uint32_t product) {
    const struct holds *holds = engine->accounts[account].holds;
    uint32_t count = 0;
    for (uint32_t i = 0; holds && i < holds->count; i++) {
        const struct hold *hold = &holds->list[i];
        if (!engine_is_related(engine, account, tariff, hold->tariff))
            continue;
        for (uint32_t k = 0; k < hold->reserves.count; k++)
            count += hold->reserves.list[k].kind == RESERVE_SLOT &&
                     slice_eq(hold->tariff->products[hold->reserves.list[k].index].sku, tariff->products[product].sku);
    }
    return count;
}
