/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard: whether the head of a request is exactly what RFC 9112 allows, and so little of it that two readers cannot
 * understand it in two ways. libmicrohttpd reads tolerantly, but in place: it leaves the head where it received it and
 * puts NULs over what it took for separators, so that the head can be read again, strictly. A pure function. */
#ifndef TG_HTTP_GUARD_H
#define TG_HTTP_GUARD_H

#include "http/http.h"

enum { GUARD_FIELDS_MAX = 64, GUARD_HEAD_MAX = 8192, GUARD_LINE_MAX = 4096 };

struct guard_refusal {
    uint16_t status;
    const char *code, *detail;
};

struct guard_head {
    /* From the method to the end of the empty line: CR, LF, the colon of a field and the spaces of the request line are
     * NUL now; in the target the question mark and what separates parameters are too. */
    struct slice block;
    struct slice target; /* a copy, made before that */
    /* How many fields were found at the first reading: NULs that were sent may look like the end of a line, but they
     * ended none then. */
    uint32_t field_count;
};

struct guard_found { /* slices into the head */
    struct slice method;
    struct slice path, query;
    uint32_t field_count;
    bool is_old; /* HTTP/1.0: the connection ends with the answer */
    bool has_length, is_chunked, expects_continue;
    uint64_t length;
    struct http_field fields[GUARD_FIELDS_MAX]; /* the first field_count; values without spaces around them */
};

/* NULL: it is well-formed. Else why not (static); ret_found is then unspecified. After any refusal the connection must
 * be closed. */
const struct guard_refusal *guard_check(const struct guard_head *head, struct guard_found *ret_found);

#endif
