/* SPDX-License-Identifier: Apache-2.0
 *
 * What is bought besides plans: packages that stack, grants, quotas with their ceiling, licences; each order once. */
#include "life.h"

#define TARIFF "tests/data/jobs.yaml"
#define DAY 1440

static struct slice order(struct life *life, const char *id, int minute, const char *sku, const char *more) {
    return life_step(life, "order", id, minute, "\"tariff\":\"jobs\",\"sku\":\"%s\"%s%s", sku, *more ? "," : "", more);
}

static struct slice activate(struct life *life, const char *id, int minute, const char *licence, const char *terminal) {
    return life_step(life, "activate", id, minute, "\"tariff\":\"jobs\",\"order\":\"%s\"%s%s", licence,
                     *terminal ? ",\"terminal\":" : "", terminal);
}

/* Earliest expiry, then earliest order; pieces of one order are one lot; nothing is used before it takes effect. */
static void packages_stack(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "late", 0, "points-10", "\"quantity\":3,\"effective_at\":\"2026-01-03T00:00:00Z\""), "");
    CHECK_TEXT(order(&life, "soon", DAY, "points-10", ""), "");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e1", DAY, "\"count\":4"), "");
    life_check_lot(&life, "soon", DAY, "8 used, 0 held, 2 left");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e2", DAY, "\"count\":2"),
               "nothing pays for 1 call of render under jobs: no package is left and postpaid is off; order a package "
               "or switch postpaid on");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e3", 2 * DAY, "\"count\":15"), "");
    life_check_lot(&life, "late", 2 * DAY, "30 used, 0 held, 0 left");
    CHECK_INT(life_lot(&life, "soon")->expires_ns, life_instant(32 * DAY));
    life_end(&life);
}

static void the_first_activation_grants(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(life_step(&life, "activate", "a1", 0, "\"tariff\":\"jobs\""), "");
    CHECK_TEXT(life_step(&life, "activate", "a2", DAY, "\"tariff\":\"jobs\""), "");
    CHECK_UINT(life.engine->accounts[0].subscriptions[0]->holdings.count, 1);
    CHECK_TEXT(order(&life, "o", DAY, "points-10", ""), "");
    CHECK_TEXT(life_step(&life, "jobs.Render", "e", DAY, "\"count\":3"), "");
    life_check_lot(&life, "a1", DAY, "2 used, 0 held, 0 left");
    life_check_lot(&life, "o", DAY, "2 used, 0 held, 8 left");
    life_end(&life);
}

static void an_order_is_taken_once(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "o", 0, "points-10", ""), "");
    CHECK_TEXT(order(&life, "o", 0, "points-10", ""), "");
    CHECK_UINT(life.engine->duplicates, 1);
    CHECK_TEXT(order(&life, "o", 0, "points-100", ""),
               "event \"o\" from \"s\" came before with another payload; give a correction a new id");
    life.source = "another";
    CHECK_TEXT(order(&life, "o", 0, "points-10", ""),
               "order of points-10 refused: the account has an order \"o\" already; give every order its own id");
    CHECK_UINT(life.engine->purchase_count, 1);
    life_end(&life);
}

static void a_refused_order_says_why(void **state) {
    static const struct {
        const char *row;
        const char *sku, *more, *want;
    } rows[] = {
        {"a grant", "welcome", "", "order of welcome refused: it is granted on activation and cannot be bought"},
        {"half a package", "points-10", "\"quantity\":\"0.5\"",
         "order of points-10 refused: the quantity must be a whole number"},
        {"a package for periods", "points-10", "\"periods\":2",
         "order of points-10 refused: a package has one validity; order several pieces instead of periods"},
        {"two copies of a licence", "sdk", "\"quantity\":2", ""},
        {"a sku that nobody sells", "sdx", "", "tariff jobs sells no \"sdx\"; did you mean \"sdk\"?"},
        {"more tasks than the ceiling", "render-concurrency", "\"quantity\":51",
         "order of render-concurrency refused: it is above the most that one purchase may have; larger ones go through "
         "sales (data.sales: true)"},
        {"more tasks than the ceiling with those there are", "render-concurrency", "\"quantity\":11",
         "order of render-concurrency refused: with the 40 that are valid beside it that is more than 50 at once; "
         "order "
         "fewer, or go through sales (data.sales: true)"},
        {"through sales", "render-concurrency", "\"quantity\":11,\"sales\":true", ""},
        {"before the others begin, and into them", "render-concurrency",
         "\"quantity\":11,\"effective_at\":\"2026-01-02T00:00:00Z\",\"periods\":2",
         "order of render-concurrency refused: with the 40 that are valid beside it that is more than 50 at once; "
         "order "
         "fewer, or go through sales (data.sales: true)"},
        {"when the others have ended", "render-concurrency",
         "\"quantity\":50,\"effective_at\":\"2026-03-05T00:00:00Z\"", ""},
        {"as many as there may be", "render-concurrency", "\"quantity\":10", ""},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        life_begin(&life, TARIFF);
        CHECK_TEXT(order(&life, "q1", 0, "render-concurrency", "\"quantity\":20"), "");
        CHECK_TEXT(order(&life, "q2", 0, "render-concurrency",
                         "\"quantity\":20,\"effective_at\":\"2026-01-05T00:00:00Z\",\"periods\":2"),
                   "");
        CHECK_TEXT(order(&life, "o", 10 * DAY, row->sku, row->more), row->want);
        CHECK_UINT(life.engine->purchase_count, *row->want ? 2 : 3);
        life_end(&life);
    }
}

