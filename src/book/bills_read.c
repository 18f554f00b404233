/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills out of the store. A state knows the bills that were closed by then, and only these are handed out, so
 * that a reader who looks at the past, or beside a writer, sees one moment. */
#include "bill/bill_code.h"
#include "book/book_private.h"

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
    TRY(bill_decode(row->body, scan->book->tariffs, &scan->arena, &bill));
    bill.series = row->series;
    return scan->visit(scan->context, &bill);
}

enum status book_bills(struct book *book, const struct store_bill_filter *filter, book_bill_visit *visit,
                       void *context) {
    struct scan scan = {.book = book, .visit = visit, .context = context};
    struct store_bill_filter known = *filter;
    uint64_t end = atomic_load(&book->bill_count) + 1;
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
    if (row.position > atomic_load(&book->bill_count))
        return STATUS_NOT_FOUND;
    TRY(bill_decode(row.body, book->tariffs, arena, ret_bill));
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

enum status book_every_bill(struct book *book, int64_t until_ns, book_bill_visit *visit, void *context) {
    struct statement statement;
    TRY(book_bills(book, &(struct store_bill_filter){.limit = 0}, visit, context));
    TRY(book_preview(book, until_ns, &statement));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++)
        status = visit(context, &statement.bills[i]);
    statement_free(&statement);
    return status;
}
