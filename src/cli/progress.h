/* SPDX-License-Identifier: Apache-2.0
 *
 * How far reading a journal has come, on standard error: a line that is rewritten on a terminal and erased at the end,
 * or one line every ten seconds elsewhere. Nothing in the first second. */
#ifndef TG_CLI_PROGRESS_H
#define TG_CLI_PROGRESS_H

#include "engine/engine.h"

struct progress {
    bool is_terminal;
    int64_t started_ns, shown_ns; /* monotonic clock; shown 0: never */
};

/* Hook the display into the options when standard error is a terminal, or when it was asked for. */
void progress_start(struct progress *progress, bool is_forced, struct journal_options *options);
/* The next file: rate and ETA count from here. */
void progress_restart(struct progress *progress);
/* Erase what a terminal shows. */
void progress_end(struct progress *progress);

#endif
