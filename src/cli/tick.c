/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tick, tollgate bill close: tell a data directory what time it is. */
#include "cli/bill.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTIONS_REQUEST};

static const struct verb_example tick_examples[] = {
    {"tollgate tick --data books/2026", "everything that is due by now happens"},
    {"tollgate tick --data demo --now 2026-04-01T00:00:00+08:00", "live at another time"},
};
static const struct verb_example close_examples[] = {
    {"tollgate bill close --data books/2026", "close every cycle that has ended"},
    {"tollgate bill close --data demo --now 2026-04-01T00:00:00+08:00 --json", "by another time; the bills as JSON"},
};

static void closed_show(struct request *request, struct sink *out) {
    uint64_t count = engine_bill_count(request_engine(request)) - request->bills_before;
    if (!is_json(request->call))
        buf_printf(&out->buf, "  %llu bill%s%s\n", (unsigned long long)count, count == 1 ? "" : "s",
                   request->is_rehearsal ? " would be closed" : " closed");
    bills_closed_show(request, out);
}

static int tick_run(const struct call *call) {
    struct request request;
    int code = request_begin(call, (struct slice){0}, &request);
    if (code == EXIT_DONE) {
        request_document(&request, "tick");
        request_document_end(&request);
        code = request_submit(&request);
    }
    if (code == EXIT_DONE)
        code = request_print(&request, closed_show);
    request_free(&request);
    return code;
}

const struct verb verb_tick = {
    .name = "tick",
    .operands = "",
    .summary = "Tell a data directory the time, so that what is due by then happens",
    .text =
        "Nothing is due on its own: what is scheduled happens when a tick comes whose instant has reached it, in the\n"
        "order of when it was due. How often ticks come changes nothing. The bills that it closed are printed.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = tick_examples,
    .example_count = COUNT_OF(tick_examples),
    .operand_max = 0,
    .run = tick_run,
};

const struct verb verb_bill_close = {
    .name = "bill close",
    .operands = "",
    .summary = "Close every cycle that has ended, and print the bills",
    .text =
        "The same as `tollgate tick`: time passes for everything, and bills are closed, numbered and kept on the way.\n"
        "How a bill would look is shown by `tollgate bill preview --until INSTANT`.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = close_examples,
    .example_count = COUNT_OF(close_examples),
    .operand_max = 0,
    .run = tick_run,
};
