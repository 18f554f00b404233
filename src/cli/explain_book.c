/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate explain --data: find an event in the journal and show how it came to what it is. */
#include "cli/explain_book.h"

#include "export/grid.h"
#include "view/view.h"

static void found_text(const struct call *call, struct book_explained *found, struct arena *run, struct buf *out) {
    buf_printf(out, "%s%s%s  ", color_out(call) ? "\033[1m" : "", call->operands[0], color_out(call) ? "\033[0m" : "");
    buf_visible(out, found->source);
    buf_text(out, "  ");
    buf_visible(out, found->account);
    buf_printf(out, "  batch %llu, line %u, recorded at " SLICE_FMT ": %s\n", (unsigned long long)found->seq,
               found->line, SLICE_ARG(text_instant(run, found->recorded_ns, NULL)), outcome_name(found->reply.outcome));
    export_steps_text(&found->trace, 2, out);
}

static int found_print(const struct call *call, struct book_explained *first, struct arena *run) {
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf, .pretty = true};
    if (is_json(call)) {
        json_object(&writer);
        json_member(&writer, "id", slice_of(call->operands[0]));
        json_key(&writer, "found");
        json_array(&writer);
    }
    for (struct book_explained *found = first; found != NULL; found = found->next) {
        view_verdict_add(found);
        if (is_json(call))
            view_explained_json(found, &writer);
        else
            found_text(call, found, run, &out.buf);
        sink_spill(&out);
    }
    if (is_json(call)) {
        json_array_end(&writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    }
    int code = output_finish(&out, EXIT_DONE);
    if (code == EXIT_DONE && first == NULL)
        code = complain(EXIT_INCOMPLETE, "no event \"%s\" in the journal.", call->operands[0]);
    return code;
}

int explain_book_event(const struct call *call) {
    const char *directory = data_directory(call), *source = option_value(call, "source");
    struct arena run = {0};
    struct slice error = {0};
    struct book_explained *first;
    if (directory == NULL)
        return EXIT_USAGE;
    enum status status = book_explain(directory, slice_of(call->operands[0]), slice_of(source != NULL ? source : ""),
                                      &run, &first, &error);
    int code;
    if (status == STATUS_NOT_FOUND)
        code = data_no_book(directory);
    else if (status != STATUS_OK)
        code = data_fault(directory, status, error);
    else
        code = found_print(call, first, &run);
    arena_free(&run);
    return code;
}
