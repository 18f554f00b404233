/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the daemon: checks of the gate over HTTP, and what they hand out. */
#ifndef TG_SERVER_ADMIT_H
#define TG_SERVER_ADMIT_H

#include "cxx/json.h"
#include "server/server_private.h"

/* What is asked. */
struct check {
    struct live_question question;
    const struct json_token *hold; /* an object: something is to be set apart; NULL: nothing is */
};
/* What is answered. */
struct checked {
    struct live_answer answer;
    struct slice lease;     /* names what was taken, for settle and release; empty: nothing was */
    struct slice hold_id;   /* of the hold; empty: there is none */
    int64_t expires_ns;     /* of what was taken */
    struct slice hold_said; /* why the journal did not take the hold; empty: it did, or nobody asked */
};

/* 200, or the status that tells the refusal. */
uint16_t admit_status(const struct checked *checked);
/* RateLimit, RateLimit-Policy, Retry-After. */
void admit_fields(const struct checked *checked, const struct http_request *request, struct http_answer *answer);
/* The members of an answer; the object around them is the caller's. */
void admit_members(const struct check *check, const struct checked *checked, struct json_writer *writer);
/* A whole answer: 200 with the object, or a problem that has the same members. */
void admit_answer(const struct check *check, const struct checked *checked, const struct http_request *request,
                  struct http_answer *answer);

/* ---- what a lease is called ---- */

enum { LEASE_TEXT = 34 }; /* "l-", the number, and what proves that this process gave it to this tenant */
struct lease_giver {
    const struct server *server;
    const struct tenant *tenant;
};
void lease_write(struct lease_giver giver, uint64_t lease, char text[LEASE_TEXT]);
/* False: no such lease was given to this tenant. */
bool lease_read(struct lease_giver giver, struct slice text, uint64_t *ret_lease);
/* A hold and whose it is, fit for a path. ptr NULL: memory is out. */
struct slice lease_of_hold(struct slice hold_id, struct slice account, struct arena *arena);
/* The same back. False: it is none. */
bool lease_split(struct slice text, struct arena *arena, struct slice *ret_hold_id, struct slice *ret_account);

#endif
