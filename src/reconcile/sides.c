/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of lines that are for the same account, item, region and span; and our own side, from bills. */
#include "reconcile/sides.h"

#include <stdlib.h>

void sides_free(struct sides *sides) {
    free(sides->list);
    names_free(&sides->texts);
    *sides = (struct sides){0};
}

enum status sides_add(struct sides *sides, const struct side *side) {
    if (sides->count == sides->cap) {
        uint32_t cap = sides->cap ? 2 * sides->cap : 64;
        struct side *list = cap > sides->cap ? reallocarray(sides->list, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        sides->list = list;
        sides->cap = cap;
    }
    sides->list[sides->count++] = *side;
    return STATUS_OK;
}

int side_compare(const struct side *a, const struct side *b) {
    int order = slice_cmp(a->account, b->account);
    if (order == 0)
        order = slice_cmp(a->item, b->item);
    if (order == 0)
        order = slice_cmp(a->region, b->region);
    return order != 0 ? order : (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

static int by_key(const void *a, const void *b) {
    const struct side *one = a, *other = b;
    int order = side_compare(one, other);
    return order != 0 ? order : (one->line > other->line) - (one->line < other->line);
}

static enum status side_join(struct side *into, const struct side *more) {
    TRY(decimal_add(into->quantity, more->quantity, &into->quantity));
    TRY(decimal_add(into->charged, more->charged, &into->charged));
    TRY(decimal_add(into->amount, more->amount, &into->amount));
    into->lines += more->lines;
    into->digits = more->digits > into->digits ? more->digits : into->digits;
    into->has_amount = into->has_amount || more->has_amount;
    into->has_quantity = into->has_quantity && more->has_quantity;
    if (!slice_eq(into->currency, more->currency))
        into->currency = SLICE("several");
    return STATUS_OK;
}

enum status sides_sum(struct sides *sides) {
    uint32_t kept = 0;
    if (sides->count > 1)
        qsort(sides->list, sides->count, sizeof *sides->list, by_key);
    for (uint32_t i = 0; i < sides->count; i++) {
        if (kept > 0 && side_compare(&sides->list[kept - 1], &sides->list[i]) == 0)
            TRY(side_join(&sides->list[kept - 1], &sides->list[i]));
        else
            sides->list[kept++] = sides->list[i];
    }
    sides->count = kept;
    return STATUS_OK;
}

struct slice renamed(const struct renaming *list, uint32_t count, struct slice name) {
    for (uint32_t i = 0; i < count; i++) {
        if (slice_eq(list[i].theirs, name))
            return list[i].ours;
    }
    return name;
}

enum status span_start(enum span span, const struct zone *zone, int64_t at_ns, int64_t *ret_ns) {
    static const enum cycle_kind kinds[] = {
        [SPAN_HOUR] = CYCLE_HOUR, [SPAN_DAY] = CYCLE_DAY, [SPAN_MONTH] = CYCLE_MONTH};
    struct period period = {.start_ns = INSTANT_MIN};
    if (span != SPAN_TOTAL)
        TRY(cycle_of(kinds[span], zone, 0, at_ns, &period));
    *ret_ns = period.start_ns;
    return STATUS_OK;
}

static enum status line_add(const struct bill *bill, const struct bill_line *line, const struct mapping *mapping,
                            struct sides *sides) {
    struct side side = {.account = bill->account,
                        .item = line->item,
                        .region = mapping->columns[COLUMN_REGION].len > 0 ? line->region : SLICE(""),
                        .currency = slice_of(bill->tariff->currency->code),
                        .quantity = line->quantity,
                        .amount = line->amount,
                        .tariff = bill->tariff,
                        .lines = 1,
                        .has_amount = true,
                        .has_quantity = true};
    const struct zone *zone = mapping->zone ? mapping->zone : bill->tariff->zone;
    int64_t start_ns = line->is_adjustment ? line->adjusts.start_ns : bill->cycle.start_ns;
    if (strcmp(line->funding, funding_name(FUNDING_PAYG)) == 0)
        side.charged = line->quantity;
    if (line->item_index != INDEX_NONE)
        side.known = &bill->tariff->items[line->item_index];
    TRY(span_start(mapping->span, zone, start_ns, &side.start_ns));
    return sides_add(sides, &side);
}

enum status sides_of_statement(const struct statement *statement, const struct mapping *mapping,
                               struct sides *ret_sides) {
    struct sides sides = {0};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < statement->bill_count && status == STATUS_OK; i++) {
        const struct bill *bill = &statement->bills[i];
        if (bill->kind != BILL_USAGE || (mapping->tariff.len > 0 && !slice_eq(mapping->tariff, bill->tariff->name)))
            continue;
        for (uint32_t j = 0; j < bill->line_count && status == STATUS_OK; j++)
            status = line_add(bill, &bill->lines[j], mapping, &sides);
    }
    if (status == STATUS_OK)
        status = sides_sum(&sides);
    if (status != STATUS_OK)
        sides_free(&sides);
    else
        *ret_sides = sides;
    return status;
}
