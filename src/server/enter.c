/* SPDX-License-Identifier: Apache-2.0
 *
 * Who asks, and may they: the credential tells the tenant and the roles, the route tells which roles it wants. */
#include <unistd.h>

#include "server/sessions.h"

struct tenant *server_tenant_find(struct server *server, struct slice name) {
    for (uint32_t i = 0; i < server->tenant_count; i++) {
        if (slice_eq(server->tenants[i].name, name))
            return &server->tenants[i];
    }
    return NULL;
}

/* The command line knows the directory only. */
static struct tenant *tenant_at(struct server *server, struct slice place) {
    for (uint32_t i = 0; i < server->tenant_count; i++) {
        if (slice_eq(server->tenants[i].place, place))
            return &server->tenants[i];
    }
    return NULL;
}

/* Which book does a local caller mean? The only one, unless it says another. */
static struct tenant *local_tenant(struct server *server, const struct http_request *request,
                                   struct http_answer *answer) {
    struct slice name = http_header(request, "Tollgate-Tenant"), place = http_header(request, "Tollgate-Data");
    struct tenant *tenant = NULL;
    if (name.ptr != NULL)
        tenant = server_tenant_find(server, name);
    else if (place.ptr != NULL)
        tenant = tenant_at(server, place);
    else if (server->tenant_count == 1)
        tenant = server->tenants;
    if (tenant == NULL)
        http_problem(request, answer, 400, "unknown-tenant",
                     "this daemon has %u tenants; the header Tollgate-Tenant names the one that is meant.",
                     server->tenant_count);
    return tenant;
}

static bool no_memory(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 503, "no-memory", "there is no memory for this request now; try again later.");
    return false;
}

static bool enter_local(struct server *server, struct http_request *request, struct http_answer *answer) {
    if (request->peer.uid != 0 && request->peer.uid != geteuid()) {
        http_problem(request, answer, 401, "unauthorized",
                     "over this socket only the daemon's own user and root need no key; send one.");
        return false;
    }
    struct tenant *tenant = local_tenant(server, request, answer);
    struct actor *actor = tenant != NULL ? ARENA_NEW(request->arena, struct actor) : NULL;
    if (tenant == NULL)
        return false;
    if (actor == NULL)
        return no_memory(request, answer);
    *actor = (struct actor){
        .tenant = tenant, .roles = ROLES_STAFF, .key_id = arena_printf(request->arena, "local:%u", request->peer.uid)};
    request->actor = actor;
    return true;
}

/* What is wrong with a key is nobody's business but its owner's: one answer for all of it. */
static bool refuse_key(const struct http_request *request, enum access_answer reason, struct http_answer *answer) {
    if (reason == ACCESS_ELSEWHERE) {
        http_problem(request, answer, 403, "forbidden", "this key is not for your network.");
    } else if (reason == ACCESS_TOO_OFTEN) {
        http_problem(request, answer, 429, "too-many-failures", "too many bad keys came from your address; wait.");
        http_field(answer, "Retry-After", arena_printf(request->arena, "%d", ACCESS_PAUSE));
    } else {
        http_problem(request, answer, 401, "unauthorized", "this needs a key: send `Authorization: Bearer KEY`.");
        http_field(answer, "WWW-Authenticate", SLICE("Bearer"));
    }
    return false;
}

static struct actor actor_of(struct server *server, const struct access_pass *pass) {
    return (struct actor){.tenant = &server->tenants[pass->tenant],
                          .roles = pass->roles,
                          .key_id = pass->actor,
                          .account = pass->account};
}

static bool enter_key(struct server *server, struct http_request *request, struct http_answer *answer) {
    struct access_pass pass;
    struct access **accesses = server_accesses(server, request->arena);
    struct actor *actor = ARENA_NEW(request->arena, struct actor);
    if (accesses == NULL || actor == NULL)
        return no_memory(request, answer);
    struct access_knock knock = {.authorization = http_header(request, "Authorization"),
                                 .address = request->peer.is_local ? NULL : request->peer.address,
                                 .now_ns = live_now(server->tenants[0].live)};
    enum access_answer reason = access_enter(accesses, server->tenant_count, &knock, &pass);
    if (reason == ACCESS_UNKNOWN || reason == ACCESS_TOO_OFTEN)
        return refuse_key(request, reason, answer);
    *actor = actor_of(server, &pass);
    request->actor = actor; /* a good key from elsewhere may be a lost one: the log says which */
    return reason == ACCESS_ENTERS || refuse_key(request, reason, answer);
}

/* A browser sends its cookie whoever made it ask: what another site made it ask is not done. */
static bool enter_session(struct server *server, struct http_request *request, struct http_answer *answer) {
    struct access_pass pass;
    struct session_view view;
    struct actor *actor = ARENA_NEW(request->arena, struct actor);
    if (actor == NULL)
        return no_memory(request, answer);
    if (!session_is_from_here(request, request->method != HTTP_GET)) {
        http_problem(request, answer, 403, "cross-site",
                     "this was not asked by the console itself: a change needs X-Tollgate-Console: 1 and its Origin.");
        return false;
    }
    enum access_answer reason = session_of(server, request, &pass, &view);
    if (reason == ACCESS_UNKNOWN) {
        http_problem(request, answer, 401, "unauthorized", "this session has ended; log in again.");
        return false;
    }
    *actor = actor_of(server, &pass);
    request->actor = actor;
    return reason == ACCESS_ENTERS || refuse_key(request, reason, answer);
}

/* A key counts more than a cookie, and a cookie more than the socket that it comes by. */
static bool enter(struct server *server, struct http_request *request, struct http_answer *answer) {
    if (http_header(request, "Authorization").ptr != NULL)
        return enter_key(server, request, answer);
    if (session_cookie(request).ptr != NULL)
        return enter_session(server, request, answer);
    return request->peer.is_local ? enter_local(server, request, answer) : enter_key(server, request, answer);
}

bool server_enter(void *context, struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    if (request->route->access == ROLE_NONE)
        return true;
    if (!enter(server, request, answer))
        return false;
    if (request_actor(request)->roles & request->route->access)
        return true;
    struct buf roles = {0};
    server_roles_text(request->route->access, " or ", &roles);
    http_problem(request, answer, 403, "forbidden", "this needs a key with the role " SLICE_FMT ".",
                 SLICE_ARG(buf_slice(&roles)));
    buf_free(&roles);
    return false;
}
