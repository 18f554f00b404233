/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon: tenants, each a book in service, behind one table of routes (server/routes.def). Here the layers below
 * meet: http brings requests, access says who asks, live keeps the books. Handlers are in routes_*.c. */
#ifndef TG_SERVER_SERVER_H
#define TG_SERVER_SERVER_H

#include <stdatomic.h>

#include "access/access.h"
#include "hook/guard.h"
#include "http/http.h"
#include "live/live.h"

enum {
#define OUTCOME_ONE(name, text) +1
    OUTCOME_COUNT = 0 OUTCOME_TABLE(OUTCOME_ONE)
#undef OUTCOME_ONE
};

struct answers;
struct hooks;
/* A book in service, with everything that belongs to it alone. */
struct tenant {
    struct slice name;
    const char *directory;
    struct slice place; /* "device:inode" of the directory: what local programs know it by (Tollgate-Data) */
    struct live *live;
    struct access *access;                         /* its keys */
    struct audit *audit;                           /* its audit log */
    struct hooks *hooks;                           /* its webhooks */
    struct answers *answers;                       /* for requests that come again */
    atomic_uint_least64_t outcomes[OUTCOME_COUNT]; /* of documents that were handed in */
    atomic_uint_least64_t reloads, bad_reloads;    /* of tariffs */
    atomic_uint_least64_t unwritten;               /* requests that were refused because nothing could be written */
    atomic_uint_least64_t written_then;            /* batches at the last of them */
    uint64_t unwritten_told;                       /* of server_care: refusals at its last look */
    bool is_telling;                               /* likewise: the log says that nothing can be written */
    bool is_ahead;                                 /* likewise: that the clock was set back */
};
/* Who asks. Made from the credential, lives in the request's arena. */
struct actor {
    struct tenant *tenant;
    uint32_t roles;
    struct slice key_id;  /* "local:1000" over the socket: never a secret */
    struct slice account; /* a customer's key: the only account; empty: all */
};
/* NULL on a route for everybody when nobody said who they are. */
static inline const struct actor *request_actor(const struct http_request *request) {
    return request->actor;
}
static inline struct tenant *request_tenant(const struct http_request *request) {
    return request_actor(request)->tenant;
}
static inline struct live *request_live(const struct http_request *request) {
    return request_tenant(request)->live;
}

/* ---- for handlers, whose context is the struct server ---- */

struct server;
/* Documents of a request, JSON texts with one object each. */
struct server_intake {
    const struct slice *documents;
    uint32_t count;
    struct reply *replies; /* one for each, filled in; the caller's, or NULL: of the request's arena */
    bool is_rehearsal;     /* nothing changes */
    bool is_ingest;        /* usage events alone, of the actor's account; not rehearsed */
    struct slice backfill; /* that they belong to; empty: none */
};
/* live_submit (or live_rehearse), counted for /metrics. False: nothing was taken and the answer is a problem that says
 * why and when to come again (503 with Retry-After). Pooled handlers only. */
bool server_submit(struct server *server, const struct http_request *request, struct server_intake *intake,
                   struct http_answer *answer);

/* ---- the life of the daemon ---- */

struct server_tenant {
    const char *name, *directory;
};
struct server_webhooks {
    struct guard guard;  /* where they may go */
    const char *ca_path; /* certificates that receivers are known by; NULL: the system's */
};
struct log;
struct server_options {
    const struct server_tenant *tenants;
    uint32_t tenant_count;     /* at least 1 */
    struct live_options live;  /* of every book */
    struct http_limits limits; /* zeros: the defaults */
    const char *pepper_path;   /* of every tenant's keys; NULL: as access_open finds it */
    const char *head_key_path; /* a secret key (book/head.h) that signs heads; NULL: none does */
    struct log *log;           /* the caller's; NULL: no log */
    struct server_webhooks webhooks;
};
/* Open every book for writing. Fails as live_open; *ret_error (arena) says which one and why. */
MUST_CHECK enum status server_open(const struct server_options *options, struct arena *arena,
                                   struct server **ret_server, struct slice *ret_error);
/* Answer requests on a listening socket; the server owns it then. Fails as http_serve. */
MUST_CHECK enum status server_listen(struct server *server, int socket, bool is_local);
uint32_t server_tenants(const struct server *server, struct tenant **ret_tenants);
/* Let the tariffs at `path` (base_dir: what they may extend) hold for a tenant. False: they were refused whole, with
 * the mistakes in the log, and what held before goes on. */
bool server_reload(struct server *server, struct tenant *tenant, const char *path, const char *base_dir);
/* What is to be done now and then, every few seconds or minutes. */
void server_care(struct server *server);
/* From now on /readyz says no, so that whoever balances load looks elsewhere. */
void server_not_ready(struct server *server);
/* No new connections; what had begun is answered, or given up after `seconds`. Then every book is closed, which writes
 * its snapshot. NULL is let alone. */
void server_close(struct server *server, uint32_t seconds);

#endif
