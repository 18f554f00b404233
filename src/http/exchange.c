/* SPDX-License-Identifier: Apache-2.0
 *
 * One request from its first line to its answer: what libmicrohttpd calls. */
#include "http/fields.h"
#include "http/http_private.h"
#include "http/target.h"

static const char *const METHODS[HTTP_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
static const uint64_t SECOND_NS = 1000000000;
enum { KEPT_MEMORY = 64 * 1024 };

static const struct guard_refusal TOO_LARGE = {413, "body-too-large", "The body is larger than it may be here."};
static const struct guard_refusal NO_ROOM = {503, "no-memory", "Too many bodies at once; try again later."};

/* Who waits for the last one looks again under the lock. */
static void leave(struct http_server *server) {
    if (atomic_fetch_sub(&server->under_way, 1) > 1 || !atomic_load(&server->drains))
        return;
    pthread_mutex_lock(&server->lock);
    pthread_cond_broadcast(&server->idle);
    pthread_mutex_unlock(&server->lock);
}

void *exchange_begin(void *listener, const char *uri, struct MHD_Connection *connection) {
    struct http_server *server = ((struct listener *)listener)->server;
    struct link *link = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (link == NULL)
        return NULL;
    struct exchange *exchange = &link->exchange;
    http_new_id(server, exchange->id);
    exchange->server = server;
    exchange->connection = connection;
    exchange->began_ns = http_now_ns();
    exchange->target = arena_copy(&exchange->arena, slice_of(uri));
    exchange->request.peer = link->peer;
    exchange->request.id = (struct slice){exchange->id, ID_LENGTH};
    exchange->request.arena = &exchange->arena;
    exchange->request.inner = exchange;
    uint64_t deadline = exchange->began_ns + server->options.limits.header_seconds * SECOND_NS;
    if (deadline < atomic_load(&link->deadline_ns))
        atomic_store(&link->deadline_ns, deadline);
    atomic_store(&link->has_begun, true);
    atomic_fetch_add(&server->under_way, 1);
    return exchange;
}

static void forget(struct exchange *exchange) {
    struct arena arena = exchange->arena;
    struct buf body = exchange->body;
    buf_free(&exchange->answer.body);
    if (arena.total > KEPT_MEMORY) {
        arena_free(&arena);
        arena = (struct arena){.block_size = 4096};
    } else {
        arena_reset(&arena);
    }
    if (body.cap > KEPT_MEMORY)
        buf_free(&body);
    else
        buf_clear(&body);
    memset(exchange, 0, offsetof(struct exchange, head.fields)); /* which are written before they are counted */
    exchange->arena = arena;
    exchange->body = body;
}

/* What was answered: by us, past libmicrohttpd, or by libmicrohttpd itself. */
static uint16_t status_of(const struct exchange *exchange, const struct link *link) {
    if (atomic_load(&link->phase) == PHASE_DOOMED)
        return (uint16_t)atomic_load(&link->doom);
    if (exchange->stage == STAGE_SENT)
        return exchange->answer.status;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info != NULL ? (uint16_t)info->http_status : 0;
}

static void tell(const struct exchange *exchange, uint16_t status, uint64_t now_ns) {
    const struct http_options *options = &exchange->server->options;
    if (options->done == NULL)
        return;
    struct http_done done = {.request = exchange->has_request ? &exchange->request : NULL,
                             .route = exchange->request.route,
                             .status = status,
                             .bytes = exchange->sent_bytes,
                             .microseconds = (now_ns - exchange->began_ns) / 1000};
    options->done(options->context, &done);
}

void exchange_end(void *listener, struct MHD_Connection *connection, void **inner,
                  enum MHD_RequestTerminationCode code) {
    (void)connection, (void)code;
    struct exchange *exchange = *inner;
    if (exchange == NULL)
        return;
    struct http_server *server = ((struct listener *)listener)->server;
    struct link *link = link_of(exchange);
    atomic_fetch_sub(&server->body_bytes, exchange->body.len);
    uint64_t now_ns = http_now_ns();
    tell(exchange, status_of(exchange, link), now_ns);
    forget(exchange);
    *inner = NULL;
    atomic_store(&link->has_begun, false);
    (void)link_enter(link, PHASE_HEAD, now_ns + server->options.limits.idle_seconds * SECOND_NS);
    leave(server);
}

struct slice http_header(const struct http_request *request, const char *name) {
    const struct guard_found *head = &((const struct exchange *)request->inner)->head;
    struct slice wanted = slice_of(name);
    for (uint32_t i = 0; i < head->field_count; i++)
        if (slice_eq_nocase(head->fields[i].name, wanted))
            return head->fields[i].value;
    return (struct slice){0};
}

/* The rest of the request is not read. */
static enum MHD_Result refuse(struct exchange *exchange) {
    const struct guard_found *head = &exchange->head;
    bool has_rest = !exchange->has_request || head->is_chunked || (head->has_length && head->length > 0);
    if (has_rest) {
        exchange->must_close = true;
        atomic_store(&link_of(exchange)->lingers, true);
        return answer_send(exchange);
    }
    exchange->stage = STAGE_READY; /* libmicrohttpd ends a connection that is answered this early: at the next call */
    return MHD_YES;
}

/* In the midst of a body libmicrohttpd takes no answer. */
static enum MHD_Result break_off(struct exchange *exchange, const struct guard_refusal *refusal) {
    struct link *link = link_of(exchange);
    unsigned phase = PHASE_BODY;
    atomic_store(&link->doom, refusal->status);
    if (atomic_compare_exchange_strong(&link->phase, &phase, (unsigned)PHASE_DOOMED))
        link_refuse(link, exchange->id, refusal);
    return MHD_NO;
}

static const struct guard_refusal *check_head(struct exchange *exchange, const char *method) {
    struct MHD_Connection *connection = exchange->connection;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info == NULL || exchange->target.ptr == NULL)
        return &NO_ROOM;
    int fields = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL);
    struct guard_head head = {{method, info->header_size}, exchange->target, (uint32_t)fields};
    return guard_check(&head, &exchange->head);
}

