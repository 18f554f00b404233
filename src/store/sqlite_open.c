/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening a SQLite store: who may, how the connection is set up, and whether the file is a store of ours at all.
 *
 * SQLite before 3.51.3 can damage a file when two connections write or checkpoint at once. The lock file leaves one
 * writer; readers neither write nor checkpoint, not even when they close. */
#include "store/sqlite_private.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x54474a31, /* "TGJ1" */
    FORMAT_VERSION = 2,
    BUSY_TIMEOUT_MS = 5000,
    VALUE_BYTES_MAX = (256 << 20) + 4096, /* a row of STORE_BLOB_BYTES_MAX and its header */
};

static const char CONFIGURE_SQL[] = "PRAGMA trusted_schema = OFF;"
                                    "PRAGMA cell_size_check = ON;"
                                    "PRAGMA mmap_size = 0;"
                                    "PRAGMA cache_size = -8192;"; /* KiB */
static const char WRITER_SQL[] = "PRAGMA locking_mode = NORMAL;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA secure_delete = OFF;"
                                 "PRAGMA journal_size_limit = 67108864;";
static const char READER_SQL[] = "PRAGMA query_only = ON;";
/* A page takes effect only in an empty file. */
static const char PAGE_SQL[] = "PRAGMA page_size = 16384; PRAGMA auto_vacuum = NONE;";
/* Journals from before there were sums get them from the first writer who knows of them. */
#define SUMS_SQL                                                                                                       \
    "CREATE TABLE usage_sum(kind INTEGER NOT NULL, account BLOB NOT NULL, at INTEGER NOT NULL, value BLOB NOT NULL,"   \
    " checksum INTEGER NOT NULL, PRIMARY KEY(kind, account, at)) STRICT, WITHOUT ROWID;"                               \
    "CREATE TABLE usage_sum_mark(one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;"
static const char SCHEMA_SQL[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, blob BLOB NOT NULL) STRICT;"
    "CREATE TABLE document(kind TEXT NOT NULL, name TEXT NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL,"
    " value BLOB NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY(kind, name, part)) STRICT;"
    "CREATE TABLE bill(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, head BLOB NOT NULL, blob BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE bill_account(account INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY(account, position))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE bill_series(series BLOB NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,"
    " chunk INTEGER NOT NULL, PRIMARY KEY(series, first)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE bill_mark(one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, position INTEGER NOT NULL,"
    " head BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;" SUMS_SQL
    "PRAGMA application_id = 1413958193;" /* APPLICATION_ID */
    "PRAGMA user_version = 2;"            /* FORMAT_VERSION */
    "COMMIT;";

static enum status run(struct sqlite *sqlite, const char *sql, const char *doing) {
    if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(sqlite, doing);
    return STATUS_OK;
}

/* The one number that a query answers. */
static enum status ask(struct sqlite *sqlite, const char *sql, int64_t *ret_number) {
    sqlite3_stmt *statement = NULL;
    enum status status = STATUS_OK;
    if (sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
        status = sqlite_fail(sqlite, "read its header");
    else
        *ret_number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement); /* answers the failure of the step again */
    return status;
}

static int wal_grown(void *sqlite, sqlite3 *db, const char *name, int pages) {
    (void)db;
    (void)name;
    ((struct sqlite *)sqlite)->wal_pages = pages;
    return SQLITE_OK;
}

static enum status connect(struct sqlite *sqlite, const char *file, enum store_mode mode) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0;
    if (sqlite3_open_v2(file, &sqlite->db, flags, NULL) != SQLITE_OK)
        return sqlite->db == NULL ? STATUS_NO_MEMORY : sqlite_fail(sqlite, "open it");
    if (mode != STORE_READ && sqlite3_db_readonly(sqlite->db, "main") == 1)
        return store_fail(&sqlite->base, STATUS_IO,
                          "it may not be written: be the user who owns it, see its permissions, and how its disk is "
                          "mounted");
    (void)sqlite3_busy_timeout(sqlite->db, BUSY_TIMEOUT_MS);
    (void)sqlite3_limit(sqlite->db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    /* A file from elsewhere shall not make us run what it defines. */
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, mode == STORE_READ, NULL);
    TRY(run(sqlite, CONFIGURE_SQL, "set it up"));
    /* Checkpoints run on our call alone, where their failures are seen. */
    (void)sqlite3_wal_hook(sqlite->db, wal_grown, sqlite);
    return run(sqlite, mode == STORE_READ ? READER_SQL : WRITER_SQL, "set it up");
}

static enum status header_check(struct sqlite *sqlite) {
    int64_t id = 0, version = 0;
    TRY(ask(sqlite, "PRAGMA application_id", &id));
    TRY(ask(sqlite, "PRAGMA user_version", &version));
    if (id != APPLICATION_ID)
        return store_fail(&sqlite->base, STATUS_INVALID, "it is no store of this program");
    if (version != FORMAT_VERSION)
        return store_fail(&sqlite->base, STATUS_INVALID, "its format is version %lld; this program knows version %d",
                          (long long)version, FORMAT_VERSION);
    return STATUS_OK;
}

