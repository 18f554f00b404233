/* SPDX-License-Identifier: Apache-2.0
 *
 * The port through which deliveries leave: many at once, one thread. The adapter is libcurl; tests have their own. */
#ifndef TG_HOOK_TRANSPORT_H
#define TG_HOOK_TRANSPORT_H

#include "base/arena.h"
#include "hook/guard.h"

enum { TRANSPORT_ERROR_MAX = 96 };

struct transport_request {
    uint64_t tag;               /* the caller's */
    const char *url;            /* as guard_url writes it */
    const char *const *headers; /* "name: value" */
    uint32_t header_count;
    struct slice body;
};
struct transport_result {
    uint64_t tag;
    uint32_t status; /* of HTTP; 0: there was no answer */
    uint32_t milliseconds;
    int64_t retry_after;             /* seconds; 0: not asked for */
    char error[TRANSPORT_ERROR_MAX]; /* why there was no whole answer; empty: there was one */
};
struct transport {
    void *context;
    /* Begin; everything is copied. Fails: STATUS_NO_MEMORY. */
    enum status (*send)(void *context, const struct transport_request *request);
    /* Go on for at most so many milliseconds, shorter when something ends or somebody wakes it. Returns how many
     * results were filled. */
    uint32_t (*wait)(void *context, uint32_t milliseconds, struct transport_result *results, uint32_t cap);
    void (*wake)(void *context);  /* from any thread */
    void (*close)(void *context); /* what is under way is dropped */
};

struct curl_options {
    struct guard guard;
    const char *ca_path;      /* certificates to trust; NULL: the system's */
    uint32_t timeout_seconds; /* of a whole request; 0: 30 */
    const char *resolve;      /* "name:port:address", for tests; NULL: the system resolves */
};
/* https (http where the guard allows it), no redirects, no proxies, no credentials, no cookies; every address is
 * checked by the guard between its resolution and its connection; an answer is read up to 64 KiB and thrown away.
 * Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status transport_curl(const struct curl_options *options, struct transport *ret_transport);

#endif
