/* SPDX-License-Identifier: Apache-2.0
 *
 * Closing a cycle: its sums become bills, once. Bills come in an order that depends on the journal alone: accounts as
 * they were first seen. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/snapshot.h"

/* ---- rounding scope cycle ---- */

static enum status round_raw(const struct item *item, struct decimal raw, struct decimal *ret_quantity) {
    struct ratio blocks;
    TRY(ratio_div(ratio_from_decimal(raw), item->round.each, &blocks));
    TRY(ratio_to_decimal(ratio_round(blocks, item->round.mode), ret_quantity));
    if (raw.pico > 0 && decimal_cmp(*ret_quantity, item->round.minimum) < 0)
        *ret_quantity = item->round.minimum;
    return STATUS_OK;
}

static enum status charge_raw(struct engine *engine, uint32_t cycle, const struct cell *cell) {
    uint32_t rate;
    const struct tariff *tariff = engine_meter_tariff(engine, cell->key.meter, &rate);
    const struct item *item = &tariff->items[tariff->rates[rate].item];
    const struct cell *billed = engine_billed(engine, cycle, cell->key);
    struct slice subject = engine->account_names.texts[cell->key.account];
    struct record record = {.subject = subject,
                            .subject_hash = names_hash(subject),
                            .time_ns = engine->cycles[cycle].period.start_ns,
                            .source = SLICE("cycle")};
    struct charge charge = {.account = cell->key.account,
                            .cycle = cycle,
                            .tariff = tariff,
                            .item = tariff->rates[rate].item,
                            .rate = rate,
                            .at_ns = record.time_ns,
                            .admitted_ns = record.time_ns,
                            .record = &record};
    struct decimal all, charged = DECIMAL_ZERO;
    TRY(engine_sum(engine, cycle, cell->key, &all));
    TRY(round_raw(item, all, &charge.quantity));
    if (billed)
        TRY(round_raw(item, billed->quantity, &charged));
    TRY(decimal_sub(charge.quantity, charged, &charge.quantity));
    if (charge.quantity.pico >= 0)
        return charge.quantity.pico ? engine_charge(engine, &charge, NULL) : STATUS_OK;
    charge.quantity.pico = -charge.quantity.pico; /* what came later was a reversal */
    return engine_give_back(engine, &charge);
}

/* By account, item, version, rate: what pays is used up in this order. They are copied out: charging adds cells. */
enum status engine_close_raw(struct engine *engine, uint32_t cycle) {
    const struct tariff *tariff = engine->cycles[cycle].tariff;
    bool has_raw = false;
    for (uint32_t i = 0; i < tariff->item_count; i++)
        has_raw = has_raw || (tariff->items[i].round.is_set && tariff->items[i].round.scope == SCOPE_CYCLE);
    if (!has_raw)
        return STATUS_OK;
    struct cell *list;
    uint64_t count = engine->cycles[cycle].cells.count;
    TRY(engine_cells_sorted(engine, &engine->cycles[cycle].cells, &list));
    enum status status = STATUS_OK;
    for (uint64_t i = 0; i < count && status == STATUS_OK; i++)
        if (list[i].key.funding == CELL_RAW)
            status = charge_raw(engine, cycle, &list[i]);
    free(list);
    return status;
}

/* ---- bills ---- */

static enum status bill_keep(struct engine *engine, struct bill bill) {
    void *list = engine->kept.bills;
    enum status status = list_grow(&list, engine->kept.bill_count, &engine->kept_cap, sizeof *engine->kept.bills);
    engine->kept.bills = list;
    TRY(status);
    struct bill_line *lines = ARENA_ARRAY(&engine->kept.arena, bill.line_count, struct bill_line);
    if (!lines)
        return STATUS_NO_MEMORY;
    memcpy(lines, bill.lines, bill.line_count * sizeof *lines);
    bill.lines = lines;
    for (uint32_t i = 0; i < bill.line_count; i++) {
        if (lines[i].note.len == 0)
            continue;
        lines[i].note = arena_copy(&engine->kept.arena, lines[i].note);
        if (!lines[i].note.ptr)
            return STATUS_NO_MEMORY;
    }
    engine->kept.bills[engine->kept.bill_count++] = bill;
    return STATUS_OK;
}

