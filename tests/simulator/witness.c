/* SPDX-License-Identifier: Apache-2.0
 *
 * What must be true, from the acknowledgements alone: which identities are known, what was metered, which batches the
 * journal holds; and two engines beside the book that fold the same journal in other ways. */
#include <stdlib.h>
#include <string.h>

#include "bill/bill_code.h"
#include "simulator.h"

/* Rule: docs/journal.md, the acceptance window. */
#define PAST_NS (40 * DAY_NS)
#define AHEAD_NS (5 * MINUTE_NS)

static void list_room(const struct simulation *simulation, void *list_place, uint32_t count, uint32_t *cap,
                      size_t size) {
    void **list = list_place;
    REQUIRE_OK(simulation, list_grow(list, count, cap, size));
}

/* ---- bills, as they are closed ---- */

/* Usage is asked for when it is settled: with its bill, unless the tariff settles longer periods or later. */
static void bill_ask(struct shadow *shadow, const struct bill *bill) {
    const struct tariff *tariff = bill->tariff;
    uint32_t index;
    bool waits = bill->kind == BILL_USAGE && tariff->has_settlement &&
                 (tariff->settlement_period != tariff->cycle || tariff->settlement_first_day > 1);
    REQUIRE_OK(shadow->simulation, names_add(&shadow->currencies, slice_of(tariff->currency->code), &index));
    REQUIRE(shadow->simulation, index < CURRENCIES_MAX);
    if (!waits)
        REQUIRE_OK(shadow->simulation, decimal_add(shadow->asked[index], bill->total, &shadow->asked[index]));
}

static void bill_check(struct shadow *shadow, const struct bill *bill) {
    struct simulation *simulation = shadow->simulation;
    struct decimal sum = DECIMAL_ZERO;
    for (uint32_t i = 0; i < bill->line_count; i++) {
        REQUIRE_OK(simulation, decimal_add(sum, bill->lines[i].amount, &sum));
        REQUIRE(simulation, !bill->lines[i].is_adjustment || bill->lines[i].adjusts.end_ns <= bill->cycle.start_ns);
    }
    REQUIRE(simulation, bill->line_count > 0);
    REQUIRE(simulation, decimal_cmp(sum, bill->exact_total) == 0);
    REQUIRE_OK(simulation, decimal_add(sum, bill->rounding, &sum));
    REQUIRE(simulation, decimal_cmp(sum, bill->total) == 0);
    REQUIRE(simulation, bill->number == ++shadow->numbers[bill->tariff->index]);
    bill_ask(shadow, bill);
    if (bill->kind != BILL_USAGE)
        return;
    REQUIRE(simulation, bill->cycle.end_ns <= shadow->engine->now_ns);
    uint32_t before = shadow->cycles.count, index;
    struct slice key = arena_printf(&simulation->run, "%.*s|%u|%lld", SLICE_ARG(bill->account), bill->tariff->index,
                                    (long long)bill->cycle.start_ns);
    REQUIRE_OK(simulation, names_add(&shadow->cycles, key, &index));
    REQUIRE(simulation, shadow->cycles.count == before + 1); /* a cycle is billed once */
}

