/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract of closed bills, the same for every adapter: gap-free numbers, order, filters, the chain, the mark. */
#include "case.h"

enum { BILLS = 2500 }; /* several chunks: by count, and by bytes */

/* A journal of `rows` rows, so that bills can come from them. */
static void journal_fill(struct subject *s, uint64_t rows) {
    for (uint64_t seq = 1; seq <= rows; seq++)
        CHECK_OK(case_append(&s->test, s->store, seq, 10));
}

static void subject_with_bills(struct subject *s, const struct adapter *adapter) {
    subject_begin(s, adapter);
    journal_fill(s, 9);
    CHECK_OK(case_bills(&s->test, s->store, 3, 1, 2));
    CHECK_OK(case_bills(&s->test, s->store, 3, 2, 40));
    CHECK_OK(case_bills(&s->test, s->store, 8, 40, BILLS + 1));
}

static bool bill_is(const struct store_bill *got, const struct store_bill *want) {
    return slice_eq(got->series, want->series) && got->number == want->number &&
           slice_eq(got->account, want->account) && slice_eq(got->tariff, want->tariff) && got->kind == want->kind &&
           got->start_ns == want->start_ns && got->end_ns == want->end_ns && got->closed_ns == want->closed_ns &&
           slice_eq(got->body, want->body);
}

static void check_whole(struct subject *s, uint64_t count) {
    struct store_bills_check check;
    CHECK_OK(store_bills_verify(s->store, &s->test.arena, &check));
    CHECK_TEXT(check.reason, "");
    CHECK_UINT(check.count, count);
    CHECK_UINT(check.mark.position, count);
    CHECK_UINT(check.bad_position, 0);
}

static void a_store_without_bills_says_so(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        struct store_mark mark = {.seq = 7};
        const uint8_t zeroes[STORE_HASH_BYTES] = {0};
        CHECK_OK(store_bills_mark(s.store, &mark));
        CHECK(mark.seq == 0 && mark.position == 0 && memcmp(mark.head, zeroes, sizeof zeroes) == 0);
        uint64_t number = 9;
        CHECK_OK(store_series_last(s.store, SLICE("imm"), &number));
        CHECK_UINT(number, 0);
        struct store_bill bill = {.number = 77};
        CHECK_STATUS(store_bill_get(s.store, SLICE("imm"), 1, &s.test.arena, &bill), STATUS_NOT_FOUND);
        CHECK_UINT(bill.number, 77);
        check_whole(&s, 0);
        CHECK_OK(store_bills_append(s.store, 0, NULL, 0));
        subject_end(&s);
    }
}

struct visited {
    struct store_case *test;
    uint64_t count, next; /* the position that should come */
    bool is_backwards;
    uint8_t head[STORE_HASH_BYTES];
    uint64_t stop_at; /* answer STATUS_MISSING there */
};

static enum status visit(void *context, const struct store_bill *bill) {
    struct visited *visited = context;
    struct store_bill want = case_bill(visited->test, bill->position, CASE_ACCOUNTS);
    CHECK(bill_is(bill, &want));
    CHECK_UINT(bill->position, visited->next);
    if (!visited->is_backwards) { /* the hash is the one that anybody can compute */
        store_bill_chain(visited->head, bill->position, &want, visited->head);
        CHECK(memcmp(visited->head, bill->hash, STORE_HASH_BYTES) == 0);
    }
    visited->next += visited->is_backwards ? (uint64_t)-1 : 1;
    visited->count++;
    return bill->position == visited->stop_at ? STATUS_MISSING : STATUS_OK;
}

static void bills_are_there_in_order_after_reopen(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_with_bills(&s, row);
        for (int opened = 0; opened < 2; opened++) {
            struct visited forward = {.test = &s.test, .next = 1};
            struct visited backward = {.test = &s.test, .next = BILLS, .is_backwards = true};
            CHECK_OK(store_bills_scan(s.store, &(struct store_bill_filter){0}, visit, &forward));
            CHECK_OK(store_bills_scan(s.store, &(struct store_bill_filter){.is_newest_first = true}, visit, &backward));
            CHECK_UINT(forward.count, BILLS);
            CHECK_UINT(backward.count, BILLS);
            struct store_mark mark;
            CHECK_OK(store_bills_mark(s.store, &mark));
            CHECK_UINT(mark.seq, 8);
            CHECK_UINT(mark.position, BILLS);
            CHECK(memcmp(mark.head, forward.head, STORE_HASH_BYTES) == 0);
            check_whole(&s, BILLS);
            subject_reopen(&s);
        }
        CHECK_OK(case_bills(&s.test, s.store, 9, BILLS + 1, BILLS + 3));
        check_whole(&s, BILLS + 2);
        subject_end(&s);
    }
}

static void the_visitor_ends_a_scan(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_with_bills(&s, row);
        struct visited visited = {.test = &s.test, .next = 1, .stop_at = 5};
        CHECK_STATUS(store_bills_scan(s.store, &(struct store_bill_filter){0}, visit, &visited), STATUS_MISSING);
        CHECK_UINT(visited.count, 5);
        subject_end(&s);
    }
}

