/* SPDX-License-Identifier: Apache-2.0
 *
 * Aligned columns for people. Cells are collected, then printed once their widths are known. */
#ifndef TG_EXPORT_GRID_H
#define TG_EXPORT_GRID_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

#define GRID_COLUMNS_MAX 14

struct grid_row;
struct grid {
    struct arena arena;
    const char *layout; /* one letter per column: l left, r right */
    struct grid_row *first, *last;
    uint32_t cell_index; /* in the last row */
    bool has_header;     /* the first row is one */
    bool failed;         /* memory was out: rows are missing */
};

/* Forget the rows and start over with another layout (at most GRID_COLUMNS_MAX letters). */
void grid_start(struct grid *grid, const char *layout, bool has_header);
/* Next cell of the current row; a full row is followed by a new one. Text is copied. */
void grid_cell(struct grid *grid, struct slice text);
PRINTF(2, 3) void grid_printf(struct grid *grid, const char *format, ...);
/* Leave the rest of the current row empty. */
void grid_row_end(struct grid *grid);
/* A row of running text that does not take part in the columns. */
void grid_text(struct grid *grid, struct slice text);
void grid_print(const struct grid *grid, unsigned indent, bool color, struct buf *out);
void grid_free(struct grid *grid);

/* Append text from outside for a terminal: control characters, which could steer it, become question marks. */
void buf_visible(struct buf *out, struct slice text);

#endif
