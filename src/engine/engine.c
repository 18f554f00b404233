/* SPDX-License-Identifier: Apache-2.0
 *
 * Apply records in order: identity, account, then usage or command. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

enum status list_grow(void **list, uint32_t count, uint32_t *cap, size_t size) {
    if (count < *cap)
        return STATUS_OK;
    if (*cap > UINT32_MAX / 2)
        return STATUS_RANGE;
    uint32_t grown = *cap ? *cap * 2 : 8;
    void *memory = realloc(*list, grown * size);
    if (!memory)
        return STATUS_NO_MEMORY;
    *list = memory;
    *cap = grown;
    return STATUS_OK;
}

/* Usage of these meters by an account without a subscription needs no look at funding. */
static enum status mark_plain(struct engine *engine) {
    const struct tariff_set *tariffs = engine->tariffs;
    engine->is_plain = ARENA_ARRAY(&engine->arena, engine->meter_base[tariffs->count] + 1, uint8_t);
    if (!engine->is_plain)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < tariffs->count; i++) {
        const struct tariff *tariff = tariffs->list[i];
        bool has_payg = tariff->postpaid_default && engine_has_payg(tariff);
        for (uint32_t rate = 0; rate < tariff->rate_count; rate++) {
            const struct item *item = &tariff->items[tariff->rates[rate].item];
            engine->is_plain[engine->meter_base[i] + rate] = has_payg && !item->has_free_quota &&
                                                             tariff->rates[rate].mode != PRICE_UNPUBLISHED &&
                                                             !(item->round.is_set && item->round.scope == SCOPE_CYCLE);
        }
    }
    return STATUS_OK;
}

static enum status meters_make(struct engine *engine) {
    const struct tariff_set *tariffs = engine->tariffs;
    engine->meter_base = ARENA_ARRAY(&engine->arena, tariffs->count + 1, uint32_t);
    if (!engine->meter_base)
        return STATUS_NO_MEMORY;
    engine->meter_base[0] = 1;
    for (uint32_t i = 0; i < tariffs->count; i++) {
        const struct tariff *tariff = tariffs->list[i];
        assert(tariff->index == i);
        engine->meter_base[i + 1] = engine->meter_base[i] + tariff->rate_count + tariff->item_count;
    }
    TRY(mark_plain(engine));
    return engine_place_meters(engine);
}

/* like: NULL, or whose tables are borrowed. */
static enum status engine_fill(struct engine *engine, const struct engine *like) {
    uint32_t count = engine->tariffs->count;
    engine->backfill = INDEX_NONE;
    engine->last_ns = engine->last_end_ns = engine->recorded_ns = engine->now_ns = INSTANT_MIN;
    engine->last_cycle = ARENA_ARRAY(&engine->arena, count + 1, uint32_t);
    engine->bill_numbers = ARENA_ARRAY(&engine->arena, count + 1, uint64_t);
    engine->cycle_mask = 1023;
    engine->cycle_slots = malloc(1024 * sizeof *engine->cycle_slots);
    if (!engine->last_cycle || !engine->bill_numbers || !engine->cycle_slots)
        return STATUS_NO_MEMORY;
    memset(engine->cycle_slots, 0xff, 1024 * sizeof *engine->cycle_slots);
    memset(engine->last_cycle, 0xff, (count + 1) * sizeof *engine->last_cycle); /* INDEX_NONE */
    if (like) {
        engine->meter_base = like->meter_base;
        engine->is_plain = like->is_plain;
        engine->meter_places = like->meter_places;
    } else {
        TRY(meters_make(engine));
    }
    return money_init(engine);
}

static enum status engine_make(const struct tariff_set *tariffs, const struct engine *like,
                               struct engine **ret_engine) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return STATUS_NO_MEMORY;
    engine->tariffs = tariffs;
    enum status status = engine_fill(engine, like);
    if (status != STATUS_OK) {
        engine_free(engine);
        return status;
    }
    *ret_engine = engine;
    return STATUS_OK;
}

enum status engine_new(const struct tariff_set *tariffs, struct engine **ret_engine) {
    return engine_make(tariffs, NULL, ret_engine);
}

enum status engine_new_like(const struct engine *engine, struct engine **ret_engine) {
    return engine_make(engine->tariffs, engine, ret_engine);
}

static void timelines_free(struct engine *engine) {
    for (uint32_t i = 0; i < engine->timeline_names.count; i++) {
        struct timeline *timeline = engine->timelines[i];
        for (uint32_t k = 0; k < timeline->covered_count; k++)
            free(timeline->covered[k].spans.list);
        free(timeline->covered);
        free(timeline->coverings);
        free(timeline->playlists);
    }
}

