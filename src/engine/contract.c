/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account has of its own: contracts, under which another tariff stands for the one that its records name, and
 * attributes that stand in where its events say nothing. Records of such accounts are read once more; nobody else pays
 * for it. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/standing.h"

void terms_free(struct terms *terms) {
    if (!terms)
        return;
    free(terms->contracts);
    free(terms->attributes);
}

enum status engine_terms(struct engine *engine, uint32_t account, struct terms **ret_terms) {
    struct account *owner = &engine->accounts[account];
    if (!owner->terms)
        owner->terms = ARENA_NEW(&engine->arena, struct terms);
    *ret_terms = owner->terms;
    return owner->terms ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The contract that holds for a tariff at an instant: the latest to begin, and of those the one said last. */
static const struct contract *contract_at(const struct terms *terms, const struct tariff *tariff, int64_t at_ns) {
    const struct contract *found = NULL;
    for (uint32_t i = 0; i < terms->contract_count; i++) {
        const struct contract *contract = &terms->contracts[i];
        if (contract->tariff == tariff && contract->from_ns <= at_ns && (!found || contract->from_ns >= found->from_ns))
            found = contract;
    }
    return found;
}

const struct tariff *engine_tariff_at(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                                      int64_t at_ns) {
    const struct terms *terms = engine->accounts[account].terms;
    const struct contract *contract = terms ? contract_at(terms, tariff, at_ns) : NULL;
    return contract ? contract->use : tariff;
}

/* ---- reading once more ---- */

static bool is_read_again(const struct record *record) {
    switch (record->kind) {
    case RECORD_USAGE:
    case RECORD_UNPRICED:
    case RECORD_ORDER:
    case RECORD_ACTIVATE:
    case RECORD_HOLD:
    case RECORD_REVERSAL:
        return true;
    case RECORD_REJECTED:
    case RECORD_ACCOUNT: /* what it sets holds for every tariff of a contract */
    case RECORD_REFUND:  /* an order is found wherever it is */
    case RECORD_WALLET:
    case RECORD_TICK:
    case RECORD_RELEASE:
    case RECORD_CONTRACT:
    case RECORD_BACKFILL:
    case RECORD_RECALL:
        break;
    }
    return false;
}

/* What is rated: a reversal is about the event that it takes back. */
static const struct record *rated_record(const struct record *record) {
    return record->kind == RECORD_REVERSAL ? record->command->event : record;
}

static void trace_contract(struct trace *trace, const struct terms *terms, const struct record *record) {
    const struct contract *contract = record->tariff ? contract_at(terms, record->tariff, record->owner_ns) : NULL;
    char from[INSTANT_TEXT_MAX];
    trace_clear(trace); /* what was read without the account does not hold */
    if (!contract || contract->use == contract->tariff)
        return;
    instant_format(contract->from_ns, contract->tariff->zone, from);
    trace_add(trace, "contract", (struct slice){0}, "from %s on %.*s stands for %.*s: contract %.*s", from,
              SLICE_ARG(contract->use->name), SLICE_ARG(contract->tariff->name), SLICE_ARG(contract->id));
}

static enum status reader_need(struct engine *engine) {
    if (!engine->instead)
        engine->instead = ARENA_ARRAY(&engine->arena, engine->tariffs->count + (size_t)1, const struct tariff *);
    if (!engine->instead)
        return STATUS_NO_MEMORY;
    return engine->reader ? STATUS_OK : reader_new(engine->tariffs, engine->key, &engine->reader);
}

/* What was counted before its terms were said is taken back as it was counted. */
static enum status reversal_choose(struct engine *engine, uint32_t account, const struct record *listed,
                                   struct record *record) {
    bool can = record->kind == RECORD_REVERSAL, can_listed = false;
    if (can)
        TRY(engine_can_reverse(engine, account, record, &can));
    if (!can)
        TRY(engine_can_reverse(engine, account, listed, &can_listed));
    if (can_listed)
        *record = *listed;
    return STATUS_OK;
}

enum status engine_read_again(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace,
                              struct record *ret_record) {
    const struct terms *terms = engine->accounts[account].terms;
    bool has_any = terms->attribute_count > 0;
    *ret_record = *record;
    if (!is_read_again(record) || !record->document.ptr) /* made by the program: it is under these terms already */
        return STATUS_OK;
    TRY(reader_need(engine));
    memset(engine->instead, 0, engine->tariffs->count * sizeof(const struct tariff *));
    for (uint32_t i = 0; i < terms->contract_count; i++) {
        const struct tariff *tariff = terms->contracts[i].tariff;
        const struct contract *contract = contract_at(terms, tariff, rated_record(record)->owner_ns);
        engine->instead[tariff->index] = contract ? contract->use : NULL;
        has_any = has_any || contract;
    }
    if (!has_any)
        return STATUS_OK;
    if (trace)
        trace_contract(trace, terms, rated_record(record));
    struct reader_terms reading = {engine->instead, terms->attributes, terms->attribute_count};
    arena_reset(&engine->again);
    TRY(reader_read_under(engine->reader, record, &reading, &engine->again, trace, ret_record));
    return record->kind == RECORD_REVERSAL ? reversal_choose(engine, account, record, ret_record) : STATUS_OK;
}

/* ---- tariffs that stand for each other ---- */

/* The tariff that the account's records name where `tariff` is charged. */
static const struct tariff *listed_tariff(const struct terms *terms, const struct tariff *tariff) {
    for (uint32_t i = 0; i < terms->contract_count; i++)
        if (terms->contracts[i].use == tariff)
            return terms->contracts[i].tariff;
    return tariff;
}

bool engine_is_related(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                       const struct tariff *other) {
    const struct terms *terms = engine->accounts[account].terms;
    return tariff == other || (terms && listed_tariff(terms, tariff) == listed_tariff(terms, other));
}

struct lot *engine_lot_find(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                            struct slice order_id, const struct tariff **ret_where) {
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        const struct tariff *candidate = engine->tariffs->list[i];
        struct subscription *subscription = engine_subscription_find(engine, account, candidate);
        if (!subscription || !engine_is_related(engine, account, tariff, candidate))
            continue;
        struct lot *lot = holdings_find(&subscription->holdings, order_id);
        if (!lot)
            continue;
        *ret_where = candidate;
        return lot;
    }
    return NULL;
}