static enum status bill_note(void *context, const struct bill *bill) {
    struct shadow *shadow = context;
    bill_check(shadow, bill);
    buf_printf(&shadow->bills, "\n%.*s %llu\n", SLICE_ARG(bill->tariff->name), (unsigned long long)bill->number);
    bill_encode(bill, &shadow->bills);
    shadow->bill_count++;
    return shadow->bills.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- engines beside the book ---- */

void shadow_begin(struct simulation *simulation, struct shadow *shadow) {
    *shadow = (struct shadow){.simulation = simulation};
    shadow->numbers = calloc(simulation->tariffs.count + 1, sizeof *shadow->numbers);
    REQUIRE(simulation, shadow->numbers != NULL);
    REQUIRE_OK(simulation, engine_new(&simulation->tariffs, &shadow->engine));
    engine_set_key(shadow->engine, simulation->key);
    engine_set_sink(shadow->engine, (struct bill_sink){bill_note, shadow});
}

void shadow_end(struct shadow *shadow) {
    engine_free(shadow->engine);
    buf_free(&shadow->bills);
    free(shadow->numbers);
    names_free(&shadow->cycles);
    names_free(&shadow->currencies);
}

/* Notices name the batch in which they are made, also those of a cycle that a tick in it closes. */
static void shadow_origin(struct shadow *shadow, uint64_t seq, const struct batch_kept *batch) {
    struct slice name = arena_printf(&shadow->simulation->run, "batch %llu", (unsigned long long)seq);
    REQUIRE(shadow->simulation, name.ptr != NULL);
    REQUIRE_OK(shadow->simulation, engine_origin(shadow->engine, name, seq, batch->recorded_ns));
}

static void shadow_fold(struct shadow *shadow, uint64_t seq, const struct batch_kept *batch) {
    struct simulation *simulation = shadow->simulation;
    struct record *records = ARENA_ARRAY(&simulation->run, batch->count, struct record), *one;
    uint32_t count;
    REQUIRE(simulation, records != NULL);
    for (uint32_t i = 0; i < batch->count; i++) {
        REQUIRE_OK(simulation, reader_read(simulation->witness.reader, batch->documents[i], 1, &simulation->run, NULL,
                                           &one, &count));
        REQUIRE(simulation, count == 1);
        records[i] = *one;
        records[i].line = i + 1;
    }
    shadow_origin(shadow, seq, batch);
    REQUIRE_OK(simulation, engine_apply(shadow->engine, records, batch->count, NULL));
}

/* Through a snapshot and back. */
static void shadow_hop(struct shadow *shadow) {
    struct simulation *simulation = shadow->simulation;
    struct buf bytes = {0};
    REQUIRE_OK(simulation, engine_snapshot(shadow->engine, &bytes));
    engine_free(shadow->engine);
    REQUIRE_OK(simulation, engine_restore(&simulation->tariffs, buf_slice(&bytes), &shadow->engine));
    engine_set_sink(shadow->engine, (struct bill_sink){bill_note, shadow});
    buf_free(&bytes);
}

/* ---- what was acknowledged ---- */

void witness_begin(struct simulation *simulation) {
    struct witness *witness = &simulation->witness;
    REQUIRE_OK(simulation, reader_new(&simulation->tariffs, simulation->key, &witness->reader));
    shadow_begin(simulation, &witness->whole);
    shadow_watch(&witness->whole);
    shadow_begin(simulation, &witness->hopper);
}

void witness_end(struct simulation *simulation) {
    struct witness *witness = &simulation->witness;
    reader_free(witness->reader);
    names_free(&witness->ids);
    names_free(&witness->works);
    names_free(&witness->meters);
    names_free(&witness->refused);
    free(witness->known);
    free(witness->work_days);
    free(witness->refused_days);
    free(witness->metered);
    free(witness->batches);
    shadow_end(&witness->whole);
    shadow_end(&witness->hopper);
}

static struct record *record_of(struct simulation *simulation, struct slice document) {
    struct record *record;
    uint32_t count;
    REQUIRE_OK(simulation,
               reader_read(simulation->witness.reader, document, 1, &simulation->run, NULL, &record, &count));
    REQUIRE(simulation, count == 1);
    return record;
}

const struct record *witness_read(struct simulation *simulation, struct slice document) {
    return record_of(simulation, document);
}

/* What is no record is known by its bytes. */
static struct slice key_of(const struct record *record, struct slice document) {
    return record->kind == RECORD_REJECTED ? document : record->id;
}

static uint32_t known_find(const struct witness *witness, const struct record *record, struct slice document) {
    return names_find(&witness->ids, key_of(record, document));
}

const struct record *witness_find(struct simulation *simulation, struct slice id) {
    uint32_t known = names_find(&simulation->witness.ids, id);
    return known == NAMES_NONE ? NULL : record_of(simulation, simulation->witness.known[known].text);
}

/* Known and not forgotten. */
static bool is_remembered(const struct witness *witness, uint32_t known, uint64_t border) {
    return known != NAMES_NONE && witness->known[known].day >= border;
}

/* Days before it are forgotten by a batch of now. */
static uint64_t border_of(const struct simulation *simulation) {
    uint64_t day = identity_day(simulation->now_ns - PAST_NS - DAY_NS);
    return day > simulation->witness.border ? day : simulation->witness.border;
}

/* Why the state will refuse the document now, whatever it says: a letter; 0: it will look at it. */
static char refusal_of(const struct simulation *simulation, const struct record *record, struct slice document) {
    const struct witness *witness = &simulation->witness;
    uint32_t known = known_find(witness, record, document);
    if (record->kind == RECORD_REJECTED)
        return 0;
    if (record->time_ns < simulation->now_ns - PAST_NS)
        return 'o';
    if (identity_day(record->time_ns) < border_of(simulation))
        return 'f';
    if (record->time_ns > simulation->now_ns + AHEAD_NS)
        return 'a';
    bool is_known = is_remembered(witness, known, border_of(simulation));
    return is_known && !slice_eq(witness->known[known].text, document) ? 'c' : 0;
}

static struct slice refusal_key(struct simulation *simulation, char refusal, struct slice document) {
    struct slice key = arena_printf(&simulation->run, "%c%.*s", refusal, SLICE_ARG(document));
    REQUIRE(simulation, key.ptr != NULL);
    return key;
}

/* It was refused for that before, and stands in the journal. */
static bool is_refused_again(struct simulation *simulation, const struct record *record, struct slice document) {
    const struct witness *witness = &simulation->witness;
    char refusal = refusal_of(simulation, record, document);
    if (!refusal)
        return false;
    uint32_t index = names_find(&witness->refused, refusal_key(simulation, refusal, document));
    return index != NAMES_NONE && witness->refused_days[index] >= border_of(simulation);
}

static void refused_add(struct simulation *simulation, char refusal, struct slice document) {
    struct witness *witness = &simulation->witness;
    uint32_t index, before = witness->refused.count;
    list_room(simulation, &witness->refused_days, before, &witness->refused_cap, sizeof *witness->refused_days);
    REQUIRE_OK(simulation, names_add(&witness->refused, refusal_key(simulation, refusal, document), &index));
    if (index == before || witness->refused_days[index] < witness->border)
        witness->refused_days[index] = identity_day(simulation->now_ns);
}

uint32_t witness_written(struct simulation *simulation, const struct slice *documents, uint32_t count,
                         struct slice *ret_written) {
    const struct witness *witness = &simulation->witness;
    uint32_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct record *record = record_of(simulation, documents[i]);
        uint32_t known = known_find(witness, record, documents[i]);
        bool is_known =
            is_remembered(witness, known, witness->border) && slice_eq(witness->known[known].text, documents[i]);
        if (!is_known && !is_refused_again(simulation, record, documents[i]))
            ret_written[written++] = documents[i];
    }
    return written;
}

