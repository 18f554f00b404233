/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders that continue others: renewals, permanent and temporary upgrades, and what each costs. */
#include "life.h"

#include <stdio.h>

#include "engine/snapshot.h"

#define TARIFF "tests/data/jobs.yaml"
#define DAY 1440

static struct slice order(struct life *life, const char *id, int minute, const char *sku, const char *more) {
    return life_step(life, "order", id, minute, "\"tariff\":\"jobs\",\"sku\":\"%s\"%s%s", sku, *more ? "," : "", more);
}

static void check_order(const struct life *life, const char *id, const char *paid, int from, int until) {
    char text[DECIMAL_TEXT_MAX];
    const struct lot *lot = life_lot(life, id);
    decimal_format(lot->price_paid, text);
    CHECK_TEXT(slice_of(text), paid);
    CHECK_INT(lot->effective_ns, life_instant(from));
    CHECK_INT(lot->expires_ns, life_instant(until));
}

/* Rule: viapi 4d-13. 20 calls per second more, all in the second slice, for 5.5 of 10 days. */
static void an_upgrade_costs_the_difference_for_what_is_left(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "p", 0, "check-qps-day", "\"quantity\":20,\"periods\":10"), "");
    CHECK_TEXT(order(&life, "u", 4 * DAY + DAY / 2, "check-qps-day", "\"quantity\":40,\"upgrades\":\"p\""), "");
    check_order(&life, "p", "2360", 0, 10 * DAY);
    check_order(&life, "u", "1188", 4 * DAY + DAY / 2, 10 * DAY);
    const struct purchase *line = &life.engine->purchases[life.engine->purchase_count - 1];
    CHECK_TEXT(line->line.note, "from 20 to 40 QPS, 5.5 periods");
    CHECK_TEXT(order(&life, "v", 5 * DAY, "check-qps-day", "\"quantity\":50,\"upgrades\":\"u\""), "");
    check_order(&life, "v", "540", 5 * DAY, 10 * DAY); /* from 40: upgrades of an upgrade are upgrades of its plan */
    life_end(&life);
}

static void upgrade_prices_follow_the_price_of_the_plan(void **state) {
    static const struct {
        const char *row;
        const char *sku, *plan, *upgrade, *want;
        int minute, until;
    } rows[] = {
        {"both slices are crossed", "check-qps-day", "\"quantity\":5,\"periods\":2",
         "\"quantity\":15,\"upgrades\":\"p\"", "118", DAY, 2 * DAY},
        {"a month is shared by its own days", "check-qps-month", "\"quantity\":20,\"periods\":2",
         "\"quantity\":21,\"upgrades\":\"p\"", "282", 15 * DAY + DAY / 2, 59 * DAY},
        {"a third of a period is exact until the line is rounded", "check-qps-day", "\"quantity\":20",
         "\"quantity\":21,\"upgrades\":\"p\"", "3.6", 2 * DAY / 3, DAY},
        {"a temporary upgrade is for its own periods", "check-qps-day", "\"quantity\":20,\"periods\":10",
         "\"quantity\":30,\"upgrades\":\"p\",\"temporary\":true,\"periods\":3", "324", DAY, 4 * DAY},
        {"or until its instant", "check-qps-day", "\"quantity\":20,\"periods\":10",
         "\"quantity\":30,\"upgrades\":\"p\",\"temporary\":true,\"until\":\"2026-01-02T12:00:00Z\"", "54", DAY,
         DAY + DAY / 2},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        life_begin(&life, TARIFF);
        CHECK_TEXT(order(&life, "p", 0, row->sku, row->plan), "");
        CHECK_TEXT(order(&life, "u", row->minute, row->sku, row->upgrade), "");
        check_order(&life, "u", row->want, row->minute, row->until);
        life_end(&life);
    }
}

/* The largest valid plan counts the limit, so a temporary upgrade ends by itself. */
static void a_temporary_upgrade_reverts_by_itself(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "p", 0, "check-qps-day", "\"quantity\":20,\"periods\":10"), "");
    CHECK_TEXT(order(&life, "t", DAY, "check-qps-day", "\"quantity\":30,\"upgrades\":\"p\",\"temporary\":true"), "");
    CHECK_TEXT(life_step(&life, "jobs.Check", "e1", DAY, "\"count\":25"), "");
    CHECK_UINT(life_lot(&life, "t")->covered, 25);
    CHECK_TEXT(life_step(&life, "jobs.Check", "e2", 2 * DAY, "\"count\":25"), "");
    CHECK_UINT(life_lot(&life, "p")->covered, 25);
    CHECK_UINT(life_lot(&life, "p")->over_limit, 5);
    CHECK_UINT(life_lot(&life, "t")->over_limit, 0);
    CHECK_TEXT(life_step(&life, "jobs.Check", "e3", 10 * DAY, " "),
               "nothing pays for 1 call of check under jobs: no package is left and postpaid is off; order a package "
               "or switch postpaid on");
    life_end(&life);
}

