/* SPDX-License-Identifier: Apache-2.0
 *
 * The account carried on: once as its days were on average, then many times as they were one by one; each time the
 * rating core charges what is used and states the bills. */
#include <stdlib.h>

#include "forecast/forecast_private.h"

/* Charges of all draws together: the state stands still meanwhile. */
enum { CHARGES_MOST = 400000, HOURS = 24 };
#define SEED UINT64_C(20260201)

/* What all draws came to, to be put in order. */
struct drawn {
    struct decimal *bills; /* by tariff, then draw */
    int64_t *ends;         /* by lot, then draw: when it was used up; INSTANT_MAX: it was not */
};
struct running {
    struct forecast *forecast;
    const struct engine *engine;
    struct engine *part;
    int64_t *ends; /* of each lot on the way that is gone; INSTANT_MAX: it is not used up */
    bool is_point; /* the way of the mean, whose burning down is kept */
};

/* ---- lots ---- */

/* Less than one unit of any of its items: it pays for nothing more. */
static struct decimal lot_least(const struct product *product) {
    struct decimal least = DECIMAL_ZERO, one;
    for (uint32_t i = 0; i < product->scope_count; i++) {
        const struct scope_entry *entry = &product->scope[i];
        if (decimal_price(entry->factor, decimal_from_int(1), entry->per, DECIMAL_SCALE, ROUND_UP, &one) != STATUS_OK)
            continue;
        least = least.pico == 0 || one.pico < least.pico ? one : least;
    }
    return least;
}

static struct decimal lot_rest(const struct running *running, const struct forecast_lot *kept, int64_t at_ns) {
    const struct tariff *tariff;
    const struct lot *lot;
    if (!engine_order_view(running->part, 0, kept->order_id, &tariff, &lot))
        return DECIMAL_ZERO;
    return lot_balance(lot, at_ns).remaining;
}

static bool is_burning(const struct lot *lot, int64_t now_ns) {
    bool has_units = lot->product->kind == PRODUCT_PACKAGE || lot->product->kind == PRODUCT_GRANT;
    return has_units && !lot->product->restores && !lot->is_refunded && lot->expires_ns > now_ns &&
           lot_balance(lot, now_ns).remaining.pico > 0;
}

/* The text of the order lives in the state, which goes on: it is copied. */
static enum status lot_keep(struct forecast *forecast, const struct tariff *tariff, const struct lot *lot) {
    if (forecast->lot_count == FORECAST_LOTS_MAX)
        return STATUS_RANGE;
    struct forecast_lot *kept = &forecast->lots[forecast->lot_count];
    struct balance balance = lot_balance(lot, forecast->now_ns);
    *kept = (struct forecast_lot){.order_id = arena_copy(&forecast->arena, lot->order_id),
                                  .product = lot->product,
                                  .bought = balance.bought,
                                  .remaining = balance.remaining,
                                  .expires_ns = lot->expires_ns,
                                  .left = balance.remaining};
    if (!kept->order_id.ptr)
        return STATUS_NO_MEMORY;
    TRY(forecast_tariff_index(forecast, tariff, &kept->tariff));
    forecast->lot_count++;
    return STATUS_OK;
}

static enum status lots_find(struct forecast *forecast, const struct engine *engine) {
    struct subscription_view view;
    for (uint32_t i = 0; i < forecast->tariffs->count; i++) {
        if (!engine_subscription_view(engine, forecast->account_index, forecast->tariffs->list[i], &view))
            continue;
        for (uint32_t k = 0; k < view.lot_count; k++) {
            if (is_burning(&view.lots[k], forecast->now_ns))
                TRY(lot_keep(forecast, view.tariff, &view.lots[k]));
        }
    }
    return STATUS_OK;
}

/* Behind each slot: which lots pay for nothing more. */
static enum status look(void *context, uint32_t slot, int64_t end_ns) {
    struct running *running = context;
    struct forecast *forecast = running->forecast;
    bool is_day_end = slot + 1 == (running->is_point ? HOURS : 1);
    for (uint32_t i = 0; i < forecast->lot_count; i++) {
        struct forecast_lot *lot = &forecast->lots[i];
        if (running->ends[i] != INSTANT_MAX || end_ns >= lot->expires_ns)
            continue;
        struct decimal rest = lot_rest(running, lot, end_ns);
        bool is_gone = decimal_cmp(rest, lot_least(lot->product)) < 0;
        if (is_gone)
            running->ends[i] = end_ns;
        if (!running->is_point)
            continue;
        lot->left = rest;
        if (is_day_end || is_gone)
            lot->burn[lot->burn_count++] = rest;
    }
    return STATUS_OK;
}

/* ---- one way ---- */

