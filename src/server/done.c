/* SPDX-License-Identifier: Apache-2.0
 *
 * What was answered: counted, and a line in the log. */
#include "server/server_private.h"

static struct slice text_or_empty(const char *text) {
    return text != NULL ? slice_of(text) : (struct slice){"", 0};
}

static void done_log(struct log *log, const struct http_done *done) {
    const struct http_request *request = done->request;
    const struct actor *actor = request != NULL ? request_actor(request) : NULL;
    struct log_request line = {.status = done->status, .bytes = done->bytes, .microseconds = done->microseconds};
    line.route = text_or_empty(done->route != NULL ? done->route->path : NULL);
    if (request != NULL) {
        line.method = slice_of(server_method_name(request->method));
        line.id = request->id;
        line.trace = request->trace;
    }
    if (actor != NULL) {
        line.tenant = actor->tenant->name;
        line.key_id = actor->key_id;
    }
    log_request(log, &line);
}

void server_done(void *context, const struct http_done *done) {
    struct server *server = context;
    uint32_t count;
    const struct http_route *routes = server_routes(&count);
    metrics_count(&server->requests[done->route != NULL ? (uint32_t)(done->route - routes) : count], done);
    if (server->log != NULL)
        done_log(server->log, done);
}
