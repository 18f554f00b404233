/* SPDX-License-Identifier: Apache-2.0
 *
 * What was found, as JSON and as a page. */
#include "base/json_writer.h"
#include "document/markup.h"
#include "reconcile/reconcile.h"

static const struct zone *zone_of(const struct finding *finding, const struct mapping *mapping) {
    const struct side *side = finding_side(finding);
    return mapping->zone ? mapping->zone : side->tariff ? side->tariff->zone : NULL;
}

static bool is_shown(const struct finding *finding, bool all) {
    return all || (finding->verdict != VERDICT_EQUAL && finding->verdict != VERDICT_ROUNDED);
}

static void side_json(struct json_writer *writer, const char *key, const struct side *side) {
    if (side == NULL) {
        json_member_null(writer, key);
        return;
    }
    json_key(writer, key);
    json_object(writer);
    if (side->has_quantity)
        json_decimal(writer, "quantity", side->quantity);
    else
        json_member_null(writer, "quantity");
    json_decimal(writer, "amount", side->amount);
    json_key(writer, "lines");
    json_uint(writer, side->lines);
    if (side->line > 0) {
        json_key(writer, "row");
        json_uint(writer, side->line);
    }
    json_object_end(writer);
}

static void finding_json(struct json_writer *writer, const struct finding *finding, const struct mapping *mapping) {
    const struct side *side = finding_side(finding);
    json_object(writer);
    json_member(writer, "verdict", slice_of(verdict_name(finding->verdict)));
    json_optional(writer, "cause", slice_of(cause_name(finding->cause)));
    json_optional(writer, "because", finding->text);
    json_member(writer, "account", side->account);
    json_optional(writer, "tariff", side->tariff ? side->tariff->name : SLICE(""));
    json_member(writer, "item", side->item);
    json_optional(writer, "region", side->region);
    json_instant(writer, "from", side->start_ns, zone_of(finding, mapping));
    json_optional(writer, "currency", side->currency);
    side_json(writer, "ours", finding->ours);
    side_json(writer, "theirs", finding->theirs);
    json_decimal(writer, "difference", finding->difference);
    json_object_end(writer);
}

enum status findings_json(const struct findings *findings, const struct mapping *mapping, bool all, struct sink *sink) {
    struct json_writer writer = {.out = &sink->buf};
    json_object(&writer);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        json_key(&writer, verdict_name((enum verdict)i));
        json_uint(&writer, findings->verdicts[i]);
    }
    json_key(&writer, "findings");
    json_array(&writer);
    for (uint32_t i = 0; i < findings->count; i++) {
        if (is_shown(&findings->list[i], all))
            finding_json(&writer, &findings->list[i], mapping);
        sink_spill(sink);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&sink->buf, '\n');
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void cell(struct buf *out, bool is_number, struct slice text) {
    buf_text(out, is_number ? "<td class=\"n\">" : "<td>");
    markup_text(out, text);
    buf_text(out, "</td>");
}

static void decimal_cell(struct buf *out, bool is_there, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    cell(out, true, is_there ? (struct slice){text, decimal_format(value, text)} : SLICE("–"));
}

static void finding_html(struct buf *out, const struct finding *finding, const struct mapping *mapping) {
    const struct side *side = finding_side(finding), *ours = finding->ours, *theirs = finding->theirs;
    char from[INSTANT_TEXT_MAX] = "";
    if (side->start_ns != INSTANT_MIN)
        instant_format(side->start_ns, zone_of(finding, mapping), from);
    buf_text(out, "<tr>");
    cell(out, false, slice_of(verdict_name(finding->verdict)));
    cell(out, false, side->account);
    buf_text(out, "<td>");
    markup_text(out, side->item);
    if (side->region.len > 0) {
        buf_text(out, "<small>");
        markup_text(out, side->region);
        buf_text(out, "</small>");
    }
    buf_text(out, "</td>");
    cell(out, false, slice_of(from));
    decimal_cell(out, ours != NULL, ours ? ours->quantity : DECIMAL_ZERO);
    decimal_cell(out, theirs != NULL && theirs->has_quantity, theirs ? theirs->quantity : DECIMAL_ZERO);
    decimal_cell(out, ours != NULL, ours ? ours->amount : DECIMAL_ZERO);
    decimal_cell(out, theirs != NULL, theirs ? theirs->amount : DECIMAL_ZERO);
    decimal_cell(out, true, finding->difference);
    buf_text(out, "<td>");
    markup_text(out, slice_of(cause_name(finding->cause)));
    buf_text(out, "<small>");
    markup_text(out, finding->text);
    buf_text(out, "</small></td></tr>\n");
}

static void head_html(struct buf *out, const struct findings *findings) {
    static const char *const columns[] = {"Verdict",        "Account",    "Item",         "From",       "Our quantity",
                                          "Their quantity", "Our amount", "Their amount", "Difference", "Likely cause"};
    buf_text(out, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Reconciliation</title>\n<style>\n");
    buf_text(out, markup_style);
    buf_text(out, "</style>\n<main>\n<h1>Reconciliation</h1>\n<dl>\n");
    for (int i = 0; i < VERDICT_COUNT; i++)
        buf_printf(out, "<dt>%s</dt><dd>%u</dd>\n", verdict_name((enum verdict)i), findings->verdicts[i]);
    buf_text(out, "</dl>\n<table>\n<caption>Their bill against our rating of our usage</caption>\n<thead><tr>");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        buf_printf(out, "<th scope=\"col\"%s>%s</th>", i >= 4 && i <= 8 ? " class=\"n\"" : "", columns[i]);
    buf_text(out, "</tr></thead>\n<tbody>\n");
}

enum status findings_html(const struct findings *findings, const struct mapping *mapping, bool all, struct sink *sink) {
    head_html(&sink->buf, findings);
    for (uint32_t i = 0; i < findings->count; i++) {
        if (is_shown(&findings->list[i], all))
            finding_html(&sink->buf, &findings->list[i], mapping);
        sink_spill(sink);
    }
    buf_text(&sink->buf, "</tbody>\n</table>\n</main>\n</html>\n");
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
