/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tick: tell a data directory what time it is. */
#include "cli/request.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTIONS_REQUEST};

static const struct verb_example examples[] = {
    {"tollgate tick --data books/2026", "everything that is due by now happens"},
    {"tollgate tick --data demo --now 2026-04-01T00:00:00+08:00", "live at another time"},
};

static int tick_run(const struct call *call) {
    struct request request;
    int code = request_begin(call, SLICE("tollgate"), &request);
    if (code == EXIT_DONE) {
        request_document(&request, "tick");
        request_document_end(&request);
        code = request_submit(&request);
    }
    if (code == EXIT_DONE)
        code = request_print(&request, NULL);
    request_free(&request);
    return code;
}

const struct verb verb_tick = {
    .name = "tick",
    .operands = "",
    .summary = "Tell a data directory the time, so that what is due by then happens",
    .text =
        "Nothing is due on its own: what is scheduled happens when a tick comes whose instant has reached it, in the\n"
        "order of when it was due. How often ticks come changes nothing.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = tick_run,
};