static void subscriptions_free(struct engine *engine) {
    for (uint32_t i = 0; i < engine->account_names.count; i++) {
        holds_free(engine->accounts[i].holds);
        struct subscription **subscriptions = engine->accounts[i].subscriptions;
        terms_free(engine->accounts[i].terms);
        for (uint32_t k = 0; subscriptions && k < engine->tariffs->count; k++)
            if (subscriptions[k]) {
                holdings_free(&subscriptions[k]->holdings);
                free(subscriptions[k]->quotas);
            }
    }
}

void engine_free(struct engine *engine) {
    if (!engine)
        return;
    subscriptions_free(engine);
    money_free(engine);
    timelines_free(engine);
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        cells_free(&engine->cycles[i].cells);
        free(engine->cycles[i].billed);
        free(engine->cycles[i].timelines);
    }
    free(engine->accounts);
    free(engine->timelines);
    free(engine->cycles);
    free(engine->cycle_slots);
    free(engine->purchases);
    free(engine->notes);
    free(engine->unpriced);
    free(engine->rejected);
    free(engine->reversals);
    free(engine->backfills);
    free(engine->alerts);
    free(engine->closings);
    names_free(&engine->account_names);
    names_free(&engine->timeline_names);
    identities_free(&engine->identities);
    identities_free(&engine->refusals);
    cells_free(&engine->externals);
    agenda_free(&engine->agenda);
    statement_free(&engine->kept);
    free(engine->pending.list);
    facts_free(engine->facts);
    reader_free(engine->reader);
    arena_free(&engine->again);
    arena_free(&engine->arena);
    free(engine);
}

enum status engine_account(struct engine *engine, const struct record *record, uint32_t *ret_account) {
    uint32_t known = engine->account_names.count;
    uint32_t account;
    void *list = engine->accounts;
    enum status status = list_grow(&list, known, &engine->account_cap, sizeof *engine->accounts);
    engine->accounts = list;
    TRY(status); /* every name must have its account, also when memory is out */
    TRY(names_add_hashed(&engine->account_names, record->subject, record->subject_hash, &account));
    if (account == known)
        engine->accounts[account] = (struct account){0};
    *ret_account = account;
    return STATUS_OK;
}

enum status engine_subscription(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                struct subscription **ret_subscription) {
    struct account *owner = &engine->accounts[account];
    if (!owner->subscriptions)
        owner->subscriptions = ARENA_ARRAY(&engine->arena, engine->tariffs->count, struct subscription *);
    if (!owner->subscriptions)
        return STATUS_NO_MEMORY;
    struct subscription **subscription = &owner->subscriptions[tariff->index];
    if (!*subscription) {
        *subscription = ARENA_NEW(&engine->arena, struct subscription);
        if (!*subscription)
            return STATUS_NO_MEMORY;
        (*subscription)->holdings.postpaid = tariff->postpaid_default;
    }
    *ret_subscription = *subscription;
    return STATUS_OK;
}

static enum status apply_known(struct engine *engine, const struct record *record, uint32_t account,
                               struct trace *trace) {
    bool counts = true;
    switch (record->kind) {
    case RECORD_USAGE:
        if (record->work)
            TRY(engine_work(engine, account, record, trace, &counts));
        return counts ? engine_usage(engine, account, record, trace) : STATUS_OK;
    case RECORD_UNPRICED:
        return engine_unpriced(engine, record, "%.*s", SLICE_ARG(record->reason));
    case RECORD_ACCOUNT:
    case RECORD_ORDER:
    case RECORD_REFUND:
    case RECORD_ACTIVATE:
    case RECORD_WALLET:
    case RECORD_TICK:
    case RECORD_HOLD:
    case RECORD_RELEASE:
    case RECORD_REVERSAL:
    case RECORD_CONTRACT:
    case RECORD_BACKFILL:
    case RECORD_RECALL:
        TRY(engine_command(engine, account, record, trace));
        /* Where bills are taken, a purchase is invoiced when it is made. */
        return engine->sink.take && engine->purchase_count ? engine_invoice(engine, INSTANT_MAX) : STATUS_OK;
    case RECORD_REJECTED: /* only under the account's own terms */
        return engine_reject(engine, record, "%.*s", SLICE_ARG(record->reason));
    }
    return STATUS_OK;
}

