/* SPDX-License-Identifier: Apache-2.0
 *
 * The forecast as JSON, and how it was made in words. */
#include "export/show.h"
#include "forecast/forecast.h"

static void decimal_if(struct json_writer *writer, const char *key, bool is_there, struct decimal value) {
    if (is_there)
        json_decimal(writer, key, value);
    else
        json_member_null(writer, key);
}

static void instant_if(struct json_writer *writer, const char *key, bool is_there, int64_t at_ns,
                       const struct zone *zone) {
    if (is_there)
        json_instant(writer, key, at_ns, zone);
    else
        json_member_null(writer, key);
}

static const char *profile(const struct forecast *forecast) {
    if (forecast->days == 0)
        return "none";
    return forecast->has_weekdays ? "weekday" : "mean";
}

static const char *plural(uint32_t count) {
    return count == 1 ? "" : "s";
}

/* A price that falls for all of the volume can make more usage cost less. */
static void cheaper_notes(const struct forecast *forecast, struct buf *out) {
    for (uint32_t i = 0; i < forecast->tariff_count && forecast->days > 0; i++) {
        const struct forecast_tariff *own = &forecast->list[i];
        if (decimal_cmp(own->expected, own->so_far) < 0)
            buf_printf(out, "%.*s: less is expected than so far, for more usage reaches a lower price for all of it\n",
                       SLICE_ARG(own->tariff->name));
    }
}

void forecast_notes(const struct forecast *forecast, struct buf *out) {
    uint32_t days = forecast->days;
    if (forecast->stream_count == 0)
        buf_text(out, "no usage in six weeks: nothing to go on from\n");
    else if (days == 0)
        buf_text(out, "usage began today: nothing to go on from\n");
    else if (forecast->has_weekdays)
        buf_printf(
            out,
            "%u days of usage: each weekday goes on as its mean, at a level between that of all days and the last 14\n",
            days);
    else
        buf_printf(out, "%u day%s of usage: each day goes on as their mean; weekdays tell from %d days on\n", days,
                   plural(days), FORECAST_WEEKDAYS);
    if (forecast->draws > 0)
        buf_printf(out, "interval: %d%% of %u draws of days that were\n", FORECAST_LEVEL, forecast->draws);
    else if (days > 0 && days < FORECAST_INTERVAL)
        buf_printf(out, "%u day%s of usage: no interval; it takes %d\n", days, plural(days), FORECAST_INTERVAL);
    else if (days > 0)
        buf_text(out, "too many prices at once: no interval\n");
    if (forecast->covered > 0)
        buf_printf(out, "%llu events are charged by covered time: they count so far, and are not carried on\n",
                   (unsigned long long)forecast->covered);
    cheaper_notes(forecast, out);
}

static void notes_json(const struct forecast *forecast, struct json_writer *writer) {
    struct buf notes = {0};
    struct slice line, rest;
    forecast_notes(forecast, &notes);
    rest = buf_slice(&notes);
    json_key(writer, "notes");
    json_array(writer);
    while (slice_cut(rest, '\n', &line, &rest))
        json_text(writer, line);
    json_array_end(writer);
    writer->out->failed = writer->out->failed || notes.failed;
    buf_free(&notes);
}

static void method_json(const struct forecast *forecast, struct json_writer *writer) {
    json_key(writer, "method");
    json_object(writer);
    json_member(writer, "profile", slice_of(profile(forecast)));
    json_key(writer, "days");
    json_uint(writer, forecast->days);
    json_key(writer, "level");
    if (forecast->draws > 0)
        json_uint(writer, FORECAST_LEVEL);
    else
        json_null(writer);
    json_key(writer, "draws");
    json_uint(writer, forecast->draws);
    json_object_end(writer);
}

static void bill_json(const struct forecast *forecast, const struct forecast_tariff *own, struct json_writer *writer) {
    const struct zone *zone = own->tariff->zone;
    json_object(writer);
    json_member(writer, "tariff", own->tariff->name);
    json_member(writer, "currency", slice_of(own->tariff->currency->code));
    json_key(writer, "period");
    json_object(writer);
    json_instant(writer, "start", own->period.start_ns, zone);
    json_instant(writer, "end", own->period.end_ns, zone);
    json_object_end(writer);
    json_decimal(writer, "so_far", own->so_far);
    decimal_if(writer, "expected", forecast->days > 0, own->expected);
    decimal_if(writer, "low", forecast->draws > 0, own->low);
    decimal_if(writer, "high", forecast->draws > 0, own->high);
    json_object_end(writer);
}

