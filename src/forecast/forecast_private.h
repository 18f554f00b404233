/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside forecast: what its parts share. */
#ifndef TG_FORECAST_FORECAST_PRIVATE_H
#define TG_FORECAST_FORECAST_PRIVATE_H

#include "engine/view.h"
#include "forecast/forecast.h"

/* The index of a tariff, which is added when it is new. Fails: STATUS_RANGE. */
MUST_CHECK enum status forecast_tariff_index(struct forecast *forecast, const struct tariff *tariff,
                                             uint32_t *ret_index);

/* ---- days to come ---- */

/* Days that stand for a day to come: from `first` on, every `step`-th, `count` of them. */
struct forecast_pool {
    uint32_t first, step, count;
};
/* day: of the grid, from today on. */
struct forecast_pool forecast_pool(const struct forecast *forecast, uint32_t day);

#define FORECAST_PPM 1000000

/* What one draw drew. */
struct forecast_drawn {
    uint32_t days[FORECAST_AHEAD_MAX];          /* for each day to come, the day that it is like */
    uint32_t weeks[FORECAST_AHEAD_MAX / 7 + 1]; /* for each week to come, the change that it is like */
    bool inverse[FORECAST_AHEAD_MAX / 7 + 1];   /* or like the same change the other way round */
    bool is_recent; /* from the level of the last fortnight on, else from that of all days */
};
/* A way in which the days to come may go: each stream's quantity on each of them, carried on to whole units where it
 * was used in whole ones. */
struct forecast_way {
    const struct forecast *forecast;
    struct engine *part;                /* the account alone */
    uint32_t slots;                     /* into which a day is cut */
    const struct forecast_drawn *drawn; /* NULL: every day like the mean of its own */
    struct decimal *sums;               /* of each stream: what came so far, not yet whole */
    uint64_t *levels;                   /* of each stream, in millionths */
    /* Behind each slot, at its end; a fault ends the way. NULL: nobody looks. */
    enum status (*look)(void *context, uint32_t slot, int64_t end_ns);
    void *context;
};
/* Let it happen in `part`. Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status forecast_go(struct forecast_way *way, uint32_t days);
/* What a stream uses on a day to come, all of it; of today: of its rest. */
MUST_CHECK enum status forecast_day(const struct forecast_way *way, uint32_t stream, uint32_t day,
                                    struct decimal *ret_quantity);

/* ---- draws ---- */

/* One of `below` from the generator; its state is the seed. */
uint32_t forecast_draw(uint64_t *state, uint32_t below);

#endif
