/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds: what is set apart at submit, what a job gives back when it settles, is released, or is never heard of again.
 */
#include "life.h"

#include <stdio.h>

#include "engine/snapshot.h"

#define TARIFF "tests/data/jobs.yaml"
#define RENDER "\"operation\":\"jobs.Render\",\"data\":{\"count\":%d}"

static void buy(struct life *life, const char *sku, const char *id, int minute) {
    CHECK_TEXT(life_step(life, "order", id, minute, "\"tariff\":\"jobs\",\"sku\":\"%s\"", sku), "");
}

static void units_are_held_until_the_job_settles(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-10", "o", 0);
    CHECK_TEXT(life_step(&life, "hold", "h", 1, RENDER, 3), "");
    life_check_lot(&life, "o", 1, "0 used, 6 held, 4 left");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", 2, "\"count\":2"), "");
    life_check_lot(&life, "o", 2, "4 used, 6 held, 0 left");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e2", 3, "\"count\":1"),
               "nothing pays for 1 call of render under jobs: no package is left and postpaid is off; order a package "
               "or switch postpaid on");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e3", 4, "\"count\":2,\"hold\":\"h\""), "");
    life_check_lot(&life, "o", 4, "8 used, 0 held, 2 left");
    life_end(&life);
}

/* The lots, the order of use and the sharing of one unit are those of a charge. */
static void a_hold_follows_the_deduction_order(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "spare-10", "general", 0);
    buy(&life, "points-10", "single", 1);
    CHECK_TEXT(life_step(&life, "hold", "film", 2, "\"operation\":\"jobs.Film\",\"data\":{\"count\":4,\"frames\":13}"),
               "");
    life_check_lot(&life, "single", 2, "0 used, 9 held, 1 left"); /* 4 renders and 3 frames; 10 frames are free */
    CHECK_TEXT(life_step(&life, "hold", "renders", 3, RENDER, 2), "");
    life_check_lot(&life, "single", 3, "0 used, 9 held, 1 left"); /* half a render stays */
    life_check_lot(&life, "general", 3, "0 used, 4 held, 6 left");
    CHECK_TEXT(life_step(&life, "release", "r", 4, "\"hold\":\"film\""), "");
    life_check_lot(&life, "single", 4, "0 used, 0 held, 10 left");
    life_check_lot(&life, "general", 4, "0 used, 4 held, 6 left");
    CHECK_TEXT(life_step(&life, "jobs.Film", "e", 5, "\"count\":0,\"frames\":13,\"hold\":\"renders\""), "");
    life_check_lot(&life, "single", 5, "1 used, 0 held, 9 left"); /* the free frames came back, and pay first */
    life_check_lot(&life, "general", 5, "0 used, 0 held, 10 left");
    life_end(&life);
}

static void what_cannot_be_held_is_refused(void **state) {
    static const struct {
        const char *row;
        const char *operation, *data, *want;
    } rows[] = {
        {"more than the packages hold", "jobs.Render", "\"count\":6",
         "hold refused: nothing would pay for 1 call of render: no package is left and postpaid is off; order a "
         "package or switch postpaid on"},
        {"a tariff that is not loaded", "job.Render", "",
         "hold refused: no tariff \"job\" is loaded; did you mean \"jobs\"?"},
        {"an operation that no tariff knows", "jobs.Rander", "",
         "hold refused: tariff jobs has no operation \"Rander\"; did you mean \"Render\"?"},
        {"an estimate that lacks what its formula needs", "jobs.Film", "",
         "hold refused: operation Film, item frame: quantity: frames is missing"},
        {"an item that nothing pays", "jobs.Secret", "",
         "hold refused: nothing would pay for 1 call of secret: no package is left and postpaid is off; order a "
         "package or switch postpaid on"},
        {"half of a job is not held", "jobs.Film", "\"count\":1,\"frames\":500",
         "hold refused: nothing would pay for 466 frame of frame: no package is left and postpaid is off; order a "
         "package or switch postpaid on"},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        life_begin(&life, TARIFF);
        buy(&life, "points-10", "o", 0);
        CHECK_TEXT(life_step(&life, "hold", "h", 1, "\"operation\":\"%s\",\"data\":{%s}", row->operation, row->data),
                   row->want);
        life_check_lot(&life, "o", 1, "0 used, 0 held, 10 left");
        CHECK_TEXT(life_step(&life, "release", "r", 2, "\"hold\":\"h\""),
                   "there is no open hold \"h\"; it was settled, released or has expired, or never was");
        life_end(&life);
    }
}

