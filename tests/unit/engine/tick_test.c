/* SPDX-License-Identifier: Apache-2.0
 *
 * Ticks: how often they come does not matter, and numbers have no gaps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/snapshot.h"
#include "support/check.h"

static void duties_come_in_their_order(void **state) {
    struct agenda agenda = {0};
    struct duty last = {.at_ns = INT64_MIN}, duty;
    uint64_t seed = 7;
    uint32_t count = 0;
    (void)state;
    for (int i = 0; i < 1000; i++)
        CHECK_OK(agenda_add(&agenda, (struct duty){.at_ns = (int64_t)(check_random(&seed) % 50),
                                                   .account = (uint32_t)(check_random(&seed) % 3),
                                                   .ref = check_random(&seed) % 5}));
    for (; agenda_take(&agenda, 30, &duty); count++) {
        CHECK(duty.at_ns <= 30);
        CHECK(last.at_ns < duty.at_ns || (last.at_ns == duty.at_ns && last.account <= duty.account));
        CHECK(last.at_ns < duty.at_ns || last.account < duty.account || last.ref <= duty.ref);
        last = duty;
    }
    CHECK(agenda.count + count == 1000 && agenda.count > 0);
    CHECK(agenda_take(&agenda, INT64_MAX, &duty) && duty.at_ns > 30);
    agenda_free(&agenda);
}

struct world {
    struct tariff_set tariffs;
    struct reader *reader;
    struct arena run;
};

static void world_load(struct world *world) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct diags diags = {0};
    *world = (struct world){0};
    CHECK_OK(tariff_set_load(CHECK_SOURCE_ROOT "/tariffs", NULL, &world->tariffs, &diags));
    CHECK_OK(reader_new(&world->tariffs, key, &world->reader));
    diags_free(&diags);
}

static void world_free(struct world *world) {
    reader_free(world->reader);
    tariff_set_free(&world->tariffs);
    arena_free(&world->run);
}

struct log { /* what the sink was handed */
    struct buf text;
    uint64_t numbers[64]; /* last one of each tariff */
    uint32_t count;
};

static enum status log_take(void *context, const struct bill *bill) {
    struct log *log = context;
    char amount[DECIMAL_TEXT_MAX];
    CHECK_UINT(bill->number, ++log->numbers[bill->tariff->index]);
    decimal_format(bill->exact_total, amount);
    buf_printf(&log->text, "%.*s-%llu %s %.*s %lld %s\n", SLICE_ARG(bill->tariff->name),
               (unsigned long long)bill->number, bill_kind_name(bill->kind), SLICE_ARG(bill->account),
               (long long)bill->cycle.start_ns, amount);
    for (uint32_t i = 0; i < bill->line_count; i++) {
        decimal_format(bill->lines[i].quantity, amount);
        buf_printf(&log->text, "  %.*s %s %s\n", SLICE_ARG(bill->lines[i].item), amount, bill->lines[i].funding);
    }
    log->count++;
    return STATUS_OK;
}

static struct engine *engine_with(struct world *world, struct slice journal, struct log *log) {
    struct engine *engine;
    struct slice line;
    uint32_t number = 0;
    CHECK_OK(engine_new(&world->tariffs, &engine));
    engine_set_sink(engine, (struct bill_sink){log_take, log});
    while (slice_cut(journal, '\n', &line, &journal)) {
        struct record *records;
        uint32_t count;
        char *document = arena_alloc(&world->run, line.len + JSON_PADDING);
        memcpy(document, line.ptr, line.len);
        CHECK_OK(reader_read(world->reader, (struct slice){document, line.len}, ++number, &world->run, NULL, &records,
                             &count));
        CHECK_OK(engine_apply(engine, records, count, NULL));
    }
    return engine;
}

static void ticks_may_be_rare_or_frequent(void **state) {
    static const struct {
        const char *row;
        int64_t hours;
    } rows[] = {{"every hour", 1}, {"every seven hours", 7}, {"every day", 24}, {"every hundred days", 2400}};
    struct slice journal = check_read("examples/demo.ndjson");
    struct world world;
    struct log want = {0};
    (void)state;
    world_load(&world);
    struct engine *engine = engine_with(&world, journal, &want);
    int64_t last = engine->last_ns + 70 * 24 * 3600 * NS_PER_SECOND;
    int64_t first = last - 200 * 24 * 3600 * NS_PER_SECOND;
    CHECK_OK(engine_tick(engine, last));
    CHECK(want.count > 5);
    struct buf state_want = {0};
    CHECK_OK(engine_snapshot(engine, &state_want));
    engine_free(engine);
    FOR_ROWS(row, rows) {
        struct log log = {0};
        struct buf state_is = {0};
        engine = engine_with(&world, journal, &log);
        for (int64_t at = first; at < last; at += row->hours * 3600 * NS_PER_SECOND)
            CHECK_OK(engine_tick(engine, at));
        CHECK_OK(engine_tick(engine, last));
        CHECK_SLICE(buf_slice(&log.text), buf_slice(&want.text));
        CHECK_OK(engine_snapshot(engine, &state_is));
        CHECK(slice_eq(buf_slice(&state_is), buf_slice(&state_want)));
        buf_free(&log.text);
        buf_free(&state_is);
        engine_free(engine);
    }
    buf_free(&want.text);
    buf_free(&state_want);
    world_free(&world);
    free((void *)(uintptr_t)journal.ptr);
}