static enum status bills_take(struct running *running, struct decimal *ret_bills) {
    const struct forecast *forecast = running->forecast;
    struct statement statement;
    enum status status = STATUS_OK;
    TRY(engine_close(running->part, INSTANT_MAX, &statement));
    for (uint32_t i = 0; i < forecast->tariff_count; i++)
        ret_bills[i] = DECIMAL_ZERO;
    for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++) {
        const struct bill *bill = &statement.bills[i];
        for (uint32_t k = 0; k < forecast->tariff_count; k++) {
            const struct forecast_tariff *own = &forecast->list[k];
            if (bill->kind == BILL_USAGE && bill->tariff == own->tariff &&
                period_has(own->period, bill->cycle.start_ns))
                status = decimal_add(ret_bills[k], bill->exact_total, &ret_bills[k]);
        }
    }
    statement_free(&statement);
    return status;
}

/* What comes is of no journal: no age makes it too old, or too new. */
static enum status way_run(struct running *running, const struct forecast_drawn *drawn, uint32_t days,
                           struct decimal *ret_bills) {
    struct forecast *forecast = running->forecast;
    struct forecast_way way = {.forecast = forecast,
                               .slots = running->is_point ? HOURS : 1,
                               .drawn = drawn,
                               .sums =
                                   ARENA_ARRAY(&forecast->arena, forecast->stream_count + (size_t)1, struct decimal),
                               .levels = ARENA_ARRAY(&forecast->arena, forecast->stream_count + (size_t)1, uint64_t),
                               .look = look,
                               .context = running};
    if (!way.sums || !way.levels)
        return STATUS_NO_MEMORY;
    TRY(engine_part(running->engine, forecast->account_index, &running->part));
    way.part = running->part;
    enum status status = engine_origin(running->part, SLICE(""), 0, INSTANT_MIN);
    for (uint32_t i = 0; i < forecast->lot_count; i++)
        running->ends[i] = INSTANT_MAX;
    if (status == STATUS_OK)
        status = forecast_go(&way, days);
    if (status == STATUS_OK)
        status = bills_take(running, ret_bills);
    engine_free(running->part);
    return status;
}

/* ---- the mean ---- */

static enum status rest_find(struct forecast *forecast) {
    struct forecast_way way = {.forecast = forecast};
    struct decimal day;
    for (uint32_t i = 0; i < forecast->stream_count; i++) {
        struct forecast_stream *stream = &forecast->streams[i];
        for (uint32_t k = 0; k < forecast->list[stream->tariff].ahead; k++) {
            TRY(forecast_day(&way, i, FORECAST_TODAY + k, &day));
            TRY(decimal_add(stream->rest, day, &stream->rest));
        }
        if (stream->is_whole)
            TRY(decimal_round(stream->rest, 0, ROUND_DOWN, &stream->rest));
    }
    return STATUS_OK;
}

static enum status point_run(struct running *running) {
    struct forecast *forecast = running->forecast;
    struct decimal *bills = ARENA_ARRAY(&forecast->arena, forecast->tariff_count + (size_t)1, struct decimal);
    if (!bills)
        return STATUS_NO_MEMORY;
    TRY(way_run(running, NULL, 0, bills)); /* nothing comes */
    for (uint32_t i = 0; i < forecast->tariff_count; i++)
        forecast->list[i].so_far = bills[i];
    running->is_point = true;
    TRY(way_run(running, NULL, forecast->days > 0 ? forecast->ahead : 0, bills));
    running->is_point = false;
    for (uint32_t i = 0; i < forecast->tariff_count; i++)
        forecast->list[i].expected = bills[i];
    for (uint32_t i = 0; i < forecast->lot_count; i++) {
        forecast->lots[i].is_used_up = running->ends[i] != INSTANT_MAX;
        forecast->lots[i].used_up_ns = running->ends[i];
    }
    return rest_find(forecast);
}

/* ---- draws ---- */

/* A draw first draws the days that a pool has, then the days to come from those: so that it also tells how far the mean
 * itself may be off. */
static void days_draw(const struct forecast *forecast, uint64_t *state, struct forecast_drawn *ret_drawn) {
    uint32_t pools[7][FORECAST_DAYS];
    bool is_drawn[7] = {false};
    ret_drawn->is_recent = forecast_draw(state, 2) == 1;
    for (uint32_t i = 0; i < forecast->ahead; i++) {
        struct forecast_pool pool = forecast_pool(forecast, FORECAST_TODAY + i);
        uint32_t class = forecast->has_weekdays ? i % 7 : 0;
        for (uint32_t k = 0; !is_drawn[class] && k < pool.count; k++)
            pools[class][k] = pool.first + pool.step * forecast_draw(state, pool.count);
        is_drawn[class] = true;
        ret_drawn->days[i] = pools[class][forecast_draw(state, pool.count)];
        if (i % 7 != 0 || forecast->changes == 0)
            continue;
        ret_drawn->weeks[i / 7] = forecast_draw(state, forecast->changes);
        ret_drawn->inverse[i / 7] = forecast->changes < FORECAST_CHANGES && forecast_draw(state, 2) == 1;
    }
}

