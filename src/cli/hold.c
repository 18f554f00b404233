/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate hold, tollgate release, tollgate hold list: what running jobs keep for themselves. */
#include "cli/request.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option hold_options[] = {
    {"expires-at", "INSTANT", "when it ends by itself; default: an hour later", NULL, false},
    OPTIONS_REQUEST,
};
static const struct option release_options[] = {OPTIONS_REQUEST};
static const struct option list_options[] = {OPTION_DATA, OPTION_AS_OF, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example hold_examples[] = {
    {"tollgate hold acct-42 vclm.SubmitImageAnimateJob count=5 --id job-7 --data books/2026",
     "set apart what job-7 will need"},
    {"tollgate hold acct-42 vclm.SubmitImageAnimateJob --data books/2026 --dry-run", "may one more job start?"},
};
static const struct verb_example release_examples[] = {
    {"tollgate release acct-42 job-7 --data books/2026", "job-7 will report nothing: give everything back"},
};
static const struct verb_example list_examples[] = {
    {"tollgate hold list --data books/2026", "every hold that is open"},
    {"tollgate hold list acct-42 --data books/2026 --json", "those of an account, as JSON"},
};

/* A hold on its way out. */
struct shown {
    struct view view;
    uint32_t account;
    struct hold_view hold;
};

/* ---- hold, release ---- */

static void hold_show(struct request *request, struct sink *out) {
    struct shown shown = {.view = {request_engine(request), book_tariffs(request->book), &request->arena}};
    bool is_open = request_is_accepted(request) &&
                   engine_account_find(shown.view.engine, request->account, &shown.account) &&
                   engine_hold_find(shown.view.engine, shown.account, request->id, &shown.hold);
    if (is_json(request->call)) {
        json_key(&request->writer, "hold");
        if (is_open)
            view_hold_json(&shown.view, shown.account, &shown.hold, &request->writer);
        else
            json_null(&request->writer);
    } else if (is_open) {
        struct slice until = text_instant(&request->arena, shown.hold.expires_ns, shown.hold.tariff->zone);
        buf_printf(&out->buf, "  holds " SLICE_FMT "\n  until " SLICE_FMT "\n",
                   SLICE_ARG(view_reserves_text(&shown.view, shown.account, &shown.hold)), SLICE_ARG(until));
    }
}

static int hold_write(struct request *request) {
    const struct call *call = request->call;
    struct words words = {.call = call, .set = book_tariffs(request->book), .run = &request->arena, .first = 2};
    struct json_writer *writer = request_document(request, "hold");
    json_member(writer, "operation", slice_of(call->operands[1]));
    if (option_given(call, "expires-at")) {
        int64_t at_ns;
        if (option_instant(call, "expires-at", NULL, &at_ns) != EXIT_DONE)
            return EXIT_USAGE;
        json_instant(writer, "expires_at", at_ns, NULL);
    }
    json_key(writer, "data");
    json_object(writer);
    if (words_write(&words, writer) != EXIT_DONE)
        return EXIT_USAGE;
    json_object_end(writer);
    request_document_end(request);
    return EXIT_DONE;
}

static int hold_run(const struct call *call) {
    struct request request;
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE)
        code = request_open(&request);
    if (code == EXIT_DONE)
        code = hold_write(&request);
    if (code == EXIT_DONE)
        code = request_submit(&request);
    if (code == EXIT_DONE)
        code = request_print(&request, hold_show);
    request_free(&request);
    return code;
}

static int release_run(const struct call *call) {
    struct request request;
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE) {
        struct json_writer *writer = request_document(&request, "release");
        json_member(writer, "hold", slice_of(call->operands[1]));
        request_document_end(&request);
        code = request_submit(&request);
    }
    if (code == EXIT_DONE)
        code = request_print(&request, NULL);
    request_free(&request);
    return code;
}

/* ---- list ---- */

struct listing {
    const struct call *call;
    struct sink *out;
    struct grid grid;
    struct json_writer writer;
};

static void listing_begin(struct listing *listing) {
    static const char *const columns[] = {"account", "hold", "operation", "expires", "holds"};
    if (is_json(listing->call)) {
        listing->writer = (struct json_writer){.out = &listing->out->buf};
        json_object(&listing->writer);
        json_key(&listing->writer, "holds");
        json_array(&listing->writer);
        return;
    }
    grid_start(&listing->grid, "lllll", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&listing->grid, slice_of(columns[i]));
}

