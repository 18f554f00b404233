/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement for people: bills, balances, alerts, and everything that was not charged. Many bills of short cycles are
 * shown as one group with their lines added up; nothing is added across tariffs, accounts or currencies. */
#include "export/export.h"
#include "export/grid.h"
#include "export/group.h"

#define GROUP_MIN 5    /* so many hourly or daily bills in a row become a group */
#define NOTICES_MAX 50 /* of a kind, written out; the rest is counted */

struct table {
    const struct export_options *options;
    struct sink *sink;
    struct grid grid;
    struct arena scratch;
};

static const char *bold(const struct table *table) {
    return table->options->color ? "\033[1m" : "";
}

static const char *plain(const struct table *table) {
    return table->options->color ? "\033[0m" : "";
}

static void table_flush(struct table *table, unsigned indent) {
    grid_print(&table->grid, indent, table->options->color, &table->sink->buf);
    arena_reset(&table->scratch);
    sink_spill(table->sink);
}

static void bill_heading(struct table *table, const struct bill *first, struct period period, uint32_t bill_count) {
    struct buf *out = &table->sink->buf;
    const struct zone *zone = first->tariff->zone;
    struct slice start = text_instant(&table->scratch, period.start_ns, zone);
    struct slice end = text_instant(&table->scratch, period.end_ns, zone);
    buf_text(out, bold(table));
    buf_visible(out, first->account);
    buf_printf(out, "  " SLICE_FMT "%s  ", SLICE_ARG(first->tariff->name), plain(table));
    buf_printf(out, "%s  " SLICE_FMT " to " SLICE_FMT, bill_kind_name(first->kind), SLICE_ARG(start), SLICE_ARG(end));
    if (bill_count == 1 && first->number > 0)
        buf_printf(out, "  " SLICE_FMT, SLICE_ARG(text_bill_number(&table->scratch, first)));
    if (bill_count > 1)
        buf_printf(out, "  %u bills of one %s", bill_count, cycle_kind_name(first->tariff->cycle));
    buf_printf(out, "  %s\n", first->tariff->currency->code);
}

static void grid_decimal(struct table *table, struct decimal value) {
    grid_cell(&table->grid, text_decimal(&table->scratch, value));
}

static struct slice line_name(struct table *table, const struct bill *bill, const struct bill_line *line) {
    struct slice name = line->item;
    struct slice cells[] = {line->region, line->label};
    for (size_t i = 0; i < 2; i++) {
        if (cells[i].len > 0)
            name = arena_printf(&table->scratch, SLICE_FMT "  " SLICE_FMT, SLICE_ARG(name), SLICE_ARG(cells[i]));
    }
    if (line->is_adjustment)
        name = arena_printf(&table->scratch, SLICE_FMT "  (of " SLICE_FMT ")", SLICE_ARG(name),
                            SLICE_ARG(text_instant(&table->scratch, line->adjusts.start_ns, bill->tariff->zone)));
    return name.ptr ? name : line->item;
}

static void line_row(struct table *table, const struct bill *bill, const struct bill_line *line) {
    grid_cell(&table->grid, line_name(table, bill, line));
    grid_decimal(table, line->quantity);
    grid_cell(&table->grid, line->unit);
    grid_cell(&table->grid, text_price(&table->scratch, line->unit_price, line->per));
    grid_cell(&table->grid, slice_of(line->funding));
    grid_decimal(table, line->amount);
}

static void line_steps(struct table *table, const struct bill *bill, const struct bill_line *line) {
    struct trace trace = {.arena = &table->scratch};
    struct buf steps = {0};
    bill_line_explain(bill, line, &trace);
    export_steps_text(&trace, 4, &steps);
    struct slice rest = buf_slice(&steps), head;
    while (rest.len > 0) {
        slice_cut(rest, '\n', &head, &rest);
        grid_text(&table->grid, head);
    }
    table->grid.failed = table->grid.failed || steps.failed;
    buf_free(&steps);
}

static void total_rows(struct table *table, const struct bill *bill) {
    char total[DECIMAL_TEXT_MAX];
    static const char *const names[] = {"exact total", "rounding"};
    struct decimal values[] = {bill->exact_total, bill->rounding};
    for (size_t i = 0; i < 2; i++) {
        for (size_t column = 0; column < 4; column++)
            grid_cell(&table->grid, SLICE(""));
        grid_cell(&table->grid, slice_of(names[i]));
        grid_decimal(table, values[i]);
    }
    for (size_t column = 0; column < 4; column++)
        grid_cell(&table->grid, SLICE(""));
    decimal_format_fixed(bill->total, bill->tariff->bill_scale, total);
    grid_cell(&table->grid, SLICE("total"));
    grid_printf(&table->grid, "%s %s", bill->tariff->currency->code, total);
}

