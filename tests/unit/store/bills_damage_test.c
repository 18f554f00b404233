/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills that somebody changed, with SQL and a good memory for the format, or that a disk damaged: verification finds
 * each of it, and no reader is handed a bill that was changed. */
#include "case.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BILLS = 1200 };

static void run_sql(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("cannot run SQL for the test: %s", sqlite3_errmsg(db));
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

/* Chunks of 300, 300, and 600 bills. */
static void store_with_bills(struct store_case *test) {
    case_begin(test);
    struct store *store = case_must_open(test, STORE_CREATE);
    for (uint64_t seq = 1; seq <= 3; seq++)
        CHECK_OK(case_append(test, store, seq, 10));
    CHECK_OK(case_bills(test, store, 1, 1, 301));
    CHECK_OK(case_bills(test, store, 2, 301, 601));
    CHECK_OK(case_bills(test, store, 3, 601, BILLS + 1));
    store_close(store);
}

static void verification_finds_every_change(void **state) {
    (void)state;
    static const struct {
        const char *row, *sql;
        uint64_t bad_position;
        const char *says;
    } rows[] = {
        {"nothing", "SELECT 1", 0, ""},
        {"the last chunk is gone", "DELETE FROM bill WHERE first = 601", 601, "bill 601 is missing"},
        {"a chunk in the middle is gone", "DELETE FROM bill WHERE first = 301", 301, "bill 301 is missing"},
        {"all bills are gone", "DELETE FROM bill", 1, "bill 1 is missing"},
        {"two chunks are exchanged",
         "UPDATE bill SET first = -first; UPDATE bill SET first = 301 WHERE first = -1; UPDATE bill SET first = 1 "
         "WHERE "
         "first = -301; UPDATE bill SET first = 601 WHERE first = -601",
         1, "not what their hash says"},
        {"a chunk is there twice", "INSERT INTO bill SELECT 1201, count, head, blob FROM bill WHERE first = 601", 1201,
         "do not end at 1200"},
        {"a bit of a bill", "UPDATE bill SET blob = CAST(substr(hex(blob), 1, 0) AS BLOB) WHERE first = 301", 301,
         "not what their hash says"},
        {"a head", "UPDATE bill SET head = zeroblob(32) WHERE first = 301", 301, "not what their hash says"},
        {"a head of another length", "UPDATE bill SET head = x'00' WHERE first = 301", 301, "a row of bills"},
        {"a count", "UPDATE bill SET count = 299 WHERE first = 301", 301, "not what their hash says"},
        {"a count of the last chunk", "UPDATE bill SET count = 2000 WHERE first = 601", 601, "a row of bills"},
        {"an account's bill is no longer found", "DELETE FROM bill_account WHERE position = 17", 0, "an index"},
        {"an account has a bill too many", "INSERT INTO bill_account VALUES(5, 17)", 0, "an index"},
        {"a bill is given to another account", "UPDATE bill_account SET account = 5 WHERE position = 17", 0,
         "an index"},
        {"a series lost its numbers", "DELETE FROM bill_series WHERE chunk = 301", 0, "an index"},
        {"a series has another first number", "UPDATE bill_series SET first = first - 1 WHERE chunk = 601", 0,
         "an index"},
        {"a series has another name",
         "UPDATE bill_series SET series = CAST('imn' AS BLOB) WHERE series = CAST('imm' AS BLOB)", 0, "an index"},
        {"the mark is gone", "DELETE FROM bill_mark", 1, "do not end at 0"},
        {"the mark's batch", "UPDATE bill_mark SET seq = 2", 0, "the mark of the bills"},
        {"the mark's position", "UPDATE bill_mark SET position = 600", 0, "the mark of the bills"},
        {"the mark's head", "UPDATE bill_mark SET head = zeroblob(32)", 0, "the mark of the bills"},
    };
    FOR_ROWS(row, rows) {
        struct store_case test;
        store_with_bills(&test);
        run_sql(test.path, row->sql);
        struct store *store = case_must_open(&test, STORE_READ);
        struct store_bills_check check;
        CHECK_OK(store_bills_verify(store, &test.arena, &check));
        CHECK_UINT(check.bad_position, row->bad_position);
        CHECK(row->says[0] == '\0' ? check.reason.len == 0 : text_has(check.reason, row->says));
        store_close(store);
        case_end(&test);
    }
}

struct kept {
    struct store_case *test;
    uint64_t count;
};

static enum status must_be_ours(void *context, const struct store_bill *bill) {
    struct kept *kept = context;
    struct store_bill want = case_bill(kept->test, bill->position, CASE_ACCOUNTS);
    CHECK(slice_eq(bill->body, want.body) && slice_eq(bill->account, want.account) && bill->number == want.number);
    kept->count++;
    return STATUS_OK;
}

/* Flip a bit of the second chunk; twice is back again. Its size in bytes. */
static uint64_t flip(sqlite3 *db, uint64_t at, unsigned bit) {
    sqlite3_blob *blob = NULL;
    uint8_t byte = 0;
    CHECK_INT(sqlite3_blob_open(db, "main", "bill", "blob", 301, 1, &blob), SQLITE_OK);
    uint64_t size = (uint64_t)sqlite3_blob_bytes(blob);
    CHECK_INT(sqlite3_blob_read(blob, &byte, 1, (int)(at % size)), SQLITE_OK);
    byte = (uint8_t)(byte ^ 1U << bit);
    CHECK_INT(sqlite3_blob_write(blob, &byte, 1, (int)(at % size)), SQLITE_OK);
    CHECK_INT(sqlite3_blob_close(blob), SQLITE_OK); /* commits */
    return size;
}

/* Whatever bit of a chunk has flipped. */
static void no_reader_gets_a_changed_bill(void **state) {
    (void)state;
    struct store_case test;
    store_with_bills(&test);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(test.path, &db), SQLITE_OK);
    unsigned found = 0;
    uint64_t seed = 3, size = flip(db, 0, 0);
    (void)flip(db, 0, 0);
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t at = i < 48 ? i : check_random(&seed) % size; /* every byte of the head */
        unsigned bit = (unsigned)(check_random(&seed) % 8);
        (void)flip(db, at, bit);
        struct store *store = case_must_open(&test, STORE_READ);
        struct kept kept = {.test = &test};
        struct store_bills_check check;
        CHECK_OK(store_bills_verify(store, &test.arena, &check));
        bool is_found = check.bad_position == 301; /* the codec has some bits that mean nothing */
        CHECK(is_found || (at >= 48 && check.reason.len == 0));
        CHECK_STATUS(store_bills_scan(store, &(struct store_bill_filter){0}, must_be_ours, &kept),
                     is_found ? STATUS_INVALID : STATUS_OK);
        CHECK_UINT(kept.count, is_found ? 300 : BILLS);
        found += is_found;
        store_close(store);
        (void)flip(db, at, bit);
        arena_reset(&test.arena);
    }
    CHECK(found > 290);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
    case_end(&test);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verification_finds_every_change),
        cmocka_unit_test(no_reader_gets_a_changed_bill),
    };
    return CHECK_RUN(tests);
}
