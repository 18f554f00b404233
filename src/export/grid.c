/* SPDX-License-Identifier: Apache-2.0
 *
 * Aligned columns. Width is counted in code points, which is right for everything tariffs print. */
#include "export/grid.h"

#include <assert.h>

struct grid_row {
    struct slice cells[GRID_COLUMNS_MAX];
    size_t widths[GRID_COLUMNS_MAX];
    bool is_text;
    struct grid_row *next;
};

/* Printable ASCII only, as nearly all text is: shown as it is, a column a byte. Eight bytes at a time. */
static bool is_plain(struct slice text) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    size_t at = 0;
    for (; text.len - at >= sizeof ones; at += sizeof ones) {
        uint64_t word;
        memcpy(&word, text.ptr + at, sizeof word);
        if (((word | (word - ones * 0x20) | ((word ^ ones * 0x7F) - ones)) & high) != 0)
            return false;
    }
    for (; at < text.len; at++) {
        if ((unsigned char)text.ptr[at] < 0x20 || (unsigned char)text.ptr[at] >= 0x7F)
            return false;
    }
    return true;
}

static size_t text_width(struct slice text) {
    size_t width = 0;
    if (is_plain(text))
        return text.len;
    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return width;
}

/* What ends lines or turns the direction of the text around it: U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
static bool is_turning(const char *at) {
    unsigned char second = (unsigned char)at[1], third = (unsigned char)at[2];
    return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE))) ||
           (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

/* Bytes of the control character at i: C0, DEL, in UTF-8 C1 or one that turns; 0 when it is none. */
static size_t control_length(struct slice text, size_t i) {
    unsigned char c = (unsigned char)text.ptr[i];
    bool is_c1 = c == 0xC2 && i + 1 < text.len && ((unsigned char)text.ptr[i + 1] & 0xE0) == 0x80;
    if (is_c1)
        return 2;
    if (c == 0xE2 && i + 2 < text.len && is_turning(text.ptr + i))
        return 3;
    return c < 0x20 || c == 0x7F ? 1 : 0;
}

void buf_visible(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.len;) {
        size_t length = control_length(text, i);
        buf_char(out, length > 0 ? '?' : text.ptr[i]);
        i += length > 0 ? length : 1;
    }
}

static bool is_visible(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (control_length(text, i) > 0)
            return false;
    }
    return true;
}

static struct slice visible_copy(struct arena *arena, struct slice text) {
    struct buf visible = {0};
    if (is_plain(text) || is_visible(text))
        return arena_copy(arena, text);
    buf_visible(&visible, text);
    struct slice copy = visible.failed ? (struct slice){NULL, 0} : arena_copy(arena, buf_slice(&visible));
    buf_free(&visible);
    return copy;
}

void grid_start(struct grid *grid, const char *layout, bool has_header) {
    assert(strlen(layout) >= 1 && strlen(layout) <= GRID_COLUMNS_MAX);
    arena_reset(&grid->arena);
    grid->layout = layout;
    grid->first = grid->last = NULL;
    grid->cell_index = 0;
    grid->has_header = has_header;
}

static struct grid_row *grid_row_new(struct grid *grid) {
    struct grid_row *row = ARENA_NEW(&grid->arena, struct grid_row);
    if (row == NULL) {
        grid->failed = true;
        return NULL;
    }
    if (grid->last == NULL)
        grid->first = row;
    else
        grid->last->next = row;
    grid->last = row;
    grid->cell_index = 0;
    return row;
}

static void grid_put(struct grid *grid, struct slice text) {
    struct grid_row *row = grid->last;
    bool is_full = row == NULL || row->is_text || grid->cell_index == strlen(grid->layout);
    if (is_full)
        row = grid_row_new(grid);
    if (row == NULL)
        return;
    row->widths[grid->cell_index] = text_width(text);
    row->cells[grid->cell_index++] = text;
}

void grid_cell(struct grid *grid, struct slice text) {
    struct slice copy = visible_copy(&grid->arena, text);
    if (copy.ptr == NULL)
        grid->failed = true;
    else
        grid_put(grid, copy);
}

void grid_printf(struct grid *grid, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(&grid->arena, format, args);
    va_end(args);
    if (text.ptr == NULL)
        grid->failed = true;
    else
        grid_put(grid, text);
}

void grid_row_end(struct grid *grid) {
    grid->cell_index = (uint32_t)strlen(grid->layout);
}

void grid_text(struct grid *grid, struct slice text) {
    struct slice copy = visible_copy(&grid->arena, text);
    struct grid_row *row = grid_row_new(grid);
    if (row == NULL || copy.ptr == NULL) {
        grid->failed = true;
        return;
    }
    row->is_text = true;
    row->cells[0] = copy;
}

static void grid_widths(const struct grid *grid, size_t *widths) {
    for (const struct grid_row *row = grid->first; row != NULL; row = row->next) {
        for (size_t i = 0; !row->is_text && grid->layout[i] != '\0'; i++) {
            widths[i] = row->widths[i] > widths[i] ? row->widths[i] : widths[i];
        }
    }
}

static void grid_row_print(const struct grid *grid, const struct grid_row *row, const size_t *widths, struct buf *out) {
    size_t owed = 0; /* spaces not yet written: nothing trails a line */
    for (size_t i = 0; grid->layout[i] != '\0'; i++) {
        struct slice cell = row->cells[i];
        size_t pad = widths[i] - row->widths[i];
        if (cell.len > 0) {
            buf_repeat(out, ' ', owed + (grid->layout[i] == 'r' ? pad : 0));
            buf_append(out, cell);
            owed = 0;
        }
        if (cell.len == 0 || grid->layout[i] == 'l')
            owed += pad;
        owed += widths[i] > 0 ? 2 : 0;
    }
}

void grid_print(const struct grid *grid, unsigned indent, bool color, struct buf *out) {
    size_t widths[GRID_COLUMNS_MAX] = {0};
    grid_widths(grid, widths);
    for (const struct grid_row *row = grid->first; row != NULL; row = row->next) {
        bool is_header = grid->has_header && row == grid->first;
        buf_repeat(out, ' ', indent);
        buf_text(out, color && is_header ? "\033[1m" : "");
        if (row->is_text)
            buf_append(out, row->cells[0]);
        else
            grid_row_print(grid, row, widths, out);
        buf_text(out, color && is_header ? "\033[0m" : "");
        buf_char(out, '\n');
    }
}

void grid_free(struct grid *grid) {
    arena_free(&grid->arena);
    *grid = (struct grid){0};
}
