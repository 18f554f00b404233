/* SPDX-License-Identifier: Apache-2.0
 *
 * Deduction from lots: order of use, factors, leftovers, validity, limits, thresholds. */
#include "fund/fund.h"
#include "support/check.h"

enum { ITEM = 3, OTHER_ITEM = 4 };

static struct decimal dec(const char *text) {
    struct decimal value = {0};
    CHECK_OK(decimal_parse(slice_of(text), &value, NULL));
    return value;
}

static struct scope_entry scope_one(const char *factor, const char *per) {
    return (struct scope_entry){.item = ITEM, .factor = dec(factor), .per = dec(per)};
}

static struct product package(struct scope_entry *scope, enum funding funding) {
    static struct decimal alerts[2];
    alerts[0] = dec("0.2");
    alerts[1] = DECIMAL_ZERO;
    return (struct product){.kind = PRODUCT_PACKAGE,
                            .sku = SLICE("pack"),
                            .funding = funding,
                            .scope = scope,
                            .scope_count = 1,
                            .units_scale = (int64_t)(scope->per.pico / DECIMAL_ONE_PICO),
                            .alerts = alerts,
                            .alert_count = 2};
}

static struct lot lot_of(const struct product *product, const char *id, int64_t expires_ns, const char *units) {
    return (struct lot){.product = product,
                        .scale = product->units_scale,
                        .order_id = slice_of(id),
                        .expires_ns = expires_ns,
                        .bought = dec(units).pico * product->units_scale,
                        .window_second = INT64_MIN};
}

struct taken {
    struct decimal left;
    struct part parts[PARTS_MAX];
    uint32_t count;
};

static struct taken take(struct holdings *holdings, enum funding funding, int64_t at_ns, const char *quantity) {
    struct taken taken = {0};
    CHECK_OK(fund_take(holdings, funding, ITEM, at_ns, dec(quantity), taken.parts, &taken.count, &taken.left));
    return taken;
}

static void check_decimal(struct decimal got, const char *want) {
    char text[DECIMAL_TEXT_MAX];
    CHECK_TEXT(((struct slice){text, decimal_format(got, text)}), want);
}

static void points_pay_whole_calls_exactly(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("0.2", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "5000")));
    struct taken taken = take(&holdings, FUNDING_SINGLE, 1, "25001"); /* VI-3: 25,000 calls for 5,000 points */
    check_decimal(taken.left, "1");
    check_decimal(taken.parts[0].quantity, "25000");
    check_decimal(lot_balance(&holdings.lots[0], 1).used, "5000");
    check_decimal(lot_balance(&holdings.lots[0], 1).remaining, "0");
    holdings_free(&holdings);
}

static void factor_per_minute_stays_exact_per_second(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("40", "60");
    struct product product = package(&scope, FUNDING_GENERAL);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "5000")));
    for (int i = 0; i < 7500; i++)
        check_decimal(take(&holdings, FUNDING_GENERAL, 1, "1").left, "0"); /* 125 minutes, second by second */
    check_decimal(take(&holdings, FUNDING_GENERAL, 1, "1").left, "1");
    check_decimal(lot_balance(&holdings.lots[0], 1).remaining, "0");
    holdings_free(&holdings);
}

static void rest_below_one_factor_is_shared_or_stays(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("0.3", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "1")));
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "4").left, "1"); /* 3 calls; 0.1 stays */
    check_decimal(lot_balance(&holdings.lots[0], 1).remaining, "0.1");
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "b", 200, "0.2")));
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1").left, "0"); /* 0.1 of a and 0.2 of b */
    check_decimal(lot_balance(&holdings.lots[0], 1).remaining, "0");
    check_decimal(lot_balance(&holdings.lots[1], 1).remaining, "0");
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "c", 300, "0.2")));
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1").left, "1"); /* not enough: nothing is taken */
    check_decimal(lot_balance(&holdings.lots[2], 1).remaining, "0.2");
    holdings_free(&holdings);
}

static void what_is_held_pays_nothing_else(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("0.3", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    struct reserves reserves = {0};
    struct decimal left;
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "1")));
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "b", 200, "0.4")));
    CHECK_OK(fund_hold(&holdings, FUNDING_SINGLE, ITEM, 1, dec("4"), &reserves, &left));
    check_decimal(left, "0"); /* three calls of a, and one of both */
    CHECK_UINT(reserves.count, 3);
    CHECK_UINT(reserves.list[2].index, holdings.lots[1].number);
    check_decimal((struct decimal){reserves.list[2].amount}, "0.2");
    check_decimal(lot_balance(&holdings.lots[0], 1).held, "1");
    check_decimal(lot_balance(&holdings.lots[1], 1).remaining, "0.2");
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1").left, "1");
    fund_release(&holdings, &reserves);
    check_decimal(lot_balance(&holdings.lots[0], 1).held, "0");
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "5").left, "1");
    check_decimal(lot_balance(&holdings.lots[0], 1).used, "1");
    reserves_free(&reserves);
    holdings_free(&holdings);
}

