/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages with a place, as a compiler prints them: file:line:column, reason, source line, caret, remedy.
 * Library code fills a list; only the command line prints it. */
#ifndef TG_BASE_DIAG_H
#define TG_BASE_DIAG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

struct source_file {
    struct slice path; /* as the user wrote it */
    struct slice text;
};

struct place {
    const struct source_file *file; /* NULL: no place */
    uint32_t line, column;          /* from 1; column counts bytes */
    uint32_t length;                /* bytes to underline; 0 = one caret */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct diag {
    enum severity severity;
    struct place place;
    struct slice text;
    struct slice hint; /* remedy or "did you mean"; may be empty */
};

struct diags {
    struct arena arena;
    struct diag *list;
    uint32_t count, cap;
    uint32_t error_count;
};

/* hint may be NULL. Text is copied. When memory is out only error_count moves. */
PRINTF(5, 6)
void diags_add(struct diags *diags, enum severity severity, struct place place, const char *hint, const char *format,
               ...);
/* Sort by file and place, drop exact repeats. Notes stay behind the message they were added after. */
void diags_sort(struct diags *diags);
/* Print all: `path:line:col: error: text`, source line, caret, `  = help: hint`. */
void diags_print(const struct diags *diags, bool color, struct buf *out);
void diags_free(struct diags *diags);

#endif
