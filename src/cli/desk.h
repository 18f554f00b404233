/* SPDX-License-Identifier: Apache-2.0
 *
 * Verbs on the keys of a data directory: by the daemon that serves it, or, when none does, on the directory itself,
 * with the same lines in the audit log. */
#ifndef TG_CLI_DESK_H
#define TG_CLI_DESK_H

#include "access/access.h"
#include "access/audit.h"
#include "cli/data.h"
#include "cli/remote.h"

#define OPTION_PEPPER                                                                                                  \
    {                                                                                                                  \
        "pepper-file", "FILE", "the secret that hashes of keys are made with; default: pepper in the directory", NULL, \
            false                                                                                                      \
    }

struct desk {
    const struct call *call;
    const char *directory;
    struct arena arena;
    int64_t now_ns;
    struct slice actor;    /* "local:1000" */
    struct remote *remote; /* the daemon; then the rest is NULL */
    struct store *store;
    struct access *access;
    struct audit *audit; /* only for writing */
};
enum desk_mode {
    DESK_READ,
    DESK_WRITE, /* or the daemon that serves the directory */
    DESK_RESET, /* as DESK_WRITE, without keys and pepper, which may be lost, and without a daemon */
};
/* EXIT_DONE, or the exit code after a complaint; close in every case. */
int desk_open(const struct call *call, enum desk_mode mode, struct desk *ret_desk);
void desk_close(struct desk *desk);
/* Say in the audit log what is going to be done. EXIT_DONE, or EXIT_FAULT after a complaint: it must not be done. */
int desk_begin(struct desk *desk, const char *action, struct slice object, uint64_t *ret_seq);
/* And what came of it. */
void desk_end(struct desk *desk, const char *action, struct slice object, uint64_t seq, enum status status);
/* Ask the daemon; the answer is text in the arena. EXIT_DONE, or EXIT_FAULT after a complaint. */
int desk_ask(struct desk *desk, const char *path, struct slice body, struct slice *ret_answer);

#endif
