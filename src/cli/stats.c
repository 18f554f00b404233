/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate stats: how much a data directory holds, and what it takes. */
#include "view/stats.h"
#include "cli/data.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTION_DATA, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate stats --data books/2026", "batches, documents, bytes per document, accounts, memory"},
    {"tollgate stats --data books/2026 --json", "the same as JSON"},
};

struct shown {
    const struct call *call;
    struct arena arena;
    struct view_stats view;
};

static void shown_text(struct shown *shown, struct sink *out) {
    const struct book_stats *stats = &shown->view.stats;
    uint64_t rate = view_stats_tenths(&shown->view);
    struct view_number numbers[VIEW_STATS_NUMBERS];
    view_stats_numbers(&shown->view, numbers);
    for (size_t i = 0; i < VIEW_STATS_NUMBERS; i++)
        buf_printf(&out->buf, "%-22s%llu\n", numbers[i].text, (unsigned long long)numbers[i].value);
    buf_printf(&out->buf, "%-22s%llu.%llu\n", "bytes per document", (unsigned long long)(rate / 10),
               (unsigned long long)(rate % 10));
    if (stats->batches > 0)
        buf_printf(&out->buf, "%-22s" SLICE_FMT " to " SLICE_FMT "\n", "recorded",
                   SLICE_ARG(text_instant(&shown->arena, stats->first_ns, NULL)),
                   SLICE_ARG(text_instant(&shown->arena, stats->last_ns, NULL)));
    for (uint32_t i = 0; i < shown->view.file_count; i++)
        buf_printf(&out->buf, "%-22s%llu\n", shown->view.files[i].name.ptr,
                   (unsigned long long)shown->view.files[i].bytes);
}

static int shown_print(struct shown *shown) {
    struct sink out = output_sink();
    if (is_json(shown->call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        view_stats_json(&shown->view, &writer);
        buf_char(&out.buf, '\n');
    } else {
        shown_text(shown, &out);
    }
    return output_finish(&out, EXIT_DONE);
}

static int stats_run(const struct call *call) {
    struct shown shown = {.call = call};
    struct book *book;
    struct slice error = {0};
    int code = data_open(call, STORE_READ, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = book_stats(book, &shown.arena, &shown.view.stats, &error);
    if (status != STATUS_OK)
        code = data_fault("the journal", status, error.len > 0 ? error : book_error(book));
    else if ((status = view_stats_place(&shown.view, data_directory(call), &shown.arena)) != STATUS_OK)
        code = complain_fault(data_directory(call), status);
    else
        code = shown_print(&shown);
    arena_free(&shown.arena);
    book_close(book);
    return code;
}

const struct verb verb_stats = {
    .name = "stats",
    .operands = "",
    .summary = "Show how much a data directory holds, and what it takes",
    .text = "Sizes are bytes. Memory is that of this command with the whole state in it. The journal is read once.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = stats_run,
};
