/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate usage: how much of what was used, and what it comes to. */
#include "cli/usage.h"

#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"

static const struct option options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"account", "ACCOUNT", "only that of this account", NULL, false},
    {"tariff", "TARIFF", "only that under this tariff", NULL, false},
    {"by", "KEYS", "account, region, cell, operation, funding, order; hour, day or month; default: account", NULL,
     false},
    {"from", "INSTANT", "only what was used at or after it", NULL, false},
    {"until", "INSTANT", "only what was used before it", NULL, false},
    {"plot", NULL, "draw bars over time (--by hour, day or month; default: day), a plot for each row", NULL, false},
    {"svg", "FILE", "write them as SVG; \"-\" is standard output", NULL, false},
    {"cost", NULL, "with --plot or --svg: amounts instead of quantities", NULL, false},
    {"stack", NULL, "with --plot or --svg: the rows of a tariff and unit in one plot", NULL, false},
    {"plain", NULL, "with --plot: ASCII only, as in a locale without UTF-8", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate usage --data books/2026", "per account, tariff and item"},
    {"tollgate usage --data books/2026 --account acct-42 --by operation,day", "of one account, per operation and day"},
    {"tollgate usage --data books/2026 --account acct-42 --by order,day", "how its packages were used up, day by day"},
    {"tollgate usage --data books/2026 --by region,month --from 2026-01-01 --until 2026-04-01 --json",
     "three months over all accounts, as JSON"},
    {"tollgate usage --data books/2026 --plot --stack --cost", "what each day costs, by item"},
    {"tollgate usage --data books/2026 --svg usage.svg --by month", "months as a picture"},
};

static int query_read(const struct call *call, struct usage_query *query) {
    const char *usual = usage_is_chart(call) ? "day" : "account";
    struct slice rest = slice_of(option_given(call, "by") ? option_value(call, "by") : usual), word;
    *query = (struct usage_query){.from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX};
    for (bool more = true; more;) {
        more = slice_cut(rest, ',', &word, &rest);
        if (!usage_key_read(query, word))
            return complain(EXIT_USAGE,
                            "--by \"" SLICE_FMT
                            "\" is none of account, region, cell, operation, funding, order, or one of hour, "
                            "day, month.",
                            SLICE_ARG(word));
    }
    query->account = slice_of(option_given(call, "account") ? option_value(call, "account") : "");
    query->tariff = slice_of(option_given(call, "tariff") ? option_value(call, "tariff") : "");
    if (option_given(call, "from") && option_instant(call, "from", NULL, &query->from_ns) != EXIT_DONE)
        return EXIT_USAGE;
    return option_given(call, "until") ? option_instant(call, "until", NULL, &query->until_ns) : EXIT_DONE;
}

/* ---- printing ---- */

static void rows_json(const struct usage_rows *rows, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    usage_rows_json(rows, &writer);
    buf_char(&out->buf, '\n');
}

static void grid_begin(const struct usage_rows *rows, struct grid *grid, char *layout) {
    char *at = layout;
    memset(layout, 0, GRID_COLUMNS_MAX + 1);
    *at++ = 'l', *at++ = 'l';
    for (int key = 0; key < USAGE_KEY_COUNT; key++)
        at += rows->query.by[key] ? (*at = 'l', 1) : 0;
    at += rows->query.by_time ? (*at = 'l', 1) : 0;
    *at++ = 'r', *at++ = 'l', *at++ = 'r';
    if (rows->query.by[USAGE_ORDER])
        *at++ = 'r';
    grid_start(grid, layout, true);
    grid_cell(grid, SLICE("tariff"));
    grid_cell(grid, SLICE("item"));
    for (int key = 0; key < USAGE_KEY_COUNT; key++) {
        if (rows->query.by[key])
            grid_cell(grid, slice_of(usage_key_name((enum usage_key)key)));
    }
    if (rows->query.by_time)
        grid_cell(grid, slice_of(cycle_kind_name(rows->query.time)));
    grid_cell(grid, SLICE("quantity"));
    grid_cell(grid, SLICE("unit"));
    if (rows->query.by[USAGE_ORDER])
        grid_cell(grid, SLICE("units taken"));
    grid_cell(grid, SLICE("amount"));
}

