/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate events tail: the newest documents of the journal. */
#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "view/view.h"

#define LAST_DEFAULT 10
#define LAST_MAX 1000000

static const struct option options[] = {
    OPTION_DATA,
    {"last", "N", "how many (also: -n N); default: 10", NULL, false},
    {"account", "ACCOUNT", "only those of this account", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate events tail --data books/2026", "the ten newest documents"},
    {"tollgate events tail --data books/2026 -n 100 --account acct-42 --json", "the newest of one account, as JSON"},
};

struct tail {
    const struct call *call;
    struct book *book;
    struct json_parser *parser;
    struct arena run;
    struct view_document *rows; /* newest first */
    uint32_t count, wanted;
    struct slice account; /* empty: any */
};

static enum status row_keep(struct tail *tail, struct view_document row) {
    struct slice *texts[] = {&row.document,  &row.view.id,      &row.view.source,
                             &row.view.type, &row.view.subject, &row.view.time};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = arena_copy(&tail->run, *texts[i]);
        if (texts[i]->ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    tail->rows[tail->count++] = row;
    return STATUS_OK;
}

/* Backwards from the end, until there are enough. */
static enum status tail_read(struct tail *tail, struct slice *ret_error) {
    uint64_t seq;
    struct arena scratch = {0};
    enum status status = book_journal_end(tail->book, &seq);
    for (; status == STATUS_OK && seq > 0 && tail->count < tail->wanted; seq--) {
        struct batch batch = {0};
        arena_reset(&scratch);
        status = book_batch(tail->book, seq, &scratch, &batch, ret_error);
        for (uint32_t i = batch.document_count; status == STATUS_OK && i > 0 && tail->count < tail->wanted; i--) {
            struct slice document = batch.documents[i - 1];
            struct envelope_view view = envelope_view(tail->parser, document);
            if (tail->account.len == 0 || slice_eq(view.subject, tail->account))
                status = row_keep(tail, (struct view_document){seq, i, batch.recorded_ns, document, view});
        }
    }
    if (ret_error->len > 0)
        *ret_error = arena_copy(&tail->run, *ret_error);
    arena_free(&scratch);
    return status;
}

static void tail_json(const struct tail *tail, struct sink *out) {
    struct json_writer writer = {.out = &out->buf};
    json_object(&writer);
    json_key(&writer, "events");
    json_array(&writer);
    for (uint32_t i = tail->count; i > 0; i--) {
        view_document_json(&tail->rows[i - 1], &writer);
        sink_spill(out);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void tail_text(struct tail *tail, struct sink *out) {
    static const char *const columns[] = {"where", "recorded", "time", "account", "type", "source", "id"};
    struct grid grid = {0};
    grid_start(&grid, "lllllll", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = tail->count; i > 0; i--) {
        const struct view_document *row = &tail->rows[i - 1];
        grid_printf(&grid, "batch %llu:%u", (unsigned long long)row->seq, row->line);
        grid_cell(&grid, text_instant(&tail->run, row->recorded_ns, NULL));
        if (row->view.type.len == 0) {
            grid_text(&grid, row->document);
            continue;
        }
        grid_cell(&grid, row->view.time);
        grid_cell(&grid, row->view.subject);
        grid_cell(&grid, row->view.type);
        grid_cell(&grid, row->view.source);
        grid_cell(&grid, row->view.id);
    }
    grid_print(&grid, 0, color_out(tail->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static int tail_show(struct tail *tail) {
    struct slice error = {0};
    tail->rows = ARENA_ARRAY(&tail->run, tail->wanted, struct view_document);
    tail->parser = json_parser_new();
    enum status status = tail->rows != NULL && tail->parser != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = tail_read(tail, &error);
    if (status != STATUS_OK)
        return data_fault("the journal", status, error.len > 0 ? error : book_error(tail->book));
    struct sink out = output_sink();
    if (is_json(tail->call))
        tail_json(tail, &out);
    else
        tail_text(tail, &out);
    return output_finish(&out, EXIT_DONE);
}

static int tail_run(const struct call *call) {
    struct tail tail = {.call = call};
    uint64_t wanted = LAST_DEFAULT;
    if (option_given(call, "last") && option_number(call, "last", LAST_MAX, &wanted) != EXIT_DONE)
        return EXIT_USAGE;
    tail.wanted = (uint32_t)wanted;
    tail.account = slice_of(option_given(call, "account") ? option_value(call, "account") : "");
    int code = data_open_journal(call, &tail.book);
    if (code != EXIT_DONE)
        return code;
    code = tail_show(&tail);
    if (tail.parser != NULL)
        json_parser_free(tail.parser);
    arena_free(&tail.run);
    book_close(tail.book);
    return code;
}

const struct verb verb_events_tail = {
    .name = "events tail",
    .operands = "",
    .summary = "Show the newest documents of the journal",
    .text = "Oldest first: where it stands, when it was recorded, and what it is. What became of one is told by\n"
            "`tollgate explain --data DIR ID`; what was refused is listed by `events rejected` and `events unpriced`.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = tail_run,
};
