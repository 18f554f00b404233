/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate explain: replay a journal and show how one event, or one bill, came about. */
#include "cli/bill.h"
#include "cli/explain_book.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "export/grid.h"

#include <errno.h>

static const struct option options[] = {
    {"journal", "FILE", "the journal to replay, \"-\" for standard input", NULL, true},
    OPTION_DATA,
    {"source", "SOURCE", "of a data directory: only the event from this source", NULL, false},
    {"bill", "BILL", "explain bills: ACCOUNT/TARIFF/CYCLE-START, and /ITEM for its lines of one item; or a NUMBER",
     NULL, false},
    {"line", "N", "of a closed bill by its number: only this line, from 1", NULL, false},
    OPTION_TARIFFS,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate explain --journal journal.ndjson e-17", "every step of event e-17, from reading to funding"},
    {"tollgate explain --data books/2026 e-17", "the same from the journal of a data directory"},
    {"tollgate explain --journal journal.ndjson --bill acct-42/imm/2026-02-15T08:00:00+08:00", "a whole bill"},
    {"tollgate explain --journal journal.ndjson --bill acct-42/viapi/2026-02/face-detection --json",
     "the lines of one item in the cycles that start in February"},
};

static int journals_read(const struct call *call, struct engine *engine, const struct journal_options *base) {
    struct journal_options journal = *base;
    struct progress progress;
    progress_start(&progress, false, &journal);
    for (uint32_t i = 0; i < call->use_count; i++) {
        if (strcmp(call->uses[i].option->name, "journal") != 0)
            continue;
        if (text_check(call->uses[i].value) != EXIT_DONE)
            return EXIT_FAULT;
        progress_restart(&progress);
        errno = 0;
        enum status status = engine_read(engine, call->uses[i].value, &journal);
        progress_end(&progress);
        if (status != STATUS_OK)
            return complain_fault(call->uses[i].value, status);
    }
    return EXIT_DONE;
}