/* What is shown always adds up, also where a unit is kept in parts that have no exact decimal. */
static void a_held_third_is_shown_rounded_up(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("1", "3");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    struct reserves reserves = {0};
    struct decimal left;
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "1")));
    CHECK_OK(fund_hold(&holdings, FUNDING_SINGLE, ITEM, 1, dec("1"), &reserves, &left));
    struct balance balance = lot_balance(&holdings.lots[0], 1);
    check_decimal(balance.held, "0.333333333334");
    check_decimal(balance.remaining, "0.666666666666");
    check_decimal(balance.used, "0");
    reserves_free(&reserves);
    holdings_free(&holdings);
}

static void the_larger_of_quota_and_default_limits(void **state) {
    (void)state;
    static const struct {
        const char *row;
        int64_t at_ns;
        const char *by_default, *want;
    } rows[] = {
        {"nothing is bought yet", 5, "2", "2"},  {"one quota is valid", 15, "2", "3"},
        {"valid quotas add up", 25, "2", "7"},   {"a quota that has ended counts no more", 35, "2", "4"},
        {"the default is larger", 35, "5", "5"}, {"without a default nothing is left at the end", 60, "0", "0"},
    };
    FOR_ROWS(row, rows) {
        struct product product = {.kind = PRODUCT_CONCURRENCY, .default_limit = dec(row->by_default)};
        struct holdings holdings = {0};
        CHECK_OK(holdings_insert(&holdings, (struct lot){.product = &product,
                                                         .scale = product.units_scale,
                                                         .order_id = SLICE("a"),
                                                         .effective_ns = 10,
                                                         .expires_ns = 30,
                                                         .pieces = dec("3")}));
        CHECK_OK(holdings_insert(&holdings, (struct lot){.product = &product,
                                                         .scale = product.units_scale,
                                                         .order_id = SLICE("b"),
                                                         .effective_ns = 20,
                                                         .expires_ns = 50,
                                                         .pieces = dec("4")}));
        check_decimal(fund_slot_limit(&holdings, &product, row->at_ns), row->want);
        holdings_free(&holdings);
    }
}

static void earliest_expiry_then_order_then_id(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("1", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    struct lot late = lot_of(&product, "a", 300, "1"), soon = lot_of(&product, "b", 200, "1");
    struct lot younger = lot_of(&product, "c", 200, "1"), twin = lot_of(&product, "d", 200, "1");
    soon.ordered_ns = 5;
    younger.ordered_ns = 6;
    twin.ordered_ns = 6;
    CHECK_OK(holdings_insert(&holdings, twin));
    CHECK_OK(holdings_insert(&holdings, late));
    CHECK_OK(holdings_insert(&holdings, younger));
    CHECK_OK(holdings_insert(&holdings, soon));
    static const char *const order[] = {"b", "c", "d", "a"};
    for (size_t i = 0; i < 4; i++) {
        struct taken taken = take(&holdings, FUNDING_SINGLE, 10, "1");
        CHECK_TEXT(taken.parts[0].lot->order_id, order[i]);
    }
    holdings_free(&holdings);
}

static void lot_pays_only_inside_its_validity(void **state) {
    (void)state;
    static const struct {
        const char *row;
        int64_t at_ns;
        const char *left;
    } rows[] = {
        {"before the order nothing is paid", 9, "1"}, {"between order and effective instant nothing", 15, "1"},
        {"the effective instant is inside", 20, "0"}, {"the last instant is inside", 99, "0"},
        {"the expiry is outside", 100, "1"},
    };
    FOR_ROWS(row, rows) {
        struct scope_entry scope = scope_one("1", "1");
        struct product product = package(&scope, FUNDING_SINGLE);
        struct holdings holdings = {0};
        struct lot lot = lot_of(&product, "a", 100, "5");
        lot.ordered_ns = 10;
        lot.effective_ns = 20;
        CHECK_OK(holdings_insert(&holdings, lot));
        check_decimal(take(&holdings, FUNDING_SINGLE, row->at_ns, "1").left, row->left);
        holdings_free(&holdings);
    }
}

static void other_kinds_and_items_are_left_alone(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("1", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "5")));
    check_decimal(take(&holdings, FUNDING_GENERAL, 1, "1").left, "1");
    scope.item = OTHER_ITEM;
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1").left, "1");
    scope.item = ITEM;
    holdings.lots[0].is_refunded = true;
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1").left, "1");
    holdings_free(&holdings);
}

