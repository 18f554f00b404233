/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes as a tree of path segments: a look-up costs one step for each segment, however many routes there are. */
#include <assert.h>

#include "http/http_private.h"

struct route_node {
    struct slice segment;                           /* empty: a {name} */
    struct route_node *child, *parameter, *sibling; /* fixed children in a list, and the one that is a {name} */
    const struct http_route *by_method[HTTP_METHOD_COUNT];
    bool is_path;
};

static bool is_parameter(struct slice segment) {
    return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static struct route_node *find_child(const struct route_node *node, struct slice segment) {
    struct route_node *child = node->child;
    while (child != NULL && !slice_eq(child->segment, segment))
        child = child->sibling;
    return child;
}

static struct route_node *add_child(struct route_tree *tree, struct route_node *node, struct slice segment) {
    bool is_name = is_parameter(segment);
    struct route_node *child = is_name ? node->parameter : find_child(node, segment);
    if (child != NULL)
        return child;
    child = ARENA_NEW(&tree->arena, struct route_node);
    if (child == NULL)
        return NULL;
    if (is_name) {
        node->parameter = child;
        return child;
    }
    child->segment = segment;
    child->sibling = node->child;
    node->child = child;
    return child;
}

static enum status add_route(struct route_tree *tree, const struct http_route *route) {
    struct slice rest = slice_of(route->path);
    assert(rest.len > 0 && rest.ptr[0] == '/');
    rest = (struct slice){rest.ptr + 1, rest.len - 1};
    struct route_node *node = tree->root;
    uint32_t parameters = 0;
    bool more = true;
    while (more) {
        struct slice segment, tail = {0};
        more = slice_cut(rest, '/', &segment, &tail);
        rest = tail;
        parameters += is_parameter(segment);
        node = add_child(tree, node, segment);
        if (node == NULL)
            return STATUS_NO_MEMORY;
    }
    assert(parameters <= HTTP_PARAMS_MAX);
    if (node->by_method[route->method] != NULL)
        return STATUS_INVALID;
    node->by_method[route->method] = route;
    node->is_path = true;
    return STATUS_OK;
}

enum status route_tree_build(struct route_tree *tree, const struct http_route *routes, uint32_t count) {
    tree->root = ARENA_NEW(&tree->arena, struct route_node);
    if (tree->root == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        TRY(add_route(tree, &routes[i]));
    return STATUS_OK;
}

struct route_match route_find(const struct route_tree *tree, enum http_method method, struct slice path) {
    struct route_match match = {0};
    struct slice rest = {path.ptr + 1, path.len - 1};
    const struct route_node *node = tree->root;
    uint32_t parameters = 0;
    bool more = true;
    while (more && node != NULL) {
        struct slice segment, tail = {0};
        more = slice_cut(rest, '/', &segment, &tail);
        rest = tail;
        const struct route_node *child = find_child(node, segment);
        if (child == NULL && node->parameter != NULL && segment.len > 0 && parameters < HTTP_PARAMS_MAX) {
            child = node->parameter;
            match.params[parameters++] = segment;
        }
        node = child;
    }
    if (node == NULL || !node->is_path)
        return match;
    match.routes = node->by_method;
    match.route = method < HTTP_METHOD_COUNT ? node->by_method[method] : NULL;
    return match;
}

struct slice route_allow(const struct route_match *match, struct arena *arena) {
    static const char *const names[HTTP_METHOD_COUNT] = {"GET, HEAD", "POST", "PUT", "PATCH", "DELETE"};
    struct slice text = {"", 0};
    for (uint32_t i = 0; i < HTTP_METHOD_COUNT && text.ptr != NULL; i++)
        if (match->routes[i] != NULL)
            text = arena_printf(arena, SLICE_FMT "%s, ", SLICE_ARG(text), names[i]);
    return text.ptr != NULL ? arena_printf(arena, SLICE_FMT "OPTIONS", SLICE_ARG(text)) : text;
}
