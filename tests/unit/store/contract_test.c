/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract of the store, the same for every adapter. */
#include "case.h"

#include <pthread.h>

static void an_empty_journal_ends_at_zero(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        uint64_t seq = 9;
        uint8_t hash[STORE_HASH_BYTES] = {1}, zeroes[STORE_HASH_BYTES] = {0};
        CHECK_OK(store_last(s.store, &seq, hash));
        CHECK_UINT(seq, 0);
        CHECK(memcmp(hash, zeroes, sizeof zeroes) == 0);
        struct store_row unread = {.seq = 77};
        CHECK_STATUS(store_read(s.store, 1, &s.test.arena, &unread), STATUS_NOT_FOUND);
        CHECK_STATUS(store_read(s.store, 0, &s.test.arena, &unread), STATUS_NOT_FOUND);
        CHECK_STATUS(store_read(s.store, UINT64_MAX, &s.test.arena, &unread), STATUS_NOT_FOUND);
        CHECK_UINT(unread.seq, 77);
        CHECK_OK(store_append(s.store, NULL, 0));
        CHECK_UINT(case_last(s.store), 0);
        subject_end(&s);
    }
}

static void rows_are_there_after_reopen(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 31, 5000, 100000, 1 << 20};
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        for (uint64_t seq = 1; seq <= 12; seq++)
            CHECK_OK(case_append(&s.test, s.store, seq, sizes[seq % 6]));
        for (int opened = 0; opened < 2; opened++) {
            uint64_t last = 0;
            uint8_t hash[STORE_HASH_BYTES];
            CHECK_OK(store_last(s.store, &last, hash));
            CHECK_UINT(last, 12);
            CHECK(memcmp(hash, case_row(&s.test, 12, 0).hash, sizeof hash) == 0);
            for (uint64_t seq = 1; seq <= 12; seq++)
                CHECK(case_row_is(&s.test, s.store, seq, sizes[seq % 6]));
            subject_reopen(&s);
        }
        CHECK_OK(case_append(&s.test, s.store, 13, 100));
        CHECK(case_row_is(&s.test, s.store, 13, 100));
        subject_end(&s);
    }
}

static void rows_continue_the_sequence_all_or_none(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint32_t count;
        uint64_t seqs[3];
        enum status want;
    } rows[] = {
        {"the next ones", 3, {3, 4, 5}, STATUS_OK},
        {"one that is there", 1, {2}, STATUS_CONFLICT},
        {"one beyond the next", 1, {4}, STATUS_CONFLICT},
        {"zero", 1, {0}, STATUS_CONFLICT},
        {"the largest number", 1, {UINT64_MAX}, STATUS_CONFLICT},
        {"the same twice", 2, {3, 3}, STATUS_CONFLICT},
        {"a gap inside", 3, {3, 4, 6}, STATUS_CONFLICT},
        {"backwards", 2, {4, 3}, STATUS_CONFLICT},
    };
    for (size_t i = 0; i < CHECK_COUNT(ADAPTERS); i++) {
        FOR_ROWS(row, rows) {
            struct subject s;
            subject_begin(&s, &ADAPTERS[i]);
            CHECK_OK(case_append(&s.test, s.store, 1, 10));
            CHECK_OK(case_append(&s.test, s.store, 2, 10));
            struct store_row list[3];
            for (uint32_t k = 0; k < row->count; k++)
                list[k] = case_row(&s.test, row->seqs[k], 10);
            CHECK_STATUS(store_append(s.store, list, row->count), row->want);
            CHECK(row->want == STATUS_OK || text_has(store_error(s.store), "does not continue"));
            CHECK_UINT(case_last(s.store), row->want == STATUS_OK ? 5 : 2);
            CHECK_TEXT(store_error(s.store), "");
            uint64_t next = case_last(s.store) + 1;
            CHECK_OK(case_append(&s.test, s.store, next, 10)); /* a refusal breaks nothing */
            subject_end(&s);
        }
    }
}

static void a_row_has_a_limit(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        struct store_row large = {.seq = 1,
                                  .blob = {"", STORE_BLOB_BYTES_MAX + 1}}; /* refused before it is looked at */
        CHECK_STATUS(store_append(s.store, &large, 1), STATUS_RANGE);
        CHECK_UINT(case_last(s.store), 0);
        subject_end(&s);
    }
}

static void documents_are_kept_under_kind_and_name(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        CHECK_OK(case_put(s.store, "tariff", "b", SLICE("two")));
        CHECK_OK(case_put(s.store, "tariff", "a", SLICE("one")));
        CHECK_OK(case_put(s.store, "tariff", "aa", SLICE("")));
        CHECK_OK(case_put(s.store, "tariff", "\xc3\xa4", SLICE("a\0b")));
        CHECK_OK(case_put(s.store, "meta", "a", SLICE("other")));
        CHECK_OK(case_put(s.store, "tariff", "b", SLICE("again")));
        subject_reopen(&s);
        struct slice value = {0}, *names = NULL;
        uint32_t count = 0;
        CHECK_OK(store_get(s.store, SLICE("tariff"), SLICE("b"), &s.test.arena, &value));
        CHECK_TEXT(value, "again");
        CHECK_OK(store_get(s.store, SLICE("tariff"), SLICE("aa"), &s.test.arena, &value));
        CHECK_TEXT(value, "");
        CHECK_OK(store_get(s.store, SLICE("tariff"), SLICE("\xc3\xa4"), &s.test.arena, &value));
        CHECK_SLICE(value, SLICE("a\0b"));
        CHECK_STATUS(store_get(s.store, SLICE("meta"), SLICE("b"), &s.test.arena, &value), STATUS_NOT_FOUND);
        CHECK_OK(store_list(s.store, SLICE("tariff"), &s.test.arena, &names, &count));
        if (CHECK_UINT(count, 4)) {
            CHECK_TEXT(names[0], "a");
            CHECK_TEXT(names[1], "aa");
            CHECK_TEXT(names[2], "b");
            CHECK_TEXT(names[3], "\xc3\xa4");
        }
        CHECK_OK(store_list(s.store, SLICE("none"), &s.test.arena, &names, &count));
        CHECK_UINT(count, 0);
        subject_end(&s);
    }
}

