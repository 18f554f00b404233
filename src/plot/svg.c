/* SPDX-License-Identifier: Apache-2.0
 *
 * Plots as one SVG document: bars for the eye, and under them the same numbers as rows of text, marked up as a table
 * for readers of screens. */
#include "base/json_writer.h"
#include "export/grid.h"
#include "plot/plot_private.h"

enum {
    LEFT = 40,
    CHART_WIDTH = 720,
    CHART_HEIGHT = 200,
    LINE = 20,
    GAP = 30,
    TICKS_MAX = 8,
    COLORS = 6,
    NAME_AT = 240 /* of a row */
};

static const char style[] =
    "<style>\n"
    "text{font:13px system-ui,sans-serif;fill:#1a1a1a;font-variant-numeric:tabular-nums;white-space:pre}\n"
    ".h{font-weight:600;font-size:15px}.v{text-anchor:end}.q{fill:#5a5a5a}.paper{fill:#fff}.axis{stroke:#8a8a8a}\n"
    "rect.b{stroke:#fff;stroke-width:.5}\n"
    ".c0{fill:#1f5fa8}.c1{fill:#b35900}.c2{fill:#2f7d32}.c3{fill:#8e3fa0}.c4{fill:#0b7a86}.c5{fill:#b3261e}\n"
    "@media (prefers-color-scheme:dark){text{fill:#ececec}.q{fill:#ababab}.paper{fill:#16181b}rect.b{stroke:#16181b}\n"
    ".c0{fill:#7db4f0}.c1{fill:#f0a860}.c2{fill:#8fd18f}.c3{fill:#d79ae6}.c4{fill:#6fd0da}.c5{fill:#f29b95}}\n"
    "</style>\n";

struct svg {
    const struct plot *plot;
    struct plot_range range;
    uint32_t width, top; /* of the chart; where the next thing goes */
    struct buf *out, scratch;
};

/* ---- text from outside ---- */

/* Bytes of the character at `at`, 0 where it is none that XML knows (controls are gone already). */
static size_t character_length(struct slice text, size_t at) {
    unsigned char first = (unsigned char)text.ptr[at];
    size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (at + len > text.len || !json_is_utf8((struct slice){text.ptr + at, len}))
        return 0;
    bool is_none = len == 3 && memcmp(text.ptr + at, "\xEF\xBF", 2) == 0 && (unsigned char)text.ptr[at + 2] >= 0xBE;
    return is_none ? 0 : len;
}

static void escaped(struct svg *svg, struct slice text) {
    buf_clear(&svg->scratch);
    buf_visible(&svg->scratch, text);
    struct slice visible = buf_slice(&svg->scratch);
    for (size_t i = 0; i < visible.len;) {
        size_t len = character_length(visible, i);
        char c = visible.ptr[i];
        const char *entity = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;
        if (len == 0)
            buf_text(svg->out, "\xEF\xBF\xBD");
        else if (entity != NULL)
            buf_text(svg->out, entity);
        else
            buf_append(svg->out, (struct slice){visible.ptr + i, len});
        i += len > 0 ? len : 1;
    }
}

static void number(struct svg *svg, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    buf_append(svg->out, (struct slice){text, decimal_format(value, text)});
}

static void text_at(struct svg *svg, uint32_t x, const char *attributes, struct slice text) {
    buf_printf(svg->out, "<text x=\"%u\" y=\"%u\"%s>", x, svg->top, attributes);
    escaped(svg, text);
    buf_text(svg->out, "</text>\n");
}

/* ---- the chart ---- */

/* Tenths of a pixel that a value is high. */
static uint32_t height(const struct svg *svg, struct decimal value) {
    return plot_steps(value, svg->range.span, CHART_HEIGHT * 10);
}

static void bar(struct svg *svg, uint32_t label, uint32_t series, uint32_t y_tenths, uint32_t tenths) {
    const struct plot *plot = svg->plot;
    uint32_t from = LEFT + (uint32_t)((uint64_t)svg->width * label / plot->label_count);
    uint32_t to = LEFT + (uint32_t)((uint64_t)svg->width * (label + 1) / plot->label_count);
    uint32_t space = to - from > 4 ? 2 : 0;
    buf_printf(svg->out, "<rect class=\"b c%u\" x=\"%u\" y=\"%u.%u\" width=\"%u\" height=\"%u.%u\">", series % COLORS,
               from, y_tenths / 10, y_tenths % 10, to - from - space, tenths / 10, tenths % 10);
    buf_text(svg->out, "<title>");
    escaped(svg, plot->labels[label]);
    buf_text(svg->out, ", ");
    escaped(svg, plot->series[series].name);
    buf_text(svg->out, ": ");
    number(svg, plot->series[series].values[label]);
    buf_char(svg->out, ' ');
    escaped(svg, plot->unit);
    buf_text(svg->out, "</title></rect>\n");
}

static enum status bars(struct svg *svg, uint32_t label, uint32_t zero) {
    const struct plot *plot = svg->plot;
    struct decimal above = DECIMAL_ZERO, below = DECIMAL_ZERO;
    uint32_t up = 0, down = 0;
    for (uint32_t s = 0; s < plot->series_count; s++) {
        struct decimal value = plot->series[s].values[label];
        if (value.pico > 0) {
            TRY(decimal_add(above, value, &above));
            uint32_t end = height(svg, above);
            bar(svg, label, s, zero - end, end - up);
            up = end;
        } else if (value.pico < 0) {
            TRY(decimal_sub(below, value, &below));
            uint32_t end = height(svg, below);
            bar(svg, label, s, zero + down, end - down);
            down = end;
        }
    }
    return STATUS_OK;
}

