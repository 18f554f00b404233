/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate plan: the cheapest way to pay for usage. */
#include "plan/plan.h"

#include "cli/common.h"
#include "cli/verbs.h"
#include "export/grid.h"

static const struct option options[] = {
    {"tariff", "TARIFF", "the price list", NULL, false},
    {"account", "ACCOUNT", "whose usage; default: the account of the first event", NULL, false},
    {"tasks", "N", "tasks that run at once at most: looks at quotas of concurrency too", NULL, false},
    {"calls", "N", "calls per second that plans are for; default: as in the busiest second", NULL, false},
    {"sensitivity", NULL, "also for 80 and 120 percent of the usage", NULL, false},
    {"most", "N", "rate at most so many candidates; default: 2000", NULL, false},
    OPTION_TARIFFS,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate plan --tariff viapi march.ndjson", "what should have been bought for March"},
    {"tollgate plan --tariff vclm --tasks 4 --sensitivity year.ndjson",
     "with concurrency, and what changes when usage does"},
};

enum { RUNS_MAX = 3 };
struct run {
    const struct call *call;
    struct tariff_set set;
    struct plan_usage usage;
    struct plan_options options;
    struct planner planners[RUNS_MAX];
    uint32_t count;
    struct arena arena;
};

static int options_read(struct run *run) {
    uint64_t most = 0;
    const struct call *call = run->call;
    if (option_given(call, "tasks") && option_number(call, "tasks", 1000000, &run->options.tasks) != EXIT_DONE)
        return EXIT_USAGE;
    if (option_given(call, "calls") && option_number(call, "calls", 1000000, &run->options.calls) != EXIT_DONE)
        return EXIT_USAGE;
    if (option_given(call, "most") && option_number(call, "most", 1000000, &most) != EXIT_DONE)
        return EXIT_USAGE;
    run->options.evaluations_max = (uint32_t)most;
    return option_given(call, "tariff") ? EXIT_DONE : complain(EXIT_USAGE, "plan needs --tariff TARIFF.");
}

static int usage_load(struct run *run) {
    run->usage.set = &run->set;
    run->usage.tariff = tariff_need(&run->set, slice_of(option_value(run->call, "tariff")));
    if (run->usage.tariff == NULL)
        return EXIT_USAGE;
    if (option_given(run->call, "account"))
        run->usage.account = slice_of(option_value(run->call, "account"));
    for (uint32_t i = 0; i < run->call->operand_count; i++) {
        enum status status = plan_usage_read(&run->usage, run->call->operands[i]);
        if (status != STATUS_OK)
            return complain_fault(run->call->operands[i], status);
    }
    if (run->usage.count == 0)
        return complain(EXIT_INCOMPLETE, "there is no usage under tariff \"%s\"%s; %u events are of others.",
                        option_value(run->call, "tariff"), option_given(run->call, "account") ? " of this account" : "",
                        run->usage.others);
    return EXIT_DONE;
}

static int search(struct run *run, uint32_t percent) {
    struct planner *planner = &run->planners[run->count++];
    *planner = (struct planner){.usage = &run->usage, .options = run->options};
    planner->options.percent = percent;
    enum status status = planner_run(planner);
    if (status == STATUS_RANGE)
        return complain(EXIT_USAGE, "the usage is too long or too varied: at most %d days, 12 months, %d items.",
                        PLAN_DAYS_MAX, PLAN_ITEMS_MAX);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("plan", status);
}

static void purchases_print(struct run *run, const struct plan *plan, struct buf *out) {
    const struct zone *zone = run->usage.tariff->zone;
    struct grid grid = {0};
    grid_start(&grid, "lrrl", true);
    grid_cell(&grid, SLICE("buy"));
    grid_cell(&grid, SLICE("quantity"));
    grid_cell(&grid, SLICE("periods"));
    grid_cell(&grid, SLICE("from"));
    for (uint32_t i = 0; i < plan->count; i++) {
        grid_cell(&grid, plan->list[i].product->sku);
        grid_printf(&grid, "%llu", (unsigned long long)plan->list[i].pieces);
        grid_printf(&grid, "%u", plan->list[i].periods);
        grid_cell(&grid, text_instant(&run->arena, plan->list[i].at_ns, zone));
    }
    if (plan->count > 0)
        grid_print(&grid, 2, color_out(run->call), out);
    else
        buf_text(out, "  buy nothing: pay-as-you-go is the cheapest\n");
    grid_free(&grid);
}