/* Rule: design decision on the acceptance window; outside it exact de-duplication would need unbounded memory. */
#define WINDOW_SLACK_NS (24 * INT64_C(3600) * NS_PER_SECOND)

/* Where the records being applied fall. */
static enum refusal window_refusal(const struct engine *engine, const struct record *record) {
    struct intake_window window = {engine->recorded_ns, engine->identities.border, engine->backfill != INDEX_NONE};
    bool is_looked_at = engine->recorded_ns != INSTANT_MIN && record->kind != RECORD_REJECTED;
    return is_looked_at ? engine_window_refusal(record, &window) : REFUSAL_NONE;
}

bool engine_has(const struct engine *engine, const struct record *record) {
    return identities_find(&engine->identities, record->identity, record->payload) == IDENTITY_DUPLICATE;
}

void engine_has_soon(const struct engine *engine, const struct record *record) {
    identities_prefetch(&engine->identities, record->identity);
}

const struct identity_slot *engine_identity(const struct engine *engine, const uint8_t identity[16]) {
    return identities_slot(&engine->identities, identity);
}

void engine_set_seal(struct engine *engine, struct seal_sink seal) {
    engine->seal = seal;
}

void engine_set_key(struct engine *engine, const uint8_t key[16]) {
    memcpy(engine->key, key, sizeof engine->key);
    engine->has_key = true;
}

uint64_t engine_border(const struct engine *engine, int64_t recorded_ns) {
    if (recorded_ns < INSTANT_MIN + ENGINE_PAST_NS + WINDOW_SLACK_NS)
        return engine->identities.border;
    uint64_t border = identity_day(recorded_ns - ENGINE_PAST_NS - WINDOW_SLACK_NS);
    return border > engine->identities.border ? border : engine->identities.border;
}

/* What is too old for the acceptance window can come again only by name, and whoever lets it in asks what was sealed.
 */
static enum status forget(struct engine *engine) {
    uint64_t border = engine_border(engine, engine->recorded_ns), count;
    struct identity_slot *list;
    TRY(engine_refusals_forget(engine, border));
    engine_closings_forget(engine, border);
    if (!identities_are_due(&engine->identities, border)) {
        engine->identities.border = border; /* there is nothing before it */
        return STATUS_OK;
    }
    TRY(identities_forget(&engine->identities, border, &list, &count));
    engine->sealed += count;
    enum status status = STATUS_OK;
    if (count && engine->seal.take)
        status = engine->seal.take(engine->seal.context, list, count);
    free(list);
    return status;
}

enum status engine_origin(struct engine *engine, struct slice file, uint64_t seq, int64_t recorded_ns) {
    if (engine->file_room < file.len + 1) {
        size_t room = file.len + 16;
        engine->file_memory = arena_take(&engine->arena, room);
        engine->file_room = engine->file_memory ? room : 0;
        if (!engine->file_memory)
            return STATUS_NO_MEMORY;
    }
    if (file.len)
        memcpy(engine->file_memory, file.ptr, file.len);
    engine->file_memory[file.len] = '\0';
    engine->file = (struct slice){engine->file_memory, file.len};
    engine->seq = seq;
    engine->recorded_ns = recorded_ns;
    engine->backfill = INDEX_NONE;
    engine->is_reverting = false;
    return recorded_ns == INSTANT_MIN ? STATUS_OK : forget(engine);
}

/* It is told once more each time that it stands in a journal: those of earlier days have it as often as it came. */
static enum status refuse(struct engine *engine, const struct record *record, enum refusal refusal) {
    TRY(engine_reject_as(engine, record, engine_refusal_text(&engine->arena, record, refusal)));
    return engine_refusal_keep(engine, record, refusal);
}

/* Whether the record is the first of its identity; what is not is counted or rejected here. */
static enum status identify(struct engine *engine, const struct record *record, struct trace *trace, bool *ret_is_new) {
    enum identity_answer answer;
    int64_t at_ns = record->kind == RECORD_REJECTED ? engine->recorded_ns : record->time_ns;
    TRY(identities_check(&engine->identities, record->identity, record->payload, identity_day(at_ns), &answer));
    *ret_is_new = answer == IDENTITY_NEW;
    if (answer == IDENTITY_DUPLICATE) {
        engine->duplicates++;
        if (engine->reply)
            engine->reply->outcome = OUTCOME_DUPLICATE;
        trace_add(trace, "identity", (struct slice){0}, "the same event was counted before: this one changes nothing");
    }
    if (answer != IDENTITY_CONFLICT)
        return STATUS_OK;
    TRY(refuse(engine, record, REFUSAL_CONFLICT));
    if (engine->reply)
        engine->reply->outcome = OUTCOME_CONFLICT;
    return STATUS_OK;
}

