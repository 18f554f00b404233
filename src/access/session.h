/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions: what a browser has instead of a key. A session is proof of the secret that it was begun with, no more: each
 * time it knocks, that secret is judged as if it had come itself, so that a session has the roles of its key and ends
 * with it. They are kept in memory only, by a hash of their token. Any thread may call. */
#ifndef TG_ACCESS_SESSION_H
#define TG_ACCESS_SESSION_H

#include "access/access.h"

enum {
    SESSIONS_MAX = 4096,    /* in all; then the one that was idle longest goes */
    SESSIONS_PER_KEY = 16,  /* then its oldest goes */
    SESSION_IDLE = 3600,    /* seconds without a request, after which it is over */
    SESSION_LIFE = 43200,   /* seconds after which it is over anyway */
    SESSION_TOKEN_LEN = 43, /* digits of base 62: 256 random bits */
};

struct sessions;
MUST_CHECK enum status sessions_new(struct sessions **ret_sessions); /* Fails: STATUS_NO_MEMORY. */
void sessions_free(struct sessions *sessions);                       /* NULL is let alone */

struct session_token { /* NUL-terminated; the caller wipes it */
    char text[SESSION_TOKEN_LEN + 1];
};
/* access_enter with a key; when it enters, a session begins. Failures of an address are counted as there. */
enum access_answer session_begin(struct sessions *sessions, struct access *const *tenants, uint32_t count,
                                 const struct access_knock *knock, struct access_pass *ret_pass,
                                 struct session_token *ret_token);

struct session_knock {
    struct slice token;
    const char *address; /* NULL: of this machine */
    int64_t now_ns;
};
struct session_view {
    int64_t started_ns, ends_ns; /* when it is over, however busy it is */
};
/* ACCESS_ENTERS; ACCESS_UNKNOWN (no such session, over, or its key is); ACCESS_ELSEWHERE, as access_enter. */
enum access_answer session_enter(struct sessions *sessions, struct access *const *tenants, uint32_t count,
                                 const struct session_knock *knock, struct access_pass *ret_pass,
                                 struct session_view *ret_view);
/* What is unknown is over already. */
void session_end(struct sessions *sessions, struct slice token);
/* How many there are that are not known to be over. */
uint32_t session_count(struct sessions *sessions);

#endif
