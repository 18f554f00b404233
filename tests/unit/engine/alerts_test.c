/* SPDX-License-Identifier: Apache-2.0
 *
 * Alerts: each once for each cause, whenever ticks come. Days count from 2026-01-01. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/snapshot.h"
#include "engine/view.h"
#include "life.h"

enum { DAY = 24 * 60, STEPS = 16 };
struct step {
    const char *type; /* NULL: the last one was before */
    int day;
    const char *data;
    const char *id; /* NULL: any */
};
static const struct step END = {"tick", 400, "", NULL};

static void alerts_print(const struct engine *engine, struct buf *out) {
    for (uint32_t i = 0; i < engine_alert_count(engine); i++) {
        struct alert seen = engine_alert_view(engine, i), *alert = &seen;
        char remaining[DECIMAL_TEXT_MAX];
        struct slice what = alert->order_id.len ? alert->order_id : alert->item;
        decimal_format(alert->remaining, remaining);
        buf_printf(out, "%s %.*s%sday %d: %s; ", alert_name(alert->kind), SLICE_ARG(what), what.len ? " " : "",
                   (int)((alert->at_ns - life_instant(0)) / NS_PER_SECOND / (DAY * 60)), remaining);
    }
}

/* What was told, but for closed bills. */
static void alerts_without_bills(const struct buf *told, struct buf *out) {
    struct slice rest = buf_slice(told), one;
    while (slice_cut(rest, ';', &one, &rest)) {
        one = slice_trim(one);
        if (!slice_starts(one, SLICE("bill-closed")))
            buf_printf(out, "%.*s; ", SLICE_ARG(one));
    }
}

static void live(const struct step *steps, struct buf *ret_told) {
    struct life life;
    struct buf all = {0};
    char id[16];
    life_begin(&life, "tests/data/alerts.yaml");
    for (int i = 0; i < STEPS && steps[i].type; i++) {
        snprintf(id, sizeof id, "s-%d", i);
        struct slice refused =
            life_step(&life, steps[i].type, steps[i].id ? steps[i].id : id, steps[i].day * DAY, "%s", steps[i].data);
        CHECK_TEXT(refused, "");
    }
    life_step(&life, END.type, "end", END.day * DAY, "%s", END.data);
    alerts_print(life.engine, &all);
    alerts_without_bills(&all, ret_told);
    buf_free(&all);
    life_end(&life);
}

#define ORDER(sku) "\"tariff\":\"watch\",\"sku\":\"" sku "\""
#define ONE "\"count\":1"

static void what_ends_is_told(void **state) {
    static const struct {
        const char *row;
        struct step steps[STEPS];
        const char *want;
    } rows[] = {
        {"a package seven days before its end, and at its end",
         {{"order", 0, ORDER("calls-10"), "o"}},
         "package-expiring o day 23: 10; package-expired o day 30: 10; "},
        {"with what is left of it",
         {{"order", 0, ORDER("calls-10"), "o"}, {"watch.Call", 1, "\"count\":4", NULL}},
         "package-expiring o day 23: 6; package-expired o day 30: 6; "},
        {"not one that is used up",
         {{"order", 0, ORDER("calls-10"), "o"}, {"watch.Call", 1, "\"count\":10", NULL}},
         ""},
        {"used up between the two: the first alone",
         {{"order", 0, ORDER("calls-10"), "o"}, {"tick", 24, "", NULL}, {"watch.Call", 25, "\"count\":10", NULL}},
         "package-expiring o day 23: 10; "},
        {"not one that was given back",
         {{"order", 0, ORDER("calls-10"), "o"}, {"refund", 1, "\"order\":\"o\"", NULL}},
         ""},
        {"one that is shorter than the warning at its end alone",
         {{"order", 0, ORDER("short-10"), "o"}},
         "package-expired o day 2: 10; "},
        {"as early as the tariff says",
         {{"order", 0, ORDER("early-10"), "o"}},
         "package-expiring o day 20: 10; package-expired o day 30: 10; "},
        {"not before where the tariff says so",
         {{"order", 0, ORDER("quiet-10"), "o"}},
         "package-expired o day 30: 10; "},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct buf told = {0};
        live(row->steps, &told);
        CHECK_TEXT(buf_slice(&told), row->want);
        buf_free(&told);
    }
}