static enum status bills_copy(const struct engine *engine, struct engine *copy) {
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < engine->kept.bill_count && status == STATUS_OK; i++)
        status = bill_keep(copy, engine->kept.bills[i]);
    return status;
}

enum status engine_copy(const struct engine *engine, struct engine **ret_copy) {
    struct buf bytes = {0};
    struct engine *copy;
    enum status status = engine_snapshot(engine, &bytes);
    if (status == STATUS_OK)
        status = engine_restore(engine->tariffs, buf_slice(&bytes), &copy);
    buf_free(&bytes);
    TRY(status);
    status = bills_copy(engine, copy);
    if (status != STATUS_OK) {
        engine_free(copy);
        return status;
    }
    *ret_copy = copy;
    return STATUS_OK;
}

enum status engine_bill(struct engine *engine, uint32_t account, struct bill bill) {
    if (bill.line_count == 0)
        return STATUS_OK;
    bill.account = engine->account_names.texts[account];
    TRY(bill_sum(&bill));
    if (!engine->is_stating)
        bill.number = ++engine->bill_numbers[bill.tariff->index];
    if (engine->watch.billed && !engine->is_stating && !engine->facts) /* rated again, it is closed already */
        TRY(engine->watch.billed(engine->watch.context, engine, &bill));
    TRY(engine->sink.take ? engine->sink.take(engine->sink.context, &bill) : bill_keep(engine, bill));
    if (engine->is_stating)
        return STATUS_OK;
    if (bill.kind == BILL_USAGE)
        TRY(engine_watch(engine, account, &bill));
    return engine_bill_posted(engine, account, &bill);
}

/* Usage lines of one account from its cells. */
enum status engine_usage_lines(struct engine *engine, uint32_t cycle, const struct cell *cells, uint64_t count,
                               struct line_list *lines) {
    const struct tariff *tariff = engine->cycles[cycle].tariff;
    struct tally *tallies = ARENA_ARRAY(lines->run, count, struct tally);
    uint32_t tally_count = 0;
    if (!tallies)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        struct cell_key key = cells[i].key;
        if (key.funding == CELL_RAW || decimal_is_zero(cells[i].quantity)) /* all of it was reversed */
            continue;
        struct tally *tally = &tallies[tally_count++];
        *tally = (struct tally){.rate = key.meter - engine->meter_base[tariff->index],
                                .funding = (enum funding)key.funding,
                                .quantity = cells[i].quantity};
        if (engine->note_count)
            TRY(engine_cover_note(engine, key, &tally->note));
    }
    return lines_of_usage(tariff, tallies, tally_count, lines);
}

/* Walks the cells of a cycle and the adjustments that wait for it side by side: one bill for each account. */
struct walk {
    const struct cell *cells;
    uint64_t cell_count;
    const struct adjustment *adjustments;
    uint32_t adjustment_count;
    struct arena run;
};

static enum status account_bill(struct engine *engine, uint32_t cycle, struct walk *walk, uint32_t account) {
    struct line_list lines = {.run = &walk->run};
    uint64_t cells = 0;
    uint32_t adjustments = 0;
    arena_reset(&walk->run);
    while (cells < walk->cell_count && walk->cells[cells].key.account == account)
        cells++;
    if (cells)
        TRY(engine_usage_lines(engine, cycle, walk->cells, cells, &lines));
    for (; adjustments < walk->adjustment_count && walk->adjustments[adjustments].account == account; adjustments++) {
        struct bill_line *line;
        TRY(lines_push(&lines, &line));
        *line = walk->adjustments[adjustments].line;
    }
    walk->cells += cells;
    walk->cell_count -= cells;
    walk->adjustments += adjustments;
    walk->adjustment_count -= adjustments;
    return engine_bill(engine, account,
                       (struct bill){.tariff = engine->cycles[cycle].tariff,
                                     .kind = BILL_USAGE,
                                     .cycle = engine->cycles[cycle].period,
                                     .closed_ns = engine->now_ns,
                                     .lines = lines.lines,
                                     .line_count = lines.count});
}