static enum status apply_new(struct engine *engine, const struct record *record, uint32_t account,
                             struct trace *trace) {
    if (record->kind == RECORD_REJECTED)
        return engine_reject(engine, record, "%.*s", SLICE_ARG(record->reason));
    if (account == NAMES_NONE && record->kind != RECORD_TICK && record->kind != RECORD_BACKFILL &&
        record->kind != RECORD_RECALL) /* they belong to nobody */
        TRY(engine_account(engine, record, &account));
    bool is_event = record->kind == RECORD_USAGE || record->kind == RECORD_UNPRICED;
    engine->events += is_event;
    engine->commands += !is_event;
    if (is_event && record->owner_ns > engine->last_ns) {
        engine->last_ns = record->owner_ns;
        engine->last_end_ns = record->tariff ? record->cycle.end_ns : record->owner_ns;
    }
    engine->admitted_ns = record->owner_ns;
    struct record again;
    if (account != NAMES_NONE && engine->accounts[account].terms) {
        TRY(engine_read_again(engine, account, record, trace, &again));
        record = &again;
    }
    if (account != NAMES_NONE && engine->accounts[account].holds) {
        engine_holds_expire(engine, account, record->time_ns);
        if (is_event && record->hold.len)
            engine_hold_settle(engine, account, record, trace);
    }
    TRY(apply_known(engine, record, account, trace));
    return account != NAMES_NONE && engine->accounts[account].terms ? engine_lots_settle(engine, account) : STATUS_OK;
}

/* Memory is asked for before it is needed, a step further for every few records: the hash tables, the account's name,
 * its bytes, then the cells of its usage. With many accounts a record would otherwise wait for five misses in a row. */
enum { LOOK_SLOT = 32, LOOK_TEXT = 24, LOOK_BYTES = 16, LOOK_NEAR = 8 };

static void look_ahead(const struct engine *engine, const struct record *records, uint32_t left, bool all_new) {
    if (left > LOOK_SLOT && !all_new)
        identities_prefetch(&engine->identities, records[LOOK_SLOT].identity);
    if (left > LOOK_SLOT)
        names_prefetch(&engine->account_names, records[LOOK_SLOT].subject_hash, NAMES_SLOT);
    if (left > LOOK_TEXT)
        names_prefetch(&engine->account_names, records[LOOK_TEXT].subject_hash, NAMES_TEXT);
    if (left > LOOK_BYTES)
        names_prefetch(&engine->account_names, records[LOOK_BYTES].subject_hash, NAMES_BYTES);
}

static uint32_t look_near(const struct engine *engine, const struct record *record) {
    uint32_t account = names_find_hashed(&engine->account_names, record->subject, record->subject_hash);
    if (account == NAMES_NONE || record->kind != RECORD_USAGE)
        return account;
    __builtin_prefetch(&engine->accounts[account]);
    for (uint32_t i = 0; i < record->usage_count; i++) {
        const struct usage *usage = &record->usages[i];
        struct cell_key key = {account, engine_meter(engine, record->tariff, usage->item, usage->rate), FUNDING_PAYG};
        uint32_t cycle = engine_cycle_find(engine, record->tariff, record->cycle.start_ns);
        if (cycle != INDEX_NONE)
            cells_prefetch(&engine->cycles[cycle].cells, key);
    }
    return account;
}

/* How records are applied. */
struct applying {
    bool all_new;          /* their identities differ from each other and from all known ones */
    struct reply *replies; /* one for each; NULL: nobody asks */
    struct trace *trace;
};

static uint64_t notice_count(const struct engine *engine) {
    return (uint64_t)engine->rejected_count + engine->unpriced_count;
}

/* Something of the record was refused or has no price; or all of it. */
static void mark_partial(struct engine *engine, const struct record *record, bool is_charged) {
    struct identity_slot *slot = identities_slot(&engine->identities, record->identity);
    if (slot)
        slot->rest |= is_charged ? IDENTITY_PARTIAL : IDENTITY_PARTIAL | IDENTITY_NOTHING;
}

