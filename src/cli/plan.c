/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate plan: the cheapest way to pay for usage. */
#include "cli/plan.h"

#include <errno.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "trial/terms.h"

static const struct option options[] = {
    {"tariff", "TARIFF", "the price list", NULL, false},
    {"use", "WORDS", "expected: OPERATION=CALLS a month, then KEY=VALUE of its data, by commas", NULL, true},
    {"months", "N", "months that --use is for; default: 1", NULL, false},
    OPTION_DATA,
    {"account", "ACCOUNT", "whose usage; default: the account of the first event", NULL, false},
    {"from", "INSTANT", "the first day of --use, this month's; or the first instant of --data, last month's", NULL,
     false},
    {"until", "INSTANT", "of --data: the instant behind the last; default: the end of the last month", NULL, false},
    {"tasks", "N", "tasks that run at once at most: looks at quotas of concurrency too", NULL, false},
    {"calls", "N", "calls per second that plans are for; default: as in the busiest second", NULL, false},
    {"sensitivity", NULL, "also for 80 and 120 percent of the usage", NULL, false},
    {"curve", NULL, "also the volumes at which the cheapest mix changes", NULL, false},
    {"most", "N", "rate at most so many candidates; default: 2000", NULL, false},
    OPTION_NOW("the instant that defaults are taken from"),
    OPTION_TARIFFS,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate plan --tariff viapi march.ndjson", "what should have been bought for March"},
    {"tollgate plan --tariff vclm --tasks 4 --sensitivity year.ndjson",
     "with concurrency, and what changes when usage does"},
    {"tollgate plan --tariff viapi --use RecognizeLicensePlate=15000 --curve",
     "for expected calls a month, and where the cheapest mix changes"},
    {"tollgate plan --tariff viapi --data books/2026 --account acct-42 --from 2026-01-01 --until 2026-04-01",
     "for what an account used in three months"},
};

struct run {
    const struct call *call;
    struct tariff_set own;        /* without a book */
    const struct tariff_set *set; /* that, or the book's */
    struct book *book;            /* NULL: none */
    struct plan_usage usage;
    struct plan_answer answer;
    int64_t now_ns;
    struct arena arena;
};

static int options_read(struct run *run) {
    uint64_t most = 0;
    const struct call *call = run->call;
    struct plan_options *out = &run->answer.options;
    if (option_given(call, "tasks") && option_number(call, "tasks", 1000000, &out->tasks) != EXIT_DONE)
        return EXIT_USAGE;
    if (option_given(call, "calls") && option_number(call, "calls", 1000000, &out->calls) != EXIT_DONE)
        return EXIT_USAGE;
    if (option_given(call, "most") && option_number(call, "most", 1000000, &most) != EXIT_DONE)
        return EXIT_USAGE;
    out->evaluations_max = (uint32_t)most;
    run->answer.has_sensitivity = option_given(call, "sensitivity");
    run->answer.has_curve = option_given(call, "curve");
    if (!option_given(call, "tariff"))
        return complain(EXIT_USAGE, "plan needs --tariff TARIFF.");
    int sources = option_given(call, "use") + option_given(call, "data") + (call->operand_count > 0);
    if (sources != 1)
        return complain(EXIT_USAGE, "plan needs usage: FILEs, or --use, or --data; one of them.");
    return data_now(call, &run->now_ns);
}

/* Midnight of the first day of a month: this one, or so many later. */
static int month_start(const struct run *run, int32_t later, int64_t *ret_ns) {
    const struct zone *zone = run->usage.tariff->zone;
    struct civil now = zone_civil(zone, run->now_ns);
    struct civil first = {.year = now.year, .month = (int8_t)(now.month + later), .day = 1};
    enum status status = zone_instant(zone, first, ret_ns);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("plan", status);
}

/* ---- usage: files ---- */

static int files_load(struct run *run) {
    const struct call *call = run->call;
    if (option_given(call, "account"))
        run->usage.account = slice_of(option_value(call, "account"));
    if (operands_text_check(call) != EXIT_DONE)
        return EXIT_FAULT;
    for (uint32_t i = 0; i < call->operand_count; i++) {
        errno = 0;
        enum status status = plan_usage_read(&run->usage, call->operands[i]);
        if (status != STATUS_OK)
            return complain_fault(call->operands[i], status);
    }
    if (run->usage.count == 0)
        return complain(EXIT_INCOMPLETE, "there is no usage under tariff \"%s\"%s; %u events are of others.",
                        option_value(call, "tariff"), option_given(call, "account") ? " of this account" : "",
                        run->usage.others);
    return EXIT_DONE;
}

