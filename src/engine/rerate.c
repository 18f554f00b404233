/* SPDX-License-Identifier: Apache-2.0
 *
 * Re-rating: what was used is rated once more under another set of tariffs, by an engine that folds the same journal.
 * What was decided or paid stays: orders and refunds, who could not pay, bills and their numbers, wallets and the
 * ledger, alerts. What closed cycles come to now, less what was billed of them, waits for the next bill. */
#include "engine/rerate.h"

#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

PRINTF(3, 4)
static enum status refuse(struct engine *engine, struct slice *ret_refusal, const char *format, ...) {
    va_list args;
    va_start(args, format);
    *ret_refusal = arena_vprintf(&engine->arena, format, args);
    va_end(args);
    return ret_refusal->ptr ? STATUS_CONFLICT : STATUS_NO_MEMORY;
}

/* ---- what was decided ---- */

struct facts { /* of the engine that is replaced */
    struct engine *old;
    struct names keys; /* source and id of every record that was refused, at least in part */
    const struct notice **notices;
    struct arena scratch;
};

static enum status fact_key(struct arena *arena, struct slice source, struct slice id, struct slice *ret_key) {
    *ret_key = arena_printf(arena, "%zu %.*s%.*s", source.len, SLICE_ARG(source), SLICE_ARG(id));
    return ret_key->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The first thing that was wrong with a record is what was told of it. */
static enum status facts_add(struct facts *facts, const struct notice *list, uint32_t count) {
    struct arena scratch = {0};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        struct slice key;
        uint32_t known = facts->keys.count, index;
        arena_reset(&scratch);
        status = fact_key(&scratch, list[i].source, list[i].id, &key);
        if (status == STATUS_OK)
            status = names_add(&facts->keys, key, &index);
        if (status == STATUS_OK && (index == known || list[i].fact != FACT_NONE))
            facts->notices[index] = &list[i];
    }
    arena_free(&scratch);
    return status;
}

void facts_free(struct facts *facts) {
    if (!facts)
        return;
    names_free(&facts->keys);
    free(facts->notices);
    arena_free(&facts->scratch);
    free(facts);
}

static enum status facts_new(struct engine *old, struct facts **ret_facts) {
    struct facts *facts = calloc(1, sizeof *facts);
    if (!facts)
        return STATUS_NO_MEMORY;
    facts->old = old;
    facts->notices = calloc((size_t)old->rejected_count + old->unpriced_count + 1, sizeof *facts->notices);
    enum status status = facts->notices ? STATUS_OK : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = facts_add(facts, old->rejected, old->rejected_count);
    if (status == STATUS_OK)
        status = facts_add(facts, old->unpriced, old->unpriced_count);
    if (status != STATUS_OK) {
        facts_free(facts);
        return status;
    }
    *ret_facts = facts;
    return STATUS_OK;
}

static const struct notice *fact_find(struct engine *engine, const struct record *record) {
    struct facts *facts = engine->facts;
    struct slice key;
    arena_reset(&facts->scratch);
    if (fact_key(&facts->scratch, record->source, record->id, &key) != STATUS_OK)
        return NULL;
    uint32_t index = names_find(&facts->keys, key);
    return index == NAMES_NONE ? NULL : facts->notices[index];
}

enum status engine_fact_command(struct engine *engine, const struct record *record, bool *ret_is_refused) {
    *ret_is_refused = false;
    if (record->kind != RECORD_ORDER && record->kind != RECORD_REFUND && record->kind != RECORD_WALLET)
        return STATUS_OK;
    const struct notice *notice = fact_find(engine, record);
    struct engine *old = engine->facts->old;
    *ret_is_refused = notice != NULL;
    if (!notice)
        return STATUS_OK;
    for (uint32_t i = 0; i < old->unpriced_count; i++)
        if (notice == &old->unpriced[i])
            return engine_unpriced(engine, record, "%.*s", SLICE_ARG(notice->reason));
    return engine_reject(engine, record, "%.*s", SLICE_ARG(notice->reason));
}

