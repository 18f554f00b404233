/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills in SQLite: a row for each chunk, and beside it two indexes (the bills of an account, the numbers of a series)
 * and the mark, which has a checksum because nothing else would show a change of it. */
#include <inttypes.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "store/sqlite_private.h"

static const char READING[] = "read the bills";

/* ---- writing ---- */

static uint64_t mark_checksum(const struct store_mark *mark) {
    char bytes[16 + STORE_HASH_BYTES];
    bytes_put_u64(bytes, mark->seq);
    bytes_put_u64(bytes + 8, mark->position);
    memcpy(bytes + 16, mark->head, STORE_HASH_BYTES);
    return XXH3_64bits(bytes, sizeof bytes);
}

static enum status chunk_add(struct sqlite *sqlite, const struct bill_chunk *chunk, const char *doing) {
    sqlite3_stmt *add = sqlite_use(sqlite, STATEMENT_CHUNK_ADD);
    struct slice head = {(const char *)chunk->head, STORE_HASH_BYTES};
    bool is_bound = sqlite_bind_number(add, 1, chunk->first) && sqlite_bind_number(add, 2, chunk->count) &&
                    sqlite_bind_blob(add, 3, head) && sqlite_bind_blob(add, 4, chunk->blob);
    return sqlite_write_step(sqlite, STATEMENT_CHUNK_ADD, is_bound, doing);
}

static enum status key_add(struct sqlite *sqlite, const struct bill_key *key, const char *doing) {
    sqlite3_stmt *add = sqlite_use(sqlite, STATEMENT_KEY_ADD);
    bool is_bound = sqlite_bind_number(add, 1, key->account) && sqlite_bind_number(add, 2, key->position);
    return sqlite_write_step(sqlite, STATEMENT_KEY_ADD, is_bound, doing);
}

static enum status run_add(struct sqlite *sqlite, const struct bill_run *run, const char *doing) {
    sqlite3_stmt *add = sqlite_use(sqlite, STATEMENT_RUN_ADD);
    bool is_bound = sqlite_bind_blob(add, 1, run->series) && sqlite_bind_number(add, 2, run->first) &&
                    sqlite_bind_number(add, 3, run->count) && sqlite_bind_number(add, 4, run->chunk);
    return sqlite_write_step(sqlite, STATEMENT_RUN_ADD, is_bound, doing);
}

static enum status mark_set(struct sqlite *sqlite, const struct store_mark *mark, const char *doing) {
    sqlite3_stmt *set = sqlite_use(sqlite, STATEMENT_MARK_SET);
    struct slice head = {(const char *)mark->head, STORE_HASH_BYTES};
    bool is_bound = sqlite_bind_number(set, 1, mark->seq) && sqlite_bind_number(set, 2, mark->position) &&
                    sqlite_bind_blob(set, 3, head) && sqlite_bind_number(set, 4, mark_checksum(mark));
    return sqlite_write_step(sqlite, STATEMENT_MARK_SET, is_bound, doing);
}

enum status sqlite_bills_write(struct store *store, const struct bill_write *write) {
    static const char doing[] = "append bills";
    struct sqlite *sqlite = sqlite_of(store);
    TRY(sqlite_write_begin(sqlite));
    for (uint32_t i = 0; i < write->chunk_count; i++)
        TRY(chunk_add(sqlite, &write->chunks[i], doing));
    for (uint32_t i = 0; i < write->key_count; i++)
        TRY(key_add(sqlite, &write->keys[i], doing));
    for (uint32_t i = 0; i < write->run_count; i++)
        TRY(run_add(sqlite, &write->runs[i], doing));
    TRY(mark_set(sqlite, &write->mark, doing));
    return sqlite_write_commit(sqlite, doing);
}

/* ---- reading ---- */

/* What a step that found no row means. The lowest or highest of nothing is a row of NULL. */
static enum status no_row(struct sqlite *sqlite, int code) {
    return code == SQLITE_DONE || code == SQLITE_ROW ? STATUS_NOT_FOUND : sqlite_fail(sqlite, READING);
}

static bool has_number(sqlite3_stmt *statement, int code) {
    return code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL;
}

static enum status mark_take(struct sqlite *sqlite, sqlite3_stmt *statement, struct store_mark *ret_mark) {
    struct store_mark mark = {.seq = (uint64_t)sqlite3_column_int64(statement, 0),
                              .position = (uint64_t)sqlite3_column_int64(statement, 1)};
    struct slice head = sqlite_column_bytes(statement, 2);
    if (head.len == STORE_HASH_BYTES)
        memcpy(mark.head, head.ptr, STORE_HASH_BYTES);
    if (head.len != STORE_HASH_BYTES || (uint64_t)sqlite3_column_int64(statement, 3) != mark_checksum(&mark))
        return sqlite_malformed(sqlite, "the mark of the bills");
    *ret_mark = mark;
    return STATUS_OK;
}

