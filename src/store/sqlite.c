/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows and documents in SQLite. A transaction that fails before its commit is undone and told; one whose outcome is not
 * known breaks the store. A full disk is known: the log's commit mark is the last thing written, and its write failed.
 */
#include "store/sqlite_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PART_BYTES = 16 << 20, /* SQLite's limit is 1 GB for a value, and it holds one at a time in memory */
    LOG_PAGES_DUE = 2048,  /* 32 MiB: a checkpoint follows the commit that reaches it */
    BIND_FAILED = -1,      /* no code of SQLite */
};

static struct sqlite *sqlite_of(struct store *store) {
    return (struct sqlite *)store;
}

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

static enum status malformed(struct sqlite *sqlite, const char *what) {
    return store_fail(&sqlite->base, STATUS_INVALID, "the database is damaged: %s", what);
}

/* ---- statements: bind, step, and always reset ---- */

static sqlite3_stmt *use(struct sqlite *sqlite, enum statement which) {
    return sqlite->statements[which];
}

/* Nothing is copied: what is bound lives until done(). */
static bool bind_blob(sqlite3_stmt *statement, int at, struct slice bytes) {
    return sqlite3_bind_blob64(statement, at, bytes.len > 0 ? bytes.ptr : "", bytes.len, SQLITE_STATIC) == SQLITE_OK;
}

static bool bind_text(sqlite3_stmt *statement, int at, struct slice text) {
    return sqlite3_bind_text64(statement, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8) ==
           SQLITE_OK;
}

static bool bind_number(sqlite3_stmt *statement, int at, uint64_t number) {
    return sqlite3_bind_int64(statement, at, (sqlite3_int64)number) == SQLITE_OK;
}

static bool bind_key(sqlite3_stmt *statement, struct slice kind, struct slice name) {
    return bind_text(statement, 1, kind) && bind_text(statement, 2, name);
}

static void done(sqlite3_stmt *statement) {
    (void)sqlite3_reset(statement); /* answers the failure of the step again */
    (void)sqlite3_clear_bindings(statement);
}

static struct slice column_bytes(sqlite3_stmt *statement, int at) {
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
        done(sqlite->statements[i]);
    if (!sqlite3_get_autocommit(sqlite->db)) {
        is_known = sqlite3_step(use(sqlite, STATEMENT_ROLLBACK)) == SQLITE_DONE && is_known;
        done(use(sqlite, STATEMENT_ROLLBACK));
    }
    sqlite->base.is_broken = !is_known;
    return status;
}

static enum status write_begin(struct sqlite *sqlite) {
    if (sqlite3_step(use(sqlite, STATEMENT_BEGIN_WRITE)) != SQLITE_DONE)
        return write_failed(sqlite, "begin to write", false);
    done(use(sqlite, STATEMENT_BEGIN_WRITE));
    return STATUS_OK;
}

