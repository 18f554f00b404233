/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills. They never change, so the tag of one is its hash in the chain of bills. They are read through a handle
 * of their own on the store: nobody who writes waits. */
#include <sodium.h>

#include "bill/bill_code.h"
#include "server/read.h"
#include "store/bills.h"

/* What the state knows of bills, and how to read them. */
struct known {
    const struct tariff_set *tariffs;
    uint64_t count; /* positions up to it */
};

static struct known known_of(const struct http_request *request) {
    struct live *live = request_live(request);
    const struct engine *engine = live_state(live);
    struct known known = {.tariffs = book_tariffs(live_book(live)), .count = engine_bill_count(engine)};
    live_state_end(live);
    return known;
}

/* ---- the list ---- */

struct bills {
    struct listing listing;
    struct known known;
    struct arena run; /* of one bill */
    uint32_t kind;    /* BILL_KIND_COUNT: any */
    int64_t from_ns, until_ns;
};

/* Another status than STATUS_OK ends the scan: this one when the page is full. */
#define ENOUGH STATUS_CONFLICT

static enum status bill_visit(void *context, const struct store_bill *row) {
    struct bills *bills = context;
    struct bill bill;
    if ((bills->kind < BILL_KIND_COUNT && row->kind != bills->kind) || row->closed_ns < bills->from_ns ||
        row->closed_ns >= bills->until_ns)
        return STATUS_OK;
    arena_reset(&bills->run);
    if (!listing_take(&bills->listing, page_key(&bills->run, row->position, 0)))
        return ENOUGH;
    TRY(bill_decode(row->body, bills->known.tariffs, &bills->run, &bill));
    bill.series = row->series;
    export_bill_head_json(&bill, &bills->run, &bills->listing.writer);
    return STATUS_OK;
}

static bool bills_query(const struct http_request *request, struct http_answer *answer, struct bills *bills,
                        struct store_bill_filter *filter) {
    uint64_t after = 0;
    uint32_t low, order = 0;
    *bills = (struct bills){.kind = BILL_KIND_COUNT, .from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX};
    if (!read_filter(request, answer, &filter->account) ||
        !read_choice(request, answer, "kind", "orders usage settlement", &bills->kind) ||
        !read_choice(request, answer, "order", "asc desc", &order) ||
        !read_instant(request, answer, "from", &bills->from_ns) ||
        !read_instant(request, answer, "until", &bills->until_ns) || !listing_begin(request, answer, &bills->listing))
        return false;
    if (bills->listing.page.after.ptr != NULL && !page_key_read(bills->listing.page.after, &after, &low))
        after = 0;
    bills->known = known_of(request);
    filter->tariff = http_query(request, "tariff");
    filter->is_newest_first = order == 1;
    filter->from = filter->is_newest_first ? 0 : after + 1;
    filter->until =
        filter->is_newest_first && after > 0 && after <= bills->known.count ? after : bills->known.count + 1;
    return true;
}

enum status bill_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct bills bills;
    struct store_bill_filter filter = {.limit = 0};
    struct store *store;
    (void)context;
    if (!bills_query(request, answer, &bills, &filter) || read_seen(request, answer))
        return STATUS_OK;
    TRY(read_store(request, &store));
    enum status status = store_bills_scan(store, &filter, bill_visit, &bills);
    store_close(store);
    arena_free(&bills.run);
    return status == STATUS_OK || status == ENOUGH ? listing_end(&bills.listing) : status;
}

/* ---- one ---- */

struct found {
    struct bill bill;
    struct slice tag;
};

