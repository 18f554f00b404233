/* SPDX-License-Identifier: Apache-2.0
 *
 * Closing: sums become bills, in an order that depends on names and times only, never on the order of hashing. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

/* One cell with its place in the order of all bills: account and cycle, then item, version, rate and funding. Two
 * numbers are compared millions of times faster than what they stand for. */
struct row {
    uint64_t bill; /* place of the account, place of the cycle */
    uint64_t line; /* place of the rate, funding */
    const struct cell *cell;
};

struct sorting {
    uint32_t *accounts;      /* place -> account */
    uint32_t *account_ranks; /* account -> place among the names */
    uint32_t *cycle_ranks;   /* cycle -> place by tariff and start */
    uint32_t *meter_ranks;   /* meter -> place by item name, version, rate */
};

static int name_compare(const void *left, const void *right, void *context) {
    const struct slice *names = context;
    return slice_cmp(names[*(const uint32_t *)left], names[*(const uint32_t *)right]);
}

typedef int order_function(const void *left, const void *right, void *context);

/* Place of each of the numbers 0 .. count - 1 in an order. */
static uint32_t *ranks_of(struct arena *run, uint32_t count, order_function *compare, void *context,
                          uint32_t **ret_order) {
    uint32_t *order = ARENA_ARRAY(run, count + 1, uint32_t), *ranks = ARENA_ARRAY(run, count + 1, uint32_t);
    if (!order || !ranks)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof *order, compare, context);
    for (uint32_t i = 0; i < count; i++)
        ranks[order[i]] = i;
    *ret_order = order;
    return ranks;
}

static const struct tariff *meter_tariff(const struct engine *engine, uint32_t meter, uint32_t *ret_rate) {
    uint32_t low = 0, high = engine->tariffs->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (engine->meter_base[middle] <= meter)
            low = middle;
        else
            high = middle;
    }
    *ret_rate = meter - engine->meter_base[low];
    return engine->tariffs->list[low];
}

static int cycle_compare(const void *left, const void *right, void *context) {
    const struct engine *engine = context;
    const struct cycle *a = &engine->cycles[*(const uint32_t *)left], *b = &engine->cycles[*(const uint32_t *)right];
    if (a->tariff != b->tariff)
        return a->tariff->index < b->tariff->index ? -1 : 1;
    return (a->period.start_ns > b->period.start_ns) - (a->period.start_ns < b->period.start_ns);
}

/* Meters of different tariffs never meet in one cycle. Versions stand in their order of time, whatever their order in
 * the file. */
static int meter_compare(const void *left, const void *right, void *context) {
    uint32_t meters[2] = {*(const uint32_t *)left, *(const uint32_t *)right}, rates[2];
    const struct tariff *a = meter_tariff(context, meters[0], &rates[0]);
    const struct tariff *b = meter_tariff(context, meters[1], &rates[1]);
    if (a != b || rates[0] >= a->rate_count || rates[1] >= a->rate_count)
        return meters[0] < meters[1] ? -1 : 1;
    const struct rate *x = &a->rates[rates[0]], *y = &a->rates[rates[1]];
    int by_name = slice_cmp(a->items[x->item].name, a->items[y->item].name);
    if (by_name)
        return by_name;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    return rates[0] < rates[1] ? -1 : rates[0] > rates[1];
}

static enum status sorting_new(struct engine *engine, struct arena *run, struct sorting *ret_sorting) {
    uint32_t *order, meter_count = engine->meter_base[engine->tariffs->count];
    struct sorting sorting;
    sorting.account_ranks =
        ranks_of(run, engine->account_names.count, name_compare, engine->account_names.texts, &sorting.accounts);
    sorting.cycle_ranks = ranks_of(run, engine->cycle_count, cycle_compare, engine, &order);
    sorting.meter_ranks = ranks_of(run, meter_count, meter_compare, engine, &order);
    if (!sorting.account_ranks || !sorting.cycle_ranks || !sorting.meter_ranks)
        return STATUS_NO_MEMORY;
    *ret_sorting = sorting;
    return STATUS_OK;
}

/* ---- rounding scope cycle ---- */