/* Run one bound write. */
static enum status write_step(struct sqlite *sqlite, enum statement which, bool is_bound, const char *doing) {
    if (!is_bound || sqlite3_step(use(sqlite, which)) != SQLITE_DONE)
        return write_failed(sqlite, doing, false);
    done(use(sqlite, which));
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

static enum status write_commit(struct sqlite *sqlite, const char *doing) {
    if (sqlite3_step(use(sqlite, STATEMENT_COMMIT)) != SQLITE_DONE)
        return write_failed(sqlite, doing, true);
    done(use(sqlite, STATEMENT_COMMIT));
    checkpoint_when_due(sqlite);
    return STATUS_OK;
}

/* ---- the journal ---- */

static enum status sqlite_append(struct store *store, const struct store_row *rows, uint32_t count) {
    static const char doing[] = "append to the journal";
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *add = use(sqlite, STATEMENT_ROW_ADD);
    TRY(write_begin(sqlite));
    for (uint32_t i = 0; i < count; i++) {
        struct slice hash = {(const char *)rows[i].hash, STORE_HASH_BYTES};
        bool is_bound = bind_number(add, 1, rows[i].seq) && bind_blob(add, 2, hash) && bind_blob(add, 3, rows[i].blob);
        TRY(write_step(sqlite, STATEMENT_ROW_ADD, is_bound, doing));
    }
    return write_commit(sqlite, doing);
}

static enum status row_take(struct sqlite *sqlite, sqlite3_stmt *statement, struct arena *arena,
                            struct store_row *ret_row) {
    struct slice hash = column_bytes(statement, 0);
    if (hash.len != STORE_HASH_BYTES)
        return malformed(sqlite, "a hash of another length");
    struct slice blob = arena_copy(arena, column_bytes(statement, 1));
    if (blob.ptr == NULL)
        return STATUS_NO_MEMORY;
    memcpy(ret_row->hash, hash.ptr, STORE_HASH_BYTES);
    ret_row->blob = blob;
    return STATUS_OK;
}

static enum status sqlite_read(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = use(sqlite, STATEMENT_ROW_READ);
    if (seq > INT64_MAX)
        return STATUS_NOT_FOUND;
    struct store_row row = {.seq = seq};
    int code = bind_number(statement, 1, seq) ? sqlite3_step(statement) : BIND_FAILED;
    enum status status = STATUS_NOT_FOUND;
    if (code == SQLITE_ROW)
        status = row_take(sqlite, statement, arena, &row);
    else if (code != SQLITE_DONE)
        status = sqlite_fail(sqlite, "read the journal");
    done(statement);
    TRY(status);
    *ret_row = row;
    return STATUS_OK;
}

static enum status sqlite_last(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = use(sqlite, STATEMENT_ROW_LAST);
    enum status status = STATUS_OK;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct slice hash = column_bytes(statement, 1);
        int64_t seq = sqlite3_column_int64(statement, 0);
        if (seq <= 0 || hash.len != STORE_HASH_BYTES) {
            status = malformed(sqlite, "the last row of the journal");
        } else {
            *ret_seq = (uint64_t)seq;
            memcpy(ret_hash, hash.ptr, STORE_HASH_BYTES);
        }
    } else if (code == SQLITE_DONE) {
        *ret_seq = 0;
        memset(ret_hash, 0, STORE_HASH_BYTES);
    } else {
        status = sqlite_fail(sqlite, "read the journal");
    }
    done(statement);
    return status;
}

/* ---- documents, in parts ---- */

static enum status parts_add(struct sqlite *sqlite, const struct store_document *document, const char *doing) {
    size_t size = document->value.len;
    size_t parts = size == 0 ? 1 : (size + PART_BYTES - 1) / PART_BYTES;
    sqlite3_stmt *add = use(sqlite, STATEMENT_PART_ADD);
    for (size_t part = 0; part < parts; part++) {
        size_t from = part * PART_BYTES;
        size_t len = size - from < PART_BYTES ? size - from : PART_BYTES;
        struct slice bytes = {len > 0 ? document->value.ptr + from : "", len};
        bool is_bound = bind_key(add, document->kind, document->name) && bind_number(add, 3, part) &&
                        bind_number(add, 4, parts) && bind_blob(add, 5, bytes);
        TRY(write_step(sqlite, STATEMENT_PART_ADD, is_bound, doing));
    }
    return STATUS_OK;
}

static enum status sqlite_put(struct store *store, const struct store_document *document) {
    static const char doing[] = "write a document";
    struct sqlite *sqlite = sqlite_of(store);
    TRY(write_begin(sqlite));
    bool is_bound = bind_key(use(sqlite, STATEMENT_DOCUMENT_DELETE), document->kind, document->name);
    TRY(write_step(sqlite, STATEMENT_DOCUMENT_DELETE, is_bound, doing));
    TRY(parts_add(sqlite, document, doing));
    return write_commit(sqlite, doing);
}

static enum status sqlite_delete(struct store *store, struct slice kind, struct slice name) {
    static const char doing[] = "delete a document";
    struct sqlite *sqlite = sqlite_of(store);
    TRY(write_begin(sqlite));
    bool is_bound = bind_key(use(sqlite, STATEMENT_DOCUMENT_DELETE), kind, name);
    TRY(write_step(sqlite, STATEMENT_DOCUMENT_DELETE, is_bound, doing));
    return write_commit(sqlite, doing);
}

