/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the server. A connection is a `link`; it serves one request at a time, so that the request and its
 * memory are part of it and used again. */
#ifndef TG_HTTP_HTTP_PRIVATE_H
#define TG_HTTP_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/guard.h"
#include "http/http.h"

enum { LISTENERS_MAX = 8, QUERY_MAX = 16, ID_LENGTH = 16 };

/* Where a request is. */
enum stage { STAGE_HEAD, STAGE_BODY, STAGE_WAITING /* for a worker */, STAGE_READY, STAGE_SENT };

struct exchange {
    struct http_request request;
    struct http_answer answer;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct arena arena;
    char id[ID_LENGTH + 1];
    struct slice target; /* as it was sent, query and all */
    struct http_field query[QUERY_MAX];
    uint32_t query_count;
    enum stage stage;
    bool has_request; /* it was understood: `done` may see it */
    bool must_close;
    struct buf body;
    uint64_t began_ns, sent_bytes;
    struct exchange *next; /* in the queue of the pool */
    struct guard_found head;
};

/* Where a connection is; the watchdog ends what is there too long. What it has doomed is lost: nobody answers. */
enum phase { PHASE_HEAD, PHASE_BODY, PHASE_WORK, PHASE_ANSWER, PHASE_DOOMED };

struct link {
    struct exchange exchange;
    struct http_peer peer;
    int fd;
    atomic_uint phase;
    atomic_uint_fast64_t deadline_ns; /* of the head and of the answer */
    atomic_uint_fast64_t body_began_ns, body_received;
    atomic_bool has_begun; /* a request: who is late is told so; between requests the connection just ends */
    atomic_bool lingers;   /* there may be more than was read: a close at once would take the answer back */
    atomic_uint doom;      /* the status that is sent past libmicrohttpd when it is doomed */
    struct link *previous, *next;
};

/* Ends what is late, and reads away what clients send after their last answer. */
enum { FAREWELLS_MAX = 64 };
struct farewell {
    int fd;
    uint64_t until_ns, bytes;
};
struct watchdog {
    pthread_t thread;
    pthread_mutex_t lock; /* of the links and of farewells */
    struct link *links;
    struct farewell farewells[FAREWELLS_MAX];
    uint32_t farewell_count;
    int wake; /* eventfd */
    bool runs, stops;
};

struct route_node;
struct route_tree {
    struct arena arena;
    struct route_node *root;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct exchange *first, **last;
    uint32_t waiting;   /* for a worker */
    uint32_t under_way; /* they and those that run */
    uint32_t queue_max, worker_count;
    bool stops;
    pthread_t *workers;
};

struct listener {
    struct MHD_Daemon *daemon;
    struct http_server *server;
    MHD_socket socket; /* once it accepts no more */
    bool is_local;
};

struct http_server {
    struct http_options options;
    struct route_tree routes;
    struct pool pool;
    struct watchdog watchdog;
    struct listener listeners[LISTENERS_MAX];
    uint32_t listener_count;
    pthread_mutex_t lock; /* of `idle`: the last request is answered */
    pthread_cond_t idle;
    atomic_uint_fast64_t under_way; /* requests that began and are not answered */
    atomic_bool drains;
    atomic_uint_fast64_t next_id;
    atomic_uint_fast64_t connections, body_bytes, timeouts, busy;
};

/* route.c. Fails: STATUS_NO_MEMORY, STATUS_INVALID (two routes are the same). */
MUST_CHECK enum status route_tree_build(struct route_tree *tree, const struct http_route *routes, uint32_t count);
struct route_match {
    const struct http_route *route;         /* NULL: none for this method */
    const struct http_route *const *routes; /* by method; NULL: there is no such path */
    struct slice params[HTTP_PARAMS_MAX];   /* as sent */
};
struct route_match route_find(const struct route_tree *tree, enum http_method method, struct slice path);
/* "GET, HEAD, OPTIONS" of the path that was found. ptr NULL: memory is out. */
struct slice route_allow(const struct route_match *match, struct arena *arena);

/* query.c: fills exchange->query; false: the answer says what is wrong. */
bool query_read(struct exchange *exchange, struct slice query);

/* pool.c. Fails: STATUS_NO_MEMORY, STATUS_IO. */
MUST_CHECK enum status pool_start(struct pool *pool, uint32_t workers, uint32_t queue_max);
/* A place in the queue; false: it is full. Then exactly one pool_push. */
bool pool_reserve(struct pool *pool, bool is_local);
void pool_push(struct pool *pool, struct exchange *exchange);
/* What waits is still run; nothing new gets a place. Returns when the last handler has ended. */
void pool_stop(struct pool *pool);
void pool_free(struct pool *pool);

/* exchange.c: what libmicrohttpd calls. */
void *exchange_begin(void *listener, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_handle(void *listener, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_size, void **inner);
void exchange_end(void *listener, struct MHD_Connection *connection, void **inner,
                  enum MHD_RequestTerminationCode code);
/* On a worker. */
void exchange_run(struct exchange *exchange);

/* link.c */
void link_notify(void *listener, struct MHD_Connection *connection, void **slot,
                 enum MHD_ConnectionNotificationCode code);
/* False: it is doomed, and nothing may be sent any more. */
bool link_enter(struct link *link, enum phase phase, uint64_t deadline_ns);
/* Answer a doomed connection past libmicrohttpd, which takes no answer in the midst of a body. */
void link_refuse(struct link *link, const char *id, const struct guard_refusal *refusal);
static inline struct link *link_of(struct exchange *exchange) {
    return (struct link *)exchange; /* its first member */
}

/* watchdog.c. Fails: STATUS_IO. */
MUST_CHECK enum status watchdog_start(struct http_server *server);
void watchdog_stop(struct http_server *server);
void watchdog_add(struct watchdog *watchdog, struct link *link);
/* Its socket is still open. */
void watchdog_remove(struct watchdog *watchdog, struct link *link);

/* answer.c */
enum MHD_Result answer_send(struct exchange *exchange);
/* The whole answer as bytes, with what every answer has. */
void answer_write_refusal(struct buf *out, const char *id, const struct guard_refusal *refusal);
/* Seconds for Retry-After, so that not all come back at once. */
const char *answer_retry_after(const char *id);
uint64_t http_now_ns(void); /* monotonic */
void http_new_id(struct http_server *server, char ret_id[ID_LENGTH + 1]);

#endif