/* ---- what was bought goes along ---- */

/* A lot goes on as the product of the same sku. Its units are kept in the smallest parts of both products. */
static enum status lot_becomes(struct lot *lot, const struct product *product) {
    wide shared = (wide)wide_gcd((uwide)lot->scale, (uwide)product->units_scale);
    wide times = product->units_scale / shared, scale;
    TRY(wide_mul(lot->scale, times, &scale));
    if (scale > INT64_MAX)
        return STATUS_RANGE;
    TRY(wide_mul(lot->bought, times, &lot->bought));
    TRY(wide_mul(lot->used, times, &lot->used));
    lot->scale = (int64_t)scale;
    lot->product = product;
    if (lot->alerts_sent > product->alert_count)
        lot->alerts_sent = product->alert_count;
    return STATUS_OK;
}

static const struct product *product_like(const struct tariff *tariff, const struct lot *lot) {
    const struct product *product = tariff_product(tariff, lot->product->sku);
    return product && product->kind == lot->product->kind ? product : NULL;
}

/* The first to come of those that can go; what a hold reserves goes when the hold has ended. NULL: none. */
static const struct lot *lot_next(const struct holdings *holdings, const struct tariff *tariff) {
    const struct lot *next = NULL;
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        if (lot->held == 0 && product_like(tariff, lot) && (!next || lot->number < next->number))
            next = lot;
    }
    return next;
}