static void bill_header_row(struct table *table, const char *item) {
    static const char *const columns[] = {"quantity", "unit", "price", "paid by", "amount"};
    grid_start(&table->grid, "lrlrlr", true);
    grid_cell(&table->grid, slice_of(item));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&table->grid, slice_of(columns[i]));
}

static void table_bill(struct table *table, const struct bill *bill) {
    bill_heading(table, bill, bill->cycle, 1);
    bill_header_row(table, bill->kind == BILL_ORDERS ? "sku" : "item");
    for (uint32_t i = 0; i < bill->line_count; i++) {
        line_row(table, bill, &bill->lines[i]);
        if (table->options->explain)
            line_steps(table, bill, &bill->lines[i]);
    }
    total_rows(table, bill);
    table_flush(table, 2);
    buf_char(&table->sink->buf, '\n');
}

static void group_bill_rows(struct table *table, const struct bill *bills, uint32_t count) {
    char total[DECIMAL_TEXT_MAX];
    grid_start(&table->grid, "lrrrr", true);
    static const char *const columns[] = {"cycle", "lines", "exact total", "rounding", "total"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&table->grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < count; i++) {
        const struct bill *bill = &bills[i];
        if (bill->kind != BILL_USAGE)
            continue;
        grid_cell(&table->grid, text_instant(&table->scratch, bill->cycle.start_ns, bill->tariff->zone));
        grid_printf(&table->grid, "%u", bill->line_count);
        grid_decimal(table, bill->exact_total);
        grid_decimal(table, bill->rounding);
        decimal_format_fixed(bill->total, bill->tariff->bill_scale, total);
        grid_cell(&table->grid, slice_of(total));
    }
    table_flush(table, 2);
}

static enum status table_group(struct table *table, const struct bill *bills, uint32_t count) {
    struct bill group;
    uint32_t bill_count = 0;
    TRY(bill_group_sum(bills, count, &table->scratch, &group, &bill_count));
    bill_heading(table, &group, group.cycle, bill_count);
    bill_header_row(table, "item");
    for (uint32_t i = 0; i < group.line_count; i++)
        line_row(table, &group, &group.lines[i]);
    total_rows(table, &group);
    table_flush(table, 2);
    group_bill_rows(table, bills, count);
    buf_char(&table->sink->buf, '\n');
    return STATUS_OK;
}

/* Bills of one account under one tariff stand together. */
static uint32_t run_length(const struct statement *statement, uint32_t from, uint32_t *ret_usage_count) {
    const struct bill *first = &statement->bills[from];
    uint32_t count = 0;
    *ret_usage_count = 0;
    while (from + count < statement->bill_count && first[count].tariff == first->tariff &&
           slice_eq(first[count].account, first->account)) {
        *ret_usage_count += first[count].kind == BILL_USAGE;
        count++;
    }
    return count;
}

static enum status table_bills(struct table *table, const struct statement *statement) {
    uint32_t count;
    for (uint32_t i = 0; i < statement->bill_count; i += count) {
        uint32_t usage_count;
        const struct bill *bills = &statement->bills[i];
        count = run_length(statement, i, &usage_count);
        bool is_short = bills->tariff->cycle == CYCLE_HOUR || bills->tariff->cycle == CYCLE_DAY;
        bool is_group = is_short && usage_count >= GROUP_MIN && !table->options->each && !table->options->explain;
        for (uint32_t k = 0; k < count; k++) {
            if (!is_group || bills[k].kind == BILL_ORDERS)
                table_bill(table, &bills[k]);
        }
        if (is_group)
            TRY(table_group(table, bills, count));
    }
    return STATUS_OK;
}

static void table_title(struct table *table, const char *title, const char *layout, const char *const *columns) {
    buf_printf(&table->sink->buf, "%s%s%s\n", bold(table), title, plain(table));
    grid_start(&table->grid, layout, true);
    for (size_t i = 0; layout[i] != '\0'; i++)
        grid_cell(&table->grid, slice_of(columns[i]));
}

/* Plans hold no units: what was bought is their size. */
static void balance_cells(struct table *table, const struct balance_row *row, bool with_held) {
    bool is_plan = row->lot->product->kind != PRODUCT_PACKAGE && row->lot->product->kind != PRODUCT_GRANT;
    struct decimal cells[] = {row->balance.used, row->balance.held, row->balance.remaining, row->balance.expired};
    grid_decimal(table, is_plan ? row->lot->pieces : row->balance.bought);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        if (i != 1 || with_held)
            grid_cell(&table->grid, is_plan ? SLICE("") : text_decimal(&table->scratch, cells[i]));
}

/* A licence ends a time after it was activated. */
static struct slice balance_end(struct table *table, const struct balance_row *row) {
    const struct lot *lot = row->lot;
    if (lot->is_refunded)
        return SLICE("refunded");
    if (lot->product->kind == PRODUCT_LICENCE && !lot->is_activated)
        return lot->is_lapsed ? SLICE("lapsed") : SLICE("not activated");
    return text_instant(&table->scratch, lot->expires_ns, row->tariff->zone);
}