static int event_print(const struct call *call, const struct trace *trace) {
    struct sink out = output_sink();
    const char *id = call->operands[0];
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        json_object(&writer);
        json_member(&writer, "id", slice_of(id));
        json_key(&writer, "steps");
        export_steps_json(trace, &writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else if (trace->count > 0) {
        buf_printf(&out.buf, "%s%s%s\n", color_out(call) ? "\033[1m" : "", id, color_out(call) ? "\033[0m" : "");
        export_steps_text(trace, 2, &out.buf);
    }
    int code = output_finish(&out, EXIT_DONE);
    if (code == EXIT_DONE && trace->count == 0)
        code = complain(EXIT_INCOMPLETE, "no event \"%s\" in the journal.", id);
    return code;
}

/* Why the event was not charged is the last step, also where there is no other. */
static void verdict_add(struct slice id, const char *verdict, const struct notice *notices, uint32_t count,
                        struct trace *trace) {
    for (uint32_t i = 0; i < count; i++) {
        if (slice_eq(notices[i].id, id))
            trace_add(trace, verdict, SLICE(""), SLICE_FMT, SLICE_ARG(notices[i].reason));
    }
}

static int verdicts_add(struct slice id, struct engine *engine, struct trace *trace) {
    struct statement statement;
    enum status status = engine_close(engine, INSTANT_MAX, &statement);
    if (status != STATUS_OK)
        return complain_fault("closing the cycles", status);
    verdict_add(id, "unpriced", statement.unpriced, statement.unpriced_count, trace);
    verdict_add(id, "rejected", statement.rejected, statement.rejected_count, trace);
    statement_free(&statement);
    return EXIT_DONE;
}

static int explain_event(const struct call *call, struct engine *engine) {
    struct arena run = {0};
    struct trace trace = {.arena = &run};
    struct journal_options journal = {.explain_id = slice_of(call->operands[0]), .trace = &trace};
    int code = journals_read(call, engine, &journal);
    if (code == EXIT_DONE)
        code = verdicts_add(journal.explain_id, engine, &trace);
    if (code == EXIT_DONE)
        code = event_print(call, &trace);
    arena_free(&run);
    return code;
}

/* Does ACCOUNT/TARIFF/START[/ITEM] mean this bill? START is the beginning of the cycle's first instant as printed. */
static bool bill_matches(const struct bill *bill, struct slice wanted, struct slice *ret_item) {
    struct slice heads[] = {bill->account, bill->tariff->name};
    char start[INSTANT_TEXT_MAX];
    for (size_t i = 0; i < 2; i++) {
        if (!slice_starts(wanted, heads[i]) || wanted.len <= heads[i].len || wanted.ptr[heads[i].len] != '/')
            return false;
        wanted.ptr += heads[i].len + 1;
        wanted.len -= heads[i].len + 1;
    }
    struct slice text;
    *ret_item = SLICE("");
    slice_cut(wanted, '/', &text, ret_item);
    size_t len = instant_format(bill->cycle.start_ns, bill->tariff->zone, start);
    int64_t at_ns;
    if (text.len > 0 && slice_starts((struct slice){start, len}, text))
        return true;
    return instant_parse(text, &at_ns, NULL) == STATUS_OK && at_ns == bill->cycle.start_ns;
}

struct bill_output {
    const struct call *call;
    struct sink sink;
    struct json_writer writer;
    struct arena scratch;
    uint32_t count; /* lines or, without an item, bills */
};

static void line_text(struct bill_output *out, const struct bill *bill, const struct bill_line *line) {
    struct trace trace = {.arena = &out->scratch};
    struct buf *buf = &out->sink.buf;
    buf_printf(buf, "  " SLICE_FMT "  " SLICE_FMT " " SLICE_FMT "  %s  " SLICE_FMT "\n", SLICE_ARG(line->item),
               SLICE_ARG(text_decimal(&out->scratch, line->quantity)), SLICE_ARG(line->unit), line->funding,
               SLICE_ARG(text_decimal(&out->scratch, line->amount)));
    bill_line_explain(bill, line, &trace);
    export_steps_text(&trace, 6, buf);
    arena_reset(&out->scratch);
}

static void bill_text(struct bill_output *out, const struct bill *bill, struct slice item) {
    struct buf *buf = &out->sink.buf;
    char total[DECIMAL_TEXT_MAX];
    buf_visible(buf, bill->account);
    buf_printf(
        buf, "  " SLICE_FMT "  %s  " SLICE_FMT " to " SLICE_FMT "  %s\n", SLICE_ARG(bill->tariff->name),
        bill_kind_name(bill->kind), SLICE_ARG(text_instant(&out->scratch, bill->cycle.start_ns, bill->tariff->zone)),
        SLICE_ARG(text_instant(&out->scratch, bill->cycle.end_ns, bill->tariff->zone)), bill->tariff->currency->code);
    if (bill->number > 0)
        buf_printf(buf, "  number " SLICE_FMT "\n", SLICE_ARG(text_bill_number(&out->scratch, bill)));
    for (uint32_t i = 0; i < bill->line_count; i++) {
        if (item.len == 0 || slice_eq(bill->lines[i].item, item))
            line_text(out, bill, &bill->lines[i]);
    }
    if (item.len > 0)
        return;
    decimal_format_fixed(bill->total, bill->tariff->bill_scale, total);
    buf_printf(buf, "  exact total " SLICE_FMT ", rounding " SLICE_FMT " (%s to %d digits), total %s\n",
               SLICE_ARG(text_decimal(&out->scratch, bill->exact_total)),
               SLICE_ARG(text_decimal(&out->scratch, bill->rounding)), rounding_name(bill->tariff->bill_rounding),
               bill->tariff->bill_scale, total);
    arena_reset(&out->scratch);
}

static bool bill_has_item(const struct bill *bill, struct slice item) {
    bool has = item.len == 0;
    for (uint32_t i = 0; i < bill->line_count && !has; i++)
        has = slice_eq(bill->lines[i].item, item);
    return has;
}

static void bill_print(struct bill_output *out, const struct bill *bill, struct slice item) {
    static const struct export_options explain = {.explain = true};
    if (!bill_has_item(bill, item))
        return;
    out->count++;
    if (!is_json(out->call)) {
        bill_text(out, bill, item);
    } else if (item.len == 0) {
        export_bill_json(bill, NULL, &explain, &out->scratch, &out->writer);
    } else {
        for (uint32_t i = 0; i < bill->line_count; i++) {
            if (slice_eq(bill->lines[i].item, item))
                export_bill_json(bill, &bill->lines[i], &explain, &out->scratch, &out->writer);
        }
    }
    sink_spill(&out->sink);
}

/* Print the bill when it is one that --bill means. */
static enum status bills_visit(void *context, const struct bill *bill) {
    struct bill_output *out = context;
    struct slice item;
    if (bill_matches(bill, slice_of(option_value(out->call, "bill")), &item))
        bill_print(out, bill, item);
    return out->sink.status;
}

static void bills_begin(struct bill_output *out) {
    out->sink = output_sink();
    out->writer = (struct json_writer){.out = &out->sink.buf, .pretty = true};
    if (!is_json(out->call))
        return;
    json_object(&out->writer);
    json_key(&out->writer, "bills");
    json_array(&out->writer);
}

static int bills_end(struct bill_output *out) {
    if (is_json(out->call)) {
        json_array_end(&out->writer);
        json_object_end(&out->writer);
        buf_char(&out->sink.buf, '\n');
    }
    arena_free(&out->scratch);
    int code = output_finish(&out->sink, EXIT_DONE);
    if (code == EXIT_DONE && out->count == 0)
        code = complain(EXIT_INCOMPLETE, "no bill \"%s\" comes of this journal.", option_value(out->call, "bill"));
    return code;
}

static int explain_bill(const struct call *call, struct engine *engine) {
    struct journal_options journal = {0};
    struct statement statement;
    int code = journals_read(call, engine, &journal);
    if (code != EXIT_DONE)
        return code;
    enum status status = engine_close(engine, INSTANT_MAX, &statement);
    if (status != STATUS_OK)
        return complain_fault("closing the cycles", status);
    struct bill_output out = {.call = call};
    bills_begin(&out);
    for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++)
        status = bills_visit(&out, &statement.bills[i]);
    code = bills_end(&out);
    statement_free(&statement);
    return code;
}

