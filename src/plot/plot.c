/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums, ranges and lengths. */
#include "plot/plot_private.h"

enum status plot_totals(struct plot *plot) {
    for (uint32_t s = 0; s < plot->series_count; s++) {
        struct plot_series *series = &plot->series[s];
        series->total = DECIMAL_ZERO;
        for (uint32_t i = 0; i < plot->label_count; i++)
            TRY(decimal_add(series->total, series->values[i], &series->total));
    }
    return STATUS_OK;
}

enum status plot_sums(const struct plot *plot, uint32_t label, struct plot_sums *ret) {
    struct plot_sums sums = {0};
    for (uint32_t s = 0; s < plot->series_count; s++) {
        struct decimal value = plot->series[s].values[label];
        if (value.pico < 0)
            TRY(decimal_sub(sums.below, value, &sums.below));
        else
            TRY(decimal_add(sums.above, value, &sums.above));
        TRY(decimal_add(sums.all, value, &sums.all));
    }
    *ret = sums;
    return STATUS_OK;
}

enum status plot_range(const struct plot *plot, struct plot_range *ret) {
    struct plot_range range = {0};
    for (uint32_t i = 0; i < plot->label_count; i++) {
        struct plot_sums sums;
        TRY(plot_sums(plot, i, &sums));
        range.above = decimal_cmp(sums.above, range.above) > 0 ? sums.above : range.above;
        range.below = decimal_cmp(sums.below, range.below) > 0 ? sums.below : range.below;
    }
    TRY(decimal_add(range.above, range.below, &range.span));
    *ret = range;
    return STATUS_OK;
}

uint32_t plot_steps(struct decimal value, struct decimal whole, uint32_t steps) {
    uwide part = (uwide)value.pico, all = (uwide)whole.pico;
    if (part == 0 || all == 0)
        return 0;
    if (part >= all)
        return steps;
    while (all > (uwide)UINT64_MAX) { /* so that the product fits: a length is rounded anyway */
        part >>= 1;
        all >>= 1;
    }
    return (uint32_t)(part * steps / all);
}
