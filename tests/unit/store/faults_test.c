/* SPDX-License-Identifier: Apache-2.0
 *
 * Disks and memory that fail: what was acknowledged stays, nothing is retried, a full disk is no disaster. */
#include "case.h"
#include "faulty_vfs.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROW_BYTES = 50000 };

static void a_failed_write_breaks_the_store(void **state) {
    (void)state;
    static const struct {
        const char *row;
        enum disk_fault fault;
        bool is_broken;
    } rows[] = {
        {"a write to the log fails", DISK_WRITE_LOG, true},
        {"the sync of the log fails", DISK_SYNC_LOG, true},
        {"the disk is full", DISK_FULL_LOG, false},
    };
    for (unsigned after = 0; after < 8; after++) { /* the first write, the log's header, the middle of a page … */
        FOR_ROWS(row, rows) {
            struct store_case test;
            case_begin(&test);
            struct store *store = case_must_open(&test, STORE_CREATE);
            CHECK_OK(case_append(&test, store, 1, ROW_BYTES));
            disk_fault_set(row->fault, row->fault == DISK_SYNC_LOG ? 0 : after);
            CHECK_STATUS(case_append(&test, store, 2, ROW_BYTES), STATUS_IO);
            CHECK(store_error(store).len > 0);
            disk_fault_set(DISK_WHOLE, 0);
            uint64_t seq = 0;
            uint8_t hash[STORE_HASH_BYTES];
            CHECK_STATUS(store_last(store, &seq, hash), row->is_broken ? STATUS_IO : STATUS_OK);
            CHECK_STATUS(case_append(&test, store, 2, ROW_BYTES), row->is_broken ? STATUS_IO : STATUS_OK);
            CHECK_STATUS(case_put(store, "k", "n", SLICE("v")), row->is_broken ? STATUS_IO : STATUS_OK);
            CHECK(!row->is_broken || text_has(store_error(store), "cannot append to the journal: disk I/O error"));
            store_close(store);
            store = case_must_open(&test, STORE_WRITE);
            seq = case_last(store); /* with a failed sync the row may be there: its outcome was not known */
            CHECK(row->is_broken ? seq == 1 || row->fault == DISK_SYNC_LOG : seq == 2);
            for (uint64_t i = 1; i <= seq; i++)
                CHECK(case_row_is(&test, store, i, ROW_BYTES));
            CHECK_OK(case_append(&test, store, seq + 1, ROW_BYTES));
            store_close(store);
            case_end(&test);
        }
    }
}

static void a_full_disk_undoes_documents_too(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *store = case_must_open(&test, STORE_CREATE);
    CHECK_OK(case_put(store, "snapshot", "s", SLICE("old")));
    struct slice large = case_row(&test, 1, 20 << 20).blob, value = {0};
    static const unsigned after[] = {0, 3, 100, 1000, 2000};
    for (size_t i = 0; i < CHECK_COUNT(after); i++) {
        disk_fault_set(DISK_FULL_LOG, after[i]);
        CHECK_STATUS(case_put(store, "snapshot", "s", large), STATUS_IO);
        CHECK(text_has(store_error(store), "full"));
        CHECK_STATUS(store_delete(store, SLICE("snapshot"), SLICE("s")), STATUS_IO);
        CHECK_OK(store_get(store, SLICE("snapshot"), SLICE("s"), &test.arena, &value));
        CHECK_TEXT(value, "old");
    }
    disk_fault_set(DISK_WHOLE, 0);
    CHECK_OK(case_put(store, "snapshot", "s", large));
    CHECK_OK(store_get(store, SLICE("snapshot"), SLICE("s"), &test.arena, &value));
    CHECK(slice_eq(value, large));
    store_close(store);
    case_end(&test);
}