static int explain_journals(const struct call *call, bool is_bill) {
    struct tariff_set set;
    struct engine *engine;
    int code = tariffs_load(call, &set);
    if (code == EXIT_DONE) {
        enum status status = engine_new(&set, &engine);
        if (status == STATUS_OK) {
            code = is_bill ? explain_bill(call, engine) : explain_event(call, engine);
            engine_free(engine);
        } else {
            code = complain_fault("engine", status);
        }
    }
    tariff_set_free(&set);
    return code;
}

/* Bills of a book, closed and open. */
static int explain_book_bill(const struct call *call) {
    struct book *book;
    int code = data_open(call, STORE_READ, &book);
    if (code != EXIT_DONE)
        return code;
    struct bill_output out = {.call = call};
    bills_begin(&out);
    enum status status = book_every_bill(book, INSTANT_MAX, bills_visit, &out);
    code = bills_end(&out);
    if (status != STATUS_OK)
        code = data_fault("the bills", status, book_error(book));
    book_close(book);
    return code;
}

/* A closed bill, as it was closed. */
static int explain_closed_bill(const struct call *call, struct slice series, uint64_t number) {
    struct bill_output out = {.call = call, .sink = output_sink()};
    struct arena arena = {0};
    struct book *book;
    struct bill bill;
    uint64_t line = 0;
    if (option_given(call, "line") && option_number(call, "line", UINT32_MAX, &line) != EXIT_DONE)
        return EXIT_USAGE;
    int code = data_open(call, STORE_READ, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = book_bill(book, series, number, &arena, &bill);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && line > bill.line_count)) {
        code = complain(EXIT_INCOMPLETE, "there is no such bill or line.");
    } else if (status != STATUS_OK) {
        code = data_fault("the bill", status, book_error(book));
    } else {
        if (line > 0) {
            bill.lines += line - 1;
            bill.line_count = 1;
        }
        out.writer = (struct json_writer){.out = &out.sink.buf, .pretty = true};
        bill_print(&out, &bill, SLICE(""));
        if (is_json(call))
            buf_char(&out.sink.buf, '\n');
    }
    code = output_finish(&out.sink, code);
    arena_free(&out.scratch);
    arena_free(&arena);
    book_close(book);
    return code;
}

static int explain_book(const struct call *call, bool is_bill) {
    struct slice series;
    uint64_t number;
    bool is_number = is_bill && bill_number_read(slice_of(option_value(call, "bill")), &series, &number) &&
                     memchr(series.ptr, '/', series.len) == NULL;
    if (option_given(call, "line") && !is_number)
        return complain(EXIT_USAGE, "--line needs the --bill NUMBER of a closed bill.");
    if (is_number)
        return explain_closed_bill(call, series, number);
    return is_bill ? explain_book_bill(call) : explain_book_event(call);
}

static int explain_run(const struct call *call) {
    bool is_bill = option_given(call, "bill");
    if (is_bill == (call->operand_count == 1))
        return complain(EXIT_USAGE, "explain needs either an EVENT-ID or --bill.");
    if (option_given(call, "journal") && option_given(call, "data"))
        return complain(EXIT_USAGE, "--journal and --data exclude each other.");
    if (option_given(call, "journal"))
        return explain_journals(call, is_bill);
    if (data_find(call) == NULL)
        return complain(EXIT_USAGE, "explain needs --journal FILE or --data DIR.");
    return explain_book(call, is_bill);
}

const struct verb verb_explain = {
    .name = "explain",
    .operands = "EVENT-ID",
    .summary = "Show how an event or a bill came about, step by step",
    .text =
        "Replays the journals in the order given, or that of a data directory, with tracing on. An event's steps run\n"
        "from the operation to what paid for it; a bill's from its quantity over price version and tier to the\n"
        "amount. CYCLE-START may be shortened (2026-02 means every cycle that starts in that month).",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 0,
    .operand_max = 1,
    .run = explain_run,
};
