/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of a query: those that the route knows, each at most once. */
#include "base/names.h"
#include "http/http_private.h"
#include "http/target.h"

static bool is_known(const char *names, struct slice name) {
    struct slice rest = slice_of(names != NULL ? names : ""), word;
    bool more = rest.len > 0;
    while (more) {
        struct slice tail = {0};
        more = slice_cut(rest, ' ', &word, &tail);
        rest = tail;
        if (slice_eq(word, name))
            return true;
    }
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
    if (!is_known(request->route->query, name)) {
        const char *known = request->route->query;
        http_problem(request, &exchange->answer, 400, "unknown-parameter",
                     "The query parameter \"" SLICE_FMT "\" is unknown here; known are: %s.", SLICE_ARG(name),
                     known != NULL && known[0] != '\0' ? known : "none");
        return false;
    }
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
