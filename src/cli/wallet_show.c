/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate wallet show: what accounts have paid ahead, what of it is claimed, what is available. */
#include <stdlib.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option options[] = {OPTION_DATA, OPTION_AS_OF, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate wallet show --data books/2026", "every wallet"},
    {"tollgate wallet show acct-42 --data books/2026 --json", "those of one account, as JSON"},
};

struct row {
    uint32_t account;
    struct slice name;
    const struct wallet *wallet;
    struct wallet_state state;
};

struct shown {
    const struct call *call;
    const struct engine *engine;
    const struct tariff_set *tariffs;
    struct arena run;
    struct row *rows; /* by account, currency */
    uint32_t count;
};

static int row_compare(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    int by_name = slice_cmp(a->name, b->name);
    return by_name ? by_name : slice_cmp(slice_of(a->wallet->currency->code), slice_of(b->wallet->currency->code));
}

/* The wallets of the accounts from first to before last. */
static enum status rows_collect(struct shown *shown, uint32_t first, uint32_t last) {
    uint32_t count = 0;
    for (uint32_t i = first; i < last; i++)
        for (const struct wallet *wallet = engine_wallets(shown->engine, i); wallet; wallet = wallet->next)
            count++;
    shown->rows = ARENA_ARRAY(&shown->run, count + (size_t)1, struct row);
    if (shown->rows == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = first; i < last; i++)
        for (const struct wallet *wallet = engine_wallets(shown->engine, i); wallet; wallet = wallet->next) {
            struct row *row = &shown->rows[shown->count++];
            *row = (struct row){.account = i, .name = engine_account_view(shown->engine, i).name, .wallet = wallet};
            TRY(engine_wallet_state(shown->engine, i, wallet, &row->state));
        }
    if (count > 0)
        qsort(shown->rows, count, sizeof *shown->rows, row_compare);
    return STATUS_OK;
}

static enum status shown_json(struct shown *shown, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    struct view view = {shown->engine, shown->tariffs, &shown->run};
    json_object(&writer);
    json_key(&writer, "wallets");
    json_array(&writer);
    for (uint32_t i = 0; i < shown->count; i++) {
        TRY(view_wallet_json(&view, shown->rows[i].account, shown->rows[i].wallet, &writer));
        sink_spill(out);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
    return STATUS_OK;
}

static void grid_suspended(struct shown *shown, const struct row *row, struct grid *grid) {
    struct view view = {shown->engine, shown->tariffs, &shown->run};
    struct subscription_view suspended;
    struct buf names = {0};
    for (uint32_t i = 0; view_suspended_next(&view, row->account, row->wallet, &i, &suspended);)
        buf_printf(&names, "%s" SLICE_FMT, names.len > 0 ? ", " : "", SLICE_ARG(suspended.tariff->name));
    grid_cell(grid, buf_slice(&names));
    grid->failed = grid->failed || names.failed;
    buf_free(&names);
}

static void shown_text(struct shown *shown, struct sink *out) {
    static const char *const columns[] = {"account", "currency",  "balance",       "credit",
                                          "frozen",  "available", "overdue since", "suspended"};
    struct grid grid = {0};
    grid_start(&grid, "llrrrrll", true);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < shown->count; i++) {
        const struct row *row = &shown->rows[i];
        grid_cell(&grid, row->name);
        grid_cell(&grid, slice_of(row->wallet->currency->code));
        grid_cell(&grid, text_decimal(&shown->run, row->state.balance));
        grid_cell(&grid, text_decimal(&shown->run, row->wallet->credit));
        grid_cell(&grid, text_decimal(&shown->run, row->state.frozen));
        grid_cell(&grid, text_decimal(&shown->run, row->state.available));
        grid_cell(&grid, row->wallet->owes ? text_instant(&shown->run, row->wallet->owes_ns, NULL) : SLICE(""));
        grid_suspended(shown, row, &grid);
    }
    grid_print(&grid, 0, color_out(shown->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static int shown_print(struct shown *shown, uint32_t first, uint32_t last) {
    enum status status = rows_collect(shown, first, last);
    struct sink out = output_sink();
    if (status == STATUS_OK && is_json(shown->call))
        status = shown_json(shown, &out);
    else if (status == STATUS_OK)
        shown_text(shown, &out);
    int code = output_finish(&out, EXIT_DONE);
    return status == STATUS_OK ? code : complain_fault("the wallets", status);
}

static int show_run(const struct call *call) {
    struct book *book;
    uint32_t account = 0;
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    struct shown shown = {.call = call, .engine = book_engine(book), .tariffs = book_tariffs(book)};
    if (call->operand_count == 0)
        code = shown_print(&shown, 0, engine_account_count(shown.engine));
    else if (engine_account_find(shown.engine, slice_of(call->operands[0]), &account))
        code = shown_print(&shown, account, account + 1);
    else
        code = complain(EXIT_INCOMPLETE, "there is no account \"%s\": no event, order or setting names it.",
                        call->operands[0]);
    arena_free(&shown.run);
    book_close(book);
    return code;
}

const struct verb verb_wallet_show = {
    .name = "wallet show",
    .operands = "[ACCOUNT]",
    .summary = "Show wallets: balance, credit, frozen, available",
    .text = "balance + credit - frozen = available. Frozen is what closed bills claim that are not settled yet. Below "
            "zero\n"
            "an account is overdue, and the tariff says what it may still use.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 1,
    .run = show_run,
};
