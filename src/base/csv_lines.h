/* SPDX-License-Identifier: Apache-2.0
 *
 * On which line of a file a CSV row begins, told from what a parser tells that reports every line end outside of cells:
 * cells may have line ends, and empty lines are no rows. */
#ifndef TG_BASE_CSV_LINES_H
#define TG_BASE_CSV_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

struct csv_lines {   /* {.next = 1} before the first */
    uint64_t line;   /* where the row that ended last begins */
    uint64_t next;   /* where the one behind it begins */
    uint64_t within; /* line ends in the cells of the row so far */
    int end;         /* the byte that ended the row before */
};

/* LF, CR, or both. */
static inline void csv_lines_cell(struct csv_lines *lines, struct slice text) {
    if (text.len == 0 || (memchr(text.ptr, '\n', text.len) == NULL && memchr(text.ptr, '\r', text.len) == NULL))
        return;
    for (size_t i = 0; i < text.len; i++)
        lines->within += text.ptr[i] == '\n' || (text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n'));
}

/* A row ended with a byte (-1: the file did). False: it is none, but an empty line, or LF behind CR. */
static inline bool csv_lines_row(struct csv_lines *lines, bool has_cells, int end) {
    bool is_same = !has_cells && end == '\n' && lines->end == '\r';
    lines->end = end;
    if (is_same)
        return false;
    lines->line = lines->next;
    lines->next = lines->line + 1 + lines->within;
    lines->within = 0;
    return has_cells;
}

#endif