void engine_fact_restriction(struct engine *engine, const struct charge *charge, struct restriction *restriction) {
    const struct notice *notice = charge->record ? fact_find(engine, charge->record) : NULL;
    if (!notice || notice->fact == FACT_NONE)
        return;
    restriction->owes = true;
    restriction->is_suspended = notice->fact == FACT_SUSPENDED;
    memcpy(restriction->pauses, charge->tariff->overdue.pauses, sizeof restriction->pauses);
}

/* ---- the new engine ---- */

static const char *tariff_refusal(const struct tariff *old, const struct tariff *now) {
    if (!now)
        return "it is not there any more";
    if (now->currency != old->currency)
        return "it has another currency";
    if (now->zone != old->zone || now->cycle != old->cycle || now->owner_submitted != old->owner_submitted)
        return "it has other cycles";
    return NULL;
}

static enum status tariffs_check(struct engine *engine, struct engine *old, struct slice *ret_refusal) {
    for (uint32_t i = 0; i < old->tariffs->count; i++) {
        const struct tariff *tariff = old->tariffs->list[i];
        const char *refusal = tariff_refusal(tariff, tariff_find(engine->tariffs, tariff->name));
        if (refusal)
            return refuse(engine, ret_refusal, "tariff %.*s cannot be replaced: %s", SLICE_ARG(tariff->name), refusal);
    }
    return STATUS_OK;
}

/* Accounts keep their numbers. */
static enum status accounts_seed(struct engine *engine, struct engine *old) {
    for (uint32_t i = 0; i < old->account_names.count; i++) {
        struct record record = {.subject = old->account_names.texts[i]};
        uint32_t account;
        record.subject_hash = names_hash(record.subject);
        TRY(engine_account(engine, &record, &account));
    }
    return STATUS_OK;
}

static enum status bill_forget(void *context, const struct bill *bill) {
    (void)context;
    (void)bill; /* it stands under another price already */
    return STATUS_OK;
}

enum status engine_rerate_begin(struct engine *old, const struct tariff_set *tariffs, struct arena *arena,
                                struct engine **ret_engine, struct slice *ret_refusal) {
    struct engine *engine;
    TRY(engine_new(tariffs, &engine));
    enum status status = tariffs_check(engine, old, ret_refusal);
    if (status == STATUS_CONFLICT) {
        *ret_refusal = arena_copy(arena, *ret_refusal);
        status = ret_refusal->ptr ? status : STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK)
        status = accounts_seed(engine, old);
    if (status == STATUS_OK)
        status = facts_new(old, &engine->facts);
    if (status != STATUS_OK) {
        engine_free(engine);
        return status;
    }
    engine_set_key(engine, old->key);
    engine_set_sink(engine, (struct bill_sink){bill_forget, NULL});
    *ret_engine = engine;
    return STATUS_OK;
}

/* ---- what was paid ---- */

struct carrying {
    struct engine *engine;
    struct engine *old;
    struct slice *ret_refusal;
    uint32_t set;
};

static const struct tariff *tariff_now(const struct carrying *carrying, const struct tariff *old) {
    return old ? tariff_find(carrying->engine->tariffs, old->name) : NULL;
}

static struct lot *lot_now(const struct carrying *carrying, uint32_t account, const struct lot *old,
                           const struct tariff **ret_tariff) {
    const struct engine *engine = carrying->engine;
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        struct subscription *subscription = engine_subscription_find(engine, account, engine->tariffs->list[i]);
        for (uint32_t k = 0; subscription && k < subscription->holdings.count; k++) {
            struct lot *lot = &subscription->holdings.lots[k];
            if (!slice_eq(lot->order_id, old->order_id) || !slice_eq(lot->product->sku, old->product->sku))
                continue;
            *ret_tariff = engine->tariffs->list[i];
            return lot;
        }
    }
    return NULL;
}

