/* SPDX-License-Identifier: Apache-2.0
 *
 * Closing has made one sorted list of sums of every cycle: what differs in it is priced on both sides. */
#include "engine/compare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

struct side { /* of one cycle, from the account at hand on */
    struct engine *engine;
    uint32_t cycle; /* INDEX_NONE: it does not have it */
    const struct cell *cells;
    uint64_t count;
    struct line_list lines; /* of the account */
};

static struct side side_of(struct engine *engine, uint32_t cycle, struct arena *run) {
    struct side side = {.engine = engine, .cycle = cycle, .lines = {.run = run}};
    if (cycle != INDEX_NONE) {
        side.cells = engine->cycles[cycle].billed;
        side.count = engine->cycles[cycle].billed_count;
    }
    return side;
}

static uint64_t account_cells(const struct side *side, uint32_t account) {
    uint64_t count = 0;
    while (count < side->count && side->cells[count].key.account == account)
        count++;
    return count;
}

static bool cells_match(const struct cell *a, const struct cell *b, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        if (a[i].key.meter != b[i].key.meter || a[i].key.funding != b[i].key.funding ||
            decimal_cmp(a[i].quantity, b[i].quantity) != 0)
            return false;
    return true;
}

/* Lines of one item stand together. */
static enum status item_sum(const struct line_list *lines, uint32_t item, struct decimal *ret_quantity,
                            struct decimal *ret_amount) {
    *ret_quantity = *ret_amount = DECIMAL_ZERO;
    for (uint32_t i = 0; i < lines->count; i++) {
        if (lines->lines[i].item_index != item)
            continue;
        TRY(decimal_add(*ret_quantity, lines->lines[i].quantity, ret_quantity));
        TRY(decimal_add(*ret_amount, lines->lines[i].amount, ret_amount));
    }
    return STATUS_OK;
}

static enum status change_add(struct usage_changes *changes, struct usage_change change) {
    void *list = changes->list;
    enum status status = list_grow(&list, changes->count, &changes->cap, sizeof *changes->list);
    changes->list = list;
    TRY(status);
    changes->list[changes->count++] = change;
    return STATUS_OK;
}

/* Every item of the lines that no line before has named. */
static enum status items_compare(const struct side *before, const struct side *after, const struct line_list *lines,
                                 uint32_t account, struct usage_changes *changes) {
    const struct cycle *cycle = &after->engine->cycles[after->cycle];
    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t item = lines->lines[i].item_index;
        bool is_repeated = i > 0 && lines->lines[i - 1].item_index == item;
        for (uint32_t k = 0; lines == &before->lines && k < after->lines.count && !is_repeated; k++)
            is_repeated = after->lines.lines[k].item_index == item;
        if (is_repeated)
            continue;
        struct usage_change change = {.account = after->engine->account_names.texts[account],
                                      .tariff = cycle->tariff,
                                      .cycle = cycle->period,
                                      .item = &cycle->tariff->items[item]};
        TRY(item_sum(&before->lines, item, &change.quantity_before, &change.amount_before));
        TRY(item_sum(&after->lines, item, &change.quantity_after, &change.amount_after));
        if (decimal_cmp(change.quantity_before, change.quantity_after) ||
            decimal_cmp(change.amount_before, change.amount_after))
            TRY(change_add(changes, change));
    }
    return STATUS_OK;
}

static enum status side_lines(struct side *side, uint64_t count) {
    side->lines.lines = NULL;
    side->lines.count = side->lines.cap = 0;
    return count ? engine_usage_lines(side->engine, side->cycle, side->cells, count, &side->lines) : STATUS_OK;
}

static enum status account_compare(struct side *before, struct side *after, uint32_t account,
                                   struct usage_changes *changes) {
    uint64_t old = account_cells(before, account), now = account_cells(after, account);
    enum status status = STATUS_OK;
    if (old != now || !cells_match(before->cells, after->cells, old)) {
        arena_reset(before->lines.run);
        status = side_lines(before, old);
        if (status == STATUS_OK)
            status = side_lines(after, now);
        if (status == STATUS_OK)
            status = items_compare(before, after, &after->lines, account, changes);
        if (status == STATUS_OK)
            status = items_compare(before, after, &before->lines, account, changes);
    }
    before->cells += old;
    before->count -= old;
    after->cells += now;
    after->count -= now;
    return status;
}

static enum status cycle_compare(struct side before, struct side after, struct usage_changes *changes) {
    while (before.count || after.count) {
        uint32_t account = before.count ? before.cells->key.account : UINT32_MAX;
        if (after.count && after.cells->key.account < account)
            account = after.cells->key.account;
        TRY(account_compare(&before, &after, account, changes));
    }
    return STATUS_OK;
}

static int change_compare(const void *left, const void *right) {
    const struct usage_change *a = left, *b = right;
    int by_account = slice_cmp(a->account, b->account);
    if (by_account)
        return by_account;
    if (a->tariff != b->tariff)
        return a->tariff->index < b->tariff->index ? -1 : 1;
    if (a->cycle.start_ns != b->cycle.start_ns)
        return a->cycle.start_ns < b->cycle.start_ns ? -1 : 1;
    return slice_cmp(a->item->name, b->item->name);
}

enum status engine_compare(struct engine *before, struct engine *after, struct usage_changes *ret_changes) {
    struct usage_changes changes = {0};
    struct arena run = {0};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < after->cycle_count && status == STATUS_OK; i++) {
        const struct cycle *cycle = &after->cycles[i];
        uint32_t known = engine_cycle_find(before, cycle->tariff, cycle->period.start_ns);
        status = cycle_compare(side_of(before, known, &run), side_of(after, i, &run), &changes);
    }
    arena_free(&run);
    if (status != STATUS_OK) {
        free(changes.list);
        return status;
    }
    if (changes.count)
        qsort(changes.list, changes.count, sizeof *changes.list, change_compare);
    *ret_changes = changes;
    return STATUS_OK;
}