static void burn_json(const struct forecast *forecast, const struct forecast_lot *lot, struct json_writer *writer) {
    const struct forecast_tariff *own = &forecast->list[lot->tariff];
    json_key(writer, "burn");
    json_array(writer);
    for (uint32_t i = 0; i <= lot->burn_count; i++) {
        bool is_last = i == lot->burn_count && lot->is_used_up;
        int64_t at_ns = i == 0 ? forecast->now_ns : is_last ? lot->used_up_ns : own->starts[FORECAST_TODAY + i];
        json_object(writer);
        json_instant(writer, "at", at_ns, own->tariff->zone);
        json_decimal(writer, "remaining", i == 0 ? lot->remaining : lot->burn[i - 1]);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void lot_json(const struct forecast *forecast, const struct forecast_lot *lot, struct json_writer *writer) {
    const struct forecast_tariff *own = &forecast->list[lot->tariff];
    const struct zone *zone = own->tariff->zone;
    json_object(writer);
    json_member(writer, "order", lot->order_id);
    json_member(writer, "sku", lot->product->sku);
    json_member(writer, "tariff", own->tariff->name);
    json_member(writer, "unit", lot->product->unit);
    json_decimal(writer, "bought", lot->bought);
    json_decimal(writer, "remaining", lot->remaining);
    json_instant(writer, "expires_at", lot->expires_ns, zone);
    instant_if(writer, "used_up_at", lot->is_used_up, lot->used_up_ns, zone);
    instant_if(writer, "early", lot->has_early, lot->early_ns, zone);
    instant_if(writer, "late", lot->has_late, lot->late_ns, zone);
    json_decimal(writer, "left", lot->left);
    burn_json(forecast, lot, writer);
    json_object_end(writer);
}

static void stream_json(const struct forecast *forecast, const struct forecast_stream *stream, struct arena *scratch,
                        struct json_writer *writer) {
    const struct tariff *tariff = forecast->list[stream->tariff].tariff;
    const struct rate *rate = &tariff->rates[stream->rate];
    struct decimal mean = DECIMAL_ZERO;
    bool has_mean = forecast->days > 0 && forecast_mean(forecast, stream, &mean) == STATUS_OK;
    json_object(writer);
    json_member(writer, "tariff", tariff->name);
    json_member(writer, "item", tariff->items[rate->item].name);
    json_optional(writer, "cell", cell_text(tariff, rate, scratch));
    json_member(writer, "unit", tariff->items[rate->item].unit);
    decimal_if(writer, "day_mean", has_mean, mean);
    json_decimal(writer, "so_far", stream->so_far);
    decimal_if(writer, "rest", forecast->days > 0, stream->rest);
    json_object_end(writer);
}

void forecast_json(const struct forecast *forecast, struct json_writer *writer) {
    struct arena scratch = {0};
    json_object(writer);
    json_member(writer, "account", forecast->account);
    json_instant(writer, "at", forecast->now_ns, forecast->tariff_count > 0 ? forecast->list[0].tariff->zone : NULL);
    method_json(forecast, writer);
    notes_json(forecast, writer);
    json_key(writer, "bills");
    json_array(writer);
    for (uint32_t i = 0; i < forecast->tariff_count; i++)
        bill_json(forecast, &forecast->list[i], writer);
    json_array_end(writer);
    json_key(writer, "packages");
    json_array(writer);
    for (uint32_t i = 0; i < forecast->lot_count; i++)
        lot_json(forecast, &forecast->lots[i], writer);
    json_array_end(writer);
    json_key(writer, "usage");
    json_array(writer);
    for (uint32_t i = 0; i < forecast->stream_count; i++)
        stream_json(forecast, &forecast->streams[i], &scratch, writer);
    json_array_end(writer);
    json_object_end(writer);
    arena_free(&scratch);
}
