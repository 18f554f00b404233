/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds: what a job that runs will need is set apart when it is submitted: units of packages and free quota, and a slot
 * of each concurrency quota. A hold ends with the usage event that names it, with its release, or when its time is
 * over; then everything goes back, and the event is charged as any other. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/standing.h"

/* ---- the holds of an account ---- */

/* Where the id stands or would stand. */
static uint32_t hold_index(const struct holds *holds, struct slice id) {
    uint32_t low = 0, high = holds->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (slice_cmp(holds->list[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct hold *holds_find(const struct holds *holds, struct slice id) {
    if (!holds)
        return NULL;
    uint32_t at = hold_index(holds, id);
    return at < holds->count && slice_eq(holds->list[at].id, id) ? &holds->list[at] : NULL;
}

static void hold_free(struct hold *hold) {
    free(hold->id_bytes);
    reserves_free(&hold->reserves);
}

void holds_free(struct holds *holds) {
    for (uint32_t i = 0; holds && i < holds->count; i++)
        hold_free(&holds->list[i]);
    if (holds)
        free(holds->list);
    free(holds);
}

enum status engine_holds_make(struct engine *engine, uint32_t account, int64_t duty_ns) {
    struct holds *holds = calloc(1, sizeof *holds);
    if (!holds)
        return STATUS_NO_MEMORY;
    holds->duty_ns = duty_ns;
    engine->accounts[account].holds = holds;
    return STATUS_OK;
}

enum status engine_hold_add(struct engine *engine, uint32_t account, struct hold hold) {
    struct holds *holds = engine->accounts[account].holds;
    void *list = holds->list;
    enum status status = list_grow(&list, holds->count, &holds->cap, sizeof *holds->list);
    holds->list = list;
    TRY(status);
    uint32_t at = hold_index(holds, hold.id);
    memmove(&holds->list[at + 1], &holds->list[at], (holds->count - at) * sizeof *holds->list);
    holds->list[at] = hold;
    if (holds->count++ == 0 || hold.expires_ns < holds->due_ns)
        holds->due_ns = hold.expires_ns;
    return STATUS_OK;
}

/* The agenda looks after an account's holds when the first of them expires: one duty, however many holds come and go.
 */
static enum status duty_plan(struct engine *engine, uint32_t account, int64_t at_ns) {
    struct holds *holds = engine->accounts[account].holds;
    if (at_ns >= holds->duty_ns)
        return STATUS_OK;
    holds->duty_ns = at_ns;
    return agenda_add(&engine->agenda, (struct duty){.at_ns = at_ns, .kind = DUTY_HOLD_EXPIRY, .account = account});
}

/* Everything goes back to where it came from. */
static void give_back(struct engine *engine, uint32_t account, const struct hold *hold) {
    struct subscription *subscription = engine_subscription_find(engine, account, hold->tariff);
    if (!subscription)
        return; /* nothing of it was ever held */
    fund_release(&subscription->holdings, &hold->reserves);
    for (uint32_t i = 0; i < hold->reserves.count; i++) {
        const struct reserve *reserve = &hold->reserves.list[i];
        for (uint32_t k = 0; reserve->kind == RESERVE_QUOTA && k < subscription->quota_count; k++) {
            struct quota_use *use = &subscription->quotas[k];
            if (use->item == reserve->index && use->start_ns == reserve->start_ns)
                use->held_pico -= reserve->amount;
        }
    }
}

static void hold_end(struct engine *engine, uint32_t account, struct hold *hold) {
    struct holds *holds = engine->accounts[account].holds;
    give_back(engine, account, hold);
    hold_free(hold);
    uint32_t at = (uint32_t)(hold - holds->list);
    memmove(hold, hold + 1, (holds->count - at - 1) * sizeof *hold);
    holds->count--;
}

void engine_holds_expire(struct engine *engine, uint32_t account, int64_t at_ns) {
    struct holds *holds = engine->accounts[account].holds;
    if (!holds || holds->count == 0 || at_ns < holds->due_ns)
        return;
    int64_t due_ns = INSTANT_MAX;
    for (uint32_t i = holds->count; i > 0; i--) {
        struct hold *hold = &holds->list[i - 1];
        if (hold->expires_ns <= at_ns)
            hold_end(engine, account, hold);
        else if (hold->expires_ns < due_ns)
            due_ns = hold->expires_ns;
    }
    holds->due_ns = due_ns;
}

enum status engine_hold_duty(struct engine *engine, uint32_t account, int64_t at_ns) {
    struct holds *holds = engine->accounts[account].holds;
    if (!holds || holds->duty_ns != at_ns)
        return STATUS_OK; /* an earlier one took its place */
    engine_holds_expire(engine, account, at_ns);
    holds->duty_ns = INSTANT_MAX;
    int64_t next_ns = INSTANT_MAX;
    for (uint32_t i = 0; i < holds->count; i++)
        if (holds->list[i].expires_ns < next_ns)
            next_ns = holds->list[i].expires_ns;
    return duty_plan(engine, account, next_ns);
}

void engine_hold_settle(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    struct hold *hold = holds_find(engine->accounts[account].holds, record->hold);
    trace_add(trace, "hold", (struct slice){0},
              hold ? "hold %.*s ends and gives back what it reserved"
                   : "hold %.*s is not open: the event is charged as without a hold",
              SLICE_ARG(record->hold));
    if (!hold)
        return;
    engine->admitted_ns = hold->at_ns;
    hold_end(engine, account, hold);
}

enum status engine_release(struct engine *engine, uint32_t account, const struct record *record) {
    struct hold *hold = holds_find(engine->accounts[account].holds, record->hold);
    if (!hold)
        return engine_reject(engine, record,
                             "there is no open hold \"%.*s\"; it was settled, released or has expired, or never was",
                             SLICE_ARG(record->hold));
    hold_end(engine, account, hold);
    return STATUS_OK;
}

/* ---- a new hold ---- */

struct holding {
    struct engine *engine;
    uint32_t account;
    const struct record *record;
    struct subscription *subscription;
    struct restriction restriction; /* while the account owes */
    struct hold hold;
    bool is_refused;
};

PRINTF(2, 3)
static enum status refuse(struct holding *holding, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice reason = arena_vprintf(&holding->engine->arena, format, args);
    va_end(args);
    holding->is_refused = true;
    return reason.ptr ? engine_reject(holding->engine, holding->record, "hold refused: %.*s", SLICE_ARG(reason))
                      : STATUS_NO_MEMORY;
}

static bool product_covers(const struct product *product, uint32_t item) {
    for (uint32_t i = 0; i < product->scope_count; i++)
        if (product->scope[i].item == item)
            return true;
    return false;
}

/* A job needs one slot of a quota, however many of its items the quota covers. */
static bool needs_slot(const struct record *record, const struct product *product) {
    for (uint32_t i = 0; i < record->usage_count; i++)
        if (product_covers(product, record->usages[i].item))
            return true;
    for (uint32_t i = 0; i < record->coverage_count; i++)
        if (product_covers(product, record->coverages[i].item))
            return true;
    return false;
}

/* Bought quotas count only in concurrent billing; outside it a default of 0 means that no limit is known.
 * Rule: vclm 3b-9. */
static enum status take_slot(struct holding *holding, uint32_t index) {
    const struct product *product = &holding->record->tariff->products[index];
    bool is_concurrent = holding->subscription->holdings.concurrent_mode;
    struct decimal limit = is_concurrent
                               ? fund_slot_limit(&holding->subscription->holdings, product, holding->record->owner_ns)
                               : product->default_limit;
    if (!is_concurrent && decimal_is_zero(limit))
        return STATUS_OK;
    if (decimal_is_zero(limit))
        return refuse(holding,
                      "concurrent billing is on, but no quota of %.*s is valid; order one or switch the mode "
                      "back",
                      SLICE_ARG(product->sku));
    uint32_t held = engine_slots_held(holding->engine, holding->account, holding->record->tariff, index);
    if (decimal_cmp(decimal_from_int(held), limit) < 0)
        return reserves_add(&holding->hold.reserves,
                            (struct reserve){.kind = RESERVE_SLOT, .index = index, .amount = 1});
    return refuse(holding, "%u of %.*s run at once already; wait until one ends, or order more", held,
                  SLICE_ARG(product->sku));
}

static enum status take_slots(struct holding *holding) {
    const struct tariff *tariff = holding->record->tariff;
    for (uint32_t i = 0; i < tariff->product_count && !holding->is_refused; i++)
        if (tariff->products[i].kind == PRODUCT_CONCURRENCY && needs_slot(holding->record, &tariff->products[i]))
            TRY(take_slot(holding, i));
    return STATUS_OK;
}

static enum status hold_quota(struct holding *holding, uint32_t item, struct decimal *left) {
    const struct record *record = holding->record;
    struct quota_use *use;
    if (!record->tariff->items[item].has_free_quota || holding->restriction.pauses[FUNDING_FREE])
        return STATUS_OK;
    TRY(engine_quota(holding->subscription, record->tariff, item, record->cycle, record->owner_ns, &use));
    wide rest = record->tariff->items[item].free_quota.pico - use->used_pico - use->held_pico;
    wide taken = rest < left->pico ? rest : left->pico;
    if (taken <= 0)
        return STATUS_OK;
    TRY(reserves_add(
        &holding->hold.reserves,
        (struct reserve){.kind = RESERVE_QUOTA, .index = item, .start_ns = use->start_ns, .amount = taken}));
    use->held_pico += taken;
    left->pico -= taken;
    return STATUS_OK;
}

/* In the deduction order, as the charge will be. */
static enum status hold_lots(struct holding *holding, uint32_t item, struct decimal *left) {
    const struct tariff *tariff = holding->record->tariff;
    struct holdings *holdings = &holding->subscription->holdings;
    for (uint32_t i = 0; i < tariff->funding_count && !decimal_is_zero(*left); i++) {
        enum funding funding = tariff->funding[i];
        if (funding == FUNDING_PAYG || (funding == FUNDING_CONCURRENCY) != holdings->concurrent_mode ||
            holding->restriction.pauses[funding])
            continue;
        TRY(fund_hold(holdings, funding, item, holding->record->owner_ns, *left, &holding->hold.reserves, left));
    }
    return STATUS_OK;
}

static enum status hold_usage(struct holding *holding, const struct usage *usage) {
    const struct tariff *tariff = holding->record->tariff;
    const struct item *item = &tariff->items[usage->item];
    struct decimal left = usage->quantity;
    /* What another product bills is not paid here; what is rounded once for the cycle is paid when it closes. */
    if (usage->rate == INDEX_NONE || (item->round.is_set && item->round.scope == SCOPE_CYCLE))
        return STATUS_OK;
    TRY(hold_quota(holding, usage->item, &left));
    TRY(hold_lots(holding, usage->item, &left));
    if (decimal_is_zero(left))
        return STATUS_OK;
    char quantity[DECIMAL_TEXT_MAX];
    decimal_format(left, quantity);
    const char *refusal = engine_payg_refusal(tariff, holding->subscription, &holding->restriction);
    if (refusal)
        return refuse(holding, "nothing would pay for %s %.*s of %.*s: %s", quantity, SLICE_ARG(item->unit),
                      SLICE_ARG(item->name), refusal);
    if (tariff->rates[usage->rate].mode == PRICE_UNPUBLISHED)
        return refuse(holding, "%s %.*s of %.*s would be left to pay, and tariff %.*s does not publish the price",
                      quantity, SLICE_ARG(item->unit), SLICE_ARG(item->name), SLICE_ARG(tariff->name));
    return STATUS_OK;
}

static bool is_activated(const struct holding *holding) {
    const struct subscription *subscription =
        engine_subscription_find(holding->engine, holding->account, holding->record->tariff);
    return subscription && subscription->is_activated;
}

/* In the order in which a call is checked: debts, activation, what it is, slots, funds. Rule: design, precedence of
 * refusals. */
static enum status hold_reserve(struct holding *holding) {
    const struct record *record = holding->record;
    if (!record->tariff)
        return refuse(holding, "%.*s", SLICE_ARG(record->reason));
    TRY(engine_restriction(holding->engine, holding->account, record->tariff, record->owner_ns, &holding->restriction));
    if (holding->restriction.is_suspended)
        return refuse(holding, "%s", engine_suspended_refusal(&holding->restriction));
    if (record->tariff->needs_activation && !is_activated(holding))
        return refuse(holding, "activate %.*s for this account first", SLICE_ARG(record->tariff->name));
    if (record->reason.len)
        return refuse(holding, "%.*s", SLICE_ARG(record->reason));
    TRY(engine_subscription(holding->engine, holding->account, record->tariff, &holding->subscription));
    TRY(take_slots(holding));
    for (uint32_t i = 0; i < record->usage_count && !holding->is_refused; i++)
        TRY(hold_usage(holding, &record->usages[i]));
    return STATUS_OK;
}

static void trace_hold(const struct holding *holding, struct trace *trace) {
    const struct tariff *tariff = holding->record->tariff;
    for (uint32_t i = 0; trace && i < holding->hold.reserves.count; i++) {
        const struct reserve *reserve = &holding->hold.reserves.list[i];
        char amount[DECIMAL_TEXT_MAX];
        decimal_format((struct decimal){reserve->amount}, amount);
        if (reserve->kind == RESERVE_SLOT)
            trace_add(trace, "hold", (struct slice){0}, "one task at once of %.*s is taken",
                      SLICE_ARG(tariff->products[reserve->index].sku));
        else if (reserve->kind == RESERVE_QUOTA)
            trace_add(trace, "hold", (struct slice){0}, "%s of the free quota of %.*s are held", amount,
                      SLICE_ARG(tariff->items[reserve->index].name));
    }
    for (uint32_t i = 0; trace && i < holding->subscription->holdings.count; i++) {
        const struct lot *lot = &holding->subscription->holdings.lots[i];
        char held[DECIMAL_TEXT_MAX];
        decimal_format(lot_balance(lot, holding->record->owner_ns).held, held);
        if (lot->held > 0)
            trace_add(trace, "hold", lot->product->origin.source, "%s %.*s of order %.*s (%.*s) are held now", held,
                      SLICE_ARG(lot->product->unit), SLICE_ARG(lot->order_id), SLICE_ARG(lot->product->sku));
    }
}

enum status engine_hold(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    if (holds_find(engine->accounts[account].holds, record->id))
        return engine_reject(engine, record, "hold refused: a hold \"%.*s\" is open; give every hold its own id",
                             SLICE_ARG(record->id));
    struct holding holding = {.engine = engine, .account = account, .record = record};
    if (record->tariff)
        TRY(engine_lots_bring(engine, account, record->tariff));
    holding.hold = (struct hold){.tariff = record->tariff,
                                 .operation = record->operation,
                                 .at_ns = record->time_ns,
                                 .expires_ns = record->command->expires_ns,
                                 .id_bytes = malloc(record->id.len)};
    if (!holding.hold.id_bytes)
        return STATUS_NO_MEMORY;
    memcpy(holding.hold.id_bytes, record->id.ptr, record->id.len);
    holding.hold.id = (struct slice){holding.hold.id_bytes, record->id.len};
    enum status status = hold_reserve(&holding);
    if (status == STATUS_OK && !holding.is_refused) {
        trace_hold(&holding, trace);
        if (!engine->accounts[account].holds)
            status = engine_holds_make(engine, account, INSTANT_MAX);
        if (status == STATUS_OK)
            status = engine_hold_add(engine, account, holding.hold);
        if (status == STATUS_OK)
            return duty_plan(engine, account, holding.hold.expires_ns);
    }
    if (record->tariff)
        give_back(engine, account, &holding.hold);
    hold_free(&holding.hold);
    return status;
}
