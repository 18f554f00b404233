/* SPDX-License-Identifier: Apache-2.0
 *
 * Reversals: an event that was counted is metered again and given back, once, through the deduction order backwards:
 * what was to be paid as you go first, then packages and plans, then the free quota. In a closed cycle it becomes an
 * adjustment like everything that comes late. A refused reversal changes nothing and says why. */
#include "engine/engine_private.h"

static struct cell_key key_of(const struct engine *engine, const struct charge *charge, uint32_t funding) {
    return (struct cell_key){charge->account, engine_meter(engine, charge->tariff, charge->item, charge->rate),
                             funding};
}

/* What a funding gives back of the quantity: never more than it has paid in that cycle. */
static enum status give_back_from(struct engine *engine, const struct charge *charge, enum funding funding,
                                  struct decimal *left) {
    struct cell_key key = key_of(engine, charge, funding);
    struct subscription *subscription = engine_subscription_find(engine, charge->account, charge->tariff);
    struct decimal given, unused;
    struct part parts[PARTS_MAX];
    uint32_t count = 0;
    TRY(engine_sum(engine, charge->cycle, key, &given));
    if (decimal_cmp(given, *left) > 0)
        given = *left;
    if (given.pico <= 0)
        return STATUS_OK;
    bool has_lots = subscription && funding != FUNDING_PAYG && funding != FUNDING_FREE;
    if (has_lots) /* first: who watches the sum looks at the lots */
        TRY(fund_give_back(&subscription->holdings, funding, charge->item, charge->at_ns, given, parts, &count,
                           &unused));
    engine->parts = parts;
    engine->part_count = count;
    engine->is_given_back = true;
    enum status status = engine_add(engine, charge->cycle, key, (struct decimal){-given.pico});
    engine->part_count = 0;
    engine->is_given_back = false;
    TRY(status);
    left->pico -= given.pico;
    if (funding != FUNDING_FREE || !subscription)
        return STATUS_OK;
    struct quota_use *use;
    TRY(engine_quota(subscription, charge->tariff, charge->item, engine->cycles[charge->cycle].period, charge->at_ns,
                     &use));
    use->used_pico -= given.pico < use->used_pico ? given.pico : use->used_pico;
    return STATUS_OK;
}

/* Quotas of concurrency pay in place of the others, whatever the order says; whoever paid last is asked first. */
enum status engine_give_back(struct engine *engine, const struct charge *charge) {
    const struct tariff *tariff = charge->tariff;
    struct decimal left = charge->quantity;
    TRY(engine_lots_bring(engine, charge->account, tariff));
    TRY(give_back_from(engine, charge, FUNDING_PAYG, &left));
    TRY(give_back_from(engine, charge, FUNDING_CONCURRENCY, &left));
    for (uint32_t i = tariff->funding_count; i > 0; i--)
        TRY(give_back_from(engine, charge, tariff->funding[i - 1], &left));
    return give_back_from(engine, charge, FUNDING_FREE, &left);
}

/* ---- whether it may be ---- */

static bool is_raw(const struct tariff *tariff, const struct usage *usage) {
    const struct item *item = &tariff->items[usage->item];
    return usage->rate != INDEX_NONE && item->round.is_set && item->round.scope == SCOPE_CYCLE;
}

static struct charge charge_of(const struct engine *engine, uint32_t account, const struct record *event,
                               const struct usage *usage) {
    return (struct charge){.account = account,
                           .cycle = engine_cycle_find(engine, event->tariff, event->cycle.start_ns),
                           .tariff = event->tariff,
                           .item = usage->item,
                           .rate = usage->rate,
                           .at_ns = event->owner_ns,
                           .quantity = usage->quantity};
}

/* All that stands in the books of what a usage counts. */
static enum status counted(const struct engine *engine, const struct charge *charge, bool is_raw,
                           struct decimal *ret_sum) {
    struct decimal sum = DECIMAL_ZERO, part;
    if (charge->rate == INDEX_NONE) {
        const struct cell *cell = cells_find(&engine->externals, key_of(engine, charge, 0));
        *ret_sum = cell ? cell->quantity : DECIMAL_ZERO;
        return STATUS_OK;
    }
    if (charge->cycle != INDEX_NONE && is_raw)
        return engine_sum(engine, charge->cycle, key_of(engine, charge, CELL_RAW), ret_sum);
    for (uint32_t funding = 0; charge->cycle != INDEX_NONE && funding < FUNDING_COUNT; funding++) {
        TRY(engine_sum(engine, charge->cycle, key_of(engine, charge, funding), &part));
        TRY(decimal_add(sum, part, &sum));
    }
    *ret_sum = sum;
    return STATUS_OK;
}

