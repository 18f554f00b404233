/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of routes as data, and the handlers that it names. A handler's context is the struct server. */
#ifndef TG_SERVER_ROUTES_H
#define TG_SERVER_ROUTES_H

#include "base/json_writer.h"
#include "server/server.h"

#define KIB(number) ((uint32_t)(number) << 10)
#define MIB(number) ((uint32_t)(number) << 20)

#define ROUTE(method, path, roles, where, body_max, query, handler, summary) http_handler handler;
#include "server/routes.def"
#undef ROUTE

/* What each route of the table calls: it writes the audit log and calls the route's own handler. */
http_handler server_handle;
/* The route's own; the route must be of the table. */
http_handler *server_handler(const struct http_route *route);
/* As in the file, which is the order of docs/routes.md. */
const struct http_route *server_routes(uint32_t *ret_count);
/* One object for each route: method, path, roles, where, body_max, query, name, summary. */
void server_routes_json(struct json_writer *writer);
const char *server_method_name(enum http_method method);
/* The names of roles, by a separator; "everybody" for none. */
void server_roles_text(uint32_t roles, const char *separator, struct buf *out);

#endif
