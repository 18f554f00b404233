/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.1 of the daemon: a strict guard in front of libmicrohttpd, one table of routes, answers and problems. What a
 * request means is the handler's; what is malformed, too large, too slow or unknown never reaches one. */
#ifndef TG_HTTP_HTTP_H
#define TG_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/* HEAD is GET without its body; OPTIONS is answered here. */
enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };
enum { HTTP_PARAMS_MAX = 4, HTTP_FIELDS_MAX = 16, HTTP_BODY_PADDING = 64 };

struct http_peer {
    bool is_local; /* over the UNIX socket; then uid and pid are the system's word */
    uint32_t uid, pid;
    char address[48]; /* of the network, without the port; empty: local */
};

struct http_route;
struct http_request {
    enum http_method method;
    const struct http_route *route;
    struct slice path;                    /* as it was sent, without the query */
    struct slice params[HTTP_PARAMS_MAX]; /* of the route's {names} in their order, percent-decoded */
    struct slice media_type;              /* of the body, lower case, without parameters; empty: none said */
    struct slice body;                    /* whole; HTTP_BODY_PADDING readable bytes behind it */
    struct http_peer peer;
    struct slice id;     /* of the request, ours: in the answer, the log, every problem */
    struct slice trace;  /* traceparent, well-formed; empty: none */
    bool is_pooled;      /* the handler may wait */
    const void *actor;   /* what `enter` found */
    struct arena *arena; /* lives until the answer is sent */
    void *inner;
};
/* ptr NULL: it was not sent. Names without regard to case. */
struct slice http_header(const struct http_request *request, const char *name);
/* Percent-decoded, a plus is a space; ptr NULL: it was not sent. What comes twice or is unknown was refused before. */
struct slice http_query(const struct http_request *request, const char *name);

struct http_field {
    struct slice name, value;
};
struct http_answer {
    uint16_t status;        /* 0 becomes 200 */
    const char *media_type; /* NULL: application/json; static */
    const char *cache;      /* Cache-Control; NULL: no-store; static */
    const char *policy;     /* Content-Security-Policy; NULL: nothing may be loaded; static or of the request's arena */
    struct buf body;        /* owned; freed once sent */
    bool is_secret;         /* the body is wiped before it is freed; make room for all of it first */
    struct http_field fields[HTTP_FIELDS_MAX];
    uint32_t field_count;
};
/* name: static; value: static or of the request's arena. More than HTTP_FIELDS_MAX is a bug. */
void http_field(struct http_answer *answer, const char *name, struct slice value);
/* The whole answer becomes a problem (RFC 9457): code is stable ("unknown-account"), detail says what is wrong and the
 * remedy. Fields that were set before are forgotten. */
PRINTF(5, 6)
void http_problem(const struct http_request *request, struct http_answer *answer, uint16_t status, const char *code,
                  const char *detail, ...);
/* One more place that is wrong in the body ("/data/quantity"), behind http_problem. */
PRINTF(4, 5)
void http_problem_at(const struct http_request *request, struct http_answer *answer, struct slice pointer,
                     const char *detail, ...);

/* A reader's condition: sets ETag (`"..."`, of the request's arena) and a Cache-Control that makes caches ask again.
 * True: the client has it already (If-None-Match), the answer is 304, and no body is needed. */
bool http_is_unchanged(const struct http_request *request, struct http_answer *answer, struct slice etag);
/* A writer's condition: If-Match and If-None-Match against what is there now (etag empty: nothing). False: the answer
 * has become 412. */
bool http_may_change(const struct http_request *request, struct http_answer *answer, struct slice etag);

/* A fault (anything but STATUS_OK) is answered 500 (503 for STATUS_NO_MEMORY) without its inside. */
typedef enum status http_handler(void *context, const struct http_request *request, struct http_answer *answer);

