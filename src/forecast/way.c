/* SPDX-License-Identifier: Apache-2.0
 *
 * Days to come: like the mean of those that were, or each like one of them. */
#include "forecast/forecast_private.h"
#include "trial/session.h"

/* splitmix64. */
uint32_t forecast_draw(uint64_t *state, uint32_t below) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % below);
}

struct forecast_pool forecast_pool(const struct forecast *forecast, uint32_t day) {
    struct forecast_pool pool = {forecast->first, 1, forecast->days};
    if (!forecast->has_weekdays)
        return pool;
    pool.step = 7;
    while ((day - pool.first) % 7 != 0)
        pool.first++;
    pool.count = (FORECAST_TODAY - pool.first + 6) / 7;
    return pool;
}

/* ---- quantities ---- */

static enum status mean_of(const struct forecast_stream *stream, struct forecast_pool pool, struct decimal *ret_mean) {
    struct decimal sum = DECIMAL_ZERO;
    if (pool.count == 0) {
        *ret_mean = DECIMAL_ZERO;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < pool.count; i++)
        TRY(decimal_add(sum, stream->days[pool.first + i * pool.step], &sum));
    return decimal_price(sum, decimal_from_int(1), decimal_from_int(pool.count), DECIMAL_SCALE, ROUND_HALF_EVEN,
                         ret_mean);
}

enum status forecast_mean(const struct forecast *forecast, const struct forecast_stream *stream,
                          struct decimal *ret_mean) {
    return mean_of(stream, (struct forecast_pool){forecast->first, 1, forecast->days}, ret_mean);
}

/* Of today, what is left of it by the clock. */
static enum status rest_of_today(const struct forecast *forecast, const struct forecast_tariff *own,
                                 struct decimal *quantity) {
    int64_t end_ns = own->starts[FORECAST_TODAY + 1], whole_ns = end_ns - own->starts[FORECAST_TODAY];
    return decimal_price(*quantity, decimal_from_int(end_ns - forecast->now_ns), decimal_from_int(whole_ns),
                         DECIMAL_SCALE, ROUND_DOWN, quantity);
}

/* Without draws, half of the level of all days and half of the last fortnight's. */
static uint64_t level_of(const struct forecast_way *way, uint32_t stream) {
    return way->drawn ? way->levels[stream] : (FORECAST_PPM + (uint64_t)way->forecast->streams[stream].recent_ppm) / 2;
}

enum status forecast_day(const struct forecast_way *way, uint32_t stream, uint32_t day, struct decimal *ret_quantity) {
    const struct forecast *forecast = way->forecast;
    const struct forecast_stream *one = &forecast->streams[stream];
    if (way->drawn)
        *ret_quantity = one->days[way->drawn->days[day - FORECAST_TODAY]];
    else
        TRY(mean_of(one, forecast_pool(forecast, day), ret_quantity));
    TRY(decimal_price(*ret_quantity, decimal_from_int((int64_t)level_of(way, stream)), decimal_from_int(FORECAST_PPM),
                      DECIMAL_SCALE, ROUND_HALF_EVEN, ret_quantity));
    return day == FORECAST_TODAY ? rest_of_today(forecast, &forecast->list[one->tariff], ret_quantity) : STATUS_OK;
}

/* A level never leaves these: weeks that were all alike would make it nothing, or more than the world has. */
#define LEVEL_LEAST (FORECAST_PPM / 4)
#define LEVEL_MOST (FORECAST_PPM * 4)

static uint64_t level_next(const struct forecast_way *way, uint32_t stream, uint32_t week) {
    uint64_t change = way->forecast->streams[stream].changes_ppm[way->drawn->weeks[week]], level = way->levels[stream];
    level = way->drawn->inverse[week] ? level * FORECAST_PPM / change : level * change / FORECAST_PPM;
    return level < LEVEL_LEAST ? LEVEL_LEAST : level > LEVEL_MOST ? LEVEL_MOST : level;
}

/* Where a draw begins, and how it goes on from week to week. */
static void levels_move(struct forecast_way *way, uint32_t ahead) {
    const struct forecast *forecast = way->forecast;
    for (uint32_t i = 0; i < forecast->stream_count && way->drawn; i++) {
        if (ahead == 0)
            way->levels[i] = way->drawn->is_recent ? forecast->streams[i].recent_ppm : FORECAST_PPM;
        if (ahead % 7 == 0 && forecast->changes > 0)
            way->levels[i] = level_next(way, i, ahead / 7);
    }
}