static void plans_and_grants_that_end_are_told(void **state) {
    static const struct {
        const char *row;
        struct step steps[STEPS];
        const char *want;
    } rows[] = {
        {"a plan",
         {{"order", 0, ORDER("fast-qps-month"), "o"}},
         "plan-expiring o day 24: 0; plan-expired o day 31: 0; "},
        {"a plan that is renewed at the end of the renewal",
         {{"order", 0, ORDER("fast-qps-month"), "o"}, {"order", 5, ORDER("fast-qps-month") ",\"renews\":\"o\"", "r"}},
         "plan-expiring r day 52: 0; plan-expired r day 59: 0; "},
        {"a plan renewed behind the warning: not that it has ended",
         {{"order", 0, ORDER("fast-qps-month"), "o"},
          {"tick", 25, "", NULL},
          {"order", 26, ORDER("fast-qps-month") ",\"renews\":\"o\"", "r"}},
         "plan-expiring o day 24: 0; plan-expiring r day 52: 0; plan-expired r day 59: 0; "},
        {"an upgrade ends with its plan",
         {{"order", 0, ORDER("fast-qps-month"), "o"},
          {"order", 5, ORDER("fast-qps-month") ",\"quantity\":3,\"upgrades\":\"o\"", "u"}},
         "plan-expiring o day 24: 0; plan-expired o day 31: 0; "},
        {"calls above a plan, the first time",
         {{"order", 0, ORDER("fast-qps-month"), "o"},
          {"watch.Call", 1, ONE, NULL},
          {"watch.Call", 2, "\"count\":4", NULL},
          {"watch.Call", 2, "\"count\":2", NULL}},
         "over-limit o day 2: 0; plan-expiring o day 24: 0; plan-expired o day 31: 0; "},
        {"a licence that nobody activated lapses, and does not end",
         {{"order", 0, ORDER("sdk"), "o"}},
         "licence-lapsed o day 30: 0; "},
        {"a licence runs from its activation",
         {{"order", 0, ORDER("sdk"), "o"}, {"activate", 20, "\"tariff\":\"watch\",\"order\":\"o\"", NULL}},
         "plan-expiring o day 378: 0; plan-expired o day 385: 0; "},
        {"a grant",
         {{"activate", 0, "\"tariff\":\"watch\"", "o"}},
         "package-expiring o day 13: 20; package-expired o day 20: 20; "},
        {"an order for the past: told with the next tick, dated when it was due",
         {{"tick", 39, "", NULL}, {"order", 39, ORDER("calls-10") ",\"effective_at\":\"2026-01-02T00:00:00Z\"", "o"}},
         "package-expired o day 31: 10; "},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct buf told = {0};
        live(row->steps, &told);
        CHECK_TEXT(buf_slice(&told), row->want);
        buf_free(&told);
    }
}

