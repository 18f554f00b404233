/* SPDX-License-Identifier: Apache-2.0
 *
 * Bars over time, for a terminal and as SVG. Values stay exact: they are printed as they are, and only the length of
 * a bar is rounded. */
#ifndef TG_PLOT_PLOT_H
#define TG_PLOT_PLOT_H

#include "base/buf.h"
#include "money/decimal.h"

struct plot_series {
    struct slice name;
    struct decimal *values; /* one for each label */
    struct decimal total;
};
struct plot {
    struct slice title; /* "imm: VideoCompress264SD by day" */
    struct slice unit;  /* of all values */
    struct slice time;  /* what a label is: "day" */
    struct slice note;  /* may be empty */
    const struct slice *labels;
    uint32_t label_count;
    struct plot_series *series; /* several are stacked */
    uint32_t series_count;
};

/* The series' totals. Fails: STATUS_RANGE. */
MUST_CHECK enum status plot_totals(struct plot *plot);

struct plot_style {
    uint32_t width; /* columns of a line */
    bool is_plain;  /* ASCII only */
    bool color;
};
/* A line for each label: label, exact value, bar; then the total of each series. Fails: STATUS_RANGE (a sum). */
MUST_CHECK enum status plot_text(const struct plot *plot, const struct plot_style *style, struct buf *out);

/* One document with all plots, below each its numbers as rows of text. Nothing in it is fetched or run; colours follow
 * what the reader prefers. Fails: STATUS_RANGE. */
MUST_CHECK enum status plot_svg(const struct plot *plots, uint32_t count, struct slice title, struct buf *out);

#endif
