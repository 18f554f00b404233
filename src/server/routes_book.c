/* SPDX-License-Identifier: Apache-2.0
 *
 * The book as a whole: its tariffs, what somebody should know, how far it has come, its ledger, how much it holds. */
#include <sodium.h>
#include <string.h>

#include "export/show.h"
#include "server/read.h"
#include "view/head_file.h"
#include "view/stats.h"

/* ---- tariffs ---- */

/* NULL: the answer is a 404. */
static const struct tariff *tariff_of(const struct http_request *request, struct http_answer *answer) {
    const struct tariff_set *tariffs = live_tariffs(request_live(request));
    for (uint32_t i = 0; i < tariffs->count; i++) {
        if (slice_eq(tariffs->list[i]->name, request->params[0]))
            return tariffs->list[i];
    }
    read_missing(request, answer);
    return NULL;
}

/* Where the daemon keeps its files is nobody's business. */
static struct slice file_name(const struct tariff *tariff) {
    struct slice path = tariff->file->path;
    const char *slash = memrchr(path.ptr, '/', path.len);
    return slash == NULL ? path : (struct slice){slash + 1, path.len - (size_t)(slash + 1 - path.ptr)};
}

enum status tariff_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct listing listing;
    (void)context;
    if (!listing_begin(request, answer, &listing) || read_seen(request, answer))
        return STATUS_OK;
    const struct tariff_set *tariffs = live_tariffs(request_live(request));
    for (uint32_t i = 0; i < tariffs->count; i++) {
        const struct tariff *tariff = tariffs->list[i];
        if (listing.page.after.ptr != NULL && slice_cmp(tariff->name, listing.page.after) <= 0)
            continue;
        if (!listing_take(&listing, tariff->name))
            break;
        view_tariff_row_json(tariff, file_name(tariff), &listing.writer);
    }
    return listing_end(&listing);
}

static enum status text_pass(void *context, struct slice text) {
    buf_append(context, text);
    return STATUS_OK;
}

enum status tariff_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct sink sink = {.write = text_pass, .context = &answer->body};
    int64_t at_ns = SHOW_ALL;
    (void)context;
    if (!read_instant(request, answer, "at", &at_ns))
        return STATUS_OK;
    const struct tariff *tariff = tariff_of(request, answer);
    if (tariff == NULL || read_seen(request, answer))
        return STATUS_OK;
    show_json(live_tariffs(request_live(request)), tariff, at_ns, &sink);
    return sink_finish(&sink);
}

/* ---- alerts ---- */

struct alerts {
    struct listing listing;
    struct slice account; /* empty: any */
    uint32_t kind;        /* ALERT_KIND_COUNT: any */
};

static uint32_t alerts_count(void *context, const struct engine *engine) {
    (void)context;
    return engine_alert_count(engine);
}

static bool alert_write(void *context, const struct engine *engine, uint32_t number) {
    struct alerts *alerts = context;
    struct alert alert = engine_alert_view(engine, number);
    if ((alerts->account.len > 0 && !slice_eq(alerts->account, alert.account)) ||
        (alerts->kind < ALERT_KIND_COUNT && alerts->kind != alert.kind))
        return true;
    if (!listing_take(&alerts->listing, listing_number(&alerts->listing, number)))
        return false;
    export_alert_json(&alert, &alerts->listing.writer);
    return true;
}

/* Every kind, by spaces. */
static const char *alert_words(struct arena *arena) {
    struct slice words = slice_of(alert_name(0));
    for (int kind = 1; kind < ALERT_KIND_COUNT && words.ptr != NULL; kind++)
        words = arena_printf(arena, SLICE_FMT " %s", SLICE_ARG(words), alert_name((enum alert_kind)kind));
    return words.ptr != NULL ? words.ptr : "";
}

enum status alert_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct alerts alerts = {.kind = ALERT_KIND_COUNT};
    uint32_t order = 0;
    (void)context;
    if (!read_filter(request, answer, &alerts.account) ||
        !read_choice(request, answer, "kind", alert_words(request->arena), &alerts.kind) ||
        !read_choice(request, answer, "order", "asc desc", &order) ||
        !listing_begin(request, answer, &alerts.listing) || read_seen(request, answer))
        return STATUS_OK;
    struct listing_numbers numbers = {
        .count = alerts_count, .write = alert_write, .context = &alerts, .is_newest_first = order == 1};
    listing_walk(&alerts.listing, &numbers);
    return listing_end(&alerts.listing);
}

/* ---- heads, ledger, stats ---- */

enum status head_show(void *context, const struct http_request *request, struct http_answer *answer) {
    const struct server *server = context;
    struct json_writer writer = {.out = &answer->body};
    struct head_signature signature;
    struct book_head head;
    struct slice error;
    TRY(book_head_read(request_tenant(request)->directory, request->arena, &head, &error));
    head.at_ns = live_now(request_live(request));
    if (server->head_key_path != NULL) {
        uint8_t secret[HEAD_SECRET_BYTES];
        enum status status = key_read(server->head_key_path, secret);
        if (status == STATUS_OK)
            status = head_sign(&head, secret, &signature);
        sodium_memzero(secret, sizeof secret);
        TRY(status);
    }
    head_json(&head, server->head_key_path != NULL ? &signature : NULL, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status ledger_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct reading reading;
    struct view_ledger ledger;
    struct slice name;
    uint32_t account = UINT32_MAX, has_items = 0;
    (void)context;
    if (!read_filter(request, answer, &name) || !read_choice(request, answer, "items", "false true", &has_items) ||
        !read_begin(request, answer, &reading))
        return STATUS_OK;
    if (name.len > 0 && !engine_account_find(reading.view.engine, name, &account)) {
        read_missing(request, answer);
        return read_end(&reading, STATUS_OK);
    }
    enum status status = view_ledger(&reading.view, account, has_items == 1, &ledger);
    if (status == STATUS_OK)
        status = view_ledger_json(&reading.view, &ledger, &reading.writer);
    return read_end(&reading, status);
}

enum status stats_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    struct live *live = request_live(request);
    struct view_stats stats = {.file_count = 0};
    struct slice error;
    struct store *store;
    (void)context;
    TRY(read_store(request, &store));
    enum status status = book_stats_kept(store, live_seq(live), request->arena, &stats.stats, &error);
    store_close(store);
    TRY(status);
    engine_size(live_state(live), &stats.stats.state);
    live_state_end(live);
    TRY(view_stats_place(&stats, request_tenant(request)->directory, request->arena));
    view_stats_json(&stats, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
