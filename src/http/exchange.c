/* SPDX-License-Identifier: Apache-2.0
 *
 * One request from its first line to its answer: what libmicrohttpd calls. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/http_private.h"

static const char *const METHODS[HTTP_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
enum { KEPT_MEMORY = 64 * 1024 };

static void read_peer(struct link *link, const struct listener *listener, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_peer *peer = &link->peer;
    *peer = (struct http_peer){.is_local = listener->is_local};
    struct ucred who;
    socklen_t length = sizeof who;
    if (listener->is_local && getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0) {
        peer->uid = who.uid;
        peer->pid = (uint32_t)who.pid;
        return;
    }
    struct sockaddr_storage from;
    length = sizeof from;
    if (getpeername(info->connect_fd, (struct sockaddr *)&from, &length) != 0)
        return;
    if (from.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr, peer->address, sizeof peer->address);
    if (from.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&from)->sin6_addr, peer->address, sizeof peer->address);
}

void link_notify(void *context, struct MHD_Connection *connection, void **slot,
                 enum MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct link *link = calloc(1, sizeof *link);
        if (link != NULL) {
            link->exchange.arena.block_size = 4096;
            read_peer(link, context, connection);
        }
        *slot = link;
        return;
    }
    struct link *link = *slot;
    if (link == NULL)
        return;
    arena_free(&link->exchange.arena);
    buf_free(&link->exchange.body);
    buf_free(&link->exchange.answer.body);
    free(link);
    *slot = NULL;
}

static void count_under_way(struct http_server *server, int change) {
    pthread_mutex_lock(&server->lock);
    server->under_way = (uint64_t)((int64_t)server->under_way + change);
    if (server->under_way == 0)
        pthread_cond_broadcast(&server->idle);
    pthread_mutex_unlock(&server->lock);
}

static void write_id(char *to, uint64_t number) {
    for (int i = ID_LENGTH - 1; i >= 0; i--, number >>= 4)
        to[i] = "0123456789abcdef"[number & 15];
    to[ID_LENGTH] = '\0';
}

void *exchange_begin(void *context, const char *uri, struct MHD_Connection *connection) {
    struct listener *listener = context;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct link *link = info->socket_context;
    if (link == NULL)
        return NULL;
    struct exchange *exchange = &link->exchange;
    struct http_server *server = listener->server;
    write_id(exchange->id, atomic_fetch_add(&server->next_id, 1) * UINT64_C(0x9e3779b97f4a7c15));
    exchange->server = server;
    exchange->connection = connection;
    exchange->began_ns = http_now_ns();
    exchange->target = arena_copy(&exchange->arena, slice_of(uri));
    exchange->request.peer = link->peer;
    exchange->request.id = (struct slice){exchange->id, ID_LENGTH};
    exchange->request.arena = &exchange->arena;
    exchange->request.inner = exchange;
    count_under_way(server, 1);
    return exchange;
}

static void forget(struct exchange *exchange) {
    struct arena arena = exchange->arena;
    struct buf body = exchange->body;
    buf_free(&exchange->answer.body);
    if (arena.total > KEPT_MEMORY)
        arena_free(&arena);
    else
        arena_reset(&arena);
    if (body.cap > KEPT_MEMORY)
        buf_free(&body);
    else
        buf_clear(&body);
    *exchange = (struct exchange){.arena = arena, .body = body};
}

void exchange_end(void *context, struct MHD_Connection *connection, void **inner,
                  enum MHD_RequestTerminationCode code) {
    (void)connection, (void)code;
    struct exchange *exchange = *inner;
    if (exchange == NULL)
        return;
    struct http_server *server = ((struct listener *)context)->server;
    const struct http_options *options = &server->options;
    if (options->done != NULL) {
        struct http_done done = {.request = exchange->has_request ? &exchange->request : NULL,
                                 .route = exchange->request.route,
                                 .status = exchange->answer.status,
                                 .bytes = exchange->sent_bytes,
                                 .microseconds = (http_now_ns() - exchange->began_ns) / 1000};
        options->done(options->context, &done);
    }
    forget(exchange);
    *inner = NULL;
    count_under_way(server, -1);
}

struct slice http_header(const struct http_request *request, const char *name) {
    const struct exchange *exchange = request->inner;
    struct slice wanted = slice_of(name);
    for (uint32_t i = 0; i < exchange->header_count; i++)
        if (slice_eq_nocase(exchange->headers[i].name, wanted))
            return exchange->headers[i].value;
    return (struct slice){0};
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                  const char *value, size_t value_length) {
    (void)kind;
    struct exchange *exchange = context;
    if (exchange->header_count == HEADERS_MAX)
        return MHD_NO;
    exchange->headers[exchange->header_count++] =
        (struct http_field){{name, name_length}, {value != NULL ? value : "", value_length}};
    return MHD_YES;
}

static enum MHD_Result refuse(struct exchange *exchange) {
    exchange->must_close = true;
    return answer_send(exchange);
}

static bool find_route(struct exchange *exchange, const char *method) {
    struct http_request *request = &exchange->request;
    struct http_answer *answer = &exchange->answer;
    request->method = HTTP_METHOD_COUNT;
    for (uint32_t i = 0; i < HTTP_METHOD_COUNT; i++)
        if (strcmp(method, METHODS[i]) == 0)
            request->method = (enum http_method)i;
    if (strcmp(method, "HEAD") == 0)
        request->method = HTTP_GET;
    struct slice query = {0};
    slice_cut(exchange->target, '?', &request->path, &query);
    struct route_match match = route_find(&exchange->server->routes, request->method, request->path);
    if (match.routes == NULL) {
        http_problem(request, answer, 404, "not-found", "There is nothing at this path.");
        return false;
    }
    request->route = match.route;
    if (match.route == NULL) {
        bool is_options = strcmp(method, "OPTIONS") == 0;
        struct slice allow = route_allow(&match, &exchange->arena);
        if (is_options)
            answer->status = 204;
        else
            http_problem(request, answer, 405, "method-not-allowed", "This path knows: " SLICE_FMT ".",
                         SLICE_ARG(allow));
        http_field(answer, "Allow", allow);
        return false;
    }
    for (uint32_t i = 0; i < HTTP_PARAMS_MAX && match.params[i].ptr != NULL; i++)
        request->params[i] = target_decode(&exchange->arena, match.params[i], false);
    return target_read_query(exchange, query);
}

/* All that is asked before the body is read. */
static enum MHD_Result handle_head(struct exchange *exchange, const char *method) {
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, add_header, exchange);
    struct http_request *request = &exchange->request;
    exchange->has_request = true;
    if (exchange->target.ptr == NULL || exchange->target.len == 0 || exchange->target.ptr[0] != '/') {
        http_problem(request, &exchange->answer, 400, "bad-target", "The target must start with a slash.");
        return refuse(exchange);
    }
    if (!find_route(exchange, method))
        return refuse(exchange);
    struct slice length = http_header(request, "Content-Length");
    uint64_t bytes = 0;
    if (length.ptr != NULL && !slice_number(length, request->route->body_max, &bytes)) {
        http_problem(request, &exchange->answer, 413, "body-too-large", "The body may have %u bytes here.",
                     request->route->body_max);
        return refuse(exchange);
    }
    struct slice type = http_header(request, "Content-Type"), parameters;
    if (type.ptr != NULL) {
        slice_cut(type, ';', &type, &parameters);
        request->media_type = slice_trim(type);
    }
    const struct http_options *options = &exchange->server->options;
    if (options->enter != NULL && !options->enter(options->context, request, &exchange->answer))
        return refuse(exchange);
    exchange->stage = STAGE_BODY;
    return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *exchange, const char *upload, size_t *upload_size) {
    exchange->body.max = (size_t)exchange->request.route->body_max + HTTP_BODY_PADDING + 1;
    if (exchange->body.len + *upload_size > exchange->request.route->body_max)
        return MHD_NO;
    buf_append(&exchange->body, (struct slice){upload, *upload_size});
    *upload_size = 0;
    return exchange->body.failed ? MHD_NO : MHD_YES;
}

