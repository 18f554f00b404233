/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantity and tier position to priced slices. Pure: no state, no clock, no allocation. */
#ifndef TG_RATE_RATE_H
#define TG_RATE_RATE_H

#include "tariff/tariff.h"

struct rate_slice {
    struct decimal quantity, unit_price, per, amount;
    struct decimal from, up_to; /* tier borders; has_tier false for flat */
    bool has_tier, is_last_tier;
};
#define RATE_SLICES_MAX 32

/* Price `quantity` under `rate`. `before`: units already counted in the cycle (graduated); `total`: the cycle's units
 * on the rate's basis (volume picks its tier by it). Amounts are rounded to the tariff's line scale once per slice.
 * Fails: STATUS_MISSING (unpublished), STATUS_RANGE. */
MUST_CHECK enum status rate_slices(const struct tariff *tariff, const struct rate *rate, struct decimal quantity,
                                   struct decimal before, struct decimal total, struct rate_slice *ret_slices,
                                   uint32_t *ret_count);
/* Price of an order of `quantity` pieces (QPS, tasks) for `periods` periods. Fails as above. */
MUST_CHECK enum status product_price(const struct tariff *tariff, const struct product *product,
                                     struct decimal quantity, uint32_t periods, struct decimal *ret_amount,
                                     struct rate_slice *ret_slices, uint32_t *ret_count);

/* What it costs to have `to` pieces instead of `from` (to > from) for so many periods: the price of all of them less
 * that of the ones there are, slice by slice, each line rounded once. Fails as above. */
MUST_CHECK enum status product_upgrade_price(const struct tariff *tariff, const struct product *product,
                                             struct decimal from, struct decimal to, struct ratio periods,
                                             struct rate_slice *ret_slices, uint32_t *ret_count);

#endif