/* Bills and their mark come together or not at all. */
static void a_failed_write_keeps_no_bill(void **state) {
    (void)state;
    static const struct {
        const char *row;
        enum disk_fault fault;
        bool is_broken;
    } rows[] = {
        {"a write to the log fails", DISK_WRITE_LOG, true},
        {"the sync of the log fails", DISK_SYNC_LOG, true},
        {"the disk is full", DISK_FULL_LOG, false},
    };
    for (unsigned after = 0; after < 12; after++) {
        FOR_ROWS(row, rows) {
            struct store_case test;
            case_begin(&test);
            struct store *store = case_must_open(&test, STORE_CREATE);
            CHECK_OK(case_append(&test, store, 1, 10));
            CHECK_OK(case_append(&test, store, 2, 10));
            CHECK_OK(case_bills(&test, store, 1, 1, 10));
            disk_fault_set(row->fault, row->fault == DISK_SYNC_LOG ? 0 : after);
            CHECK_STATUS(case_bills(&test, store, 2, 10, 1500), STATUS_IO);
            CHECK(disk_fault_strikes() > 0);
            disk_fault_set(DISK_WHOLE, 0);
            if (!row->is_broken)
                CHECK_OK(case_bills(&test, store, 2, 10, 1500));
            store_close(store);
            store = case_must_open(&test, STORE_WRITE);
            struct store_bills_check check; /* with a failed sync they may be there: their outcome was not known */
            CHECK_OK(store_bills_verify(store, &test.arena, &check));
            CHECK_TEXT(check.reason, "");
            CHECK(check.count == 1499 ? check.mark.seq == 2 : check.mark.seq == 1 && check.count == 9);
            CHECK(check.count == 9 || row->fault != DISK_WRITE_LOG);
            CHECK_OK(case_bills(&test, store, 2, check.count + 1, check.count + 5));
            store_close(store);
            case_end(&test);
        }
    }
}

/* Longer and shorter transactions that had no room, over each other, then some that had, then death. */
static _Noreturn void leave_leftovers(struct store_case *test) {
    struct store *store = case_must_open(test, STORE_CREATE);
    uint64_t seq = 1;
    for (unsigned after = 320; after > 0; after -= 20) {
        disk_fault_set(DISK_FULL_LOG, after);
        bool is_refused = case_put(store, "snapshot", "s", case_row(test, after, 16384 * after).blob) == STATUS_IO;
        disk_fault_set(DISK_FULL_LOG, 4);
        is_refused = is_refused && case_append(test, store, seq, 3 * ROW_BYTES) == STATUS_IO;
        disk_fault_set(DISK_WHOLE, 0);
        if (!is_refused || case_append(test, store, seq, after % 3 == 0 ? 10 : ROW_BYTES) != STATUS_OK)
            _exit(3);
        seq++;
    }
    (void)raise(SIGKILL);
    _exit(4);
}

static void leftovers_of_a_full_disk_are_no_damage(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    pid_t child = fork();
    if (child == 0)
        leave_leftovers(&test);
    int how = 0;
    CHECK(waitpid(child, &how, 0) == child && WIFSIGNALED(how));
    struct store *store = case_must_open(&test, STORE_WRITE);
    CHECK_UINT(case_last(store), 16);
    CHECK(case_row_is(&test, store, 16, ROW_BYTES));
    store_close(store);
    case_end(&test);
}

/* The append that starts the checkpoint is durable before it: acknowledged, and there after reopening. */
static void a_failed_checkpoint_loses_nothing(void **state) {
    (void)state;
    static const struct {
        const char *row;
        enum disk_fault fault;
        bool is_broken;
    } rows[] = {
        {"a write to the database fails", DISK_WRITE_DATABASE, true},
        {"the sync of the database fails", DISK_SYNC_DATABASE, true},
        {"the disk is full", DISK_FULL_DATABASE, false},
    };
    FOR_ROWS(row, rows) {
        struct store_case test;
        case_begin(&test);
        struct store *store = case_must_open(&test, STORE_CREATE);
        disk_fault_set(row->fault, 0);
        uint64_t acknowledged = 0;
        while (acknowledged < 60 && case_append(&test, store, acknowledged + 1, 1 << 20) == STATUS_OK)
            acknowledged++;
        CHECK(disk_fault_strikes() > 0);
        CHECK(row->is_broken ? acknowledged < 60 : acknowledged == 60);
        CHECK(!row->is_broken || text_has(store_error(store), "cannot move the log into the database"));
        store_close(store);
        struct store *unread = NULL; /* still failing: what the log holds cannot be made safe */
        CHECK_STATUS(case_open(&test, STORE_WRITE, &unread), STATUS_IO);
        disk_fault_set(DISK_WHOLE, 0);
        store = case_must_open(&test, STORE_WRITE);
        CHECK_UINT(case_last(store), acknowledged);
        for (uint64_t seq = 1; seq <= acknowledged; seq++)
            CHECK(case_row_is(&test, store, seq, 1 << 20));
        store_close(store);
        case_end(&test);
    }
}

