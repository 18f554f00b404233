/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows and documents in SQLite. */
#include "store/sqlite_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"

enum {
    PART_BYTES = 16 << 20, /* SQLite's limit is 1 GB for a value, and it holds one at a time in memory */
};

/* ---- the journal ---- */

static enum status sqlite_append(struct store *store, const struct store_row *rows, uint32_t count) {
    static const char doing[] = "append to the journal";
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *add = sqlite_use(sqlite, STATEMENT_ROW_ADD);
    TRY(sqlite_write_begin(sqlite));
    for (uint32_t i = 0; i < count; i++) {
        struct slice hash = {(const char *)rows[i].hash, STORE_HASH_BYTES};
        bool is_bound = sqlite_bind_number(add, 1, rows[i].seq) && sqlite_bind_blob(add, 2, hash) &&
                        sqlite_bind_blob(add, 3, rows[i].blob);
        TRY(sqlite_write_step(sqlite, STATEMENT_ROW_ADD, is_bound, doing));
    }
    return sqlite_write_commit(sqlite, doing);
}

static enum status row_take(struct sqlite *sqlite, sqlite3_stmt *statement, struct arena *arena,
                            struct store_row *ret_row) {
    struct slice hash = sqlite_column_bytes(statement, 0);
    if (hash.len != STORE_HASH_BYTES)
        return sqlite_malformed(sqlite, "a hash of another length");
    struct slice blob = arena_copy(arena, sqlite_column_bytes(statement, 1));
    if (blob.ptr == NULL)
        return STATUS_NO_MEMORY;
    memcpy(ret_row->hash, hash.ptr, STORE_HASH_BYTES);
    ret_row->blob = blob;
    return STATUS_OK;
}

static enum status sqlite_read(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_ROW_READ);
    if (seq > INT64_MAX)
        return STATUS_NOT_FOUND;
    struct store_row row = {.seq = seq};
    int code = sqlite_bind_number(statement, 1, seq) ? sqlite3_step(statement) : SQLITE_BIND_FAILED;
    enum status status = STATUS_NOT_FOUND;
    if (code == SQLITE_ROW)
        status = row_take(sqlite, statement, arena, &row);
    else if (code != SQLITE_DONE)
        status = sqlite_fail(sqlite, "read the journal");
    sqlite_done(statement);
    TRY(status);
    *ret_row = row;
    return STATUS_OK;
}

static enum status sqlite_last(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_ROW_LAST);
    enum status status = STATUS_OK;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct slice hash = sqlite_column_bytes(statement, 1);
        int64_t seq = sqlite3_column_int64(statement, 0);
        if (seq <= 0 || hash.len != STORE_HASH_BYTES) {
            status = sqlite_malformed(sqlite, "the last row of the journal");
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
    sqlite_done(statement);
    return status;
}

/* ---- documents, in parts ---- */

static bool bind_key(sqlite3_stmt *statement, struct slice kind, struct slice name) {
    return sqlite_bind_text(statement, 1, kind) && sqlite_bind_text(statement, 2, name);
}

/* Nothing else would show a change of a document, or of the name that it is found by. */
static uint64_t part_checksum(const struct store_document *part, uint64_t number, uint64_t parts) {
    XXH3_state_t state;
    char lengths[40];
    bytes_put_u64(lengths, part->kind.len);
    bytes_put_u64(lengths + 8, part->name.len);
    bytes_put_u64(lengths + 16, part->value.len);
    bytes_put_u64(lengths + 24, number);
    bytes_put_u64(lengths + 32, parts);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, lengths, sizeof lengths);
    XXH3_64bits_update(&state, part->kind.ptr, part->kind.len);
    XXH3_64bits_update(&state, part->name.ptr, part->name.len);
    XXH3_64bits_update(&state, part->value.ptr, part->value.len);
    return XXH3_64bits_digest(&state);
}

