/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /v1/openapi.json: docs/openapi.json, which is a part of the program. */
#include "server/routes.h"

extern const char openapi_bytes[];
extern const unsigned long openapi_bytes_size;
#include "openapi_bytes.inc"

enum status openapi_get(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    (void)request;
    buf_append(&answer->body, (struct slice){openapi_bytes, openapi_bytes_size});
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
