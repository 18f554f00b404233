/* SPDX-License-Identifier: Apache-2.0
 *
 * What rating everything again would change: closed bills and what is open, item by item, before and after. */
#include <stdlib.h>
#include <string.h>

#include "book/book_private.h"

struct comparison {
    const struct tariff_set *before, *after;
    struct arena *arena;
    struct book_difference *list; /* a row for every line; added up at the end */
    uint32_t count, cap;
};

enum side { SIDE_BEFORE = 1, SIDE_AFTER = 2 };

static enum status row_add(struct comparison *comparison, const struct bill *bill, const struct bill_line *line,
                           unsigned sides) {
    if (comparison->count == comparison->cap) {
        uint32_t cap = comparison->cap ? comparison->cap * 2 : 64;
        struct book_difference *list = realloc(comparison->list, cap * sizeof *list);
        if (!list)
            return STATUS_NO_MEMORY;
        comparison->list = list;
        comparison->cap = cap;
    }
    const struct tariff *tariff = tariff_find(comparison->before, bill->tariff->name);
    struct book_difference row = {.account = arena_copy(comparison->arena, bill->account),
                                  .item = arena_copy(comparison->arena, line->item),
                                  .tariff = tariff ? tariff : tariff_find(comparison->after, bill->tariff->name),
                                  .cycle = line->is_adjustment ? line->adjusts : bill->cycle,
                                  .is_closed = line->is_adjustment || bill->number > 0};
    if (!row.account.ptr || !row.item.ptr || !row.tariff)
        return row.tariff ? STATUS_NO_MEMORY : STATUS_INVALID;
    if (sides & SIDE_BEFORE)
        row.before = line->amount;
    if (sides & SIDE_AFTER)
        row.after = line->amount;
    comparison->list[comparison->count++] = row;
    return STATUS_OK;
}

static enum status bill_add(struct comparison *comparison, const struct bill *bill, unsigned sides) {
    for (uint32_t i = 0; bill->kind == BILL_USAGE && i < bill->line_count; i++)
        TRY(row_add(comparison, bill, &bill->lines[i], sides));
    return STATUS_OK;
}

static enum status closed_add(void *context, const struct bill *bill) {
    return bill_add(context, bill, SIDE_BEFORE | SIDE_AFTER);
}

static enum status open_add(struct comparison *comparison, struct engine *engine, unsigned side) {
    struct statement statement;
    TRY(engine_close(engine, INSTANT_MAX, &statement));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++)
        status = bill_add(comparison, &statement.bills[i], side);
    statement_free(&statement);
    return status;
}

static int row_compare(const void *left, const void *right) {
    const struct book_difference *a = left, *b = right;
    int by_account = slice_cmp(a->account, b->account);
    if (by_account)
        return by_account;
    int by_tariff = slice_cmp(a->tariff->name, b->tariff->name);
    if (by_tariff)
        return by_tariff;
    if (a->cycle.start_ns != b->cycle.start_ns)
        return a->cycle.start_ns < b->cycle.start_ns ? -1 : 1;
    return slice_cmp(a->item, b->item);
}

/* One row for what belongs together, and only where it differs. */
static enum status rows_sum(struct comparison *comparison, uint32_t *ret_count) {
    struct book_difference *list = comparison->list;
    uint32_t kept = 0;
    if (comparison->count)
        qsort(list, comparison->count, sizeof *list, row_compare);
    for (uint32_t start = 0, end; start < comparison->count; start = end) {
        struct book_difference sum = list[start];
        for (end = start + 1; end < comparison->count && row_compare(&list[start], &list[end]) == 0; end++) {
            TRY(decimal_add(sum.before, list[end].before, &sum.before));
            TRY(decimal_add(sum.after, list[end].after, &sum.after));
            sum.is_closed = sum.is_closed || list[end].is_closed;
        }
        if (decimal_cmp(sum.before, sum.after) != 0)
            list[kept++] = sum;
    }
    *ret_count = kept;
    return STATUS_OK;
}

static enum status compare(struct book *book, struct engine *after, struct comparison *comparison) {
    static const struct store_bill_filter everything = {0};
    TRY(book_copy(book));
    TRY(book_bills(book, &everything, closed_add, comparison));
    TRY(open_add(comparison, book->preview, SIDE_BEFORE));
    return open_add(comparison, after, SIDE_AFTER);
}

enum status book_rerate_preview(struct book *book, const struct tariff_set *tariffs, struct arena *arena,
                                struct book_changes *ret_changes, struct slice *ret_error) {
    struct comparison comparison = {.before = book->tariffs, .after = tariffs, .arena = arena};
    struct engine *after;
    struct book_changes changes = {0};
    *ret_error = (struct slice){0};
    TRY(book_rerated(book, &(struct rating){.tariffs = tariffs, .number = book_set_number(book) + 1}, arena, &after,
                     ret_error));
    changes.unpriced_before = engine_unpriced_count(book->engine);
    changes.unpriced_after = engine_unpriced_count(after);
    enum status status = compare(book, after, &comparison);
    engine_free(after);
    if (status == STATUS_OK)
        status = rows_sum(&comparison, &changes.count);
    if (status == STATUS_OK)
        changes.list = ARENA_ARRAY(arena, changes.count + (size_t)1, struct book_difference);
    if (changes.list) {
        if (changes.count)
            memcpy(changes.list, comparison.list, changes.count * sizeof *changes.list);
        *ret_changes = changes;
    }
    free(comparison.list);
    return status == STATUS_OK && !changes.list ? STATUS_NO_MEMORY : status;
}
