/* SPDX-License-Identifier: Apache-2.0
 *
 * A life of a store in which one call to the system, or one allocation, fails: for every one of them. What was
 * acknowledged is there afterwards, what was not is there whole or not at all, and what was read was right. */
#include "case.h"
#include "every_vfs.h"
#include "store/sums.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROW_BYTES = 30000, BILLS_BEFORE = 5, BILLS_AFTER = 45 };

struct life {
    struct store_case test;
    char backup[96];
    struct slice old_value, new_value;
    /* acknowledged */
    bool has_opened, has_rows, has_bills, has_sums, has_put, has_deleted, has_backup;
    uint64_t tried; /* steps that were reached */
};

/* Two sums that say which batch they stand for. */
static enum status sums_put(struct life *life, struct store *store, uint64_t seq) {
    struct slice value = case_row(&life->test, seq, 3000).blob;
    const struct store_sum sums[] = {{1, SLICE("a"), 1, value}, {1, SLICE("b"), (int64_t)seq, value}};
    return store_sums_write(store, &(struct store_sums_write){seq, seq == 4 ? 2 : 0, sums, 2});
}

static void store_begin(struct life *life) {
    case_begin(&life->test);
    (void)snprintf(life->backup, sizeof life->backup, "%s/backup.db", life->test.directory);
    life->old_value = case_row(&life->test, 90, 100).blob;
    life->new_value = case_row(&life->test, 91, 40000).blob;
    struct store *store = case_must_open(&life->test, STORE_CREATE);
    CHECK_OK(case_append(&life->test, store, 1, ROW_BYTES));
    CHECK_OK(case_append(&life->test, store, 2, 10));
    CHECK_OK(case_bills(&life->test, store, 2, 1, BILLS_BEFORE + 1));
    CHECK_OK(sums_put(life, store, 2));
    CHECK_OK(case_put(store, "snapshot", "s", life->old_value));
    CHECK_OK(case_put(store, "snapshot", "gone", life->old_value));
    store_close(store);
}

static enum status count_sum(void *context, const struct store_sum *sum) {
    *(uint64_t *)context += (uint8_t)sum->value.ptr[0];
    return STATUS_OK;
}

static void sums_must_be(struct life *life, struct store *store) {
    const struct store_sum_filter all = {1, {"", 0}, INT64_MIN, INT64_MAX};
    uint64_t sum = 0, seq = 0;
    CHECK_OK(store_sums_scan(store, &all, count_sum, &sum, &seq));
    CHECK(seq == 4 || (seq == 2 && !life->has_sums));
    CHECK_UINT(sum, 2 * (uint64_t)(uint8_t)case_row(&life->test, seq, 3000).blob.ptr[0]);
}

static enum status count_bill(void *context, const struct store_bill *bill) {
    *(uint64_t *)context += bill->body.len < 1000000;
    return STATUS_OK;
}

static void read_some(struct life *life, struct store *store) {
    struct store_row row;
    struct slice value, *names;
    uint32_t count;
    uint64_t bills = 0;
    struct store_bill bill;
    if (store_read(store, 1, &life->test.arena, &row) == STATUS_OK)
        CHECK(row.blob.len == ROW_BYTES);
    if (store_get(store, SLICE("snapshot"), SLICE("s"), &life->test.arena, &value) == STATUS_OK)
        CHECK(slice_eq(value, life->has_put ? life->new_value : life->old_value) || !life->has_put);
    if (store_list(store, SLICE("snapshot"), &life->test.arena, &names, &count) == STATUS_OK)
        CHECK(count == (life->has_deleted ? 1 : 2));
    struct store_bill_filter filter = {.account = SLICE("account-1")};
    if (store_bills_scan(store, &filter, count_bill, &bills) == STATUS_OK)
        CHECK(bills == (life->has_bills ? 7 : 1));
    if (store_bill_get(store, SLICE("imm"), 2, &life->test.arena, &bill) == STATUS_OK)
        CHECK_UINT(bill.position, 4);
}

