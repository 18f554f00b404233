/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /metrics: what the daemon counts, for Prometheus. The series of a tenant are shown to that tenant; those of the
 * whole process to callers of this machine, and to everybody when there is only one tenant. */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/counts.h"

static const char *const class_names[METRICS_CLASSES] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
static const struct slice no_labels = {"", 0};

static bool is_used(const struct metrics_route *route) {
    for (uint32_t i = 0; i < METRICS_CLASSES; i++) {
        if (atomic_load_explicit(&route->classes[i], memory_order_relaxed) > 0)
            return true;
    }
    return false;
}

/* The route's own words; what matched none is counted together. */
static void route_labels(uint32_t index, struct buf *labels) {
    uint32_t count;
    const struct http_route *routes = server_routes(&count);
    buf_clear(labels);
    metrics_label(labels, "route", index < count ? slice_of(routes[index].path) : SLICE("none"));
    metrics_label(labels, "method", index < count ? slice_of(server_method_name(routes[index].method)) : SLICE("none"));
}

static void requests_write(struct server *server, struct metrics_text *text, struct buf *labels) {
    uint32_t count;
    (void)server_routes(&count);
    metrics_family(text, METRICS_COUNTER, "tollgate_http_requests", "Answers by route and class of status.");
    for (uint32_t i = 0; i <= count; i++) {
        for (uint32_t class = 0; class < METRICS_CLASSES; class ++) {
            uint64_t answers = atomic_load_explicit(&server->requests[i].classes[class], memory_order_relaxed);
            if (answers == 0)
                continue;
            route_labels(i, labels);
            metrics_label(labels, "class", slice_of(class_names[class]));
            metrics_value(text, buf_slice(labels), answers);
        }
    }
    metrics_family(text, METRICS_HISTOGRAM, "tollgate_http_request_duration_seconds",
                   "From the first byte of a request to its answer.");
    for (uint32_t i = 0; i <= count; i++) {
        route_labels(i, labels);
        if (is_used(&server->requests[i]))
            metrics_histogram(text, buf_slice(labels), &server->requests[i]);
    }
    metrics_family(text, METRICS_COUNTER, "tollgate_http_response_bytes", "Bytes of answers' bodies.");
    for (uint32_t i = 0; i <= count; i++) {
        route_labels(i, labels);
        if (is_used(&server->requests[i]))
            metrics_value(text, buf_slice(labels),
                          atomic_load_explicit(&server->requests[i].bytes, memory_order_relaxed));
    }
}

