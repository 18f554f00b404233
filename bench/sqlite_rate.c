/* SPDX-License-Identifier: Apache-2.0
 *
 * The same kind of job done by SQLite: import every line as a row, drop duplicates by a unique index, then one SQL
 * statement that sums quantities per account, cycle and operation and multiplies them by a price. Kept fair to SQLite:
 * lines are decoded by the same JSON parser, statements are prepared, everything is one transaction, journal and
 * fsync are off, the file is in the temporary folder. It does less than rating does: one item per event, flat
 * prices in 64-bit integers, no rounding rules, tiers, packages or explanations.
 *
 * With `durable` every 10,000 rows are synced (WAL, synchronous=FULL), which is what a book promises for its batches.
 *
 * Usage: sqlite_rate JOURNAL DATABASE [durable]. Prints one JSON object. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "cxx/json.h"
#include "lines.h"

enum { ROWS_SYNCED = 10000 };

struct row {
    struct slice id, source, type, account, time, outcome;
    int64_t milli_units; /* quantity x 1000 */
};

static void run_sql(sqlite3 *db, const char *sql) {
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "sqlite_rate: %s\n", message);
        exit(4);
    }
}

static int64_t milli(struct slice text) {
    int64_t value = 0;
    int decimals = -1;
    for (size_t i = 0; i < text.len && decimals < 3; i++) {
        if (text.ptr[i] == '.') {
            decimals = 0;
        } else {
            value = value * 10 + (text.ptr[i] - '0');
            decimals += decimals >= 0;
        }
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 3; decimals++)
        value *= 10;
    return value;
}

static bool is_measure(struct slice key) {
    return slice_is(key, "count") || slice_is(key, "seconds") || slice_is(key, "input_seconds") ||
           slice_is(key, "output_seconds") || slice_is(key, "tokens");
}

static void fill_member(struct row *row, struct slice key, struct slice value) {
    if (slice_is(key, "id"))
        row->id = value;
    else if (slice_is(key, "source"))
        row->source = value;
    else if (slice_is(key, "type"))
        row->type = value;
    else if (slice_is(key, "subject"))
        row->account = value;
    else if (slice_is(key, "time"))
        row->time = (struct slice){value.ptr, value.len < 13 ? value.len : 13}; /* the hour is the cycle */
    else if (slice_is(key, "outcome"))
        row->outcome = value;
    else if (is_measure(key))
        row->milli_units += milli(value);
}

static bool decode(struct json_parser *parser, const char *line, size_t len, struct row *ret_row) {
    const struct json_token *tokens;
    struct json_error error = {0};
    size_t count = json_parse(parser, line, len, &tokens, &error);
    *ret_row = (struct row){0};
    for (size_t i = 0; i + 1 < count; i++) {
        const struct json_token *value = &tokens[i + 1];
        if (tokens[i].type == JSON_KEY && (value->type == JSON_TEXT || value->type == JSON_NUMBER))
            fill_member(ret_row, (struct slice){tokens[i].ptr, tokens[i].len}, (struct slice){value->ptr, value->len});
    }
    return count > 0;
}

static void bind(sqlite3_stmt *insert, int column, struct slice text) {
    sqlite3_bind_text(insert, column, text.ptr, (int)text.len, SQLITE_STATIC);
}

static uint64_t import(sqlite3 *db, const struct journal *journal, bool is_durable) {
    sqlite3_stmt *insert;
    struct json_parser *parser = json_parser_new();
    if (parser == NULL ||
        sqlite3_prepare_v2(db, "INSERT OR IGNORE INTO event VALUES(?,?,?,?,?,?,?)", -1, &insert, NULL) != SQLITE_OK)
        exit(4);
    uint64_t lines = 0;
    const char *end = journal->text + journal->len;
    for (const char *line = journal->text; line < end; lines++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop == NULL ? end : stop;
        struct row row;
        if (decode(parser, line, (size_t)(stop - line), &row)) {
            bind(insert, 1, row.source);
            bind(insert, 2, row.id);
            bind(insert, 3, row.account);
            bind(insert, 4, row.type);
            bind(insert, 5, row.time);
            bind(insert, 6, row.outcome);
            sqlite3_bind_int64(insert, 7, row.milli_units);
            if (sqlite3_step(insert) != SQLITE_DONE)
                exit(4);
            sqlite3_reset(insert);
        }
        line = stop + 1;
        if (is_durable && lines % ROWS_SYNCED == ROWS_SYNCED - 1)
            run_sql(db, "COMMIT; BEGIN");
    }
    sqlite3_finalize(insert);
    json_parser_free(parser);
    return lines;
}

static int64_t first_number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK || sqlite3_step(query) != SQLITE_ROW)
        exit(4);
    int64_t number = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return number;
}

int main(int argc, char **argv) {
    bool is_durable = argc == 4 && strcmp(argv[3], "durable") == 0;
    if (argc != 3 && !is_durable) {
        fprintf(stderr, "usage: sqlite_rate JOURNAL DATABASE [durable]\n");
        return 2;
    }
    struct journal journal;
    sqlite3 *db;
    unlink(argv[2]);
    if (!journal_read(argv[1], &journal) || sqlite3_open(argv[2], &db) != SQLITE_OK)
        return 4;
    run_sql(db, is_durable ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
                           : "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE");
    run_sql(db, "PRAGMA cache_size=-1048576;"
                "CREATE TABLE event(source TEXT, id TEXT, account TEXT, type TEXT, hour TEXT, outcome TEXT, milli INT,"
                " PRIMARY KEY(source, id)) WITHOUT ROWID;"
                "CREATE TABLE price(type TEXT PRIMARY KEY, nano INT); BEGIN");
    long long start = now_ns();
    uint64_t lines = import(db, &journal, is_durable);
    run_sql(db, "COMMIT");
    long long imported = now_ns();
    run_sql(db, "INSERT INTO price SELECT DISTINCT type, 70754 FROM event;"
                "CREATE TABLE bill AS SELECT account, hour, event.type AS item, sum(milli) AS milli, sum(milli) * nano "
                "AS amount"
                " FROM event JOIN price ON price.type = event.type WHERE outcome = 'succeeded'"
                " GROUP BY account, hour, event.type ORDER BY account, hour, event.type");
    long long summed = now_ns();
    printf("{\"lines\":%llu,\"rows\":%lld,\"bill_lines\":%lld,\"import_ns\":%lld,\"sum_ns\":%lld}\n",
           (unsigned long long)lines, (long long)first_number(db, "SELECT count(*) FROM event"),
           (long long)first_number(db, "SELECT count(*) FROM bill"), imported - start, summed - imported);
    sqlite3_close(db);
    journal_free(&journal);
    unlink(argv[2]);
    return 0;
}