/* Rule: viapi 4b-22. */
static void a_licence_counts_from_its_activation(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "l1", 0, "sdk", ""), "");
    CHECK_TEXT(order(&life, "l2", 0, "sdk", "\"periods\":2"), "");
    CHECK_TEXT(activate(&life, "a1", DAY, "l1", "\"ios\""), "");
    CHECK_INT(life_lot(&life, "l1")->expires_ns, life_instant(366 * DAY));
    CHECK_TEXT(activate(&life, "a2", DAY, "l1", "\"android\""),
               "the licence of order \"l1\" is activated already; order another one for another terminal");
    CHECK_TEXT(
        activate(&life, "a3", DAY, "l2", "\"ios\""),
        "order \"l1\" holds the licence of sdk for terminal ios; activate this one for another terminal, or when "
        "that one has ended");
    CHECK_TEXT(activate(&life, "a4", DAY, "l2", "\"windows\""),
               "sdk is not sold for terminal \"windows\"; it is one of ios, android");
    CHECK_TEXT(activate(&life, "a5", DAY, "l2", ""),
               "data.terminal is missing: say for which terminal sdk is activated: ios, android");
    CHECK_TEXT(activate(&life, "a6", DAY, "l3", "\"ios\""),
               "there is no licence order \"l3\"; name the order's event id");
    CHECK_TEXT(activate(&life, "a7", DAY, "l2", "\"android\""), "");
    CHECK_INT(life_lot(&life, "l2")->expires_ns, life_instant((365 + 365 + 1) * DAY));
    CHECK_TEXT(life_step(&life, "refund", "r", DAY, "\"order\":\"l2\""),
               "refund of order \"l2\" refused: it has been used");
    CHECK_TEXT(order(&life, "l4", 366 * DAY, "sdk", ""), "");
    CHECK_TEXT(activate(&life, "a8", 366 * DAY, "l4", "\"ios\""), ""); /* the first one has ended */
    CHECK_TEXT(order(&life, "l5", 366 * DAY, "plain", ""), "");
    CHECK_TEXT(activate(&life, "a9", 500 * DAY, "l5", ""), ""); /* no terminals, and no limit in time */
    life_end(&life);
}

static void a_licence_that_is_not_activated_lapses_once(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "l1", 0, "sdk", ""), "");
    CHECK_TEXT(order(&life, "l2", 0, "sdk", ""), "");
    CHECK_TEXT(order(&life, "l3", 0, "sdk", ""), "");
    CHECK_TEXT(activate(&life, "a1", 31 * DAY - 1, "l1", "\"ios\""), "");
    CHECK_TEXT(life_step(&life, "refund", "r", DAY, "\"order\":\"l2\""), "");
    CHECK_TEXT(activate(&life, "a2", 31 * DAY, "l3", "\"android\""),
               "the licence of order \"l3\" lapsed because it was not activated in time; order a new one");
    CHECK_UINT(life.engine->alert_count, 0);
    CHECK_TEXT(life_step(&life, "tick", "t1", 31 * DAY, " "), "");
    CHECK_TEXT(life_step(&life, "tick", "t2", 60 * DAY, " "), "");
    CHECK_UINT(life.engine->alert_count, 1);
    CHECK_INT(life.engine->alerts[0].kind, ALERT_LICENCE_LAPSED);
    CHECK_TEXT(life.engine->alerts[0].order_id, "l3");
    CHECK_INT(life.engine->alerts[0].at_ns, life_instant(31 * DAY));
    CHECK_TEXT(activate(&life, "a3", DAY, "l3", "\"android\""), /* said too late, whatever its time */
               "the licence of order \"l3\" lapsed because it was not activated in time; order a new one");
    life_end(&life);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_stack),
        cmocka_unit_test(the_first_activation_grants),
        cmocka_unit_test(an_order_is_taken_once),
        cmocka_unit_test(a_refused_order_says_why),
        cmocka_unit_test(a_licence_counts_from_its_activation),
        cmocka_unit_test(a_licence_that_is_not_activated_lapses_once),
    };
    return CHECK_RUN(tests);
}
