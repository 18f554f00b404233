/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate reverse: take one event back; tollgate events reversed: what was taken back. */
#include "cli/request.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option options[] = {
    OPTION_DATA,
    {"source", "SOURCE", "the event's source; needed when two sources use the same id", NULL, false},
    {"reason", "TEXT", "why; it is kept", NULL, false},
    {"replaced-by", "ID", "the event that says it right; it is kept", NULL, false},
    {"id", "ID", "the reversal's own id; default: random", NULL, false},
    OPTION_NOW("when it is said and recorded"),
    {"dry-run", NULL, "on a copy of the state: show the reply, change nothing", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct option list_options[] = {OPTION_DATA, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate reverse e-17 --reason \"sent twice\" --data books/2026", "e-17 counts no more"},
    {"tollgate reverse e-17 --replaced-by e-17b --data books/2026", "e-17b, sent as usual, counts instead"},
    {"tollgate reverse e-17 --source gateway/eu-1 --data books/2026 --dry-run", "would it be taken?"},
};
static const struct verb_example list_examples[] = {
    {"tollgate events reversed --data books/2026", "what was taken back, by what, and why"},
};

/* The event that counts, of all with this id. EXIT_DONE, or the exit code after a complaint. */
static int event_choose(const struct call *call, const struct book_found *first, const struct book_found **ret_found) {
    const struct book_found *chosen = first;
    for (const struct book_found *found = first; found != NULL; found = found->next) {
        if (!slice_eq(found->source, first->source))
            return complain(EXIT_USAGE,
                            "both \"" SLICE_FMT "\" and \"" SLICE_FMT "\" sent an event \"%s\"; say which with "
                            "--source.",
                            SLICE_ARG(first->source), SLICE_ARG(found->source), call->operands[0]);
        if (found->is_counted && !chosen->is_counted)
            chosen = found;
    }
    if (chosen == NULL)
        return complain(EXIT_INCOMPLETE, "no event \"%s\" in the journal.", call->operands[0]);
    *ret_found = chosen;
    return EXIT_DONE;
}

static int event_find(struct request *request, const struct book_found **ret_found) {
    const char *source = option_value(request->call, "source");
    struct book_found *first;
    struct slice error = {0};
    enum status status = book_find(request->book, slice_of(request->call->operands[0]),
                                   slice_of(source != NULL ? source : ""), &request->arena, &first, &error);
    if (status != STATUS_OK)
        return data_fault("the journal", status, error);
    return event_choose(request->call, first, ret_found);
}

static void document_write(struct request *request, const struct book_found *found) {
    const char *reason = option_value(request->call, "reason");
    const char *replaced_by = option_value(request->call, "replaced-by");
    request->account = found->account;
    struct json_writer *writer = request_document(request, "reversal");
    json_key(writer, "event");
    json_raw(writer, found->document);
    if (reason != NULL && reason[0] != '\0')
        json_member(writer, "reason", slice_of(reason));
    if (replaced_by != NULL && replaced_by[0] != '\0')
        json_member(writer, "replaced_by", slice_of(replaced_by));
    request_document_end(request);
}

static int reverse_run(const struct call *call) {
    struct request request;
    const struct book_found *found = NULL;
    int code = request_begin(call, SLICE(""), &request);
    request.source = SLICE("tollgate"); /* --source is the event's */
    if (code == EXIT_DONE)
        code = request_open(&request);
    if (code == EXIT_DONE)
        code = event_find(&request, &found);
    if (code == EXIT_DONE)
        document_write(&request, found);
    if (code == EXIT_DONE)
        code = request_submit(&request);
    if (code == EXIT_DONE)
        code = request_print(&request, NULL);
    request_free(&request);
    return code;
}

/* ---- events reversed ---- */

static void list_json(const struct engine *engine, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    json_object(&writer);
    json_key(&writer, "reversed");
    json_array(&writer);
    for (uint32_t i = 0; i < engine_reversal_count(engine); i++) {
        struct reversal_view view = engine_reversal_view(engine, i);
        view_reversal_json(&view, &writer);
        sink_spill(out);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void list_text(const struct call *call, const struct engine *engine, struct sink *out) {
    struct grid grid = {0};
    struct arena run = {0};
    grid_start(&grid, "lllllll", true);
    static const char *const heads[] = {"account", "source", "event", "reversed at", "by", "replaced by", "reason"};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        grid_cell(&grid, slice_of(heads[i]));
    for (uint32_t i = 0; i < engine_reversal_count(engine); i++) {
        struct reversal_view view = engine_reversal_view(engine, i);
        grid_cell(&grid, view.account);
        grid_cell(&grid, view.source);
        grid_cell(&grid, view.id);
        grid_cell(&grid, text_instant(&run, view.at_ns, NULL));
        grid_cell(&grid, view.by);
        grid_cell(&grid, view.replaced_by);
        grid_cell(&grid, view.reason);
    }
    grid_print(&grid, 0, color_out(call), &out->buf);
    grid_free(&grid);
    arena_free(&run);
}

static int list_run(const struct call *call) {
    struct book *book;
    struct sink out = output_sink();
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    if (is_json(call))
        list_json(book_engine(book), &out);
    else if (engine_reversal_count(book_engine(book)) > 0)
        list_text(call, book_engine(book), &out);
    else
        buf_text(&out.buf, "Nothing was taken back.\n");
    book_close(book);
    return output_finish(&out, EXIT_DONE);
}

const struct verb verb_reverse = {
    .name = "reverse",
    .operands = "EVENT",
    .summary = "Take an event back: it counts no more",
    .text =
        "The event is looked for in the journal by its id. What it was charged is given back in the deduction order\n"
        "backwards: pay-as-you-go first, then packages, then the free quota. Closed bills stay as they are: the next\n"
        "bill says the difference. An event is taken back once, and only as a whole. To correct one, take it back and\n"
        "send the right one under a new id.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = reverse_run,
};
const struct verb verb_events_reversed = {
    .name = "events reversed",
    .operands = "",
    .summary = "List the events that were taken back",
    .text = "Event and account, when and by which reversal, the reason, and the event that replaces it.",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 0,
    .run = list_run,
};
