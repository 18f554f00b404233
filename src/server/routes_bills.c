/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills. They never change, so the tag of one is its hash in the chain of bills. They are read through a handle
 * of their own on the store: nobody who writes waits. */
#include <sodium.h>
#include <unistd.h>

#include "bill/bill_code.h"
#include "document/document.h"
#include "server/read.h"
#include "store/bills.h"
#include "view/closing.h"

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
    struct document_options options; /* as the query wants it */
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

/* ---- its forms ---- */

struct form {
    const char *media_type, *answers;
    const char *tag;               /* behind the hash of the bill; NULL: it has no tag */
    const char *place, *extension; /* where a browser puts it; NULL: nowhere */
    enum status (*write)(struct found *found, const struct http_request *request, struct http_answer *answer);
};

static enum status text_pass(void *context, struct slice text) {
    buf_append(context, text);
    return STATUS_OK;
}

static enum status json_write(struct found *found, const struct http_request *request, struct http_answer *answer) {
    struct export_options options = {.explain = found->options.explain};
    struct json_writer writer = {.out = &answer->body};
    struct arena scratch = {0};
    (void)request;
    export_bill_json(&found->bill, NULL, &options, &scratch, &writer);
    arena_free(&scratch);
    return STATUS_OK;
}

static enum status csv_write(struct found *found, const struct http_request *request, struct http_answer *answer) {
    static const struct export_options options = {.csv_safe = true, .each = true};
    struct statement statement = {.bills = &found->bill, .bill_count = 1};
    struct sink sink = {.write = text_pass, .context = &answer->body};
    (void)request;
    enum status status = export_csv(&statement, &options, &sink), written = sink_finish(&sink);
    return status == STATUS_OK ? written : status;
}

/* Who sells and who buys, if the book says so. False: the answer is a problem, or *ret_status a fault. */
static bool parties_find(const struct http_request *request, struct http_answer *answer, struct parties *ret_parties,
                         enum status *ret_status) {
    struct diags diags = {0};
    *ret_parties = (struct parties){.tax = TAX_OUTSIDE};
    struct slice path = arena_printf(request->arena, "%s/" BOOK_PARTIES, request_tenant(request)->directory);
    if (path.ptr == NULL) {
        *ret_status = STATUS_NO_MEMORY;
        return false;
    }
    *ret_status = STATUS_OK;
    if (access(path.ptr, F_OK) != 0)
        return true;
    *ret_status = parties_read(path.ptr, request->arena, &diags, ret_parties);
    diags_free(&diags);
    if (*ret_status == STATUS_OK)
        return true;
    *ret_status = STATUS_OK;
    http_problem(request, answer, 409, "bad-parties",
                 BOOK_PARTIES " of the book cannot be read; `tollgate bill show --html` with --parties says where.");
    return false;
}

static bool document_query(const struct http_request *request, struct http_answer *answer,
                           struct document_options *options) {
    uint32_t language = 0, explain = 0;
    if (!read_choice(request, answer, "language", "en zh", &language) ||
        !read_choice(request, answer, "explain", "false true", &explain))
        return false;
    options->language = language == 1 ? LANGUAGE_ZH : LANGUAGE_EN;
    options->explain = explain == 1;
    return true;
}

/* The page's own style, and nothing else. */
static const char *page_policy(const struct http_request *request) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    struct slice style = document_style();
    crypto_hash_sha256(hash, (const unsigned char *)style.ptr, style.len);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    return arena_printf(request->arena, "default-src 'none'; style-src 'sha256-%s'; frame-ancestors 'none'", text).ptr;
}

static enum status html_write(struct found *found, const struct http_request *request, struct http_answer *answer) {
    struct sink sink = {.write = text_pass, .context = &answer->body};
    struct parties parties;
    enum status status;
    if (!parties_find(request, answer, &parties, &status))
        return status;
    found->options.parties = parties.seller.name.len > 0 ? &parties : NULL;
    answer->policy = page_policy(request);
    status = document_html(&found->bill, &found->options, &sink);
    enum status written = sink_finish(&sink);
    return status == STATUS_OK ? written : status;
}

