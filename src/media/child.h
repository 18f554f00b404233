/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that is not to be trusted with what it reads: without a shell, an environment or anything else of ours,
 * under limits, and ended when it takes too long or says too much. */
#ifndef TG_MEDIA_CHILD_H
#define TG_MEDIA_CHILD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

enum { CHILD_FILE = 3 }; /* the descriptor that the child finds the file under */

struct child {
    const char *program;      /* an absolute path */
    const char *const *words; /* of its command line, the name first, NULL last */
    int file;                 /* what it is to read; nothing else of ours is open in it */
    uint32_t seconds;         /* the most it may take, of the clock and of the processor */
    uint64_t output_max;      /* bytes */
    /* Every piece of its standard output. Fails: what child_run is to return; the child is ended. */
    enum status (*take)(void *context, struct slice piece);
    void *context;
};

enum child_end { CHILD_DONE, CHILD_FAILED, CHILD_MISSING, CHILD_TOO_LONG, CHILD_TOO_MUCH };
/* Run it to its end. *ret_end: DONE is the exit status 0; FAILED another one, or a signal. What it said on standard
 * error is appended to `complaints`, at most 4 KiB. Fails: STATUS_IO (no process, no pipe), and as `take`. */
MUST_CHECK enum status child_run(const struct child *child, struct buf *complaints, enum child_end *ret_end);

#endif