static void a_malformed_hold_is_no_record(void **state) {
    static const struct {
        const char *row;
        const char *data, *want;
    } rows[] = {
        {"no operation", "", "data.operation is missing: name what will run, as TARIFF.OPERATION"},
        {"half a name", "\"operation\":\"Render\"", "\"operation\" must be written TARIFF.OPERATION"},
        {"data that is a list", "\"operation\":\"jobs.Render\",\"data\":[]",
         "\"data\" must be an object: the data of the event to come"},
        {"an end before the beginning", "\"operation\":\"jobs.Render\",\"expires_at\":\"2026-01-01T00:00:00Z\"",
         "\"expires_at\" must be after \"time\""},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        life_begin(&life, TARIFF);
        CHECK_TEXT(life_step(&life, "hold", "h", 1, "%s", row->data), row->want);
        CHECK_TEXT(life_step(&life, "release", "r", 1, " "),
                   "data.hold is missing: name the id of the hold to release");
        CHECK_TEXT(life_step(&life, "jobs.Render", "e", 1, "\"hold\":5"), "\"hold\" must be a string");
        life_end(&life);
    }
}

static void postpaid_pays_what_no_package_holds(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-10", "o", 0);
    CHECK_TEXT(life_step(&life, "account", "on", 1, "\"postpaid\":{\"jobs\":true}"), "");
    CHECK_TEXT(life_step(&life, "hold", "h", 2, RENDER, 100), "");
    life_check_lot(&life, "o", 2, "0 used, 10 held, 0 left");
    CHECK_TEXT(life_step(&life, "hold", "s", 3, "\"operation\":\"jobs.Secret\""),
               "hold refused: 1 call of secret would be left to pay, and tariff jobs does not publish the price");
    CHECK_TEXT(life_step(&life, "hold", "m", 4, "\"operation\":\"jobs.Measure\",\"data\":{\"seconds\":9}"), "");
    life_end(&life);
}

/* Whatever came of the job: the hold is over. */
static void every_event_of_the_job_settles(void **state) {
    static const struct {
        const char *row;
        const char *type, *data;
    } rows[] = {
        {"one that failed", "jobs.Render", "\"outcome\":\"failed\""},
        {"one without a price", "jobs.Film", "\"count\":1"},
        {"one of an operation that nobody knows", "jobs.Rander", "\"count\":1"},
        {"one under a tariff that is not loaded", "other.Render", "\"count\":1"},
        {"one of another operation", "jobs.Check", "\"count\":0"},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        life_begin(&life, TARIFF);
        buy(&life, "points-10", "o", 0);
        CHECK_TEXT(life_step(&life, "hold", "h", 1, RENDER, 3), "");
        life_check_lot(&life, "o", 1, "0 used, 6 held, 4 left");
        life_step(&life, row->type, "e", 2, "%s,\"hold\":\"h\"", row->data);
        life_check_lot(&life, "o", 2, "0 used, 0 held, 10 left");
        life_end(&life);
    }
}

static void an_id_is_open_once(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-100", "o", 0);
    CHECK_TEXT(life_step(&life, "hold", "h", 1, RENDER, 3), "");
    CHECK_TEXT(life_step(&life, "hold", "h", 1, RENDER, 3), ""); /* the same record: a repetition */
    CHECK_UINT(life.engine->duplicates, 1);
    life_check_lot(&life, "o", 1, "0 used, 6 held, 94 left");
    CHECK_TEXT(life_step(&life, "refund", "back", 2, "\"order\":\"o\""),
               "refund of order \"o\" refused: a hold reserves some of it; release the hold first");
    CHECK_TEXT(life_step(&life, "release", "r1", 2, "\"hold\":\"h\""), "");
    CHECK_TEXT(life_step(&life, "release", "r2", 2, "\"hold\":\"h\""),
               "there is no open hold \"h\"; it was settled, released or has expired, or never was");
    life_check_lot(&life, "o", 2, "0 used, 0 held, 100 left");
    life_end(&life);
}

/* Rule: late settlement is charged as if there had been no hold. */
static void an_expired_hold_gives_everything_back(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-10", "o", 0);
    life.subject = "a";
    CHECK_TEXT(life_step(&life, "hold", "hour", 0, RENDER, 3), "");
    CHECK_TEXT(
        life_step(&life, "hold", "short", 0, "\"operation\":\"jobs.Render\",\"expires_at\":\"2026-01-01T00:10:00Z\""),
        "");
    life_check_lot(&life, "o", 9, "0 used, 8 held, 2 left");
    life.subject = "clock"; /* ticks are nobody's */
    CHECK_TEXT(life_step(&life, "tick", "t1", 10, " "), "");
    life_check_lot(&life, "o", 10, "0 used, 6 held, 4 left");
    CHECK_TEXT(life_step(&life, "tick", "t2", 60, " "), "");
    life_check_lot(&life, "o", 60, "0 used, 0 held, 10 left");
    life.subject = "a";
    CHECK_TEXT(life_step(&life, "jobs.Render", "late", 59, "\"count\":3,\"hold\":\"hour\""), "");
    life_check_lot(&life, "o", 60, "6 used, 0 held, 4 left");
    life_end(&life);
}

