/* SPDX-License-Identifier: Apache-2.0
 *
 * The other ways to pay for quoted work, as a table. */
#include "cli/quote.h"
#include "export/grid.h"

static struct slice alternative_price(const struct alternative *one, struct arena *run) {
    char period[32];
    if (!one->is_published)
        return SLICE("unpublished");
    if (!one->has_price)
        return SLICE("free");
    struct slice price = text_decimal(run, one->unit_price);
    if (one->kind == ALTERNATIVE_PAYG || one->kind == ALTERNATIVE_PACKAGE)
        return arena_printf(run, SLICE_FMT " / " SLICE_FMT, SLICE_ARG(price), SLICE_ARG(one->item->unit));
    duration_format(one->product->validity, period, sizeof period);
    return arena_printf(run, SLICE_FMT " / %s, %s", SLICE_ARG(price), one->kind == ALTERNATIVE_QPS ? "QPS" : "task",
                        period);
}

static void alternative_row(const struct alternative *one, struct arena *run, struct grid *grid) {
    grid_cell(grid, one->name.len > 0 ? one->name : SLICE("pay as you go"));
    grid_cell(grid, one->item->name);
    grid_cell(grid, alternative_price(one, run));
    grid_cell(grid, one->has_need && one->product != NULL ? text_decimal(run, one->needed) : SLICE(""));
    grid_cell(grid, one->has_need ? text_decimal(run, one->total) : SLICE(""));
    if (one->has_need && one->product != NULL)
        grid_printf(grid, "one pays for " SLICE_FMT " " SLICE_FMT, SLICE_ARG(text_decimal(run, one->covers)),
                    SLICE_ARG(one->item->unit));
    else if (one->has_break_even)
        grid_printf(grid, "as dear as pay as you go at " SLICE_FMT " " SLICE_FMT " in that time",
                    SLICE_ARG(text_decimal(run, one->break_even)), SLICE_ARG(one->item->unit));
    else
        grid_cell(grid, SLICE(""));
}

void alternatives_table(const struct asking *asking, const struct alternative *list, uint32_t count, struct sink *out) {
    static const char *const columns[] = {"way to pay", "item", "price", "needed", "total", ""};
    struct grid grid = {0};
    if (count == 0)
        return;
    grid_start(&grid, "lllrrl", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < count; i++)
        alternative_row(&list[i], asking->quote.run, &grid);
    buf_text(&out->buf, "\nWays to pay\n");
    grid_print(&grid, 2, color_out(asking->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}
