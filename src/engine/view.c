/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking at the state without changing it. */
#include "engine/view.h"

#include "engine/engine_private.h"

uint32_t engine_account_count(const struct engine *engine) {
    return engine->account_names.count;
}

bool engine_account_find(const struct engine *engine, struct slice name, uint32_t *ret_account) {
    uint32_t account = names_find(&engine->account_names, name);
    if (account == NAMES_NONE)
        return false;
    *ret_account = account;
    return true;
}

struct account_view engine_account_view(const struct engine *engine, uint32_t account) {
    const struct account *owner = &engine->accounts[account];
    return (struct account_view){.name = engine->account_names.texts[account],
                                 .unpriced = owner->unpriced,
                                 .unfunded = owner->unfunded,
                                 .unpriced_ns = owner->unpriced_ns,
                                 .unfunded_ns = owner->unfunded_ns,
                                 .zone = owner->terms ? owner->terms->zone : NULL};
}

uint32_t engine_contract_count(const struct engine *engine, uint32_t account) {
    const struct terms *terms = engine->accounts[account].terms;
    return terms ? terms->contract_count : 0;
}

struct contract_view engine_contract_view(const struct engine *engine, uint32_t account, uint32_t index) {
    const struct contract *contract = &engine->accounts[account].terms->contracts[index];
    return (struct contract_view){contract->tariff, contract->use, contract->from_ns, contract->id};
}

uint32_t engine_attribute_count(const struct engine *engine, uint32_t account) {
    const struct terms *terms = engine->accounts[account].terms;
    return terms ? terms->attribute_count : 0;
}

struct attribute engine_attribute_view(const struct engine *engine, uint32_t account, uint32_t index) {
    return engine->accounts[account].terms->attributes[index];
}

bool engine_subscription_view(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                              struct subscription_view *ret_view) {
    const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    if (!subscription)
        return false;
    *ret_view = (struct subscription_view){.tariff = tariff,
                                           .is_activated = subscription->is_activated,
                                           .postpaid = subscription->holdings.postpaid,
                                           .concurrent_mode = subscription->holdings.concurrent_mode,
                                           .is_suspended = subscription->is_suspended,
                                           .suspended_ns = subscription->suspended_ns,
                                           .lots = subscription->holdings.lots,
                                           .lot_count = subscription->holdings.count};
    return true;
}

bool engine_order_view(const struct engine *engine, uint32_t account, struct slice order_id,
                       const struct tariff **ret_tariff, const struct lot **ret_lot) {
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        struct subscription *subscription = engine_subscription_find(engine, account, engine->tariffs->list[i]);
        const struct lot *lot = subscription ? holdings_find(&subscription->holdings, order_id) : NULL;
        if (!lot)
            continue;
        *ret_tariff = engine->tariffs->list[i];
        *ret_lot = lot;
        return true;
    }
    return false;
}

uint32_t engine_hold_count(const struct engine *engine, uint32_t account) {
    return engine->accounts[account].holds ? engine->accounts[account].holds->count : 0;
}

struct hold_view engine_hold_view(const struct engine *engine, uint32_t account, uint32_t index) {
    const struct hold *hold = &engine->accounts[account].holds->list[index];
    return (struct hold_view){.id = hold->id,
                              .tariff = hold->tariff,
                              .operation = hold->operation,
                              .at_ns = hold->at_ns,
                              .expires_ns = hold->expires_ns,
                              .reserves = &hold->reserves};
}

bool engine_hold_find(const struct engine *engine, uint32_t account, struct slice id, struct hold_view *ret_view) {
    const struct holds *holds = engine->accounts[account].holds;
    const struct hold *hold = holds_find(holds, id);
    if (!hold)
        return false;
    *ret_view = engine_hold_view(engine, account, (uint32_t)(hold - holds->list));
    return true;
}

int64_t engine_now_ns(const struct engine *engine) {
    return engine->now_ns;
}

int64_t engine_recorded_ns(const struct engine *engine) {
    return engine->recorded_ns;
}

int64_t engine_due_ns(const struct engine *engine) {
    return engine->agenda.count ? engine->agenda.heap[0].at_ns : INSTANT_MAX;
}

uint64_t engine_bill_count(const struct engine *engine) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < engine->tariffs->count; i++)
        count += engine->bill_numbers[i];
    return count;
}

int64_t engine_balance_ns(const struct engine *engine) {
    return engine->last_end_ns;
}

uint32_t engine_reversal_count(const struct engine *engine) {
    return engine->reversal_count;
}

struct reversal_view engine_reversal_view(const struct engine *engine, uint32_t index) {
    const struct reversal *reversal = &engine->reversals[index];
    return (struct reversal_view){.at_ns = reversal->at_ns,
                                  .account = reversal->account,
                                  .source = reversal->source,
                                  .id = reversal->id,
                                  .by = reversal->by,
                                  .reason = reversal->reason,
                                  .replaced_by = reversal->replaced_by};
}

uint32_t engine_alert_count(const struct engine *engine) {
    return engine->alert_count;
}

struct alert engine_alert_view(const struct engine *engine, uint32_t index) {
    return engine->alerts[index];
}

uint32_t engine_unpriced_count(const struct engine *engine) {
    return engine->unpriced_count;
}