static void call_handler(struct exchange *exchange) {
    const struct http_route *route = exchange->request.route;
    struct http_answer *answer = &exchange->answer;
    enum status status = route->handle(exchange->server->options.context, &exchange->request, answer);
    if (status == STATUS_OK)
        return;
    if (status == STATUS_NO_MEMORY)
        http_problem(&exchange->request, answer, 503, "no-memory", "There is not enough memory now; try again later.");
    else
        http_problem(&exchange->request, answer, 500, "fault", "The server could not do it; its log says why.");
}

void exchange_run(struct exchange *exchange) {
    call_handler(exchange);
    exchange->stage = STAGE_READY;
    MHD_resume_connection(exchange->connection);
}

static enum MHD_Result handle_whole(struct exchange *exchange) {
    struct http_request *request = &exchange->request;
    if (buf_reserve(&exchange->body, HTTP_BODY_PADDING) == NULL)
        return MHD_NO;
    memset(exchange->body.ptr + exchange->body.len, 0, HTTP_BODY_PADDING);
    request->body = buf_slice(&exchange->body);
    if (request->route->where == HTTP_INLINE) {
        call_handler(exchange);
        return answer_send(exchange);
    }
    if (!pool_reserve(&exchange->server->pool)) {
        http_problem(request, &exchange->answer, 503, "busy", "Too many requests are waiting; try again later.");
        http_field(&exchange->answer, "Retry-After", SLICE("1"));
        return answer_send(exchange);
    }
    exchange->stage = STAGE_WAITING;
    MHD_suspend_connection(exchange->connection);
    pool_push(&exchange->server->pool, exchange);
    return MHD_YES;
}

enum MHD_Result exchange_handle(void *listener, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_size, void **inner) {
    (void)listener, (void)connection, (void)url, (void)version;
    struct exchange *exchange = *inner;
    if (exchange == NULL)
        return MHD_NO;
    switch (exchange->stage) {
    case STAGE_HEAD:
        return handle_head(exchange, method);
    case STAGE_BODY:
        return *upload_size > 0 ? take_body(exchange, upload, upload_size) : handle_whole(exchange);
    case STAGE_READY:
        return answer_send(exchange);
    case STAGE_WAITING:
    case STAGE_SENT:
        return MHD_YES;
    default:
        return MHD_NO;
    }
}
