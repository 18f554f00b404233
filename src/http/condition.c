/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditional requests (RFC 9110 13): nothing is sent twice, nothing is changed that somebody else changed before. */
#include "http/fields.h"
#include "http/http.h"

bool http_is_unchanged(const struct http_request *request, struct http_answer *answer, struct slice etag) {
    struct slice known = http_header(request, "If-None-Match");
    http_field(answer, "ETag", etag);
    /* Whoever may keep it must still ask. */
    answer->cache = "private, no-cache";
    if (known.ptr == NULL || request->method != HTTP_GET || !fields_has_tag(known, etag, false))
        return false;
    answer->status = 304;
    return true;
}

bool http_may_change(const struct http_request *request, struct http_answer *answer, struct slice etag) {
    struct slice wanted = http_header(request, "If-Match"), unwanted = http_header(request, "If-None-Match");
    if ((wanted.ptr == NULL || (etag.len > 0 && fields_has_tag(wanted, etag, true))) &&
        (unwanted.ptr == NULL || etag.len == 0 || !fields_has_tag(unwanted, etag, false)))
        return true;
    http_problem(request, answer, 412, "changed",
                 "It is no longer what If-Match or If-None-Match says; read it again.");
    if (etag.len > 0)
        http_field(answer, "ETag", etag);
    return false;
}
