/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells of CSV (RFC 4180), or their plain text. Null is an empty cell. */
#include <string.h>

#include "focus/writer.h"

static void cell_start(struct cells *cells) {
    if (cells->needs_comma)
        buf_char(cells->out, ',');
    cells->needs_comma = true;
}

void focus_cell_text(struct cells *cells, struct slice text) {
    bool is_armed = cells->focus->options.csv_safe && text.len > 0 && memchr("=+-@\t\r", text.ptr[0], 6) != NULL;
    bool is_quoted = false;
    cell_start(cells);
    if (cells->is_plain) {
        buf_append(cells->out, text);
        return;
    }
    for (size_t i = 0; i < text.len && !is_quoted; i++)
        is_quoted = memchr(",\"\r\n", text.ptr[i], 4) != NULL;
    if (is_quoted)
        buf_char(cells->out, '"');
    if (is_armed)
        buf_char(cells->out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_char(cells->out, '"');
        buf_char(cells->out, text.ptr[i]);
    }
    if (is_quoted)
        buf_char(cells->out, '"');
}

void focus_cell_null(struct cells *cells) {
    cell_start(cells);
}

void focus_cell_decimal(struct cells *cells, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    cell_start(cells);
    buf_append(cells->out, (struct slice){text, decimal_format(value, text)});
}

void focus_cell_figure(struct cells *cells, bool is_there, struct figure value) {
    char text[FIGURE_TEXT_MAX];
    cell_start(cells);
    if (is_there)
        buf_append(cells->out, (struct slice){text, figure_format(value, text)});
}

/* UTC, whole seconds. */
void focus_cell_instant(struct cells *cells, int64_t at_ns) {
    char text[INSTANT_TEXT_MAX];
    int64_t second = at_ns / NS_PER_SECOND - (at_ns % NS_PER_SECOND < 0);
    cell_start(cells);
    buf_append(cells->out, (struct slice){text, instant_format(second * NS_PER_SECOND, NULL, text)});
}

void focus_cell_invoice(struct cells *cells, const struct tariff *tariff, uint64_t number, const char *after) {
    cell_start(cells);
    if (number > 0)
        buf_printf(cells->out, SLICE_FMT SLICE_FMT "-%llu%s", SLICE_ARG(tariff->name), SLICE_ARG(cells->focus->series),
                   (unsigned long long)number, after);
}

void focus_cell_json(struct cells *cells, struct buf *text) {
    focus_cell_text(cells, buf_slice(text));
    cells->out->failed = cells->out->failed || text->failed;
    buf_free(text);
}

void focus_cell_lot_id(struct cells *cells, const struct focus_lot *lot) {
    struct buf id = {0};
    buf_printf(&id, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(lot->account), SLICE_ARG(lot->order_id));
    focus_cell_json(cells, &id);
}

void focus_cell_unit(struct cells *cells, struct slice unit) {
    struct arena scratch = {0};
    focus_cell_text(cells, focus_unit(&scratch, unit, decimal_from_int(1)));
    arena_free(&scratch);
}

void focus_cell_issuer(struct cells *cells, const struct tariff *tariff) {
    struct slice issuer = cells->focus->options.issuer;
    focus_cell_text(cells, issuer.len > 0 ? issuer : focus_provider(tariff));
}

struct slice focus_provider(const struct tariff *tariff) {
    return tariff->service.provider.len > 0 ? tariff->service.provider : tariff->title;
}