struct list {
    uint64_t positions[BILLS], count;
};

static enum status note(void *context, const struct store_bill *bill) {
    struct list *list = context;
    list->positions[list->count++] = bill->position;
    return STATUS_OK;
}

/* The same by looking at every bill. */
static struct list expect(struct store_case *test, const struct store_bill_filter *filter) {
    struct list list = {0};
    for (uint64_t i = 1; i <= BILLS; i++) {
        uint64_t position = filter->is_newest_first ? BILLS + 1 - i : i;
        struct store_bill bill = case_bill(test, position, CASE_ACCOUNTS);
        bool is_in = position >= filter->from && (filter->until == 0 || position < filter->until) &&
                     (filter->account.len == 0 || slice_eq(filter->account, bill.account)) &&
                     (filter->tariff.len == 0 || slice_eq(filter->tariff, bill.tariff)) &&
                     (filter->series.len == 0 || slice_eq(filter->series, bill.series));
        if (is_in && (filter->limit == 0 || list.count < filter->limit))
            list.positions[list.count++] = position;
    }
    return list;
}

static void filters_choose_bills(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct store_bill_filter filter;
        uint64_t count;
    } rows[] = {
        {"an account", {.account = SLICE("account-3")}, 357},
        {"an account that has none", {.account = SLICE("account-9")}, 0},
        {"an account and a tariff", {.account = SLICE("account-3"), .tariff = SLICE("imm")}, 119},
        {"a series", {.series = SLICE("viapi")}, 833},
        {"a series that has none", {.series = SLICE("viap")}, 0},
        {"a range of positions", {.from = 990, .until = 1010}, 20},
        {"from the last one on", {.from = BILLS}, 1},
        {"from behind the last", {.from = BILLS + 1}, 0},
        {"until far behind the last", {.from = BILLS - 1, .until = UINT64_MAX}, 2},
        {"until the first", {.until = 1}, 0},
        {"an empty range", {.from = 20, .until = 10}, 0},
        {"the first ones of an account", {.account = SLICE("account-0"), .limit = 3}, 3},
        {"the last ones of an account", {.account = SLICE("account-0"), .limit = 3, .is_newest_first = true}, 3},
        {"a range of an account", {.account = SLICE("account-6"), .from = 100, .until = 200}, 14},
        {"the same, newest first",
         {.account = SLICE("account-6"), .from = 100, .until = 200, .is_newest_first = true},
         14},
        {"a page of everything", {.from = 1, .limit = 1001}, 1001},
    };
    for (size_t i = 0; i < CHECK_COUNT(ADAPTERS); i++) {
        struct subject s;
        subject_with_bills(&s, &ADAPTERS[i]);
        FOR_ROWS(row, rows) {
            struct list got = {0}, want = expect(&s.test, &row->filter);
            CHECK_OK(store_bills_scan(s.store, &row->filter, note, &got));
            CHECK_UINT(got.count, row->count);
            CHECK(memcmp(&got, &want, sizeof got) == 0);
        }
        subject_end(&s);
    }
}

static void a_bill_is_found_by_its_number(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_with_bills(&s, row);
        for (uint64_t position = 1; position <= BILLS; position += 13) {
            struct store_bill want = case_bill(&s.test, position, CASE_ACCOUNTS), got = {0};
            CHECK_OK(store_bill_get(s.store, want.series, want.number, &s.test.arena, &got));
            CHECK(bill_is(&got, &want));
            CHECK_UINT(got.position, position);
        }
        struct store_bill none;
        uint64_t last = 0;
        CHECK_OK(store_series_last(s.store, SLICE("imm"), &last));
        CHECK_UINT(last, 834);
        CHECK_STATUS(store_bill_get(s.store, SLICE("imm"), last + 1, &s.test.arena, &none), STATUS_NOT_FOUND);
        CHECK_STATUS(store_bill_get(s.store, SLICE("imm"), 0, &s.test.arena, &none), STATUS_NOT_FOUND);
        CHECK_STATUS(store_bill_get(s.store, SLICE("imm"), UINT64_MAX, &s.test.arena, &none), STATUS_NOT_FOUND);
        CHECK_STATUS(store_bill_get(s.store, SLICE("im"), 1, &s.test.arena, &none), STATUS_NOT_FOUND);
        subject_end(&s);
    }
}

