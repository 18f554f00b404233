/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /v1/now: the counters of /metrics for people, and the last alerts. Counters begin at 0 with the process; whoever
 * wants a rate takes the difference of two answers. Nothing in it tells the time, so that its tag changes only when
 * something has happened. */
#include <sodium.h>

#include "export/export.h"
#include "server/counts.h"
#include "server/read.h"

enum { ALERTS_SHOWN = 10, TAG_BYTES = 16 };

static void count_member(struct json_writer *writer, const char *name, uint64_t count) {
    json_key(writer, name);
    json_uint(writer, count);
}

static void decisions_json(const struct counts *counts, struct json_writer *writer) {
    json_key(writer, "decisions");
    json_object(writer);
    for (uint32_t i = 0; i < ADMIT_REASON_COUNT; i++)
        count_member(writer, admit_reason_name((enum admit_reason)i), counts->live.decisions[i]);
    json_object_end(writer);
    count_member(writer, "leases", counts->live.leases);
}

static void documents_json(const struct counts *counts, struct json_writer *writer) {
    json_key(writer, "documents");
    json_object(writer);
    for (uint32_t i = 0; i < OUTCOME_COUNT; i++)
        count_member(writer, outcome_name((enum outcome)i), counts->outcomes[i]);
    json_object_end(writer);
    json_key(writer, "journal");
    json_object(writer);
    count_member(writer, "seq", counts->live.seq);
    count_member(writer, "batches", counts->live.batches);
    count_member(writer, "documents", counts->live.documents);
    json_instant(writer, "last_batch_at", counts->live.applied_ns > 0 ? counts->live.applied_ns : INSTANT_MIN, NULL);
    count_member(writer, "waiting", counts->live.waiting);
    count_member(writer, "refusals", counts->live.busy);
    count_member(writer, "late_seconds", (uint64_t)(counts->late_ns / NS_PER_SECOND));
    json_object_end(writer);
}

static void book_json(const struct counts *counts, struct json_writer *writer) {
    json_key(writer, "book");
    json_object(writer);
    json_key(writer, "healthy");
    json_bool(writer, counts->is_healthy);
    json_optional(writer, "why", counts->is_healthy ? SLICE("") : counts->why);
    count_member(writer, "store_bytes", counts->store_bytes);
    count_member(writer, "accounts", counts->accounts);
    count_member(writer, "bills", counts->bills);
    count_member(writer, "alerts", counts->alerts);
    count_member(writer, "reloads", counts->reloads);
    count_member(writer, "bad_reloads", counts->bad_reloads);
    json_object_end(writer);
    json_key(writer, "webhooks");
    json_object(writer);
    count_member(writer, "delivered", counts->hooks.delivered);
    count_member(writer, "failed", counts->hooks.failed_attempts);
    count_member(writer, "given_up", counts->hooks.given_up);
    count_member(writer, "waiting", counts->hooks.waiting);
    count_member(writer, "disabled", counts->hooks.disabled);
    json_object_end(writer);
}

/* Of the listener, for whoever has it alone: null where tenants share it. */
static void http_json(struct server *server, const struct http_request *request, struct json_writer *writer) {
    struct http_stats stats;
    json_key(writer, "http");
    if (!request->peer.is_local && server->tenant_count > 1) {
        json_null(writer);
        return;
    }
    http_stats_read(server->http, &stats);
    json_object(writer);
    count_member(writer, "timeouts", stats.timeouts);
    count_member(writer, "busy", stats.busy);
    json_object_end(writer);
}

/* The newest first. */
static void alerts_json(const struct http_request *request, struct json_writer *writer) {
    const struct engine *engine = live_state(request_live(request));
    uint32_t count = engine_alert_count(engine), shown = count < ALERTS_SHOWN ? count : ALERTS_SHOWN;
    json_key(writer, "alerts");
    json_array(writer);
    for (uint32_t i = 0; i < shown; i++) {
        struct alert alert = engine_alert_view(engine, count - 1 - i);
        export_alert_json(&alert, writer);
    }
    json_array_end(writer);
    live_state_end(request_live(request));
}

enum status now_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct json_writer writer = {.out = &answer->body};
    struct counts counts;
    uint8_t hash[TAG_BYTES];
    char tag[2 * TAG_BYTES + 1];
    counts_read(request_tenant(request), request->arena, &counts);
    json_object(&writer);
    json_instant(&writer, "started_at", server->started_ns, NULL);
    decisions_json(&counts, &writer);
    documents_json(&counts, &writer);
    book_json(&counts, &writer);
    http_json(server, request, &writer);
    alerts_json(request, &writer);
    json_object_end(&writer);
    if (answer->body.failed)
        return STATUS_NO_MEMORY;
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)answer->body.ptr, answer->body.len, NULL, 0);
    (void)sodium_bin2hex(tag, sizeof tag, hash, sizeof hash);
    (void)read_unchanged(request, answer, slice_of(tag));
    return STATUS_OK;
}