enum http_where {
    HTTP_INLINE, /* memory only, never waits */
    HTTP_POOLED,
    HTTP_EITHER, /* inline; when it answers STATUS_BUSY it is called once more, pooled (request->is_pooled) */
};
struct http_route {
    enum http_method method;
    const char *path; /* "/v1/accounts/{account}/orders"; a fixed part wins over a {name} */
    uint32_t access;  /* what `enter` compares: the server's role bits; 0: for everybody */
    enum http_where where;
    uint32_t body_max; /* bytes; 0: no body */
    const char *query; /* "limit cursor": the parameters that it knows */
    http_handler *handle;
    const char *name; /* of the operation: "order_create" */
    const char *summary;
};

struct http_done {                      /* for the access log and for metrics */
    const struct http_request *request; /* NULL: refused before there was one */
    const struct http_route *route;     /* NULL: none matched */
    uint16_t status;                    /* 0: the client left before it was answered */
    uint64_t bytes, microseconds;
};
struct http_stats {
    uint64_t connections, under_way, waiting; /* now: open; requests that began; of them for a worker */
    uint64_t body_bytes;                      /* now, of all bodies */
    uint64_t timeouts, busy;                  /* since the start: 408 and slow readers; 503 for want of room */
};
struct http_limits {
    uint32_t connections;    /* open at once on a listener */
    uint32_t per_address;    /* of them from one network address */
    uint32_t threads;        /* of a network listener */
    uint32_t workers;        /* that run HTTP_POOLED handlers */
    uint32_t queue;          /* requests that wait for a worker */
    uint32_t idle_seconds;   /* between requests */
    uint32_t header_seconds; /* for the head of a new connection's first request, or from its first line on */
    uint32_t grace_seconds;  /* of a body, and then it must come at */
    uint32_t body_rate;      /* bytes a second at least, and be whole after */
    uint32_t body_seconds;
    uint32_t answer_seconds; /* until the whole answer has been taken */
    uint64_t body_memory;    /* bytes that all bodies may take together */
};
struct http_options {
    const struct http_route *routes;
    uint32_t route_count;
    void *context;
    /* Who asks, and may they? Fills request->actor, or makes the answer a problem and returns false. It runs before the
     * body is read, on a thread that must not wait. */
    bool (*enter)(void *context, struct http_request *request, struct http_answer *answer);
    void (*done)(void *context, const struct http_done *done); /* from any thread; NULL: nobody is told */
    struct http_limits limits;                                 /* zeros: the defaults */
};

struct http_server;
/* Raises the process's limit of descriptors as far as it may. Fails: STATUS_NO_MEMORY; STATUS_IO (a thread cannot be
 * started); STATUS_INVALID (two routes are the same). */
MUST_CHECK enum status http_new(const struct http_options *options, struct http_server **ret_server);
/* Listen on a bound, listening socket (systemd's, or one that was made by http_bind_*); the server owns it then.
 * Fails: STATUS_IO; STATUS_RANGE (more than 8 sockets). */
MUST_CHECK enum status http_serve(struct http_server *server, int socket, bool is_local);
/* Fails: STATUS_CONFLICT (taken), STATUS_IO, STATUS_INVALID; *ret_error (arena) says why and the remedy. */
MUST_CHECK enum status http_bind_unix(const char *path, uint32_t mode, struct arena *arena, int *ret_socket,
                                      struct slice *ret_error);
/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; port 0 lets the system choose. An address that is not loopback is
 * refused unless is_public_allowed. */
MUST_CHECK enum status http_bind_tcp(struct slice address_port, bool is_public_allowed, struct arena *arena,
                                     int *ret_socket, struct slice *ret_error);
void http_stats_read(struct http_server *server, struct http_stats *ret_stats);
/* No new connections: they wait in the queue of the socket, for the next process that has it. Returns when every
 * request that had begun is answered, or after `seconds`. */
void http_drain(struct http_server *server, uint32_t seconds);
/* Waits for handlers that still run. NULL is let alone. */
void http_free(struct http_server *server);

#endif
