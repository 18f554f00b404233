/* SPDX-License-Identifier: Apache-2.0
 *
 * Days to come: which days stand for them, what they come to, and a generator that never changes. */
#include "forecast/forecast_private.h"
#include "support/check.h"

/* Of the days that there are, those that stand for a day to come. */
static void pools(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint32_t first, ahead, want_first, want_step, want_count;
    } rows[] = {
        {"six weeks: today is like six days, the first of them six weeks ago", 0, 0, 0, 7, 6},
        {"six weeks: a week ahead is like today", 0, 7, 0, 7, 6},
        {"six weeks: tomorrow is like the days behind those", 0, 1, 1, 7, 6},
        {"three weeks: each weekday thrice", 21, 6, 27, 7, 3},
        {"23 days: two weekdays four times", 19, 5, 19, 7, 4},
        {"23 days: the others thrice", 19, 0, 21, 7, 3},
        {"20 days: every day is like all of them", 22, 3, 22, 1, 20},
        {"a day", 41, 3, 41, 1, 1},
        {"none", 42, 0, 42, 1, 0},
    };
    FOR_ROWS(row, rows) {
        struct forecast forecast = {.first = row->first, .days = FORECAST_TODAY - row->first};
        forecast.has_weekdays = forecast.days >= FORECAST_WEEKDAYS;
        struct forecast_pool pool = forecast_pool(&forecast, FORECAST_TODAY + row->ahead);
        CHECK_UINT(pool.first, row->want_first);
        CHECK_UINT(pool.step, row->want_step);
        CHECK_UINT(pool.count, row->want_count);
        for (uint32_t i = 0; i < pool.count; i++)
            CHECK(pool.first + i * pool.step < FORECAST_TODAY);
    }
}

/* What is said of a book must be said again by every machine and every version. */
static void draws_are_the_same_for_ever(void **state) {
    (void)state;
    static const uint32_t want[] = {317, 973, 423, 431, 821};
    uint64_t seed = 1234567; /* of the published test vector of splitmix64 */
    for (size_t i = 0; i < CHECK_COUNT(want); i++)
        CHECK_UINT(forecast_draw(&seed, 1000), want[i]);
    seed = 7;
    for (int i = 0; i < 1000; i++)
        CHECK(forecast_draw(&seed, 3) < 3);
}

/* The mean of a stream that was used 1, 2, … times on the days that there are. */
static void means(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint32_t days;
        wide want_pico;
    } rows[] = {
        {"no day has no mean", 0, 0},
        {"one day is its own", 1, DECIMAL_ONE_PICO},
        {"two days", 2, 3 * DECIMAL_ONE_PICO / 2},
        {"six weeks", 42, 43 * DECIMAL_ONE_PICO / 2},
    };
    FOR_ROWS(row, rows) {
        struct forecast forecast = {.first = FORECAST_TODAY - row->days, .days = row->days};
        struct forecast_stream stream = {.is_whole = true};
        struct decimal mean;
        for (uint32_t i = 0; i < row->days; i++)
            stream.days[forecast.first + i] = decimal_from_int((int64_t)i + 1);
        CHECK_OK(forecast_mean(&forecast, &stream, &mean));
        CHECK_WIDE(mean.pico, row->want_pico);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pools),
        cmocka_unit_test(draws_are_the_same_for_ever),
        cmocka_unit_test(means),
    };
    return CHECK_RUN(tests);
}