static void known_add(struct simulation *simulation, const struct record *record, struct slice document) {
    struct witness *witness = &simulation->witness;
    uint32_t index;
    list_room(simulation, &witness->known, witness->ids.count, &witness->known_cap, sizeof *witness->known);
    REQUIRE_OK(simulation, names_add(&witness->ids, key_of(record, document), &index));
    int64_t at_ns = record->kind == RECORD_REJECTED ? simulation->now_ns : record->time_ns;
    witness->known[index] = (struct known){document, identity_day(at_ns)};
    witness->identities++;
    witness->applied += record->kind != RECORD_REJECTED;
}

static void work_add(struct simulation *simulation, const struct record *record) {
    struct witness *witness = &simulation->witness;
    uint32_t index, before = witness->works.count;
    if (record->kind != RECORD_USAGE || !record->work)
        return;
    struct slice key =
        arena_printf(&simulation->run, "%.*s|%.*s|%.*s|%.*s", SLICE_ARG(record->subject),
                     SLICE_ARG(record->tariff->name), SLICE_ARG(record->operation->name), SLICE_ARG(record->work->key));
    list_room(simulation, &witness->work_days, before, &witness->work_cap, sizeof *witness->work_days);
    REQUIRE_OK(simulation, names_add(&witness->works, key, &index));
    if (index < before && witness->work_days[index] >= witness->border)
        return;
    witness->work_days[index] = identity_day(record->time_ns);
    witness->identities++;
}

/* Sums of what events say, to be found again in exactly one cycle. */
static void meter_add(struct simulation *simulation, const struct record *record) {
    struct witness *witness = &simulation->witness;
    for (uint32_t i = 0; record->kind == RECORD_USAGE && i < record->usage_count; i++) {
        const struct usage *usage = &record->usages[i];
        const struct item *item = &record->tariff->items[usage->item];
        uint32_t index, before = witness->meters.count;
        if (usage->rate == INDEX_NONE || item->is_interval || (item->round.is_set && item->round.scope == SCOPE_CYCLE))
            continue;
        struct slice key = arena_printf(&simulation->run, "%.*s|%u|%u|%lld", SLICE_ARG(record->subject),
                                        record->tariff->index, usage->rate, (long long)record->cycle.start_ns);
        list_room(simulation, &witness->metered, before, &witness->metered_cap, sizeof *witness->metered);
        REQUIRE_OK(simulation, names_add(&witness->meters, key, &index));
        if (index == before)
            witness->metered[index].quantity = DECIMAL_ZERO;
        struct decimal *sum = &witness->metered[index].quantity;
        REQUIRE_OK(simulation, decimal_add(*sum, usage->quantity, sum));
    }
}

