/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate backfill preview, list, revert: older events under a name. `tollgate ingest --backfill` brings them in. */
#include <errno.h>
#include <stdlib.h>

#include "cli/data.h"
#include "cli/progress.h"
#include "cli/remote.h"
#include "cli/verbs.h"
#include "engine/view.h"
#include "export/export.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option preview_options[] = {
    OPTION_DATA,
    OPTION_NOW("as if it was recorded then"),
    {"threads", "N", "read with N threads; default: one per core, at most 8", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct option list_options[] = {OPTION_DATA, OPTION_AS_OF, OPTION_JSON, OPTIONS_COMMON};
static const struct option revert_options[] = {OPTION_DATA, OPTION_NOW("when it is recorded"), OPTION_JSON,
                                               OPTIONS_COMMON};

static const struct verb_example preview_examples[] = {
    {"tollgate backfill preview --data books/2026 last-year.ndjson", "what these events would change, and for whom"},
};
static const struct verb_example list_examples[] = {
    {"tollgate backfill list --data books/2026", "every backfill, its events, and whether it was reverted"},
};
static const struct verb_example revert_examples[] = {
    {"tollgate backfill revert migration-2025 --data books/2026", "take all of its events back"},
};

/* ---- preview ---- */

struct previewed {
    struct book_intake intake;
    uint64_t refused;
    struct usage_changes changes;
};

static void count_json(struct json_writer *writer, const char *key, uint64_t count) {
    json_key(writer, key);
    json_uint(writer, count);
}

static void preview_json(const struct previewed *previewed, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    json_object(&writer);
    count_json(&writer, "documents", previewed->intake.lines);
    count_json(&writer, "known", previewed->intake.duplicates);
    count_json(&writer, "elsewhere", previewed->intake.elsewhere);
    count_json(&writer, "refused", previewed->refused);
    json_key(&writer, "changes");
    json_array(&writer);
    for (uint32_t i = 0; i < previewed->changes.count; i++) {
        view_usage_change_json(&previewed->changes.list[i], &writer);
        sink_spill(out);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void preview_grid(const struct call *call, const struct usage_changes *changes, struct sink *out) {
    static const char *const heads[] = {"account", "tariff", "cycle from", "item",  "quantity before",
                                        "after",   "unit",   "before",     "after", "currency"};
    struct grid grid = {0};
    struct arena run = {0};
    grid_start(&grid, "llllrrlrrl", true);
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        grid_cell(&grid, slice_of(heads[i]));
    for (uint32_t i = 0; i < changes->count; i++) {
        const struct usage_change *change = &changes->list[i];
        grid_cell(&grid, change->account);
        grid_cell(&grid, change->tariff->name);
        grid_cell(&grid, text_instant(&run, change->cycle.start_ns, change->tariff->zone));
        grid_cell(&grid, change->item->name);
        grid_cell(&grid, text_decimal(&run, change->quantity_before));
        grid_cell(&grid, text_decimal(&run, change->quantity_after));
        grid_cell(&grid, change->item->unit);
        grid_cell(&grid, text_decimal(&run, change->amount_before));
        grid_cell(&grid, text_decimal(&run, change->amount_after));
        grid_cell(&grid, slice_of(change->tariff->currency->code));
    }
    grid_print(&grid, 0, color_out(call), &out->buf);
    grid_free(&grid);
    arena_free(&run);
}

static int preview_print(const struct call *call, const struct previewed *previewed) {
    struct sink out = output_sink();
    if (is_json(call)) {
        preview_json(previewed, &out);
        return output_finish(&out, EXIT_DONE);
    }
    if (previewed->changes.count > 0)
        preview_grid(call, &previewed->changes, &out);
    else
        buf_text(&out.buf, "It would change no usage.\n");
    buf_printf(&out.buf, "%llu documents, %llu of them known already, %llu refused or without a price\n",
               (unsigned long long)previewed->intake.lines, (unsigned long long)previewed->intake.duplicates,
               (unsigned long long)previewed->refused);
    return output_finish(&out, EXIT_DONE);
}

static uint64_t notices_of(const struct engine *engine) {
    struct engine_size size;
    engine_size(engine, &size);
    return size.notices;
}

static int preview_read(const struct call *call, struct book *book, int64_t now_ns, struct journal_options *journal,
                        struct previewed *previewed) {
    struct progress progress;
    if (operands_text_check(call) != EXIT_DONE)
        return EXIT_FAULT;
    enum status status = book_fill_begin(book, now_ns);
    if (status != STATUS_OK)
        return data_fault("the copy", status, book_error(book));
    progress_start(&progress, false, journal);
    for (uint32_t i = 0; i < call->operand_count; i++) {
        struct book_intake intake = {0};
        progress_restart(&progress);
        errno = 0;
        status = book_fill_read(book, call->operands[i], journal, &intake);
        progress_end(&progress);
        previewed->intake.lines += intake.lines;
        previewed->intake.duplicates += intake.duplicates;
        previewed->intake.elsewhere += intake.elsewhere;
        if (status != STATUS_OK)
            return data_fault(call->operands[i], status, book_error(book));
    }
    previewed->refused = notices_of(book_engine_copy(book)) - notices_of(book_engine(book));
    status = book_fill_compare(book, &previewed->changes);
    return status == STATUS_OK ? EXIT_DONE : data_fault("the comparison", status, book_error(book));
}

static int preview_run(const struct call *call) {
    struct journal_options journal = {0};
    struct previewed previewed = {.refused = 0};
    struct book *book;
    int64_t now_ns;
    uint64_t threads = 0;
    if (data_now(call, &now_ns) != EXIT_DONE ||
        (option_given(call, "threads") && option_number(call, "threads", 64, &threads) != EXIT_DONE))
        return EXIT_USAGE;
    journal.threads = (uint32_t)threads;
    int code = data_open(call, STORE_READ, &book);
    if (code != EXIT_DONE)
        return code;
    code = preview_read(call, book, now_ns, &journal, &previewed);
    if (code == EXIT_DONE)
        code = preview_print(call, &previewed);
    free(previewed.changes.list);
    book_close(book);
    return code;
}

/* ---- list ---- */

static void list_json(const struct engine *engine, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    json_object(&writer);
    json_key(&writer, "backfills");
    json_array(&writer);
    for (uint32_t i = 0; i < engine_backfill_count(engine); i++) {
        struct backfill_view view = engine_backfill_view(engine, i);
        view_backfill_json(&view, &writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void list_text(const struct call *call, const struct engine *engine, struct sink *out) {
    static const char *const heads[] = {"name", "events", "refused", "first recorded", "last recorded", "reverted"};
    struct grid grid = {0};
    struct arena run = {0};
    grid_start(&grid, "lrrlll", true);
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        grid_cell(&grid, slice_of(heads[i]));
    for (uint32_t i = 0; i < engine_backfill_count(engine); i++) {
        struct backfill_view view = engine_backfill_view(engine, i);
        grid_cell(&grid, view.name);
        grid_printf(&grid, "%llu", (unsigned long long)view.events);
        grid_printf(&grid, "%llu", (unsigned long long)view.refused);
        grid_cell(&grid, text_instant(&run, view.first_ns, NULL));
        grid_cell(&grid, text_instant(&run, view.last_ns, NULL));
        grid_cell(&grid, view.is_reverted ? text_instant(&run, view.reverted_ns, NULL) : SLICE(""));
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
    else if (engine_backfill_count(book_engine(book)) > 0)
        list_text(call, book_engine(book), &out);
    else
        buf_text(&out.buf, "There is no backfill.\n");
    book_close(book);
    return output_finish(&out, EXIT_DONE);
}

/* ---- revert ---- */

static int revert_print(const struct call *call, struct book *book) {
    struct sink out = output_sink();
    struct backfill_view view;
    if (!engine_backfill_find(book_engine(book), slice_of(call->operands[0]), &view))
        return complain_fault("the backfill", STATUS_INVALID);
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        view_backfill_json(&view, &writer);
        buf_char(&out.buf, '\n');
    } else {
        buf_printf(&out.buf, "backfill %s is reverted: %llu events are taken back\n", call->operands[0],
                   (unsigned long long)view.reversed);
    }
    return output_finish(&out, EXIT_DONE);
}

static int revert_here(const struct call *call, struct book *book, int64_t now_ns) {
    struct arena run = {0};
    struct slice error = {0};
    int code = EXIT_DONE;
    enum status status = book_backfill_revert(book, slice_of(call->operands[0]), now_ns, &run, &error);
    if (status != STATUS_OK)
        code = error.len > 0 ? complain(EXIT_INCOMPLETE, "nothing is reverted: " SLICE_FMT ".", SLICE_ARG(error))
                             : data_fault("the revert", status, book_error(book));
    arena_free(&run);
    return code;
}

/* What the daemon refuses is told as the directory would tell it. */
static int revert_complain(enum status status, const struct remote_answer *answer) {
    bool is_refused = status == STATUS_OK && (answer->status == 404 || answer->status == 409);
    int code = remote_complain(status, answer);
    return is_refused ? EXIT_INCOMPLETE : code;
}

static int revert_there(const struct call *call, struct remote *remote, struct book **book) {
    struct remote_answer answer = {0};
    struct buf path = {0};
    buf_text(&path, "/v1/backfills/");
    for (const char *at = call->operands[0]; *at != '\0'; at++)
        buf_printf(&path, "%%%02X", (unsigned char)*at);
    buf_text(&path, "/revert");
    enum status status = path.failed ? STATUS_NO_MEMORY : remote_post_json(remote, path.ptr, SLICE("{}"), &answer);
    bool is_done = status == STATUS_OK && answer.status == 200;
    int code = is_done ? EXIT_DONE : revert_complain(status, &answer);
    remote_answer_free(&answer);
    buf_free(&path);
    if (code != EXIT_DONE)
        return code;
    book_close(*book); /* as it was before */
    *book = NULL;
    return data_open(call, STORE_READ, book);
}

static int revert_run(const struct call *call) {
    struct book *book = NULL;
    struct remote *remote = NULL;
    int64_t now_ns;
    if (data_now(call, &now_ns) != EXIT_DONE)
        return EXIT_USAGE;
    int code = data_open_write(call, &book, &remote);
    if (code == EXIT_DONE)
        code = remote != NULL ? revert_there(call, remote, &book) : revert_here(call, book, now_ns);
    if (code == EXIT_DONE)
        code = revert_print(call, book);
    remote_close(remote);
    if (book != NULL)
        book_close(book);
    return code;
}

const struct verb verb_backfill_preview = {
    .name = "backfill preview",
    .operands = "FILE…",
    .summary = "Show what older events would change, and for whom",
    .text =
        "Reads the files into a copy of the state, as `tollgate ingest --backfill` would, and compares: by account,\n"
        "tariff, cycle and item, quantity and exact amount before and after. Nothing changes.",
    .options = preview_options,
    .option_count = COUNT_OF(preview_options),
    .examples = preview_examples,
    .example_count = COUNT_OF(preview_examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = preview_run,
};
const struct verb verb_backfill_list = {
    .name = "backfill list",
    .operands = "",
    .summary = "List the backfills of a data directory",
    .text = "Name, events that count, events that were refused, when it was recorded and reverted.",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 0,
    .run = list_run,
};
const struct verb verb_backfill_revert = {
    .name = "backfill revert",
    .operands = "NAME",
    .summary = "Take every event of a backfill back",
    .text =
        "Writes a reversal of every event of the backfill that counts, all of them or none: when one event cannot be\n"
        "reversed, nothing happens and it is named. Closed bills stay; the next ones say the difference.",
    .options = revert_options,
    .option_count = COUNT_OF(revert_options),
    .examples = revert_examples,
    .example_count = COUNT_OF(revert_examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = revert_run,
};