static void planner_print(struct run *run, const struct planner *planner, struct buf *out) {
    const char *currency = run->usage.tariff->currency->code;
    struct arena *arena = &run->arena;
    struct decimal saving = {planner->payg.cost.pico - planner->best.cost.pico};
    struct decimal left = {planner->best.cost.pico - planner->best.purchases.pico};
    buf_printf(out, "%u%% of the usage: %s " SLICE_FMT ", pay-as-you-go alone " SLICE_FMT ", saving " SLICE_FMT "\n",
               planner->options.percent, currency, SLICE_ARG(text_decimal(arena, planner->best.cost)),
               SLICE_ARG(text_decimal(arena, planner->payg.cost)), SLICE_ARG(text_decimal(arena, saving)));
    purchases_print(run, &planner->best, out);
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

static int print(struct run *run) {
    struct sink out = output_sink();
    struct buf space = {0};
    bool is_proved = true;
    planner_space(&run->planners[0], &space);
    for (uint32_t i = 0; i < run->count; i++)
        is_proved = is_proved && run->planners[i].is_proved;
    if (is_json(run->call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        json_object(&writer);
        json_member(&writer, "tariff", run->usage.tariff->name);
        json_member(&writer, "account", run->usage.account);
        json_member(&writer, "currency", slice_of(run->usage.tariff->currency->code));
        json_member(&writer, "space", buf_slice(&space));
        json_key(&writer, "events");
        json_uint(&writer, run->usage.count);
        json_key(&writer, "plans");
        json_array(&writer);
        for (uint32_t i = 0; i < run->count; i++) {
            json_object(&writer);
            planner_json(&run->planners[i], &writer);
            json_object_end(&writer);
        }
        json_array_end(&writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        for (uint32_t i = 0; i < run->count; i++)
            planner_print(run, &run->planners[i], &out.buf);
        buf_text(&out.buf, "\nThe space:\n");
        buf_append(&out.buf, buf_slice(&space));
    }
    buf_free(&space);
    return output_finish(&out, is_proved ? EXIT_DONE : EXIT_INCOMPLETE);
}

static int run_all(struct run *run) {
    static const uint32_t percents[RUNS_MAX] = {100, 80, 120};
    int code = options_read(run);
    if (code == EXIT_DONE)
        code = tariffs_load(run->call, &run->set);
    if (code == EXIT_DONE)
        code = usage_load(run);
    for (uint32_t i = 0; i < (option_given(run->call, "sensitivity") ? RUNS_MAX : 1) && code == EXIT_DONE; i++)
        code = search(run, percents[i]);
    return code == EXIT_DONE ? print(run) : code;
}

static int plan_run(const struct call *call) {
    struct run run = {.call = call};
    int code = run_all(&run);
    for (uint32_t i = 0; i < run.count; i++)
        planner_free(&run.planners[i]);
    plan_usage_free(&run.usage);
    tariff_set_free(&run.set);
    arena_free(&run.arena);
    return code;
}

const struct verb verb_plan = {
    .name = "plan",
    .operands = "FILE…",
    .summary = "Find the cheapest mix of packages, plans, concurrency and pay-as-you-go",
    .text =
        "FILE is a journal of real or expected usage. Every combination in the space is either ruled out by an exact\n"
        "bound or rated by the rating core, so that the answer is the cheapest there is, and says so; the space is\n"
        "printed with it. What was bought in the journal does not matter. Costs are exact sums, before bills are\n"
        "rounded. Exit code 1: the answer is not proved, --most was reached.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = plan_run,
};