static bool is_outside(const struct simulation *simulation, const struct record *record) {
    return record->time_ns < simulation->now_ns - PAST_NS || record->time_ns > simulation->now_ns + AHEAD_NS;
}

/* What must be answered, and what is known from then on. */
static void witness_apply(struct simulation *simulation, struct slice document, uint64_t border_before,
                          const struct reply *reply) {
    struct witness *witness = &simulation->witness;
    const struct record *record = record_of(simulation, document);
    bool is_record = record->kind != RECORD_REJECTED;
    uint32_t known = known_find(witness, record, document);
    enum outcome outcome = reply ? reply->outcome : OUTCOME_ACCEPTED;
    if (is_remembered(witness, known, border_before) && slice_eq(witness->known[known].text, document)) {
        REQUIRE(simulation, !reply || outcome == OUTCOME_DUPLICATE);
    } else if (is_record && (is_outside(simulation, record) || identity_day(record->time_ns) < witness->border)) {
        REQUIRE(simulation, !reply || outcome == OUTCOME_REJECTED);
        refused_add(simulation, refusal_of(simulation, record, document), document);
    } else if (is_remembered(witness, known, witness->border)) {
        REQUIRE(simulation, !reply || outcome == OUTCOME_CONFLICT);
        refused_add(simulation, 'c', document);
    } else {
        REQUIRE(simulation, outcome != OUTCOME_DUPLICATE && outcome != OUTCOME_CONFLICT);
        REQUIRE(simulation, !reply || is_record || outcome == OUTCOME_REJECTED);
        known_add(simulation, record, document);
        work_add(simulation, record);
        meter_add(simulation, record);
    }
}

/* Ticks before the batch's own: however often time is told, the same comes of it. */
static void hopper_prepare(struct simulation *simulation, const struct batch_kept *batch) {
    struct shadow *hopper = &simulation->witness.hopper;
    if (chance(simulation, 15))
        shadow_hop(hopper);
    shadow_origin(hopper, simulation->witness.batch_count + 1, batch);
    const struct record *first = record_of(simulation, batch->documents[0]);
    if (first->kind != RECORD_TICK || first->time_ns <= hopper->engine->now_ns ||
        hopper->engine->now_ns == INSTANT_MIN || is_outside(simulation, first) ||
        known_find(&simulation->witness, first, batch->documents[0]) != NAMES_NONE)
        return;
    for (uint64_t left = draw(simulation, 4); left > 0; left--) {
        int64_t span = first->time_ns - hopper->engine->now_ns;
        REQUIRE_OK(simulation,
                   engine_tick(hopper->engine, hopper->engine->now_ns + (int64_t)draw(simulation, (uint64_t)span + 1)));
        if (chance(simulation, 30))
            shadow_hop(hopper);
    }
}

void witness_keep(struct simulation *simulation, const struct slice *documents, uint32_t count,
                  const struct reply *replies) {
    struct witness *witness = &simulation->witness;
    struct slice *written = ARENA_ARRAY(&simulation->arena, count + 1, struct slice);
    REQUIRE(simulation, written != NULL);
    struct batch_kept batch = {.recorded_ns = simulation->now_ns,
                               .documents = written,
                               .count = witness_written(simulation, documents, count, written)};
    uint64_t border = witness->border, day = identity_day(simulation->now_ns - PAST_NS - DAY_NS);
    if (batch.count > 0 && day > border)
        witness->border = day;
    if (batch.count > 0) {
        hopper_prepare(simulation, &batch);
        list_room(simulation, &witness->batches, witness->batch_count, &witness->batch_cap, sizeof *witness->batches);
        witness->batches[witness->batch_count++] = batch;
        shadow_fold(&witness->whole, witness->batch_count, &batch);
        shadow_fold(&witness->hopper, witness->batch_count, &batch);
    }
    for (uint32_t i = 0; i < count; i++)
        witness_apply(simulation, documents[i], border, replies ? &replies[i] : NULL);
    simulation->documents += count;
}
