/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that are done once, however often they come (Idempotency-Key). Before anything is done it is written down
 * under the key who it is and when, afterwards what was answered: who repeats the request gets that answer, and one
 * that a crash has cut off is done again under the same name. */
#ifndef TG_SERVER_ONCE_H
#define TG_SERVER_ONCE_H

#include "http/http.h"
#include "server/answers.h"

struct once {
    const struct http_request *request;
    struct http_answer *answer;
    bool has_key;
    struct slice id;   /* of the request, random: the same each time it comes */
    int64_t at_ns;     /* when it came first */
    bool is_again;     /* it was begun before, and nobody knows how far it came */
    struct slice mark; /* as it was then */
    /* By who shows a secret: where the thing is that it belongs to ("/v1/keys/…"). Then the answer is kept nowhere, and
     * who repeats the request is told that the secret was shown. */
    struct slice secret_of;
};
typedef enum status once_function(void *context, struct once *once);
enum once_rule {
    ONCE_IF_KEYED, /* who sends a key is answered by it */
    ONCE_KEYED,    /* without a key it is refused */
    ONCE_ANYHOW,   /* as ONCE_IF_KEYED, and it is done also when nothing can be written down */
};
struct once_task {
    enum once_rule rule;
    struct slice mark; /* how what will be changed looks now, as text; empty: nobody will ask for it */
    once_function *function;
    void *context;
};
/* Do what the request asks for. What is wrong in form (400, 404, 413, 415, 422) leaves the key free; with a 5xx, or a
 * fault, the request stays begun. Fails as the function, and STATUS_INVALID, STATUS_NO_MEMORY, STATUS_IO. */
MUST_CHECK enum status once_run(const struct http_request *request, struct http_answer *answer,
                                const struct once_task *task);
/* For what may be done twice and comes to the same: the handler of a route. */
MUST_CHECK enum status once_handle(const struct http_request *request, struct http_answer *answer,
                                   http_handler *handler, void *context);
/* The answer to who repeats a request whose secret was shown, or may have been. */
void once_refuse_secret(const struct once *once, struct slice secret_of);

#endif
