/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills never change. What comes to a closed cycle later is priced as if it had been there in time, and the
 * difference from what was billed stands as adjustment lines on the bill of the cycle that was open when it came. Rule:
 * a late event is priced by its own time and the tier position of its own cycle. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

static bool lines_match(const struct bill_line *a, const struct bill_line *b) {
    return a->rate == b->rate && slice_eq(slice_of(a->funding), slice_of(b->funding)) && a->has_tier == b->has_tier &&
           decimal_cmp(a->tier_from, b->tier_from) == 0 && decimal_cmp(a->unit_price, b->unit_price) == 0 &&
           decimal_cmp(a->per, b->per) == 0;
}

static const struct bill_line *line_match(const struct line_list *lines, const struct bill_line *wanted) {
    for (uint32_t i = 0; i < lines->count; i++)
        if (lines_match(&lines->lines[i], wanted))
            return &lines->lines[i];
    return NULL;
}

struct adjusting {
    struct engine *engine;
    uint32_t account;
    struct period cycle;
    const struct zone *zone;
    struct arena *run;
    struct adjustments *adjustments;
};

/* before, after: one of them may be NULL. */
static enum status difference_add(const struct adjusting *adjusting, const struct bill_line *before,
                                  const struct bill_line *after) {
    struct bill_line line = after ? *after : *before;
    struct decimal old = before ? before->quantity : DECIMAL_ZERO, now = after ? after->quantity : DECIMAL_ZERO;
    TRY(decimal_sub(now, old, &line.quantity));
    TRY(decimal_sub(after ? after->amount : DECIMAL_ZERO, before ? before->amount : DECIMAL_ZERO, &line.amount));
    if (decimal_is_zero(line.quantity) && decimal_is_zero(line.amount))
        return STATUS_OK;
    char billed[DECIMAL_TEXT_MAX], is[DECIMAL_TEXT_MAX], start[INSTANT_TEXT_MAX];
    decimal_format(old, billed);
    decimal_format(now, is);
    instant_format(adjusting->cycle.start_ns, adjusting->zone, start);
    line.note =
        arena_printf(adjusting->run, "adjusts the cycle from %s: billed before %s, with what came later %s%s%.*s",
                     start, billed, is, line.note.len ? "; " : "", SLICE_ARG(line.note));
    if (!line.note.ptr)
        return STATUS_NO_MEMORY;
    line.is_adjustment = true;
    line.adjusts = adjusting->cycle;
    struct adjustments *adjustments = adjusting->adjustments;
    void *list = adjustments->list;
    enum status status = list_grow(&list, adjustments->count, &adjustments->cap, sizeof *adjustments->list);
    adjustments->list = list;
    TRY(status);
    adjustments->list[adjustments->count++] = (struct adjustment){.account = adjusting->account, .line = line};
    return STATUS_OK;
}

/* A slice whose price changed is taken back whole and billed anew. */
static enum status differences(const struct adjusting *adjusting, const struct line_list *before,
                               const struct line_list *after) {
    for (uint32_t i = 0; i < before->count; i++)
        TRY(difference_add(adjusting, &before->lines[i], line_match(after, &before->lines[i])));
    for (uint32_t i = 0; i < after->count; i++)
        if (!line_match(before, &after->lines[i]))
            TRY(difference_add(adjusting, NULL, &after->lines[i]));
    return STATUS_OK;
}

/* ---- sums ---- */

static enum status cells_merge(const struct engine *engine, const struct cycle *cycle, const struct cell *added,
                               struct cell **ret_list, uint64_t *ret_count) {
    uint64_t added_count = cycle->cells.count, count = 0;
    struct cell *list = malloc((cycle->billed_count + added_count + 1) * sizeof *list);
    if (!list)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0, k = 0; i < cycle->billed_count || k < added_count;) {
        uint64_t a = i < cycle->billed_count ? engine_cell_place(engine, cycle->billed[i].key) : UINT64_MAX;
        uint64_t b = k < added_count ? engine_cell_place(engine, added[k].key) : UINT64_MAX;
        list[count] = a <= b ? cycle->billed[i] : added[k];
        if (a == b && decimal_add(list[count].quantity, added[k].quantity, &list[count].quantity) != STATUS_OK) {
            free(list);
            return STATUS_RANGE;
        }
        i += a <= b;
        k += b <= a;
        count++;
    }
    *ret_list = list;
    *ret_count = count;
    return STATUS_OK;
}

struct section { /* of a sorted list: the cells of one account */
    const struct cell *cells;
    uint64_t count;
};

static struct section section_of(const struct cell *list, uint64_t count, uint32_t account) {
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (list[middle].key.account < account)
            low = middle + 1;
        else
            high = middle;
    }
    struct section section = {&list[low], 0};
    while (low + section.count < count && section.cells[section.count].key.account == account)
        section.count++;
    return section;
}