static void deleted_documents_are_gone(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        CHECK_OK(case_put(s.store, "snapshot", "1", SLICE("old")));
        CHECK_OK(case_put(s.store, "snapshot", "2", SLICE("new")));
        CHECK_OK(store_delete(s.store, SLICE("snapshot"), SLICE("1")));
        CHECK_OK(store_delete(s.store, SLICE("snapshot"), SLICE("1"))); /* missing is no failure */
        subject_reopen(&s);
        struct slice value = {0}, *names = NULL;
        uint32_t count = 0;
        CHECK_STATUS(store_get(s.store, SLICE("snapshot"), SLICE("1"), &s.test.arena, &value), STATUS_NOT_FOUND);
        CHECK_OK(store_list(s.store, SLICE("snapshot"), &s.test.arena, &names, &count));
        CHECK(count == 1 && slice_is(names[0], "2"));
        subject_end(&s);
    }
}

static void large_documents_come_back_whole(void **state) {
    (void)state;
    static const size_t part = 16 << 20;
    const size_t sizes[] = {part - 1, part, part + 1, 20000000, 2 * part, 100};
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        for (size_t i = 0; i < CHECK_COUNT(sizes); i++) { /* each replaces the one before */
            struct arena arena = {0};
            struct slice want = case_row(&s.test, i, sizes[i]).blob, got = {0};
            CHECK_OK(case_put(s.store, "snapshot", "s", want));
            CHECK_OK(store_get(s.store, SLICE("snapshot"), SLICE("s"), &arena, &got));
            CHECK(slice_eq(got, want));
            arena_free(&arena);
            arena_reset(&s.test.arena);
        }
        subject_end(&s);
    }
}

/* Some hundred names: the list grows. */
static void long_lists_are_whole_and_in_order(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        subject_begin(&s, row);
        uint64_t seed = 5;
        for (int i = 0; i < 300; i++) {
            struct slice name = arena_printf(&s.test.arena, "%llx", (unsigned long long)check_random(&seed));
            CHECK_OK(store_put(s.store, &(struct store_document){SLICE("k"), name, SLICE("v")}));
        }
        struct slice *names = NULL;
        uint32_t count = 0;
        CHECK_OK(store_list(s.store, SLICE("k"), &s.test.arena, &names, &count));
        CHECK_UINT(count, 300);
        for (uint32_t i = 1; i < count; i++)
            CHECK(slice_cmp(names[i - 1], names[i]) < 0);
        subject_end(&s);
    }
}

enum { SHARED_ROWS = 400, SHARED_BYTES = 3000 };

/* Reads what is there, again and again, until all rows are. */
static void *read_beside(void *context) {
    struct subject *s = context;
    struct store_case mine = {0};
    uint64_t last = 0, wrong = 0;
    uint8_t hash[STORE_HASH_BYTES];
    for (uint64_t i = 0; last < SHARED_ROWS && wrong == 0; i++) {
        wrong += store_last(s->store, &last, hash) != STATUS_OK;
        wrong += last > 0 && !case_row_is(&mine, s->store, i % last + 1, SHARED_BYTES);
        wrong += case_put(s->store, "beside", i % 2 == 0 ? "a" : "b", SLICE("value")) != STATUS_OK;
        arena_reset(&mine.arena);
    }
    arena_free(&mine.arena);
    return wrong == 0 ? s : NULL;
}

/* A replay reads ahead on one thread while another writes the bills of what it read. */
static void threads_may_share_a_handle(void **state) {
    (void)state;
    FOR_ROWS(row, ADAPTERS) {
        struct subject s;
        pthread_t thread;
        void *answer = NULL;
        subject_begin(&s, row);
        CHECK(pthread_create(&thread, NULL, read_beside, &s) == 0);
        for (uint64_t seq = 1; seq <= SHARED_ROWS; seq++) {
            CHECK_OK(case_append(&s.test, s.store, seq, SHARED_BYTES));
            if (seq % 4 == 0)
                CHECK_OK(case_bills(&s.test, s.store, seq, seq - 3, seq + 1));
            arena_reset(&s.test.arena);
        }
        CHECK(pthread_join(thread, &answer) == 0 && answer == &s);
        struct store_bills_check check;
        subject_reopen(&s);
        CHECK_OK(store_bills_verify(s.store, &s.test.arena, &check));
        CHECK(check.reason.len == 0 && check.count == SHARED_ROWS && case_last(s.store) == SHARED_ROWS);
        subject_end(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_journal_ends_at_zero),
        cmocka_unit_test(rows_are_there_after_reopen),
        cmocka_unit_test(rows_continue_the_sequence_all_or_none),
        cmocka_unit_test(a_row_has_a_limit),
        cmocka_unit_test(documents_are_kept_under_kind_and_name),
        cmocka_unit_test(deleted_documents_are_gone),
        cmocka_unit_test(large_documents_come_back_whole),
        cmocka_unit_test(long_lists_are_whole_and_in_order),
        cmocka_unit_test(threads_may_share_a_handle),
    };
    return CHECK_RUN(tests);
}