/* The same journal with ticks in its midst: wherever it is cut, the rest gives the same bills and the same state. */
static void closing_goes_on_after_a_restart(void **state) {
    struct slice journal = check_read("examples/demo.ndjson");
    struct world world;
    struct log want = {0};
    uint64_t seed = 3;
    (void)state;
    world_load(&world);
    struct engine *engine = engine_with(&world, journal, &want);
    int64_t last = engine->last_ns, step = 5 * 24 * 3600 * NS_PER_SECOND;
    for (int64_t at = last - 30 * step; at < last + 30 * step; at += step) {
        struct buf bytes = {0};
        CHECK_OK(engine_tick(engine, at + (int64_t)(check_random(&seed) % (uint64_t)step)));
        CHECK_OK(engine_snapshot(engine, &bytes));
        engine_free(engine);
        CHECK_OK(engine_restore(&world.tariffs, buf_slice(&bytes), &engine));
        engine_set_sink(engine, (struct bill_sink){log_take, &want});
        buf_free(&bytes);
    }
    struct log whole = {0};
    struct engine *once = engine_with(&world, journal, &whole);
    CHECK_OK(engine_tick(once, last + 30 * step));
    CHECK_SLICE(buf_slice(&want.text), buf_slice(&whole.text));
    engine_free(once);
    engine_free(engine);
    buf_free(&want.text);
    buf_free(&whole.text);
    world_free(&world);
    free((void *)(uintptr_t)journal.ptr);
}

/* A range whose streams nobody named is unpriced when its cycle closes, at its own place; what comes behind the tick is
 * told at the tick's. */
static void notices_name_where_their_record_stood(void **state) {
    static const char *const documents[] = {
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"subject\":\"a\",\"type\":\"imm."
        "GenerateVideoPlaylist\","
        "\"time\":\"2026-01-05T00:00:00Z\",\"data\":{\"media\":\"m\",\"region\":\"cn-beijing\",\"play\":{\"from\":1,"
        "\"to\":9}}}",
        "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"s\",\"type\":\"tollgate.tick\",\"time\":\"2027-01-01T00:00:"
        "00Z\"}",
        "{\"specversion\":\"1.0\",\"id\":\"3\",\"source\":\"s\",\"subject\":\"a\",\"type\":\"imm.Unknown\","
        "\"time\":\"2027-01-01T00:00:00Z\",\"data\":{}}",
    };
    struct world world;
    struct log log = {0};
    (void)state;
    world_load(&world);
    struct engine *engine = engine_with(&world, SLICE(""), &log);
    for (uint32_t i = 0; i < CHECK_COUNT(documents); i++) {
        struct record *records;
        uint32_t count;
        struct slice text = slice_of(documents[i]);
        char *padded = arena_alloc(&world.run, text.len + JSON_PADDING);
        memcpy(padded, text.ptr, text.len);
        CHECK_OK(reader_read(world.reader, (struct slice){padded, text.len}, 1, &world.run, NULL, &records, &count));
        CHECK_OK(engine_origin(engine, i == 0 ? SLICE("one") : SLICE("two"), 0, INSTANT_MIN));
        CHECK_OK(engine_apply(engine, records, count, NULL));
    }
    CHECK_UINT(engine->unpriced_count, 2);
    CHECK_TEXT(engine->unpriced[0].file, "one");
    CHECK_TEXT(engine->unpriced[0].id, "1");
    CHECK_TEXT(engine->unpriced[1].file, "two");
    CHECK_TEXT(engine->file, "two");
    engine_free(engine);
    buf_free(&log.text);
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duties_come_in_their_order),
        cmocka_unit_test(ticks_may_be_rare_or_frequent),
        cmocka_unit_test(closing_goes_on_after_a_restart),
        cmocka_unit_test(notices_name_where_their_record_stood),
    };
    return CHECK_RUN(tests);
}
