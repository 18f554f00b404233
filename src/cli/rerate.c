/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate rerate: other tariffs for a data directory, and everything rated again under them. */
#include <stdlib.h>

#include "cli/data.h"
#include "cli/remote.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option options[] = {
    OPTION_DATA,
    {"tariffs", "DIR", "the tariffs (a folder or one file) that shall hold from now on", NULL, false},
    {"preview", NULL, "show what would change, change nothing", NULL, false},
    OPTION_NOW("when it is done and recorded"),
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate rerate --data books/2026 --tariffs my-tariffs/ --preview",
     "what the new prices would change, and for whom"},
    {"tollgate rerate --data books/2026 --tariffs my-tariffs/", "let them hold, also for what is already billed"},
};

struct rerating {
    const struct call *call;
    struct book *book;
    struct tariff_set tariffs;
    struct arena arena;
    struct book_changes changes;
};

static struct decimal difference_of(const struct book_difference *row) {
    struct decimal difference = DECIMAL_ZERO;
    return decimal_sub(row->after, row->before, &difference) == STATUS_OK ? difference : DECIMAL_ZERO;
}

static void preview_json(const struct rerating *rerating, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    json_object(&writer);
    json_key(&writer, "differences");
    json_array(&writer);
    for (uint32_t i = 0; i < rerating->changes.count; i++) {
        view_difference_json(&rerating->changes.list[i], &writer);
        sink_spill(out);
    }
    json_array_end(&writer);
    json_key(&writer, "unpriced");
    json_object(&writer);
    json_key(&writer, "before");
    json_uint(&writer, rerating->changes.unpriced_before);
    json_key(&writer, "after");
    json_uint(&writer, rerating->changes.unpriced_after);
    json_object_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void amount_cell(struct grid *grid, struct decimal amount) {
    char text[DECIMAL_TEXT_MAX];
    grid_cell(grid, (struct slice){text, decimal_format(amount, text)});
}

static void preview_text(struct rerating *rerating, struct sink *out) {
    static const char *const columns[] = {"account", "tariff", "cycle", "",          "item",
                                          "",        "before", "after", "difference"};
    struct grid grid = {0};
    if (rerating->changes.count == 0) {
        buf_text(&out->buf, "nothing would change\n");
        return;
    }
    grid_start(&grid, "llllllrrr", true);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < rerating->changes.count; i++) {
        const struct book_difference *row = &rerating->changes.list[i];
        grid_cell(&grid, row->account);
        grid_cell(&grid, row->tariff->name);
        grid_cell(&grid, text_instant(&rerating->arena, row->cycle.start_ns, row->tariff->zone));
        grid_cell(&grid, slice_of(row->is_closed ? "closed" : "open"));
        grid_cell(&grid, row->item);
        grid_cell(&grid, slice_of(row->tariff->currency->code));
        amount_cell(&grid, row->before);
        amount_cell(&grid, row->after);
        amount_cell(&grid, difference_of(row));
    }
    grid_print(&grid, 0, color_out(rerating->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static int done_print(const struct rerating *rerating) {
    struct sink out = output_sink();
    uint32_t number = book_set_number(rerating->book);
    if (is_json(rerating->call)) {
        struct json_writer writer = {.out = &out.buf};
        json_object(&writer);
        json_key(&writer, "set");
        json_uint(&writer, number);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        buf_printf(&out.buf, "set %u of the tariffs holds; what changed on closed cycles stands on the next bills\n",
                   number);
    }
    return output_finish(&out, EXIT_DONE);
}

/* What is refused for what the book holds is no fault of anything. */
static int explain_failure(enum status status, const struct book *book, struct slice error) {
    if (status == STATUS_CONFLICT && error.len > 0)
        return complain(EXIT_INCOMPLETE, SLICE_FMT ".", SLICE_ARG(error));
    return data_fault("rating again", status, error.len > 0 ? error : book_error(book));
}

static int preview(struct rerating *rerating) {
    struct slice error;
    enum status status =
        book_rerate_preview(rerating->book, &rerating->tariffs, &rerating->arena, &rerating->changes, &error);
    if (status != STATUS_OK)
        return explain_failure(status, rerating->book, error);
    struct sink out = output_sink();
    if (is_json(rerating->call))
        preview_json(rerating, &out);
    else
        preview_text(rerating, &out);
    return output_finish(&out, EXIT_DONE);
}

/* A snapshot spares the next one who opens the book all the folding. */
static int activate(struct rerating *rerating, int64_t now_ns) {
    struct slice error;
    enum status status = book_rerate(rerating->book, option_value(rerating->call, "tariffs"), tariffs_shipped(), now_ns,
                                     &rerating->arena, &error);
    if (status == STATUS_OK)
        status = book_snapshot(rerating->book);
    return status == STATUS_OK ? done_print(rerating) : explain_failure(status, rerating->book, error);
}

/* Through the daemon that keeps the book; it reads the same folder. */
static int activate_remote(struct rerating *rerating, struct remote *remote) {
    struct remote_answer answer = {0};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    char *path = realpath(option_value(rerating->call, "tariffs"), NULL);
    char *base = tariffs_shipped() != NULL ? realpath(tariffs_shipped(), NULL) : NULL;
    json_object(&writer);
    json_member(&writer, "tariffs", slice_of(path != NULL ? path : ""));
    if (base != NULL)
        json_member(&writer, "base", slice_of(base));
    json_object_end(&writer);
    free(path);
    free(base);
    enum status status =
        body.failed ? STATUS_NO_MEMORY : remote_post_json(remote, "/v1/commands/rerate", buf_slice(&body), &answer);
    int code = status == STATUS_OK && answer.status == 200 ? EXIT_DONE : remote_complain(status, &answer);
    if (code == EXIT_USAGE)
        code = EXIT_INCOMPLETE; /* refused for what the book holds: no fault of anything */
    buf_free(&body);
    remote_answer_free(&answer);
    if (code != EXIT_DONE)
        return code;
    book_close(rerating->book);
    rerating->book = NULL;
    code = data_open(rerating->call, STORE_READ, &rerating->book);
    return code == EXIT_DONE ? done_print(rerating) : code;
}

static int rerate_run(const struct call *call) {
    struct rerating rerating = {.call = call};
    bool is_preview = option_given(call, "preview");
    struct remote *remote = NULL;
    int64_t now_ns;
    if (!option_given(call, "tariffs"))
        return complain(EXIT_USAGE, "which tariffs? Give --tariffs DIR.");
    if (data_now(call, &now_ns) != EXIT_DONE)
        return EXIT_USAGE;
    int code = tariffs_load(call, &rerating.tariffs);
    if (code == EXIT_DONE)
        code =
            is_preview ? data_open(call, STORE_READ, &rerating.book) : data_open_write(call, &rerating.book, &remote);
    if (code == EXIT_DONE && is_preview)
        code = preview(&rerating);
    else if (code == EXIT_DONE)
        code = remote != NULL ? activate_remote(&rerating, remote) : activate(&rerating, now_ns);
    book_close(rerating.book);
    remote_close(remote);
    tariff_set_free(&rerating.tariffs);
    arena_free(&rerating.arena);
    return code;
}

const struct verb verb_rerate = {
    .name = "rerate",
    .operands = "",
    .summary = "Replace the tariffs of a data directory and rate everything again under them",
    .text =
        "The whole journal is rated again. Bills that are closed stay as they are: what their cycles come to now,\n"
        "less what was billed, stands as adjustments on the next bills. Usage that had no price gets one. What was\n"
        "bought keeps its price, and what was refused stays refused. See docs/contracts.md.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = rerate_run,
};
