/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate account show, tollgate account list: what is known of accounts. */
#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "view/view.h"

#include <stdlib.h>

static const struct option options[] = {OPTION_DATA, OPTION_AS_OF, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example show_examples[] = {
    {"tollgate account show acct-42 --data books/2026", "settings, orders and what is left of them"},
};
static const struct verb_example list_examples[] = {
    {"tollgate account list --data books/2026 --json", "every account, as JSON"},
};

/* One account being shown. */
struct shown {
    const struct call *call;
    const struct engine *engine;
    const struct tariff_set *tariffs;
    uint32_t account;
    struct account_view view;
    struct statement statement; /* its balances only */
};

static struct view view_of(struct shown *shown) {
    return (struct view){shown->engine, shown->tariffs, &shown->statement.arena};
}

static enum status shown_json(struct shown *shown, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    struct view view = view_of(shown);
    TRY(view_account_json(&view, shown->account, &writer));
    buf_char(&out->buf, '\n');
    return STATUS_OK;
}

static void count_text(struct shown *shown, const char *what, uint64_t count, int64_t first_ns, struct buf *out) {
    struct slice first = text_instant(&shown->statement.arena, first_ns, NULL);
    if (count > 0)
        buf_printf(out, "%llu events %s, the first at " SLICE_FMT "\n", (unsigned long long)count, what,
                   SLICE_ARG(first));
}

static void settings_text(const struct shown *shown, struct sink *out) {
    static const char *const columns[] = {"tariff", "activated", "postpaid", "mode", "orders"};
    struct subscription_view subscription;
    struct grid grid = {0};
    grid_start(&grid, "llllr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < shown->tariffs->count; i++) {
        if (!engine_subscription_view(shown->engine, shown->account, shown->tariffs->list[i], &subscription))
            continue;
        grid_cell(&grid, subscription.tariff->name);
        grid_cell(&grid, slice_of(subscription.is_activated ? "yes" : "no"));
        grid_cell(&grid, slice_of(subscription.postpaid ? "on" : "off"));
        grid_cell(&grid, slice_of(view_mode_name(&subscription)));
        grid_printf(&grid, "%u", subscription.lot_count);
    }
    grid_print(&grid, 2, color_out(shown->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static void terms_text(struct shown *shown, struct buf *out) {
    uint32_t contracts = engine_contract_count(shown->engine, shown->account);
    uint32_t attributes = engine_attribute_count(shown->engine, shown->account);
    if (shown->view.zone != NULL)
        buf_printf(out, "  zone %s\n", zone_name(shown->view.zone));
    for (uint32_t i = 0; i < contracts; i++) {
        struct contract_view contract = engine_contract_view(shown->engine, shown->account, i);
        struct slice from = text_instant(&shown->statement.arena, contract.from_ns, contract.tariff->zone);
        buf_printf(out, "  contract ");
        buf_visible(out, contract.id);
        buf_printf(out, ": from " SLICE_FMT " on " SLICE_FMT " stands for " SLICE_FMT "\n", SLICE_ARG(from),
                   SLICE_ARG(contract.use->name), SLICE_ARG(contract.tariff->name));
    }
    for (uint32_t i = 0; i < attributes; i++) {
        struct attribute attribute = engine_attribute_view(shown->engine, shown->account, i);
        buf_printf(out, "  events have " SLICE_FMT " ", SLICE_ARG(shown->tariffs->attrs.names.texts[attribute.slot]));
        buf_visible(out, view_attribute_text(&shown->statement.arena, &attribute.value));
        buf_printf(out, " when they do not say\n");
    }
}

static void suspended_text(struct shown *shown, struct buf *out) {
    struct subscription_view subscription;
    for (uint32_t i = 0; i < shown->tariffs->count; i++) {
        const struct tariff *tariff = shown->tariffs->list[i];
        if (!engine_subscription_view(shown->engine, shown->account, tariff, &subscription) ||
            !subscription.is_suspended)
            continue;
        struct slice since = text_instant(&shown->statement.arena, subscription.suspended_ns, tariff->zone);
        buf_printf(out, "  " SLICE_FMT " is suspended since " SLICE_FMT "; see `tollgate wallet show`\n",
                   SLICE_ARG(tariff->name), SLICE_ARG(since));
    }
}

static enum status wallets_text(struct shown *shown, struct buf *out) {
    const struct wallet *wallet = engine_wallets(shown->engine, shown->account);
    for (; wallet != NULL; wallet = wallet->next) {
        struct wallet_state state;
        TRY(engine_wallet_state(shown->engine, shown->account, wallet, &state));
        buf_printf(out, "  wallet: %s " SLICE_FMT ", " SLICE_FMT " available\n", wallet->currency->code,
                   SLICE_ARG(text_decimal(&shown->statement.arena, state.balance)),
                   SLICE_ARG(text_decimal(&shown->statement.arena, state.available)));
    }
    uint32_t holds = engine_hold_count(shown->engine, shown->account);
    if (holds > 0)
        buf_printf(out, "  %u open holds; see `tollgate hold list`\n", holds);
    return STATUS_OK;
}

static enum status shown_text(struct shown *shown, struct sink *out) {
    struct export_options export = {.color = color_out(shown->call)};
    struct view view = view_of(shown);
    buf_visible(&out->buf, shown->view.name);
    buf_char(&out->buf, '\n');
    terms_text(shown, &out->buf);
    settings_text(shown, out);
    suspended_text(shown, &out->buf);
    TRY(wallets_text(shown, &out->buf));
    buf_char(&out->buf, '\n');
    TRY(view_balances(&view, shown->account, &shown->statement.balances, &shown->statement.balance_count));
    TRY(export_table(&shown->statement, &export, out));
    count_text(shown, "have no price", shown->view.unpriced, shown->view.unpriced_ns, &out->buf);
    count_text(shown, "were paid for by nothing", shown->view.unfunded, shown->view.unfunded_ns, &out->buf);
    return STATUS_OK;
}

static int shown_print(struct shown *shown) {
    struct sink out = output_sink();
    enum status status = is_json(shown->call) ? shown_json(shown, &out) : shown_text(shown, &out);
    int code = output_finish(&out, EXIT_DONE);
    statement_free(&shown->statement);
    return status == STATUS_OK ? code : complain_fault("the account", status);
}

static int show_run(const struct call *call) {
    struct book *book;
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    struct shown shown = {.call = call, .engine = book_engine(book), .tariffs = book_tariffs(book)};
    if (engine_account_find(shown.engine, slice_of(call->operands[0]), &shown.account)) {
        shown.view = engine_account_view(shown.engine, shown.account);
        code = shown_print(&shown);
    } else {
        code = complain(EXIT_INCOMPLETE, "there is no account \"%s\": no event, order or setting names it.",
                        call->operands[0]);
    }
    book_close(book);
    return code;
}

/* ---- all of them ---- */

struct row {
    struct account_view view;
    uint32_t account, activated, orders;
};

static int row_compare(const void *left, const void *right) {
    return slice_cmp(((const struct row *)left)->view.name, ((const struct row *)right)->view.name);
}

static struct row row_of(const struct book *book, uint32_t account) {
    struct row row = {.view = engine_account_view(book_engine(book), account), .account = account};
    struct subscription_view subscription;
    for (uint32_t i = 0; i < book_tariffs(book)->count; i++) {
        if (!engine_subscription_view(book_engine(book), account, book_tariffs(book)->list[i], &subscription))
            continue;
        row.activated += subscription.is_activated;
        row.orders += subscription.lot_count;
    }
    return row;
}

static void list_json(const struct view *view, const struct row *rows, uint32_t count, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    json_object(&writer);
    json_key(&writer, "accounts");
    json_array(&writer);
    for (uint32_t i = 0; i < count; i++) {
        view_account_row_json(view, rows[i].account, &writer);
        sink_spill(out);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void list_text(const struct call *call, const struct row *rows, uint32_t count, struct sink *out) {
    static const char *const columns[] = {"account", "activated", "orders", "unpriced", "unfunded"};
    struct grid grid = {0};
    grid_start(&grid, "lrrrr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < count; i++) {
        grid_cell(&grid, rows[i].view.name);
        grid_printf(&grid, "%u", rows[i].activated);
        grid_printf(&grid, "%u", rows[i].orders);
        grid_printf(&grid, "%llu", (unsigned long long)rows[i].view.unpriced);
        grid_printf(&grid, "%llu", (unsigned long long)rows[i].view.unfunded);
    }
    grid_print(&grid, 0, color_out(call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static int list_run(const struct call *call) {
    struct book *book;
    struct arena run = {0};
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    uint32_t count = engine_account_count(book_engine(book));
    struct row *rows = ARENA_ARRAY(&run, count + (size_t)1, struct row);
    if (rows != NULL) {
        struct sink out = output_sink();
        for (uint32_t i = 0; i < count; i++)
            rows[i] = row_of(book, i);
        qsort(rows, count, sizeof *rows, row_compare);
        if (is_json(call))
            list_json(&(struct view){book_engine(book), book_tariffs(book), &run}, rows, count, &out);
        else
            list_text(call, rows, count, &out);
        code = output_finish(&out, EXIT_DONE);
    } else {
        code = complain_fault("the accounts", STATUS_NO_MEMORY);
    }
    arena_free(&run);
    book_close(book);
    return code;
}

const struct verb verb_account_show = {
    .name = "account show",
    .operands = "ACCOUNT",
    .summary = "Show what is known of an account: settings, orders, balances",
    .text = "Tariffs under which the account has nothing but the defaults are left out. Balances are those of\n"
            "`tollgate balance`; bills are shown by `tollgate bill preview`.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = show_examples,
    .example_count = COUNT_OF(show_examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = show_run,
};

const struct verb verb_account_list = {
    .name = "account list",
    .operands = "",
    .summary = "List every account that was ever named",
    .text = "Per account: activated products, orders, events without a price, events that nothing paid for.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 0,
    .run = list_run,
};