static enum status parts_add(struct sqlite *sqlite, const struct store_document *document, const char *doing) {
    size_t size = document->value.len;
    size_t parts = size == 0 ? 1 : (size + PART_BYTES - 1) / PART_BYTES;
    sqlite3_stmt *add = sqlite_use(sqlite, STATEMENT_PART_ADD);
    for (size_t part = 0; part < parts; part++) {
        size_t from = part * PART_BYTES;
        size_t len = size - from < PART_BYTES ? size - from : PART_BYTES;
        struct slice bytes = {len > 0 ? document->value.ptr + from : "", len};
        struct store_document piece = {document->kind, document->name, bytes};
        bool is_bound = bind_key(add, document->kind, document->name) && sqlite_bind_number(add, 3, part) &&
                        sqlite_bind_number(add, 4, parts) && sqlite_bind_blob(add, 5, bytes) &&
                        sqlite_bind_number(add, 6, part_checksum(&piece, part, parts));
        TRY(sqlite_write_step(sqlite, STATEMENT_PART_ADD, is_bound, doing));
    }
    return STATUS_OK;
}

static enum status sqlite_put(struct store *store, const struct store_document *document) {
    static const char doing[] = "write a document";
    struct sqlite *sqlite = sqlite_of(store);
    TRY(sqlite_write_begin(sqlite));
    bool is_bound = bind_key(sqlite_use(sqlite, STATEMENT_DOCUMENT_DELETE), document->kind, document->name);
    TRY(sqlite_write_step(sqlite, STATEMENT_DOCUMENT_DELETE, is_bound, doing));
    TRY(parts_add(sqlite, document, doing));
    return sqlite_write_commit(sqlite, doing);
}

static enum status sqlite_delete(struct store *store, struct slice kind, struct slice name) {
    static const char doing[] = "delete a document";
    struct sqlite *sqlite = sqlite_of(store);
    TRY(sqlite_write_begin(sqlite));
    bool is_bound = bind_key(sqlite_use(sqlite, STATEMENT_DOCUMENT_DELETE), kind, name);
    TRY(sqlite_write_step(sqlite, STATEMENT_DOCUMENT_DELETE, is_bound, doing));
    return sqlite_write_commit(sqlite, doing);
}

/* The size of a document whose parts are all there; the headers of the rows say it without their values. */
static enum status parts_measure(struct sqlite *sqlite, sqlite3_stmt *statement, size_t *ret_size) {
    int64_t parts = 0, wanted = 0;
    size_t size = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t total = sqlite3_column_int64(statement, 1);
        if (sqlite3_column_int64(statement, 0) != parts || (parts > 0 && total != wanted))
            return sqlite_malformed(sqlite, "a part of a document");
        wanted = total;
        parts++;
        size += (size_t)sqlite3_column_int64(statement, 2);
    }
    if (code != SQLITE_DONE)
        return sqlite_fail(sqlite, "read a document");
    if (parts == 0)
        return STATUS_NOT_FOUND;
    if (parts != wanted)
        return sqlite_malformed(sqlite, "a part of a document is missing");
    *ret_size = size;
    return STATUS_OK;
}

/* key: kind and name of the parts. */
static enum status parts_join(struct sqlite *sqlite, sqlite3_stmt *statement, struct store_document key, char *value,
                              size_t size) {
    size_t at = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        key.value = sqlite_column_bytes(statement, 2);
        uint64_t sum = part_checksum(&key, (uint64_t)sqlite3_column_int64(statement, 0),
                                     (uint64_t)sqlite3_column_int64(statement, 1));
        if (key.value.len > size - at || sum != (uint64_t)sqlite3_column_int64(statement, 3))
            return sqlite_malformed(sqlite, "a part of a document");
        if (key.value.len > 0)
            memcpy(value + at, key.value.ptr, key.value.len);
        at += key.value.len;
    }
    if (code != SQLITE_DONE)
        return sqlite_fail(sqlite, "read a document");
    return at == size ? STATUS_OK : sqlite_malformed(sqlite, "a part of a document");
}