static enum status round_raw(const struct engine *engine, const struct cell *cell, const struct tariff *tariff,
                             uint32_t rate, struct charge *ret_charge) {
    const struct item *item = &tariff->items[tariff->rates[rate].item];
    struct ratio blocks;
    struct decimal quantity;
    TRY(ratio_div(ratio_from_decimal(cell->quantity), item->round.each, &blocks));
    TRY(ratio_to_decimal(ratio_round(blocks, item->round.mode), &quantity));
    if (cell->quantity.pico > 0 && decimal_cmp(quantity, item->round.minimum) < 0)
        quantity = item->round.minimum;
    *ret_charge = (struct charge){.account = cell->key.account,
                                  .cycle = cell->key.cycle,
                                  .tariff = tariff,
                                  .item = tariff->rates[rate].item,
                                  .rate = rate,
                                  .at_ns = engine->cycles[cell->key.cycle].period.start_ns,
                                  .quantity = quantity};
    return STATUS_OK;
}

static enum status charge_raw(struct engine *engine, const struct cell *cell) {
    uint32_t rate;
    const struct tariff *tariff = meter_tariff(engine, cell->key.meter, &rate);
    struct charge charge;
    TRY(round_raw(engine, cell, tariff, rate, &charge));
    struct slice subject = engine->account_names.texts[cell->key.account];
    struct record record = {
        .subject = subject, .subject_hash = names_hash(subject), .time_ns = charge.at_ns, .source = SLICE("cycle")};
    charge.record = &record;
    return decimal_is_zero(charge.quantity) ? STATUS_OK : engine_charge(engine, &charge, NULL);
}

/* By account, tariff, time, item, price: free quota is used up in this order, not in that of hashing. */
static int raw_compare(const void *left, const void *right, void *context) {
    const struct engine *engine = context;
    const struct cell_key *a = &((const struct cell *)left)->key, *b = &((const struct cell *)right)->key;
    const struct cycle *x = &engine->cycles[a->cycle], *y = &engine->cycles[b->cycle];
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (x->tariff != y->tariff)
        return x->tariff->index < y->tariff->index ? -1 : 1;
    if (x->period.start_ns != y->period.start_ns)
        return x->period.start_ns < y->period.start_ns ? -1 : 1;
    uint32_t base = engine->meter_base[x->tariff->index];
    const struct rate *rate = &x->tariff->rates[a->meter - base], *other = &x->tariff->rates[b->meter - base];
    if (rate->item != other->item)
        return rate->item < other->item ? -1 : 1;
    if (rate->version != other->version)
        return rate->version < other->version ? -1 : 1;
    return (a->meter > b->meter) - (a->meter < b->meter);
}

/* Sums that are rounded once per cycle. They are copied out first: charging adds cells. */
static enum status close_raw(struct engine *engine, int64_t until_ns, struct arena *run) {
    uint64_t count = 0;
    for (uint64_t i = 0; engine->cells.slots && i <= engine->cells.mask; i++)
        count += engine->cells.slots[i].key.meter != 0 && engine->cells.slots[i].key.funding == CELL_RAW;
    if (count == 0)
        return STATUS_OK;
    struct cell *raw = ARENA_ARRAY(run, count, struct cell);
    if (!raw)
        return STATUS_NO_MEMORY;
    uint64_t filled = 0;
    for (uint64_t i = 0; i <= engine->cells.mask; i++)
        if (engine->cells.slots[i].key.meter != 0 && engine->cells.slots[i].key.funding == CELL_RAW)
            raw[filled++] = engine->cells.slots[i];
    qsort_r(raw, filled, sizeof *raw, raw_compare, engine);
    for (uint64_t i = 0; i < filled; i++)
        if (engine->cycles[raw[i].key.cycle].period.end_ns <= until_ns)
            TRY(charge_raw(engine, &raw[i]));
    return STATUS_OK;
}

/* ---- rows to usage bills ---- */

