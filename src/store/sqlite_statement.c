/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements and transactions in SQLite. A transaction that fails before its commit is undone and told; one whose
 * outcome is not known breaks the store. A full disk is known: the log's commit mark is the last thing written, and its
 * write failed. */
#include "store/sqlite_private.h"

enum { LOG_PAGES_DUE = 2048 }; /* 32 MiB: a checkpoint follows the commit that reaches it */

enum status sqlite_fail(struct sqlite *sqlite, const char *doing) {
    int code = sqlite3_errcode(sqlite->db) & 0xff;
    int system = sqlite3_system_errno(sqlite->db);
    bool has_system = system != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL);
    enum status status = STATUS_IO;
    if (code == SQLITE_NOMEM)
        status = STATUS_NO_MEMORY;
    else if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR || code == SQLITE_TOOBIG ||
             code == SQLITE_SCHEMA || code == SQLITE_MISMATCH || code == SQLITE_CONSTRAINT)
        status = STATUS_INVALID;
    return store_fail(&sqlite->base, status, "cannot %s: %s%s%s", doing, sqlite3_errmsg(sqlite->db),
                      has_system ? ": " : "", has_system ? strerror(system) : "");
}

enum status sqlite_malformed(struct sqlite *sqlite, const char *what) {
    return store_fail(&sqlite->base, STATUS_INVALID, "the database is damaged: %s", what);
}

/* ---- statements: bind, step, and always reset ---- */

sqlite3_stmt *sqlite_use(struct sqlite *sqlite, enum statement which) {
    return sqlite->statements[which];
}

bool sqlite_bind_blob(sqlite3_stmt *statement, int at, struct slice bytes) {
    return sqlite3_bind_blob64(statement, at, bytes.len > 0 ? bytes.ptr : "", bytes.len, SQLITE_STATIC) == SQLITE_OK;
}

bool sqlite_bind_text(sqlite3_stmt *statement, int at, struct slice text) {
    return sqlite3_bind_text64(statement, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8) ==
           SQLITE_OK;
}

bool sqlite_bind_number(sqlite3_stmt *statement, int at, uint64_t number) {
    return sqlite3_bind_int64(statement, at, (sqlite3_int64)number) == SQLITE_OK;
}

void sqlite_done(sqlite3_stmt *statement) {
    (void)sqlite3_reset(statement); /* answers the failure of the step again */
    (void)sqlite3_clear_bindings(statement);
}

struct slice sqlite_column_bytes(sqlite3_stmt *statement, int at) {
    const void *bytes = sqlite3_column_blob(statement, at);
    return (struct slice){bytes != NULL ? bytes : "", (size_t)sqlite3_column_bytes(statement, at)};
}

/* ---- transactions ---- */

/* Undo what a failed step left and find out whether its outcome is known. */
static enum status write_failed(struct sqlite *sqlite, const char *doing, bool is_commit) {
    int code = sqlite3_errcode(sqlite->db) & 0xff;
    enum status status = sqlite_fail(sqlite, doing);
    bool is_known = code == SQLITE_FULL || (!is_commit && (code == SQLITE_NOMEM || code == SQLITE_BUSY));
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite_done(sqlite->statements[i]);
    if (!sqlite3_get_autocommit(sqlite->db)) {
        is_known = sqlite3_step(sqlite_use(sqlite, STATEMENT_ROLLBACK)) == SQLITE_DONE && is_known;
        sqlite_done(sqlite_use(sqlite, STATEMENT_ROLLBACK));
    }
    sqlite->base.is_broken = !is_known;
    return status;
}

enum status sqlite_write_begin(struct sqlite *sqlite) {
    if (sqlite3_step(sqlite_use(sqlite, STATEMENT_BEGIN_WRITE)) != SQLITE_DONE)
        return write_failed(sqlite, "begin to write", false);
    sqlite_done(sqlite_use(sqlite, STATEMENT_BEGIN_WRITE));
    return STATUS_OK;
}

enum status sqlite_write_step(struct sqlite *sqlite, enum statement which, bool is_bound, const char *doing) {
    if (!is_bound || sqlite3_step(sqlite_use(sqlite, which)) != SQLITE_DONE)
        return write_failed(sqlite, doing, false);
    sqlite_done(sqlite_use(sqlite, which));
    return STATUS_OK;
}

/* What was committed is durable in the log whatever becomes of the checkpoint; but after a failed one no later sync can
 * be believed, so the store answers no further call. A full disk and a reader in the way only put it off. */
static void checkpoint_when_due(struct sqlite *sqlite) {
    if (sqlite->wal_pages < LOG_PAGES_DUE)
        return;
    int code = sqlite3_wal_checkpoint_v2(sqlite->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) & 0xff;
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL)
        return;
    (void)!sqlite_fail(sqlite, "move the log into the database");
    sqlite->base.is_broken = true;
}

enum status sqlite_write_commit(struct sqlite *sqlite, const char *doing) {
    if (sqlite3_step(sqlite_use(sqlite, STATEMENT_COMMIT)) != SQLITE_DONE)
        return write_failed(sqlite, doing, true);
    sqlite_done(sqlite_use(sqlite, STATEMENT_COMMIT));
    checkpoint_when_due(sqlite);
    return STATUS_OK;
}