/* ---- into the account ---- */

/* The price of the cell that holds then; that of before where there is none. */
static uint32_t rate_at(const struct tariff *tariff, uint32_t rate, int64_t at_ns) {
    const struct rate *one = &tariff->rates[rate];
    const struct item *item = &tariff->items[one->item];
    const struct price_version *version = item_version(item, at_ns);
    if (!version || version == &item->versions[one->version])
        return rate;
    for (uint32_t i = 0; i < tariff->rate_count; i++) {
        const struct rate *other = &tariff->rates[i];
        if (other->item == one->item && &item->versions[other->version] == version && other->region == one->region &&
            slice_eq(other->label, one->label))
            return i;
    }
    return rate;
}

/* What has become whole since the last slot. */
static struct decimal whole_since(const struct forecast_stream *stream, struct decimal before, struct decimal now) {
    if (!stream->is_whole)
        return (struct decimal){now.pico - before.pico};
    return (struct decimal){(now.pico / DECIMAL_ONE_PICO - before.pico / DECIMAL_ONE_PICO) * DECIMAL_ONE_PICO};
}

struct slot {
    uint32_t day, number;
    int64_t start_ns, end_ns;
};

static struct slot slot_of(const struct forecast_way *way, const struct forecast_tariff *own, uint32_t day,
                           uint32_t number) {
    int64_t start_ns = day == FORECAST_TODAY ? way->forecast->now_ns : own->starts[day];
    int64_t length_ns = own->starts[day + 1] - start_ns;
    return (struct slot){day, number, start_ns + (int64_t)((wide)length_ns * number / way->slots),
                         start_ns + (int64_t)((wide)length_ns * (number + 1) / way->slots)};
}

static enum status slot_part(const struct forecast_way *way, struct decimal day, uint32_t slots,
                             struct decimal *ret_part) {
    return decimal_price(day, decimal_from_int(slots), decimal_from_int(way->slots), DECIMAL_SCALE, ROUND_DOWN,
                         ret_part);
}

static enum status stream_go(struct forecast_way *way, uint32_t index, const struct slot *slot, struct decimal day) {
    const struct forecast_stream *stream = &way->forecast->streams[index];
    const struct tariff *tariff = way->forecast->list[stream->tariff].tariff;
    struct decimal part, before, now;
    TRY(slot_part(way, day, slot->number, &part));
    TRY(decimal_add(way->sums[index], part, &before));
    TRY(slot_part(way, day, slot->number + 1, &part));
    TRY(decimal_add(way->sums[index], part, &now));
    struct decimal quantity = whole_since(stream, before, now);
    if (slot->number + 1 == way->slots)
        way->sums[index] = now;
    if (quantity.pico == 0)
        return STATUS_OK;
    struct session_use use = {.account = way->forecast->account,
                              .tariff = tariff,
                              .item = tariff->rates[stream->rate].item,
                              .rate = rate_at(tariff, stream->rate, slot->start_ns),
                              .quantity = quantity,
                              .at_ns = slot->start_ns};
    return session_use_apply(way->part, &use);
}

static enum status day_go(struct forecast_way *way, uint32_t day, struct decimal *quantities) {
    const struct forecast *forecast = way->forecast;
    int64_t end_ns = 0;
    for (uint32_t i = 0; i < forecast->stream_count; i++)
        TRY(forecast_day(way, i, day, &quantities[i]));
    for (uint32_t number = 0; number < way->slots; number++) {
        for (uint32_t i = 0; i < forecast->stream_count; i++) {
            struct slot slot = slot_of(way, &forecast->list[forecast->streams[i].tariff], day, number);
            end_ns = slot.end_ns;
            TRY(stream_go(way, i, &slot, quantities[i]));
        }
        if (way->look)
            TRY(way->look(way->context, number, end_ns));
    }
    return STATUS_OK;
}

enum status forecast_go(struct forecast_way *way, uint32_t days) {
    struct decimal quantities[FORECAST_STREAMS_MAX];
    for (uint32_t i = 0; i < way->forecast->stream_count; i++)
        way->sums[i] = DECIMAL_ZERO;
    for (uint32_t i = 0; i < days; i++) {
        levels_move(way, i);
        TRY(day_go(way, FORECAST_TODAY + i, quantities));
    }
    return STATUS_OK;
}