/* In the order in which they came: later orders build on earlier ones. */
static enum status lots_bring(struct engine *engine, uint32_t account, const struct tariff *source,
                              const struct tariff *tariff) {
    struct subscription *from = engine_subscription_find(engine, account, source), *to;
    const struct lot *next;
    if (!from || source == tariff)
        return STATUS_OK;
    while ((next = lot_next(&from->holdings, tariff))) {
        struct lot lot = *next;
        TRY(engine_subscription(engine, account, tariff, &to));
        TRY(engine_deferred_moves(engine, account, &lot, source, tariff));
        TRY(lot_becomes(&lot, product_like(tariff, &lot)));
        TRY(holdings_insert(&to->holdings, lot));
        TRY(engine_expiry_plan(engine, account, tariff, &lot));
        uint32_t at = (uint32_t)(next - from->holdings.lots);
        memmove(&from->holdings.lots[at], next + 1, (--from->holdings.count - at) * sizeof lot);
    }
    return STATUS_OK;
}

enum status engine_lots_bring(struct engine *engine, uint32_t account, const struct tariff *tariff) {
    const struct terms *terms = engine->accounts[account].terms;
    if (!terms || terms->contract_count == 0)
        return STATUS_OK;
    const struct tariff *listed = listed_tariff(terms, tariff);
    TRY(lots_bring(engine, account, listed, tariff));
    for (uint32_t i = 0; i < terms->contract_count; i++)
        if (terms->contracts[i].tariff == listed)
            TRY(lots_bring(engine, account, terms->contracts[i].use, tariff));
    return STATUS_OK;
}

/* The latest instant that is known of. */
static int64_t latest_ns(const struct engine *engine) {
    int64_t said_ns = engine->recorded_ns == INSTANT_MIN ? engine->last_ns : engine->recorded_ns;
    return said_ns > engine->now_ns ? said_ns : engine->now_ns;
}

enum status engine_lots_settle(struct engine *engine, uint32_t account) {
    const struct terms *terms = engine->accounts[account].terms;
    for (uint32_t i = 0; terms && i < terms->contract_count; i++)
        TRY(engine_lots_bring(engine, account,
                              engine_tariff_at(engine, account, terms->contracts[i].tariff, latest_ns(engine))));
    return STATUS_OK;
}

enum status engine_activated(struct engine *engine, uint32_t account, const struct tariff *tariff) {
    const struct terms *terms = engine->accounts[account].terms;
    struct subscription *subscription;
    TRY(engine_subscription(engine, account, tariff, &subscription));
    subscription->is_activated = true;
    for (uint32_t i = 0; terms && i < terms->contract_count; i++) {
        if (!engine_is_related(engine, account, tariff, terms->contracts[i].tariff))
            continue;
        TRY(engine_subscription(engine, account, terms->contracts[i].tariff, &subscription));
        subscription->is_activated = true;
        TRY(engine_subscription(engine, account, terms->contracts[i].use, &subscription));
        subscription->is_activated = true;
    }
    return STATUS_OK;
}

/* ---- commands ---- */

/* A lot that the contract would strand; NULL: none. What is over by then does not matter. */
static const struct lot *lot_stranded(const struct engine *engine, uint32_t account, const struct record *record) {
    const struct contract_command *contract = &record->command->contract;
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        const struct tariff *tariff = engine->tariffs->list[i];
        const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
        if (!subscription || !engine_is_related(engine, account, record->tariff, tariff))
            continue;
        for (uint32_t k = 0; k < subscription->holdings.count; k++) {
            const struct lot *lot = &subscription->holdings.lots[k];
            if (!lot->is_refunded && lot->expires_ns > contract->from_ns && !product_like(contract->use, lot))
                return lot;
        }
    }
    return NULL;
}