static const struct {
    const char *row;
    const char *sku, *more, *want;
    int minute;
} refusals[] = {
    {"an unknown order", "check-qps-day", "\"quantity\":50,\"upgrades\":\"x\"",
     "order of check-qps-day refused: there is no order \"x\" of it to upgrade; name the order's event id", DAY},
    {"an order of another sku", "check-qps-month", "\"quantity\":50,\"upgrades\":\"p\"",
     "order of check-qps-month refused: there is no order \"p\" of it to upgrade; name the order's event id", DAY},
    {"no more than there is", "check-qps-day", "\"quantity\":30,\"upgrades\":\"p\"",
     "order of check-qps-day refused: an upgrade names what the plan has then, more than the 30 that it has; a "
     "plan "
     "becomes no smaller before its end",
     2 * DAY},
    {"a plan that has ended", "check-qps-day", "\"quantity\":40,\"upgrades\":\"p\"",
     "order of check-qps-day refused: order \"p\" has ended by then; order a new plan", 10 * DAY},
    {"before the last upgrade begins", "check-qps-day", "\"quantity\":40,\"upgrades\":\"p\"",
     "order of check-qps-day refused: the plan has its 30 only later; order the upgrade from then "
     "(data.effective_at)",
     DAY / 2},
    {"periods of a permanent upgrade", "check-qps-day", "\"quantity\":40,\"upgrades\":\"p\",\"periods\":3",
     "order of check-qps-day refused: an upgrade runs to the end of its plan; leave data.periods away, or renew "
     "the "
     "plan",
     2 * DAY},
    {"longer than the plan", "check-qps-day", "\"quantity\":40,\"upgrades\":\"p\",\"temporary\":true,\"periods\":9",
     "order of check-qps-day refused: it would end after the plan that it makes larger, at "
     "2026-01-11T00:00:00+00:00; say an earlier data.until, or renew the plan first and upgrade the renewal",
     2 * DAY},
    {"two temporary ones at once", "check-qps-day", "\"quantity\":50,\"upgrades\":\"p\",\"temporary\":true",
     "order of check-qps-day refused: the temporary upgrade \"t\" of this plan runs until "
     "2026-01-07T00:00:00+00:00; order the next one from then (data.effective_at)",
     5 * DAY + DAY / 2},
    {"above the ceiling", "check-qps-day", "\"quantity\":51,\"upgrades\":\"p\"",
     "order of check-qps-day refused: it is above the most that one purchase may have; larger ones go through "
     "sales "
     "(data.sales: true)",
     2 * DAY},
    {"where the tariff allows none", "shrinking-qps-day", "\"quantity\":40,\"upgrades\":\"s\"",
     "order of shrinking-qps-day refused: the tariff allows no upgrade of it; order a second plan", DAY},
    {"where its price is not published", "unpriced-qps-day", "\"quantity\":40,\"upgrades\":\"n\"",
     "order of unpriced-qps-day: tariff jobs does not publish what an upgrade costs; order a second plan, renew, "
     "or "
     "say `upgrade: {price: difference}` in a tariff that extends it",
     DAY},
    {"a package", "points-10", "\"upgrades\":\"p\"",
     "order of points-10 refused: only a QPS plan can be upgraded; order more beside it", DAY},
    {"a smaller renewal than the last upgrade", "check-qps-day", "\"quantity\":29,\"renews\":\"p\"",
     "order of check-qps-day refused: a renewal may not be smaller than the 30 that it renews; order a new plan "
     "from its end instead (data.effective_at)",
     2 * DAY},
    {"a second renewal", "unpriced-qps-day", "\"quantity\":9,\"renews\":\"n\"",
     "order of unpriced-qps-day refused: order \"m\" renews it already; renew that one", DAY},
    {"a smaller renewal, where that is allowed", "shrinking-qps-day", "\"quantity\":1,\"renews\":\"s\"", "", DAY},
    {"temporary without a plan", "check-qps-day", "\"temporary\":true",
     "only an upgrade is temporary: add \"upgrades\"", DAY},
    {"an end of what is not temporary", "check-qps-day", "\"until\":\"2026-01-03T00:00:00Z\"",
     "\"until\" needs \"temporary\": true; others run their term", DAY},
    {"an end before the beginning", "check-qps-day",
     "\"quantity\":40,\"upgrades\":\"p\",\"temporary\":true,\"until\":\"2026-01-02T00:00:00Z\"",
     "\"until\" must be after the upgrade takes effect", 2 * DAY},
};

