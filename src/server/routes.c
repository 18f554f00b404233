/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of routes, and what is printed of it. */
#include "server/routes.h"

#define ROUTE(method, path, roles, where, body_max, query, handler, summary)                                           \
    {HTTP_##method, path, roles, where, body_max, query, server_handle, #handler, summary},
static const struct http_route routes[] = {
#include "server/routes.def"
};
#undef ROUTE

#define ROUTE(method, path, roles, where, body_max, query, handler, summary) handler,
static http_handler *const handlers[] = {
#include "server/routes.def"
};
#undef ROUTE

http_handler *server_handler(const struct http_route *route) {
    return handlers[route - routes];
}

static const char *const method_names[HTTP_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
const struct http_route *server_routes(uint32_t *ret_count) {
    *ret_count = sizeof routes / sizeof *routes;
    return routes;
}

const char *server_method_name(enum http_method method) {
    return method_names[method];
}

void server_roles_text(uint32_t roles, const char *separator, struct buf *out) {
    size_t start = out->len;
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        if (roles & 1U << i)
            buf_printf(out, "%s%s", out->len > start ? separator : "", role_name(i));
    }
    if (out->len == start)
        buf_text(out, "everybody");
}

static void words_json(struct json_writer *writer, const char *key, struct slice words) {
    json_key(writer, key);
    json_array(writer);
    while (words.len > 0) {
        struct slice word;
        bool has_more = slice_cut(words, ' ', &word, &words);
        json_text(writer, word);
        words.len = has_more ? words.len : 0;
    }
    json_array_end(writer);
}

static struct slice where_name(enum http_where where) {
    return where == HTTP_INLINE ? SLICE("inline") : where == HTTP_POOLED ? SLICE("pooled") : SLICE("either");
}

void server_routes_json(struct json_writer *writer) {
    json_array(writer);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        json_object(writer);
        json_member(writer, "method", slice_of(method_names[routes[i].method]));
        json_member(writer, "path", slice_of(routes[i].path));
        roles_json(writer, "roles", routes[i].access);
        json_member(writer, "where", where_name(routes[i].where));
        json_key(writer, "body_max");
        json_uint(writer, routes[i].body_max);
        words_json(writer, "query", slice_of(routes[i].query));
        json_member(writer, "name", slice_of(routes[i].name));
        json_member(writer, "summary", slice_of(routes[i].summary));
        json_object_end(writer);
    }
    json_array_end(writer);
}
