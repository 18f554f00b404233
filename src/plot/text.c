/* SPDX-License-Identifier: Apache-2.0
 *
 * Bars on a terminal. One series fills eighths of a column; stacked ones whole columns, each with its own pattern or
 * colour. Bars below zero go to the left. */
#include "export/grid.h"
#include "plot/plot_private.h"

enum { BAR_LEAST = 10, EIGHTHS = 8, PATTERNS = 6, COLORS = 6 };

static const char *const eighths[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
static const char *const blocks[PATTERNS] = {"█", "▓", "▒", "░", "▚", "▤"};
static const char *const plain[PATTERNS] = {"#", "=", "+", "-", "o", "."};
static const char *const colors[COLORS] = {"\033[34m", "\033[33m", "\033[32m", "\033[35m", "\033[36m", "\033[31m"};

struct drawing {
    const struct plot *plot;
    const struct plot_style *style;
    struct plot_range range;
    uint32_t left, right;     /* columns of bars below and above zero */
    size_t labels, values;    /* columns */
    struct buf *out, scratch; /* scratch: a label, visible */
};

static size_t columns(struct slice text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

static struct slice visible(struct drawing *drawing, struct slice text) {
    buf_clear(&drawing->scratch);
    buf_visible(&drawing->scratch, text);
    return buf_slice(&drawing->scratch);
}

static void repeat(struct buf *out, const char *text, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        buf_text(out, text);
}

static const char *pattern(const struct drawing *drawing, uint32_t series) {
    if (drawing->style->is_plain)
        return plain[series % PATTERNS];
    return drawing->style->color ? blocks[0] : blocks[series % PATTERNS];
}

static void paint(const struct drawing *drawing, uint32_t series, uint32_t count, uint32_t rest) {
    bool has_color = drawing->style->color && count + rest > 0;
    buf_text(drawing->out, has_color ? colors[series % COLORS] : "");
    repeat(drawing->out, pattern(drawing, series), count);
    buf_text(drawing->out, eighths[rest]);
    buf_text(drawing->out, has_color ? "\033[0m" : "");
}

/* What is above zero: series after series, each to where its sum ends. */
static enum status above_draw(const struct drawing *drawing, uint32_t label) {
    const struct plot *plot = drawing->plot;
    struct decimal sum = DECIMAL_ZERO;
    bool is_fine = plot->series_count == 1 && !drawing->style->is_plain;
    uint32_t at = 0, unit = is_fine ? EIGHTHS : 1;
    for (uint32_t s = 0; s < plot->series_count; s++) {
        struct decimal value = plot->series[s].values[label];
        if (value.pico <= 0)
            continue;
        TRY(decimal_add(sum, value, &sum));
        uint32_t end = plot_steps(sum, drawing->range.above, drawing->right * unit);
        paint(drawing, s, (end - at) / unit, (end - at) % unit);
        at = end;
    }
    return STATUS_OK;
}

/* What is below zero, and room up to zero in any case. */
static enum status below_draw(const struct drawing *drawing, uint32_t label) {
    const struct plot *plot = drawing->plot;
    struct decimal whole = drawing->range.below, sum = DECIMAL_ZERO;
    struct plot_sums sums;
    TRY(plot_sums(plot, label, &sums));
    uint32_t length = plot_steps(sums.below, whole, drawing->left), at = 0;
    buf_repeat(drawing->out, ' ', drawing->left - length);
    for (uint32_t s = 0; s < plot->series_count; s++) {
        struct decimal value = plot->series[s].values[label];
        if (value.pico >= 0)
            continue;
        TRY(decimal_sub(sum, value, &sum));
        uint32_t end = plot_steps(sum, whole, drawing->left);
        paint(drawing, s, end - at, 0);
        at = end;
    }
    buf_text(drawing->out, drawing->style->is_plain ? "|" : "│");
    return STATUS_OK;
}

static void cell(struct drawing *drawing, struct slice text, size_t width, bool is_right) {
    size_t used = columns(text);
    size_t pad = width > used ? width - used : 0;
    buf_repeat(drawing->out, ' ', is_right ? pad : 0);
    buf_append(drawing->out, text);
    buf_repeat(drawing->out, ' ', is_right ? 0 : pad);
}

static enum status line_draw(struct drawing *drawing, uint32_t label) {
    struct plot_sums sums;
    char text[DECIMAL_TEXT_MAX];
    TRY(plot_sums(drawing->plot, label, &sums));
    size_t len = decimal_format(sums.all, text);
    cell(drawing, visible(drawing, drawing->plot->labels[label]), drawing->labels, false);
    buf_text(drawing->out, "  ");
    cell(drawing, (struct slice){text, len}, drawing->values, true);
    if (sums.above.pico != 0 || sums.below.pico != 0) {
        buf_text(drawing->out, "  ");
        TRY(below_draw(drawing, label));
        TRY(above_draw(drawing, label));
    }
    buf_char(drawing->out, '\n');
    return STATUS_OK;
}

/* Every series with its total: exact, and which bar it is. */
static void totals_draw(struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    char text[DECIMAL_TEXT_MAX];
    for (uint32_t s = 0; s < plot->series_count; s++) {
        size_t len = decimal_format(plot->series[s].total, text);
        cell(drawing, SLICE("total"), drawing->labels, false);
        buf_text(drawing->out, "  ");
        cell(drawing, (struct slice){text, len}, drawing->values, true);
        buf_text(drawing->out, "  ");
        if (plot->series_count > 1) {
            paint(drawing, s, 1, 0);
            buf_char(drawing->out, ' ');
            buf_append(drawing->out, visible(drawing, plot->series[s].name));
            buf_char(drawing->out, ' ');
        }
        buf_append(drawing->out, visible(drawing, plot->unit));
        buf_char(drawing->out, '\n');
    }
}

static enum status widths_set(struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    char text[DECIMAL_TEXT_MAX];
    drawing->labels = columns(SLICE("total"));
    for (uint32_t i = 0; i < plot->label_count; i++) {
        struct plot_sums sums;
        TRY(plot_sums(plot, i, &sums));
        size_t label = columns(visible(drawing, plot->labels[i])), value = decimal_format(sums.all, text);
        drawing->labels = label > drawing->labels ? label : drawing->labels;
        drawing->values = value > drawing->values ? value : drawing->values;
    }
    for (uint32_t s = 0; s < plot->series_count; s++) {
        size_t value = decimal_format(plot->series[s].total, text);
        drawing->values = value > drawing->values ? value : drawing->values;
    }
    size_t used = drawing->labels + drawing->values + 5; /* gaps, and the line at zero */
    uint32_t bars = drawing->style->width >= used + BAR_LEAST ? (uint32_t)(drawing->style->width - used) : BAR_LEAST;
    drawing->left = plot_steps(drawing->range.below, drawing->range.span, bars);
    if (drawing->range.below.pico > 0 && drawing->left == 0)
        drawing->left = 1;
    drawing->right = bars - drawing->left;
    return STATUS_OK;
}

static enum status draw(struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    TRY(plot_range(plot, &drawing->range));
    TRY(widths_set(drawing));
    buf_text(drawing->out, drawing->style->color ? "\033[1m" : "");
    buf_append(drawing->out, visible(drawing, plot->title));
    buf_text(drawing->out, drawing->style->color ? "\033[0m" : "");
    buf_text(drawing->out, "  (");
    buf_append(drawing->out, visible(drawing, plot->unit));
    buf_text(drawing->out, ")\n");
    for (uint32_t i = 0; i < plot->label_count; i++)
        TRY(line_draw(drawing, i));
    totals_draw(drawing);
    if (plot->note.len > 0) {
        buf_append(drawing->out, visible(drawing, plot->note));
        buf_char(drawing->out, '\n');
    }
    return STATUS_OK;
}

enum status plot_text(const struct plot *plot, const struct plot_style *style, struct buf *out) {
    struct drawing drawing = {.plot = plot, .style = style, .out = out};
    enum status status = draw(&drawing);
    out->failed = out->failed || drawing.scratch.failed;
    buf_free(&drawing.scratch);
    return status;
}