static enum http_method method_of(struct slice name) {
    if (slice_is(name, "HEAD"))
        return HTTP_GET;
    uint32_t method = 0;
    while (method < HTTP_METHOD_COUNT && !slice_is(name, METHODS[method]))
        method++;
    return (enum http_method)method;
}

/* Whether a handler may go on with it. */
static bool find_route(struct exchange *exchange) {
    struct http_request *request = &exchange->request;
    struct http_answer *answer = &exchange->answer;
    request->method = method_of(exchange->head.method);
    request->path = exchange->head.path;
    struct route_match match = route_find(&exchange->server->routes, request->method, request->path);
    if (match.routes == NULL) {
        http_problem(request, answer, 404, "not-found", "There is nothing at this path.");
        return false;
    }
    request->route = match.route;
    if (match.route == NULL) {
        struct slice allow = route_allow(&match, &exchange->arena);
        if (slice_is(exchange->head.method, "OPTIONS"))
            answer->status = 204;
        else
            http_problem(request, answer, 405, "method-not-allowed", "This path knows: " SLICE_FMT ".",
                         SLICE_ARG(allow));
        http_field(answer, "Allow", allow);
        return false;
    }
    for (uint32_t i = 0; i < HTTP_PARAMS_MAX && match.params[i].ptr != NULL; i++)
        request->params[i] = target_decode(&exchange->arena, match.params[i], false);
    return query_read(exchange, exchange->head.query);
}

static bool read_fields(struct exchange *exchange) {
    struct http_request *request = &exchange->request;
    const struct guard_found *head = &exchange->head;
    uint32_t most = request->route->body_max;
    if ((head->has_length && head->length > most) || (head->is_chunked && most == 0)) {
        http_problem(request, &exchange->answer, 413, "body-too-large", "The body may have %u bytes here.", most);
        return false;
    }
    struct slice type = http_header(request, "Content-Type"), trace = http_header(request, "Traceparent");
    if (trace.ptr != NULL && fields_is_traceparent(trace))
        request->trace = trace;
    if (type.ptr == NULL)
        return true;
    struct fields_media media = fields_media_type(type, &exchange->arena);
    request->media_type = media.type;
    if (media.type.ptr != NULL && (media.charset.len == 0 || slice_is(media.charset, "utf-8")))
        return true;
    http_problem(request, &exchange->answer, 415, "media-type",
                 "Content-Type must be a media type, and its charset, if it has one, utf-8.");
    return false;
}

