/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate ingest, where a daemon keeps the book. */
#ifndef TG_CLI_INGEST_H
#define TG_CLI_INGEST_H

#include "book/book.h"
#include "cli/common.h"
#include "cli/remote.h"

struct ingest_remote {
    struct remote *remote;
    const char *path; /* of the requests, with what belongs to all of them */
    int64_t now_ns;   /* --now; INSTANT_MIN: not given */
    bool is_told;     /* that the daemon goes by its own clock */
    const struct journal_options *journal;
    struct book_intake total;
    struct journal_progress done; /* of this file */
};
/* Send a file ("-": standard input), block by block; what a block holds is durable before the next one is sent.
 * EXIT_DONE, or the exit code after a complaint. */
int ingest_remote_file(struct ingest_remote *ingest, const char *path);

#endif