#define SPEND(day, count)                                                                                              \
    { "watch.Call", (day), "\"count\":" #count, NULL }
#define USED(day) SPEND(day, 1)

static void what_an_account_spends_is_watched(void **state) {
    static const struct {
        const char *row;
        struct step steps[STEPS];
        const char *want;
    } rows[] = {
        {"ten times the mean is no jump", {USED(0), USED(1), USED(2), SPEND(3, 10)}, "sudden-zero day 5: 0; "},
        {"more than ten times the mean is one",
         {USED(0), USED(1), USED(2), SPEND(3, 11)},
         "spend-jump day 4: 11; sudden-zero day 5: 0; "},
        {"of two cycles nobody knows a mean", {USED(0), USED(1), SPEND(2, 99)}, "sudden-zero day 4: 0; "},
        {"cycles without anything do not count into the mean",
         {USED(0), USED(5), USED(9), SPEND(20, 11)},
         "spend-jump day 21: 11; "},
        {"who stays at the new level is told once",
         {USED(0), USED(1), USED(2), SPEND(3, 40), SPEND(4, 40), SPEND(5, 40)},
         "spend-jump day 4: 40; sudden-zero day 7: 0; "},
        {"the ninth cycle back is forgotten",
         {SPEND(0, 90), USED(1), USED(2), USED(3), USED(4), USED(5), USED(6), USED(7), USED(8), SPEND(9, 11)},
         "spend-jump day 10: 11; sudden-zero day 11: 0; "},
        {"the eighth one is not",
         {SPEND(0, 90), USED(1), USED(2), USED(3), USED(4), USED(5), USED(6), USED(7), SPEND(8, 11)},
         "sudden-zero day 10: 0; "},
        {"two cycles in a row are no habit", {USED(0), USED(1)}, ""},
        {"a gap starts the count anew", {USED(0), USED(1), USED(3), USED(4)}, ""},
        {"silence is told once, until usage is a habit again",
         {USED(0), USED(1), USED(2), USED(6), USED(10), USED(11), USED(12)},
         "sudden-zero day 4: 0; sudden-zero day 14: 0; "},
        {"usage that packages pay is usage",
         {{"order", 0, ORDER("quiet-10"), "o"}, USED(0), USED(1), USED(2)},
         "sudden-zero day 4: 0; package-expired o day 30: 7; "},
        {"usage that comes late is none of the cycle that was closed",
         {USED(0), USED(1), USED(2), {"tick", 4, "", NULL}, USED(3)},
         "sudden-zero day 4: 0; "},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct buf told = {0};
        live(row->steps, &told);
        CHECK_TEXT(buf_slice(&told), row->want);
        buf_free(&told);
    }
}

struct shifts { /* days from 9 to 18 o'clock: so much in an hour, thirty times that at noon and in the evening */
    int from, until, each;
};

static void work_days(struct life *life, struct shifts work) {
    char id[16];
    for (int hour = work.from * 24; hour < work.until * 24; hour++) {
        int clock = hour % 24, count = clock == 12 || clock == 17 ? 30 * work.each : work.each;
        snprintf(id, sizeof id, "h-%d", hour);
        if (clock >= 9 && clock < 18)
            life_step(life, "night.Call", id, hour * 60, "\"count\":%d", count);
    }
}

/* Go on from a snapshot. */
static void hop(struct life *life) {
    struct buf bytes = {0};
    CHECK_OK(engine_snapshot(life->engine, &bytes));
    engine_free(life->engine);
    CHECK_OK(engine_restore(&life->tariffs, buf_slice(&bytes), &life->engine));
    buf_free(&bytes);
}

static void hours_told(const char *watch, const struct shifts *work, struct buf *ret_told) {
    struct buf text = {0};
    struct life life;
    char at[INSTANT_TEXT_MAX], remaining[DECIMAL_TEXT_MAX];
    buf_printf(&text,
               "tariff: night\ncurrency: USD\nzone: UTC\ncycle: hour\nitems: {call: {unit: call, price: 1}}\n"
               "operations: {Call: call}\n%s\n",
               watch);
    life_begin_text(&life, "night.yaml", buf_slice(&text));
    for (; work->until; work++) {
        work_days(&life, *work);
        CHECK_OK(engine_tick(life.engine, life_instant(work->until * DAY - 8 * 60))); /* the day is not over */
        hop(&life);
    }
    CHECK_OK(engine_tick(life.engine, life_instant(30 * DAY)));
    for (uint32_t i = 0; i < engine_alert_count(life.engine); i++) {
        struct alert alert = engine_alert_view(life.engine, i);
        instant_format(alert.at_ns, NULL, at);
        decimal_format(alert.remaining, remaining);
        buf_printf(ret_told, "%s %.11s: %s; ", alert_name(alert.kind), at + 5, remaining);
    }
    life_end(&life);
    buf_free(&text);
}

static void hours_are_compared_by_the_day(void **state) {
    static const struct {
        const char *row, *watch;
        struct shifts work[4];
        const char *want;
    } rows[] = {
        {"a month of days and nights is no news", "", {{0, 30, 1}}, ""},
        {"nor is a day of ten times as much", "", {{0, 20, 1}, {20, 21, 10}, {21, 30, 1}}, ""},
        {"one of more is", "", {{0, 20, 1}, {20, 21, 11}, {21, 30, 1}}, "spend-jump 01-21T18:00: 737; "},
        {"in the hour in which it passes, once",
         "",
         {{0, 20, 1}, {20, 21, 99}, {21, 30, 1}},
         "spend-jump 01-21T13:00: 3267; "},
        {"as many times as the tariff says",
         "watch: {spend_jump: 2}",
         {{0, 20, 1}, {20, 21, 3}, {21, 30, 1}},
         "spend-jump 01-21T18:00: 201; "},
        {"or not at all", "watch: {spend_jump: off}", {{0, 20, 1}, {20, 21, 99}, {21, 30, 1}}, ""},
        {"a day of silence is told at its end, once", "", {{0, 10, 1}, {13, 30, 1}}, "sudden-zero 01-12T00:00: 0; "},
        {"after as many days as the tariff says",
         "watch: {sudden_zero: 3}",
         {{0, 10, 1}, {13, 30, 1}},
         "sudden-zero 01-14T00:00: 0; "},
        {"fewer are none then", "watch: {sudden_zero: 3}", {{0, 10, 1}, {12, 30, 1}}, ""},
        {"or not at all", "watch: {sudden_zero: off}", {{0, 10, 1}, {20, 30, 1}}, ""},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct buf told = {0};
        hours_told(row->watch, row->work, &told);
        CHECK_TEXT(buf_slice(&told), row->want);
        buf_free(&told);
    }
}

static void bills_that_ask_for_money_are_told(void **state) {
    struct life life;
    struct buf told = {0};
    (void)state;
    life_begin(&life, "tests/data/alerts.yaml");
    life_step(&life, "order", "o", 0, ORDER("quiet-10"));
    life_step(&life, "watch.Call", "1", 0, "\"count\":10");
    life_step(&life, "watch.Call", "2", DAY, "\"count\":3");
    life_step(&life, "tick", "t", 3 * DAY, "%s", "");
    alerts_print(life.engine, &told);
    CHECK_TEXT(buf_slice(&told), "bill-closed watch-2 day 2: 3; "); /* the first one is paid by the package */
    buf_free(&told);
    life_end(&life);
}

/* A journal of orders and usage; then time passes in steps of whatever size, through snapshots and without. */
static void lived(int64_t step, bool hops, struct buf *ret_told) {
    static const char *const skus[] = {ORDER("calls-10"), ORDER("calls-100"),      ORDER("short-10"),
                                       ORDER("early-10"), ORDER("fast-qps-month"), ORDER("sdk")};
    struct life life;
    uint64_t seed = 5;
    char id[16];
    life_begin(&life, "tests/data/alerts.yaml");
    for (int i = 0; i < 150; i++) {
        snprintf(id, sizeof id, "j-%d", i);
        int minute = (int)(check_random(&seed) % 60) * DAY;
        life.subject = i % 3 ? "a" : "b";
        if (check_random(&seed) % 4 == 0)
            life_step(&life, "order", id, minute, "%s", skus[check_random(&seed) % CHECK_COUNT(skus)]);
        else
            life_step(&life, "watch.Call", id, minute, "\"count\":%d", (int)(check_random(&seed) % 5 == 0 ? 90 : 1));
    }
    for (int64_t at = 0; at < 500 * DAY; at += step) {
        CHECK_OK(engine_tick(life.engine, life_instant((int)at)));
        if (hops)
            hop(&life);
    }
    CHECK_OK(engine_tick(life.engine, life_instant(500 * DAY)));
    alerts_print(life.engine, ret_told);
    life_end(&life);
}

static void ticks_may_be_rare_or_frequent(void **state) {
    static const struct {
        const char *row;
        int64_t step;
        bool hops;
    } rows[] = {{"every five hours", 300, false},
                {"every day", DAY, false},
                {"every day, through snapshots", DAY, true},
                {"every seventeen days", 17 * DAY, true},
                {"every hundred days", 100 * DAY, false}};
    struct buf want = {0};
    (void)state;
    lived(499 * DAY, false, &want);
    CHECK(strstr(want.ptr, "spend-jump") && strstr(want.ptr, "sudden-zero") && strstr(want.ptr, "package-expiring"));
    FOR_ROWS(row, rows) {
        struct buf told = {0};
        lived(row->step, row->hops, &told);
        CHECK_SLICE(buf_slice(&told), buf_slice(&want));
        buf_free(&told);
    }
    buf_free(&want);
}

static void unpriced_usage_is_numbered(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, "tests/data/alerts.yaml");
    CHECK_UINT(engine_unpriced_count(life.engine), 0);
    life_step(&life, "watch.Nothing", "e-1", 0, ONE);
    life_step(&life, "watch.Call", "e-2", 0, ONE);
    life_step(&life, "watch.Never", "e-3", 1, ONE);
    if (CHECK_UINT(engine_unpriced_count(life.engine), 2)) {
        CHECK_TEXT(engine_unpriced_view(life.engine, 0).id, "e-1");
        CHECK_TEXT(engine_unpriced_view(life.engine, 1).id, "e-3");
    }
    life_end(&life);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_is_told),
        cmocka_unit_test(plans_and_grants_that_end_are_told),
        cmocka_unit_test(what_an_account_spends_is_watched),
        cmocka_unit_test(hours_are_compared_by_the_day),
        cmocka_unit_test(bills_that_ask_for_money_are_told),
        cmocka_unit_test(ticks_may_be_rare_or_frequent),
        cmocka_unit_test(unpriced_usage_is_numbered),
    };
    return CHECK_RUN(tests);
}
