/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate ledger: the double-entry balances, and that they sum to zero. */
#include <stdlib.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "engine/money.h"
#include "engine/view.h"
#include "export/grid.h"

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

/* Balances added up over accounts, and over items unless they are asked for. */
struct shown {
    const struct call *call;
    const struct engine *engine;
    struct arena run;
    struct posting *rows; /* by currency, ledger account, item */
    uint64_t count;
};

static int row_compare(const void *left, const void *right) {
    const struct ledger_key *a = &((const struct posting *)left)->key, *b = &((const struct posting *)right)->key;
    int by_currency = slice_cmp(slice_of(a->currency->code), slice_of(b->currency->code));
    if (by_currency)
        return by_currency;
    if (a->ledger_account != b->ledger_account)
        return a->ledger_account < b->ledger_account ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

/* Sorted rows of one key become one. */
static enum status rows_merge(struct shown *shown, uint64_t count) {
    shown->count = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct posting *last = shown->count > 0 ? &shown->rows[shown->count - 1] : NULL;
        if (last && row_compare(last, &shown->rows[i]) == 0)
            TRY(decimal_add(last->amount, shown->rows[i].amount, &last->amount));
        else
            shown->rows[shown->count++] = shown->rows[i];
    }
    return STATUS_OK;
}

/* account: UINT32_MAX for all of them. */
static enum status rows_collect(struct shown *shown, uint32_t account) {
    const struct ledger *ledger = engine_ledger(shown->engine);
    uint64_t all = ledger_count(ledger), count = 0;
    shown->rows = ARENA_ARRAY(&shown->run, all + 1, struct posting);
    if (shown->rows == NULL)
        return STATUS_NO_MEMORY;
    ledger_list(ledger, shown->rows);
    for (uint64_t i = 0; i < all; i++) {
        struct posting row = shown->rows[i];
        if (account != UINT32_MAX && row.key.account != account)
            continue;
        row.key.account = 0;
        if (!option_given(shown->call, "items"))
            row.key.item = 0;
        shown->rows[count++] = row;
    }
    if (count > 0)
        qsort(shown->rows, count, sizeof *shown->rows, row_compare);
    return rows_merge(shown, count);
}

static bool is_same_currency(const struct shown *shown, uint64_t index, uint64_t other) {
    return index < shown->count && shown->rows[index].key.currency == shown->rows[other].key.currency;
}

static enum status currency_json(struct shown *shown, uint64_t *index, struct json_writer *writer) {
    struct decimal sum = DECIMAL_ZERO;
    uint64_t first = *index;
    json_object(writer);
    json_member(writer, "currency", slice_of(shown->rows[first].key.currency->code));
    json_key(writer, "balances");
    json_array(writer);
    for (; is_same_currency(shown, *index, first); ++*index) {
        const struct posting *row = &shown->rows[*index];
        json_object(writer);
        json_member(writer, "ledger_account", slice_of(ledger_account_name(row->key.ledger_account)));
        if (option_given(shown->call, "items"))
            json_optional(writer, "item", engine_ledger_item(shown->engine, row->key.item));
        json_decimal(writer, "amount", row->amount);
        json_object_end(writer);
        TRY(decimal_add(sum, row->amount, &sum));
    }
    json_array_end(writer);
    json_decimal(writer, "sum", sum);
    json_object_end(writer);
    return STATUS_OK;
}

static enum status shown_json(struct shown *shown, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    json_object(&writer);
    json_key(&writer, "currencies");
    json_array(&writer);
    for (uint64_t i = 0; i < shown->count;)
        TRY(currency_json(shown, &i, &writer));
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
    return STATUS_OK;
}

static void row_text(struct shown *shown, struct grid *grid, const struct posting *row) {
    grid_cell(grid, slice_of(row->key.currency->code));
    grid_cell(grid, slice_of(ledger_account_name(row->key.ledger_account)));
    if (option_given(shown->call, "items"))
        grid_cell(grid, engine_ledger_item(shown->engine, row->key.item));
    grid_cell(grid, text_decimal(&shown->run, row->amount));
    grid_cell(grid, slice_of(ledger_account_note(row->key.ledger_account)));
}

static void sum_text(struct shown *shown, struct grid *grid, const struct currency *currency, struct decimal sum) {
    grid_cell(grid, slice_of(currency->code));
    grid_cell(grid, SLICE("sum"));
    if (option_given(shown->call, "items"))
        grid_cell(grid, SLICE(""));
    grid_cell(grid, text_decimal(&shown->run, sum));
    grid_row_end(grid);
}

static enum status shown_text(struct shown *shown, struct sink *out) {
    static const char *const columns[] = {"currency", "ledger account", "item", "balance", "what it says"};
    bool has_items = option_given(shown->call, "items");
    struct decimal sum = DECIMAL_ZERO;
    struct grid grid = {0};
    enum status status = STATUS_OK;
    grid_start(&grid, has_items ? "lllrl" : "llrl", true);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (has_items || i != 2)
            grid_cell(&grid, slice_of(columns[i]));
    for (uint64_t i = 0; i < shown->count && status == STATUS_OK; i++) {
        row_text(shown, &grid, &shown->rows[i]);
        status = decimal_add(sum, shown->rows[i].amount, &sum);
        if (is_same_currency(shown, i + 1, i))
            continue;
        sum_text(shown, &grid, shown->rows[i].key.currency, sum);
        sum = DECIMAL_ZERO;
    }
    grid_print(&grid, 0, color_out(shown->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
    return status;
}

static int shown_print(struct shown *shown, uint32_t account) {
    enum status status = rows_collect(shown, account);
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
    struct shown shown = {.call = call, .engine = book_engine(book)};
    if (name && !engine_account_find(shown.engine, slice_of(name), &account))
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