static enum status lot_carry(const struct carrying *carrying, uint32_t account, const struct tariff *tariff,
                             const struct lot *old) {
    const struct tariff *where;
    struct lot *lot = lot_now(carrying, account, old, &where);
    if (!lot)
        return refuse(carrying->engine, carrying->ret_refusal,
                      "account %.*s has bought %.*s by order \"%.*s\", which these tariffs do not sell",
                      SLICE_ARG(carrying->old->account_names.texts[account]), SLICE_ARG(old->product->sku),
                      SLICE_ARG(old->order_id));
    lot->price_paid = old->price_paid;
    lot->invoiced = old->invoiced;
    lot->earned = old->earned;
    lot->is_refunded = old->is_refunded;
    lot->told_expiring = old->told_expiring;
    lot->told_expired = old->told_expired;
    lot->told_over_limit = old->told_over_limit;
    lot->alerts_sent = old->alerts_sent < lot->product->alert_count ? old->alerts_sent : lot->product->alert_count;
    return where == tariff ? STATUS_OK : engine_deferred_moves(carrying->engine, account, lot, tariff, where);
}

static enum status subscription_carry(const struct carrying *carrying, uint32_t account, const struct tariff *tariff,
                                      const struct subscription *old) {
    struct subscription *subscription;
    TRY(engine_subscription(carrying->engine, account, tariff, &subscription));
    subscription->is_suspended = old->is_suspended;
    subscription->suspended_ns = old->suspended_ns;
    subscription->is_earning = old->is_earning;
    for (uint32_t i = 0; i < old->holdings.count; i++)
        TRY(lot_carry(carrying, account, tariff, &old->holdings.lots[i]));
    return STATUS_OK;
}

static void lots_unpay(struct engine *engine, uint32_t account) {
    for (uint32_t i = 0; engine->accounts[account].subscriptions && i < engine->tariffs->count; i++) {
        struct subscription *subscription = engine->accounts[account].subscriptions[i];
        for (uint32_t k = 0; subscription && k < subscription->holdings.count; k++)
            subscription->holdings.lots[k].invoiced = subscription->holdings.lots[k].earned = DECIMAL_ZERO;
        if (subscription)
            subscription->is_suspended = subscription->is_earning = false;
    }
}

static enum status account_carry(const struct carrying *carrying, uint32_t account) {
    const struct account *old = &carrying->old->accounts[account];
    struct wallet *wallet, *next;
    lots_unpay(carrying->engine, account);
    carrying->engine->accounts[account].told_unfunded = old->told_unfunded;
    carrying->engine->accounts[account].wallets = NULL;
    for (const struct wallet *from = old->wallets; from; from = from->next) {
        TRY(engine_wallet(carrying->engine, account, from->currency, &wallet));
        next = wallet->next;
        *wallet = *from;
        wallet->next = next;
    }
    for (uint32_t i = 0; old->subscriptions && i < carrying->old->tariffs->count; i++)
        if (old->subscriptions[i])
            TRY(subscription_carry(carrying, account, tariff_now(carrying, carrying->old->tariffs->list[i]),
                                   old->subscriptions[i]));
    return STATUS_OK;
}

static enum status ledger_carry(const struct carrying *carrying) {
    struct money *money = &carrying->engine->money;
    const struct money *old = &carrying->old->money;
    uint64_t count = ledger_count(&old->ledger);
    struct posting *list = malloc((count + 1) * sizeof *list);
    if (!list)
        return STATUS_NO_MEMORY;
    ledger_list(&old->ledger, list);
    money_free(carrying->engine);
    *money = (struct money){0};
    enum status status = money_init(carrying->engine);
    for (uint32_t i = 0, index; i < old->items.count && status == STATUS_OK; i++)
        status = names_add(&money->items, old->items.texts[i], &index);
    if (status == STATUS_OK)
        status = ledger_load(&money->ledger, list, count);
    free(list);
    TRY(status);
    money->settlements = calloc(old->settlement_count + (size_t)1, sizeof *money->settlements);
    if (!money->settlements)
        return STATUS_NO_MEMORY;
    money->settlement_cap = old->settlement_count + 1;
    for (uint32_t i = 0; i < old->settlement_count; i++) {
        struct settlement settlement = old->settlements[i];
        settlement.tariff = tariff_now(carrying, settlement.tariff);
        money->settlements[money->settlement_count++] = settlement;
    }
    return STATUS_OK;
}

