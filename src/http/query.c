/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of a query: those that the route knows, each at most once. */
#include "base/names.h"
#include "http/http_private.h"
#include "http/target.h"

/* The names of a route's parameters, cut at the spaces. */
static uint32_t known_names(const struct http_route *route, struct slice ret_names[QUERY_MAX]) {
    struct slice rest = slice_of(route->query != NULL ? route->query : "");
    uint32_t count = 0;
    while (rest.len > 0 && count < QUERY_MAX) {
        struct slice tail = {0};
        slice_cut(rest, ' ', &ret_names[count++], &tail);
        rest = tail;
    }
    return count;
}

static bool is_known(struct exchange *exchange, struct slice name) {
    struct http_request *request = &exchange->request;
    struct slice names[QUERY_MAX];
    uint32_t count = known_names(request->route, names);
    for (uint32_t i = 0; i < count; i++)
        if (slice_eq(names[i], name))
            return true;
    struct slice near = names_suggest(name, names, count);
    if (near.len > 0)
        http_problem(request, &exchange->answer, 400, "unknown-parameter",
                     "The query parameter \"" SLICE_FMT "\" is unknown here; did you mean \"" SLICE_FMT "\"?",
                     SLICE_ARG(name), SLICE_ARG(near));
    else
        http_problem(request, &exchange->answer, 400, "unknown-parameter",
                     "The query parameter \"" SLICE_FMT "\" is unknown here; known are: %s.", SLICE_ARG(name),
                     count > 0 ? request->route->query : "none");
    return false;
}

static bool add_pair(struct exchange *exchange, struct slice text) {
    struct http_request *request = &exchange->request;
    struct slice name, value = {"", 0};
    slice_cut(text, '=', &name, &value);
    name = target_decode(&exchange->arena, name, true);
    value = target_decode(&exchange->arena, value, true);
    if (name.ptr == NULL || value.ptr == NULL) {
        http_problem(request, &exchange->answer, 503, "no-memory", "There is not enough memory now; try again later.");
        return false;
    }
    if (!is_known(exchange, name))
        return false;
    if (http_query(request, name.ptr).ptr != NULL || exchange->query_count == QUERY_MAX) {
        http_problem(request, &exchange->answer, 400, "repeated-parameter",
                     "The query parameter \"" SLICE_FMT "\" comes more than once.", SLICE_ARG(name));
        return false;
    }
    exchange->query[exchange->query_count++] = (struct http_field){name, value};
    return true;
}

bool query_read(struct exchange *exchange, struct slice query) {
    bool more = query.len > 0;
    while (more) {
        struct slice pair, tail = {0};
        more = slice_cut(query, '&', &pair, &tail);
        query = tail;
        if (pair.len > 0 && !add_pair(exchange, pair))
            return false;
    }
    return true;
}

struct slice http_query(const struct http_request *request, const char *name) {
    const struct exchange *exchange = request->inner;
    for (uint32_t i = 0; i < exchange->query_count; i++)
        if (slice_is(exchange->query[i].name, name))
            return exchange->query[i].value;
    return (struct slice){0};
}