static enum status bill_accounts(struct engine *engine, uint32_t cycle, struct walk walk) {
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (walk.cell_count || walk.adjustment_count)) {
        uint32_t account = walk.cell_count ? walk.cells->key.account : UINT32_MAX;
        if (walk.adjustment_count && walk.adjustments->account < account)
            account = walk.adjustments->account;
        status = account_bill(engine, cycle, &walk, account);
    }
    arena_free(&walk.run);
    return status;
}

/* Late ranges first: their cycles came before. */
enum status engine_close_cycle(struct engine *engine, uint32_t cycle) {
    struct arena run = {0};
    struct adjustments adjustments = {0};
    struct cell *cells = NULL;
    enum status status = engine_adjust(engine, cycle, &run, &adjustments);
    if (status == STATUS_OK)
        status = engine_close_raw(engine, cycle);
    if (status == STATUS_OK)
        status = engine_close_timelines(engine, cycle);
    if (status == STATUS_OK)
        status = engine_cells_sorted(engine, &engine->cycles[cycle].cells, &cells);
    if (status == STATUS_OK)
        status = bill_accounts(engine, cycle,
                               (struct walk){.cells = cells,
                                             .cell_count = engine->cycles[cycle].cells.count,
                                             .adjustments = adjustments.list,
                                             .adjustment_count = adjustments.count});
    engine->note_count = 0;
    free(adjustments.list);
    arena_free(&run);
    if (status != STATUS_OK) {
        free(cells);
        return status;
    }
    struct cycle *closed = &engine->cycles[cycle];
    closed->billed = cells;
    closed->billed_count = closed->cells.count;
    cells_free(&closed->cells);
    closed->is_closed = true;
    return engine_watch_next(engine, cycle);
}

/* ---- purchases ---- */

static int purchase_compare(const void *left, const void *right, void *context) {
    const struct engine *engine = context;
    const struct purchase *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a->cycle != b->cycle) {
        const struct cycle *x = &engine->cycles[a->cycle], *y = &engine->cycles[b->cycle];
        if (x->tariff != y->tariff)
            return x->tariff->index < y->tariff->index ? -1 : 1;
        return x->period.start_ns < y->period.start_ns ? -1 : 1;
    }
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    int by_order = slice_cmp(a->line.order_id, b->line.order_id);
    if (by_order)
        return by_order;
    return a->place < b->place ? -1 : a->place > b->place; /* the slices of one order as they were priced */
}

static enum status order_bill(struct engine *engine, const struct purchase *purchases, uint32_t count,
                              struct arena *run) {
    struct line_list lines = {.run = run};
    arena_reset(run);
    for (uint32_t i = 0; i < count; i++) {
        struct bill_line *line;
        TRY(lines_push(&lines, &line));
        *line = purchases[i].line;
    }
    const struct cycle *cycle = &engine->cycles[purchases->cycle];
    return engine_bill(engine, purchases->account,
                       (struct bill){.tariff = cycle->tariff,
                                     .kind = BILL_ORDERS,
                                     .cycle = cycle->period,
                                     .closed_ns = purchases[count - 1].at_ns,
                                     .lines = lines.lines,
                                     .line_count = lines.count});
}

enum status engine_invoice(struct engine *engine, int64_t until_ns) {
    struct purchase *purchases = engine->purchases;
    uint32_t due = 0;
    struct arena run = {0};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < engine->purchase_count; i++) { /* those that are due to the front */
        if (purchases[i].at_ns >= until_ns)
            continue;
        struct purchase purchase = purchases[i];
        memmove(&purchases[due + 1], &purchases[due], (i - due) * sizeof *purchases);
        purchases[due++] = purchase;
    }
    if (due)
        qsort_r(purchases, due, sizeof *purchases, purchase_compare, engine);
    for (uint32_t start = 0, end; start < due && status == STATUS_OK; start = end) {
        for (end = start + 1; end < due && purchases[end].account == purchases[start].account &&
                              purchases[end].cycle == purchases[start].cycle;)
            end++;
        status = order_bill(engine, &purchases[start], end - start, &run);
    }
    arena_free(&run);
    engine->purchase_count -= due;
    if (engine->purchase_count)
        memmove(purchases, purchases + due, engine->purchase_count * sizeof *purchases);
    return status;
}