/* All that is asked before the body is read. */
static enum MHD_Result handle_head(struct exchange *exchange, const char *method) {
    struct http_request *request = &exchange->request;
    const struct http_options *options = &exchange->server->options;
    const struct guard_refusal *refusal = check_head(exchange, method);
    if (refusal != NULL) {
        http_problem(request, &exchange->answer, refusal->status, refusal->code, "%s", refusal->detail);
        return refuse(exchange);
    }
    exchange->has_request = true;
    /* Chunks are framed more loosely by libmicrohttpd than two readers would agree on: nothing may come behind them. */
    exchange->must_close = exchange->head.is_old || exchange->head.is_chunked;
    if (!find_route(exchange) || !read_fields(exchange) ||
        (options->enter != NULL && !options->enter(options->context, request, &exchange->answer)))
        return refuse(exchange);
    exchange->stage = STAGE_BODY;
    struct link *link = link_of(exchange);
    atomic_store(&link->body_received, 0);
    atomic_store(&link->body_began_ns, http_now_ns());
    return link_enter(link, PHASE_BODY, 0) ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_body(struct exchange *exchange, const char *upload, size_t *upload_size) {
    struct http_server *server = exchange->server;
    size_t size = *upload_size, most = exchange->request.route->body_max;
    if (atomic_load(&link_of(exchange)->phase) == PHASE_DOOMED)
        return MHD_NO;
    if (exchange->body.len + size > most)
        return break_off(exchange, &TOO_LARGE);
    if (atomic_fetch_add(&server->body_bytes, size) + size > server->options.limits.body_memory) {
        atomic_fetch_sub(&server->body_bytes, size);
        atomic_fetch_add(&server->busy, 1);
        return break_off(exchange, &NO_ROOM);
    }
    exchange->body.max = most + HTTP_BODY_PADDING + 1;
    if (exchange->body.len == 0 && exchange->head.has_length)
        (void)buf_reserve(&exchange->body, exchange->head.length + HTTP_BODY_PADDING);
    buf_append(&exchange->body, (struct slice){upload, size});
    if (exchange->body.failed) {
        atomic_fetch_sub(&server->body_bytes, size);
        return break_off(exchange, &NO_ROOM);
    }
    atomic_fetch_add(&link_of(exchange)->body_received, size);
    *upload_size = 0;
    return MHD_YES;
}

/* False: it wants to be called by a worker. */
static bool call_handler(struct exchange *exchange) {
    const struct http_route *route = exchange->request.route;
    struct http_answer *answer = &exchange->answer;
    enum status status = route->handle(exchange->server->options.context, &exchange->request, answer);
    if (status == STATUS_OK)
        return true;
    if (status == STATUS_BUSY && route->where == HTTP_EITHER && !exchange->request.is_pooled)
        return false;
    if (status == STATUS_NO_MEMORY)
        http_problem(&exchange->request, answer, 503, "no-memory", "There is not enough memory now; try again later.");
    else
        http_problem(&exchange->request, answer, 500, "fault", "The server could not do it; its log says why.");
    return true;
}

void exchange_run(struct exchange *exchange) {
    exchange->request.is_pooled = true;
    (void)call_handler(exchange);
    exchange->stage = STAGE_READY;
    MHD_resume_connection(exchange->connection);
}

static enum MHD_Result handle_whole(struct exchange *exchange) {
    struct http_request *request = &exchange->request;
    exchange->body.max = (size_t)request->route->body_max + HTTP_BODY_PADDING + 1;
    if (!link_enter(link_of(exchange), PHASE_WORK, 0) || buf_reserve(&exchange->body, HTTP_BODY_PADDING) == NULL)
        return MHD_NO;
    memset(exchange->body.ptr + exchange->body.len, 0, HTTP_BODY_PADDING);
    request->body = buf_slice(&exchange->body);
    if (request->route->where != HTTP_POOLED && call_handler(exchange))
        return answer_send(exchange);
    if (!pool_reserve(&exchange->server->pool, request->peer.is_local)) {
        atomic_fetch_add(&exchange->server->busy, 1);
        http_problem(request, &exchange->answer, 503, "busy", "Too many requests are waiting; try again later.");
        http_field(&exchange->answer, "Retry-After", slice_of(answer_retry_after(exchange->id)));
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