/* Duties that rating makes are those of the new engine. */
static bool is_rated(enum duty_kind kind) {
    switch (kind) {
    case DUTY_CLOSE_CYCLE:
    case DUTY_HOLD_EXPIRY:
    case DUTY_LICENCE_LAPSE:
    case DUTY_EXPIRY:
    case DUTY_CONTRACT:
    case DUTY_SILENCE:
        return true;
    case DUTY_SETTLEMENT:
    case DUTY_EARN:
    case DUTY_OVERDUE:
    case DUTY_COUNT:
        break;
    }
    return false;
}

static enum status agenda_take_over(struct agenda *agenda, const struct carrying *carrying, const struct agenda *from,
                                    bool is_old) {
    struct duty *list = calloc(from->count + (size_t)1, sizeof *list);
    enum status status = list ? STATUS_OK : STATUS_NO_MEMORY;
    if (list)
        agenda_list(from, list);
    for (uint32_t i = 0; i < from->count && status == STATUS_OK; i++) {
        if (is_rated(list[i].kind) == is_old)
            continue;
        if (is_old)
            list[i].tariff = tariff_now(carrying, carrying->old->tariffs->list[list[i].tariff])->index;
        status = agenda_add(agenda, list[i]);
    }
    free(list);
    return status;
}

static enum status agenda_carry(const struct carrying *carrying) {
    struct agenda agenda = {0};
    enum status status = agenda_take_over(&agenda, carrying, &carrying->engine->agenda, false);
    if (status == STATUS_OK)
        status = agenda_take_over(&agenda, carrying, &carrying->old->agenda, true);
    if (status != STATUS_OK) {
        agenda_free(&agenda);
        return status;
    }
    agenda_free(&carrying->engine->agenda);
    carrying->engine->agenda = agenda;
    return STATUS_OK;
}

static enum status alert_carry(const struct carrying *carrying, struct alert alert) {
    struct slice *texts[] = {&alert.account, &alert.order_id, &alert.sku, &alert.item, &alert.note};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = arena_copy(&carrying->engine->arena, *texts[i]);
        if (!texts[i]->ptr)
            return STATUS_NO_MEMORY;
    }
    alert.tariff = tariff_now(carrying, alert.tariff);
    return engine_alert(carrying->engine, alert);
}

/* Bills are those of before, and who closed them. */
static enum status closings_carry(const struct carrying *carrying) {
    struct engine *engine = carrying->engine;
    engine->closing_count = 0;
    for (uint32_t i = 0; i < carrying->old->closing_count; i++) {
        void *list = engine->closings;
        enum status status = list_grow(&list, engine->closing_count, &engine->closing_cap, sizeof *engine->closings);
        engine->closings = list;
        TRY(status);
        engine->closings[engine->closing_count++] = carrying->old->closings[i];
    }
    return STATUS_OK;
}

static enum status facts_carry(const struct carrying *carrying) {
    TRY(ledger_carry(carrying));
    for (uint32_t i = 0; i < carrying->old->account_names.count; i++)
        TRY(account_carry(carrying, i));
    TRY(agenda_carry(carrying));
    carrying->engine->alert_count = 0;
    for (uint32_t i = 0; i < carrying->old->alert_count; i++)
        TRY(alert_carry(carrying, carrying->old->alerts[i]));
    TRY(closings_carry(carrying));
    memset(carrying->engine->bill_numbers, 0, carrying->engine->tariffs->count * sizeof(uint64_t));
    for (uint32_t i = 0; i < carrying->old->tariffs->count; i++)
        carrying->engine->bill_numbers[tariff_now(carrying, carrying->old->tariffs->list[i])->index] =
            carrying->old->bill_numbers[i];
    return STATUS_OK;
}

enum status engine_rerate_finish(struct engine *engine, uint32_t set, struct arena *arena, struct slice *ret_refusal) {
    struct facts *facts = engine->facts;
    struct carrying carrying = {engine, facts->old, ret_refusal, set};
    engine->facts = NULL;
    enum status status = facts_carry(&carrying);
    if (status == STATUS_OK)
        status = engine_differences(engine, facts->old, set);
    facts_free(facts);
    engine_set_sink(engine, (struct bill_sink){0});
    if (status == STATUS_CONFLICT) {
        *ret_refusal = arena_copy(arena, *ret_refusal);
        return ret_refusal->ptr ? status : STATUS_NO_MEMORY;
    }
    return status;
}
