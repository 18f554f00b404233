/* SPDX-License-Identifier: Apache-2.0
 *
 * Bill lines as CSV (RFC 4180: CRLF, quotes doubled). The totals of a bill stand in columns of their own on each of its
 * rows; the sum of `amount` is the exact total. */
#include "export/export.h"

struct csv {
    struct buf *out;
    bool is_safe, needs_comma;
};

static bool is_armed(struct slice text) {
    return text.len > 0 && memchr("=+-@\t\r", text.ptr[0], 6) != NULL;
}

static bool needs_quotes(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ',' || c == '"' || c == '\r' || c == '\n')
            return true;
    }
    return false;
}

/* What needs no quotes: digits, instants, nothing. */
static void csv_plain(struct csv *csv, struct slice text) {
    if (csv->needs_comma)
        buf_char(csv->out, ',');
    csv->needs_comma = true;
    buf_append(csv->out, text);
}

static void csv_raw(struct csv *csv, struct slice text) {
    if (!needs_quotes(text)) {
        csv_plain(csv, text);
        return;
    }
    csv_plain(csv, SLICE("\""));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_char(csv->out, '"');
        buf_char(csv->out, text.ptr[i]);
    }
    buf_char(csv->out, '"');
}

/* Text that came from outside: spreadsheets run some of it as formulas. */
static void csv_text(struct csv *csv, struct slice text, struct arena *scratch) {
    struct slice cell = text;
    if (csv->is_safe && is_armed(text))
        cell = arena_printf(scratch, "'" SLICE_FMT, SLICE_ARG(text));
    csv_raw(csv, cell.ptr ? cell : text);
}

static void csv_decimal(struct csv *csv, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    csv_plain(csv, (struct slice){text, decimal_format(value, text)});
}

static void csv_instant(struct csv *csv, int64_t at_ns, const struct zone *zone) {
    char text[INSTANT_TEXT_MAX];
    bool is_open = at_ns == INSTANT_MIN || at_ns == INSTANT_MAX;
    csv_plain(csv, (struct slice){text, is_open ? 0 : instant_format(at_ns, zone, text)});
}

static void csv_row_end(struct csv *csv) {
    buf_text(csv->out, "\r\n");
    csv->needs_comma = false;
}

static void csv_header(struct csv *csv, bool explain) {
    static const char *const columns[] = {"account",       "tariff",     "currency",   "kind",    "cycle_start",
                                          "cycle_end",     "item",       "region",     "label",   "quantity",
                                          "unit",          "unit_price", "per",        "funding", "amount",
                                          "tier_from",     "tier_to",    "price_from", "order",   "bill_exact_total",
                                          "bill_rounding", "bill_total", "note",       "source",  "number",
                                          "adjusts"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_raw(csv, slice_of(columns[i]));
    if (explain)
        csv_raw(csv, SLICE("steps"));
    csv_row_end(csv);
}

static void csv_bill_columns(struct csv *csv, const struct bill *bill, struct arena *scratch) {
    csv_text(csv, bill->account, scratch);
    csv_text(csv, bill->tariff->name, scratch);
    csv_raw(csv, slice_of(bill->tariff->currency->code));
    csv_raw(csv, slice_of(bill_kind_name(bill->kind)));
    csv_instant(csv, bill->cycle.start_ns, bill->tariff->zone);
    csv_instant(csv, bill->cycle.end_ns, bill->tariff->zone);
}

static void csv_line_columns(struct csv *csv, const struct bill_line *line, struct arena *scratch) {
    csv_text(csv, line->item, scratch);
    csv_text(csv, line->region, scratch);
    csv_text(csv, line->label, scratch);
    csv_decimal(csv, line->quantity);
    csv_text(csv, line->unit, scratch);
    csv_decimal(csv, line->unit_price);
    csv_decimal(csv, line->per);
    csv_raw(csv, slice_of(line->funding));
    csv_decimal(csv, line->amount);
    if (line->has_tier)
        csv_decimal(csv, line->tier_from);
    else
        csv_plain(csv, SLICE(""));
    if (line->has_tier && !line->is_last_tier)
        csv_decimal(csv, line->tier_up_to);
    else
        csv_plain(csv, SLICE(""));
}

static void csv_total_columns(struct csv *csv, const struct bill *bill) {
    char total[DECIMAL_TEXT_MAX];
    csv_decimal(csv, bill->exact_total);
    csv_decimal(csv, bill->rounding);
    csv_plain(csv, (struct slice){total, decimal_format_fixed(bill->total, bill->tariff->bill_scale, total)});
}

static void csv_line(struct csv *csv, const struct bill *bill, const struct bill_line *line, struct arena *scratch,
                     bool explain) {
    csv_bill_columns(csv, bill, scratch);
    csv_line_columns(csv, line, scratch);
    csv_instant(csv, line->price_from_ns, bill->tariff->zone);
    csv_text(csv, line->order_id, scratch);
    csv_total_columns(csv, bill);
    csv_text(csv, line->note, scratch);
    csv_text(csv, line->source, scratch);
    csv_text(csv, text_bill_number(scratch, bill), scratch);
    if (line->is_adjustment)
        csv_instant(csv, line->adjusts.start_ns, bill->tariff->zone);
    else
        csv_plain(csv, SLICE(""));
    if (explain) {
        struct buf steps = {0};
        struct trace trace = {.arena = scratch};
        bill_line_explain(bill, line, &trace);
        export_steps_text(&trace, 0, &steps);
        csv_text(csv, (struct slice){buf_slice(&steps).ptr, steps.len > 0 ? steps.len - 1 : 0}, scratch);
        csv->out->failed = csv->out->failed || steps.failed;
        buf_free(&steps);
    }
    csv_row_end(csv);
}

void export_csv_head(const struct export_options *options, struct sink *sink) {
    struct csv csv = {.out = &sink->buf, .is_safe = options->csv_safe};
    csv_header(&csv, options->explain);
}

void export_csv_bill(const struct bill *bill, const struct export_options *options, struct arena *scratch,
                     struct sink *sink) {
    struct csv csv = {.out = &sink->buf, .is_safe = options->csv_safe};
    for (uint32_t i = 0; i < bill->line_count; i++) {
        csv_line(&csv, bill, &bill->lines[i], scratch, options->explain);
        arena_reset(scratch);
        sink_spill(sink);
    }
}

enum status export_csv(const struct statement *statement, const struct export_options *options, struct sink *sink) {
    struct arena scratch = {0};
    export_csv_head(options, sink);
    for (uint32_t i = 0; i < statement->bill_count; i++)
        export_csv_bill(&statement->bills[i], options, &scratch, sink);
    arena_free(&scratch);
    return STATUS_OK;
}
