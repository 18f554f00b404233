/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists: {"items":[…],"next":"cursor"|null}, asked for by ?limit=&cursor=. */
#ifndef TG_SERVER_LISTS_H
#define TG_SERVER_LISTS_H

#include "base/json_writer.h"
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
void list_begin(struct json_writer *writer);
void list_end(struct json_writer *writer, struct slice next); /* empty: there is no more */

#endif