/* ---- usage: what is expected ---- */

/* OPERATION=CALLS,KEY=VALUE,… to an element of the list. */
static int use_write(struct run *run, struct slice words, struct json_writer *writer) {
    struct slice word, key, value;
    bool more = slice_cut(words, ',', &word, &words), has_data = more;
    if (!slice_cut(word, '=', &key, &value))
        return complain(EXIT_USAGE, "--use \"" SLICE_FMT "\" is not OPERATION=CALLS.", SLICE_ARG(word));
    json_object(writer);
    json_member(writer, "operation", key);
    json_member(writer, "volume", value);
    if (has_data) {
        json_key(writer, "data");
        json_object(writer);
    }
    while (more) {
        more = slice_cut(words, ',', &word, &words);
        if (!slice_cut(word, '=', &key, &value))
            return complain(EXIT_USAGE, "\"" SLICE_FMT "\" of --use is not KEY=VALUE.", SLICE_ARG(word));
        key = arena_copy(&run->arena, key);
        if (key.ptr == NULL)
            return complain_fault("plan", STATUS_NO_MEMORY);
        json_key(writer, key.ptr);
        if (slice_is(value, "true") || slice_is(value, "false"))
            json_bool(writer, slice_is(value, "true"));
        else
            json_text(writer, value);
    }
    if (has_data)
        json_object_end(writer);
    json_object_end(writer);
    return EXIT_DONE;
}

static int uses_write(struct run *run, struct buf *out) {
    struct json_writer writer = {.out = out};
    json_array(&writer);
    for (uint32_t i = 0; i < run->call->use_count; i++) {
        const struct option_use *use = &run->call->uses[i];
        if (strcmp(use->option->name, "use") == 0 && use_write(run, slice_of(use->value), &writer) != EXIT_DONE)
            return EXIT_USAGE;
    }
    json_array_end(&writer);
    buf_repeat(out, ' ', JSON_PADDING);
    return out->failed ? complain_fault("plan", STATUS_NO_MEMORY) : EXIT_DONE;
}

static int volumes_load(struct run *run) {
    struct plan_volumes volumes = {.months = 1};
    struct plan_wrong wrong = {.pointer = ""};
    struct json_error error = {0};
    struct buf text = {0};
    uint64_t months = 1;
    if (option_given(run->call, "months") && option_number(run->call, "months", PLAN_MONTHS_MAX, &months) != EXIT_DONE)
        return EXIT_USAGE;
    int code = option_given(run->call, "from")
                   ? option_instant(run->call, "from", run->usage.tariff->zone, &volumes.from_ns)
                   : month_start(run, 0, &volumes.from_ns);
    struct json_parser *parser = json_parser_new();
    if (code == EXIT_DONE)
        code = uses_write(run, &text);
    volumes.months = (uint32_t)months;
    volumes.text = buf_slice(&text);
    if (code == EXIT_DONE &&
        (parser == NULL || json_parse(parser, text.ptr, text.len - JSON_PADDING, &volumes.list, &error) == 0))
        code = complain(EXIT_USAGE, "--use cannot be read: %s.", error.text != NULL ? error.text : "memory is out");
    if (code == EXIT_DONE) {
        enum status status = plan_volumes_read(&run->usage, &volumes, &wrong);
        if (status == STATUS_INVALID)
            code = complain(EXIT_USAGE, "--use: " SLICE_FMT, SLICE_ARG(wrong.text));
        else if (status != STATUS_OK)
            code = complain_fault("plan", status);
    }
    if (parser != NULL)
        json_parser_free(parser);
    buf_free(&text);
    return code;
}

/* ---- usage: out of a book ---- */

static int span_read(const struct run *run, struct book_scan *scan) {
    const struct zone *zone = run->usage.tariff->zone;
    int code = option_given(run->call, "from") ? option_instant(run->call, "from", zone, &scan->from_ns)
                                               : month_start(run, -1, &scan->from_ns);
    if (code != EXIT_DONE)
        return code;
    return option_given(run->call, "until") ? option_instant(run->call, "until", zone, &scan->until_ns)
                                            : month_start(run, 0, &scan->until_ns);
}

