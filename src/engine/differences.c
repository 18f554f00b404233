/* SPDX-License-Identifier: Apache-2.0
 *
 * What closed cycles come to under another set of tariffs, less what was billed of them. The lines are kept with their
 * texts: the tariffs that they were billed under may go. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

struct differing {
    struct engine *engine;
    struct engine *old;
    uint32_t set;
    uint32_t cycle, old_cycle; /* INDEX_NONE: the old engine has none */
    uint32_t account;
    struct arena run;
};

/* ---- lines ---- */

static bool is_same_line(const struct bill_line *a, const struct bill_line *b) {
    return slice_eq(a->item, b->item) && slice_eq(a->region, b->region) && slice_eq(a->label, b->label) &&
           slice_eq(a->unit, b->unit) && strcmp(a->funding, b->funding) == 0 && a->has_tier == b->has_tier &&
           decimal_cmp(a->tier_from, b->tier_from) == 0 && decimal_cmp(a->unit_price, b->unit_price) == 0 &&
           decimal_cmp(a->per, b->per) == 0;
}

/* What a bill says of the same thing in several lines, such as versions of a price that are alike, counts together. */
static enum status totals_of(const struct bill_line *lines, uint32_t count, const struct bill_line *like,
                             struct decimal *ret_quantity, struct decimal *ret_amount) {
    *ret_quantity = *ret_amount = DECIMAL_ZERO;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_same_line(&lines[i], like))
            continue;
        TRY(decimal_add(*ret_quantity, lines[i].quantity, ret_quantity));
        TRY(decimal_add(*ret_amount, lines[i].amount, ret_amount));
    }
    return STATUS_OK;
}

/* A line that outlives everything it was made from. */
static enum status line_own(struct arena *arena, struct bill_line *line) {
    struct slice *texts[] = {&line->item,     &line->region, &line->label, &line->unit,
                             &line->order_id, &line->note,   &line->source};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = texts[i]->len ? arena_copy(arena, *texts[i]) : SLICE("");
        if (!texts[i]->ptr)
            return STATUS_NO_MEMORY;
    }
    line->item_index = line->rate = INDEX_NONE;
    return STATUS_OK;
}

enum status engine_adjust_later(struct engine *engine, struct adjustment adjustment) {
    TRY(line_own(&engine->arena, &adjustment.line));
    struct adjustments *pending = &engine->pending;
    void *list = pending->list;
    enum status status = list_grow(&list, pending->count, &pending->cap, sizeof *pending->list);
    pending->list = list;
    TRY(status);
    adjustment.place = pending->count;
    pending->list[pending->count++] = adjustment;
    return STATUS_OK;
}

static enum status difference_add(struct differing *differing, struct bill_line line, struct decimal before,
                                  struct decimal after) {
    const struct cycle *cycle = &differing->engine->cycles[differing->cycle];
    char start[INSTANT_TEXT_MAX], billed[DECIMAL_TEXT_MAX], now[DECIMAL_TEXT_MAX];
    struct adjustment adjustment = {.account = differing->account, .line = line};
    instant_format(cycle->period.start_ns, cycle->tariff->zone, start);
    decimal_format(before, billed);
    decimal_format(after, now);
    adjustment.line.note =
        arena_printf(&differing->run, "re-rates the cycle from %s: billed before %s, under set %u of the tariffs %s",
                     start, billed, differing->set, now);
    if (!adjustment.line.note.ptr)
        return STATUS_NO_MEMORY;
    adjustment.line.is_adjustment = true;
    adjustment.line.adjusts = cycle->period;
    TRY(engine_open_cycle(differing->engine, cycle->tariff, &adjustment.cycle));
    return engine_adjust_later(differing->engine, adjustment);
}

