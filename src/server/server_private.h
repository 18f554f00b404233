/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the daemon: what its handlers share. */
#ifndef TG_SERVER_SERVER_PRIVATE_H
#define TG_SERVER_SERVER_PRIVATE_H

#include <stdatomic.h>

#include "access/audit.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/routes.h"

struct server {
    struct tenant *tenants;
    uint32_t tenant_count;
    struct http_server *http;
    atomic_bool is_draining;
    atomic_bool is_replaying;       /* somebody reads a whole journal: one at a time */
    atomic_uint planning;           /* plans that are being made */
    struct metrics_route *requests; /* one for each route, and one for what matched none */
    struct log *log;                /* NULL: nobody wants to know */
    int64_t started_ns;
    const char *head_key_path; /* read for each head that is signed: the secret stays nowhere. NULL: none is */
    struct sessions *sessions; /* of the console */
    uint8_t lease_key[16];     /* random: proves that a lease was given by this process */
    struct arena arena;        /* lives as long as the server */
};

/* The answer to a failure of live_submit: a problem that says whether to come again, and when. */
void server_refuse(const struct http_request *request, struct http_answer *answer, enum status status);
/* A request is refused because nothing can be written; server_care tells the log. */
void server_unwritten(struct tenant *tenant);
/* Who asks, and may they (http_options.enter). */
bool server_enter(void *context, struct http_request *request, struct http_answer *answer);
/* What was answered (http_options.done). */
void server_done(void *context, const struct http_done *done);
/* Open a tenant's audit log; what it was found to lack is told in the log of the daemon. Fails as audit_open. */
MUST_CHECK enum status server_audit_open(struct server *server, struct tenant *tenant, struct slice *ret_error);
/* What every entry of the audit log about a request says, done by that actor: the result and what was sent are not in
 * it. */
struct audit_entry server_audit_entry(const struct http_request *request, const struct actor *actor);
/* The tenant of that name; NULL: there is none. */
struct tenant *server_tenant_find(struct server *server, struct slice name);

#endif