static void the_memory_store_fails_as_told(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct store_faults faults;
        uint64_t kept; /* of three appends, the last of which fails */
    } rows[] = {
        {"an append that keeps nothing", {.fail_append_at = 3}, 2},
        {"an append that is kept and not acknowledged", {.lose_append_at = 3}, 3},
    };
    FOR_ROWS(row, rows) {
        struct store_case test;
        case_begin(&test);
        struct store_faults faults = row->faults;
        struct store *store = NULL;
        CHECK_OK(store_memory_new(&faults, &store));
        CHECK_OK(case_append(&test, store, 1, 9));
        CHECK_OK(case_append(&test, store, 2, 9));
        CHECK_STATUS(case_append(&test, store, 3, 9), STATUS_IO);
        CHECK_STATUS(case_append(&test, store, 3, 9), STATUS_IO);
        struct store_row got;
        CHECK_STATUS(store_read(store, 1, &test.arena, &got), STATUS_IO);
        CHECK(text_has(store_error(store), "made to"));
        CHECK_OK(store_memory_reopen(store, &store));
        CHECK_UINT(case_last(store), row->kept);
        CHECK_OK(case_append(&test, store, row->kept + 1, 9));
        store_close(store);
        case_end(&test);
    }
}

static void the_memory_store_fails_for_bills_too(void **state) {
    (void)state;
    static const struct {
        const char *row;
        struct store_faults faults;
        uint64_t kept;
    } rows[] = {
        {"bills of which nothing is kept", {.fail_append_at = 2}, 0},
        {"bills that are kept and not acknowledged", {.lose_append_at = 2}, 100},
    };
    FOR_ROWS(row, rows) {
        struct store_case test;
        case_begin(&test);
        struct store_faults faults = row->faults;
        struct store *store = NULL;
        CHECK_OK(store_memory_new(&faults, &store));
        CHECK_OK(case_append(&test, store, 1, 9));
        CHECK_STATUS(case_bills(&test, store, 1, 1, 101), STATUS_IO);
        CHECK_STATUS(case_bills(&test, store, 1, 1, 101), STATUS_IO);
        CHECK_OK(store_memory_reopen(store, &store));
        struct store_bills_check check;
        CHECK_OK(store_bills_verify(store, &test.arena, &check));
        CHECK_UINT(check.count, row->kept);
        faults.is_full = true;
        CHECK_STATUS(case_bills(&test, store, 1, row->kept + 1, row->kept + 2), STATUS_IO);
        faults.is_full = false;
        CHECK_OK(case_bills(&test, store, 1, row->kept + 1, row->kept + 2));
        store_close(store);
        case_end(&test);
    }
}

static void a_full_memory_store_works_once_there_is_room(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store_faults faults = {.is_full = true, .fail_read_at = 2};
    struct store *store = NULL;
    CHECK_OK(store_memory_new(&faults, &store));
    CHECK_STATUS(case_append(&test, store, 1, 9), STATUS_IO);
    CHECK_STATUS(case_put(store, "k", "n", SLICE("v")), STATUS_IO);
    CHECK_STATUS(store_delete(store, SLICE("k"), SLICE("n")), STATUS_IO);
    CHECK_UINT(case_last(store), 0);
    faults.is_full = false;
    CHECK_OK(case_append(&test, store, 1, 9));
    struct store_row row;
    CHECK_OK(store_read(store, 1, &test.arena, &row));
    CHECK_STATUS(store_read(store, 1, &test.arena, &row), STATUS_IO);
    CHECK_OK(store_read(store, 1, &test.arena, &row)); /* a failed read breaks nothing */
    store_close(store);
    case_end(&test);
}

int main(void) {
    disk_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_write_breaks_the_store),
        cmocka_unit_test(a_failed_write_keeps_no_bill),
        cmocka_unit_test(a_full_disk_undoes_documents_too),
        cmocka_unit_test(leftovers_of_a_full_disk_are_no_damage),
        cmocka_unit_test(a_failed_checkpoint_loses_nothing),
        cmocka_unit_test(the_memory_store_fails_as_told),
        cmocka_unit_test(the_memory_store_fails_for_bills_too),
        cmocka_unit_test(a_full_memory_store_works_once_there_is_room),
    };
    return CHECK_RUN(tests);
}