static enum status adjust_account(const struct adjusting *adjusting, uint32_t cycle, struct section before,
                                  struct section after) {
    struct arena scratch = {0};
    struct line_list old = {.run = &scratch}, now = {.run = &scratch};
    enum status status = STATUS_OK;
    if (before.count)
        status = engine_usage_lines(adjusting->engine, cycle, before.cells, before.count, &old);
    if (status == STATUS_OK)
        status = engine_usage_lines(adjusting->engine, cycle, after.cells, after.count, &now);
    if (status == STATUS_OK)
        status = differences(adjusting, &old, &now);
    arena_free(&scratch);
    return status;
}

static enum status adjust_accounts(struct adjusting adjusting, uint32_t index, const struct cell *added,
                                   const struct cell *merged, uint64_t merged_count) {
    const struct cycle *cycle = &adjusting.engine->cycles[index];
    for (uint64_t i = 0; i < cycle->cells.count; i++) {
        if (i > 0 && added[i].key.account == added[i - 1].key.account)
            continue;
        adjusting.account = added[i].key.account;
        TRY(adjust_account(&adjusting, index, section_of(cycle->billed, cycle->billed_count, adjusting.account),
                           section_of(merged, merged_count, adjusting.account)));
    }
    return STATUS_OK;
}

static enum status adjust_cycle(struct engine *engine, uint32_t index, struct arena *run,
                                struct adjustments *adjustments) {
    struct cell *added = NULL, *merged = NULL;
    uint64_t count = 0;
    TRY(engine_close_raw(engine, index));
    TRY(engine_close_timelines(engine, index));
    struct cycle *cycle = &engine->cycles[index];
    enum status status = engine_cells_sorted(engine, &cycle->cells, &added);
    if (status == STATUS_OK)
        status = cells_merge(engine, cycle, added, &merged, &count);
    if (status == STATUS_OK)
        status = adjust_accounts((struct adjusting){.engine = engine,
                                                    .cycle = cycle->period,
                                                    .zone = cycle->tariff->zone,
                                                    .run = run,
                                                    .adjustments = adjustments},
                                 index, added, merged, count);
    free(added);
    if (status != STATUS_OK) {
        free(merged);
        return status;
    }
    free(cycle->billed);
    cycle->billed = merged;
    cycle->billed_count = count;
    cells_free(&cycle->cells);
    cycle->adjusted_in = INDEX_NONE;
    engine->reopened--;
    return STATUS_OK;
}

static int adjustment_compare(const void *left, const void *right) {
    const struct adjustment *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static int cycle_compare(const void *left, const void *right, void *context) {
    const struct engine *engine = context;
    int64_t a = engine->cycles[*(const uint32_t *)left].period.start_ns;
    int64_t b = engine->cycles[*(const uint32_t *)right].period.start_ns;
    return (a > b) - (a < b);
}

/* What waits for the cycle's bills comes first: it is of the time before. */
static enum status pending_take(struct engine *engine, uint32_t cycle, struct adjustments *adjustments) {
    struct adjustments *pending = &engine->pending;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pending->count; i++) {
        if (pending->list[i].cycle != cycle) {
            pending->list[kept++] = pending->list[i];
            continue;
        }
        void *list = adjustments->list;
        enum status status = list_grow(&list, adjustments->count, &adjustments->cap, sizeof *adjustments->list);
        adjustments->list = list;
        TRY(status);
        adjustments->list[adjustments->count++] = pending->list[i];
    }
    pending->count = kept;
    return STATUS_OK;
}

enum status engine_adjust(struct engine *engine, uint32_t cycle, struct arena *run, struct adjustments *adjustments) {
    if (engine->reopened == 0 && engine->pending.count == 0)
        return STATUS_OK;
    uint32_t count = 0, *list = ARENA_ARRAY(run, engine->cycle_count, uint32_t);
    if (!list)
        return STATUS_NO_MEMORY;
    TRY(pending_take(engine, cycle, adjustments));
    for (uint32_t i = 0; i < engine->cycle_count; i++)
        if (engine->cycles[i].adjusted_in == cycle)
            list[count++] = i;
    if (count)
        qsort_r(list, count, sizeof *list, cycle_compare, engine);
    for (uint32_t i = 0; i < count; i++)
        TRY(adjust_cycle(engine, list[i], run, adjustments));
    for (uint32_t i = 0; i < adjustments->count; i++)
        adjustments->list[i].place = i;
    if (adjustments->count)
        qsort(adjustments->list, adjustments->count, sizeof *adjustments->list, adjustment_compare);
    return STATUS_OK;
}

enum status engine_adjust_all(struct engine *engine) {
    struct arena run = {0};
    struct adjustments adjustments = {0};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < engine->cycle_count && status == STATUS_OK; i++)
        if (engine->cycles[i].adjusted_in != INDEX_NONE)
            status = adjust_cycle(engine, i, &run, &adjustments);
    engine->note_count = 0;
    free(adjustments.list);
    arena_free(&run);
    return status;
}
