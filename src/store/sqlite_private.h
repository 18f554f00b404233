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
    ROW(PART_ADD, "INSERT INTO document(kind, name, part, parts, value) VALUES(?1, ?2, ?3, ?4, ?5)")                   \
    ROW(PART_SIZES, "SELECT part, parts, length(value) FROM document WHERE kind = ?1 AND name = ?2 ORDER BY part")     \
    ROW(PART_VALUES, "SELECT value FROM document WHERE kind = ?1 AND name = ?2 ORDER BY part")                         \
    ROW(NAMES, "SELECT name FROM document WHERE kind = ?1 AND part = 0 ORDER BY name")                                 \
    ROW(DOCUMENT_DELETE, "DELETE FROM document WHERE kind = ?1 AND name = ?2")

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
};

extern const struct store_adapter SQLITE_ADAPTER;

/* Take what the database says of its last failure: STATUS_INVALID for a damaged or foreign file, else STATUS_IO or
 * STATUS_NO_MEMORY. `doing` completes "cannot …". */
MUST_CHECK enum status sqlite_fail(struct sqlite *sqlite, const char *doing);

/* Call before SQLite opens `file`, without another writer. Fails: STATUS_INVALID (the log is damaged before its end),
 * STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status sqlite_log_check(struct sqlite *sqlite, const char *file, struct arena *arena);

/* The lock file of the store at `path`, held until the descriptor is closed or the process dies. Fails:
 * STATUS_CONFLICT (another holds it), STATUS_IO, STATUS_NO_MEMORY; *ret_error then says so. */
MUST_CHECK enum status sqlite_lock_take(const char *path, struct arena *arena, int *ret_fd, struct slice *ret_error);

#endif