/* False: the answer is a 404, or *ret_status a fault. */
static bool bill_find(const struct http_request *request, struct http_answer *answer, struct found *ret_found,
                      enum status *ret_status) {
    struct known known = known_of(request);
    struct store_bill row;
    struct store *store;
    struct slice series;
    uint64_t number;
    char digits[2 * STORE_HASH_BYTES + 1];
    *ret_status = STATUS_OK;
    if (!bill_number_read(request->params[0], &series, &number)) {
        read_missing(request, answer);
        return false;
    }
    *ret_status = read_store(request, &store);
    if (*ret_status != STATUS_OK)
        return false;
    *ret_status = store_bill_get(store, series, number, request->arena, &row);
    store_close(store);
    if (*ret_status == STATUS_NOT_FOUND || (*ret_status == STATUS_OK && row.position > known.count)) {
        *ret_status = STATUS_OK;
        read_missing(request, answer);
        return false;
    }
    if (*ret_status != STATUS_OK || !read_may(request, answer, row.account))
        return false;
    *ret_status = bill_decode(row.body, known.tariffs, request->arena, &ret_found->bill);
    ret_found->bill.series = row.series;
    sodium_bin2hex(digits, sizeof digits, row.hash, sizeof row.hash);
    ret_found->tag = arena_copy(request->arena, (struct slice){digits, 32});
    return *ret_status == STATUS_OK;
}

static bool wants_csv(const struct http_request *request) {
    struct slice accept = http_header(request, "Accept"), one, name, rest = accept;
    for (bool more = accept.ptr != NULL; more;) {
        struct slice parameters;
        more = slice_cut(rest, ',', &one, &rest);
        (void)slice_cut(one, ';', &name, &parameters);
        if (slice_is(slice_trim(name), "text/csv"))
            return true;
        if (slice_is(slice_trim(name), "application/json"))
            return false;
    }
    return false;
}

static enum status text_pass(void *context, struct slice text) {
    buf_append(context, text);
    return STATUS_OK;
}

static enum status bill_csv(struct found *found, const struct http_request *request, struct http_answer *answer) {
    static const struct export_options options = {.csv_safe = true, .each = true};
    struct statement statement = {.bills = &found->bill, .bill_count = 1};
    struct sink sink = {.write = text_pass, .context = &answer->body};
    answer->media_type = "text/csv; charset=utf-8";
    http_field(answer, "Content-Disposition",
               arena_printf(request->arena, "attachment; filename=\"" SLICE_FMT ".csv\"",
                            SLICE_ARG(text_bill_number(request->arena, &found->bill))));
    enum status status = export_csv(&statement, &options, &sink), written = sink_finish(&sink);
    return status == STATUS_OK ? written : status;
}

enum status bill_show(void *context, const struct http_request *request, struct http_answer *answer) {
    static const struct export_options plain = {.explain = false};
    struct found found;
    enum status status;
    (void)context;
    bool is_csv = wants_csv(request);
    if (!bill_find(request, answer, &found, &status))
        return status;
    bool is_known = read_unchanged(
        request, answer, arena_printf(request->arena, SLICE_FMT "%s", SLICE_ARG(found.tag), is_csv ? "-csv" : ""));
    http_field(answer, "Vary", SLICE("Accept"));
    if (is_known)
        return STATUS_OK;
    if (is_csv)
        return bill_csv(&found, request, answer);
    struct json_writer writer = {.out = &answer->body};
    export_bill_json(&found.bill, NULL, &plain, request->arena, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* As it was closed, with every step of every line, or of one (from 1). */
enum status bill_explain(void *context, const struct http_request *request, struct http_answer *answer) {
    static const struct export_options explain = {.explain = true};
    struct found found;
    struct arena scratch = {0};
    uint64_t line = 0;
    enum status status;
    (void)context;
    if (!read_number(request, answer, "line", UINT32_MAX, &line))
        return STATUS_OK;
    if (!bill_find(request, answer, &found, &status))
        return status;
    if (line > found.bill.line_count) {
        read_missing(request, answer);
        return STATUS_OK;
    }
    const struct bill_line *only = line > 0 ? &found.bill.lines[line - 1] : NULL;
    struct json_writer writer = {.out = &answer->body};
    export_bill_json(&found.bill, only, &explain, &scratch, &writer);
    arena_free(&scratch);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
