/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate ledger: the double-entry balances, and that they sum to zero. */
#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"account", "ACCOUNT", "only what concerns this account", NULL, false},
    {"items", NULL, "a balance for every item, not only for every ledger account", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate ledger --data books/2026", "the balance of every ledger account, and their sum"},
    {"tollgate ledger --data books/2026 --account acct-42 --items --json", "one account, item by item, as JSON"},
};

struct shown {
    const struct call *call;
    struct view view;
    struct arena run;
    struct view_ledger ledger;
};

static bool is_same_currency(const struct shown *shown, uint64_t index, uint64_t other) {
    return index < shown->ledger.count &&
           shown->ledger.rows[index].key.currency == shown->ledger.rows[other].key.currency;
}

static enum status shown_json(struct shown *shown, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    TRY(view_ledger_json(&shown->view, &shown->ledger, &writer));
    buf_char(&out->buf, '\n');
    return STATUS_OK;
}

static void row_text(struct shown *shown, struct grid *grid, const struct posting *row) {
    grid_cell(grid, slice_of(row->key.currency->code));
    grid_cell(grid, slice_of(ledger_account_name(row->key.ledger_account)));
    if (shown->ledger.has_items)
        grid_cell(grid, engine_ledger_item(shown->view.engine, row->key.item));
    grid_cell(grid, text_decimal(&shown->run, row->amount));
    grid_cell(grid, slice_of(ledger_account_note(row->key.ledger_account)));
}

static void sum_text(struct shown *shown, struct grid *grid, const struct currency *currency, struct decimal sum) {
    grid_cell(grid, slice_of(currency->code));
    grid_cell(grid, SLICE("sum"));
    if (shown->ledger.has_items)
        grid_cell(grid, SLICE(""));
    grid_cell(grid, text_decimal(&shown->run, sum));
    grid_row_end(grid);
}

static enum status shown_text(struct shown *shown, struct sink *out) {
    static const char *const columns[] = {"currency", "ledger account", "item", "balance", "what it says"};
    bool has_items = shown->ledger.has_items;
    struct decimal sum = DECIMAL_ZERO;
    struct grid grid = {0};
    enum status status = STATUS_OK;
    grid_start(&grid, has_items ? "lllrl" : "llrl", true);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (has_items || i != 2)
            grid_cell(&grid, slice_of(columns[i]));
    for (uint64_t i = 0; i < shown->ledger.count && status == STATUS_OK; i++) {
        row_text(shown, &grid, &shown->ledger.rows[i]);
        status = decimal_add(sum, shown->ledger.rows[i].amount, &sum);
        if (is_same_currency(shown, i + 1, i))
            continue;
        sum_text(shown, &grid, shown->ledger.rows[i].key.currency, sum);
        sum = DECIMAL_ZERO;
    }
    grid_print(&grid, 0, color_out(shown->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
    return status;
}

static int shown_print(struct shown *shown, uint32_t account) {
    enum status status = view_ledger(&shown->view, account, option_given(shown->call, "items"), &shown->ledger);
    struct sink out = output_sink();
    if (status == STATUS_OK)
        status = is_json(shown->call) ? shown_json(shown, &out) : shown_text(shown, &out);
    int code = output_finish(&out, EXIT_DONE);
    return status == STATUS_OK ? code : complain_fault("the ledger", status);
}

static int ledger_run(const struct call *call) {
    struct book *book;
    uint32_t account = UINT32_MAX;
    const char *name = option_value(call, "account");
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    struct shown shown = {.call = call, .view = {book_engine(book), book_tariffs(book), NULL}};
    shown.view.run = &shown.run;
    if (name && !engine_account_find(shown.view.engine, slice_of(name), &account))
        code = complain(EXIT_INCOMPLETE, "there is no account \"%s\": no event, order or setting names it.", name);
    else
        code = shown_print(&shown, account);
    arena_free(&shown.run);
    book_close(book);
    return code;
}

const struct verb verb_ledger = {
    .name = "ledger",
    .operands = "",
    .summary = "Show the double-entry ledger: balances that sum to zero",
    .text =
        "A debit is above zero, a credit below. What is posted together sums to zero in its currency, so all balances\n"
        "of a currency do. Currencies are never added.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = ledger_run,
};