static int by_amount(const void *a, const void *b) {
    return decimal_cmp(*(const struct decimal *)a, *(const struct decimal *)b);
}

static int by_instant(const void *a, const void *b) {
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* As many draws lie below the interval as above it. */
static void quantiles_take(struct forecast *forecast, const struct drawn *drawn) {
    uint32_t outside = forecast->draws * (100 - FORECAST_LEVEL) / 200;
    for (uint32_t i = 0; i < forecast->tariff_count; i++) {
        struct decimal *list = &drawn->bills[(size_t)i * forecast->draws];
        qsort(list, forecast->draws, sizeof *list, by_amount);
        forecast->list[i].low = list[outside];
        forecast->list[i].high = list[forecast->draws - 1 - outside];
    }
    for (uint32_t i = 0; i < forecast->lot_count; i++) {
        int64_t *list = &drawn->ends[(size_t)i * forecast->draws];
        struct forecast_lot *lot = &forecast->lots[i];
        qsort(list, forecast->draws, sizeof *list, by_instant);
        lot->early_ns = list[outside];
        lot->late_ns = list[forecast->draws - 1 - outside];
        lot->has_early = lot->early_ns != INSTANT_MAX;
        lot->has_late = lot->late_ns != INSTANT_MAX;
    }
}

static enum status draws_run(struct running *running) {
    struct forecast *forecast = running->forecast;
    size_t charges = (size_t)forecast->stream_count * forecast->ahead;
    uint64_t state = SEED;
    struct forecast_drawn one;
    if (forecast->days < FORECAST_INTERVAL || charges == 0 || charges * FORECAST_DRAWS_MIN > CHARGES_MOST)
        return STATUS_OK;
    forecast->draws = charges * FORECAST_DRAWS > CHARGES_MOST ? (uint32_t)(CHARGES_MOST / charges) : FORECAST_DRAWS;
    struct drawn drawn = {
        .bills = ARENA_ARRAY(&forecast->arena, (size_t)forecast->tariff_count * forecast->draws, struct decimal),
        .ends = ARENA_ARRAY(&forecast->arena, ((size_t)forecast->lot_count + 1) * forecast->draws, int64_t)};
    struct decimal *bills = ARENA_ARRAY(&forecast->arena, forecast->tariff_count + (size_t)1, struct decimal);
    if (!drawn.bills || !drawn.ends || !bills)
        return STATUS_NO_MEMORY;
    for (uint32_t draw = 0; draw < forecast->draws; draw++) {
        days_draw(forecast, &state, &one);
        TRY(way_run(running, &one, forecast->ahead, bills));
        for (uint32_t i = 0; i < forecast->tariff_count; i++)
            drawn.bills[(size_t)i * forecast->draws + draw] = bills[i];
        for (uint32_t i = 0; i < forecast->lot_count; i++)
            drawn.ends[(size_t)i * forecast->draws + draw] = running->ends[i];
    }
    quantiles_take(forecast, &drawn);
    return STATUS_OK;
}

/* ---- all of it ---- */

enum status forecast_run(struct forecast *forecast, const struct engine *engine) {
    struct running running = {.forecast = forecast, .engine = engine};
    forecast->bills = engine_bill_count(engine);
    TRY(lots_find(forecast, engine));
    running.ends = ARENA_ARRAY(&forecast->arena, forecast->lot_count + (size_t)1, int64_t);
    if (!running.ends)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < forecast->tariff_count; i++) {
        uint32_t ahead = forecast->list[i].ahead;
        forecast->ahead = ahead > forecast->ahead ? ahead : forecast->ahead;
    }
    if (forecast->lot_count > 0)
        forecast->ahead = FORECAST_AHEAD_MAX;
    TRY(point_run(&running));
    return draws_run(&running);
}

/* ---- what is billed already ---- */

static enum status closed_add(void *context, const struct bill *bill) {
    struct forecast *forecast = context;
    for (uint32_t i = 0; i < forecast->tariff_count; i++) {
        struct forecast_tariff *own = &forecast->list[i];
        if (bill->kind == BILL_USAGE && bill->tariff == own->tariff && period_has(own->period, bill->cycle.start_ns))
            return decimal_add(own->closed, bill->exact_total, &own->closed);
    }
    return STATUS_OK;
}

enum status forecast_closed(struct forecast *forecast, struct book *book) {
    struct store_bill_filter filter = {.account = forecast->account, .until = forecast->bills + 1};
    TRY(book_bills(book, &filter, closed_add, forecast));
    for (uint32_t i = 0; i < forecast->tariff_count; i++) {
        struct forecast_tariff *own = &forecast->list[i];
        struct decimal *sums[] = {&own->so_far, &own->expected, &own->low, &own->high};
        for (size_t k = 0; k < sizeof sums / sizeof *sums; k++)
            TRY(decimal_add(*sums[k], own->closed, sums[k]));
    }
    return STATUS_OK;
}
