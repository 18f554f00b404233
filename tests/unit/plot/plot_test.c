/* SPDX-License-Identifier: Apache-2.0
 *
 * Bars: lengths that keep proportions, exact numbers beside them, names that cannot break out. */
#include "plot/plot_private.h"
#include "support/check.h"

enum { DAYS = 4 };
static const struct slice days[DAYS] = {{"2026-02-01", 10}, {"2026-02-02", 10}, {"2026-02-03", 10}, {"2026-02-04", 10}};
#define TENTH(n)                                                                                                       \
    { (wide)(n) * (DECIMAL_ONE_PICO / 10) }

static struct decimal calls[DAYS] = {TENTH(10), TENTH(5), TENTH(0), TENTH(6)};
static struct decimal looks[DAYS] = {TENTH(20), TENTH(5), TENTH(0), TENTH(1)};
static struct decimal returns[DAYS] = {TENTH(30), TENTH(-10), TENTH(5), TENTH(-3)};

#define NASTY "<b>&\"'\x01\n\xE2\x80\xAE\xFF\xC3\x28\xEF\xBF\xBF]]>-->\xE9\xBB\x9E"

static struct plot plot_of(struct plot_series *series, uint32_t count) {
    struct plot plot = {.title = SLICE("demo: calls by day"),
                        .unit = SLICE("call"),
                        .time = SLICE("day"),
                        .labels = days,
                        .label_count = DAYS,
                        .series = series,
                        .series_count = count};
    CHECK_OK(plot_totals(&plot));
    return plot;
}

static void steps_are_the_share_rounded_down(void **state) {
    (void)state;
    static const struct {
        const char *row;
        wide value, whole;
        uint32_t steps, want;
    } rows[] = {
        {"nothing is no step", 0, 100, 80, 0},
        {"all is every step", 100, 100, 80, 80},
        {"a half", 50, 100, 80, 40},
        {"almost all is not all", 99, 100, 80, 79},
        {"of nothing is none", 5, 0, 80, 0},
        {"the largest of all", WIDE_MAX, WIDE_MAX, 80, 80},
        {"half of the largest of all", WIDE_MAX / 2, WIDE_MAX, 80, 39},
    };
    FOR_ROWS(row, rows) {
        CHECK_UINT(plot_steps((struct decimal){row->value}, (struct decimal){row->whole}, row->steps), row->want);
    }
}

static void terminals(void **state) {
    (void)state;
    struct plot_series one[] = {{SLICE("call"), calls, DECIMAL_ZERO}};
    struct plot_series two[] = {{SLICE("call"), calls, DECIMAL_ZERO}, {SLICE("look"), looks, DECIMAL_ZERO}};
    struct plot_series signs[] = {{SLICE("call"), returns, DECIMAL_ZERO}, {SLICE("look"), looks, DECIMAL_ZERO}};
    struct plot_series nasty[] = {{SLICE(NASTY), calls, DECIMAL_ZERO}, {SLICE("look"), looks, DECIMAL_ZERO}};
    const struct {
        const char *row;
        struct plot_series *series;
        uint32_t count;
        struct plot_style style;
        const char *golden;
    } rows[] = {
        {"one series fills eighths", one, 1, {.width = 60}, "plot/one.txt"},
        {"one series in ASCII", one, 1, {.width = 60, .is_plain = true}, "plot/one-plain.txt"},
        {"stacked series have patterns", two, 2, {.width = 60}, "plot/two.txt"},
        {"stacked series in ASCII", two, 2, {.width = 60, .is_plain = true}, "plot/two-plain.txt"},
        {"stacked series in colours", two, 2, {.width = 60, .color = true}, "plot/two-color.txt"},
        {"what is below zero goes to the left", signs, 2, {.width = 60}, "plot/signs.txt"},
        {"a width without room still has bars", two, 2, {.width = 1, .is_plain = true}, "plot/narrow.txt"},
        {"names from outside cannot steer a terminal", nasty, 2, {.width = 60}, "plot/nasty.txt"},
    };
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        struct plot plot = plot_of(row->series, row->count);
        CHECK_OK(plot_text(&plot, &row->style, &out));
        CHECK_GOLDEN(buf_slice(&out), row->golden);
        buf_free(&out);
    }
}

static void documents(void **state) {
    (void)state;
    struct plot_series one[] = {{SLICE("call"), calls, DECIMAL_ZERO}};
    struct plot_series signs[] = {{SLICE(NASTY), returns, DECIMAL_ZERO}, {SLICE("look"), looks, DECIMAL_ZERO}};
    struct plot plots[] = {plot_of(one, 1), plot_of(signs, 2)};
    struct buf out = {0};
    plots[1].title = plots[1].unit = plots[1].note = SLICE(NASTY);
    CHECK_OK(plot_svg(plots, 2, SLICE("Usage " NASTY), &out));
    CHECK(!out.failed);
    CHECK_GOLDEN(buf_slice(&out), "plot/plots.svg");
    buf_clear(&out);
    CHECK_OK(plot_svg(NULL, 0, SLICE("Usage"), &out));
    CHECK_GOLDEN(buf_slice(&out), "plot/empty.svg");
    buf_free(&out);
}

static void sums_that_cannot_be_kept_are_refused(void **state) {
    (void)state;
    struct decimal most[DAYS] = {{WIDE_MAX}, {1}}, least[DAYS] = {{WIDE_MIN}, {-1}};
    struct plot_series high[] = {{SLICE("a"), most, DECIMAL_ZERO}, {SLICE("b"), most, DECIMAL_ZERO}};
    struct plot_series low[] = {{SLICE("a"), least, DECIMAL_ZERO}};
    struct plot plot = {.labels = days, .label_count = 1, .series = high, .series_count = 2};
    struct plot_style style = {.width = 80};
    struct buf out = {0};
    CHECK_STATUS(plot_text(&plot, &style, &out), STATUS_RANGE);
    CHECK_STATUS(plot_svg(&plot, 1, SLICE("x"), &out), STATUS_RANGE);
    plot = (struct plot){.labels = days, .label_count = 1, .series = low, .series_count = 1};
    CHECK_STATUS(plot_text(&plot, &style, &out), STATUS_RANGE);
    plot.label_count = 2;
    CHECK_STATUS(plot_totals(&plot), STATUS_RANGE);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_the_share_rounded_down),
        cmocka_unit_test(terminals),
        cmocka_unit_test(documents),
        cmocka_unit_test(sums_that_cannot_be_kept_are_refused),
    };
    return CHECK_RUN(tests);
}