/* Lines that only one of the lists has are in it with all they come to. */
static enum status lines_compare(struct differing *differing, const struct line_list *before,
                                 const struct line_list *after) {
    for (uint32_t i = 0; i < before->count + after->count; i++) {
        const struct bill_line *line = i < before->count ? &before->lines[i] : &after->lines[i - before->count];
        bool is_known = false;
        for (uint32_t k = 0; k < i && !is_known; k++)
            is_known = is_same_line(k < before->count ? &before->lines[k] : &after->lines[k - before->count], line);
        if (is_known)
            continue;
        struct decimal quantity, amount, then, charged;
        struct bill_line difference = *line;
        TRY(totals_of(before->lines, before->count, line, &then, &charged));
        TRY(totals_of(after->lines, after->count, line, &quantity, &amount));
        TRY(decimal_sub(quantity, then, &difference.quantity));
        TRY(decimal_sub(amount, charged, &difference.amount));
        if (!decimal_is_zero(difference.quantity) || !decimal_is_zero(difference.amount))
            TRY(difference_add(differing, difference, then, quantity));
    }
    return STATUS_OK;
}

/* ---- cycles ---- */

struct billed { /* sums of a closed cycle, walked through by account */
    struct engine *engine;
    uint32_t cycle;
    const struct cell *cells;
    uint64_t count;
};

static struct billed billed_of(struct engine *engine, uint32_t cycle) {
    if (cycle == INDEX_NONE)
        return (struct billed){.engine = engine};
    return (struct billed){engine, cycle, engine->cycles[cycle].billed, engine->cycles[cycle].billed_count};
}

static enum status billed_lines(struct billed *billed, uint32_t account, struct line_list *lines) {
    uint64_t count = 0;
    while (count < billed->count && billed->cells[count].key.account == account)
        count++;
    if (count == 0)
        return STATUS_OK;
    TRY(engine_usage_lines(billed->engine, billed->cycle, billed->cells, count, lines));
    billed->cells += count;
    billed->count -= count;
    return STATUS_OK;
}

static enum status cycle_compare(struct differing *differing) {
    struct billed before = billed_of(differing->old, differing->old_cycle);
    struct billed after = billed_of(differing->engine, differing->cycle);
    while (before.count || after.count) {
        struct line_list old = {.run = &differing->run}, now = {.run = &differing->run};
        uint32_t account = before.count ? before.cells->key.account : after.cells->key.account;
        if (after.count && after.cells->key.account < account)
            account = after.cells->key.account;
        differing->account = account;
        arena_reset(&differing->run);
        TRY(billed_lines(&before, account, &old));
        TRY(billed_lines(&after, account, &now));
        TRY(lines_compare(differing, &old, &now));
    }
    return STATUS_OK;
}

/* Every closed cycle that either engine knows, the earlier first within a tariff. */
static enum status cycles_compare(struct differing *differing) {
    struct engine *engine = differing->engine;
    uint32_t *order;
    TRY(engine_cycles_sorted(engine, &order));
    enum status status = STATUS_OK;
    uint32_t count = engine->cycle_count;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct cycle *cycle = &engine->cycles[order[i]];
        const struct tariff *tariff = tariff_find(differing->old->tariffs, cycle->tariff->name);
        if (!cycle->is_closed)
            continue;
        differing->cycle = order[i];
        differing->old_cycle = tariff ? engine_cycle_find(differing->old, tariff, cycle->period.start_ns) : INDEX_NONE;
        status = cycle_compare(differing);
    }
    free(order);
    return status;
}

/* What was already waiting for a bill goes on waiting. */
static enum status pending_carry(struct engine *engine, struct engine *old) {
    for (uint32_t i = 0; i < old->pending.count; i++) {
        struct adjustment adjustment = old->pending.list[i];
        const struct cycle *cycle = &old->cycles[adjustment.cycle];
        TRY(engine_cycle(engine, tariff_find(engine->tariffs, cycle->tariff->name), cycle->period, &adjustment.cycle));
        TRY(engine_adjust_later(engine, adjustment));
    }
    return STATUS_OK;
}

enum status engine_differences(struct engine *engine, struct engine *old, uint32_t set) {
    struct differing differing = {.engine = engine, .old = old, .set = set};
    uint32_t cycle;
    TRY(engine_adjust_all(engine));
    for (uint32_t i = 0; i < old->cycle_count; i++)
        TRY(engine_cycle(engine, tariff_find(engine->tariffs, old->cycles[i].tariff->name), old->cycles[i].period,
                         &cycle));
    TRY(pending_carry(engine, old));
    enum status status = cycles_compare(&differing);
    arena_free(&differing.run);
    return status;
}