static void fraction_behind_the_whole_units_is_paid_or_left(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("2", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "5")));
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1.25").left, "0");
    check_decimal(lot_balance(&holdings.lots[0], 1).remaining, "2.5");
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "1.26").left,
                  "0.26"); /* the whole unit is paid, 0.26 is not held */
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "0.25").left, "0");
    check_decimal(lot_balance(&holdings.lots[0], 1).remaining, "0");
    holdings_free(&holdings);
}

static void plan_covers_all_and_counts_what_is_over_its_limit(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("1", "1");
    struct product product = package(&scope, FUNDING_QPS);
    product.kind = PRODUCT_QPS;
    struct holdings holdings = {0};
    struct lot lot = lot_of(&product, "a", 100 * NS_PER_SECOND, "0");
    lot.pieces = dec("2");
    CHECK_OK(holdings_insert(&holdings, lot));
    for (int i = 0; i < 3; i++)
        check_decimal(take(&holdings, FUNDING_QPS, 5 * NS_PER_SECOND + i, "1").left, "0");
    CHECK_UINT(holdings.lots[0].over_limit, 1);
    take(&holdings, FUNDING_QPS, 6 * NS_PER_SECOND, "2");
    CHECK_UINT(holdings.lots[0].over_limit, 1); /* a new second starts anew, nothing is carried over */
    take(&holdings, FUNDING_QPS, 6 * NS_PER_SECOND, "4");
    CHECK_UINT(holdings.lots[0].over_limit, 5);
    CHECK_UINT(holdings.lots[0].covered, 9);
    holdings_free(&holdings);
}

static void thresholds_are_told_once(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("0.2", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "5000")));
    take(&holdings, FUNDING_SINGLE, 1, "19999");
    CHECK_UINT(lot_alerts(&holdings.lots[0]), 0);
    take(&holdings, FUNDING_SINGLE, 1, "1"); /* VI-12: 20,000 calls leave 1,000 points, 20 % */
    CHECK_UINT(lot_alerts(&holdings.lots[0]), 1);
    CHECK_UINT(lot_alerts(&holdings.lots[0]), 0);
    take(&holdings, FUNDING_SINGLE, 1, "5000");
    CHECK_UINT(lot_alerts(&holdings.lots[0]), 1);
    CHECK_UINT(lot_alerts(&holdings.lots[0]), 0);
    holdings_free(&holdings);
}

static void balance_always_adds_up(void **state) {
    (void)state;
    uint64_t seed = 7;
    struct scope_entry scope = scope_one("0.7", "6");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 50, "100")));
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "b", 60, "33.3")));
    for (int i = 0; i < 2000; i++) {
        int64_t at = (int64_t)(check_random(&seed) % 70);
        struct taken taken = {0};
        struct decimal quantity = {(wide)(check_random(&seed) % 40) * DECIMAL_ONE_PICO / 4};
        CHECK_OK(fund_take(&holdings, FUNDING_SINGLE, ITEM, at, quantity, taken.parts, &taken.count, &taken.left));
        wide sum = taken.left.pico;
        for (uint32_t k = 0; k < taken.count; k++)
            sum += taken.parts[k].quantity.pico;
        CHECK_WIDE(sum, quantity.pico);
        for (uint32_t k = 0; k < 2; k++) {
            struct balance balance = lot_balance(&holdings.lots[k], at);
            CHECK_WIDE(balance.used.pico + balance.held.pico + balance.remaining.pico + balance.expired.pico,
                       balance.bought.pico);
            CHECK(holdings.lots[k].used <= holdings.lots[k].bought);
        }
    }
    holdings_free(&holdings);
}

static struct decimal give(struct holdings *holdings, enum funding funding, const char *quantity) {
    struct taken given = {0};
    CHECK_OK(fund_give_back(holdings, funding, ITEM, 1, dec(quantity), given.parts, &given.count, &given.left));
    return given.left;
}

static void what_is_given_back_goes_to_the_last_lot_first(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("0.3", "1");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "1")));
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "b", 200, "1")));
    check_decimal(take(&holdings, FUNDING_SINGLE, 1, "5").left, "0"); /* the fourth call is paid by both */
    check_decimal(give(&holdings, FUNDING_SINGLE, "1"), "0");
    check_decimal(lot_balance(&holdings.lots[0], 1).used, "1");
    check_decimal(lot_balance(&holdings.lots[1], 1).used, "0.2");
    check_decimal(give(&holdings, FUNDING_SINGLE, "1"), "0");
    check_decimal(lot_balance(&holdings.lots[0], 1).used, "0.9");
    check_decimal(lot_balance(&holdings.lots[1], 1).used, "0");
    check_decimal(give(&holdings, FUNDING_SINGLE, "4"), "1"); /* never more than was used */
    check_decimal(lot_balance(&holdings.lots[0], 1).used, "0");
    holdings_free(&holdings);
}