static void a_package_that_ends_takes_its_holds_along(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    buy(&life, "points-10", "o", 0);
    CHECK_TEXT(life_step(&life, "hold", "h", 31 * 24 * 60 - 5, RENDER, 3), "");
    life_check_lot(&life, "o", 31 * 24 * 60, "0 used, 6 held, 0 left");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e", 31 * 24 * 60 - 1, "\"count\":3,\"hold\":\"h\""), "");
    life_check_lot(&life, "o", 31 * 24 * 60, "6 used, 0 held, 0 left");
    life_end(&life);
}

static void slots_are_never_more_than_the_quota(void **state) {
    char id[16];
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(life_step(&life, "account", "mode", 0, "\"mode\":{\"jobs\":\"concurrent\"}"), "");
    CHECK_TEXT(life_step(&life, "hold", "none", 1, RENDER, 1),
               "hold refused: concurrent billing is on, but no quota of render-concurrency is valid; order one or "
               "switch the mode back");
    CHECK_TEXT(life_step(&life, "order", "o", 2, "\"tariff\":\"jobs\",\"sku\":\"render-concurrency\",\"quantity\":10"),
               "");
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "h%d", i);
        CHECK_TEXT(life_step(&life, "hold", id, 3, RENDER, 7), "");
    }
    CHECK_TEXT(life_step(&life, "hold", "eleven", 3, RENDER, 1), /* TC-8 */
               "hold refused: 10 of render-concurrency run at once already; wait until one ends, or order more");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e", 4, "\"outcome\":\"failed\",\"hold\":\"h3\""), "");
    CHECK_TEXT(life_step(&life, "hold", "twelve", 5, RENDER, 1), "");
    CHECK_TEXT(life_step(&life, "order", "p", 5, "\"tariff\":\"jobs\",\"sku\":\"render-concurrency\",\"quantity\":1"),
               "");
    CHECK_TEXT(life_step(&life, "hold", "thirteen", 6, RENDER, 1), ""); /* valid quotas add up */
    CHECK_TEXT(life_step(&life, "hold", "fourteen", 6, RENDER, 1),
               "hold refused: 11 of render-concurrency run at once already; wait until one ends, or order more");
    life_end(&life);
}

/* Outside concurrent billing only the limit that holds for everybody counts. */
static void a_default_limits_everybody(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(life_step(&life, "account", "on", 0, "\"postpaid\":{\"jobs\":true}"), "");
    static const char film[] = "\"operation\":\"jobs.Film\",\"data\":{\"frames\":20}";
    CHECK_TEXT(life_step(&life, "hold", "h1", 1, "%s", film), "");
    CHECK_TEXT(life_step(&life, "hold", "h2", 1, "%s", film), "");
    CHECK_TEXT(life_step(&life, "hold", "h3", 1, "%s", film),
               "hold refused: 2 of frame-concurrency run at once already; wait until one ends, or order more");
    CHECK_TEXT(life_step(&life, "hold", "h4", 61, "%s", film), "");
    life_end(&life);
}

/* ---- anything, in any order ---- */

static wide held_of(const struct life *life, const struct lot *lot) {
    const struct holds *holds = life->engine->accounts[0].holds;
    wide sum = 0;
    for (uint32_t i = 0; holds && i < holds->count; i++)
        for (uint32_t k = 0; k < holds->list[i].reserves.count; k++) {
            const struct reserve *reserve = &holds->list[i].reserves.list[k];
            if (reserve->kind == RESERVE_UNITS && reserve->index == lot->number)
                sum += reserve->amount;
        }
    return sum;
}

static uint32_t slots_of(const struct life *life, const char *sku) {
    const struct tariff *tariff = life->tariffs.list[0];
    uint32_t product = (uint32_t)(tariff_product(tariff, slice_of(sku)) - tariff->products), count = 0;
    const struct holds *holds = life->engine->accounts[0].holds;
    for (uint32_t i = 0; holds && i < holds->count; i++)
        for (uint32_t k = 0; k < holds->list[i].reserves.count; k++)
            count += holds->list[i].reserves.list[k].kind == RESERVE_SLOT &&
                     holds->list[i].reserves.list[k].index == product;
    return count;
}

