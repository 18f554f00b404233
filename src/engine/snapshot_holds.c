/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds in a snapshot. Giving back relies on all that is held being held by somebody, so that is checked here. */
#include <stdlib.h>
#include <string.h>

#include "engine/snapshot_private.h"

enum { LEAST_ACCOUNT = 16, LEAST_HOLD = 29, LEAST_RESERVE = 29 }; /* fewest bytes of an element */

/* ---- both ways ---- */

static void part_holds(struct coder *coder, struct holds *holds) {
    coder_i64(coder, &holds->duty_ns);
    coder_u32(coder, &holds->count);
}

static void part_hold(struct coder *coder, struct hold *hold) {
    uint32_t operation = coder->out ? (uint32_t)(hold->operation - hold->tariff->operations) : 0;
    coder_text(coder, &hold->id);
    coder_tariff(coder, &hold->tariff);
    coder_u32(coder, &operation);
    coder_i64(coder, &hold->at_ns);
    coder_i64(coder, &hold->expires_ns);
    if (coder->out || coder->status != STATUS_OK)
        return;
    if (hold->id.len == 0 || !hold->tariff || operation >= hold->tariff->operation_count)
        coder_fail(coder);
    else
        hold->operation = &hold->tariff->operations[operation];
}

static void part_reserve(struct coder *coder, struct reserve *reserve) {
    uint8_t kind = (uint8_t)reserve->kind;
    coder_u8(coder, &kind);
    coder_u32(coder, &reserve->index);
    coder_i64(coder, &reserve->start_ns);
    coder_wide(coder, &reserve->amount);
    if (!coder->out && (kind > RESERVE_SLOT || reserve->amount <= 0))
        coder_fail(coder);
    reserve->kind = (enum reserve_kind)kind;
}

/* ---- writing ---- */

static void write_hold(struct coder *coder, struct hold hold) {
    part_hold(coder, &hold);
    coder_u32(coder, &hold.reserves.count);
    for (uint32_t i = 0; i < hold.reserves.count; i++) {
        struct reserve reserve = hold.reserves.list[i];
        part_reserve(coder, &reserve);
    }
}

void snapshot_holds_write(struct coder *coder, const struct engine *engine) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        count += engine->accounts[i].holds != NULL;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < engine->account_names.count; i++) {
        if (!engine->accounts[i].holds)
            continue;
        struct holds holds = *engine->accounts[i].holds;
        coder_u32(coder, &i);
        part_holds(coder, &holds);
        for (uint32_t k = 0; k < holds.count; k++)
            write_hold(coder, holds.list[k]);
    }
}

/* ---- reading ---- */

static enum status require(bool holds) {
    return holds ? STATUS_OK : STATUS_INVALID;
}

/* Where it is counted that a reserve is held; NULL: nowhere. */
static wide *reserve_place(const struct subscription *subscription, const struct reserve *reserve) {
    for (uint32_t i = 0; reserve->kind == RESERVE_UNITS && i < subscription->holdings.count; i++)
        if (subscription->holdings.lots[i].number == reserve->index)
            return &subscription->holdings.lots[i].held;
    for (uint32_t i = 0; reserve->kind == RESERVE_QUOTA && i < subscription->quota_count; i++)
        if (subscription->quotas[i].item == reserve->index && subscription->quotas[i].start_ns == reserve->start_ns)
            return &subscription->quotas[i].held_pico;
    return NULL;
}

/* Every reserve takes its part away, nothing may be left when all are read, and then each puts its part back. */
static bool reserve_claim(const struct subscription *subscription, const struct tariff *tariff,
                          const struct reserve *reserve) {
    if (!subscription)
        return false;
    if (reserve->kind == RESERVE_SLOT)
        return reserve->index < tariff->product_count;
    wide *held = reserve_place(subscription, reserve);
    if (!held || *held < reserve->amount)
        return false;
    *held -= reserve->amount;
    return true;
}

static bool is_all_claimed(const struct subscription *subscription) {
    for (uint32_t i = 0; subscription && i < subscription->holdings.count; i++)
        if (subscription->holdings.lots[i].held != 0)
            return false;
    for (uint32_t i = 0; subscription && i < subscription->quota_count; i++)
        if (subscription->quotas[i].held_pico != 0)
            return false;
    return true;
}

static void hold_put_back(const struct engine *engine, uint32_t account, const struct hold *hold) {
    const struct subscription *subscription = engine_subscription_find(engine, account, hold->tariff);
    for (uint32_t i = 0; i < hold->reserves.count; i++) {
        wide *held = reserve_place(subscription, &hold->reserves.list[i]);
        if (held)
            *held += hold->reserves.list[i].amount;
    }
}

static enum status settle_claims(const struct engine *engine, uint32_t account) {
    const struct holds *holds = engine->accounts[account].holds;
    for (uint32_t i = 0; engine->accounts[account].subscriptions && i < engine->tariffs->count; i++)
        TRY(require(is_all_claimed(engine->accounts[account].subscriptions[i])));
    for (uint32_t i = 0; holds && i < holds->count; i++)
        hold_put_back(engine, account, &holds->list[i]);
    return STATUS_OK;
}

static enum status read_reserves(struct coder *coder, const struct engine *engine, uint32_t account,
                                 struct hold *hold) {
    uint32_t count;
    const struct subscription *subscription = engine_subscription_find(engine, account, hold->tariff);
    coder_count(coder, &count, LEAST_RESERVE);
    TRY(coder->status);
    for (uint32_t i = 0; i < count; i++) {
        struct reserve reserve = {0};
        part_reserve(coder, &reserve);
        TRY(coder->status);
        TRY(require(reserve_claim(subscription, hold->tariff, &reserve)));
        TRY(reserves_add(&hold->reserves, reserve));
    }
    return STATUS_OK;
}

static enum status read_hold(struct coder *coder, struct engine *engine, uint32_t account) {
    struct hold hold = {0};
    part_hold(coder, &hold);
    TRY(coder->status);
    hold.id_bytes = malloc(hold.id.len);
    if (!hold.id_bytes)
        return STATUS_NO_MEMORY;
    memcpy(hold.id_bytes, hold.id.ptr, hold.id.len);
    hold.id.ptr = hold.id_bytes;
    enum status status = read_reserves(coder, engine, account, &hold);
    if (status == STATUS_OK)
        status = engine_hold_add(engine, account, hold);
    if (status != STATUS_OK) {
        reserves_free(&hold.reserves);
        free(hold.id_bytes);
    }
    return status;
}

static enum status read_account(struct coder *coder, struct engine *engine) {
    struct holds head = {0};
    uint32_t account;
    coder_u32(coder, &account);
    part_holds(coder, &head);
    TRY(coder->status);
    TRY(require(account < engine->account_names.count && !engine->accounts[account].holds));
    TRY(require(head.count <= (size_t)(coder->end - coder->at) / LEAST_HOLD));
    TRY(engine_holds_make(engine, account, head.duty_ns));
    for (uint32_t i = 0; i < head.count; i++)
        TRY(read_hold(coder, engine, account));
    return STATUS_OK;
}

enum status snapshot_holds_read(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_ACCOUNT);
    TRY(coder->status);
    for (uint32_t i = 0; i < count; i++)
        TRY(read_account(coder, engine));
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        TRY(settle_claims(engine, i));
    return STATUS_OK;
}
