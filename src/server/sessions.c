/* SPDX-License-Identifier: Apache-2.0
 *
 * The console's cookie, and what protects it: a cookie is sent by the browser whoever asked for the request, so the
 * request itself must show that the console did. */
#include "server/sessions.h"

struct slice session_cookie(const struct http_request *request) {
    struct slice rest = http_header(request, "Cookie"), pair, name, value;
    while (rest.ptr != NULL && rest.len > 0) {
        bool has_more = slice_cut(rest, ';', &pair, &rest);
        rest.len = has_more ? rest.len : 0;
        if (slice_cut(slice_trim(pair), '=', &name, &value) && slice_is(name, SESSION_COOKIE))
            return value;
    }
    return (struct slice){0};
}

/* "https://console.example:8443" and the request's own Host. */
static bool is_own_origin(const struct http_request *request, struct slice origin) {
    struct slice host = http_header(request, "Host"), http = SLICE("http://"), https = SLICE("https://");
    size_t before = slice_starts(origin, https) ? https.len : slice_starts(origin, http) ? http.len : 0;
    if (before == 0 || host.ptr == NULL)
        return false;
    return slice_eq_nocase((struct slice){origin.ptr + before, origin.len - before}, host);
}

bool session_is_from_here(const struct http_request *request, bool is_change) {
    struct slice site = http_header(request, "Sec-Fetch-Site"), origin = http_header(request, "Origin");
    struct slice mark = http_header(request, "X-Tollgate-Console");
    if (site.ptr != NULL && !slice_is(site, "same-origin") && (is_change || !slice_is(site, "none")))
        return false;
    if (origin.ptr != NULL && !is_own_origin(request, origin))
        return false;
    return !is_change || ((site.ptr != NULL || origin.ptr != NULL) && mark.ptr != NULL && slice_is(mark, "1"));
}

bool session_is_by_tls(const struct http_request *request) {
    struct slice scheme = http_header(request, "X-Forwarded-Proto"), origin = http_header(request, "Origin");
    return (scheme.ptr != NULL && slice_eq_nocase(scheme, SLICE("https"))) ||
           (origin.ptr != NULL && slice_starts(origin, SLICE("https://")));
}

struct access **server_accesses(struct server *server, struct arena *arena) {
    struct access **accesses = ARENA_ARRAY(arena, server->tenant_count, struct access *);
    for (uint32_t i = 0; accesses != NULL && i < server->tenant_count; i++)
        accesses[i] = server->tenants[i].access;
    return accesses;
}

enum access_answer session_of(struct server *server, const struct http_request *request, struct access_pass *ret_pass,
                              struct session_view *ret_view) {
    struct access **accesses = server_accesses(server, request->arena);
    struct session_knock knock = {.token = session_cookie(request),
                                  .address = request->peer.is_local ? NULL : request->peer.address,
                                  .now_ns = live_now(server->tenants[0].live)};
    if (accesses == NULL || knock.token.ptr == NULL)
        return ACCESS_UNKNOWN;
    return session_enter(server->sessions, accesses, server->tenant_count, &knock, ret_pass, ret_view);
}
