/* SPDX-License-Identifier: Apache-2.0
 *
 * Two persons, over HTTP: a handler that may not do at once what it was asked for proposes it instead, and whoever
 * approves it has it done (server/approvals.def). */
#ifndef TG_SERVER_APPROVALS_H
#define TG_SERVER_APPROVALS_H

#include "access/approval.h"
#include "server/once.h"
#include "server/server.h"

/* Keep what was asked for as a proposal of the request's actor, once: by, request and now_ns are filled in here. The
 * answer becomes 202 with the proposal and its place, or a problem. False: a problem. */
bool server_propose(const struct once *once, struct proposal *proposal);

/* An approved proposal that is to be done. */
struct approval_run {
    struct server *server;
    const struct http_request *request; /* of who approves */
    const struct approval *approval;
    struct http_answer *answer;
    bool is_failed;      /* it cannot be done, now or later */
    struct slice result; /* what came of it, in words; of the request's arena */
};
/* Do it. It must be harmless to do it twice. False: it was not done, and the answer is a problem that says when to try
 * again; approving again does. */
typedef bool approval_function(struct approval_run *run);
#define APPROVAL(action, function) approval_function function;
#include "server/approvals.def"
#undef APPROVAL

#endif