/* NULL: nothing is against it. */
static const char *identity_refusal(const struct engine *engine, const struct command *command) {
    const struct record *event = command->event;
    const struct identity_slot *slot = identities_slot(&engine->identities, event->identity);
    if (!slot)
        return "no such event was counted; check its source and id";
    if (slot->payload != (uint32_t)event->payload)
        return "the event was counted with another payload; give it as it was counted";
    if (identities_slot(&engine->identities, command->reversed))
        return "the event was reversed before";
    if (slot->rest & IDENTITY_NOTHING)
        return "nothing of the event was charged: it was refused, or has no price";
    if (event->kind == RECORD_UNPRICED || slot->rest & IDENTITY_PARTIAL)
        return "the event was refused or had no price, at least in part, so there is nothing whole to give back";
    if (event->coverage_count)
        return "it is charged by covered time, and what one event alone has covered cannot be told";
    return NULL;
}

static enum status reversal_refusal(struct engine *engine, uint32_t account, const struct command *command,
                                    const char **ret_refusal) {
    *ret_refusal = identity_refusal(engine, command);
    for (uint32_t i = 0; i < command->event->usage_count && !*ret_refusal; i++) {
        const struct usage *usage = &command->event->usages[i];
        struct charge charge = charge_of(engine, account, command->event, usage);
        struct decimal sum;
        TRY(counted(engine, &charge, is_raw(charge.tariff, usage), &sum));
        if (decimal_cmp(sum, usage->quantity) < 0)
            *ret_refusal = "less is charged in its cycle than the event comes to";
    }
    return STATUS_OK;
}

enum status engine_can_reverse(struct engine *engine, uint32_t account, const struct record *record, bool *ret_can) {
    const char *refusal;
    TRY(reversal_refusal(engine, account, record->command, &refusal));
    *ret_can = refusal == NULL;
    return STATUS_OK;
}

/* ---- doing it ---- */

static enum status usage_give_back(struct engine *engine, uint32_t account, const struct record *event,
                                   const struct usage *usage) {
    struct charge charge = charge_of(engine, account, event, usage);
    struct decimal less = {-usage->quantity.pico};
    if (usage->rate == INDEX_NONE)
        return cells_add(&engine->externals, key_of(engine, &charge, 0), less);
    if (is_raw(charge.tariff, usage))
        return engine_add(engine, charge.cycle, key_of(engine, &charge, CELL_RAW), less);
    return engine_give_back(engine, &charge);
}

static enum status reversal_keep(struct engine *engine, const struct record *record) {
    const struct command *command = record->command;
    void *list = engine->reversals;
    enum status status = list_grow(&list, engine->reversal_count, &engine->reversal_cap, sizeof *engine->reversals);
    engine->reversals = list;
    TRY(status);
    struct reversal reversal = {.at_ns = record->time_ns,
                                .account = arena_copy(&engine->arena, record->subject),
                                .source = arena_copy(&engine->arena, command->event->source),
                                .id = arena_copy(&engine->arena, command->event->id),
                                .by = arena_copy(&engine->arena, record->id),
                                .reason = arena_copy(&engine->arena, command->because),
                                .replaced_by = arena_copy(&engine->arena, command->replaced_by)};
    if (!reversal.account.ptr || !reversal.source.ptr || !reversal.id.ptr || !reversal.by.ptr || !reversal.reason.ptr ||
        !reversal.replaced_by.ptr)
        return STATUS_NO_MEMORY;
    engine->reversals[engine->reversal_count++] = reversal;
    return STATUS_OK;
}

enum status engine_reversal(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace) {
    const struct record *event = record->command->event;
    const char *refusal;
    enum identity_answer answer;
    TRY(reversal_refusal(engine, account, record->command, &refusal));
    if (refusal)
        return engine_reject(engine, record, "reversal of event \"%.*s\" from \"%.*s\" refused: %s",
                             SLICE_ARG(event->id), SLICE_ARG(event->source), refusal);
    TRY(identities_check(&engine->identities, record->command->reversed, 0, identity_day(event->time_ns), &answer));
    for (uint32_t i = 0; i < event->usage_count; i++)
        TRY(usage_give_back(engine, account, event, &event->usages[i]));
    engine_work_free(engine, event);
    trace_add(trace, "reversal", (struct slice){0}, "event \"%.*s\" from \"%.*s\" is taken back", SLICE_ARG(event->id),
              SLICE_ARG(event->source));
    if (engine->is_reverting) { /* they are told as a whole */
        engine->backfills[engine->backfill].reversed++;
        return STATUS_OK;
    }
    return reversal_keep(engine, record);
}