static bool is_any_held(const struct statement *statement) {
    for (uint32_t i = 0; i < statement->balance_count; i++)
        if (!decimal_is_zero(statement->balances[i].balance.held))
            return true;
    return false;
}

static void table_balances(struct table *table, const struct statement *statement) {
    static const char *const columns[] = {"account",   "order",   "sku",  "bought", "used",
                                          "remaining", "expired", "unit", "expires"};
    static const char *const columns_held[] = {"account", "order",     "sku",     "bought", "used",
                                               "held",    "remaining", "expired", "unit",   "expires"};
    if (statement->balance_count == 0)
        return;
    bool with_held = is_any_held(statement);
    table_title(table, "Balances", with_held ? "lllrrrrrll" : "lllrrrrll", with_held ? columns_held : columns);
    for (uint32_t i = 0; i < statement->balance_count; i++) {
        const struct balance_row *row = &statement->balances[i];
        grid_cell(&table->grid, row->account);
        grid_cell(&table->grid, row->lot->order_id);
        grid_cell(&table->grid, row->lot->product->sku);
        balance_cells(table, row, with_held);
        grid_cell(&table->grid, row->lot->product->unit);
        grid_cell(&table->grid, balance_end(table, row));
    }
    table_flush(table, 2);
    buf_char(&table->sink->buf, '\n');
}

static void table_externals(struct table *table, const struct statement *statement) {
    static const char *const columns[] = {"account", "item", "quantity", "unit", "billed by"};
    if (statement->external_count == 0)
        return;
    table_title(table, "Billed by other products", "llrll", columns);
    for (uint32_t i = 0; i < statement->external_count; i++) {
        const struct external_row *row = &statement->externals[i];
        grid_cell(&table->grid, row->account);
        grid_cell(&table->grid, row->item);
        grid_decimal(table, row->quantity);
        grid_cell(&table->grid, row->unit);
        grid_cell(&table->grid, row->billed_by);
    }
    table_flush(table, 2);
    buf_char(&table->sink->buf, '\n');
}

static void table_alerts(struct table *table, const struct statement *statement) {
    static const char *const columns[] = {"account", "alert", "at", "what", "remaining", "times"};
    if (statement->alert_count == 0)
        return;
    table_title(table, "Alerts", "llllrr", columns);
    for (uint32_t i = 0; i < statement->alert_count; i++) {
        const struct alert *alert = &statement->alerts[i];
        struct slice what = alert->sku.len > 0 ? alert->sku : alert->item.len > 0 ? alert->item : alert->note;
        if (what.len == 0 && alert->tariff)
            what = alert->tariff->name;
        grid_cell(&table->grid, alert->account);
        grid_cell(&table->grid, slice_of(alert_name(alert->kind)));
        grid_cell(&table->grid,
                  text_instant(&table->scratch, alert->at_ns, alert->tariff ? alert->tariff->zone : NULL));
        grid_cell(&table->grid, what);
        grid_decimal(table, alert->remaining);
        grid_printf(&table->grid, "%llu", (unsigned long long)alert->count);
    }
    table_flush(table, 2);
    buf_char(&table->sink->buf, '\n');
}

static void table_notices(struct table *table, const char *title, const struct notice *notices, uint32_t count) {
    static const char *const columns[] = {"where", "event", "account", "reason"};
    if (count == 0)
        return;
    table_title(table, title, "llll", columns);
    for (uint32_t i = 0; i < count && i < NOTICES_MAX; i++) {
        grid_printf(&table->grid, SLICE_FMT ":%u:%u", SLICE_ARG(notices[i].file), notices[i].line, notices[i].column);
        grid_cell(&table->grid, notices[i].id);
        grid_cell(&table->grid, notices[i].account);
        grid_cell(&table->grid, notices[i].reason);
    }
    table_flush(table, 2);
    if (count > NOTICES_MAX)
        buf_printf(&table->sink->buf, "  … and %u more; --json lists every one\n", count - NOTICES_MAX);
    buf_char(&table->sink->buf, '\n');
}

enum status export_table(const struct statement *statement, const struct export_options *options, struct sink *sink) {
    struct table table = {.options = options, .sink = sink};
    enum status status = table_bills(&table, statement);
    table_balances(&table, statement);
    table_externals(&table, statement);
    table_alerts(&table, statement);
    table_notices(&table, "Unpriced: metered, but the tariff has no price for it", statement->unpriced,
                  statement->unpriced_count);
    table_notices(&table, "Rejected: not taken into account", statement->rejected, statement->rejected_count);
    if (table.grid.failed && status == STATUS_OK)
        status = STATUS_NO_MEMORY;
    grid_free(&table.grid);
    arena_free(&table.scratch);
    return status;
}
