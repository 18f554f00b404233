/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract of sums, the same for every adapter: values replaced one by one or by kind, with their mark. */
#include "base/buf.h"
#include "case.h"
#include "store/sums.h"

static struct store_sum sum(uint8_t kind, const char *account, int64_t at_ns, const char *value) {
    return (struct store_sum){kind, slice_of(account), at_ns, slice_of(value)};
}

static enum status put(struct subject *s, uint64_t seq, uint32_t dropped, const struct store_sum *sums,
                       uint32_t count) {
    return store_sums_write(s->store, &(struct store_sums_write){seq, dropped, sums, count});
}

static enum status visit(void *context, const struct store_sum *one) {
    buf_printf(context, SLICE_FMT "@%lld=" SLICE_FMT " ", SLICE_ARG(one->account), (long long)one->at_ns,
               SLICE_ARG(one->value));
    return slice_is(one->value, "stop") ? STATUS_MISSING : STATUS_OK;
}

static void check_scan(struct subject *s, const struct store_sum_filter *filter, const char *want, uint64_t mark) {
    struct buf told = {0};
    uint64_t seq = 99;
    CHECK_OK(store_sums_scan(s->store, filter, visit, &told, &seq));
    CHECK_TEXT(buf_slice(&told), want);
    CHECK_UINT(seq, mark);
    buf_free(&told);
}

static void filled(struct subject *s, const struct adapter *adapter) {
    const struct store_sum sums[] = {sum(1, "b", 20, "old"),   sum(1, "a", 30, "x"),   sum(1, "b", -5, "early"),
                                     sum(2, "a", 30, "other"), sum(1, "b", 20, "new"), sum(1, "aa", 1, "")};
    subject_begin(s, adapter);
    for (uint64_t seq = 1; seq <= 4; seq++)
        CHECK_OK(case_append(&s->test, s->store, seq, 10));
    CHECK_OK(put(s, 3, 0, sums, 6));
}

static void they_are_there_by_account_and_instant(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct store_sum_filter filter;
        const char *want;
    } rows[] = {
        {"all of a kind", {1, {"", 0}, INT64_MIN, INT64_MAX}, "a@30=x aa@1= b@-5=early b@20=new "},
        {"one account", {1, {"b", 1}, INT64_MIN, INT64_MAX}, "b@-5=early b@20=new "},
        {"an account that is the beginning of another", {1, {"a", 1}, INT64_MIN, INT64_MAX}, "a@30=x "},
        {"from an instant on", {1, {"", 0}, 20, INT64_MAX}, "a@30=x b@20=new "},
        {"until an instant, without it", {1, {"b", 1}, INT64_MIN, 20}, "b@-5=early "},
        {"another kind", {2, {"", 0}, INT64_MIN, INT64_MAX}, "a@30=other "},
        {"a kind without any", {3, {"", 0}, INT64_MIN, INT64_MAX}, ""},
    };
    FOR_ROWS(adapter, ADAPTERS) {
        struct subject s;
        filled(&s, adapter);
        for (int opened = 0; opened < 2; opened++) {
            FOR_ROWS(row, rows)
            check_scan(&s, &row->filter, row->want, 3);
            subject_reopen(&s);
        }
        struct store_sum found = sum(1, "b", 20, "");
        CHECK_OK(store_sum_get(s.store, &found, &s.test.arena));
        CHECK_TEXT(found.value, "new");
        found.at_ns = 21;
        CHECK_STATUS(store_sum_get(s.store, &found, &s.test.arena), STATUS_NOT_FOUND);
        subject_end(&s);
    }
}

static void a_kind_is_replaced_as_a_whole(void **state) {
    (void)state;
    FOR_ROWS(adapter, ADAPTERS) {
        struct subject s;
        const struct store_sum_filter one = {1, {"", 0}, INT64_MIN, INT64_MAX},
                                      two = {2, {"", 0}, INT64_MIN, INT64_MAX};
        filled(&s, adapter);
        const struct store_sum only = sum(1, "c", 1, "only");
        CHECK_OK(put(&s, 4, 1U << 1, &only, 1));
        check_scan(&s, &one, "c@1=only ", 4);
        check_scan(&s, &two, "a@30=other ", 4);
        CHECK_OK(put(&s, 0, UINT32_MAX, NULL, 0)); /* back to the beginning */
        check_scan(&s, &two, "", 0);
        subject_end(&s);
    }
}

static void without_a_mark_there_are_none(void **state) {
    (void)state;
    FOR_ROWS(adapter, ADAPTERS) {
        struct subject s;
        uint64_t mark = 7;
        const struct store_sum_filter all = {1, {"", 0}, INT64_MIN, INT64_MAX};
        subject_begin(&s, adapter);
        CHECK_OK(store_sums_mark(s.store, &mark));
        CHECK_UINT(mark, 0);
        const struct store_sum one = sum(1, "a", 1, "x");
        CHECK_OK(put(&s, 0, 0, &one, 1));
        check_scan(&s, &all, "", 0);
        subject_end(&s);
    }
}

static void what_cannot_be_changes_nothing(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint64_t seq;
        uint8_t kind;
        enum status want;
    } rows[] = {
        {"a mark behind the journal", 5, 1, STATUS_CONFLICT},
        {"a kind that there is not", 4, STORE_SUM_KINDS, STATUS_RANGE},
    };
    FOR_ROWS(adapter, ADAPTERS) {
        struct subject s;
        filled(&s, adapter);
        FOR_ROWS(row, rows) {
            const struct store_sum sums[] = {sum(1, "a", 30, "changed"), sum(row->kind, "a", 31, "added")};
            CHECK_STATUS(put(&s, row->seq, 0, sums, 2), row->want);
            CHECK(store_error(s.store).len > 0);
            check_scan(&s, &(struct store_sum_filter){1, {"a", 1}, INT64_MIN, INT64_MAX}, "a@30=x ", 3);
        }
        subject_end(&s);
    }
}

static void the_visit_ends_a_scan(void **state) {
    (void)state;
    FOR_ROWS(adapter, ADAPTERS) {
        struct subject s;
        struct buf told = {0};
        uint64_t seq = 99;
        filled(&s, adapter);
        const struct store_sum stop = sum(1, "aa", 1, "stop");
        CHECK_OK(put(&s, 3, 0, &stop, 1));
        CHECK_STATUS(
            store_sums_scan(s.store, &(struct store_sum_filter){1, {"", 0}, INT64_MIN, INT64_MAX}, visit, &told, &seq),
            STATUS_MISSING);
        CHECK_TEXT(buf_slice(&told), "a@30=x aa@1=stop ");
        CHECK_UINT(seq, 99);
        CHECK_OK(case_append(&s.test, s.store, 5, 10)); /* nothing is held */
        buf_free(&told);
        subject_end(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_there_by_account_and_instant),
        cmocka_unit_test(a_kind_is_replaced_as_a_whole),
        cmocka_unit_test(without_a_mark_there_are_none),
        cmocka_unit_test(what_cannot_be_changes_nothing),
        cmocka_unit_test(the_visit_ends_a_scan),
    };
    CHECK_RUN(tests);
}
