/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that come with the console's cookie. */
#ifndef TG_SERVER_SESSIONS_H
#define TG_SERVER_SESSIONS_H

#include "access/session.h"
#include "server/server_private.h"

#define SESSION_COOKIE "tollgate_session"

/* The token of the request's cookie; ptr NULL: there is none. */
struct slice session_cookie(const struct http_request *request);
/* Whether a page of another place cannot have made this request. A browser says where its requests come from
 * (Sec-Fetch-Site; older ones, and those without TLS, Origin), and only a page of this place can add the console's own
 * header. is_change: it must be said, else it must only not be denied. */
bool session_is_from_here(const struct http_request *request, bool is_change);
/* Of a request whose session was begun by a browser that came by TLS: its cookie is for TLS only. */
bool session_is_by_tls(const struct http_request *request);
/* The session of the request's cookie, and whose it is. */
enum access_answer session_of(struct server *server, const struct http_request *request, struct access_pass *ret_pass,
                              struct session_view *ret_view);
/* The keys of all tenants, in the arena; NULL: no memory. */
struct access **server_accesses(struct server *server, struct arena *arena);

#endif