static void check_balanced(const struct life *life) {
    const struct holdings *holdings = &life->engine->accounts[0].subscriptions[0]->holdings;
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        struct balance balance = lot_balance(lot, lot->ordered_ns);
        CHECK(lot->used >= 0 && lot->held >= 0 && lot->used + lot->held <= lot->bought);
        CHECK(lot->held == held_of(life, lot));
        CHECK(balance.used.pico >= 0 && balance.remaining.pico >= 0);
    }
    CHECK(slots_of(life, "render-concurrency") <= 3);
    CHECK(slots_of(life, "frame-concurrency") <= 2);
}

/* A snapshot in the middle changes nothing. */
static void restore(struct life *life) {
    struct buf bytes = {0}, again = {0};
    struct engine *engine;
    CHECK_OK(engine_snapshot(life->engine, &bytes));
    CHECK_OK(engine_restore(&life->tariffs, buf_slice(&bytes), &engine));
    CHECK_OK(engine_snapshot(engine, &again));
    CHECK(slice_eq(buf_slice(&bytes), buf_slice(&again)));
    buf_free(&bytes);
    buf_free(&again);
    engine_free(life->engine);
    life->engine = engine;
}

static void random_step(struct life *life, uint64_t *seed, int minute) {
    char id[16], hold[16];
    snprintf(id, sizeof id, "x%d", minute);
    snprintf(hold, sizeof hold, "x%d", minute - 1 - (int)(check_random(seed) % 40));
    int count = 1 + (int)(check_random(seed) % 6), frames = (int)(check_random(seed) % 25);
    switch (check_random(seed) % 10) {
    case 0:
        life_step(life, "order", id, minute, "\"tariff\":\"jobs\",\"sku\":\"%s\"",
                  check_random(seed) % 2 ? "points-10" : "spare-10");
        break;
    case 1:
        life_step(life, "account", id, minute, "\"mode\":{\"jobs\":\"%s\"}",
                  check_random(seed) % 3 ? "payg" : "concurrent");
        break;
    case 2:
        life_step(life, "release", id, minute, "\"hold\":\"%s\"", hold);
        break;
    case 3:
    case 4:
        life_step(life, "jobs.Film", id, minute, "\"count\":%d,\"frames\":%d,\"hold\":\"%s\"", count, frames, hold);
        break;
    default:
        life_step(life, "hold", id, minute, "\"operation\":\"jobs.Film\",\"data\":{\"count\":%d,\"frames\":%d}", count,
                  frames);
        break;
    }
}

static void nothing_is_held_twice_or_lost(void **state) {
    uint32_t most = 0;
    (void)state;
    for (uint64_t run = 1; run <= 20; run++) {
        uint64_t seed = run;
        struct life life;
        life_begin(&life, TARIFF);
        CHECK_TEXT(
            life_step(&life, "order", "quota", 0, "\"tariff\":\"jobs\",\"sku\":\"render-concurrency\",\"quantity\":3"),
            "");
        for (int minute = 1; minute <= 400; minute++) {
            random_step(&life, &seed, minute);
            check_balanced(&life);
            most = slots_of(&life, "frame-concurrency") > most ? slots_of(&life, "frame-concurrency") : most;
            if (minute % 97 == 0)
                restore(&life);
        }
        life_step(&life, "tick", "end", 500, " ");
        check_balanced(&life);
        CHECK(!life.engine->accounts[0].holds || life.engine->accounts[0].holds->count == 0);
        for (uint32_t i = 0; i < life.engine->accounts[0].subscriptions[0]->quota_count; i++)
            CHECK(life.engine->accounts[0].subscriptions[0]->quotas[i].held_pico == 0);
        CHECK_UINT(slots_of(&life, "render-concurrency"), 0);
        life_end(&life);
    }
    CHECK_UINT(most, 2); /* the limit was reached */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_held_until_the_job_settles),
        cmocka_unit_test(a_hold_follows_the_deduction_order),
        cmocka_unit_test(what_cannot_be_held_is_refused),
        cmocka_unit_test(a_malformed_hold_is_no_record),
        cmocka_unit_test(postpaid_pays_what_no_package_holds),
        cmocka_unit_test(every_event_of_the_job_settles),
        cmocka_unit_test(an_id_is_open_once),
        cmocka_unit_test(an_expired_hold_gives_everything_back),
        cmocka_unit_test(a_package_that_ends_takes_its_holds_along),
        cmocka_unit_test(slots_are_never_more_than_the_quota),
        cmocka_unit_test(a_default_limits_everybody),
        cmocka_unit_test(nothing_is_held_twice_or_lost),
    };
    return CHECK_RUN(tests);
}
