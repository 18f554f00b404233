/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account used, by day: its events out of the journal, read under its own terms. */
#include <stdlib.h>

#include "forecast/forecast_private.h"
#include "trial/terms.h"

enum status forecast_begin(struct forecast *forecast, const struct engine *engine, uint64_t seq) {
    if (!engine_account_find(engine, forecast->account, &forecast->account_index))
        return STATUS_NOT_FOUND;
    struct terms_of of = {engine, forecast->tariffs, forecast->account_index, forecast->now_ns};
    forecast->seq = seq;
    forecast->first = FORECAST_TODAY;
    forecast->streams = calloc(FORECAST_STREAMS_MAX, sizeof *forecast->streams);
    forecast->list = calloc(FORECAST_TARIFFS_MAX, sizeof *forecast->list);
    forecast->lots = calloc(FORECAST_LOTS_MAX, sizeof *forecast->lots);
    if (!forecast->streams || !forecast->list || !forecast->lots)
        return STATUS_NO_MEMORY;
    return terms_take(&of, &forecast->arena, &forecast->terms);
}

void forecast_free(struct forecast *forecast) {
    free(forecast->streams);
    free(forecast->list);
    free(forecast->lots);
    arena_free(&forecast->arena);
}

/* ---- tariffs and their days ---- */

static enum status days_cut(struct forecast_tariff *own, int64_t now_ns) {
    const struct zone *zone = own->tariff->zone;
    struct civil civil = zone_civil(zone, now_ns);
    int64_t today_ns;
    civil = (struct civil){.year = civil.year, .month = civil.month, .day = civil.day};
    TRY(zone_instant(zone, civil, &today_ns));
    for (uint32_t i = 0; i <= FORECAST_GRID; i++) {
        int64_t days = (int64_t)i - FORECAST_TODAY;
        TRY(instant_add(zone, today_ns, (struct duration){1, UNIT_DAY}, days, &own->starts[i]));
    }
    TRY(cycle_of(CYCLE_MONTH, zone, 0, now_ns, &own->period));
    while (FORECAST_TODAY + own->ahead < FORECAST_GRID && own->starts[FORECAST_TODAY + own->ahead] < own->period.end_ns)
        own->ahead++;
    return STATUS_OK;
}

enum status forecast_tariff_index(struct forecast *forecast, const struct tariff *tariff, uint32_t *ret_index) {
    for (uint32_t i = 0; i < forecast->tariff_count; i++) {
        if (forecast->list[i].tariff == tariff) {
            *ret_index = i;
            return STATUS_OK;
        }
    }
    if (forecast->tariff_count == FORECAST_TARIFFS_MAX)
        return STATUS_RANGE;
    struct forecast_tariff *own = &forecast->list[forecast->tariff_count];
    *own = (struct forecast_tariff){.tariff = tariff};
    TRY(days_cut(own, forecast->now_ns));
    *ret_index = forecast->tariff_count++;
    return STATUS_OK;
}

/* The day that holds an instant; FORECAST_TODAY for what lies behind it: clocks may differ by minutes. */
static uint32_t day_of(const struct forecast_tariff *own, int64_t at_ns) {
    uint32_t day = FORECAST_TODAY;
    while (day > 0 && own->starts[day] > at_ns)
        day--;
    return day;
}

/* ---- streams ---- */

/* Prices change; what is used is the same. */
static bool is_same_cell(const struct tariff *tariff, uint32_t a, uint32_t b) {
    const struct rate *one = &tariff->rates[a], *other = &tariff->rates[b];
    return a == b || (one->item == other->item && one->region == other->region && slice_eq(one->label, other->label));
}

static enum status stream_of(struct forecast *forecast, uint32_t tariff, uint32_t rate,
                             struct forecast_stream **ret_stream) {
    for (uint32_t i = 0; i < forecast->stream_count; i++) {
        struct forecast_stream *stream = &forecast->streams[i];
        if (stream->tariff == tariff && is_same_cell(forecast->list[tariff].tariff, stream->rate, rate)) {
            stream->rate = rate;
            *ret_stream = stream;
            return STATUS_OK;
        }
    }
    if (forecast->stream_count == FORECAST_STREAMS_MAX)
        return STATUS_RANGE;
    *ret_stream = &forecast->streams[forecast->stream_count++];
    **ret_stream = (struct forecast_stream){.tariff = tariff, .rate = rate};
    return STATUS_OK;
}

static enum status usage_take(struct forecast *forecast, const struct record *event, bool is_back) {
    uint32_t tariff;
    TRY(forecast_tariff_index(forecast, event->tariff, &tariff));
    struct forecast_tariff *own = &forecast->list[tariff];
    uint32_t day = day_of(own, event->owner_ns);
    if (event->owner_ns < own->starts[0])
        return STATUS_OK; /* another zone's first day begins earlier */
    forecast->first = day < forecast->first ? day : forecast->first;
    for (uint32_t i = 0; i < event->usage_count; i++) {
        const struct usage *usage = &event->usages[i];
        struct forecast_stream *stream;
        if (usage->rate == INDEX_NONE || usage->quantity.pico == 0)
            continue; /* billed elsewhere, or free */
        TRY(stream_of(forecast, tariff, usage->rate, &stream));
        struct decimal *sum = &stream->days[day];
        TRY(is_back ? decimal_sub(*sum, usage->quantity, sum) : decimal_add(*sum, usage->quantity, sum));
    }
    return STATUS_OK;
}

