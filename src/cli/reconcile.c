/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate reconcile: a vendor's bill against our own rating of our own usage. */
#include "reconcile/reconcile.h"

#include <errno.h>

#include "cli/common.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "export/grid.h"

static const struct option options[] = {
    {"bill", "FILE", "the vendor's bill, as CSV; - is standard input", NULL, false},
    {"usage", "FILE", "our usage and orders: a journal", NULL, true},
    {"mapping", "FILE", "how the bill is read: which column is what", NULL, false},
    {"format", "NAME", "instead of a mapping: a bill in a known form", "focus|tollgate", false},
    OPTION_TARIFFS,
    {"until", "INSTANT", "rate the cycles that end by then; default: all with an event", NULL, false},
    {"all", NULL, "show what is equal as well", NULL, false},
    {"html", NULL, "print a page of HTML", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate reconcile --bill vendor.csv --mapping vendor.yaml --usage march.ndjson", "what differs, and why"},
    {"tollgate reconcile --bill focus.csv --format focus --usage march.ndjson --json", "a FOCUS export, as JSON"},
    {"tollgate reconcile --bill vendor.csv --mapping vendor.yaml --usage march.ndjson --html > report.html",
     "a page to send"},
};

struct run {
    const struct call *call;
    struct tariff_set set;
    struct mapping mapping;
    struct arena arena;
    struct diags diags;
    struct sides ours, theirs;
    struct findings findings;
    struct statement statement;
    struct engine *engine; /* holds the names that the statement speaks of; NULL: there is no statement */
    int64_t until_ns;
};

static int mapping_load(struct run *run) {
    const char *path = option_value(run->call, "mapping"), *name = option_value(run->call, "format");
    if ((path == NULL) == (name == NULL))
        return complain(EXIT_USAGE, "reconcile needs --mapping FILE or --format NAME: how the bill is read.");
    if (name != NULL)
        return mapping_named(slice_of(name), &run->mapping) ? EXIT_DONE
                                                            : complain(EXIT_USAGE, "there is no format \"%s\".", name);
    enum status status = mapping_read(path, &run->arena, &run->diags, &run->mapping);
    int reason = errno;
    diags_show(run->call, &run->diags);
    errno = reason;
    if (status == STATUS_INVALID)
        return EXIT_USAGE;
    return status == STATUS_OK ? EXIT_DONE : complain_fault(path, status);
}

static int usage_read(const struct run *run, struct engine *engine) {
    for (uint32_t i = 0; i < run->call->use_count; i++) {
        struct journal_options journal = {0};
        struct progress progress;
        if (strcmp(run->call->uses[i].option->name, "usage") != 0)
            continue;
        if (text_check(run->call->uses[i].value) != EXIT_DONE)
            return EXIT_FAULT;
        progress_start(&progress, false, &journal);
        enum status status = engine_read(engine, run->call->uses[i].value, &journal);
        progress_end(&progress);
        if (status != STATUS_OK)
            return complain_fault(run->call->uses[i].value, status);
    }
    return EXIT_DONE;
}

/* Every --usage file into an engine of its own, which is the caller's when that went well, and closed. */
static int usage_rate(struct run *run, const struct charge_watch *watch, struct engine **ret_engine,
                      struct statement *ret_statement) {
    struct engine *engine;
    enum status status = engine_new(&run->set, &engine);
    if (status != STATUS_OK)
        return complain_fault("engine", status);
    if (watch != NULL)
        engine_set_watch(engine, *watch);
    int code = usage_read(run, engine);
    if (code == EXIT_DONE)
        status = engine_close(engine, run->until_ns, ret_statement);
    if (status != STATUS_OK)
        code = complain_fault("closing the cycles", status);
    if (code == EXIT_DONE)
        *ret_engine = engine;
    else
        engine_free(engine);
    return code;
}

static int bill_load(struct run *run) {
    const char *path = option_value(run->call, "bill");
    errno = 0;
    enum status status = sides_of_file(path, &run->mapping, &run->set, &run->arena, &run->diags, &run->theirs);
    int reason = errno;
    diags_show(run->call, &run->diags);
    errno = reason;
    if (status == STATUS_INVALID)
        return EXIT_USAGE;
    return status == STATUS_OK ? EXIT_DONE : complain_fault(path, status);
}

/* Where quantities differ, the usage is read again to see which event it is. */
static int look_closer(struct run *run) {
    struct parts parts;
    if (!parts_are_wanted(&run->findings))
        return EXIT_DONE;
    enum status status = parts_new(&run->findings, &run->mapping, &parts);
    if (status != STATUS_OK)
        return complain_fault("reconcile", status);
    struct charge_watch watch = parts_watch(&parts);
    struct engine *engine;
    struct statement statement;
    int code = usage_rate(run, &watch, &engine, &statement);
    if (code == EXIT_DONE) {
        statement_free(&statement);
        engine_free(engine);
        status = parts_use(&parts, &run->findings, &run->arena);
        code = status == STATUS_OK ? EXIT_DONE : complain_fault("reconcile", status);
    }
    parts_free(&parts);
    return code;
}

/* ---- a table for people ---- */

static struct slice amount_text(struct arena *arena, const struct side *side, struct decimal value) {
    return side != NULL ? text_decimal(arena, value) : SLICE("-");
}

static void row_add(struct grid *grid, const struct run *run, const struct finding *finding, struct arena *arena) {
    const struct side *side = finding_side(finding), *ours = finding->ours, *theirs = finding->theirs;
    const struct zone *zone = run->mapping.zone ? run->mapping.zone : side->tariff ? side->tariff->zone : NULL;
    grid_cell(grid, slice_of(verdict_name(finding->verdict)));
    grid_cell(grid, side->account);
    grid_cell(grid, side->item);
    grid_cell(grid, side->region);
    grid_cell(grid, side->start_ns == INSTANT_MIN ? SLICE("") : text_instant(arena, side->start_ns, zone));
    grid_cell(grid, amount_text(arena, ours, ours ? ours->quantity : DECIMAL_ZERO));
    grid_cell(grid, amount_text(arena, theirs && theirs->has_quantity ? theirs : NULL,
                                theirs ? theirs->quantity : DECIMAL_ZERO));
    grid_cell(grid, amount_text(arena, ours, ours ? ours->amount : DECIMAL_ZERO));
    grid_cell(grid, amount_text(arena, theirs, theirs ? theirs->amount : DECIMAL_ZERO));
    grid_cell(grid, text_decimal(arena, finding->difference));
    grid_cell(grid, slice_of(cause_name(finding->cause)));
    if (finding->text.len > 0)
        grid_text(grid, arena_printf(arena, "    " SLICE_FMT, SLICE_ARG(finding->text)));
}

static void table_print(struct run *run, struct sink *out) {
    static const char *const columns[] = {"verdict", "account", "item",   "region",     "from", "quantity",
                                          "theirs",  "amount",  "theirs", "difference", "cause"};
    struct grid grid = {0};
    bool all = option_given(run->call, "all");
    uint32_t shown = 0;
    grid_start(&grid, "lllllrrrrrl", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.list[i];
        if (!all && (finding->verdict == VERDICT_EQUAL || finding->verdict == VERDICT_ROUNDED))
            continue;
        row_add(&grid, run, finding, &run->arena);
        shown++;
    }
    if (shown > 0)
        grid_print(&grid, 0, color_out(run->call), &out->buf);
    grid_free(&grid);
    for (int i = 0; i < VERDICT_COUNT; i++)
        buf_printf(&out->buf, "%s%u %s", i > 0 ? ", " : "", run->findings.verdicts[i], verdict_name((enum verdict)i));
    buf_char(&out->buf, '\n');
}

static int print(struct run *run) {
    struct sink out = output_sink();
    bool all = option_given(run->call, "all");
    enum status status = STATUS_OK;
    if (is_json(run->call))
        status = findings_json(&run->findings, &run->mapping, all, &out);
    else if (option_given(run->call, "html"))
        status = findings_html(&run->findings, &run->mapping, all, &out);
    else
        table_print(run, &out);
    int code = output_finish(&out, findings_are_well(&run->findings) ? EXIT_DONE : EXIT_INCOMPLETE);
    return status == STATUS_OK ? code : complain_fault("the report", status);
}

static int compare(struct run *run) {
    enum status status = sides_of_statement(&run->statement, &run->mapping, &run->ours);
    if (status == STATUS_OK)
        status = reconcile(&run->ours, &run->theirs, &run->arena, &run->findings);
    if (status != STATUS_OK)
        return complain_fault("reconcile", status);
    if (run->statement.unpriced_count + run->statement.rejected_count > 0)
        complain(0, "%u events of the usage have no price, %u lines are no events; `tollgate rate` lists them",
                 run->statement.unpriced_count, run->statement.rejected_count);
    return look_closer(run);
}

static int run_all(struct run *run) {
    int code = mapping_load(run);
    if (code == EXIT_DONE)
        code = tariffs_load(run->call, &run->set);
    if (code == EXIT_DONE)
        code = bill_load(run);
    if (code == EXIT_DONE)
        code = usage_rate(run, NULL, &run->engine, &run->statement);
    if (code == EXIT_DONE)
        code = compare(run);
    return code == EXIT_DONE ? print(run) : code;
}

static int reconcile_run(const struct call *call) {
    struct run run = {.call = call, .until_ns = INSTANT_MAX};
    if (!option_given(call, "bill") || !option_given(call, "usage"))
        return complain(EXIT_USAGE, "reconcile needs --bill FILE and --usage FILE.");
    if (is_json(call) && option_given(call, "html"))
        return complain(EXIT_USAGE, "--json and --html exclude each other.");
    if (option_given(call, "until") && option_instant(call, "until", NULL, &run.until_ns) != EXIT_DONE)
        return EXIT_USAGE;
    int code = run_all(&run);
    sides_free(&run.ours);
    sides_free(&run.theirs);
    if (run.engine != NULL)
        statement_free(&run.statement);
    engine_free(run.engine);
    tariff_set_free(&run.set);
    diags_free(&run.diags);
    arena_free(&run.arena);
    return code;
}

const struct verb verb_reconcile = {
    .name = "reconcile",
    .operands = "",
    .summary = "Hold a vendor's bill against our own rating of our own usage",
    .text =
        "The usage is rated under our copy of the vendor's tariff; both sides are added up by account, item, region\n"
        "and time, and held against each other. What differs is shown with the difference and what most likely made\n"
        "it: another region, time, tier or variant of the price, rounding, a duplicate, a missing event, another\n"
        "unit, a package that was not taken off. Every cause was checked by reckoning with it.\n"
        "The exit code is 0 when all is equal but for rounding, 1 when something differs.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = reconcile_run,
};
