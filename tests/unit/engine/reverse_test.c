/* SPDX-License-Identifier: Apache-2.0
 *
 * Reversals: what was counted is given back once, to whom it belongs, in open cycles and in closed ones. */
#include "life.h"

#include <stdio.h>

#include "engine/snapshot.h"

#define TARIFF "tests/data/jobs.yaml"

static struct slice reverse(struct life *life, const char *id, const char *type, const char *event, int minute,
                            const char *data) {
    char time[INSTANT_TEXT_MAX];
    instant_format(life_instant(minute), NULL, time);
    return life_step(life, "reversal", id, 90000,
                     "\"event\":{\"id\":\"%s\",\"specversion\":\"1.0\",\"source\":\"s\",\"type\":\"%s\","
                     "\"subject\":\"a\",\"time\":\"%s\",\"data\":{%s}},\"reason\":\"test\"",
                     event, type, time, data);
}

static void buy(struct life *life, const char *sku, const char *id, int minute) {
    CHECK_TEXT(life_step(life, "order", id, minute, "\"tariff\":\"jobs\",\"sku\":\"%s\"", sku), "");
}

static void postpaid(struct life *life) {
    CHECK_TEXT(life_step(life, "account", "postpaid", 0, "\"postpaid\":{\"jobs\":true}"), "");
}

/* What a funding has paid of the first item's rate in the cycle of January, and what of it stands on bills. */
static void check_sum(const struct life *life, uint32_t funding, const char *want) {
    const struct tariff *tariff = life->tariffs.list[0];
    uint32_t cycle = engine_cycle_find(life->engine, tariff, life_instant(0));
    struct cell_key key = {0, engine_meter(life->engine, tariff, tariff->rates[0].item, 0), funding};
    struct decimal sum;
    char text[DECIMAL_TEXT_MAX];
    CHECK_OK(engine_sum(life->engine, cycle, key, &sum));
    decimal_format(sum, text);
    CHECK_TEXT(slice_of(text), want);
}

static void units_go_back_to_the_package(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-10", "o", 0);
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", 1, "\"count\":3"), "");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e2", 2, "\"count\":1"), "");
    life_check_lot(&life, "o", 2, "8 used, 0 held, 2 left");
    CHECK_TEXT(reverse(&life, "r1", "jobs.Render", "e1", 1, "\"count\":3"), "");
    life_check_lot(&life, "o", 2, "2 used, 0 held, 8 left");
    check_sum(&life, FUNDING_SINGLE, "1");
    life_end(&life);
}

/* What was to be paid as you go comes off first: the package stays used up as long as anything is left to pay. */
static void the_deduction_order_runs_backwards(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    postpaid(&life);
    buy(&life, "points-10", "o", 0);
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", 1, "\"count\":4"), ""); /* 8 points */
    CHECK_TEXT(life_step(&life, "jobs.Render", "e2", 2, "\"count\":3"), ""); /* 2 points, two calls as you go */
    check_sum(&life, FUNDING_PAYG, "2");
    CHECK_TEXT(reverse(&life, "r1", "jobs.Render", "e1", 1, "\"count\":4"), "");
    check_sum(&life, FUNDING_PAYG, "0");
    check_sum(&life, FUNDING_SINGLE, "3");
    life_check_lot(&life, "o", 2, "6 used, 0 held, 4 left");
    CHECK_TEXT(reverse(&life, "r2", "jobs.Render", "e2", 2, "\"count\":3"), "");
    check_sum(&life, FUNDING_SINGLE, "0");
    life_check_lot(&life, "o", 2, "0 used, 0 held, 10 left");
    life_end(&life);
}