struct notice engine_unpriced_view(const struct engine *engine, uint32_t index) {
    return engine->unpriced[index];
}

uint32_t engine_rejected_count(const struct engine *engine) {
    return engine->rejected_count;
}

struct notice engine_rejected_view(const struct engine *engine, uint32_t index) {
    return engine->rejected[index];
}

static const struct notice *notice_find(const struct notice *list, uint32_t count, struct slice source,
                                        struct slice id) {
    for (uint32_t i = 0; i < count; i++)
        if (slice_eq(list[i].id, id) && slice_eq(list[i].source, source))
            return &list[i];
    return NULL;
}

bool engine_notice_find(const struct engine *engine, struct slice source, struct slice id, enum outcome *ret_outcome,
                        struct slice *ret_reason) {
    const struct notice *rejected = notice_find(engine->rejected, engine->rejected_count, source, id);
    const struct notice *unpriced = notice_find(engine->unpriced, engine->unpriced_count, source, id);
    if (!rejected && !unpriced)
        return false;
    *ret_outcome = rejected ? OUTCOME_REJECTED : OUTCOME_UNPRICED;
    *ret_reason = rejected ? rejected->reason : unpriced->reason;
    return true;
}

uint32_t engine_backfill_count(const struct engine *engine) {
    return engine->backfill_count;
}

struct backfill_view engine_backfill_view(const struct engine *engine, uint32_t index) {
    const struct backfill *backfill = &engine->backfills[index];
    return (struct backfill_view){.name = backfill->name,
                                  .first_seq = backfill->first_seq,
                                  .last_seq = backfill->last_seq,
                                  .first_ns = backfill->first_ns,
                                  .last_ns = backfill->last_ns,
                                  .events = backfill->events,
                                  .refused = backfill->refused,
                                  .reversed = backfill->reversed,
                                  .is_reverted = backfill->reverted_ns != INSTANT_MIN,
                                  .reverted_ns = backfill->reverted_ns};
}

bool engine_backfill_find(const struct engine *engine, struct slice name, struct backfill_view *ret_view) {
    for (uint32_t i = 0; i < engine->backfill_count; i++) {
        if (!slice_eq(engine->backfills[i].name, name))
            continue;
        *ret_view = engine_backfill_view(engine, i);
        return true;
    }
    return false;
}

void engine_size(const struct engine *engine, struct engine_size *ret_size) {
    const struct identities *identities = &engine->identities;
    *ret_size = (struct engine_size){
        .accounts = engine->account_names.count,
        .identities = identities->count,
        .sealed = engine->sealed,
        .cycles = engine->cycle_count,
        .timelines = engine->timeline_names.count,
        .purchases = engine->purchase_count,
        .notices = (uint64_t)engine->unpriced_count + engine->rejected_count,
        .alerts = engine->alert_count,
        .events = engine->events,
        .commands = engine->commands,
        .duplicates = engine->duplicates,
        .identity_bytes = identities->slots ? (identities->mask + 1) * sizeof *identities->slots : 0,
    };
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        const struct cycle *cycle = &engine->cycles[i];
        ret_size->cells += cycle->cells.count + cycle->billed_count;
        ret_size->cell_bytes += cycle->billed_count * sizeof *cycle->billed;
        ret_size->cell_bytes += cycle->cells.slots ? (cycle->cells.mask + 1) * sizeof *cycle->cells.slots : 0;
    }
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        for (uint32_t k = 0; engine->accounts[i].subscriptions && k < engine->tariffs->count; k++)
            if (engine->accounts[i].subscriptions[k]) {
                ret_size->subscriptions++;
                ret_size->lots += engine->accounts[i].subscriptions[k]->holdings.count;
            }
}

void engine_set_watch(struct engine *engine, struct charge_watch watch) {
    engine->watch = watch;
}

enum status engine_watched(struct engine *engine, uint32_t cycle, struct cell_key key, struct decimal quantity) {
    if (key.funding == CELL_RAW) /* it comes again, rounded and funded, when the cycle is closed */
        return STATUS_OK;
    uint32_t rate;
    const struct tariff *tariff = engine_meter_tariff(engine, key.meter, &rate);
    const struct record *event = engine->record;
    if (event && event->command)
        event = event->command->event; /* a reversal speaks of another one's event */
    struct charge_view view = {.account = engine->account_names.texts[key.account],
                               .account_number = key.account,
                               .tariff = tariff,
                               .rate = &tariff->rates[rate],
                               .funding = (enum funding)key.funding,
                               .quantity = quantity,
                               .cycle = engine->cycles[cycle].period,
                               .at_ns = engine->cycles[cycle].period.start_ns};
    if (event && event->operation) {
        view.operation = event->operation;
        view.at_ns = event->owner_ns;
    }
    const struct subscription *subscription = engine_subscription_find(engine, key.account, tariff);
    if (subscription) {
        view.lot = engine->part_count && !engine->is_given_back ? engine->parts[0].lot : NULL;
        view.parts = engine->parts;
        view.part_count = engine->part_count;
        view.lots = subscription->holdings.lots;
        view.lot_count = subscription->holdings.count;
    }
    return engine->watch.charged(engine->watch.context, &view);
}
