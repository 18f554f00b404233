/* SPDX-License-Identifier: Apache-2.0
 *
 * What is particular to the SQLite store: which files it opens, readers beside the writer, the size of its log. */
#include "case.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void file_write(const char *path, const char *bytes, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
        fail_msg("cannot write a file for the test");
    (void)close(fd);
}

static void run_sql(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("cannot run SQL for the test: %s", sqlite3_errmsg(db));
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

static off_t file_size(const struct store_case *test, const char *suffix) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s%s", test->path, suffix);
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

static void only_stores_of_ours_are_opened(void **state) {
    (void)state;
    static const char text[] =
        "This is a text, long enough to be taken for the header of a database: it is none, though. "
        "More of it follows, so that a whole header is there to be read.";
    static const struct {
        const char *row, *bytes, *sql; /* a file of these bytes, or our store after this SQL; neither: no file */
        bool is_ours;                  /* SQL runs in a store of ours */
        enum status open, create;
        const char *says;
    } rows[] = {
        {"no file", NULL, NULL, false, STATUS_NOT_FOUND, STATUS_OK, "No such file"},
        {"an empty file", "", NULL, false, STATUS_INVALID, STATUS_OK, "no store of this program"},
        {"a text", text, NULL, false, STATUS_INVALID, STATUS_INVALID, "file is not a database"},
        {"a database of another program", NULL, "CREATE TABLE t(a)", false, STATUS_INVALID, STATUS_CONFLICT,
         "no store of this program"},
        {"a database that another program has marked", NULL, "PRAGMA application_id = 7", false, STATUS_INVALID,
         STATUS_CONFLICT, "no store of this program"},
        {"a store of ours", NULL, "SELECT 1", true, STATUS_OK, STATUS_CONFLICT, ""},
        {"a later version", NULL, "PRAGMA user_version = 3", true, STATUS_INVALID, STATUS_CONFLICT,
         "its format is version 3; this program knows version 2"},
        {"the version before bills", NULL, "PRAGMA user_version = 1", true, STATUS_INVALID, STATUS_CONFLICT,
         "its format is version 1; this program knows version 2"},
        {"without its tables", NULL, "DROP TABLE journal", true, STATUS_INVALID, STATUS_CONFLICT, "no such table"},
        {"with a view for a table", NULL, "DROP TABLE journal; CREATE VIEW journal AS SELECT 1 seq, 2 hash, 3 blob",
         true, STATUS_INVALID, STATUS_CONFLICT, "view"},
    };
    static const enum store_mode modes[] = {STORE_READ, STORE_WRITE, STORE_CREATE};
    FOR_ROWS(row, rows) {
        for (size_t i = 0; i < CHECK_COUNT(modes); i++) {
            struct store_case test;
            case_begin(&test);
            if (row->is_ours)
                store_close(case_must_open(&test, STORE_CREATE));
            if (row->bytes != NULL)
                file_write(test.path, row->bytes, strlen(row->bytes));
            if (row->sql != NULL)
                run_sql(test.path, row->sql);
            struct store *store = NULL;
            enum status want = modes[i] == STORE_CREATE ? row->create : row->open;
            CHECK_STATUS(case_open(&test, modes[i], &store), want);
            CHECK((want == STATUS_OK) == (store != NULL));
            CHECK(modes[i] == STORE_CREATE || text_has(test.error, row->says) || want == STATUS_OK);
            CHECK(want == STATUS_OK || text_has(test.error, test.path));
            store_close(store);
            case_end(&test);
        }
    }
}

static void a_directory_is_no_store(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    CHECK(mkdir(test.path, 0700) == 0);
    struct store *store = NULL;
    CHECK_STATUS(case_open(&test, STORE_READ, &store), STATUS_IO);
    CHECK_STATUS(case_open(&test, STORE_WRITE, &store), STATUS_IO);
    CHECK_STATUS(case_open(&test, STORE_CREATE, &store), STATUS_IO);
    CHECK(rmdir(test.path) == 0);
    case_end(&test);
}

static void readers_cannot_write(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *writer = case_must_open(&test, STORE_CREATE);
    CHECK_OK(case_append(&test, writer, 1, 100));
    struct store *reader = case_must_open(&test, STORE_READ);
    CHECK_STATUS(case_append(&test, reader, 2, 100), STATUS_IO);
    CHECK_TEXT(store_error(reader), "the store was opened for reading only");
    CHECK_STATUS(case_put(reader, "k", "n", SLICE("v")), STATUS_IO);
    CHECK_STATUS(store_delete(reader, SLICE("k"), SLICE("n")), STATUS_IO);
    CHECK(case_row_is(&test, reader, 1, 100)); /* a refusal breaks nothing */
    CHECK_UINT(case_last(writer), 1);
    store_close(reader);
    store_close(writer);
    case_end(&test);
}

static void readers_see_what_is_committed_meanwhile(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *writer = case_must_open(&test, STORE_CREATE);
    struct store *reader = case_must_open(&test, STORE_READ);
    CHECK_UINT(case_last(reader), 0);
    for (uint64_t seq = 1; seq <= 80; seq++) { /* beyond a checkpoint */
        CHECK_OK(case_append(&test, writer, seq, 1 << 20));
        CHECK_UINT(case_last(reader), seq);
        CHECK(case_row_is(&test, reader, seq, 1 << 20));
        CHECK(case_row_is(&test, reader, (seq + 1) / 2, 1 << 20));
        arena_reset(&test.arena);
    }
    struct slice value;
    CHECK_OK(case_put(writer, "snapshot", "s", SLICE("new")));
    CHECK_OK(store_get(reader, SLICE("snapshot"), SLICE("s"), &test.arena, &value));
    CHECK_TEXT(value, "new");
    store_close(writer); /* before its reader: the log stays for it */
    CHECK_UINT(case_last(reader), 80);
    store_close(reader);
    store_close(case_must_open(&test, STORE_WRITE));
    case_end(&test);
}

static void readers_leave_the_files_alone(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    store_close(case_must_open(&test, STORE_CREATE));
    struct store *reader = case_must_open(&test, STORE_READ); /* keeps the writer from emptying the log at its end */
    struct store *writer = case_must_open(&test, STORE_WRITE);
    CHECK_OK(case_append(&test, writer, 1, 100000));
    store_close(writer);
    off_t log = file_size(&test, "-wal"), database = file_size(&test, "");
    CHECK(log > 100000);
    store_close(reader); /* the last connection of all */
    CHECK_INT(file_size(&test, "-wal"), log);
    CHECK_INT(file_size(&test, ""), database);
    reader = case_must_open(&test, STORE_READ); /* and the first one too: it reads the log and leaves it */
    CHECK(case_row_is(&test, reader, 1, 100000));
    store_close(reader);
    CHECK_INT(file_size(&test, "-wal"), log);
    writer = case_must_open(&test, STORE_WRITE);
    CHECK_INT(file_size(&test, "-wal"), 0); /* all of it is in the database before anything is written */
    CHECK(case_row_is(&test, writer, 1, 100000));
    store_close(writer);
    CHECK_INT(file_size(&test, "-wal"), -1);
    case_end(&test);
}

/* Taken from a reader and from the writer itself; the writer goes on, and the copy stays what it was. */
static void a_backup_is_the_store_at_one_moment(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *writer = case_must_open(&test, STORE_CREATE);
    for (uint64_t seq = 1; seq <= 30; seq++)
        CHECK_OK(case_append(&test, writer, seq, 100000));
    CHECK_OK(case_bills(&test, writer, 30, 1, 200));
    struct store *reader = case_must_open(&test, STORE_READ), *sources[] = {reader, writer};
    for (int i = 0; i < 2; i++) {
        struct store_case copy = {0};
        struct store_bills_check check;
        (void)snprintf(copy.path, sizeof copy.path, "%s/copy-%d.db", test.directory, i);
        CHECK_OK(store_sqlite_backup(sources[i], copy.path));
        CHECK_STATUS(store_sqlite_backup(sources[i], copy.path), STATUS_CONFLICT); /* never over anything */
        CHECK(text_has(store_error(sources[i]), copy.path));
        CHECK_OK(case_append(&test, writer, 31 + (uint64_t)i, 100));
        struct store *store = case_must_open(&copy, STORE_READ);
        CHECK_UINT(case_last(store), 30 + (uint64_t)i);
        CHECK(case_row_is(&copy, store, 30, 100000));
        CHECK_OK(store_bills_verify(store, &copy.arena, &check));
        CHECK(check.count == 199 && check.reason.len == 0);
        CHECK_OK(store_check(store));
        store_close(store);
        arena_free(&copy.arena);
    }
    CHECK_STATUS(store_sqlite_backup(reader, "/nowhere/at/all"), STATUS_IO);
    store_close(reader);
    store_close(writer);
    case_end(&test);
}

static void the_log_is_bounded(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *writer = case_must_open(&test, STORE_CREATE);
    struct store_row row = case_row(&test, 1, 1 << 20);
    off_t log_max = 0;
    for (row.seq = 1; row.seq <= 150; row.seq++) {
        CHECK_OK(store_append(writer, &row, 1));
        off_t log = file_size(&test, "-wal");
        log_max = log > log_max ? log : log_max;
    }
    CHECK(log_max > 16 << 20 && log_max < 40 << 20);
    struct slice large = case_row(&test, 1, 100 << 20).blob;
    CHECK_OK(case_put(writer, "snapshot", "s", large));
    CHECK_OK(store_append(writer, &row, 1)); /* the first write after a checkpoint cuts the file */
    CHECK(file_size(&test, "-wal") <= 65 << 20);
    store_close(writer);
    case_end(&test);
}

/* Replaced snapshots give their pages back to the next ones. */
static void replaced_documents_do_not_grow_the_file(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *writer = case_must_open(&test, STORE_CREATE);
    struct slice value = case_row(&test, 1, 3 << 20).blob;
    for (int i = 0; i < 12; i++)
        CHECK_OK(case_put(writer, "snapshot", i % 2 == 0 ? "a" : "b", value));
    store_close(writer);
    CHECK(file_size(&test, "") < 12 << 20);
    case_end(&test);
}

static void a_missing_row_is_no_end(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *store = case_must_open(&test, STORE_CREATE);
    for (uint64_t seq = 1; seq <= 5; seq++)
        CHECK_OK(case_append(&test, store, seq, 100));
    CHECK_OK(case_put(store, "k", "n", case_row(&test, 1, 40 << 20).blob));
    store_close(store);
    run_sql(test.path, "DELETE FROM journal WHERE seq = 3; DELETE FROM document WHERE part = 1");
    store = case_must_open(&test, STORE_READ);
    struct store_row row;
    CHECK_STATUS(store_read(store, 3, &test.arena, &row), STATUS_INVALID);
    CHECK_TEXT(store_error(store), "row 3 is missing though the journal goes on to 5");
    CHECK(case_row_is(&test, store, 4, 100));
    CHECK_STATUS(store_read(store, 6, &test.arena, &row), STATUS_NOT_FOUND);
    struct slice value;
    CHECK_STATUS(store_get(store, SLICE("k"), SLICE("n"), &test.arena, &value), STATUS_INVALID);
    CHECK(text_has(store_error(store), "damaged"));
    store_close(store);
    run_sql(test.path, "DELETE FROM document WHERE part = 2");
    store = case_must_open(&test, STORE_READ);
    CHECK_STATUS(store_get(store, SLICE("k"), SLICE("n"), &test.arena, &value), STATUS_INVALID);
    store_close(store);
    case_end(&test);
}

static void rubbish_in_the_lock_file_is_no_obstacle(void **state) {
    (void)state;
    static const struct {
        const char *row, *bytes;
    } rows[] = {{"nothing", ""},
                {"a process that is gone", "999999\n"},
                {"no number", "hello"},
                {"far too many digits", "99999999999999999999999999999999999999999999"}};
    FOR_ROWS(row, rows) {
        struct store_case test;
        case_begin(&test);
        char lock[128];
        (void)snprintf(lock, sizeof lock, "%s.lock", test.path);
        file_write(lock, row->bytes, strlen(row->bytes));
        store_close(case_must_open(&test, STORE_CREATE));
        struct store *store = case_must_open(&test, STORE_WRITE), *second = NULL;
        file_write(lock, row->bytes, strlen(row->bytes)); /* what a second writer may find */
        CHECK_STATUS(case_open(&test, STORE_WRITE, &second), STATUS_CONFLICT);
        CHECK(text_has(test.error, "is being written by"));
        store_close(store);
        case_end(&test);
    }
}

static void a_link_is_no_lock_file(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    char lock[128];
    (void)snprintf(lock, sizeof lock, "%s.lock", test.path);
    CHECK(symlink("elsewhere", lock) == 0);
    struct store *store = NULL;
    CHECK_STATUS(case_open(&test, STORE_CREATE, &store), STATUS_IO);
    CHECK(text_has(test.error, "cannot open"));
    case_end(&test);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_stores_of_ours_are_opened),
        cmocka_unit_test(a_directory_is_no_store),
        cmocka_unit_test(readers_cannot_write),
        cmocka_unit_test(readers_see_what_is_committed_meanwhile),
        cmocka_unit_test(readers_leave_the_files_alone),
        cmocka_unit_test(a_backup_is_the_store_at_one_moment),
        cmocka_unit_test(the_log_is_bounded),
        cmocka_unit_test(replaced_documents_do_not_grow_the_file),
        cmocka_unit_test(a_missing_row_is_no_end),
        cmocka_unit_test(rubbish_in_the_lock_file_is_no_obstacle),
        cmocka_unit_test(a_link_is_no_lock_file),
    };
    return CHECK_RUN(tests);
}