static void listing_add(struct listing *listing, const struct shown *shown) {
    const struct hold_view *hold = &shown->hold;
    if (is_json(listing->call)) {
        view_hold_json(&shown->view, shown->account, hold, &listing->writer);
        sink_spill(listing->out);
        return;
    }
    grid_cell(&listing->grid, engine_account_view(shown->view.engine, shown->account).name);
    grid_cell(&listing->grid, hold->id);
    grid_printf(&listing->grid, SLICE_FMT "." SLICE_FMT, SLICE_ARG(hold->tariff->name),
                SLICE_ARG(hold->operation->name));
    grid_cell(&listing->grid, text_instant(shown->view.run, hold->expires_ns, hold->tariff->zone));
    grid_cell(&listing->grid, view_reserves_text(&shown->view, shown->account, hold));
}

static void listing_end(struct listing *listing) {
    if (is_json(listing->call)) {
        json_array_end(&listing->writer);
        json_object_end(&listing->writer);
        buf_char(&listing->out->buf, '\n');
        return;
    }
    grid_print(&listing->grid, 0, color_out(listing->call), &listing->out->buf);
    listing->out->buf.failed = listing->out->buf.failed || listing->grid.failed;
    grid_free(&listing->grid);
}

static void holds_list(struct listing *listing, const struct book *book, uint32_t account) {
    struct arena run = {0};
    const struct engine *engine = book_engine(book);
    struct shown shown = {.view = {engine, book_tariffs(book), &run}, .account = account};
    for (uint32_t i = 0; i < engine_hold_count(engine, account); i++) {
        shown.hold = engine_hold_view(engine, account, i);
        listing_add(listing, &shown);
        arena_reset(&run);
    }
    arena_free(&run);
}

static int list_run(const struct call *call) {
    struct book *book;
    struct sink out = output_sink();
    struct listing listing = {.call = call, .out = &out};
    uint32_t account = 0;
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    const struct engine *engine = book_engine(book);
    bool is_one = call->operand_count > 0;
    if (is_one && !engine_account_find(engine, slice_of(call->operands[0]), &account)) {
        book_close(book);
        return complain(EXIT_INCOMPLETE, "there is no account \"%s\": no event, order or setting names it.",
                        call->operands[0]);
    }
    listing_begin(&listing);
    for (uint32_t i = is_one ? account : 0; i < (is_one ? account + 1 : engine_account_count(engine)); i++)
        holds_list(&listing, book, i);
    listing_end(&listing);
    code = output_finish(&out, EXIT_DONE);
    book_close(book);
    return code;
}

const struct verb verb_hold = {
    .name = "hold",
    .operands = "ACCOUNT TARIFF.OPERATION [KEY=VALUE…]",
    .summary = "Set apart what a job will need, while it runs",
    .text =
        "KEY=VALUE are the attributes that the job's usage event will have, as an estimate: count=5, seconds=120,\n"
        "stream=kind:video,codec:h264. Free quota, package units and a slot of a concurrency quota are reserved, or\n"
        "the reason is said. The hold's id is the id of the command; the event that settles it names it as `hold`.",
    .options = hold_options,
    .option_count = COUNT_OF(hold_options),
    .examples = hold_examples,
    .example_count = COUNT_OF(hold_examples),
    .operand_min = 2,
    .operand_max = UINT32_MAX,
    .run = hold_run,
};

const struct verb verb_release = {
    .name = "release",
    .operands = "ACCOUNT HOLD",
    .summary = "Give back what a hold has reserved",
    .text = "HOLD is the hold's id. A job that reports usage needs no release: its event settles the hold.",
    .options = release_options,
    .option_count = COUNT_OF(release_options),
    .examples = release_examples,
    .example_count = COUNT_OF(release_examples),
    .operand_min = 2,
    .operand_max = 2,
    .run = release_run,
};

const struct verb verb_hold_list = {
    .name = "hold list",
    .operands = "[ACCOUNT]",
    .summary = "List the holds that are open",
    .text = "A hold that has expired stays listed until something comes for its account, or a tick.",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 1,
    .run = list_run,
};