static int account_load(struct run *run) {
    const char *account = option_value(run->call, "account");
    const struct engine *engine = book_engine(run->book);
    struct book_scan scan = {.tariffs = run->set, .last = book_seq(run->book)};
    struct terms_of of = {.engine = engine, .tariffs = run->set};
    struct slice error = {0};
    if (account == NULL)
        return complain(EXIT_USAGE, "plan --data needs --account ACCOUNT.");
    scan.account = slice_of(account);
    if (!engine_account_find(engine, scan.account, &of.account))
        return complain(EXIT_USAGE, "there is no account \"%s\".", account);
    int code = span_read(run, &scan);
    if (code != EXIT_DONE)
        return code;
    of.at_ns = scan.until_ns - 1;
    run->usage.tariff = engine_tariff_at(engine, of.account, run->usage.tariff, of.at_ns);
    enum status status = terms_take(&of, &run->arena, &scan.terms);
    if (status == STATUS_OK)
        status = plan_usage_book(&run->usage, run->book, &scan, UINT32_MAX, &error);
    if (status != STATUS_OK)
        return data_fault("the journal", status, error);
    if (run->usage.count == 0)
        return complain(EXIT_INCOMPLETE, "account \"%s\" has no usage under tariff \"%s\" then.", account,
                        option_value(run->call, "tariff"));
    return EXIT_DONE;
}

/* ---- the answer ---- */

static int usage_load(struct run *run) {
    bool has_book = option_given(run->call, "data");
    int code = has_book ? data_open_read(run->call, &run->book) : tariffs_load(run->call, &run->own);
    if (code != EXIT_DONE)
        return code;
    run->set = has_book ? book_tariffs(run->book) : &run->own;
    run->usage.set = run->set;
    run->usage.tariff = tariff_need(run->set, slice_of(option_value(run->call, "tariff")));
    if (run->usage.tariff == NULL)
        return EXIT_USAGE;
    if (has_book)
        return account_load(run);
    return option_given(run->call, "use") ? volumes_load(run) : files_load(run);
}

static int answer_make(struct run *run) {
    run->answer.usage = &run->usage;
    enum status status = plan_answer_make(&run->answer);
    if (status == STATUS_RANGE)
        return complain(EXIT_USAGE, "the usage is too long or too varied: at most %d days, 12 months, %d items.",
                        PLAN_DAYS_MAX, PLAN_ITEMS_MAX);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("plan", status);
}

static int print(struct run *run) {
    struct sink out = output_sink();
    if (is_json(run->call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        plan_answer_json(&run->answer, &writer);
        buf_char(&out.buf, '\n');
    } else {
        plan_print(run->call, &run->answer, &run->arena, &out.buf);
    }
    return output_finish(&out, plan_answer_is_proved(&run->answer) ? EXIT_DONE : EXIT_INCOMPLETE);
}

static int run_all(struct run *run) {
    int code = options_read(run);
    if (code == EXIT_DONE)
        code = usage_load(run);
    if (code == EXIT_DONE)
        code = answer_make(run);
    return code == EXIT_DONE ? print(run) : code;
}

static int plan_run(const struct call *call) {
    struct run run = {.call = call};
    int code = run_all(&run);
    plan_answer_free(&run.answer);
    plan_usage_free(&run.usage);
    tariff_set_free(&run.own);
    book_close(run.book);
    arena_free(&run.arena);
    return code;
}

const struct verb verb_plan = {
    .name = "plan",
    .operands = "FILE…",
    .summary = "Find the cheapest mix of packages, plans, concurrency and pay-as-you-go",
    .text =
        "FILE is a journal of real or expected usage; --use tells expected calls in words, and --data takes what an\n"
        "account of a book used. Every combination in the space is either ruled out by an exact bound or rated by the\n"
        "rating core, so that the answer is the cheapest there is, and says so; the space is printed with it, and\n"
        "from which volume each product pays. What was bought in the journal does not matter. Costs are exact sums,\n"
        "before bills are rounded. Exit code 1: the answer is not proved, --most was reached.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = UINT32_MAX,
    .run = plan_run,
};