static void ticks(struct svg *svg) {
    const struct plot *plot = svg->plot;
    uint32_t step = (plot->label_count + TICKS_MAX - 1) / TICKS_MAX;
    for (uint32_t i = 0; i < plot->label_count; i += step)
        text_at(svg, LEFT + (uint32_t)((uint64_t)svg->width * i / plot->label_count), " class=\"q\"", plot->labels[i]);
}

static enum status chart(struct svg *svg) {
    const struct plot *plot = svg->plot;
    char most[DECIMAL_TEXT_MAX];
    svg->top += LINE;
    decimal_format(svg->range.above, most);
    text_at(svg, LEFT, " class=\"q\"", slice_of(most));
    svg->top += 6;
    uint32_t zero = svg->top * 10 + height(svg, svg->range.above);
    buf_text(svg->out, "<g role=\"img\" aria-label=\"");
    escaped(svg, plot->title);
    buf_text(svg->out, "\">\n");
    for (uint32_t i = 0; i < plot->label_count; i++)
        TRY(bars(svg, i, zero));
    buf_printf(svg->out, "<line class=\"axis\" x1=\"%u\" y1=\"%u.%u\" x2=\"%u\" y2=\"%u.%u\"/>\n</g>\n", LEFT,
               zero / 10, zero % 10, LEFT + svg->width, zero / 10, zero % 10);
    svg->top += CHART_HEIGHT + LINE - 4;
    ticks(svg);
    return STATUS_OK;
}

/* ---- the numbers ---- */

static void row(struct svg *svg, struct slice label, uint32_t series, struct decimal value) {
    svg->top += LINE;
    buf_text(svg->out, "<g role=\"row\">\n");
    text_at(svg, LEFT, " role=\"cell\"", label);
    if (svg->plot->series_count > 1)
        buf_printf(svg->out, "<rect class=\"c%u\" x=\"%u\" y=\"%u\" width=\"10\" height=\"10\"/>\n", series % COLORS,
                   LEFT + NAME_AT - 16, svg->top - 10);
    text_at(svg, LEFT + NAME_AT, " role=\"cell\"", svg->plot->series[series].name);
    buf_printf(svg->out, "<text class=\"v\" x=\"%u\" y=\"%u\" role=\"cell\">", LEFT + svg->width, svg->top);
    number(svg, value);
    buf_text(svg->out, "</text>\n</g>\n");
}

static void head_row(struct svg *svg) {
    svg->top += LINE + 10;
    buf_text(svg->out, "<g role=\"row\">\n");
    text_at(svg, LEFT, " class=\"q\" role=\"columnheader\"", svg->plot->time);
    text_at(svg, LEFT + NAME_AT, " class=\"q\" role=\"columnheader\"", SLICE("of"));
    text_at(svg, LEFT + svg->width, " class=\"q v\" role=\"columnheader\"", svg->plot->unit);
    buf_text(svg->out, "</g>\n");
}

/* Every number that is not zero, and the totals. */
static void table(struct svg *svg) {
    const struct plot *plot = svg->plot;
    buf_text(svg->out, "<g role=\"table\" aria-label=\"");
    escaped(svg, plot->title);
    buf_text(svg->out, "\">\n");
    head_row(svg);
    for (uint32_t i = 0; i < plot->label_count; i++) {
        for (uint32_t s = 0; s < plot->series_count; s++) {
            if (plot->series[s].values[i].pico != 0)
                row(svg, plot->labels[i], s, plot->series[s].values[i]);
        }
    }
    for (uint32_t s = 0; s < plot->series_count; s++)
        row(svg, SLICE("total"), s, plot->series[s].total);
    buf_text(svg->out, "</g>\n");
}

/* ---- the document ---- */

static uint32_t chart_width(const struct plot *plot) {
    return plot->label_count > CHART_WIDTH ? plot->label_count : CHART_WIDTH;
}

static enum status plot_draw(struct svg *svg) {
    const struct plot *plot = svg->plot;
    TRY(plot_range(plot, &svg->range));
    svg->width = chart_width(plot);
    svg->top += GAP;
    text_at(svg, LEFT, " class=\"h\"", plot->title);
    TRY(chart(svg));
    table(svg);
    if (plot->note.len > 0) {
        svg->top += LINE;
        text_at(svg, LEFT, " class=\"q\"", plot->note);
    }
    svg->top += GAP;
    return STATUS_OK;
}

/* The head says how high everything is, so it is written when that is known. */
static void head(struct svg *svg, struct slice title, uint32_t width, uint32_t count) {
    buf_printf(svg->out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" role=\"graphics-document document\" "
               "aria-labelledby=\"title desc\">\n<title id=\"title\">",
               width, svg->top);
    escaped(svg, title);
    buf_printf(svg->out,
               "</title>\n<desc id=\"desc\">%u plot%s of bars over time; the exact numbers stand below each.</desc>\n",
               count, count == 1 ? "" : "s");
    buf_text(svg->out, style);
    buf_printf(svg->out, "<rect class=\"paper\" width=\"%u\" height=\"%u\"/>\n", width, svg->top);
}

enum status plot_svg(const struct plot *plots, uint32_t count, struct slice title, struct buf *out) {
    struct buf body = {0};
    struct svg svg = {.out = &body};
    uint32_t width = CHART_WIDTH;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        svg.plot = &plots[i];
        width = chart_width(svg.plot) > width ? chart_width(svg.plot) : width;
        status = plot_draw(&svg);
    }
    svg.out = out;
    head(&svg, title, width + 2 * LEFT, count);
    buf_append(out, buf_slice(&body));
    buf_text(out, "</svg>\n");
    out->failed = out->failed || body.failed || svg.scratch.failed;
    buf_free(&svg.scratch);
    buf_free(&body);
    return status;
}
