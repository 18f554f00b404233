/* SPDX-License-Identifier: Apache-2.0
 *
 * One account cut out of the state says what the whole state says of it, and leaves the state as it was. Random worlds
 * are held to the same by the simulator (I8). */
#include <stdlib.h>

#include "bill/bill_code.h"
#include "engine/engine_private.h"
#include "engine/snapshot.h"
#include "support/check.h"
#include "support/refuse.h"

static const uint8_t hash_key[16] = "sixteen bytes ok";

struct world {
    struct tariff_set tariffs;
    struct reader *reader;
    struct engine *engine;
    struct arena run;
};

static void document_apply(struct world *world, struct slice text, uint32_t line) {
    struct record *records;
    uint32_t count;
    char *document = arena_alloc(&world->run, text.len + JSON_PADDING);
    memcpy(document, text.ptr, text.len);
    CHECK_OK(reader_read(world->reader, (struct slice){document, text.len}, line, &world->run, NULL, &records, &count));
    CHECK_OK(engine_apply(world->engine, records, count, NULL));
}

/* A journal, and amid it a tick that closes what has ended by then: some of the rest is late. */
static void world_begin(struct world *world, const char *tick) {
    struct diags diags = {0};
    struct slice text = check_read("examples/demo.ndjson"), rest = text, line;
    uint32_t number = 0;
    *world = (struct world){0};
    CHECK_OK(tariff_set_load(CHECK_SOURCE_ROOT "/tariffs", NULL, &world->tariffs, &diags));
    CHECK_OK(reader_new(&world->tariffs, hash_key, &world->reader));
    CHECK_OK(engine_new(&world->tariffs, &world->engine));
    while (slice_cut(rest, '\n', &line, &rest)) {
        document_apply(world, line, ++number);
        if (number == 65 && tick)
            document_apply(world, slice_of(tick), number);
    }
    diags_free(&diags);
    free((void *)(uintptr_t)text.ptr);
}

static void world_end(struct world *world) {
    engine_free(world->engine);
    reader_free(world->reader);
    tariff_set_free(&world->tariffs);
    arena_free(&world->run);
}

static void stated(const struct statement *statement, struct slice account, struct buf *out) {
    for (uint32_t i = 0; i < statement->bill_count; i++)
        if (slice_eq(statement->bills[i].account, account))
            bill_encode(&statement->bills[i], out);
    for (uint32_t i = 0; i < statement->balance_count; i++) {
        char remaining[DECIMAL_TEXT_MAX];
        decimal_format(statement->balances[i].balance.remaining, remaining);
        if (slice_eq(statement->balances[i].account, account))
            buf_printf(out, "\n%.*s %s", SLICE_ARG(statement->balances[i].lot->order_id), remaining);
    }
    for (uint32_t i = 0; i < statement->external_count; i++) {
        char quantity[DECIMAL_TEXT_MAX];
        decimal_format(statement->externals[i].quantity, quantity);
        if (slice_eq(statement->externals[i].account, account))
            buf_printf(out, "\n%.*s %s", SLICE_ARG(statement->externals[i].item), quantity);
    }
    CHECK(!out->failed);
}

static void check_part(const struct world *world, uint32_t first, uint32_t count, int64_t until_ns,
                       const struct statement *whole) {
    struct engine *part;
    struct statement statement;
    CHECK_OK(engine_parts(world->engine, first, count, &part));
    CHECK_OK(engine_close(part, until_ns, &statement));
    for (uint32_t i = first; i < first + count; i++) {
        struct buf want = {0}, got = {0};
        stated(whole, world->engine->account_names.texts[i], &want);
        stated(&statement, world->engine->account_names.texts[i], &got);
        CHECK(want.len > 0);
        CHECK(slice_eq(buf_slice(&got), buf_slice(&want)));
        buf_free(&want);
        buf_free(&got);
    }
    CHECK_UINT(part->account_names.count, count);
    statement_free(&statement);
    engine_free(part);
}

/* What everybody says comes of a second world with the same past: closing is an end. */
static void check_world(const char *tick, bool is_whole) {
    struct world world, other;
    struct buf before = {0}, after = {0};
    struct statement whole;
    world_begin(&world, tick);
    world_begin(&other, tick);
    int64_t until_ns = is_whole ? INSTANT_MAX : engine_last_ns(world.engine);
    CHECK_OK(engine_snapshot(world.engine, &before));
    CHECK_OK(engine_close(other.engine, until_ns, &whole));
    for (uint32_t i = 0; i < world.engine->account_names.count; i++)
        for (uint32_t count = 1; i + count <= world.engine->account_names.count; count++)
            check_part(&world, i, count, until_ns, &whole);
    CHECK_OK(engine_snapshot(world.engine, &after));
    CHECK(slice_eq(buf_slice(&before), buf_slice(&after)));
    CHECK(world.engine->account_names.count > 1 && whole.bill_count > 1);
    statement_free(&whole);
    world_end(&world);
    world_end(&other);
    buf_free(&before);
    buf_free(&after);
}

#define AT_MARCH                                                                                                       \
    "{\"specversion\":\"1.0\",\"id\":\"t-1\",\"source\":\"s\",\"type\":\"tollgate.tick\","                             \
    "\"time\":\"2026-03-01T00:00:00Z\",\"data\":{}}"

static const struct {
    const char *row;
    const char *tick;
    bool is_whole; /* everything is closed */
} rows[] = {
    {"nothing was closed yet", NULL, true},
    {"some cycles were closed, and late usage came to them", AT_MARCH, true},
    {"what does not end by then stays open", AT_MARCH, false},
};

static void an_account_alone_is_what_everybody_says_of_it(void **state) {
    (void)state;
    FOR_ROWS(row, rows)
    check_world(row->tick, row->is_whole);
}

/* Each in turn, until one run needs no more. */
static void every_allocation_may_fail(void **state) {
    struct world world;
    struct engine *part = NULL;
    enum status status = STATUS_NO_MEMORY;
    uint64_t at = 0;
    (void)state;
    world_begin(&world, AT_MARCH);
    uint32_t count = world.engine->account_names.count;
    for (uint32_t i = 0; i <= count; i++, status = STATUS_NO_MEMORY) { /* each, and all of them */
        for (at = 1; status == STATUS_NO_MEMORY; at++) {
            refuse_at = at;
            status = engine_parts(world.engine, i % count, i < count ? 1 : count, &part);
            refuse_at = 0;
        }
        CHECK_OK(status);
        CHECK(at > 3);
        engine_free(part);
    }
    world_end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_alone_is_what_everybody_says_of_it),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
