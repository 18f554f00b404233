/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the SQLite adapter share: the handle, its prepared statements, the lock file. */
#ifndef TG_STORE_SQLITE_PRIVATE_H
#define TG_STORE_SQLITE_PRIVATE_H

#include "store/store_private.h"

#include <sqlite3.h>

/* name, SQL */
#define STATEMENT_TABLE(ROW)                                                                                           \
    ROW(BEGIN_WRITE, "BEGIN IMMEDIATE")                                                                                \
    ROW(BEGIN_READ, "BEGIN")                                                                                           \
    ROW(COMMIT, "COMMIT")                                                                                              \
    ROW(ROLLBACK, "ROLLBACK")                                                                                          \
    ROW(ROW_ADD, "INSERT INTO journal(seq, hash, blob) VALUES(?1, ?2, ?3)")                                            \
    ROW(ROW_READ, "SELECT hash, blob FROM journal WHERE seq = ?1")                                                     \
    ROW(ROW_LAST, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")                                           \
    ROW(PART_ADD, "INSERT INTO document(kind, name, part, parts, value, checksum) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")     \
    ROW(PART_SIZES, "SELECT part, parts, length(value) FROM document WHERE kind = ?1 AND name = ?2 ORDER BY part")     \
    ROW(PART_VALUES, "SELECT part, parts, value, checksum FROM document WHERE kind = ?1 AND name = ?2 ORDER BY part")  \
    ROW(NAMES, "SELECT name FROM document WHERE kind = ?1 AND part = 0 ORDER BY name")                                 \
    ROW(DOCUMENT_DELETE, "DELETE FROM document WHERE kind = ?1 AND name = ?2")                                         \
    ROW(CHUNK_ADD, "INSERT INTO bill(first, count, head, blob) VALUES(?1, ?2, ?3, ?4)")                                \
    ROW(CHUNK_FIND, "SELECT first, count, head, blob FROM bill WHERE first <= ?1 ORDER BY first DESC LIMIT 1")         \
    ROW(KEY_ADD, "INSERT INTO bill_account(account, position) VALUES(?1, ?2)")                                         \
    ROW(KEY_FIRST, "SELECT min(position) FROM bill_account WHERE account = ?1 AND position BETWEEN ?2 AND ?3")         \
    ROW(KEY_LAST, "SELECT max(position) FROM bill_account WHERE account = ?1 AND position BETWEEN ?2 AND ?3")          \
    ROW(KEY_ALL, "SELECT account, position FROM bill_account")                                                         \
    ROW(RUN_ADD, "INSERT INTO bill_series(series, first, count, chunk) VALUES(?1, ?2, ?3, ?4)")                        \
    ROW(RUN_FIND, "SELECT max(first), count, chunk FROM bill_series WHERE series = ?1 AND first <= ?2")                \
    ROW(RUN_ALL, "SELECT series, first, count, chunk FROM bill_series")                                                \
    ROW(MARK_SET, "INSERT OR REPLACE INTO bill_mark(one, seq, position, head, checksum) VALUES(1, ?1, ?2, ?3, ?4)")    \
    ROW(MARK_READ, "SELECT seq, position, head, checksum FROM bill_mark")                                              \
    ROW(CHECK, "PRAGMA integrity_check(1)")                                                                            \
    ROW(SUM_PUT, "INSERT OR REPLACE INTO usage_sum(kind, account, at, value, checksum) VALUES(?1, ?2, ?3, ?4, ?5)")    \
    ROW(SUM_GET, "SELECT value, checksum FROM usage_sum WHERE kind = ?1 AND account = ?2 AND at = ?3")                 \
    ROW(SUMS_DROP, "DELETE FROM usage_sum WHERE kind = ?1")                                                            \
    ROW(SUMS_OF_ALL, "SELECT account, at, value, checksum FROM usage_sum"                                              \
                     " WHERE kind = ?1 AND at >= ?2 AND at < ?3 ORDER BY account, at")                                 \
    ROW(SUMS_OF_ACCOUNT, "SELECT account, at, value, checksum FROM usage_sum"                                          \
                         " WHERE kind = ?1 AND account = ?4 AND at >= ?2 AND at < ?3 ORDER BY at")                     \
    ROW(SUMS_MARK_SET, "INSERT OR REPLACE INTO usage_sum_mark(one, seq, checksum) VALUES(1, ?1, ?2)")                  \
    ROW(SUMS_MARK_READ, "SELECT seq, checksum FROM usage_sum_mark")

enum statement {
#define STATEMENT_ENUM(name, sql) STATEMENT_##name,
    STATEMENT_TABLE(STATEMENT_ENUM)
#undef STATEMENT_ENUM
        STATEMENT_COUNT
};

struct sqlite {
    struct store base;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int lock_fd;   /* -1: a reader */
    int wal_pages; /* in the write-ahead log after the last commit */
    bool has_sums; /* the tables of them; a writer makes them */
};

extern const struct store_adapter SQLITE_ADAPTER;

/* The handle behind the port's. */
static inline struct sqlite *sqlite_of(struct store *store) {
    return (struct sqlite *)store;
}

/* Take what the database says of its last failure: STATUS_INVALID for a damaged or foreign file, else STATUS_IO or
 * STATUS_NO_MEMORY. `doing` completes "cannot …". */
MUST_CHECK enum status sqlite_fail(struct sqlite *sqlite, const char *doing);

MUST_CHECK enum status sqlite_malformed(struct sqlite *sqlite, const char *what); /* STATUS_INVALID */

/* ---- statements: bind, step, and always sqlite_done; src/store/sqlite_statement.c ---- */

enum { SQLITE_BIND_FAILED = -1 }; /* no code of SQLite */
sqlite3_stmt *sqlite_use(struct sqlite *sqlite, enum statement which);
/* Nothing is copied: what is bound lives until sqlite_done. */
bool sqlite_bind_blob(sqlite3_stmt *statement, int at, struct slice bytes);
bool sqlite_bind_text(sqlite3_stmt *statement, int at, struct slice text);
bool sqlite_bind_number(sqlite3_stmt *statement, int at, uint64_t number);
struct slice sqlite_column_bytes(sqlite3_stmt *statement, int at);
void sqlite_done(sqlite3_stmt *statement);

/* A transaction: begin, steps, commit. A step that fails has undone everything. */
MUST_CHECK enum status sqlite_write_begin(struct sqlite *sqlite);
/* Run one bound write. */
MUST_CHECK enum status sqlite_write_step(struct sqlite *sqlite, enum statement which, bool is_bound, const char *doing);
MUST_CHECK enum status sqlite_write_commit(struct sqlite *sqlite, const char *doing);

/* ---- bills: src/store/sqlite_bills.c ---- */

MUST_CHECK enum status sqlite_bills_write(struct store *store, const struct bill_write *write);
MUST_CHECK enum status sqlite_bills_mark(struct store *store, struct store_mark *ret_mark);
MUST_CHECK enum status sqlite_bills_chunk(struct store *store, uint64_t position, struct arena *arena,
                                          struct bill_chunk *ret_chunk);
MUST_CHECK enum status sqlite_bills_run(struct store *store, struct slice series, uint64_t number,
                                        struct bill_run *ret_run);
MUST_CHECK enum status sqlite_bills_key(struct store *store, const struct bill_key *from, uint64_t until, bool is_last,
                                        uint64_t *ret_position);
MUST_CHECK enum status sqlite_bills_sum(struct store *store, struct bill_index_sum *ret_sum);

/* ---- sums: src/store/sqlite_sums.c ---- */

MUST_CHECK enum status sqlite_sums_write(struct store *store, const struct store_sums_write *write);
MUST_CHECK enum status sqlite_sums_mark(struct store *store, uint64_t *ret_seq);
MUST_CHECK enum status sqlite_sum_get(struct store *store, struct store_sum *sum, struct arena *arena);
MUST_CHECK enum status sqlite_sums_scan(struct store *store, const struct store_sum_filter *filter,
                                        store_sum_visit *visit, void *context);

/* Call before SQLite opens `file`, without another writer. Fails: STATUS_INVALID (the log is damaged before its end),
 * STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status sqlite_log_check(struct sqlite *sqlite, const char *file, struct arena *arena);

/* The lock file of the store at `path`, held until the descriptor is closed or the process dies. Fails:
 * STATUS_CONFLICT (another holds it), STATUS_IO, STATUS_NO_MEMORY; *ret_error then says so. */
MUST_CHECK enum status sqlite_lock_take(const char *path, struct arena *arena, int *ret_fd, struct slice *ret_error);

#endif