/* The account's switches go along. One that stands where the tariff puts it stands where the new one puts it. */
static enum status settings_copy(struct engine *engine, uint32_t account, const struct record *record) {
    const struct tariff *use = record->command->contract.use;
    const struct subscription *base = engine_subscription_find(engine, account, record->tariff);
    struct subscription *subscription;
    if (!base || use == record->tariff)
        return STATUS_OK;
    struct subscription settings = *base;
    TRY(engine_subscription(engine, account, use, &subscription));
    subscription->is_activated = subscription->is_activated || settings.is_activated;
    subscription->holdings.concurrent_mode = settings.holdings.concurrent_mode;
    if (settings.holdings.postpaid != record->tariff->postpaid_default)
        subscription->holdings.postpaid = settings.holdings.postpaid;
    return STATUS_OK;
}

enum status engine_contract(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    const struct contract_command *command = &record->command->contract;
    const struct lot *stranded = lot_stranded(engine, account, record);
    struct terms *terms;
    if (stranded)
        return engine_reject(
            engine, record,
            "order \"%.*s\" holds %.*s, which tariff %.*s does not sell; add it there, or begin when it is over",
            SLICE_ARG(stranded->order_id), SLICE_ARG(stranded->product->sku), SLICE_ARG(command->use->name));
    struct contract contract = {.tariff = record->tariff,
                                .use = command->use,
                                .from_ns = command->from_ns,
                                .id = arena_copy(&engine->arena, record->id)};
    if (!contract.id.ptr)
        return STATUS_NO_MEMORY;
    TRY(settings_copy(engine, account, record));
    TRY(engine_terms(engine, account, &terms));
    void *list = terms->contracts;
    enum status status = list_grow(&list, terms->contract_count, &terms->contract_cap, sizeof *terms->contracts);
    terms->contracts = list;
    TRY(status);
    terms->contracts[terms->contract_count++] = contract;
    if (contract.from_ns > engine->now_ns)
        TRY(agenda_add(&engine->agenda,
                       (struct duty){.at_ns = contract.from_ns, .kind = DUTY_CONTRACT, .account = account}));
    char from[INSTANT_TEXT_MAX];
    instant_format(contract.from_ns, contract.tariff->zone, from);
    trace_add(trace, "contract", (struct slice){0}, "from %s on %.*s stands for %.*s", from,
              SLICE_ARG(contract.use->name), SLICE_ARG(contract.tariff->name));
    return STATUS_OK;
}

/* Keep an attribute, replace it, or take it back. */
static enum status attribute_set(struct engine *engine, struct terms *terms, struct attribute attribute) {
    uint32_t at = 0;
    while (at < terms->attribute_count && terms->attributes[at].slot < attribute.slot)
        at++;
    bool is_there = at < terms->attribute_count && terms->attributes[at].slot == attribute.slot;
    if (attribute.value.kind == VALUE_NONE) {
        if (is_there)
            memmove(&terms->attributes[at], &terms->attributes[at + 1],
                    (--terms->attribute_count - at) * sizeof attribute);
        return STATUS_OK;
    }
    if (attribute.value.kind == VALUE_TEXT)
        attribute.value.text = arena_copy(&engine->arena, attribute.value.text);
    if (attribute.value.kind == VALUE_TEXT && !attribute.value.text.ptr)
        return STATUS_NO_MEMORY;
    void *list = terms->attributes;
    enum status status = list_grow(&list, terms->attribute_count, &terms->attribute_cap, sizeof *terms->attributes);
    terms->attributes = list;
    TRY(status);
    if (!is_there)
        memmove(&terms->attributes[at + 1], &terms->attributes[at], (terms->attribute_count++ - at) * sizeof attribute);
    terms->attributes[at] = attribute;
    return STATUS_OK;
}

enum status engine_attributes(struct engine *engine, uint32_t account, const struct record *record) {
    const struct command *command = record->command;
    struct terms *terms;
    if (command->attribute_count == 0 && !command->zone)
        return STATUS_OK;
    TRY(engine_terms(engine, account, &terms));
    for (uint32_t i = 0; i < command->attribute_count; i++)
        TRY(attribute_set(engine, terms, command->attributes[i]));
    if (command->zone)
        terms->zone = command->zone;
    return STATUS_OK;
}
