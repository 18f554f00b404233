/* SPDX-License-Identifier: Apache-2.0
 *
 * Double entry: what is refused, what is kept, and that all balances always sum to zero. */
#include "ledger/ledger.h"

#include <stdlib.h>

#include "support/check.h"

static struct decimal dec(const char *text) {
    struct decimal value = {0};
    CHECK_OK(decimal_parse(slice_of(text), &value, NULL));
    return value;
}

static const struct currency *cur(const char *code) {
    const struct currency *currency = currency_find(slice_of(code));
    CHECK(currency != NULL);
    return currency;
}

static struct posting post(uint32_t account, const char *code, enum ledger_account ledger_account, const char *amount) {
    return (struct posting){{account, cur(code), ledger_account, 0}, dec(amount)};
}

static void every_ledger_account_has_its_word(void **state) {
    (void)state;
    for (enum ledger_account i = 0; i < LEDGER_COUNT; i++) {
        enum ledger_account back = LEDGER_COUNT;
        CHECK(ledger_account_parse(slice_of(ledger_account_name(i)), &back));
        CHECK_INT(back, i);
        CHECK(ledger_account_note(i)[0] != '\0');
    }
    enum ledger_account none;
    CHECK(!ledger_account_parse(SLICE("revenues"), &none));
}

static void postings_are_taken_whole_or_not_at_all(void **state) {
    (void)state;
    static const struct {
        const char *row;
        enum status want;
        const char *left, *right, *other;
        const char *right_code, *other_code;
    } rows[] = {
        {"two that cancel out", STATUS_OK, "1.5", "-1.5", "0", "USD", "USD"},
        {"three that cancel out", STATUS_OK, "1.5", "-1", "-0.5", "USD", "USD"},
        {"nothing at all", STATUS_OK, "0", "0", "0", "USD", "USD"},
        {"a smallest part too much", STATUS_INVALID, "1.5", "-1.499999999999", "0", "USD", "USD"},
        {"two currencies that cancel out only together", STATUS_INVALID, "1", "-1", "0", "CNY", "CNY"},
        {"a second currency that does not cancel out", STATUS_INVALID, "1", "-1", "1", "USD", "CNY"},
        {"a sum beyond 128 bits", STATUS_RANGE, "170141183460469231731687303", "170141183460469231731687303",
         "-170141183460469231731687303", "USD", "USD"},
    };
    FOR_ROWS(row, rows) {
        struct ledger ledger = {0};
        struct posting before[] = {post(1, "USD", LEDGER_CASH, "7"), post(1, "USD", LEDGER_WALLET, "-7")};
        struct posting postings[] = {post(1, "USD", LEDGER_CASH, row->left),
                                     post(1, row->right_code, LEDGER_WALLET, row->right),
                                     post(2, row->other_code, LEDGER_REVENUE, row->other)};
        CHECK_OK(ledger_post(&ledger, before, 2));
        CHECK_STATUS(ledger_post(&ledger, postings, 3), row->want);
        bool is_taken = row->want == STATUS_OK;
        CHECK_WIDE(ledger_balance(&ledger, before[0].key).pico, dec("7").pico + (is_taken ? dec(row->left).pico : 0));
        CHECK_WIDE(ledger_balance(&ledger, before[1].key).pico, dec("-7").pico + (is_taken ? dec(row->right).pico : 0));
        CHECK_WIDE(ledger_balance(&ledger, postings[2].key).pico, is_taken ? dec(row->other).pico : 0);
        CHECK_OK(ledger_check(&ledger));
        ledger_free(&ledger);
    }
}

static void a_balance_that_overflows_undoes_what_was_posted_before_it(void **state) {
    (void)state;
    struct ledger ledger = {0};
    struct posting most[] = {post(1, "USD", LEDGER_CASH, "170141183460469231731687303"),
                             post(1, "USD", LEDGER_WALLET, "-170141183460469231731687303")};
    struct posting more[] = {post(2, "USD", LEDGER_REVENUE, "-1"), post(2, "USD", LEDGER_ROUNDING, "-1"),
                             post(2, "USD", LEDGER_REVENUE, "1"), post(1, "USD", LEDGER_CASH, "1")};
    CHECK_OK(ledger_post(&ledger, most, 2));
    CHECK_STATUS(ledger_post(&ledger, more, 4), STATUS_RANGE);
    CHECK_WIDE(ledger_balance(&ledger, more[0].key).pico, 0);
    CHECK_WIDE(ledger_balance(&ledger, more[1].key).pico, 0);
    CHECK_WIDE(ledger_balance(&ledger, most[0].key).pico, most[0].amount.pico);
    CHECK_UINT(ledger_count(&ledger), 2);
    CHECK_OK(ledger_check(&ledger));
    ledger_free(&ledger);
}

