/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills out of the store. A state knows the bills that were closed by then, and only these are handed out, so
 * that a reader who looks at the past, or beside a writer, sees one moment. */
#include <stdlib.h>
#include <string.h>

#include "bill/bill_code.h"
#include "book/book_private.h"
#include "engine/view.h"

struct scan {
    struct book *book;
    struct arena arena; /* of the bill being visited */
    book_bill_visit *visit;
    void *context;
};

static enum status scan_one(void *context, const struct store_bill *row) {
    struct scan *scan = context;
    struct bill bill;
    arena_reset(&scan->arena);
    TRY(bill_decode(row->body, &scan->book->tariffs, &scan->arena, &bill));
    bill.series = row->series;
    return scan->visit(scan->context, &bill);
}

enum status book_bills(struct book *book, const struct store_bill_filter *filter, book_bill_visit *visit,
                       void *context) {
    struct scan scan = {.book = book, .visit = visit, .context = context};
    struct store_bill_filter known = *filter;
    uint64_t end = engine_bill_count(book->engine) + 1;
    if (known.until == 0 || known.until > end)
        known.until = end;
    enum status status = store_bills_scan(book->store, &known, scan_one, &scan);
    arena_free(&scan.arena);
    return status;
}

enum status book_bill(struct book *book, struct slice series, uint64_t number, struct arena *arena,
                      struct bill *ret_bill) {
    struct store_bill row;
    TRY(store_bill_get(book->store, series, number, arena, &row));
    if (row.position > engine_bill_count(book->engine))
        return STATUS_NOT_FOUND;
    TRY(bill_decode(row.body, &book->tariffs, arena, ret_bill));
    ret_bill->series = row.series;
    return STATUS_OK;
}

enum status book_bills_kept(struct book *book, uint64_t *ret_count) {
    struct store_mark mark;
    TRY(store_bills_mark(book->store, &mark));
    *ret_count = mark.position;
    return STATUS_OK;
}

/* ---- closed and open ones together ---- */

struct gathering {
    const struct tariff_set *tariffs;
    struct arena *arena;
    struct bill *bills;
    uint32_t count, cap;
};

static enum status gathering_grow(struct gathering *gathering, uint64_t cap) {
    if (cap > UINT32_MAX)
        return STATUS_RANGE;
    struct bill *grown = realloc(gathering->bills, cap * sizeof *grown);
    if (!grown)
        return STATUS_NO_MEMORY;
    gathering->bills = grown;
    gathering->cap = (uint32_t)cap;
    return STATUS_OK;
}

static enum status gather(void *context, const struct store_bill *row) {
    struct gathering *gathering = context;
    struct bill bill;
    struct slice body = arena_copy(gathering->arena, row->body), series = arena_copy(gathering->arena, row->series);
    if (!body.ptr || !series.ptr)
        return STATUS_NO_MEMORY;
    if (gathering->count == gathering->cap)
        TRY(gathering_grow(gathering, gathering->cap ? gathering->cap * (uint64_t)2 : 64));
    TRY(bill_decode(body, gathering->tariffs, gathering->arena, &bill));
    bill.series = series;
    gathering->bills[gathering->count++] = bill;
    return STATUS_OK;
}

/* The closed bills first, then those of the statement. */
static enum status prepend(struct gathering *gathering, struct statement *statement) {
    TRY(gathering_grow(gathering, (uint64_t)gathering->count + statement->bill_count + 1));
    if (statement->bill_count)
        memcpy(&gathering->bills[gathering->count], statement->bills, statement->bill_count * sizeof *statement->bills);
    free(statement->bills);
    statement->bills = gathering->bills;
    statement->bill_count += gathering->count;
    return STATUS_OK;
}

enum status book_statement(struct book *book, int64_t until_ns, struct statement *ret_statement) {
    struct statement statement;
    struct store_bill_filter known = {.until = engine_bill_count(book->engine) + 1};
    TRY(book_preview(book, until_ns, &statement));
    struct gathering gathering = {.tariffs = &book->tariffs, .arena = &statement.arena};
    enum status status = store_bills_scan(book->store, &known, gather, &gathering);
    if (status == STATUS_OK)
        status = prepend(&gathering, &statement);
    if (status != STATUS_OK) {
        free(gathering.bills);
        statement_free(&statement);
        return status;
    }
    *ret_statement = statement;
    return STATUS_OK;
}
