/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills as a FOCUS dataset. The journal is folded for it, one such request at a time. */
#include "focus/focus.h"
#include "http/fields.h"
#include "server/read.h"

enum { ROWS_MAX = 100000 };

static bool options_read(const struct http_request *request, struct http_answer *answer,
                         struct focus_options *options) {
    uint32_t version = FOCUS_1_4 - FOCUS_1_2, dataset = FOCUS_COST_AND_USAGE;
    *options = (struct focus_options){.from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX};
    if (!read_filter(request, answer, &options->account) || !read_instant(request, answer, "from", &options->from_ns) ||
        !read_instant(request, answer, "until", &options->until_ns) ||
        !read_choice(request, answer, "version", "1.2 1.3 1.4", &version) ||
        !read_choice(request, answer, "dataset", "cost-and-usage contract-commitment invoice-detail billing-period",
                     &dataset))
        return false;
    options->version = (enum focus_version)(FOCUS_1_2 + version);
    options->dataset = (enum focus_dataset)dataset;
    if (focus_datasets[dataset].since <= options->version)
        return true;
    http_problem(request, answer, 400, "no-such-dataset", "FOCUS %s has no dataset %s; %s has.",
                 focus_version_text(options->version), focus_datasets[dataset].name,
                 focus_version_text(focus_datasets[dataset].since));
    return false;
}

static enum status text_pass(void *context, struct slice text) {
    buf_append(context, text);
    return STATUS_OK;
}

static bool wants_csv(const struct http_request *request) {
    static const char *const offers[] = {"application/json", "text/csv"};
    struct slice accept = http_header(request, "Accept");
    return accept.ptr != NULL && fields_accept(accept, offers, 2) == 1;
}

static enum status rows_write(const struct http_request *request, struct http_answer *answer, struct focus *focus) {
    struct sink sink = {.write = text_pass, .context = &answer->body};
    bool is_csv = wants_csv(request);
    if (focus_row_count(focus) > ROWS_MAX) {
        http_problem(request, answer, 400, "too-many-rows",
                     "this would be %llu rows, and one answer has %u at most: ask for less by account, from or until.",
                     (unsigned long long)focus_row_count(focus), (uint32_t)ROWS_MAX);
        return STATUS_OK;
    }
    http_field(answer, "Vary", SLICE("Accept"));
    if (is_csv) {
        answer->media_type = "text/csv; charset=utf-8";
        http_field(answer, "Content-Disposition", SLICE("attachment; filename=\"focus.csv\""));
    }
    enum status status = is_csv ? focus_csv(focus, &sink) : focus_json(focus, live_now(request_live(request)), &sink);
    enum status written = sink_finish(&sink);
    return status != STATUS_OK    ? status
           : written != STATUS_OK ? written
           : answer->body.failed  ? STATUS_NO_MEMORY
                                  : STATUS_OK;
}

static enum status fold(struct server *server, const struct http_request *request, struct http_answer *answer,
                        struct focus *focus) {
    struct slice error, series = SLICE("");
    struct book *book;
    struct charge_watch watch = focus_watch(focus);
    watch.gives_up = &server->is_draining;
    TRY(book_watch(request_tenant(request)->directory, NULL, watch, request->arena, &book, &error));
    struct book_partition partition = book_partition_of(book);
    if (partition.count > 1)
        series = arena_printf(request->arena, ".%u", partition.number);
    enum status status = series.ptr ? focus_finish(focus, engine_now_ns(book_engine(book)), series) : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = rows_write(request, answer, focus);
    book_close(book);
    return status;
}

enum status focus_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct focus_options options;
    struct focus *focus;
    if (!options_read(request, answer, &options) || !read_replay_begin(server, request, answer))
        return STATUS_OK;
    enum status status = focus_new(&options, &focus);
    if (status == STATUS_OK) {
        status = fold(server, request, answer, focus);
        focus_free(focus);
    }
    read_replay_end(server);
    return read_replay_status(request, answer, status);
}