static void what_was_listed_loads_again_and_nothing_else_does(void **state) {
    (void)state;
    struct ledger ledger = {0}, loaded = {0};
    struct posting postings[] = {post(2, "USD", LEDGER_WALLET, "-7"), post(2, "USD", LEDGER_CASH, "7"),
                                 post(1, "USD", LEDGER_CASH, "3"),    post(1, "USD", LEDGER_WALLET, "-3"),
                                 post(1, "CNY", LEDGER_CASH, "5"),    post(1, "CNY", LEDGER_WALLET, "-5"),
                                 post(3, "CNY", LEDGER_CASH, "5"),    post(3, "CNY", LEDGER_CASH, "-5")};
    static const uint32_t order[] = {4, 5, 2, 3, 1, 0}; /* what came back to zero is not listed */
    CHECK_OK(ledger_post(&ledger, postings, 8));
    CHECK_UINT(ledger_count(&ledger), 6);
    struct posting list[6];
    ledger_list(&ledger, list);
    for (uint32_t i = 0; i < 6; i++) {
        struct posting want = postings[order[i]];
        CHECK(list[i].key.account == want.key.account && list[i].key.currency == want.key.currency &&
              list[i].key.ledger_account == want.key.ledger_account && list[i].key.item == want.key.item);
        CHECK_WIDE(list[i].amount.pico, want.amount.pico);
    }
    CHECK_OK(ledger_load(&loaded, list, 6));
    CHECK_UINT(ledger_count(&loaded), 6);
    ledger_free(&loaded);
    CHECK_STATUS(ledger_load(&loaded, list, 5), STATUS_INVALID); /* does not sum to zero */
    struct posting twice[] = {list[0], list[1], list[0], list[1]};
    CHECK_STATUS(ledger_load(&loaded, twice, 4), STATUS_INVALID);
    struct posting empty[] = {post(1, "USD", LEDGER_CASH, "0")};
    CHECK_STATUS(ledger_load(&loaded, empty, 1), STATUS_INVALID);
    CHECK_UINT(ledger_count(&loaded), 0);
    ledger_free(&ledger);
}

struct visited {
    uint32_t count;
    wide sum;
};

static enum status visit(void *context, const struct posting *balance) {
    struct visited *visited = context;
    visited->sum += balance->amount.pico < 0 ? -balance->amount.pico : balance->amount.pico;
    return ++visited->count == 5 ? STATUS_CONFLICT : STATUS_OK;
}

static void every_balance_is_visited_until_the_visitor_has_enough(void **state) {
    (void)state;
    struct ledger ledger = {0};
    struct visited visited = {0};
    struct posting postings[] = {post(1, "USD", LEDGER_WALLET, "-7"), post(2, "USD", LEDGER_CASH, "7"),
                                 post(3, "CNY", LEDGER_CASH, "5"), post(3, "CNY", LEDGER_CASH, "-5")};
    CHECK_OK(ledger_each(&ledger, visit, &visited));
    CHECK_UINT(visited.count, 0);
    CHECK_OK(ledger_post(&ledger, postings, 4));
    CHECK_OK(ledger_each(&ledger, visit, &visited)); /* what came back to zero is none */
    CHECK_UINT(visited.count, 2);
    CHECK_WIDE(visited.sum, (wide)14 * DECIMAL_ONE_PICO);
    struct posting more[] = {post(4, "USD", LEDGER_WALLET, "-1"), post(4, "USD", LEDGER_CASH, "1"),
                             post(5, "USD", LEDGER_WALLET, "-1"), post(5, "USD", LEDGER_CASH, "1")};
    CHECK_OK(ledger_post(&ledger, more, 4));
    visited.count = 0;
    CHECK_STATUS(ledger_each(&ledger, visit, &visited), STATUS_CONFLICT);
    CHECK_UINT(visited.count, 5);
    ledger_free(&ledger);
}

static void balances_of_one_item_are_found_among_all(void **state) {
    (void)state;
    enum { COUNT = 300, WANTED = 7 };
    struct ledger ledger = {0};
    for (uint32_t i = 0; i < COUNT; i++) {
        struct posting postings[] = {post(COUNT - i, "USD", LEDGER_UNSETTLED, "2"),
                                     post(COUNT - i, "USD", LEDGER_REVENUE, "-2")};
        postings[0].key.item = postings[1].key.item = i % 3 ? WANTED : WANTED + 1;
        CHECK_OK(ledger_post(&ledger, postings, 2));
    }
    struct posting *list;
    uint64_t count;
    CHECK_OK(ledger_select(&ledger, LEDGER_UNSETTLED, WANTED, &list, &count));
    CHECK_UINT(count, COUNT / 3 * 2);
    for (uint64_t i = 0; i < count; i++) {
        CHECK(list[i].key.ledger_account == LEDGER_UNSETTLED && list[i].key.item == WANTED);
        CHECK(i == 0 || list[i - 1].key.account < list[i].key.account);
        CHECK_WIDE(list[i].amount.pico, dec("2").pico);
    }
    free(list);
    CHECK_OK(ledger_select(&ledger, LEDGER_CASH, WANTED, &list, &count));
    CHECK(list == NULL && count == 0);
    ledger_free(&ledger);
}

