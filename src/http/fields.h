/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of fields: what clients send, read strictly, and what is written for them. Pure functions; nothing that is
 * read is changed or kept. */
#ifndef TG_HTTP_FIELDS_H
#define TG_HTTP_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

enum { FIELDS_KEY_MAX = 255 };

/* Idempotency-Key: a structured-field string ("8e03978e", draft-ietf-httpapi-idempotency-key-header-07) or the same
 * bare, as most clients send it: 1 to 255 visible ASCII characters. ptr NULL: it is neither, or memory is out. */
struct slice fields_idempotency_key(struct slice value, struct arena *arena);

/* A traceparent (W3C Trace Context, level 1): version, trace and parent in small hexadecimal, neither all zero. Later
 * versions may have more behind the flags. */
bool fields_is_traceparent(struct slice value);

struct fields_media {     /* of the arena */
    struct slice type;    /* "application/json", lower case; ptr NULL: malformed, or memory is out */
    struct slice charset; /* lower case; empty: none said */
};
struct fields_media fields_media_type(struct slice value, struct arena *arena);

/* The best of `offers` ("text/csv") for an Accept (RFC 9110 12.5.1): highest quality, then the first. The first when
 * nothing was sent; count when none is accepted or the field is malformed. */
uint32_t fields_accept(struct slice value, const char *const *offers, uint32_t count);

/* An entity tag's list (If-Match, If-None-Match: "a", W/"b", *) has `tag` (with its quotes). Strong comparison takes no
 * weak ones. */
bool fields_has_tag(struct slice list, struct slice tag, bool is_strong);

/* One item of RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10). */
struct fields_limit {
    struct slice name;       /* of the policy; what a structured string cannot have becomes an underscore */
    const char *unit;        /* "requests", "content-bytes", "concurrent-requests"; NULL: requests */
    uint64_t quota;          /* at most 10^15 - 1, as all integers here */
    uint64_t window_seconds; /* 0: none */
    uint64_t remaining, reset_seconds;
    bool has_reset;
};
/* `"burst";q=100;w=1, "slots";q=5;qu="concurrent-requests"` */
void fields_ratelimit_policy(struct buf *out, const struct fields_limit *limits, uint32_t count);
/* `"burst";r=3;t=1, "slots";r=0` */
void fields_ratelimit(struct buf *out, const struct fields_limit *limits, uint32_t count);

#endif
