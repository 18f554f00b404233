/* SPDX-License-Identifier: Apache-2.0
 *
 * The server: its listeners, its start, its drain and its end. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "http/http_private.h"

static const struct http_limits DEFAULTS = {.connections = 4096,
                                            .per_address = 1024,
                                            .threads = 2,
                                            .workers = 4,
                                            .queue = 1024,
                                            .idle_seconds = 30,
                                            .header_seconds = 5,
                                            .grace_seconds = 5,
                                            .body_rate = 1024,
                                            .body_seconds = 120,
                                            .answer_seconds = 120,
                                            .body_memory = 256 << 20};
/* A head, what libmicrohttpd notes of its fields, and the head of an answer. It clears all of it for every request. */
enum { CONNECTION_MEMORY = 16 * 1024 };

static uint32_t or_default(uint32_t value, uint32_t otherwise) {
    return value != 0 ? value : otherwise;
}

static void set_limits(struct http_limits *limits) {
    limits->connections = or_default(limits->connections, DEFAULTS.connections);
    limits->per_address = or_default(limits->per_address, DEFAULTS.per_address);
    limits->threads = or_default(limits->threads, DEFAULTS.threads);
    limits->workers = or_default(limits->workers, DEFAULTS.workers);
    limits->queue = or_default(limits->queue, DEFAULTS.queue);
    limits->idle_seconds = or_default(limits->idle_seconds, DEFAULTS.idle_seconds);
    limits->header_seconds = or_default(limits->header_seconds, DEFAULTS.header_seconds);
    limits->grace_seconds = or_default(limits->grace_seconds, DEFAULTS.grace_seconds);
    limits->body_rate = or_default(limits->body_rate, DEFAULTS.body_rate);
    limits->body_seconds = or_default(limits->body_seconds, DEFAULTS.body_seconds);
    limits->answer_seconds = or_default(limits->answer_seconds, DEFAULTS.answer_seconds);
    if (limits->body_memory == 0)
        limits->body_memory = DEFAULTS.body_memory;
}

/* A connection is a descriptor, and the soft limit is often 1024. */
static void raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

enum status http_new(const struct http_options *options, struct http_server **ret_server) {
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return STATUS_NO_MEMORY;
    server->options = *options;
    set_limits(&server->options.limits);
    raise_descriptors();
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->watchdog.lock, NULL);
    server->watchdog.wake = -1;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    uint64_t random = 0;
    enum status status = getrandom(&random, sizeof random, 0) == sizeof random ? STATUS_OK : STATUS_IO;
    atomic_init(&server->next_id, random);
    if (status == STATUS_OK)
        status = route_tree_build(&server->routes, options->routes, options->route_count);
    enum status started = pool_start(&server->pool, server->options.limits.workers, server->options.limits.queue);
    if (status == STATUS_OK)
        status = started;
    if (status == STATUS_OK)
        status = watchdog_start(server);
    if (status != STATUS_OK) {
        http_free(server);
        return status;
    }
    *ret_server = server;
    return STATUS_OK;
}

/* Escapes are ours to read. */
static size_t leave_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context, (void)connection;
    return strlen(text);
}

enum status http_serve(struct http_server *server, int socket, bool is_local) {
    if (server->listener_count == LISTENERS_MAX)
        return STATUS_RANGE;
    int flags_before = fcntl(socket, F_GETFL); /* who handed it in may have made it to block */
    if (flags_before < 0 || fcntl(socket, F_SETFL, flags_before | O_NONBLOCK) != 0)
        return STATUS_IO;
    struct listener *listener = &server->listeners[server->listener_count];
    const struct http_limits *limits = &server->options.limits;
    *listener = (struct listener){.server = server, .is_local = is_local};
    unsigned threads = is_local ? 1 : limits->threads;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, socket, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)limits->connections, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)limits->idle_seconds, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 0, NULL}, /* the guard is stricter, and says what is wrong */
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)exchange_begin, listener},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)exchange_end, listener},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)link_notify, listener},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escapes, NULL},
        {is_local ? MHD_OPTION_END : MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)limits->per_address, NULL},
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
    listener->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, exchange_handle, listener, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (listener->daemon == NULL)
        return STATUS_IO;
    server->listener_count++;
    return STATUS_OK;
}

/* The sockets stay open until their daemons have stopped, which still look at them. */
static void stop_accepting(struct http_server *server) {
    for (uint32_t i = 0; i < server->listener_count; i++)
        server->listeners[i].socket = MHD_quiesce_daemon(server->listeners[i].daemon);
}

void http_drain(struct http_server *server, uint32_t seconds) {
    if (!atomic_exchange(&server->drains, true))
        stop_accepting(server);
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    pthread_mutex_lock(&server->lock);
    int late = 0;
    while (atomic_load(&server->under_way) > 0 && late == 0)
        late = pthread_cond_timedwait(&server->idle, &server->lock, &end);
    pthread_mutex_unlock(&server->lock);
}

void http_stats_read(struct http_server *server, struct http_stats *ret_stats) {
    ret_stats->under_way = atomic_load(&server->under_way);
    pthread_mutex_lock(&server->pool.lock);
    ret_stats->waiting = server->pool.waiting;
    pthread_mutex_unlock(&server->pool.lock);
    ret_stats->connections = atomic_load(&server->connections);
    ret_stats->body_bytes = atomic_load(&server->body_bytes);
    ret_stats->timeouts = atomic_load(&server->timeouts);
    ret_stats->busy = atomic_load(&server->busy);
}

void http_free(struct http_server *server) {
    if (server == NULL)
        return;
    if (!atomic_exchange(&server->drains, true))
        stop_accepting(server);
    pool_stop(&server->pool); /* a connection that waits for a worker must not be there when its daemon stops */
    for (uint32_t i = 0; i < server->listener_count; i++) {
        MHD_stop_daemon(server->listeners[i].daemon);
        if (server->listeners[i].socket != MHD_INVALID_SOCKET)
            close(server->listeners[i].socket);
    }
    pool_free(&server->pool);
    watchdog_stop(server);
    arena_free(&server->routes.arena);
    pthread_mutex_destroy(&server->watchdog.lock);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->idle);
    free(server);
}