static bool row_text(struct usage_rows *rows, const struct usage_row *row, struct grid *grid) {
    grid_cell(grid, row->tariff->name);
    grid_cell(grid, row->item);
    for (int key = 0; key < USAGE_KEY_COUNT; key++) {
        if (rows->query.by[key])
            grid_cell(grid, row->keys[key]);
    }
    if (rows->query.by_time)
        grid_cell(grid, text_instant(&rows->arena, row->time_ns, row->tariff->zone));
    grid_cell(grid, text_decimal(&rows->arena, row->quantity));
    grid_cell(grid, row->unit);
    if (rows->query.by[USAGE_ORDER])
        grid_cell(grid, row->has_units ? text_decimal(&rows->arena, row->units) : SLICE(""));
    if (row->is_tiered)
        grid_cell(grid, SLICE("tiered"));
    else
        grid_printf(grid, "%s " SLICE_FMT, row->tariff->currency->code,
                    SLICE_ARG(text_decimal(&rows->arena, row->amount)));
    return row->is_tiered;
}

static void rows_text(const struct call *call, struct usage_rows *rows, struct sink *out) {
    struct grid grid = {0};
    char layout[GRID_COLUMNS_MAX + 1];
    bool has_tiered = false;
    grid_begin(rows, &grid, layout);
    for (uint32_t i = 0; i < rows->count; i++)
        has_tiered = row_text(rows, &rows->rows[i], &grid) || has_tiered;
    grid_print(&grid, 0, color_out(call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
    buf_printf(&out->buf, "\nGathered from %s. Amounts are exact, before bills are rounded.\n",
               rows->is_of_journal ? "the journal, event by event" : "the lines of all bills, closed and open");
    if (has_tiered)
        buf_text(&out->buf,
                 "tiered: the price depends on all that was used in the cycle; the bills tell the amount.\n");
}

static int rows_print(void *context, struct usage_rows *rows) {
    const struct call *call = context;
    struct sink out = output_sink();
    usage_sort(rows);
    if (is_json(call))
        rows_json(rows, &out);
    else
        rows_text(call, rows, &out);
    return output_finish(&out, EXIT_DONE);
}

/* ---- gathering ---- */

struct gathering {
    const struct call *call;
    struct usage_rows rows;
    int (*take)(void *context, struct usage_rows *rows);
    void *context;
};

/* The sums of closed bills, if they can tell, else these themselves, and the open ones. */
static enum status bills_gather(struct book *book, struct usage_rows *rows) {
    struct sums_filter filter = usage_sums_filter(&rows->query);
    struct statement statement;
    enum status status = usage_has_sums(&rows->query) ? book_sums(book, &filter, usage_of_sum, rows) : STATUS_NOT_FOUND;
    if (status == STATUS_NOT_FOUND || status == STATUS_INVALID || rows->needs_bills) {
        struct store_bill_filter only = {.account = filter.account, .tariff = filter.tariff};
        usage_restart(rows);
        TRY(book_bills(book, &only, usage_of_bill, rows));
        status = STATUS_OK;
    }
    TRY(status);
    if (rows->needs_journal)
        return STATUS_OK;
    TRY(book_preview(book, INSTANT_MAX, &statement));
    for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++)
        status = usage_of_bill(rows, &statement.bills[i]);
    statement_free(&statement);
    return status;
}

/* EXIT_DONE: taken, unless rows->needs_journal. */
static int bills_run(struct gathering *gathering) {
    struct usage_rows *rows = &gathering->rows;
    struct book *book;
    int code = data_open_read(gathering->call, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = bills_gather(book, rows);
    if (status != STATUS_OK)
        code = data_fault("the usage", status, book_error(book));
    else if (!rows->needs_journal)
        code = gathering->take(gathering->context, rows);
    book_close(book);
    return code;
}

/* What the open cycles charge when they are closed. */
static enum status closing_gather(struct book *book, struct usage_rows *rows) {
    const struct engine *engine = book_engine(book);
    struct slice own = rows->query.account;
    uint32_t first = 0, count = engine_account_count(engine);
    struct engine *part;
    struct statement statement;
    if (own.len > 0 && !engine_account_find(engine, own, &first))
        return STATUS_OK;
    TRY(engine_parts(engine, first, own.len > 0 ? 1 : count, &part));
    engine_set_watch(part, (struct charge_watch){.charged = usage_of_charge, .context = rows});
    enum status status = engine_close(part, INSTANT_MAX, &statement);
    if (status == STATUS_OK)
        statement_free(&statement);
    engine_free(part);
    return status;
}

/* From the sums of charges. *ret_code: EXIT_DONE, taken; false: they cannot tell. */
static bool charges_run(struct gathering *gathering, int *ret_code) {
    struct usage_rows *rows = &gathering->rows;
    struct book *book;
    if (option_given(gathering->call, "as-of"))
        return false;
    rows->is_of_journal = true;
    *ret_code = data_open_read(gathering->call, &book);
    if (*ret_code != EXIT_DONE)
        return true;
    enum status status = usage_has_charges(&rows->query, book_tariffs(book))
                             ? book_charges(book, rows->query.account, usage_of_charge_sum, rows)
                             : STATUS_NOT_FOUND;
    bool can_tell = status != STATUS_NOT_FOUND && status != STATUS_INVALID;
    if (status == STATUS_OK)
        status = closing_gather(book, rows);
    if (status == STATUS_OK)
        status = usage_priced(rows);
    if (status == STATUS_OK)
        *ret_code = gathering->take(gathering->context, rows);
    else if (can_tell)
        *ret_code = data_fault("the usage", status, book_error(book));
    else
        usage_restart(rows);
    book_close(book);
    return can_tell;
}

static int journal_run(struct gathering *gathering) {
    struct usage_rows *rows = &gathering->rows;
    struct charge_watch watch = {.charged = usage_of_charge, .restarted = usage_restart, .context = rows};
    struct book *book;
    rows->is_of_journal = true;
    int code;
    if (charges_run(gathering, &code))
        return code;
    code = data_watch(gathering->call, watch, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = usage_priced(rows);
    code = status == STATUS_OK ? gathering->take(gathering->context, rows) : complain_fault("the usage", status);
    book_close(book);
    return code;
}

int usage_gather(const struct call *call, const struct usage_query *query,
                 int (*take)(void *context, struct usage_rows *rows), void *context) {
    struct gathering gathering = {.call = call, .rows = {.query = *query}, .take = take, .context = context};
    struct usage_rows *rows = &gathering.rows;
    int code = EXIT_DONE;
    rows->needs_journal = usage_needs_journal(query);
    if (!rows->needs_journal)
        code = bills_run(&gathering);
    if (code == EXIT_DONE && rows->needs_journal && query->by_cycle) {
        code =
            complain(EXIT_USAGE, "prices that depend on all that was used in a cycle are known for whole cycles only: "
                                 "leave out `operation` and `order`, and let --from and --until be ends of cycles.");
    } else if (code == EXIT_DONE && rows->needs_journal) {
        usage_restart(rows);
        code = journal_run(&gathering);
    }
    usage_free(rows);
    return code;
}

static int usage_run(const struct call *call) {
    struct usage_query query;
    int code = query_read(call, &query);
    if (code != EXIT_DONE)
        return code;
    if (usage_is_chart(call))
        return usage_chart(call, &query);
    static const char *const others[] = {"cost", "stack", "plain"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (option_given(call, others[i]))
            return complain(EXIT_USAGE, "--%s goes with --plot or --svg.", others[i]);
    }
    return usage_gather(call, &query, rows_print, (void *)(uintptr_t)call);
}

const struct verb verb_usage = {
    .name = "usage",
    .operands = "",
    .summary = "Show how much of what was used, and what it comes to",
    .text =
        "Rows are told apart by tariff, item and what --by names. They are gathered from the lines of all bills,\n"
        "whose amounts are exact. What bills cannot tell (operations, orders, hours of a monthly bill, instants\n"
        "inside a cycle) is gathered from the journal, event by event; a tiered price then has no amount of its own.\n"
        "Hours, days and months are those of the tariff's zone. Usage that another product bills is not here.\n"
        "--plot and --svg show the same numbers as bars. Where the price of a day depends on the rest of its cycle,\n"
        "--cost shows cycles instead.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = usage_run,
};