static int row_compare(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    if (a->bill != b->bill)
        return a->bill < b->bill ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

_Static_assert(FUNDING_COUNT <= 8, "a funding fits three bits");

static struct row row_of(const struct sorting *sorting, const struct cell *cell) {
    return (struct row){.bill = (uint64_t)sorting->account_ranks[cell->key.account] << 32 |
                                sorting->cycle_ranks[cell->key.cycle],
                        .line = (uint64_t)sorting->meter_ranks[cell->key.meter] << 3 | cell->key.funding,
                        .cell = cell};
}

static enum status rows_collect(const struct engine *engine, const struct sorting *sorting, int64_t until_ns,
                                struct arena *run, struct row **ret_rows, uint32_t *ret_count) {
    if (engine->cells.count >= UINT32_MAX)
        return STATUS_RANGE;
    struct row *rows = ARENA_ARRAY(run, engine->cells.count + 1, struct row);
    if (!rows)
        return STATUS_NO_MEMORY;
    uint32_t count = 0;
    for (uint64_t i = 0; engine->cells.slots && i <= engine->cells.mask; i++) {
        const struct cell *cell = &engine->cells.slots[i];
        if (cell->key.meter == 0 || cell->key.funding == CELL_RAW || cell->key.cycle == INDEX_NONE ||
            engine->cycles[cell->key.cycle].period.end_ns > until_ns)
            continue;
        rows[count++] = row_of(sorting, cell);
    }
    qsort(rows, count, sizeof *rows, row_compare);
    *ret_rows = rows;
    *ret_count = count;
    return STATUS_OK;
}

static enum status bill_push(struct statement *statement, uint32_t *cap, struct bill bill) {
    void *list = statement->bills;
    enum status status = list_grow(&list, statement->bill_count, cap, sizeof *statement->bills);
    statement->bills = list;
    TRY(status);
    TRY(bill_sum(&bill));
    statement->bills[statement->bill_count++] = bill;
    return STATUS_OK;
}

/* The lines of one bill are gathered in scratch and copied once their number is known: a statement has many small
 * bills. */
static enum status usage_bill(struct engine *engine, const struct row *rows, uint32_t count,
                              struct statement *statement, uint32_t *cap, struct arena *scratch) {
    const struct cell_key *first = &rows->cell->key;
    const struct tariff *tariff = engine->cycles[first->cycle].tariff;
    arena_reset(scratch);
    struct tally *tallies = ARENA_ARRAY(scratch, count, struct tally);
    if (!tallies)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct cell_key key = rows[i].cell->key;
        tallies[i] = (struct tally){.rate = key.meter - engine->meter_base[tariff->index],
                                    .funding = (enum funding)key.funding,
                                    .quantity = rows[i].cell->quantity};
        if (engine->note_count)
            TRY(engine_cover_note(engine, key, &tallies[i].note));
    }
    struct line_list lines = {.run = scratch};
    TRY(lines_of_usage(tariff, tallies, count, &lines));
    struct bill_line *kept = ARENA_ARRAY(&statement->arena, lines.count, struct bill_line);
    if (!kept)
        return STATUS_NO_MEMORY;
    memcpy(kept, lines.lines, lines.count * sizeof *kept);
    return bill_push(statement, cap,
                     (struct bill){.account = engine->account_names.texts[first->account],
                                   .tariff = tariff,
                                   .kind = BILL_USAGE,
                                   .cycle = engine->cycles[first->cycle].period,
                                   .lines = kept,
                                   .line_count = lines.count});
}

static enum status usage_bills(struct engine *engine, const struct sorting *sorting, int64_t until_ns,
                               struct statement *statement, uint32_t *cap) {
    struct arena run = {0}, scratch = {0};
    struct row *rows = NULL;
    uint32_t count = 0;
    enum status status = rows_collect(engine, sorting, until_ns, &run, &rows, &count);
    for (uint32_t start = 0, end; status == STATUS_OK && start < count; start = end) {
        for (end = start + 1; end < count && rows[end].bill == rows[start].bill;)
            end++;
        status = usage_bill(engine, &rows[start], end - start, statement, cap, &scratch);
    }
    arena_free(&scratch);
    arena_free(&run);
    return status;
}

/* ---- purchases to order bills ---- */

static int purchase_compare(const void *left, const void *right, void *context) {
    const struct engine *engine = context;
    const struct purchase *a = *(const struct purchase *const *)left, *b = *(const struct purchase *const *)right;
    if (a->account != b->account)
        return slice_cmp(engine->account_names.texts[a->account], engine->account_names.texts[b->account]);
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
    return a < b ? -1 : 1; /* the slices of one order as they were priced */
}