/* The size of a document whose parts are all there; the headers of the rows say it without their values. */
static enum status parts_measure(struct sqlite *sqlite, sqlite3_stmt *statement, size_t *ret_size) {
    int64_t parts = 0, wanted = 0;
    size_t size = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t total = sqlite3_column_int64(statement, 1);
        if (sqlite3_column_int64(statement, 0) != parts || (parts > 0 && total != wanted))
            return malformed(sqlite, "a part of a document");
        wanted = total;
        parts++;
        size += (size_t)sqlite3_column_int64(statement, 2);
    }
    if (code != SQLITE_DONE)
        return sqlite_fail(sqlite, "read a document");
    if (parts == 0)
        return STATUS_NOT_FOUND;
    if (parts != wanted)
        return malformed(sqlite, "a part of a document is missing");
    *ret_size = size;
    return STATUS_OK;
}

static enum status parts_join(struct sqlite *sqlite, sqlite3_stmt *statement, char *value, size_t size) {
    size_t at = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct slice part = column_bytes(statement, 0);
        if (part.len > size - at)
            return malformed(sqlite, "a part of a document");
        if (part.len > 0)
            memcpy(value + at, part.ptr, part.len);
        at += part.len;
    }
    if (code != SQLITE_DONE)
        return sqlite_fail(sqlite, "read a document");
    return at == size ? STATUS_OK : malformed(sqlite, "a part of a document");
}

static enum status document_read(struct sqlite *sqlite, struct slice kind, struct slice name, struct arena *arena,
                                 struct slice *ret_value) {
    sqlite3_stmt *sizes = use(sqlite, STATEMENT_PART_SIZES);
    sqlite3_stmt *values = use(sqlite, STATEMENT_PART_VALUES);
    if (!bind_key(sizes, kind, name) || !bind_key(values, kind, name))
        return sqlite_fail(sqlite, "read a document");
    size_t size = 0;
    TRY(parts_measure(sqlite, sizes, &size));
    char *value = arena_alloc(arena, size + 1);
    if (value == NULL)
        return STATUS_NO_MEMORY;
    TRY(parts_join(sqlite, values, value, size));
    *ret_value = (struct slice){value, size};
    return STATUS_OK;
}

/* Both walks over the parts see one state of the database. */
static enum status sqlite_get(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                              struct slice *ret_value) {
    struct sqlite *sqlite = sqlite_of(store);
    enum status status = STATUS_OK;
    if (sqlite3_step(use(sqlite, STATEMENT_BEGIN_READ)) != SQLITE_DONE)
        status = sqlite_fail(sqlite, "read a document");
    done(use(sqlite, STATEMENT_BEGIN_READ));
    TRY(status);
    status = document_read(sqlite, kind, name, arena, ret_value);
    done(use(sqlite, STATEMENT_PART_SIZES));
    done(use(sqlite, STATEMENT_PART_VALUES));
    if (!sqlite3_get_autocommit(sqlite->db)) /* some failures end it by themselves */
        (void)sqlite3_step(use(sqlite, STATEMENT_ROLLBACK));
    done(use(sqlite, STATEMENT_ROLLBACK));
    return status;
}

static enum status sqlite_list(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                               uint32_t *ret_count) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = use(sqlite, STATEMENT_NAMES);
    struct slice *names = NULL;
    uint32_t count = 0;
    enum status status = STATUS_OK;
    int code = bind_text(statement, 1, kind) ? SQLITE_ROW : BIND_FAILED;
    while (status == STATUS_OK && code == SQLITE_ROW && (code = sqlite3_step(statement)) == SQLITE_ROW)
        status = store_names_add(arena, &names, &count, column_bytes(statement, 0));
    if (status == STATUS_OK && code != SQLITE_DONE)
        status = sqlite_fail(sqlite, "list documents");
    done(statement);
    TRY(status);
    *ret_names = names;
    *ret_count = count;
    return STATUS_OK;
}

/* The last close moves the log into the database; a broken store touches nothing any more. */
static void sqlite_close(struct store *store) {
    struct sqlite *sqlite = sqlite_of(store);
    if (store->is_broken && sqlite->db != NULL)
        (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    for (int i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(sqlite->statements[i]);
    int code = sqlite3_close(sqlite->db);
    assert(code == SQLITE_OK); /* no statement is left */
    if (sqlite->lock_fd >= 0)
        (void)close(sqlite->lock_fd); /* after the last write */
    free(sqlite);
}

const struct store_adapter SQLITE_ADAPTER = {.append = sqlite_append,
                                             .read = sqlite_read,
                                             .last = sqlite_last,
                                             .put = sqlite_put,
                                             .get = sqlite_get,
                                             .list = sqlite_list,
                                             .delete = sqlite_delete,
                                             .close = sqlite_close};
