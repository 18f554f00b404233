/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon that serves a data directory, spoken to over its socket there (docs/daemon.md). */
#ifndef TG_CLI_REMOTE_H
#define TG_CLI_REMOTE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

struct remote;
/* Is one listening there? Fails: STATUS_NOT_FOUND, STATUS_NO_MEMORY. */
MUST_CHECK enum status remote_open(const char *directory, struct remote **ret_remote);
void remote_close(struct remote *remote); /* NULL is let alone */

struct remote_answer {
    long status;     /* of HTTP */
    struct buf body; /* JSON_PADDING readable bytes behind it */
};
/* POST a body (NDJSON) and wait for the answer; when too much waits there, again until it is taken. Fails: STATUS_IO
 * (the daemon has gone: whether it was taken is not known), STATUS_RANGE (a path of more than 3,000 bytes),
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status remote_post(struct remote *remote, const char *path, struct slice body,
                                   struct remote_answer *ret_answer);
/* The same for one JSON object. */
MUST_CHECK enum status remote_post_json(struct remote *remote, const char *path, struct slice body,
                                        struct remote_answer *ret_answer);
/* The same with another method. */
MUST_CHECK enum status remote_request(struct remote *remote, const char *method, const char *path, struct slice body,
                                      struct remote_answer *ret_answer);
void remote_answer_free(struct remote_answer *answer);

/* Complain about what became of a post that is not 200: what the daemon says, or that it has gone. EXIT_FAULT;
 * EXIT_USAGE for what it refuses as the directory would. */
int remote_complain(enum status status, const struct remote_answer *answer);

#endif