/* One step after the other, whatever becomes of them; a step that fails is not tried again. */
static void live(struct life *life) {
    struct store *store = NULL;
    if (case_open(&life->test, STORE_WRITE, &store) != STATUS_OK)
        return;
    life->has_opened = true;
    struct store_row rows[2] = {case_row(&life->test, 3, ROW_BYTES), case_row(&life->test, 4, 20)};
    life->has_rows = store_append(store, rows, 2) == STATUS_OK;
    if (life->has_rows)
        life->has_bills = case_bills(&life->test, store, 4, BILLS_BEFORE + 1, BILLS_AFTER + 1) == STATUS_OK;
    if (life->has_rows)
        life->has_sums = sums_put(life, store, 4) == STATUS_OK;
    life->has_put = case_put(store, "snapshot", "s", life->new_value) == STATUS_OK;
    life->has_deleted = store_delete(store, SLICE("snapshot"), SLICE("gone")) == STATUS_OK;
    read_some(life, store);
    life->has_backup = store_sqlite_backup(store, life->backup) == STATUS_OK;
    store_close(store);
}

static void store_must_be(struct life *life, const char *path, bool is_backup) {
    struct store *store = NULL;
    struct slice value = {0};
    struct store_bills_check check;
    CHECK_OK(
        store_sqlite_open(path, is_backup ? STORE_READ : STORE_WRITE, &life->test.arena, &store, &life->test.error));
    uint64_t last = case_last(store);
    CHECK(last == 4 || (last == 2 && !life->has_rows));
    for (uint64_t seq = 1; seq <= last; seq++)
        CHECK(case_row_is(&life->test, store, seq, seq == 2 ? 10 : seq == 4 ? 20 : ROW_BYTES));
    CHECK_OK(store_bills_verify(store, &life->test.arena, &check));
    CHECK_TEXT(check.reason, "");
    CHECK(check.count == BILLS_AFTER || (check.count == BILLS_BEFORE && !life->has_bills));
    CHECK_UINT(check.mark.seq, check.count == BILLS_AFTER ? 4 : 2);
    CHECK_OK(store_get(store, SLICE("snapshot"), SLICE("s"), &life->test.arena, &value));
    CHECK(slice_eq(value, life->new_value) || (slice_eq(value, life->old_value) && !life->has_put));
    enum status gone = store_get(store, SLICE("snapshot"), SLICE("gone"), &life->test.arena, &value);
    CHECK(gone == STATUS_NOT_FOUND || (gone == STATUS_OK && !life->has_deleted));
    sums_must_be(life, store);
    CHECK_OK(store_check(store));
    if (!is_backup) /* and it goes on */
        CHECK_OK(case_append(&life->test, store, last + 1, 500));
    store_close(store);
}

/* Whether the n-th was reached. */
static bool live_with_fault(enum every_kind kind, uint64_t at) {
    struct life life = {0};
    store_begin(&life);
    every_fault_set(kind, at);
    live(&life);
    bool has_struck = every_fault_struck();
    every_fault_set(kind, 0);
    CHECK(has_struck || (life.has_opened && life.has_rows && life.has_bills && life.has_sums && life.has_put &&
                         life.has_deleted && life.has_backup));
    store_must_be(&life, life.test.path, false);
    if (life.has_backup)
        store_must_be(&life, life.backup, true);
    else
        CHECK(access(life.backup, F_OK) != 0);
    case_end(&life.test);
    return has_struck;
}

static void any_call_to_the_system_may_fail(void **state) {
    (void)state;
    uint64_t at = 1;
    while (live_with_fault(EVERY_CALL, at))
        at++;
    print_message("# %llu calls\n", (unsigned long long)(at - 1));
    CHECK(at > 100);
}

static void any_allocation_may_fail(void **state) {
    (void)state;
    uint64_t at = 1;
    while (live_with_fault(EVERY_ALLOCATION, at))
        at++;
    print_message("# %llu allocations\n", (unsigned long long)(at - 1));
    CHECK(at > 100);
}

int main(void) {
    if (access("/dev/shm", W_OK) == 0) /* thousands of lives: no disk need take part */
        (void)setenv("TMPDIR", "/dev/shm", 1);
    every_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_to_the_system_may_fail),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return CHECK_RUN(tests);
}