enum status sqlite_bills_mark(struct store *store, struct store_mark *ret_mark) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_MARK_READ);
    struct store_mark mark = {0};
    int code = sqlite3_step(statement);
    enum status status = code == SQLITE_ROW ? mark_take(sqlite, statement, &mark) : no_row(sqlite, code);
    sqlite_done(statement);
    if (status != STATUS_NOT_FOUND) /* that is a store without bills */
        TRY(status);
    *ret_mark = mark;
    return STATUS_OK;
}

static enum status chunk_take(struct sqlite *sqlite, sqlite3_stmt *statement, struct arena *arena,
                              struct bill_chunk *ret_chunk) {
    int64_t first = sqlite3_column_int64(statement, 0), count = sqlite3_column_int64(statement, 1);
    struct slice head = sqlite_column_bytes(statement, 2);
    if (first <= 0 || count <= 0 || count > BILL_CHUNK_COUNT_MAX || head.len != STORE_HASH_BYTES)
        return sqlite_malformed(sqlite, "a row of bills");
    struct bill_chunk chunk = {.first = (uint64_t)first, .count = (uint32_t)count};
    memcpy(chunk.head, head.ptr, STORE_HASH_BYTES);
    chunk.blob = arena_copy(arena, sqlite_column_bytes(statement, 3));
    if (chunk.blob.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_chunk = chunk;
    return STATUS_OK;
}

enum status sqlite_bills_chunk(struct store *store, uint64_t position, struct arena *arena,
                               struct bill_chunk *ret_chunk) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_CHUNK_FIND);
    int code = sqlite_bind_number(statement, 1, position) ? sqlite3_step(statement) : SQLITE_BIND_FAILED;
    enum status status = code == SQLITE_ROW ? chunk_take(sqlite, statement, arena, ret_chunk) : no_row(sqlite, code);
    sqlite_done(statement);
    return status;
}

enum status sqlite_bills_run(struct store *store, struct slice series, uint64_t number, struct bill_run *ret_run) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_RUN_FIND);
    bool is_bound = sqlite_bind_blob(statement, 1, series) && sqlite_bind_number(statement, 2, number);
    int code = is_bound ? sqlite3_step(statement) : SQLITE_BIND_FAILED;
    enum status status = STATUS_OK;
    if (has_number(statement, code))
        *ret_run = (struct bill_run){series, (uint64_t)sqlite3_column_int64(statement, 0),
                                     (uint64_t)sqlite3_column_int64(statement, 1),
                                     (uint64_t)sqlite3_column_int64(statement, 2)};
    else
        status = no_row(sqlite, code);
    sqlite_done(statement);
    return status;
}

enum status sqlite_bills_key(struct store *store, const struct bill_key *from, uint64_t until, bool is_last,
                             uint64_t *ret_position) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, is_last ? STATEMENT_KEY_LAST : STATEMENT_KEY_FIRST);
    bool is_bound = sqlite_bind_number(statement, 1, from->account) &&
                    sqlite_bind_number(statement, 2, from->position) && sqlite_bind_number(statement, 3, until - 1);
    int code = is_bound ? sqlite3_step(statement) : SQLITE_BIND_FAILED;
    enum status status = STATUS_OK;
    if (has_number(statement, code))
        *ret_position = (uint64_t)sqlite3_column_int64(statement, 0);
    else
        status = no_row(sqlite, code);
    sqlite_done(statement);
    return status;
}

/* ---- sums ---- */

static enum status keys_sum(struct sqlite *sqlite, struct bill_index_sum *sum) {
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_KEY_ALL);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct bill_key key = {(uint64_t)sqlite3_column_int64(statement, 0),
                                     (uint64_t)sqlite3_column_int64(statement, 1)};
        sum->keys += bill_key_hash(&key);
        sum->key_count++;
    }
    enum status status = code == SQLITE_DONE ? STATUS_OK : sqlite_fail(sqlite, READING);
    sqlite_done(statement);
    return status;
}

static enum status runs_sum(struct sqlite *sqlite, struct bill_index_sum *sum) {
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_RUN_ALL);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct bill_run run = {sqlite_column_bytes(statement, 0), (uint64_t)sqlite3_column_int64(statement, 1),
                                     (uint64_t)sqlite3_column_int64(statement, 2),
                                     (uint64_t)sqlite3_column_int64(statement, 3)};
        sum->runs += bill_run_hash(&run);
        sum->run_count++;
    }
    enum status status = code == SQLITE_DONE ? STATUS_OK : sqlite_fail(sqlite, READING);
    sqlite_done(statement);
    return status;
}

enum status sqlite_bills_sum(struct store *store, struct bill_index_sum *ret_sum) {
    struct bill_index_sum sum = {0};
    TRY(keys_sum(sqlite_of(store), &sum));
    TRY(runs_sum(sqlite_of(store), &sum));
    *ret_sum = sum;
    return STATUS_OK;
}
