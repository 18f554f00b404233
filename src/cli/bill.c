/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate bill list: closed bills. */
#include "cli/bill.h"

#include "cli/verbs.h"
#include "export/grid.h"

static const struct option list_options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"account", "ACCOUNT", "only those of this account", NULL, false},
    {"tariff", "TARIFF", "only those under this tariff", NULL, false},
    {"kind", "KIND", "only those of this kind, e.g. usage or orders", NULL, false},
    {"from", "INSTANT", "only those closed at or after it", NULL, false},
    {"until", "INSTANT", "only those closed before it", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example list_examples[] = {
    {"tollgate bill list --data books/2026 --account acct-42", "every bill of an account"},
    {"tollgate bill list --data books/2026 --tariff imm --from 2026-03-01 --until 2026-04-01 --json",
     "what was closed in March, as JSON"},
};

/* ---- lists ---- */

struct listing {
    struct grid grid;
    struct json_writer writer;
    struct sink *out;
    struct arena scratch;
    bool is_json;
    const char *kind; /* NULL: any */
    int64_t from_ns, until_ns;
};

static void listing_start(struct listing *listing) {
    static const char *const columns[] = {"number", "account", "tariff", "kind", "cycle", "closed", "total"};
    if (listing->is_json) {
        json_key(&listing->writer, "bills");
        json_array(&listing->writer);
        return;
    }
    grid_start(&listing->grid, "llllllr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&listing->grid, slice_of(columns[i]));
}

static void listing_row(struct listing *listing, const struct bill *bill) {
    struct grid *grid = &listing->grid;
    const struct zone *zone = bill->tariff->zone;
    char total[DECIMAL_TEXT_MAX];
    decimal_format_fixed(bill->total, bill->tariff->bill_scale, total);
    grid_cell(grid, text_bill_number(&listing->scratch, bill));
    grid_cell(grid, bill->account);
    grid_cell(grid, bill->tariff->name);
    grid_cell(grid, slice_of(bill_kind_name(bill->kind)));
    grid_cell(grid, text_instant(&listing->scratch, bill->cycle.start_ns, zone));
    grid_cell(grid, text_instant(&listing->scratch, bill->closed_ns, zone));
    grid_printf(grid, "%s %s", bill->tariff->currency->code, total);
}

static enum status listing_visit(void *context, const struct bill *bill) {
    struct listing *listing = context;
    bool is_wanted = bill->closed_ns >= listing->from_ns && bill->closed_ns < listing->until_ns &&
                     (listing->kind == NULL || strcmp(listing->kind, bill_kind_name(bill->kind)) == 0);
    if (!is_wanted)
        return STATUS_OK;
    if (listing->is_json) {
        export_bill_head_json(bill, &listing->scratch, &listing->writer);
        sink_spill(listing->out);
    } else {
        listing_row(listing, bill);
    }
    arena_reset(&listing->scratch);
    return listing->grid.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void listing_end(struct listing *listing, unsigned indent, bool color) {
    if (listing->is_json)
        json_array_end(&listing->writer);
    else
        grid_print(&listing->grid, indent, color, &listing->out->buf);
    grid_free(&listing->grid);
    arena_free(&listing->scratch);
}

void bills_closed_show(struct request *request, struct sink *out) {
    struct listing listing = {.out = out,
                              .writer = request->writer,
                              .is_json = is_json(request->call),
                              .from_ns = INSTANT_MIN,
                              .until_ns = INSTANT_MAX};
    struct store_bill_filter filter = {.from = request->bills_before + 1};
    uint64_t count = engine_bill_count(request_engine(request)) - request->bills_before;
    if (request->is_rehearsal || (count == 0 && !listing.is_json))
        return;
    listing_start(&listing);
    enum status status = book_bills(request->book, &filter, listing_visit, &listing);
    listing_end(&listing, 2, color_out(request->call));
    request->writer = listing.writer;
    if (status != STATUS_OK)
        data_fault("the bills", status, book_error(request->book));
}

static int list_options_read(const struct call *call, struct listing *listing) {
    listing->from_ns = INSTANT_MIN;
    listing->until_ns = INSTANT_MAX;
    listing->kind = option_value(call, "kind");
    bool is_kind = listing->kind == NULL;
    for (int kind = 0; kind < BILL_KIND_COUNT && !is_kind; kind++)
        is_kind = strcmp(listing->kind, bill_kind_name((enum bill_kind)kind)) == 0;
    if (!is_kind)
        return complain(EXIT_USAGE, "there is no kind of bill \"%s\".", listing->kind);
    if (option_given(call, "from") && option_instant(call, "from", NULL, &listing->from_ns) != EXIT_DONE)
        return EXIT_USAGE;
    return option_given(call, "until") ? option_instant(call, "until", NULL, &listing->until_ns) : EXIT_DONE;
}

static int list_print(const struct call *call, struct book *book, struct listing *listing) {
    struct sink out = output_sink();
    struct store_bill_filter filter = {
        .account = slice_of(option_given(call, "account") ? option_value(call, "account") : ""),
        .tariff = slice_of(option_given(call, "tariff") ? option_value(call, "tariff") : "")};
    listing->out = &out;
    listing->is_json = is_json(call);
    listing->writer = (struct json_writer){.out = &out.buf};
    if (listing->is_json)
        json_object(&listing->writer);
    listing_start(listing);
    enum status status = book_bills(book, &filter, listing_visit, listing);
    listing_end(listing, 0, color_out(call));
    if (listing->is_json) {
        json_object_end(&listing->writer);
        buf_char(&out.buf, '\n');
    }
    int code = output_finish(&out, EXIT_DONE);
    return status == STATUS_OK ? code : data_fault("the bills", status, book_error(book));
}

static int list_run(const struct call *call) {
    struct book *book;
    struct listing listing = {.kind = NULL};
    int code = list_options_read(call, &listing);
    if (code == EXIT_DONE)
        code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    code = list_print(call, book, &listing);
    book_close(book);
    return code;
}

const struct verb verb_bill_list = {
    .name = "bill list",
    .operands = "",
    .summary = "List closed bills in the order in which they were closed",
    .text =
        "A bill's number is its series, which is the tariff's name, and its place in it, without gaps. Closed bills\n"
        "never change; what comes later for a closed cycle stands on a later bill. What is open is shown by\n"
        "`tollgate bill preview`.",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 0,
    .run = list_run,
};
