/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions of the console: a key is exchanged for a cookie that no script can read. */
#include <sodium.h>

#include "calendar/calendar.h"
#include "export/export.h"
#include "server/body.h"
#include "server/server_private.h"
#include "server/sessions.h"

#define COOKIE_RULES "; Path=/; HttpOnly; SameSite=Strict"

/* {"session": null} when there is none. */
static enum status session_json(const struct actor *actor, const struct session_view *session, struct buf *out) {
    struct json_writer writer = {.out = out};
    json_object(&writer);
    json_key(&writer, "session");
    if (actor != NULL) {
        json_object(&writer);
        json_member(&writer, "tenant", actor->tenant->name);
        json_member(&writer, "actor", actor->key_id);
        roles_json(&writer, "roles", actor->roles);
        json_optional(&writer, "account", actor->account);
        json_instant(&writer, "started_at", session->started_ns, NULL);
        json_instant(&writer, "ends_at", session->ends_ns, NULL);
        json_key(&writer, "idle_seconds");
        json_uint(&writer, SESSION_IDLE);
        json_object_end(&writer);
    } else {
        json_null(&writer);
    }
    json_object_end(&writer);
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void set_cookie(const struct http_request *request, struct http_answer *answer, const char *value, int seconds) {
    http_field(answer, "Set-Cookie",
               arena_printf(request->arena, SESSION_COOKIE "=%s; Max-Age=%d" COOKIE_RULES "%s", value, seconds,
                            session_is_by_tls(request) ? "; Secure" : ""));
}

/* ---- begin ---- */

static void refuse(const struct http_request *request, struct http_answer *answer, enum access_answer reason) {
    if (reason == ACCESS_TOO_OFTEN) {
        http_problem(request, answer, 429, "too-many-failures", "too many bad keys came from your address; wait.");
        http_field(answer, "Retry-After", arena_printf(request->arena, "%d", ACCESS_PAUSE));
    } else if (reason == ACCESS_ELSEWHERE) {
        http_problem(request, answer, 403, "forbidden", "this key is not for your network.");
    } else {
        http_problem(request, answer, 401, "unauthorized",
                     "this is no key that may enter: it is mistyped, expired or revoked.");
    }
}

/* Nobody is known yet by whom the request would be audited. Its body is the key: not even a digest of it is kept. */
static void tell_audit(const struct http_request *request, const struct actor *actor, const char *result) {
    uint64_t seq;
    struct audit_entry entry = server_audit_entry(request, actor);
    entry.result = slice_of(result);
    (void)(audit_write(actor->tenant->audit, &entry, AUDIT_LATER, &seq) == STATUS_OK); /* what is lost is counted */
}

static enum status begin(struct server *server, const struct http_request *request, struct slice key,
                         struct http_answer *answer) {
    struct access **accesses = server_accesses(server, request->arena);
    struct slice bearer = arena_printf(request->arena, "Bearer " SLICE_FMT, SLICE_ARG(key));
    struct access_knock knock = {.authorization = bearer,
                                 .address = request->peer.is_local ? NULL : request->peer.address,
                                 .now_ns = live_now(server->tenants[0].live)};
    struct access_pass pass = {0};
    struct session_token token;
    if (accesses == NULL || bearer.ptr == NULL)
        return STATUS_NO_MEMORY;
    enum access_answer reason = session_begin(server->sessions, accesses, server->tenant_count, &knock, &pass, &token);
    sodium_memzero((char *)(uintptr_t)bearer.ptr, bearer.len);
    struct actor actor = {
        .tenant = &server->tenants[pass.tenant], .roles = pass.roles, .key_id = pass.actor, .account = pass.account};
    if (reason == ACCESS_ENTERS || reason == ACCESS_ELSEWHERE)
        tell_audit(request, &actor, reason == ACCESS_ENTERS ? "201" : "403");
    if (reason != ACCESS_ENTERS) {
        refuse(request, answer, reason);
        return STATUS_OK;
    }
    struct session_view view = {.started_ns = knock.now_ns, .ends_ns = knock.now_ns + SESSION_LIFE * NS_PER_SECOND};
    answer->status = 201;
    set_cookie(request, answer, token.text, SESSION_LIFE);
    sodium_memzero(&token, sizeof token);
    return session_json(&actor, &view, &answer->body);
}

static void refuse_elsewhere(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 403, "cross-site",
                 "a session is begun by the console's own page alone: send X-Tollgate-Console: 1 and the Origin.");
}

enum status session_create(void *context, const struct http_request *request, struct http_answer *answer) {
    struct body body;
    struct slice key = {0};
    enum status status = STATUS_OK;
    if (!session_is_from_here(request, true)) {
        refuse_elsewhere(request, answer);
        return STATUS_OK;
    }
    if (body_read(request, answer, "key", &body, &status) && body_text(&body, "key", true, &key))
        status = begin(context, request, key, answer);
    body_free(&body);
    return status;
}

/* ---- look, end ---- */

/* For everybody: a page that is not logged in asks too, and is not to be refused for it. */
enum status session_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct access_pass pass = {0};
    struct session_view view;
    bool is_in = session_is_from_here(request, false) && session_of(server, request, &pass, &view) == ACCESS_ENTERS;
    struct actor actor = {
        .tenant = &server->tenants[pass.tenant], .roles = pass.roles, .key_id = pass.actor, .account = pass.account};
    return session_json(is_in ? &actor : NULL, &view, &answer->body);
}

enum status session_remove(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct slice token = session_cookie(request);
    if (token.ptr != NULL)
        session_end(server->sessions, token);
    answer->status = 204;
    set_cookie(request, answer, "", 0);
    return STATUS_OK;
}
