/* SPDX-License-Identifier: Apache-2.0
 *
 * What should be bought, for people. */
#include "cli/plan.h"
#include "export/grid.h"
#include "export/show.h"

struct printing {
    const struct call *call;
    const struct plan_answer *answer;
    struct arena *arena;
    struct buf *out;
};

static void head_cells(struct grid *grid, const char *const *names) {
    for (; *names != NULL; names++)
        grid_cell(grid, slice_of(*names));
}

static void grid_done(const struct printing *printing, struct grid *grid) {
    grid_print(grid, 2, color_out(printing->call), printing->out);
    printing->out->failed = printing->out->failed || grid->failed;
    grid_free(grid);
}

/* ---- plans ---- */

static void purchases_print(const struct printing *printing, const struct plan *plan) {
    static const char *const names[] = {"buy", "quantity", "periods", "from", NULL};
    const struct zone *zone = printing->answer->usage->tariff->zone;
    struct grid grid = {0};
    if (plan->count == 0) {
        buf_text(printing->out, "  buy nothing: pay-as-you-go is the cheapest\n");
        return;
    }
    grid_start(&grid, "lrrl", true);
    head_cells(&grid, names);
    for (uint32_t i = 0; i < plan->count; i++) {
        grid_cell(&grid, plan->list[i].product->sku);
        grid_printf(&grid, "%llu", (unsigned long long)plan->list[i].pieces);
        grid_printf(&grid, "%u", plan->list[i].periods);
        grid_cell(&grid, text_instant(printing->arena, plan->list[i].at_ns, zone));
    }
    grid_done(printing, &grid);
}

static void planner_print(const struct printing *printing, const struct planner *planner) {
    struct arena *arena = printing->arena;
    struct buf *out = printing->out;
    struct decimal saving = {planner->payg.cost.pico - planner->best.cost.pico};
    struct decimal left = {planner->best.cost.pico - planner->best.purchases.pico};
    buf_printf(out, "%u%% of the usage: %s " SLICE_FMT ", pay-as-you-go alone " SLICE_FMT ", saving " SLICE_FMT "\n",
               (unsigned)planner->options.share.of, printing->answer->usage->tariff->currency->code,
               SLICE_ARG(text_decimal(arena, planner->best.cost)), SLICE_ARG(text_decimal(arena, planner->payg.cost)),
               SLICE_ARG(text_decimal(arena, saving)));
    purchases_print(printing, &planner->best);
    buf_printf(out, "  purchases " SLICE_FMT ", pay-as-you-go " SLICE_FMT "\n",
               SLICE_ARG(text_decimal(arena, planner->best.purchases)), SLICE_ARG(text_decimal(arena, left)));
    if (planner->best.unpaid > 0)
        buf_printf(out, "  %u events have no price that is published, and nothing that is sold pays for them\n",
                   planner->best.unpaid);
    if (planner->is_proved)
        buf_printf(out, "  proved: nothing in the space is cheaper (%u candidates rated, %llu branches ruled out)\n",
                   planner->evaluated, (unsigned long long)planner->bounded);
    else
        buf_printf(out, "  not proved: at best " SLICE_FMT "; --most lets more candidates be rated (%u were)\n",
                   SLICE_ARG(text_decimal(arena, planner->bound)), planner->evaluated);
}

/* ---- break-even ---- */

static void break_evens_print(const struct printing *printing) {
    static const char *const names[] = {"pays for", "cell", "buy", "quantity", "price", "from", "unit", NULL};
    const struct plan_answer *answer = printing->answer;
    const struct tariff *tariff = answer->usage->tariff;
    struct grid grid = {0};
    if (answer->break_even_count == 0)
        return;
    buf_text(printing->out, "\nFrom which volume of an item one order pays, in one cycle and one period:\n");
    grid_start(&grid, "lllrrrl", true);
    head_cells(&grid, names);
    for (uint32_t i = 0; i < answer->break_even_count; i++) {
        const struct break_even *one = &answer->break_evens[i];
        const struct item *item = &tariff->items[one->rate->item];
        grid_cell(&grid, item->name);
        grid_cell(&grid, cell_text(tariff, one->rate, printing->arena));
        grid_cell(&grid, one->product->sku);
        grid_printf(&grid, "%llu", (unsigned long long)one->pieces);
        grid_cell(&grid, text_decimal(printing->arena, one->price));
        if (one->is_found)
            grid_cell(&grid, text_decimal(printing->arena, (struct decimal){one->volume * DECIMAL_ONE_PICO}));
        else
            grid_cell(&grid, SLICE("never"));
        grid_cell(&grid, one->is_found ? item->unit : slice_of(one->why != NULL ? one->why : ""));
    }
    grid_done(printing, &grid);
}

/* ---- the curve ---- */

static struct slice mix_text(const struct printing *printing, const struct plan *plan) {
    struct slice text = SLICE("nothing");
    for (uint32_t i = 0; i < plan->count && text.ptr != NULL; i++) {
        const struct purchase *one = &plan->list[i];
        text = arena_printf(printing->arena, SLICE_FMT "%s%llu x " SLICE_FMT, SLICE_ARG(i > 0 ? text : SLICE("")),
                            i > 0 ? ", " : "", (unsigned long long)one->pieces * one->periods,
                            SLICE_ARG(one->product->sku));
    }
    return text.ptr != NULL ? text : SLICE("");
}

static void curve_print(const struct printing *printing) {
    static const char *const names[] = {"calls", "cost", "pay-as-you-go", "cheapest mix", NULL};
    const struct curve *curve = &printing->answer->curve;
    struct grid grid = {0};
    if (!printing->answer->has_curve)
        return;
    buf_text(printing->out, "\nCost against volume, where the cheapest mix changes:\n");
    grid_start(&grid, "rrrl", true);
    head_cells(&grid, names);
    for (uint32_t i = 0; i < curve->count; i++) {
        const struct curve_point *point = &curve->points[i];
        if (i > 0 && i + 1 < curve->count && !point->changes)
            continue;
        grid_printf(&grid, "%llu", (unsigned long long)point->volume);
        grid_cell(&grid, text_decimal(printing->arena, point->best.cost));
        grid_cell(&grid, point->has_payg ? text_decimal(printing->arena, point->payg) : SLICE("none"));
        grid_cell(&grid, mix_text(printing, &point->best));
    }
    grid_done(printing, &grid);
    if (curve->is_cut)
        buf_text(printing->out, "  there are more changes than were looked for\n");
}

void plan_print(const struct call *call, const struct plan_answer *answer, struct arena *arena, struct buf *out) {
    struct printing printing = {call, answer, arena, out};
    for (uint32_t i = 0; i < answer->planner_count; i++)
        planner_print(&printing, &answer->planners[i]);
    break_evens_print(&printing);
    curve_print(&printing);
    buf_text(out, "\nThe space:\n");
    struct buf space = {0};
    planner_space(&answer->planners[0], &space);
    buf_append(out, buf_slice(&space));
    buf_free(&space);
}