static void free_quota_comes_back_last(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    postpaid(&life);
    CHECK_TEXT(life_step(&life, "jobs.Film", "e1", 1, "\"count\":0,\"frames\":8"), "");
    CHECK_TEXT(life_step(&life, "jobs.Film", "e2", 2, "\"count\":0,\"frames\":8"), "");
    const struct quota_use *use = &engine_subscription_find(life.engine, 0, life.tariffs.list[0])->quotas[0];
    CHECK_WIDE(use->used_pico, 10 * DECIMAL_ONE_PICO);
    CHECK_TEXT(reverse(&life, "r1", "jobs.Film", "e1", 1, "\"count\":0,\"frames\":8"), "");
    CHECK_WIDE(use->used_pico, 8 * DECIMAL_ONE_PICO);
    CHECK_TEXT(reverse(&life, "r2", "jobs.Film", "e2", 2, "\"count\":0,\"frames\":8"), "");
    CHECK_WIDE(use->used_pico, 0);
    life_end(&life);
}

static void what_cannot_be_reversed_is_refused(void **state) {
    static const struct {
        const char *row;
        const char *type, *event, *data, *want;
    } rows[] = {
        {"an event that never came", "jobs.Render", "e9", "\"count\":1",
         "reversal of event \"e9\" from \"s\" refused: no such event was counted; check its source and id"},
        {"another payload", "jobs.Render", "e1", "\"count\":2",
         "reversal of event \"e1\" from \"s\" refused: the event was counted with another payload; give it as it was "
         "counted"},
        {"a second time", "jobs.Render", "e1", "\"count\":1",
         "reversal of event \"e1\" from \"s\" refused: the event was reversed before"},
        {"an event without a price", "jobs.Nothing", "e2", "\"count\":1",
         "reversal of event \"e2\" from \"s\" refused: nothing of the event was charged: it was refused, or has no "
         "price"},
        {"an event that nothing paid for", "jobs.Render", "e3", "\"count\":100",
         "reversal of event \"e3\" from \"s\" refused: the event was refused or had no price, at least in part, so "
         "there is nothing whole to give back"},
        {"a command", "tollgate.order", "o", "\"tariff\":\"jobs\",\"sku\":\"points-10\"",
         "data.event: a command is no usage event"},
        {"what is no event", "jobs", "e1", "",
         "data.event: \"type\" must be written TARIFF.OPERATION or "
         "tollgate.COMMAND"},
    };
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-10", "o", 1);
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", 1, "\"count\":1"), "");
    CHECK(life_step(&life, "jobs.Nothing", "e2", 1, "\"count\":1").len > 0);
    CHECK_TEXT(reverse(&life, "first", "jobs.Render", "e1", 1, "\"count\":1"), "");
    CHECK(life_step(&life, "jobs.Render", "e3", 1, "\"count\":100").len > 0);
    FOR_ROWS(row, rows) {
        CHECK_TEXT(reverse(&life, row->row, row->type, row->event, 1, row->data), row->want);
        life_check_lot(&life, "o", 2, "10 used, 0 held, 0 left");
    }
    CHECK_TEXT(life_step(&life, "reversal", "nothing", 2, "\"reason\":\"test\""),
               "data.event is missing: the whole event that is to be taken back");
    life_end(&life);
}

static void a_reversal_needs_its_account(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    postpaid(&life);
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", 1, "\"count\":1"), "");
    life.subject = "b";
    CHECK_TEXT(reverse(&life, "r", "jobs.Render", "e1", 1, "\"count\":1"),
               "\"subject\" must be that of the event, \"a\"");
    life_end(&life);
}

/* What is rounded once per cycle is rounded once with less. */
static void sums_that_are_rounded_later_shrink(void **state) {
    static const struct {
        const char *row;
        bool close_between;
        const char *want;
    } rows[] = {{"in an open cycle", false, "2"}, {"in a closed one", true, "2"}};
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        life_begin(&life, TARIFF);
        postpaid(&life);
        CHECK_TEXT(life_step(&life, "jobs.Measure", "e1", 1, "\"seconds\":\"1.5\""), "");
        CHECK_TEXT(life_step(&life, "jobs.Measure", "e2", 2, "\"seconds\":\"1.2\""), "");
        if (row->close_between)
            CHECK_OK(engine_tick(life.engine, life_instant(31 * 1440)));
        CHECK_TEXT(reverse(&life, "r", "jobs.Measure", "e2", 2, "\"seconds\":\"1.2\""), "");
        CHECK_OK(engine_tick(life.engine, life_instant(70 * 1440)));
        const struct tariff *tariff = life.tariffs.list[0];
        uint32_t rate = 0;
        while (!tariff->items[tariff->rates[rate].item].round.is_set)
            rate++;
        struct cell_key key = {0, engine_meter(life.engine, tariff, 0, rate), FUNDING_PAYG};
        struct decimal sum;
        char text[DECIMAL_TEXT_MAX];
        CHECK_OK(engine_sum(life.engine, engine_cycle_find(life.engine, tariff, life_instant(0)), key, &sum));
        decimal_format(sum, text);
        CHECK_TEXT(slice_of(text), row->want);
        life_end(&life);
    }
}

