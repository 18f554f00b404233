/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills out of the store. A state knows the bills that were closed by then, and only these are handed out, so
 * that a reader who looks at the past, or beside a writer, sees one moment. */
#include "bill/bill_code.h"
#include "book/book_private.h"

enum { SLICE_POSITIONS = 4096 };

struct scan {
    struct book *book;
    struct arena arena; /* of the bill being visited */
    book_bill_visit *visit;
    void *context;
    uint64_t visited;
};

static enum status scan_one(void *context, const struct store_bill *row) {
    struct scan *scan = context;
    struct bill bill;
    arena_reset(&scan->arena);
    TRY(bill_decode(row->body, scan->book->tariffs, &scan->arena, &bill));
    bill.series = row->series;
    scan->visited++;
    return scan->visit(scan->context, &bill);
}

/* Slice by slice, for whoever writes waits for a look into the store; what was closed does not change meanwhile. */
static enum status scan_slices(struct scan *scan, const struct store_bill_filter *filter, uint64_t from,
                               uint64_t until) {
    while (from < until && (filter->limit == 0 || scan->visited < filter->limit)) {
        struct store_bill_filter part = *filter;
        uint64_t size = until - from < SLICE_POSITIONS ? until - from : SLICE_POSITIONS;
        part.from = filter->is_newest_first ? until - size : from;
        part.until = part.from + size;
        part.limit = filter->limit ? filter->limit - scan->visited : 0;
        if (filter->is_newest_first)
            until -= size;
        else
            from += size;
        TRY(store_bills_scan(scan->book->store, &part, scan_one, scan));
    }
    return STATUS_OK;
}

enum status book_bills(struct book *book, const struct store_bill_filter *filter, book_bill_visit *visit,
                       void *context) {
    struct scan scan = {.book = book, .visit = visit, .context = context};
    uint64_t end = atomic_load(&book->bill_count) + 1;
    uint64_t until = filter->until == 0 || filter->until > end ? end : filter->until;
    enum status status = scan_slices(&scan, filter, filter->from ? filter->from : 1, until);
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