static enum status document_read(struct sqlite *sqlite, struct slice kind, struct slice name, struct arena *arena,
                                 struct slice *ret_value) {
    sqlite3_stmt *sizes = sqlite_use(sqlite, STATEMENT_PART_SIZES);
    sqlite3_stmt *values = sqlite_use(sqlite, STATEMENT_PART_VALUES);
    if (!bind_key(sizes, kind, name) || !bind_key(values, kind, name))
        return sqlite_fail(sqlite, "read a document");
    size_t size = 0;
    TRY(parts_measure(sqlite, sizes, &size));
    char *value = arena_alloc(arena, size + 1);
    if (value == NULL)
        return STATUS_NO_MEMORY;
    TRY(parts_join(sqlite, values, (struct store_document){.kind = kind, .name = name}, value, size));
    *ret_value = (struct slice){value, size};
    return STATUS_OK;
}

static enum status read_begin(struct store *store) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *begin = sqlite_use(sqlite, STATEMENT_BEGIN_READ);
    enum status status = sqlite3_step(begin) == SQLITE_DONE ? STATUS_OK : sqlite_fail(sqlite, "begin to read");
    sqlite_done(begin);
    return status;
}

static void read_end(struct store *store) {
    struct sqlite *sqlite = sqlite_of(store);
    if (!sqlite3_get_autocommit(sqlite->db)) /* some failures end it by themselves */
        (void)sqlite3_step(sqlite_use(sqlite, STATEMENT_ROLLBACK));
    sqlite_done(sqlite_use(sqlite, STATEMENT_ROLLBACK));
}

/* Both walks over the parts see one state of the database. */
static enum status sqlite_get(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                              struct slice *ret_value) {
    struct sqlite *sqlite = sqlite_of(store);
    TRY(read_begin(store));
    enum status status = document_read(sqlite, kind, name, arena, ret_value);
    sqlite_done(sqlite_use(sqlite, STATEMENT_PART_SIZES));
    sqlite_done(sqlite_use(sqlite, STATEMENT_PART_VALUES));
    read_end(store);
    return status;
}

static enum status sqlite_list(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                               uint32_t *ret_count) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_NAMES);
    struct slice *names = NULL;
    uint32_t count = 0;
    enum status status = STATUS_OK;
    int code = sqlite_bind_text(statement, 1, kind) ? SQLITE_ROW : SQLITE_BIND_FAILED;
    while (status == STATUS_OK && code == SQLITE_ROW && (code = sqlite3_step(statement)) == SQLITE_ROW)
        status = store_names_add(arena, &names, &count, sqlite_column_bytes(statement, 0));
    if (status == STATUS_OK && code != SQLITE_DONE)
        status = sqlite_fail(sqlite, "list documents");
    sqlite_done(statement);
    TRY(status);
    *ret_names = names;
    *ret_count = count;
    return STATUS_OK;
}

static enum status sqlite_check(struct store *store) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_CHECK);
    enum status status = STATUS_OK;
    if (sqlite3_step(statement) != SQLITE_ROW)
        status = sqlite_fail(sqlite, "check its structure");
    else if (!slice_is(sqlite_column_bytes(statement, 0), "ok"))
        status = store_fail(store, STATUS_INVALID, "the structure of the database is damaged: " SLICE_FMT,
                            SLICE_ARG(sqlite_column_bytes(statement, 0)));
    sqlite_done(statement);
    return status;
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
                                             .bills_write = sqlite_bills_write,
                                             .bills_mark = sqlite_bills_mark,
                                             .bills_chunk = sqlite_bills_chunk,
                                             .bills_run = sqlite_bills_run,
                                             .bills_key = sqlite_bills_key,
                                             .bills_sum = sqlite_bills_sum,
                                             .sums_write = sqlite_sums_write,
                                             .sums_mark = sqlite_sums_mark,
                                             .sum_get = sqlite_sum_get,
                                             .sums_scan = sqlite_sums_scan,
                                             .read_begin = read_begin,
                                             .read_end = read_end,
                                             .check = sqlite_check,
                                             .close = sqlite_close};