/* Everything reversed, in whatever order: nothing is used and nothing is left to pay. */
static void everything_reversed_is_nothing(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        enum { EVENTS = 12 };
        struct life life;
        uint64_t chance = seed;
        char data[EVENTS][48], ids[EVENTS][8];
        uint32_t order[EVENTS];
        life_begin(&life, TARIFF);
        postpaid(&life);
        buy(&life, "spare-10", "general", 0);
        buy(&life, "points-10", "single", 0);
        for (uint32_t i = 0; i < EVENTS; i++) {
            snprintf(data[i], sizeof data[i], "\"count\":%d,\"frames\":%d", (int)(check_random(&chance) % 3),
                     (int)(check_random(&chance) % 9));
            snprintf(ids[i], sizeof ids[i], "e%u", i);
            CHECK_TEXT(life_step(&life, "jobs.Film", ids[i], (int)i + 1, "%s", data[i]), "");
            order[i] = i;
        }
        if (seed % 2)
            CHECK_OK(engine_tick(life.engine, life_instant(31 * 1440)));
        for (uint32_t left = EVENTS; left > 0; left--) {
            uint32_t pick = (uint32_t)(check_random(&chance) % left), event = order[pick];
            char id[16];
            order[pick] = order[left - 1];
            snprintf(id, sizeof id, "r%u", event);
            CHECK_TEXT(reverse(&life, id, "jobs.Film", ids[event], (int)event + 1, data[event]), "");
        }
        life_check_lot(&life, "single", 20, "0 used, 0 held, 10 left");
        life_check_lot(&life, "general", 20, "0 used, 0 held, 10 left");
        for (uint32_t funding = 0; funding < FUNDING_COUNT; funding++)
            check_sum(&life, funding, "0");
        CHECK_UINT(life.engine->reversal_count, EVENTS);
        life_end(&life);
    }
}

static void a_snapshot_knows_what_was_reversed(void **state) {
    struct life life;
    struct buf bytes = {0};
    (void)state;
    life_begin(&life, TARIFF);
    postpaid(&life);
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", 1, "\"count\":1"), "");
    CHECK_TEXT(reverse(&life, "r1", "jobs.Render", "e1", 1, "\"count\":1"), "");
    CHECK_OK(engine_snapshot(life.engine, &bytes));
    engine_free(life.engine);
    CHECK_OK(engine_restore(&life.tariffs, buf_slice(&bytes), &life.engine));
    CHECK_UINT(life.engine->reversal_count, 1);
    CHECK_TEXT(life.engine->reversals[0].by, "r1");
    CHECK_TEXT(reverse(&life, "r2", "jobs.Render", "e1", 1, "\"count\":1"),
               "reversal of event \"e1\" from \"s\" refused: the event was reversed before");
    buf_free(&bytes);
    life_end(&life);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_go_back_to_the_package),   cmocka_unit_test(the_deduction_order_runs_backwards),
        cmocka_unit_test(free_quota_comes_back_last),     cmocka_unit_test(what_cannot_be_reversed_is_refused),
        cmocka_unit_test(a_reversal_needs_its_account),   cmocka_unit_test(sums_that_are_rounded_later_shrink),
        cmocka_unit_test(everything_reversed_is_nothing), cmocka_unit_test(a_snapshot_knows_what_was_reversed),
    };
    return CHECK_RUN(tests);
}
