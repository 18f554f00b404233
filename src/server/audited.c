/* SPDX-License-Identifier: Apache-2.0
 *
 * Every handler is called from here. What changes something is in the audit log, safely, before it is done, and what
 * came of it behind; reads of bills and of the log itself are there too. Usage and decisions of the gate are not: the
 * journal has what was taken of them. */
#include "access/audit.h"
#include "server/server_private.h"

#define ROLES_OF_CHANGE (ROLE_BILLING | ROLE_PRICING | ROLE_APPROVE | ROLE_ADMIN)

static bool is_change(const struct http_request *request) {
    struct slice rehearsal = http_query(request, "dry_run");
    bool is_question = server_handler(request->route) == plan_create; /* its words are a body, and nothing changes */
    return request->method != HTTP_GET && !is_question && (request->route->access & ROLES_OF_CHANGE) != 0 &&
           (rehearsal.ptr == NULL || !slice_is(rehearsal, "true"));
}

static bool is_audited_read(const struct http_request *request) {
    return request->method == HTTP_GET && request->actor != NULL &&
           (strstr(request->route->path, "/bills") != NULL || strstr(request->route->path, "/audit") != NULL);
}

/* Who confuses a key with its id sends the secret in the path: that must not be kept. */
static struct slice path_kept(const struct http_request *request) {
    struct slice secret, path = request->path;
    while (key_text_find(path, &secret)) {
        size_t before = (size_t)(secret.ptr - path.ptr), behind = before + secret.len;
        path = arena_printf(request->arena, "%.*s(secret)%.*s", (int)before, path.ptr, (int)(path.len - behind),
                            path.ptr + behind);
        if (path.ptr == NULL)
            return SLICE("");
    }
    return path;
}

struct audit_entry server_audit_entry(const struct http_request *request, const struct actor *actor) {
    return (struct audit_entry){.at_ns = live_now(actor->tenant->live),
                                .tenant = actor->tenant->name,
                                .actor = actor->key_id,
                                .roles = actor->roles,
                                .origin = slice_of(request->peer.is_local ? "local" : request->peer.address),
                                .action = slice_of(request->route->name),
                                .object = path_kept(request),
                                .request = request->id};
}

static struct audit_entry entry_of(const struct http_request *request) {
    struct audit_entry entry = server_audit_entry(request, request_actor(request));
    entry.has_digest = request->body.len > 0;
    if (entry.has_digest)
        audit_digest(request->body, entry.digest);
    return entry;
}

static struct slice position_text(const struct http_request *request) {
    struct slice text = arena_printf(request->arena, "batch %llu", (unsigned long long)live_seq(request_live(request)));
    return text.ptr != NULL ? text : SLICE("");
}

/* The number that the client will see. */
static struct slice result_text(enum status status, const struct http_answer *answer, struct arena *arena) {
    unsigned code = answer->status != 0 ? answer->status : 200;
    if (status != STATUS_OK)
        code = status == STATUS_NO_MEMORY ? 503 : 500;
    struct slice text = arena_printf(arena, "%u", code);
    return text.ptr != NULL ? text : SLICE("");
}

static enum status handle_change(void *context, const struct http_request *request, struct http_answer *answer) {
    struct audit *audit = request_tenant(request)->audit;
    struct audit_entry entry = entry_of(request);
    http_handler *handler = server_handler(request->route);
    bool must_go_on = handler == key_end || handler == session_remove; /* what is to be stopped on a full disk too */
    uint64_t seq = 0;
    entry.before = position_text(request);
    entry.result = SLICE("begun");
    enum status status = audit_write(audit, &entry, AUDIT_SAFE, &seq);
    if (status != STATUS_OK)
        server_unwritten(request_tenant(request));
    if (status != STATUS_OK && !must_go_on) {
        http_problem(request, answer, 503, "no-audit",
                     "nothing was done: the audit log cannot be written, the disk may be full. Try again later.");
        http_field(answer, "Retry-After", SLICE("30"));
        return STATUS_OK;
    }
    status = handler(context, request, answer);
    entry.at_ns = live_now(request_live(request));
    entry.after = position_text(request);
    entry.result = result_text(status, answer, request->arena);
    entry.of = seq;
    (void)(audit_write(audit, &entry, AUDIT_LATER, &seq) == STATUS_OK); /* what is lost is counted there */
    return status;
}

static enum status handle_read(void *context, const struct http_request *request, struct http_answer *answer) {
    uint64_t seq;
    enum status status = server_handler(request->route)(context, request, answer);
    struct audit_entry entry = entry_of(request);
    entry.result = result_text(status, answer, request->arena);
    (void)(audit_write(request_tenant(request)->audit, &entry, AUDIT_LATER, &seq) == STATUS_OK);
    return status;
}

enum status server_handle(void *context, const struct http_request *request, struct http_answer *answer) {
    if (is_change(request))
        return handle_change(context, request, answer);
    if (is_audited_read(request))
        return handle_read(context, request, answer);
    return server_handler(request->route)(context, request, answer);
}

enum status server_audit_open(struct server *server, struct tenant *tenant, struct slice *ret_error) {
    struct audit_opening opening;
    TRY(audit_open(tenant->directory, 0, &server->arena, &tenant->audit, &opening, ret_error));
    if (server->log != NULL && opening.torn_bytes > 0)
        log_event(server->log, LOG_WARNING, "audit",
                  "the last line of the audit log had no end: nobody was told that it was done; its %llu bytes are in "
                  "%s now",
                  (unsigned long long)opening.torn_bytes, opening.torn_path.ptr);
    if (server->log != NULL && opening.damaged_line > 0)
        log_event(server->log, LOG_ERROR, "audit",
                  "%s/" AUDIT_FILE " is damaged from line %llu on; `tollgate audit verify` says how. It goes on behind "
                  "its end",
                  tenant->directory, (unsigned long long)opening.damaged_line);
    return STATUS_OK;
}