/* Resident bytes and open files, as the system counts them. */
static uint64_t resident_bytes(void) {
    char text[128], *at = text;
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    size_t len = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    text[len] = '\0';
    at += strcspn(at, " ");
    at += strspn(at, " ");
    (void)slice_number((struct slice){at, strcspn(at, " ")}, UINT64_MAX / 2, &pages);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_files(void) {
    DIR *directory = opendir("/proc/self/fd");
    uint64_t count = 0;
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        closedir(directory);
    return count > 3 ? count - 3 : 0; /* two dots, and the listing itself */
}

static void process_write(struct server *server, struct metrics_text *text, struct buf *labels) {
    struct rlimit files = {0};
    struct rusage usage = {0};
    (void)getrlimit(RLIMIT_NOFILE, &files);
    (void)getrusage(RUSAGE_SELF, &usage);
    buf_clear(labels);
    metrics_label(labels, "version", SLICE(TOLLGATE_VERSION));
    metrics_family(text, METRICS_GAUGE, "tollgate_build_info", "Always 1; the label tells the version.");
    metrics_value(text, buf_slice(labels), 1);
    metrics_family(text, METRICS_GAUGE, "process_resident_memory_bytes", "Memory that is in use.");
    metrics_value(text, no_labels, resident_bytes());
    metrics_family(text, METRICS_GAUGE, "process_open_fds", "Open files and connections.");
    metrics_value(text, no_labels, open_files());
    metrics_family(text, METRICS_GAUGE, "process_max_fds", "How many there may be.");
    metrics_value(text, no_labels, (uint64_t)files.rlim_cur);
    metrics_family(text, METRICS_COUNTER, "process_cpu_seconds", "Time on all cores.");
    metrics_seconds(text, no_labels,
                    (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                        (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec));
    metrics_family(text, METRICS_GAUGE, "process_start_time_seconds", "When it was started, since 1970.");
    metrics_seconds(text, no_labels, (uint64_t)(server->started_ns / 1000));
    metrics_family(text, METRICS_COUNTER, "tollgate_log_suppressed_lines", "Log lines left out because of too many.");
    metrics_value(text, no_labels, server->log != NULL ? log_suppressed(server->log) : 0);
}

static void one(struct metrics_text *text, enum metrics_kind kind, const char *name, const char *help, uint64_t value) {
    metrics_family(text, kind, name, help);
    metrics_value(text, no_labels, value);
}

static void http_write(struct server *server, struct metrics_text *text) {
    struct http_stats stats;
    http_stats_read(server->http, &stats);
    one(text, METRICS_GAUGE, "tollgate_http_connections", "Open connections.", stats.connections);
    one(text, METRICS_GAUGE, "tollgate_http_requests_under_way", "Requests that began and are not answered.",
        stats.under_way);
    one(text, METRICS_GAUGE, "tollgate_http_requests_waiting", "Of them, those that wait for a worker.", stats.waiting);
    one(text, METRICS_GAUGE, "tollgate_http_body_bytes", "Memory of all bodies that are being received.",
        stats.body_bytes);
    one(text, METRICS_COUNTER, "tollgate_http_timeouts", "Clients that were too slow and were ended.", stats.timeouts);
    one(text, METRICS_COUNTER, "tollgate_http_busy", "Requests refused for want of a worker or of memory.", stats.busy);
}

/* ---- of one tenant ---- */

static void decisions_write(const struct live_stats *stats, struct metrics_text *text, struct buf *labels) {
    metrics_family(text, METRICS_COUNTER, "tollgate_admit_decisions", "Answers of the gate by reason.");
    for (uint32_t i = 0; i < ADMIT_REASON_COUNT; i++) {
        buf_clear(labels);
        metrics_label(labels, "reason", slice_of(admit_reason_name((enum admit_reason)i)));
        metrics_value(text, buf_slice(labels), stats->decisions[i]);
    }
    one(text, METRICS_GAUGE, "tollgate_leases", "Slots of running tasks that are taken.", stats->leases);
}

static void documents_write(const struct counts *counts, struct metrics_text *text, struct buf *labels) {
    metrics_family(text, METRICS_COUNTER, "tollgate_documents",
                   "Events and commands handed in, by what became of them.");
    for (uint32_t i = 0; i < OUTCOME_COUNT; i++) {
        buf_clear(labels);
        metrics_label(labels, "outcome", slice_of(outcome_name((enum outcome)i)));
        metrics_value(text, buf_slice(labels), counts->outcomes[i]);
    }
}

static void journal_write(const struct live_stats *stats, struct metrics_text *text) {
    one(text, METRICS_COUNTER, "tollgate_journal_batches", "Batches made durable, each by one sync.", stats->batches);
    one(text, METRICS_COUNTER, "tollgate_journal_documents",
        "Documents in them; divided by the batches it is the size of a group.", stats->documents);
    one(text, METRICS_GAUGE, "tollgate_journal_seq", "Number of the last batch.", stats->seq);
    metrics_family(text, METRICS_GAUGE, "tollgate_journal_last_batch_seconds",
                   "When it was recorded, since 1970; 0: not since the start.");
    metrics_seconds(text, no_labels, stats->applied_ns > 0 ? (uint64_t)stats->applied_ns / 1000 : 0);
    one(text, METRICS_GAUGE, "tollgate_queue_documents", "Documents being written or waiting for it.", stats->waiting);
    one(text, METRICS_COUNTER, "tollgate_queue_refusals", "Requests refused because too much waited.", stats->busy);
}

static void hooks_write(const struct hook_stats *stats, struct metrics_text *text, struct buf *labels) {
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {{"delivered", stats->delivered}, {"failed", stats->failed_attempts}, {"given-up", stats->given_up}};
    metrics_family(text, METRICS_COUNTER, "tollgate_webhook_attempts",
                   "Webhooks by outcome: delivered; an attempt failed and comes again; given up.");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_clear(labels);
        metrics_label(labels, "outcome", slice_of(rows[i].name));
        metrics_value(text, buf_slice(labels), rows[i].count);
    }
    one(text, METRICS_GAUGE, "tollgate_webhooks_waiting", "Deliveries that are not done.", stats->waiting);
    one(text, METRICS_GAUGE, "tollgate_webhook_endpoints_disabled", "Endpoints that get nothing.", stats->disabled);
}

static void state_write(const struct counts *counts, struct metrics_text *text) {
    one(text, METRICS_COUNTER, "tollgate_bills_closed", "Bills that were ever closed.", counts->bills);
    one(text, METRICS_COUNTER, "tollgate_alerts", "Alerts that were ever given.", counts->alerts);
    one(text, METRICS_GAUGE, "tollgate_accounts", "Accounts that are known.", counts->accounts);
    metrics_family(
        text, METRICS_GAUGE, "tollgate_tick_lag_seconds",
        "For how long something has been due (a cycle to close, a package to expire) that no tick has done.");
    metrics_seconds(text, no_labels, (uint64_t)counts->late_ns / 1000);
}

static void tenant_write(const struct counts *counts, struct metrics_text *text, struct buf *labels) {
    one(text, METRICS_GAUGE, "tollgate_book_healthy", "1: it takes documents; 0: it must be started again.",
        counts->is_healthy);
    decisions_write(&counts->live, text, labels);
    documents_write(counts, text, labels);
    journal_write(&counts->live, text);
    one(text, METRICS_GAUGE, "tollgate_store_bytes", "Size of the store on disk.", counts->store_bytes);
    one(text, METRICS_GAUGE, "tollgate_store_free_bytes", "Room that the store's disk has left.", counts->free_bytes);
    state_write(counts, text);
    hooks_write(&counts->hooks, text, labels);
    one(text, METRICS_COUNTER, "tollgate_tariff_reloads", "Other tariffs that were taken on SIGHUP.", counts->reloads);
    one(text, METRICS_COUNTER, "tollgate_tariff_reload_failures", "Tariffs that were refused on SIGHUP.",
        counts->bad_reloads);
}

static bool wants_open(const struct http_request *request) {
    struct slice accept = http_header(request, "Accept"), wanted = SLICE("application/openmetrics-text");
    for (size_t i = 0; accept.ptr != NULL && i + wanted.len <= accept.len; i++) {
        if (slice_eq_nocase((struct slice){accept.ptr + i, wanted.len}, wanted))
            return true;
    }
    return false;
}

enum status metrics_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct metrics_text text = {.out = &answer->body, .is_open = wants_open(request)};
    struct buf labels = {0};
    struct counts counts;
    answer->media_type = text.is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                      : "text/plain; version=0.0.4; charset=utf-8";
    if (request->peer.is_local || server->tenant_count == 1) {
        process_write(server, &text, &labels);
        requests_write(server, &text, &labels);
        http_write(server, &text);
    }
    counts_read(request_tenant(request), request->arena, &counts);
    tenant_write(&counts, &text, &labels);
    metrics_end(&text);
    bool failed = labels.failed || answer->body.failed;
    buf_free(&labels);
    return failed ? STATUS_NO_MEMORY : STATUS_OK;
}