static enum status ubl_write(struct found *found, const struct http_request *request, struct http_answer *answer) {
    struct sink sink = {.write = text_pass, .context = &answer->body};
    struct parties parties;
    struct slice reason;
    enum status status;
    if (!parties_find(request, answer, &parties, &status))
        return status;
    found->options.parties = &parties;
    status = document_ubl(&found->bill, &found->options, request->arena, &sink, &reason);
    enum status written = sink_finish(&sink);
    if (status == STATUS_INVALID) {
        http_problem(request, answer, 409, "no-invoice", "no invoice was made: " SLICE_FMT ".", SLICE_ARG(reason));
        return STATUS_OK;
    }
    return status == STATUS_OK ? written : status;
}

static const struct form forms[] = {
    {"application/json", NULL, "", NULL, NULL, json_write},
    {"text/csv", "text/csv; charset=utf-8", "-csv", "attachment", "csv", csv_write},
    {"text/html", "text/html; charset=utf-8", NULL, "inline", "html", html_write},
    {"application/xml", "application/xml", NULL, "attachment", "xml", ubl_write},
};

/* The first that is asked for and known. */
static const struct form *form_find(const struct http_request *request) {
    struct slice one, name, rest = http_header(request, "Accept");
    for (bool more = rest.ptr != NULL; more;) {
        struct slice parameters;
        more = slice_cut(rest, ',', &one, &rest);
        (void)slice_cut(one, ';', &name, &parameters);
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
            if (slice_is(slice_trim(name), forms[i].media_type))
                return &forms[i];
    }
    return &forms[0];
}

/* What is made of the bill alone never changes; who sells and who buys may. */
static bool is_unchanged(const struct form *form, const struct found *found, const struct http_request *request,
                         struct http_answer *answer) {
    const char *steps = found->options.explain ? "-steps" : "";
    return form->tag != NULL &&
           read_unchanged(request, answer,
                          arena_printf(request->arena, SLICE_FMT "%s%s", SLICE_ARG(found->tag), form->tag, steps));
}

enum status bill_show(void *context, const struct http_request *request, struct http_answer *answer) {
    const struct form *form = form_find(request);
    struct found found = {.options = {.language = LANGUAGE_EN}};
    enum status status;
    (void)context;
    if (!document_query(request, answer, &found.options))
        return STATUS_OK;
    if (!bill_find(request, answer, &found, &status))
        return status;
    bool is_known = is_unchanged(form, &found, request, answer);
    http_field(answer, "Vary", SLICE("Accept"));
    if (is_known)
        return STATUS_OK;
    answer->media_type = form->answers;
    if (form->extension != NULL)
        http_field(answer, "Content-Disposition",
                   arena_printf(request->arena, "%s; filename=\"" SLICE_FMT ".%s\"", form->place,
                                SLICE_ARG(text_bill_number(request->arena, &found.bill)), form->extension));
    status = form->write(&found, request, answer);
    return status == STATUS_OK && answer->body.failed ? STATUS_NO_MEMORY : status;
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

/* ---- what closes next ---- */

enum { DUE_DAYS_MAX = 400 };

enum status bill_due(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct live *live = request_live(request);
    struct view_closing closing = {.arena = request->arena};
    struct json_writer writer = {.out = &answer->body};
    int64_t now_ns = live_now(live), until_ns = now_ns;
    if (!read_instant(request, answer, "until", &until_ns))
        return STATUS_OK;
    if (until_ns < now_ns || until_ns - now_ns > DUE_DAYS_MAX * INT64_C(86400) * NS_PER_SECOND) {
        http_problem(request, answer, 400, "bad-query", "until is now or later, by %d days at most.", DUE_DAYS_MAX);
        return STATUS_OK;
    }
    json_object(&writer);
    json_instant(&writer, "now", now_ns, NULL);
    json_instant(&writer, "until", until_ns, NULL);
    enum status status = live_due(live, until_ns, view_closing_add, &closing);
    view_closing_json(&closing, &writer);
    buf_free(&closing.heads);
    json_object_end(&writer);
    return status == STATUS_OK && answer->body.failed ? STATUS_NO_MEMORY : status;
}