static void what_cannot_be_continued_is_refused(void **state) {
    (void)state;
    FOR_ROWS(row, refusals) {
        struct life life;
        life_begin(&life, TARIFF);
        CHECK_TEXT(order(&life, "p", 0, "check-qps-day", "\"quantity\":20,\"periods\":10"), "");
        CHECK_TEXT(order(&life, "s", 0, "shrinking-qps-day", "\"quantity\":9,\"periods\":2"), "");
        CHECK_TEXT(order(&life, "n", 0, "unpriced-qps-day", "\"quantity\":9,\"periods\":2"), "");
        CHECK_TEXT(order(&life, "m", 0, "unpriced-qps-day", "\"quantity\":9,\"renews\":\"n\""), "");
        CHECK_TEXT(order(&life, "u", 0, "check-qps-day",
                         "\"quantity\":30,\"upgrades\":\"p\",\"effective_at\":\"2026-01-02T00:00:00Z\""),
                   "");
        CHECK_TEXT(order(&life, "t", 0, "check-qps-day",
                         "\"quantity\":40,\"upgrades\":\"p\",\"effective_at\":\"2026-01-06T00:00:00Z\","
                         "\"temporary\":true"),
                   "");
        uint32_t lines = life.engine->purchase_count;
        CHECK_TEXT(order(&life, "o", row->minute, row->sku, row->more), row->want);
        CHECK_UINT(life.engine->purchase_count, lines + (*row->want ? 0 : 1));
        life_end(&life);
    }
}

static void a_renewal_goes_on_where_the_plan_ends(void **state) {
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "p", 0, "check-qps-month", "\"quantity\":20"), "");
    CHECK_TEXT(order(&life, "u", DAY, "check-qps-month", "\"quantity\":30,\"upgrades\":\"p\""), "");
    CHECK_TEXT(order(&life, "r", 2 * DAY, "check-qps-month", "\"quantity\":30,\"renews\":\"u\""), "");
    check_order(&life, "r", "5940", 31 * DAY, 59 * DAY);
    CHECK_TEXT(order(&life, "v", 3 * DAY, "check-qps-month", "\"quantity\":40,\"upgrades\":\"r\""), "");
    check_order(&life, "v", "1880", 31 * DAY, 59 * DAY); /* a plan that has not begun is larger from its start */
    life_end(&life);
}

static void what_others_build_on_is_given_back_last(void **state) {
    static const char *const order_of_return[] = {"t", "v", "u", "p"}, *const too_early[] = {"", "1", "2", "3"};
    static const char *const in_time[] = {"4", "5", "6", "7"};
    struct life life;
    (void)state;
    life_begin(&life, TARIFF);
    CHECK_TEXT(order(&life, "p", 0, "check-qps-day", "\"quantity\":20,\"periods\":10"), "");
    CHECK_TEXT(order(&life, "u", 0, "check-qps-day", "\"quantity\":30,\"upgrades\":\"p\""), "");
    CHECK_TEXT(order(&life, "v", 0, "check-qps-day", "\"quantity\":40,\"upgrades\":\"p\""), "");
    CHECK_TEXT(order(&life, "t", 0, "check-qps-day", "\"quantity\":50,\"upgrades\":\"p\",\"temporary\":true"), "");
    for (int i = 1; i < 4; i++) {
        struct slice reason = life_step(&life, "refund", too_early[i], i, "\"order\":\"%s\"", order_of_return[i]);
        char want[128];
        snprintf(want, sizeof want,
                 "refund of order \"%s\" refused: a later order renews or upgrades it; give that one "
                 "back first",
                 order_of_return[i]);
        CHECK_TEXT(reason, want);
    }
    for (int i = 0; i < 4; i++)
        CHECK_TEXT(life_step(&life, "refund", in_time[i], 10, "\"order\":\"%s\"", order_of_return[i]), "");
    struct buf bytes = {0};
    struct engine *engine;
    CHECK_OK(engine_snapshot(life.engine, &bytes));
    CHECK_OK(engine_restore(&life.tariffs, buf_slice(&bytes), &engine));
    engine_free(engine);
    buf_free(&bytes);
    life_end(&life);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_upgrade_costs_the_difference_for_what_is_left),
        cmocka_unit_test(upgrade_prices_follow_the_price_of_the_plan),
        cmocka_unit_test(a_temporary_upgrade_reverts_by_itself),
        cmocka_unit_test(what_cannot_be_continued_is_refused),
        cmocka_unit_test(a_renewal_goes_on_where_the_plan_ends),
        cmocka_unit_test(what_others_build_on_is_given_back_last),
    };
    return CHECK_RUN(tests);
}
