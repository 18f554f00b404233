/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills as JSON by one thread and by many: the same bytes, whatever their number; and a fault ends the writing. */
#include <stdlib.h>

#include "export/export.h"
#include "support/check.h"

enum { BILLS = 1000, LINES = 3 };

struct target {
    struct buf text;
    unsigned calls, fails_at; /* 0: never */
};

static enum status target_write(void *context, struct slice text) {
    struct target *target = context;
    buf_append(&target->text, text);
    return ++target->calls == target->fails_at ? STATUS_IO : STATUS_OK;
}

struct world {
    struct tariff tariff;
    struct bill_line lines[LINES];
    struct bill bills[BILLS];
    char accounts[BILLS][8];
};

static struct world *world_new(void) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->tariff = (struct tariff){.name = SLICE("demo"), .currency = currency_find(SLICE("USD")), .bill_scale = 2};
    for (size_t i = 0; i < LINES; i++)
        world->lines[i] = (struct bill_line){.item = SLICE("call"),
                                             .unit = SLICE("call"),
                                             .funding = "payg",
                                             .price_from_ns = INSTANT_MIN,
                                             .amount = decimal_from_int((int64_t)i)};
    for (uint32_t i = 0; i < BILLS; i++) {
        struct buf name = {0};
        buf_printf(&name, "a-%u", i);
        memcpy(world->accounts[i], name.ptr, name.len);
        world->bills[i] = (struct bill){.account = {world->accounts[i], name.len},
                                        .tariff = &world->tariff,
                                        .lines = world->lines,
                                        .line_count = i % (LINES + 1)};
        buf_free(&name);
    }
    return world;
}

static enum status print(struct world *world, uint32_t bill_count, uint32_t threads, struct target *target) {
    struct statement statement = {.bills = world->bills, .bill_count = bill_count};
    struct export_options options = {.threads = threads};
    struct sink sink = {.write = target_write, .context = target};
    CHECK_OK(export_json(&statement, &options, &sink));
    return sink_finish(&sink);
}

static void the_bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    static const uint32_t counts[] = {0, 1, 127, 128, 129, 256, 257, BILLS};
    struct world *world = world_new();
    for (size_t i = 0; i < CHECK_COUNT(counts); i++) {
        struct target one = {0};
        CHECK_OK(print(world, counts[i], 1, &one));
        uint32_t accounts = 0;
        for (const char *at = one.text.ptr; (at = strstr(at, "\"account\":\"a-")) != NULL; at++)
            accounts++;
        CHECK_UINT(accounts, counts[i]);
        for (uint32_t threads = 2; threads <= 8; threads += 3) {
            struct target many = {0};
            CHECK_OK(print(world, counts[i], threads, &many));
            CHECK_SLICE(buf_slice(&many.text), buf_slice(&one.text));
            buf_free(&many.text);
        }
        buf_free(&one.text);
    }
    free(world);
}

static void nothing_is_written_behind_a_fault(void **state) {
    (void)state;
    struct world *world = world_new();
    for (uint32_t threads = 1; threads <= 4; threads++) {
        struct target target = {.fails_at = 3};
        CHECK_STATUS(print(world, BILLS, threads, &target), STATUS_IO);
        CHECK_UINT(target.calls, 3);
        buf_free(&target.text);
    }
    free(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_do_not_depend_on_threads),
        cmocka_unit_test(nothing_is_written_behind_a_fault),
    };
    return CHECK_RUN(tests);
}
