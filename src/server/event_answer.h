/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the daemon: what is told of one usage event. */
#ifndef TG_SERVER_EVENT_ANSWER_H
#define TG_SERVER_EVENT_ANSWER_H

#include "server/server_private.h"

/* Of an event that the daemon wrote: places in it mean nothing to the client. */
MUST_CHECK enum status event_answer(const struct http_request *request, const struct reply *reply,
                                    struct http_answer *answer);

#endif