/* The file must be ours to fill: nothing in it, nobody's mark on it. */
static enum status emptiness_check(struct sqlite *sqlite) {
    int64_t id = 0, tables = 0;
    TRY(ask(sqlite, "PRAGMA application_id", &id));
    TRY(ask(sqlite, "SELECT count(*) FROM sqlite_schema", &tables));
    if (id != 0 || tables != 0)
        return store_fail(&sqlite->base, STATUS_CONFLICT, "it is there already");
    return STATUS_OK;
}

/* What a crashed writer left in the log may be in the system's memory but not on disk: after a failed fsync it can
 * vanish later, and everything written behind it too. So nothing is written before all of it is in the database. */
static enum status log_empty(struct sqlite *sqlite) {
    int code = sqlite3_wal_checkpoint_v2(sqlite->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code == SQLITE_BUSY)
        return store_fail(&sqlite->base, STATUS_IO, "cannot recover it while another program keeps reading it");
    return code == SQLITE_OK ? STATUS_OK : sqlite_fail(sqlite, "recover it");
}

static enum status wal_begin(struct sqlite *sqlite) {
    sqlite3_stmt *statement = NULL;
    enum status status = STATUS_OK;
    if (sqlite3_prepare_v2(sqlite->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = sqlite_fail(sqlite, "begin its log");
    else if (sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0)
        status = store_fail(&sqlite->base, STATUS_IO, "a write-ahead log is not possible here");
    (void)sqlite3_finalize(statement);
    return status;
}

static enum status statements_prepare(struct sqlite *sqlite) {
    static const char *const sql[] = {
#define STATEMENT_SQL(name, text) (text), /* in brackets: some are written in two pieces */
        STATEMENT_TABLE(STATEMENT_SQL)
#undef STATEMENT_SQL
    };
    int count = sqlite->has_sums ? STATEMENT_COUNT : STATEMENT_SUM_PUT; /* those of sums are the last */
    for (int i = 0; i < count; i++)
        if (sqlite3_prepare_v3(sqlite->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &sqlite->statements[i], NULL) !=
            SQLITE_OK)
            return sqlite_fail(sqlite, "use its tables");
    return STATUS_OK;
}

static enum status sums_begin(struct sqlite *sqlite, enum store_mode mode) {
    int64_t tables = 0;
    TRY(ask(sqlite, "SELECT count(*) FROM sqlite_schema WHERE name IN ('usage_sum', 'usage_sum_mark')", &tables));
    if (tables == 0 && mode != STORE_READ)
        TRY(run(sqlite, "BEGIN IMMEDIATE;" SUMS_SQL "COMMIT;", "create its tables of sums"));
    sqlite->has_sums = tables != 0 || mode != STORE_READ;
    return STATUS_OK;
}

static enum status open_as(struct sqlite *sqlite, const char *file, enum store_mode mode) {
    TRY(connect(sqlite, file, mode));
    if (mode == STORE_CREATE) {
        TRY(emptiness_check(sqlite));
        TRY(run(sqlite, PAGE_SQL, "set it up"));
        TRY(wal_begin(sqlite));
        TRY(run(sqlite, SCHEMA_SQL, "create its tables"));
    }
    TRY(header_check(sqlite));
    if (mode != STORE_READ) {
        TRY(wal_begin(sqlite));
        TRY(log_empty(sqlite));
    }
    TRY(sums_begin(sqlite, mode));
    return statements_prepare(sqlite);
}

static enum status claim(const char *path, enum store_mode mode, struct arena *arena, int *ret_lock_fd,
                         struct slice *ret_error) {
    if (mode != STORE_CREATE && access(path, F_OK) != 0) {
        enum status status = errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
        *ret_error = arena_printf(arena, "cannot open %s: %s", path, strerror(errno));
        return status;
    }
    return mode == STORE_READ ? STATUS_OK : sqlite_lock_take(path, arena, ret_lock_fd, ret_error);
}

enum status store_sqlite_open(const char *path, enum store_mode mode, struct arena *arena, struct store **ret_store,
                              struct slice *ret_error) {
    /* A path that begins with a dot or a slash is never one of SQLite's special names. */
    struct slice file = arena_printf(arena, "%s%s", path[0] == '/' ? "" : "./", path);
    struct sqlite *sqlite = malloc(sizeof *sqlite);
    if (file.ptr == NULL || sqlite == NULL) {
        free(sqlite);
        return STATUS_NO_MEMORY;
    }
    *sqlite = (struct sqlite){.base = {.adapter = &SQLITE_ADAPTER,
                                       .lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
                                       .is_read_only = mode == STORE_READ},
                              .lock_fd = -1};
    enum status status = claim(path, mode, arena, &sqlite->lock_fd, ret_error);
    if (status == STATUS_OK) {
        status = mode == STORE_READ ? STATUS_OK : sqlite_log_check(sqlite, file.ptr, arena);
        status = status == STATUS_OK ? open_as(sqlite, file.ptr, mode) : status;
        if (status != STATUS_OK)
            *ret_error = arena_printf(arena, "%s: %s", path, sqlite->base.error);
    }
    if (status != STATUS_OK) {
        sqlite->base.is_broken = true; /* close without another write */
        store_close(&sqlite->base);
        return status;
    }
    *ret_store = &sqlite->base;
    return STATUS_OK;
}