/* A third of a unit cannot be written: what is told adds up to what the balance says all the same. */
static void units_of_parts_add_up_to_the_balance(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("1", "3");
    struct product product = package(&scope, FUNDING_SINGLE);
    struct holdings holdings = {0};
    wide sums[2] = {0};
    product.units_scale = 3;
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "1.1")));
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "b", 200, "2")));
    for (int i = 0; i < 7; i++) {
        struct taken taken = take(&holdings, FUNDING_SINGLE, 1, "1");
        if (i == 5)
            CHECK_OK(
                fund_give_back(&holdings, FUNDING_SINGLE, ITEM, 1, dec("4"), taken.parts, &taken.count, &taken.left));
        wide quantity = 0;
        for (uint32_t k = 0; k < taken.count; k++) {
            sums[taken.parts[k].lot - holdings.lots] += taken.parts[k].units.pico;
            quantity += taken.parts[k].quantity.pico;
        }
        CHECK_WIDE(quantity, (i == 5 ? -3 : 1) * DECIMAL_ONE_PICO);
        for (int k = 0; k < 2; k++)
            CHECK_WIDE(sums[k], lot_balance(&holdings.lots[k], 1).used.pico);
    }
    holdings_free(&holdings);
}

static void what_is_given_back_was_paid_by_that_kind_then(void **state) {
    static const struct {
        const char *row;
        enum funding funding;
        uint32_t item;
        int64_t at_ns;
        bool is_refunded;
    } rows[] = {
        {"another funding", FUNDING_GENERAL, ITEM, 1, false},
        {"another item", FUNDING_SINGLE, OTHER_ITEM, 1, false},
        {"an instant behind its validity", FUNDING_SINGLE, ITEM, 100, false},
        {"a refunded lot", FUNDING_SINGLE, ITEM, 1, true},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct scope_entry scope = scope_one("1", "1");
        struct product product = package(&scope, FUNDING_SINGLE);
        struct holdings holdings = {0};
        struct taken given = {0};
        CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "10")));
        check_decimal(take(&holdings, FUNDING_SINGLE, 1, "5").left, "0");
        holdings.lots[0].is_refunded = row->is_refunded;
        CHECK_OK(fund_give_back(&holdings, row->funding, row->item, row->at_ns, dec("2"), given.parts, &given.count,
                                &given.left));
        check_decimal(given.left, "2");
        CHECK_INT(given.count, 0);
        CHECK_WIDE(holdings.lots[0].used, 5 * DECIMAL_ONE_PICO);
        holdings_free(&holdings);
    }
}

static void fractions_and_calls_of_plans_go_back_whole(void **state) {
    (void)state;
    struct scope_entry scope = scope_one("40", "60");
    struct product product = package(&scope, FUNDING_GENERAL);
    struct holdings holdings = {0};
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "a", 100, "5000")));
    check_decimal(take(&holdings, FUNDING_GENERAL, 1, "1.7").left, "0");
    check_decimal(give(&holdings, FUNDING_GENERAL, "1.7"), "0");
    CHECK_WIDE(holdings.lots[0].used, 0);
    holdings_free(&holdings);
    product.funding = FUNDING_QPS;
    product.kind = PRODUCT_QPS;
    CHECK_OK(holdings_insert(&holdings, lot_of(&product, "p", 100, "5")));
    check_decimal(take(&holdings, FUNDING_QPS, 1, "7").left, "0");
    check_decimal(give(&holdings, FUNDING_QPS, "3"), "0");
    CHECK_UINT(holdings.lots[0].covered, 4);
    check_decimal(give(&holdings, FUNDING_QPS, "5"), "1");
    holdings_free(&holdings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_back_goes_to_the_last_lot_first),
        cmocka_unit_test(units_of_parts_add_up_to_the_balance),
        cmocka_unit_test(what_is_given_back_was_paid_by_that_kind_then),
        cmocka_unit_test(fractions_and_calls_of_plans_go_back_whole),
        cmocka_unit_test(points_pay_whole_calls_exactly),
        cmocka_unit_test(factor_per_minute_stays_exact_per_second),
        cmocka_unit_test(rest_below_one_factor_is_shared_or_stays),
        cmocka_unit_test(what_is_held_pays_nothing_else),
        cmocka_unit_test(a_held_third_is_shown_rounded_up),
        cmocka_unit_test(the_larger_of_quota_and_default_limits),
        cmocka_unit_test(earliest_expiry_then_order_then_id),
        cmocka_unit_test(lot_pays_only_inside_its_validity),
        cmocka_unit_test(other_kinds_and_items_are_left_alone),
        cmocka_unit_test(fraction_behind_the_whole_units_is_paid_or_left),
        cmocka_unit_test(plan_covers_all_and_counts_what_is_over_its_limit),
        cmocka_unit_test(thresholds_are_told_once),
        cmocka_unit_test(balance_always_adds_up),
    };
    return CHECK_RUN(tests);
}