static enum status visit(void *context, const struct record *record) {
    struct forecast *forecast = context;
    bool is_back = record->kind == RECORD_REVERSAL;
    const struct record *event = is_back ? record->command->event : record;
    if (event->kind != RECORD_USAGE)
        return STATUS_OK;
    if (!is_back && event->coverage_count > 0)
        forecast->covered++;
    return usage_take(forecast, event, is_back);
}

/* ---- how it changes ---- */

/* a in b, in millionths, between a part and a multiple; 1 where b is nothing. */
static uint32_t share_ppm(struct decimal a, struct decimal b, uint32_t most) {
    if (b.pico <= 0)
        return FORECAST_PPM;
    wide share = a.pico / ((b.pico + FORECAST_PPM - 1) / FORECAST_PPM);
    wide least = FORECAST_PPM / most, highest = (wide)FORECAST_PPM * most;
    return (uint32_t)(share < least ? least : share > highest ? highest : share);
}

static enum status days_sum(const struct forecast_stream *stream, uint32_t first, uint32_t count,
                            struct decimal *ret_sum) {
    struct decimal sum = DECIMAL_ZERO;
    for (uint32_t i = 0; i < count; i++)
        TRY(decimal_add(sum, stream->days[first + i], &sum));
    *ret_sum = sum;
    return STATUS_OK;
}

static enum status recent_find(const struct forecast *forecast, struct forecast_stream *stream) {
    struct decimal recent, all;
    stream->recent_ppm = FORECAST_PPM;
    if (!forecast->has_weekdays)
        return STATUS_OK;
    TRY(days_sum(stream, FORECAST_TODAY - FORECAST_RECENT, FORECAST_RECENT, &recent));
    TRY(days_sum(stream, forecast->first, forecast->days, &all));
    TRY(decimal_price(all, decimal_from_int(FORECAST_RECENT), decimal_from_int(forecast->days), DECIMAL_SCALE,
                      ROUND_HALF_EVEN, &all));
    stream->recent_ppm = share_ppm(recent, all, 4);
    return STATUS_OK;
}

/* Three quarters of each change: in a part of it is the noise of both weeks. */
static enum status changes_find(const struct forecast *forecast, struct forecast_stream *stream) {
    struct decimal week, before;
    for (uint32_t i = 0; i < forecast->changes; i++) {
        TRY(days_sum(stream, FORECAST_TODAY - 7 * (i + 1), 7, &week));
        TRY(days_sum(stream, FORECAST_TODAY - 7 * (i + 2), 7, &before));
        stream->changes_ppm[i] = (FORECAST_PPM + 3 * share_ppm(week, before, 2)) / 4;
    }
    return STATUS_OK;
}

/* ---- what was used of the period ---- */

static enum status stream_finish(struct forecast *forecast, struct forecast_stream *stream) {
    const struct forecast_tariff *own = &forecast->list[stream->tariff];
    stream->is_whole = true;
    for (uint32_t day = 0; day <= FORECAST_TODAY; day++) {
        stream->is_whole = stream->is_whole && stream->days[day].pico % DECIMAL_ONE_PICO == 0;
        if (own->starts[day] >= own->period.start_ns)
            TRY(decimal_add(stream->so_far, stream->days[day], &stream->so_far));
        if (stream->days[day].pico < 0) /* taken back on a day on which it was not used: nothing to go on from */
            stream->days[day] = DECIMAL_ZERO;
    }
    return STATUS_OK;
}

enum status forecast_history(struct forecast *forecast, struct book *book, struct slice *ret_error) {
    struct book_scan scan = {.account = forecast->account,
                             .tariffs = forecast->tariffs,
                             .terms = forecast->terms,
                             .last = forecast->seq,
                             .from_ns = forecast->now_ns - (FORECAST_DAYS + 1) * 24 * INT64_C(3600) * NS_PER_SECOND,
                             .until_ns = INSTANT_MAX,
                             .visit = visit,
                             .context = forecast};
    TRY(book_scan(book, &scan, &forecast->arena, ret_error));
    forecast->days = FORECAST_TODAY - forecast->first;
    forecast->has_weekdays = forecast->days >= FORECAST_WEEKDAYS;
    forecast->changes = forecast->days / 7 > 1 ? forecast->days / 7 - 1 : 0;
    for (uint32_t i = 0; i < forecast->stream_count; i++) {
        TRY(stream_finish(forecast, &forecast->streams[i]));
        TRY(recent_find(forecast, &forecast->streams[i]));
        TRY(changes_find(forecast, &forecast->streams[i]));
    }
    return STATUS_OK;
}
