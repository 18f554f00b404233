/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of lists whose cursors are numbers: ?limit=&cursor=. The others are in server/read.h. */
#ifndef TG_SERVER_LISTS_H
#define TG_SERVER_LISTS_H

#include "http/http.h"

#define LIST_LIMIT 100
#define LIST_LIMIT_MAX 1000

struct list_query {
    uint32_t limit;
    struct slice cursor; /* empty: from the first */
};
/* False: the answer is a problem (400). */
bool list_query_read(const struct http_request *request, struct http_answer *answer, struct list_query *ret_query);
/* The answer becomes a problem: this cursor was not given by this list. */
enum status list_cursor_wrong(const struct http_request *request, struct http_answer *answer);

#endif
