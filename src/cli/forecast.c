/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate forecast: when packages will be used up, and what the month will cost. */
#include "forecast/forecast.h"

#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"

static const struct option options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"account", "ACCOUNT", "whose", NULL, false},
    OPTION_NOW("the instant that it looks ahead from"),
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate forecast --data books/2026 --account acct-42", "this month's bills, and how long packages last"},
    {"tollgate forecast --account acct-42 --now 2026-03-10T00:00:00Z --as-of 2026-03-10T00:00:00Z",
     "as it would have been said then"},
};

struct printing {
    const struct call *call;
    const struct forecast *forecast;
    struct arena arena;
    struct buf *out;
};

static void head_cells(struct grid *grid, const char *const *names) {
    for (; *names != NULL; names++)
        grid_cell(grid, slice_of(*names));
}

static void grid_done(struct printing *printing, struct grid *grid) {
    grid_print(grid, 0, color_out(printing->call), printing->out);
    printing->out->failed = printing->out->failed || grid->failed;
    grid_free(grid);
}

static struct slice day_text(struct printing *printing, int64_t at_ns, const struct zone *zone) {
    struct civil civil = zone_civil(zone, at_ns);
    return arena_printf(&printing->arena, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

static struct slice hour_text(struct printing *printing, bool is_there, int64_t at_ns, const struct zone *zone) {
    struct civil civil = is_there ? zone_civil(zone, at_ns) : (struct civil){0};
    return is_there ? arena_printf(&printing->arena, "%04d-%02d-%02d %02d:%02d", civil.year, civil.month, civil.day,
                                   civil.hour, civil.minute)
                    : SLICE("-");
}

/* ---- bills ---- */

static void bills_print(struct printing *printing) {
    static const char *const names[] = {"tariff",   "from", "until", "currency", "so far",
                                        "expected", "low",  "high",  NULL};
    const struct forecast *forecast = printing->forecast;
    struct arena *arena = &printing->arena;
    struct grid grid = {0};
    if (forecast->tariff_count == 0)
        return;
    grid_start(&grid, "llllrrrr", true);
    head_cells(&grid, names);
    for (uint32_t i = 0; i < forecast->tariff_count; i++) {
        const struct forecast_tariff *own = &forecast->list[i];
        grid_cell(&grid, own->tariff->name);
        grid_cell(&grid, day_text(printing, own->period.start_ns, own->tariff->zone));
        grid_cell(&grid, day_text(printing, own->period.end_ns, own->tariff->zone));
        grid_cell(&grid, slice_of(own->tariff->currency->code));
        grid_cell(&grid, text_decimal(arena, own->so_far));
        grid_cell(&grid, forecast->days > 0 ? text_decimal(arena, own->expected) : SLICE("-"));
        grid_cell(&grid, forecast->draws > 0 ? text_decimal(arena, own->low) : SLICE("-"));
        grid_cell(&grid, forecast->draws > 0 ? text_decimal(arena, own->high) : SLICE("-"));
    }
    grid_done(printing, &grid);
}

/* ---- packages ---- */

static void packages_print(struct printing *printing) {
    static const char *const names[] = {"order",   "sku",   "remaining", "of",      "unit",
                                        "used up", "early", "late",      "expires", NULL};
    const struct forecast *forecast = printing->forecast;
    struct arena *arena = &printing->arena;
    struct grid grid = {0};
    if (forecast->lot_count == 0)
        return;
    buf_char(printing->out, '\n');
    grid_start(&grid, "llrrlllll", true);
    head_cells(&grid, names);
    for (uint32_t i = 0; i < forecast->lot_count; i++) {
        const struct forecast_lot *lot = &forecast->lots[i];
        const struct zone *zone = forecast->list[lot->tariff].tariff->zone;
        grid_cell(&grid, lot->order_id);
        grid_cell(&grid, lot->product->sku);
        grid_cell(&grid, text_decimal(arena, lot->remaining));
        grid_cell(&grid, text_decimal(arena, lot->bought));
        grid_cell(&grid, lot->product->unit);
        grid_cell(&grid, hour_text(printing, lot->is_used_up, lot->used_up_ns, zone));
        grid_cell(&grid, hour_text(printing, lot->has_early, lot->early_ns, zone));
        grid_cell(&grid, hour_text(printing, lot->has_late, lot->late_ns, zone));
        grid_cell(&grid, hour_text(printing, true, lot->expires_ns, zone));
    }
    grid_done(printing, &grid);
}

enum { BAR = 50, ROWS = 16 };

/* A bar of what remains, in `BAR` parts of what was bought. */
static void bar_print(struct printing *printing, const struct forecast_lot *lot, int64_t at_ns, struct decimal rest) {
    const struct zone *zone = printing->forecast->list[lot->tariff].tariff->zone;
    wide parts = lot->bought.pico > 0 ? rest.pico * BAR / lot->bought.pico : 0;
    buf_printf(printing->out, "  " SLICE_FMT " |", SLICE_ARG(hour_text(printing, true, at_ns, zone)));
    buf_repeat(printing->out, '#', (size_t)parts);
    buf_repeat(printing->out, ' ', BAR - (size_t)parts);
    buf_printf(printing->out, "| " SLICE_FMT "\n", SLICE_ARG(text_decimal(&printing->arena, rest)));
}

/* Now, some of the days to come, and the last. */
static void burn_print(struct printing *printing, const struct forecast_lot *lot) {
    const struct forecast_tariff *own = &printing->forecast->list[lot->tariff];
    uint32_t step = lot->burn_count / ROWS + 1;
    buf_printf(printing->out, "\n" SLICE_FMT " of order " SLICE_FMT ", " SLICE_FMT " that remain\n",
               SLICE_ARG(lot->product->sku), SLICE_ARG(lot->order_id), SLICE_ARG(lot->product->unit));
    bar_print(printing, lot, printing->forecast->now_ns, lot->remaining);
    for (uint32_t i = 0; i < lot->burn_count; i++) {
        bool is_last = i + 1 == lot->burn_count;
        int64_t at_ns = is_last && lot->is_used_up ? lot->used_up_ns : own->starts[FORECAST_TODAY + i + 1];
        if ((i + 1) % step == 0 || is_last)
            bar_print(printing, lot, at_ns, lot->burn[i]);
    }
}

static void forecast_print(struct printing *printing) {
    struct buf notes = {0};
    bills_print(printing);
    packages_print(printing);
    for (uint32_t i = 0; i < printing->forecast->lot_count; i++)
        burn_print(printing, &printing->forecast->lots[i]);
    if (printing->forecast->tariff_count > 0)
        buf_char(printing->out, '\n');
    forecast_notes(printing->forecast, &notes);
    buf_append(printing->out, buf_slice(&notes));
    buf_free(&notes);
}

/* ---- the verb ---- */

static int forecast_make(struct forecast *forecast, struct book *book) {
    const struct engine *engine = book_engine(book);
    struct slice error = {0};
    forecast->tariffs = book_tariffs(book);
    enum status status = forecast_begin(forecast, engine, book_seq(book));
    if (status == STATUS_NOT_FOUND)
        return complain(EXIT_USAGE, "there is no account \"" SLICE_FMT "\".", SLICE_ARG(forecast->account));
    if (status == STATUS_OK)
        status = forecast_history(forecast, book, &error);
    if (status == STATUS_OK)
        status = forecast_run(forecast, engine);
    if (status == STATUS_OK)
        status = forecast_closed(forecast, book);
    return status == STATUS_OK ? EXIT_DONE : data_fault("the forecast", status, error);
}

static int forecast_show(const struct call *call, const struct forecast *forecast) {
    struct sink out = output_sink();
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        forecast_json(forecast, &writer);
        buf_char(&out.buf, '\n');
    } else {
        struct printing printing = {.call = call, .forecast = forecast, .out = &out.buf};
        forecast_print(&printing);
        arena_free(&printing.arena);
    }
    return output_finish(&out, EXIT_DONE);
}

static int forecast_verb_run(const struct call *call) {
    struct forecast forecast = {.days = 0};
    struct book *book;
    if (!option_given(call, "account"))
        return complain(EXIT_USAGE, "forecast needs --account ACCOUNT.");
    forecast.account = slice_of(option_value(call, "account"));
    int code = data_now(call, &forecast.now_ns);
    if (code == EXIT_DONE)
        code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    code = forecast_make(&forecast, book);
    if (code == EXIT_DONE)
        code = forecast_show(call, &forecast);
    forecast_free(&forecast);
    book_close(book);
    return code;
}

const struct verb verb_forecast = {
    .name = "forecast",
    .operands = "",
    .summary = "Tell when packages will be used up, and what the month will cost",
    .text = "Usage of the last six weeks is carried on by day, each weekday as its mean, and rated behind everything\n"
            "that the account has: packages, tiers, free quotas, contracts. The interval holds four in five of many\n"
            "draws of days that were; what is too little to say is said. Costs are exact sums of usage bills, before\n"
            "they are rounded.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = forecast_verb_run,
};
