/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole journal in memory, for programs that measure one step of its processing. */
#ifndef TG_BENCH_LINES_H
#define TG_BENCH_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct journal {
    char *text; /* with readable bytes behind it for the JSON parser */
    size_t len;
};

/* Prints the reason and returns false when the file cannot be read. */
bool journal_read(const char *path, struct journal *ret_journal);
void journal_free(struct journal *journal);
/* Seconds of a steady clock, in nanoseconds. */
long long now_ns(void);

#endif
