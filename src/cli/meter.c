/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate meter: usage events out of access logs. */
#include "weblog/weblog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/common.h"
#include "cli/verbs.h"
#include "cxx/json.h"

static const struct option options[] = {
    {"mapping", "FILE", "which request is which operation", NULL, false},
    {"quiet", NULL, "no summary and no malformed lines on standard error", NULL, false},
    {"json", NULL, "the summary as JSON; events are JSON in any case", NULL, false},
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate meter --mapping routes.yaml access.log > usage.ndjson", "a log into usage events"},
    {"tail -F access.log | tollgate meter --mapping routes.yaml - | tollgate ingest --data books/2026 -",
     "as it is written, into a book"},
};

enum { TOLD_MAX = 20 };
struct metering {
    const struct call *call;
    struct weblog_mapping mapping;
    struct weblog *weblog;
    struct sink out;
    uint64_t lines, events, others, malformed;
};

static int line_take(struct metering *metering, const char *path, uint64_t number, struct slice line) {
    enum weblog_outcome outcome;
    struct slice reason;
    enum status status = weblog_line(metering->weblog, line, &metering->out.buf, &outcome, &reason);
    if (status != STATUS_OK)
        return complain_fault(path, status);
    sink_spill(&metering->out);
    metering->lines++;
    metering->events += outcome == WEBLOG_EVENT;
    metering->others += outcome == WEBLOG_OTHER;
    metering->malformed += outcome == WEBLOG_MALFORMED;
    if (outcome == WEBLOG_MALFORMED && metering->malformed <= TOLD_MAX && !option_given(metering->call, "quiet"))
        complain(0, "%s:%llu: " SLICE_FMT, path, (unsigned long long)number, SLICE_ARG(reason));
    return metering->out.status == STATUS_OK ? EXIT_DONE : complain_fault("standard output", metering->out.status);
}

/* Room behind the line for a parser that reads ahead. */
static bool line_pad(char **line, size_t *cap, size_t len) {
    if (*cap < len + JSON_PADDING) {
        char *grown = realloc(*line, len + JSON_PADDING);
        if (grown == NULL)
            return false;
        *line = grown;
        *cap = len + JSON_PADDING;
    }
    memset(*line + len, 0, JSON_PADDING);
    return true;
}

static int file_read(struct metering *metering, const char *path) {
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int code = EXIT_DONE;
    if (file != NULL && text_check(path) != EXIT_DONE) {
        (void)fclose(file);
        return EXIT_FAULT;
    }
    if (file == NULL)
        return complain_path(path, errno);
    for (uint64_t number = 1; code == EXIT_DONE && (len = getline(&line, &cap, file)) >= 0; number++) {
        size_t used = (size_t)len;
        while (used > 0 && (line[used - 1] == '\n' || line[used - 1] == '\r'))
            used--;
        if (used == 0)
            continue;
        code = line_pad(&line, &cap, used) ? line_take(metering, path, number, (struct slice){line, used})
                                           : complain_fault(path, STATUS_NO_MEMORY);
    }
    if (code == EXIT_DONE && ferror(file))
        code = complain_path(path, errno);
    free(line);
    if (file != stdin)
        (void)fclose(file); /* it was only read */
    return code;
}

static void summary_tell(const struct metering *metering) {
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {{"lines", metering->lines},
                {"events", metering->events},
                {"others", metering->others},
                {"malformed", metering->malformed}};
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    if (!is_json(metering->call)) {
        complain(0, "%llu lines: %llu events, %llu of other requests, %llu malformed",
                 (unsigned long long)metering->lines, (unsigned long long)metering->events,
                 (unsigned long long)metering->others, (unsigned long long)metering->malformed);
        return;
    }
    json_object(&writer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_key(&writer, rows[i].name);
        json_uint(&writer, rows[i].count);
    }
    json_object_end(&writer);
    buf_char(&text, '\n');
    error_text(buf_slice(&text));
    buf_free(&text);
}

static int logs_read(struct metering *metering) {
    int code = EXIT_DONE;
    enum status status = weblog_new(&metering->mapping, &metering->weblog);
    if (status != STATUS_OK)
        return complain_fault("meter", status);
    metering->out = output_sink();
    for (uint32_t i = 0; i < metering->call->operand_count && code == EXIT_DONE; i++)
        code = file_read(metering, metering->call->operands[i]);
    if (code == EXIT_DONE && metering->malformed > 0)
        code = EXIT_INCOMPLETE;
    code = output_finish(&metering->out, code);
    if (!option_given(metering->call, "quiet"))
        summary_tell(metering);
    return code;
}

static int meter_run(const struct call *call) {
    struct metering metering = {.call = call};
    struct arena arena = {0};
    struct diags diags = {0};
    const char *path = option_value(call, "mapping");
    if (path == NULL)
        return complain(EXIT_USAGE, "meter needs --mapping FILE: which request is which operation.");
    enum status status = weblog_mapping_read(path, &arena, &diags, &metering.mapping);
    diags_show(call, &diags);
    int code = status == STATUS_INVALID ? EXIT_USAGE
               : status != STATUS_OK    ? complain_fault(path, status)
                                        : logs_read(&metering);
    weblog_free(metering.weblog);
    weblog_mapping_free(&metering.mapping);
    diags_free(&diags);
    arena_free(&arena);
    return code;
}

const struct verb verb_meter = {
    .name = "meter",
    .operands = "LOG…",
    .summary = "Turn access logs into usage events",
    .text =
        "LOG is a file of lines, JSON or text; \"-\" is standard input. The mapping says how a line is read, which\n"
        "request is which operation, and which fields are quantities. Events are printed one a line. Requests that\n"
        "no route is for, or without an account, are passed over. The same line gives the same event: a log may be\n"
        "read again. Exit code 1: some lines were malformed; they are told with their numbers.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = meter_run,
};