/* One record, wherever it comes from; account: its subject's number, NAMES_NONE when that has none yet. */
static enum status apply_one(struct engine *engine, const struct record *record, uint32_t account,
                             const struct applying *how) {
    bool is_new = true;
    /* A journal that lasts keeps a line that is no record once; a file that is rated lists every one of them. */
    bool is_listed = record->kind == RECORD_REJECTED && engine->recorded_ns == INSTANT_MIN;
    enum refusal refusal = window_refusal(engine, record);
    if (refusal != REFUSAL_NONE) {
        TRY(refuse(engine, record, refusal));
        if (engine->reply)
            engine->reply->is_too_old = refusal != REFUSAL_AHEAD;
        return STATUS_OK;
    }
    if (engine->recorded_ns != INSTANT_MIN && !engine_backfill_holds(engine, record))
        return engine_reject(engine, record, "a backfill holds usage events; say it by itself");
    if (!how->all_new && !is_listed)
        TRY(identify(engine, record, how->trace, &is_new));
    if (!is_new)
        return STATUS_OK;
    uint64_t notices = notice_count(engine), charges = engine->charges;
    enum status status = apply_new(engine, record, account, how->trace);
    /* What is in the journal must not keep the state from being folded: the record is told, and the next one comes. */
    if (status == STATUS_RANGE)
        status = engine_reject(engine, record, "it leaves the numbers and instants that can be kept");
    TRY(status);
    bool is_told = notices != notice_count(engine);
    if (is_told && record->kind != RECORD_TICK) /* what a tick brings to light is not its own */
        mark_partial(engine, record, charges != engine->charges);
    return STATUS_OK;
}

/* The same inside a backfill, which is told what came of its events. */
static enum status apply_filled(struct engine *engine, const struct record *record, uint32_t account,
                                const struct applying *how) {
    uint64_t notices = notice_count(engine), duplicates = engine->duplicates;
    struct backfill *backfill = &engine->backfills[engine->backfill];
    TRY(apply_one(engine, record, account, how));
    if (engine->is_reverting || record->kind == RECORD_RECALL)
        return STATUS_OK;
    if (notices != notice_count(engine))
        backfill->refused++;
    else
        backfill->events += duplicates == engine->duplicates;
    return STATUS_OK;
}

/* The first ones have nobody before them who asks for them. */
static void look_at_first(const struct engine *engine, const struct record *records, uint32_t count, bool all_new) {
    for (uint32_t i = 0; i < count && i < LOOK_SLOT; i++) {
        if (!all_new)
            identities_prefetch(&engine->identities, records[i].identity);
        names_prefetch(&engine->account_names, records[i].subject_hash, NAMES_SLOT);
    }
    for (uint32_t i = 0; i < count && i < LOOK_TEXT; i++)
        names_prefetch(&engine->account_names, records[i].subject_hash, NAMES_TEXT);
    for (uint32_t i = 0; i < count && i < LOOK_BYTES; i++)
        names_prefetch(&engine->account_names, records[i].subject_hash, NAMES_BYTES);
}

static enum status apply_all(struct engine *engine, const struct record *records, uint32_t count,
                             const struct applying *how) {
    uint32_t accounts[LOOK_NEAR];
    enum status status = STATUS_OK;
    look_at_first(engine, records, count, how->all_new);
    for (uint32_t i = 0; i < count && i < LOOK_NEAR; i++)
        accounts[i] = look_near(engine, &records[i]);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        look_ahead(engine, &records[i], count - i, how->all_new);
        if (how->replies) {
            how->replies[i] = (struct reply){.outcome = OUTCOME_ACCEPTED};
            engine->reply = &how->replies[i];
        }
        engine->record = &records[i];
        status = (engine->backfill == INDEX_NONE ? apply_one : apply_filled)(engine, &records[i],
                                                                             accounts[i % LOOK_NEAR], how);
        if (i + LOOK_NEAR < count)
            accounts[i % LOOK_NEAR] = look_near(engine, &records[i + LOOK_NEAR]);
    }
    engine->reply = NULL;
    engine->record = NULL;
    return status;
}

enum status engine_apply(struct engine *engine, const struct record *records, uint32_t count, struct trace *trace) {
    return apply_all(engine, records, count, &(struct applying){.trace = trace});
}

enum status engine_apply_new(struct engine *engine, const struct record *records, uint32_t count, struct trace *trace) {
    return apply_all(engine, records, count, &(struct applying){.all_new = true, .trace = trace});
}

enum status engine_answer(struct engine *engine, const struct record *records, uint32_t count, struct reply *replies,
                          struct trace *trace) {
    return apply_all(engine, records, count, &(struct applying){.replies = replies, .trace = trace});
}

void engine_set_sink(struct engine *engine, struct bill_sink sink) {
    engine->sink = sink;
}

int64_t engine_last_ns(const struct engine *engine) {
    return engine->last_ns;
}
