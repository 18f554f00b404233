/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists over HTTP. */
#include "server/lists.h"

bool list_query_read(const struct http_request *request, struct http_answer *answer, struct list_query *ret_query) {
    struct slice limit = http_query(request, "limit"), cursor = http_query(request, "cursor");
    uint64_t number = LIST_LIMIT;
    if (limit.ptr != NULL && (!slice_number(limit, LIST_LIMIT_MAX, &number) || number == 0)) {
        http_problem(request, answer, 400, "invalid-parameter", "\"limit\" is a whole number from 1 to %d.",
                     LIST_LIMIT_MAX);
        return false;
    }
    *ret_query = (struct list_query){(uint32_t)number, cursor.ptr != NULL ? cursor : SLICE("")};
    return true;
}

enum status list_cursor_wrong(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 400, "invalid-parameter", "\"cursor\" is what \"next\" of an earlier answer was.");
    return STATUS_OK;
}
