/* SPDX-License-Identifier: Apache-2.0
 *
 * The small pieces that every output shares: sinks, instants, decimals, steps. */
#include "export/export.h"

#include "export/grid.h"

#define SPILL_BYTES (64 * 1024)

static void sink_write(struct sink *sink) {
    if (sink->status == STATUS_OK && sink->buf.failed)
        sink->status = STATUS_NO_MEMORY;
    if (sink->status == STATUS_OK && sink->buf.len > 0)
        sink->status = sink->write(sink->context, buf_slice(&sink->buf));
    buf_clear(&sink->buf);
}

void sink_spill(struct sink *sink) {
    if (sink->buf.len > SPILL_BYTES || sink->buf.failed)
        sink_write(sink);
}

enum status sink_pass(struct sink *sink, struct slice text) {
    sink_write(sink);
    if (sink->status == STATUS_OK && text.len > 0)
        sink->status = sink->write(sink->context, text);
    return sink->status;
}

enum status sink_finish(struct sink *sink) {
    sink_write(sink);
    buf_free(&sink->buf);
    return sink->status;
}

void json_decimal(struct json_writer *writer, const char *key, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    json_member_plain(writer, key, (struct slice){text, decimal_format(value, text)});
}

void json_instant(struct json_writer *writer, const char *key, int64_t at_ns, const struct zone *zone) {
    char text[INSTANT_TEXT_MAX];
    if (at_ns == INSTANT_MIN || at_ns == INSTANT_MAX)
        json_member_null(writer, key);
    else
        json_member_plain(writer, key, (struct slice){text, instant_format(at_ns, zone, text)});
}

void json_optional(struct json_writer *writer, const char *key, struct slice text) {
    if (text.len == 0)
        json_member_null(writer, key);
    else
        json_member(writer, key, text);
}

struct slice text_instant(struct arena *arena, int64_t at_ns, const struct zone *zone) {
    char text[INSTANT_TEXT_MAX];
    if (at_ns == INSTANT_MIN || at_ns == INSTANT_MAX)
        return SLICE("ever");
    return arena_copy(arena, (struct slice){text, instant_format(at_ns, zone, text)});
}

struct slice text_decimal(struct arena *arena, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    return arena_copy(arena, (struct slice){text, decimal_format(value, text)});
}

struct slice text_price(struct arena *arena, struct decimal price, struct decimal per) {
    char price_text[DECIMAL_TEXT_MAX], per_text[DECIMAL_TEXT_MAX];
    decimal_format(price, price_text);
    if (decimal_cmp(per, decimal_from_int(1)) == 0 || decimal_is_zero(per))
        return arena_printf(arena, "%s", price_text);
    decimal_format(per, per_text);
    return arena_printf(arena, "%s / %s", price_text, per_text);
}

void export_steps_json(const struct trace *trace, struct json_writer *writer) {
    json_array(writer);
    for (const struct trace_step *step = trace->first; step != NULL; step = step->next) {
        json_object(writer);
        json_member(writer, "topic", slice_of(step->topic));
        json_member(writer, "text", step->text);
        json_optional(writer, "source", step->source);
        json_object_end(writer);
    }
    json_array_end(writer);
}

void export_steps_text(const struct trace *trace, unsigned indent, struct buf *out) {
    size_t width = 0;
    for (const struct trace_step *step = trace->first; step != NULL; step = step->next)
        width = strlen(step->topic) > width ? strlen(step->topic) : width;
    for (const struct trace_step *step = trace->first; step != NULL; step = step->next) {
        buf_repeat(out, ' ', indent);
        buf_printf(out, "%-*s  ", (int)width, step->topic);
        buf_visible(out, step->text);
        if (step->source.len > 0)
            buf_printf(out, "  [" SLICE_FMT "]", SLICE_ARG(step->source));
        buf_char(out, '\n');
    }
}

struct slice text_bill_number(struct arena *arena, const struct bill *bill) {
    if (bill->number == 0)
        return SLICE("");
    struct slice series = bill->series.len > 0 ? bill->series : bill->tariff->name;
    return arena_printf(arena, SLICE_FMT "-%llu", SLICE_ARG(series), (unsigned long long)bill->number);
}
