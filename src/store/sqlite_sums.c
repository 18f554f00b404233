/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums in SQLite: a row for each, with a checksum, and one for the mark. Journals from before there were sums lack the
 * tables until a writer opens them. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "store/sqlite_private.h"

static const char READING[] = "read the sums", WRITING[] = "write the sums";

static uint64_t sum_checksum(const struct store_sum *sum) {
    char place[16];
    bytes_put_u64(place, (uint64_t)sum->at_ns);
    bytes_put_u64(place + 8, sum->kind);
    uint64_t seed = XXH3_64bits_withSeed(sum->account.ptr, sum->account.len, XXH3_64bits(place, sizeof place));
    return XXH3_64bits_withSeed(sum->value.ptr, sum->value.len, seed);
}

static uint64_t mark_checksum(uint64_t seq) {
    char bytes[8];
    bytes_put_u64(bytes, seq);
    return XXH3_64bits(bytes, sizeof bytes);
}

/* ---- writing ---- */

static enum status kind_drop(struct sqlite *sqlite, uint64_t kind) {
    bool is_bound = sqlite_bind_number(sqlite_use(sqlite, STATEMENT_SUMS_DROP), 1, kind);
    return sqlite_write_step(sqlite, STATEMENT_SUMS_DROP, is_bound, WRITING);
}

static enum status sum_put(struct sqlite *sqlite, const struct store_sum *sum) {
    sqlite3_stmt *put = sqlite_use(sqlite, STATEMENT_SUM_PUT);
    bool is_bound = sqlite_bind_number(put, 1, sum->kind) && sqlite_bind_blob(put, 2, sum->account) &&
                    sqlite_bind_number(put, 3, (uint64_t)sum->at_ns) && sqlite_bind_blob(put, 4, sum->value) &&
                    sqlite_bind_number(put, 5, sum_checksum(sum));
    return sqlite_write_step(sqlite, STATEMENT_SUM_PUT, is_bound, WRITING);
}

enum status sqlite_sums_write(struct store *store, const struct store_sums_write *write) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *mark = sqlite_use(sqlite, STATEMENT_SUMS_MARK_SET);
    TRY(sqlite_write_begin(sqlite));
    for (uint32_t kind = 0; kind < STORE_SUM_KINDS; kind++)
        if (write->dropped & 1U << kind)
            TRY(kind_drop(sqlite, kind));
    for (uint32_t i = 0; i < write->count; i++)
        TRY(sum_put(sqlite, &write->sums[i]));
    bool is_bound = sqlite_bind_number(mark, 1, write->seq) && sqlite_bind_number(mark, 2, mark_checksum(write->seq));
    TRY(sqlite_write_step(sqlite, STATEMENT_SUMS_MARK_SET, is_bound, WRITING));
    return sqlite_write_commit(sqlite, WRITING);
}

/* ---- reading ---- */

enum status sqlite_sums_mark(struct store *store, uint64_t *ret_seq) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_SUMS_MARK_READ);
    enum status status = STATUS_OK;
    uint64_t seq = 0;
    if (!sqlite->has_sums) {
        *ret_seq = 0;
        return STATUS_OK;
    }
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        seq = (uint64_t)sqlite3_column_int64(statement, 0);
        if ((uint64_t)sqlite3_column_int64(statement, 1) != mark_checksum(seq))
            status = sqlite_malformed(sqlite, "the mark of the sums");
    } else if (code != SQLITE_DONE) {
        status = sqlite_fail(sqlite, READING);
    }
    sqlite_done(statement);
    TRY(status);
    *ret_seq = seq;
    return STATUS_OK;
}

static enum status checksum_look(struct sqlite *sqlite, sqlite3_stmt *statement, int at, const struct store_sum *sum) {
    return (uint64_t)sqlite3_column_int64(statement, at) == sum_checksum(sum) ? STATUS_OK
                                                                              : sqlite_malformed(sqlite, "a sum");
}

enum status sqlite_sum_get(struct store *store, struct store_sum *sum, struct arena *arena) {
    struct sqlite *sqlite = sqlite_of(store);
    sqlite3_stmt *statement = sqlite_use(sqlite, STATEMENT_SUM_GET);
    struct store_sum found = *sum;
    if (!sqlite->has_sums)
        return STATUS_NOT_FOUND;
    bool is_bound = sqlite_bind_number(statement, 1, sum->kind) && sqlite_bind_blob(statement, 2, sum->account) &&
                    sqlite_bind_number(statement, 3, (uint64_t)sum->at_ns);
    int code = is_bound ? sqlite3_step(statement) : SQLITE_BIND_FAILED;
    enum status status = code == SQLITE_DONE ? STATUS_NOT_FOUND : STATUS_OK;
    if (code == SQLITE_ROW) {
        found.value = sqlite_column_bytes(statement, 0);
        status = checksum_look(sqlite, statement, 1, &found);
        found.value = status == STATUS_OK ? arena_copy(arena, found.value) : found.value;
    } else if (code != SQLITE_DONE) {
        status = sqlite_fail(sqlite, READING);
    }
    sqlite_done(statement);
    TRY(status);
    *sum = found;
    return sum->value.ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool scan_bind(sqlite3_stmt *statement, const struct store_sum_filter *filter) {
    return sqlite_bind_number(statement, 1, filter->kind) &&
           sqlite_bind_number(statement, 2, (uint64_t)filter->from_ns) &&
           sqlite_bind_number(statement, 3, (uint64_t)filter->until_ns) &&
           (filter->account.len == 0 || sqlite_bind_blob(statement, 4, filter->account));
}

enum status sqlite_sums_scan(struct store *store, const struct store_sum_filter *filter, store_sum_visit *visit,
                             void *context) {
    struct sqlite *sqlite = sqlite_of(store);
    if (!sqlite->has_sums)
        return STATUS_OK;
    sqlite3_stmt *statement =
        sqlite_use(sqlite, filter->account.len > 0 ? STATEMENT_SUMS_OF_ACCOUNT : STATEMENT_SUMS_OF_ALL);
    enum status status = STATUS_OK;
    int code = scan_bind(statement, filter) ? SQLITE_ROW : SQLITE_BIND_FAILED;
    while (status == STATUS_OK && code == SQLITE_ROW && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_sum sum = {.kind = filter->kind,
                                .account = sqlite_column_bytes(statement, 0),
                                .at_ns = sqlite3_column_int64(statement, 1),
                                .value = sqlite_column_bytes(statement, 2)};
        status = checksum_look(sqlite, statement, 3, &sum);
        if (status == STATUS_OK)
            status = visit(context, &sum);
    }
    if (status == STATUS_OK && code != SQLITE_DONE)
        status = sqlite_fail(sqlite, READING);
    sqlite_done(statement);
    return status;
}
