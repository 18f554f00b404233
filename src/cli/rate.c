/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate rate: journals to bills. */
#include "cli/common.h"
#include "cli/progress.h"
#include "cli/verbs.h"

#include <errno.h>

static const struct option options[] = {
    OPTION_TARIFFS,
    {"until", "INSTANT", "close the cycles that end by then (a date alone: 00:00 UTC); default: all with an event",
     NULL, false},
    OPTION_JSON,
    {"csv", NULL, "print CSV, one row per bill line", NULL, false},
    {"csv-safe", NULL, "CSV: put an apostrophe before text that a spreadsheet would run (= + - @)", NULL, false},
    {"explain", NULL, "show how every line came about", NULL, false},
    {"each", NULL, "table: show every bill, even of one hour or day, on its own", NULL, false},
    {"threads", "N", "read and print with N threads; default: one per core, at most 8", NULL, false},
    {"progress", NULL, "a line of progress every ten seconds where there is no terminal", NULL, false},
    {"quiet", NULL, "no summary on standard error", NULL, false},
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate rate journal.ndjson", "the bills as a table"},
    {"tollgate rate --json january.ndjson february.ndjson", "two files in this order, as JSON"},
    {"zcat journal.gz | tollgate rate --csv --until 2026-03-01T00:00:00+08:00 -", "closed cycles only, as CSV"},
    {"tollgate rate --explain --tariffs my-tariffs/ journal.ndjson", "own tariffs, with every step"},
};

/* 0: one per core. */
static int rate_threads(const struct call *call, uint32_t *ret_threads) {
    uint64_t threads = 0;
    if (option_given(call, "threads") && option_number(call, "threads", 64, &threads) != EXIT_DONE)
        return EXIT_USAGE;
    *ret_threads = (uint32_t)threads;
    return EXIT_DONE;
}

static int rate_read(const struct call *call, struct engine *engine) {
    struct journal_options journal = {0};
    struct progress progress;
    if (rate_threads(call, &journal.threads) != EXIT_DONE)
        return EXIT_USAGE;
    if (operands_text_check(call) != EXIT_DONE)
        return EXIT_FAULT;
    progress_start(&progress, option_given(call, "progress"), &journal);
    for (uint32_t i = 0; i < call->operand_count; i++) {
        progress_restart(&progress);
        errno = 0;
        enum status status = engine_read(engine, call->operands[i], &journal);
        progress_end(&progress);
        if (status != STATUS_OK)
            return complain_fault(call->operands[i], status);
    }
    return EXIT_DONE;
}

/* CSV has no place for what was not charged, so that it is told here. */
static void notices_tell(const char *what, const struct notice *notices, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        complain(0, SLICE_FMT ":%u:%u: %s: " SLICE_FMT, SLICE_ARG(notices[i].file), notices[i].line, notices[i].column,
                 what, SLICE_ARG(notices[i].reason));
}

static void summary_tell(const struct statement *statement) {
    complain(0, "%llu events, %llu commands, %llu duplicates: %u bills, %u unpriced, %u rejected, %u alerts",
             (unsigned long long)statement->events, (unsigned long long)statement->commands,
             (unsigned long long)statement->duplicates, statement->bill_count, statement->unpriced_count,
             statement->rejected_count, statement->alert_count);
    if (statement->unbilled > 0)
        complain(0, "%llu events are not billed, by the rules of their tariffs",
                 (unsigned long long)statement->unbilled);
}

static int rate_print(const struct call *call, const struct statement *statement) {
    struct export_options options_out = {.explain = option_given(call, "explain"),
                                         .color = color_out(call),
                                         .each = option_given(call, "each"),
                                         .csv_safe = option_given(call, "csv-safe")};
    if (rate_threads(call, &options_out.threads) != EXIT_DONE)
        return EXIT_USAGE;
    struct sink out = output_sink();
    bool is_csv = option_given(call, "csv") || options_out.csv_safe;
    enum status status;
    if (is_json(call))
        status = export_json(statement, &options_out, &out);
    else if (is_csv)
        status = export_csv(statement, &options_out, &out);
    else
        status = export_table(statement, &options_out, &out);
    int code = statement->unpriced_count + statement->rejected_count > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
    code = output_finish(&out, code);
    if (status != STATUS_OK)
        return complain_fault("the statement", status);
    if (is_csv && !is_json(call)) {
        notices_tell("unpriced", statement->unpriced, statement->unpriced_count);
        notices_tell("rejected", statement->rejected, statement->rejected_count);
    }
    if (!option_given(call, "quiet"))
        summary_tell(statement);
    return code;
}

static int rate_engine(const struct call *call, const struct tariff_set *set, int64_t until_ns) {
    struct engine *engine;
    struct statement statement;
    enum status status = engine_new(set, &engine);
    if (status != STATUS_OK)
        return complain_fault("engine", status);
    int code = rate_read(call, engine);
    if (code == EXIT_DONE) {
        status = engine_close(engine, until_ns, &statement);
        code = status == STATUS_OK ? rate_print(call, &statement) : complain_fault("closing the cycles", status);
        if (status == STATUS_OK)
            statement_free(&statement);
    }
    engine_free(engine);
    return code;
}

static int rate_run(const struct call *call) {
    int64_t until_ns = INSTANT_MAX;
    struct tariff_set set;
    if (is_json(call) && (option_given(call, "csv") || option_given(call, "csv-safe")))
        return complain(EXIT_USAGE, "--json and --csv exclude each other.");
    if (option_given(call, "until") && option_instant(call, "until", NULL, &until_ns) != EXIT_DONE)
        return EXIT_USAGE;
    int code = tariffs_load(call, &set);
    if (code == EXIT_DONE)
        code = rate_engine(call, &set, until_ns);
    tariff_set_free(&set);
    return code;
}

const struct verb verb_rate = {
    .name = "rate",
    .operands = "FILE…",
    .summary = "Turn journals of usage and orders into bills",
    .text =
        "Reads CloudEvents, one JSON document per line (or one array), from every FILE in the order given; \"-\" is\n"
        "standard input. Prints the bills of all closed cycles, the balances of packages, alerts, and everything\n"
        "that was not charged: usage without a price (unpriced) and lines that are no events (rejected).\n"
        "The same input gives the same bytes.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = rate_run,
};