/* The same sums kept the plain way: one number per account, currency, ledger account and item. */
enum { ACCOUNTS = 40, CURRENCIES = 3, ITEMS = 5, ROUNDS = 4000 };
static wide plain[ACCOUNTS][CURRENCIES][LEDGER_COUNT][ITEMS];

static void check_against_plain(const struct ledger *ledger, const struct currency *const *currencies) {
    uint64_t kept = 0;
    for (uint32_t a = 0; a < ACCOUNTS; a++)
        for (uint32_t c = 0; c < CURRENCIES; c++)
            for (enum ledger_account l = 0; l < LEDGER_COUNT; l++)
                for (uint32_t i = 0; i < ITEMS; i++) {
                    CHECK_WIDE(ledger_balance(ledger, (struct ledger_key){a, currencies[c], l, i}).pico,
                               plain[a][c][l][i]);
                    kept += plain[a][c][l][i] != 0;
                }
    CHECK_UINT(ledger_count(ledger), kept);
}

static void random_posts_keep_the_sum_at_zero(void **state) {
    (void)state;
    const struct currency *currencies[CURRENCIES] = {cur("CNY"), cur("EUR"), cur("USD")};
    uint64_t seed = 20261121;
    struct ledger ledger = {0};
    for (int round = 0; round < ROUNDS; round++) {
        struct posting postings[6];
        uint32_t count = 2 + (uint32_t)(check_random(&seed) % 5), c = (uint32_t)(check_random(&seed) % CURRENCIES);
        wide rest = 0;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t random = check_random(&seed);
            wide amount = i + 1 < count ? (wide)(int64_t)check_random(&seed) : -rest;
            rest += amount;
            postings[i] = (struct posting){{(uint32_t)(random % ACCOUNTS), currencies[c],
                                            (enum ledger_account)(random >> 8 & 0xff) % LEDGER_COUNT,
                                            (uint32_t)(random >> 16) % ITEMS},
                                           {amount}};
        }
        bool is_bad = round % 7 == 0;
        postings[0].amount.pico += is_bad;
        CHECK_STATUS(ledger_post(&ledger, postings, count), is_bad ? STATUS_INVALID : STATUS_OK);
        for (uint32_t i = 0; i < count && !is_bad; i++)
            plain[postings[i].key.account][c][postings[i].key.ledger_account][postings[i].key.item] +=
                postings[i].amount.pico;
        CHECK_OK(ledger_check(&ledger));
        if (round % 500 == 0)
            check_against_plain(&ledger, currencies);
    }
    check_against_plain(&ledger, currencies);
    struct ledger_total *totals;
    uint32_t count;
    CHECK_OK(ledger_totals(&ledger, &totals, &count));
    CHECK_UINT(count, CURRENCIES);
    for (uint32_t c = 0; c < CURRENCIES; c++) {
        wide sum = 0;
        for (uint32_t a = 0; a < ACCOUNTS; a++)
            for (uint32_t i = 0; i < ITEMS; i++)
                sum += plain[a][c][LEDGER_DEFERRED][i];
        CHECK(totals[c].currency == currencies[c]);
        CHECK_WIDE(totals[c].sums[LEDGER_DEFERRED].pico, sum);
        CHECK_WIDE(totals[c].sum.pico, 0);
    }
    free(totals);
    ledger_free(&ledger);
}

static void settled_balances_do_not_make_the_table_grow_for_ever(void **state) {
    (void)state;
    struct ledger ledger = {0};
    for (uint32_t i = 0; i < 100000; i++) {
        struct posting postings[] = {post(i, "USD", LEDGER_UNSETTLED, "1"), post(i, "USD", LEDGER_UNSETTLED, "-1")};
        CHECK_OK(ledger_post(&ledger, postings, 2));
    }
    CHECK(ledger.mask < 4096);
    CHECK_UINT(ledger_count(&ledger), 0);
    ledger_free(&ledger);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ledger_account_has_its_word),
        cmocka_unit_test(postings_are_taken_whole_or_not_at_all),
        cmocka_unit_test(a_balance_that_overflows_undoes_what_was_posted_before_it),
        cmocka_unit_test(what_was_listed_loads_again_and_nothing_else_does),
        cmocka_unit_test(every_balance_is_visited_until_the_visitor_has_enough),
        cmocka_unit_test(balances_of_one_item_are_found_among_all),
        cmocka_unit_test(random_posts_keep_the_sum_at_zero),
        cmocka_unit_test(settled_balances_do_not_make_the_table_grow_for_ever),
    };
    return CHECK_RUN(tests);
}