static enum status order_bill(const struct engine *engine, struct purchase **purchases, uint32_t count,
                              struct statement *statement, uint32_t *cap) {
    struct line_list lines = {.run = &statement->arena};
    for (uint32_t i = 0; i < count; i++) {
        struct bill_line *line;
        TRY(lines_push(&lines, &line));
        *line = purchases[i]->line;
    }
    const struct cycle *cycle = &engine->cycles[purchases[0]->cycle];
    return bill_push(statement, cap,
                     (struct bill){.account = engine->account_names.texts[purchases[0]->account],
                                   .tariff = cycle->tariff,
                                   .kind = BILL_ORDERS,
                                   .cycle = cycle->period,
                                   .lines = lines.lines,
                                   .line_count = lines.count});
}

/* A purchase is invoiced when it is made: its bill does not wait for the cycle's end. */
static enum status order_bills(struct engine *engine, int64_t until_ns, struct statement *statement, uint32_t *cap) {
    struct purchase **sorted = ARENA_ARRAY(&statement->arena, engine->purchase_count + 1, struct purchase *);
    if (!sorted)
        return STATUS_NO_MEMORY;
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->purchase_count; i++)
        if (engine->purchases[i].at_ns < until_ns)
            sorted[count++] = &engine->purchases[i];
    qsort_r(sorted, count, sizeof *sorted, purchase_compare, engine);
    for (uint32_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count && sorted[end]->account == sorted[start]->account &&
                              sorted[end]->cycle == sorted[start]->cycle;
             end++)
            continue;
        TRY(order_bill(engine, &sorted[start], end - start, statement, cap));
    }
    return STATUS_OK;
}

static int bill_compare(const struct bill *a, const struct bill *b) {
    int by_account = slice_cmp(a->account, b->account);
    if (by_account)
        return by_account;
    if (a->tariff != b->tariff)
        return a->tariff->index < b->tariff->index ? -1 : 1;
    if (a->cycle.start_ns != b->cycle.start_ns)
        return a->cycle.start_ns < b->cycle.start_ns ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

/* Usage bills and order bills each stand in order already. */
static enum status bills_merge(struct statement *statement, uint32_t usage_count) {
    uint32_t count = statement->bill_count;
    if (usage_count == 0 || usage_count == count)
        return STATUS_OK;
    struct bill *merged = malloc(count * sizeof *merged);
    if (!merged)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0, usage = 0, order = usage_count; i < count; i++) {
        bool takes_order = usage == usage_count ||
                           (order < count && bill_compare(&statement->bills[order], &statement->bills[usage]) < 0);
        merged[i] = statement->bills[takes_order ? order++ : usage++];
    }
    free(statement->bills);
    statement->bills = merged;
    return STATUS_OK;
}

enum status engine_close(struct engine *engine, int64_t until_ns, struct statement *ret_statement) {
    struct statement statement = {.duplicates = engine->duplicates,
                                  .events = engine->events,
                                  .commands = engine->commands,
                                  .unbilled = engine->unbilled};
    struct sorting sorting;
    uint32_t cap = 0;
    enum status status = close_raw(engine, until_ns, &statement.arena);
    if (status == STATUS_OK)
        status = engine_close_timelines(engine, until_ns);
    if (status == STATUS_OK)
        status = sorting_new(engine, &statement.arena, &sorting);
    if (status == STATUS_OK)
        status = usage_bills(engine, &sorting, until_ns, &statement, &cap);
    uint32_t usage_count = statement.bill_count;
    if (status == STATUS_OK)
        status = order_bills(engine, until_ns, &statement, &cap);
    if (status == STATUS_OK)
        status = bills_merge(&statement, usage_count);
    if (status == STATUS_OK)
        status = engine_state(engine, sorting.accounts, until_ns == INSTANT_MAX ? engine->last_end_ns : until_ns,
                              &statement);
    if (status != STATUS_OK) {
        statement_free(&statement);
        return status;
    }
    *ret_statement = statement;
    return STATUS_OK;
}