static void bills_continue_their_series_all_or_none(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct {
            const char *series;
            uint64_t number;
        } bills[3];
        uint32_t count;
        uint64_t seq;
        enum status want;
    } rows[] = {
        {"the next ones of two series", {{"a", 3}, {"b", 1}, {"a", 4}}, 3, 2, STATUS_OK},
        {"a series of an empty name", {{"", 1}, {"", 2}}, 2, 2, STATUS_OK},
        {"no bill at all", {{0}}, 0, 3, STATUS_OK},
        {"one that is there", {{"a", 2}}, 1, 2, STATUS_CONFLICT},
        {"one beyond the next", {{"a", 4}}, 1, 2, STATUS_CONFLICT},
        {"a new series that begins at two", {{"b", 2}}, 1, 2, STATUS_CONFLICT},
        {"zero", {{"b", 0}}, 1, 2, STATUS_CONFLICT},
        {"the largest number", {{"a", UINT64_MAX}}, 1, 2, STATUS_CONFLICT},
        {"the same twice", {{"a", 3}, {"a", 3}}, 2, 2, STATUS_CONFLICT},
        {"a gap behind good ones", {{"a", 3}, {"b", 1}, {"b", 3}}, 3, 2, STATUS_CONFLICT},
        {"a batch before the mark", {{"a", 3}}, 1, 1, STATUS_CONFLICT},
        {"a batch behind the journal", {{"a", 3}}, 1, 4, STATUS_CONFLICT},
    };
    for (size_t i = 0; i < CHECK_COUNT(ADAPTERS); i++) {
        FOR_ROWS(row, rows) {
            struct subject s;
            subject_begin(&s, &ADAPTERS[i]);
            journal_fill(&s, 3);
            const struct store_bill before[] = {{.series = SLICE("a"), .number = 1},
                                                {.series = SLICE("a"), .number = 2}};
            CHECK_OK(store_bills_append(s.store, 2, before, 2));
            struct store_bill bills[3] = {0};
            for (uint32_t k = 0; k < row->count; k++)
                bills[k] =
                    (struct store_bill){.series = slice_of(row->bills[k].series), .number = row->bills[k].number};
            CHECK_STATUS(store_bills_append(s.store, row->seq, bills, row->count), row->want);
            CHECK((row->want == STATUS_OK) == (store_error(s.store).len == 0));
            check_whole(&s, row->want == STATUS_OK ? 2 + row->count : 2);
            struct store_mark mark;
            CHECK_OK(store_bills_mark(s.store, &mark));
            CHECK_UINT(mark.seq, row->want == STATUS_OK ? row->seq : 2);
            subject_end(&s);
        }
    }
}

static void a_bill_has_a_limit(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        journal_fill(&s, 1);
        char *body = arena_alloc(&s.test.arena, STORE_BILL_BYTES_MAX);
        struct store_bill bill = {.series = SLICE("a"), .number = 1, .body = {body, STORE_BILL_BYTES_MAX}};
        CHECK_STATUS(store_bills_append(s.store, 1, &bill, 1), STATUS_RANGE);
        bill.body.len = SIZE_MAX; /* refused before it is looked at */
        CHECK_STATUS(store_bills_append(s.store, 1, &bill, 1), STATUS_RANGE);
        bill.body.len = STORE_BILL_BYTES_MAX - 1;
        CHECK_OK(store_bills_append(s.store, 1, &bill, 1));
        check_whole(&s, 1);
        struct store_bill got;
        CHECK_OK(store_bill_get(s.store, SLICE("a"), 1, &s.test.arena, &got));
        CHECK(slice_eq(got.body, bill.body));
        subject_end(&s);
    }
}

/* Many series in one chunk, all of different accounts: every table grows. */
static void many_series_and_accounts_are_kept_apart(void **state) {
    (void)state;
    enum { SERIES = 1500 };
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        journal_fill(&s, 2);
        static struct store_bill bills[SERIES];
        for (uint64_t round = 1; round <= 2; round++) {
            for (uint32_t i = 0; i < SERIES; i++) {
                struct slice name = arena_printf(&s.test.arena, "series-%u", i * 7919 % SERIES);
                bills[i] = (struct store_bill){.series = name, .number = round, .account = name, .tariff = name};
            }
            CHECK_OK(store_bills_append(s.store, round, bills, SERIES));
        }
        check_whole(&s, 2 * SERIES);
        for (uint32_t i = 0; i < SERIES; i += 101) {
            struct list list = {0};
            struct store_bill got;
            CHECK_OK(store_bills_scan(s.store, &(struct store_bill_filter){.account = bills[i].account}, note, &list));
            CHECK(list.count == 2 && list.positions[0] == i + 1 && list.positions[1] == SERIES + i + 1);
            CHECK_OK(store_bill_get(s.store, bills[i].series, 2, &s.test.arena, &got));
            CHECK_UINT(got.position, SERIES + i + 1);
        }
        subject_end(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_without_bills_says_so),
        cmocka_unit_test(bills_are_there_in_order_after_reopen),
        cmocka_unit_test(the_visitor_ends_a_scan),
        cmocka_unit_test(filters_choose_bills),
        cmocka_unit_test(a_bill_is_found_by_its_number),
        cmocka_unit_test(bills_continue_their_series_all_or_none),
        cmocka_unit_test(a_bill_has_a_limit),
        cmocka_unit_test(many_series_and_accounts_are_kept_apart),
    };
    return CHECK_RUN(tests);
}
