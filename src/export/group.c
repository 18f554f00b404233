/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding up bills: collect the lines, sort them by what makes them equal, merge neighbours. */
#include "export/group.h"

#include <assert.h>
#include <stdlib.h>

static int line_cmp(const void *left, const void *right) {
    const struct bill_line *a = left, *b = right;
    int order = slice_cmp(a->item, b->item);
    if (order == 0)
        order = slice_cmp(a->region, b->region);
    if (order == 0)
        order = slice_cmp(a->label, b->label);
    if (order == 0)
        order = decimal_cmp(a->tier_from, b->tier_from);
    if (order == 0)
        order = decimal_cmp(a->unit_price, b->unit_price);
    if (order == 0)
        order = decimal_cmp(a->per, b->per);
    if (order == 0)
        order = strcmp(a->funding, b->funding);
    if (order == 0)
        order = (a->adjusts.start_ns > b->adjusts.start_ns) - (a->adjusts.start_ns < b->adjusts.start_ns);
    return order == 0 ? a->is_adjustment - b->is_adjustment : order;
}

static enum status lines_merge(struct bill_line *lines, uint32_t count, uint32_t *ret_count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && line_cmp(&lines[kept - 1], &lines[i]) == 0) {
            struct bill_line *sum = &lines[kept - 1];
            TRY(decimal_add(sum->quantity, lines[i].quantity, &sum->quantity));
            TRY(decimal_add(sum->amount, lines[i].amount, &sum->amount));
        } else {
            lines[kept++] = lines[i];
        }
    }
    *ret_count = kept;
    return STATUS_OK;
}

static enum status totals_add(struct bill *group, const struct bill *bill) {
    TRY(decimal_add(group->exact_total, bill->exact_total, &group->exact_total));
    TRY(decimal_add(group->rounding, bill->rounding, &group->rounding));
    return decimal_add(group->total, bill->total, &group->total);
}

enum status bill_group_sum(const struct bill *bills, uint32_t count, struct arena *arena, struct bill *ret_group,
                           uint32_t *ret_bill_count) {
    size_t line_count = 0;
    for (uint32_t i = 0; i < count; i++)
        line_count += bills[i].line_count;
    struct bill group = {.account = bills->account, .tariff = bills->tariff, .kind = BILL_USAGE};
    struct bill_line *lines = ARENA_ARRAY(arena, line_count + 1, struct bill_line);
    if (lines == NULL)
        return STATUS_NO_MEMORY;
    uint32_t kept = 0, bill_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (bills[i].kind != BILL_USAGE)
            continue;
        memcpy(lines + kept, bills[i].lines, bills[i].line_count * sizeof *lines);
        kept += bills[i].line_count;
        if (bill_count == 0)
            group.cycle.start_ns = bills[i].cycle.start_ns;
        group.cycle.end_ns = bills[i].cycle.end_ns;
        bill_count++;
        TRY(totals_add(&group, &bills[i]));
    }
    assert(bill_count > 0);
    qsort(lines, kept, sizeof *lines, line_cmp);
    group.lines = lines;
    TRY(lines_merge(lines, kept, &group.line_count));
    *ret_group = group;
    *ret_bill_count = bill_count;
    return STATUS_OK;
}
