/* SPDX-License-Identifier: Apache-2.0
 *
 * Flat, graduated and volume prices over exact quantities. */
#include "rate/rate.h"

#include <assert.h>

static enum status slice_price(const struct tariff *tariff, struct decimal quantity, struct decimal unit_price,
                               struct decimal per, struct rate_slice *ret) {
    struct rate_slice slice = {.quantity = quantity, .unit_price = unit_price, .per = per};
    TRY(decimal_price(quantity, unit_price, per, tariff->line_scale, tariff->line_rounding, &slice.amount));
    *ret = slice;
    return STATUS_OK;
}

static void slice_tier(struct rate_slice *slice, const struct tier *tiers, uint32_t index) {
    slice->has_tier = true;
    slice->from = index ? tiers[index - 1].up_to : DECIMAL_ZERO;
    slice->up_to = tiers[index].up_to;
    slice->is_last_tier = tiers[index].is_last;
}

/* Each slice of the quantity at the price of the tier it lies in. */
static enum status graduated_slices(const struct tariff *tariff, const struct rate *rate, struct decimal quantity,
                                    struct decimal before, struct rate_slice *ret_slices, uint32_t *ret_count) {
    struct decimal at = before, end;
    TRY(decimal_add(before, quantity, &end));
    /* lower-inclusive: unit number `up_to` already belongs to the next tier, so the tier holds up_to - 1 units. */
    wide shift = rate->upper_inclusive ? 0 : DECIMAL_ONE_PICO;
    uint32_t count = 0;
    for (uint32_t i = 0; i < rate->tier_count && at.pico < end.pico; i++) {
        const struct tier *tier = &rate->tiers[i];
        wide limit = tier->is_last ? end.pico : tier->up_to.pico - shift;
        if (limit <= at.pico)
            continue;
        if (limit > end.pico)
            limit = end.pico;
        if (count == RATE_SLICES_MAX)
            return STATUS_RANGE;
        TRY(slice_price(tariff, (struct decimal){limit - at.pico}, tier->price, rate->per, &ret_slices[count]));
        slice_tier(&ret_slices[count++], rate->tiers, i);
        at.pico = limit;
    }
    *ret_count = count;
    return STATUS_OK;
}

/* The whole quantity at the price of the tier that the cycle's total reached. The cliff between tiers stays. Rule: vclm
 * 3b-6, 3d-2. */
static enum status volume_slice(const struct tariff *tariff, const struct rate *rate, struct decimal quantity,
                                struct decimal total, struct rate_slice *ret_slice) {
    uint32_t index = 0;
    while (!rate->tiers[index].is_last) {
        int side = decimal_cmp(total, rate->tiers[index].up_to);
        if (side < 0 || (side == 0 && rate->upper_inclusive))
            break;
        index++;
    }
    TRY(slice_price(tariff, quantity, rate->tiers[index].price, rate->per, ret_slice));
    slice_tier(ret_slice, rate->tiers, index);
    return STATUS_OK;
}

enum status rate_slices(const struct tariff *tariff, const struct rate *rate, struct decimal quantity,
                        struct decimal before, struct decimal total, struct rate_slice *ret_slices,
                        uint32_t *ret_count) {
    switch (rate->mode) {
    case PRICE_UNPUBLISHED:
        return STATUS_MISSING;
    case PRICE_GRADUATED:
        return graduated_slices(tariff, rate, quantity, before, ret_slices, ret_count);
    case PRICE_VOLUME:
        TRY(volume_slice(tariff, rate, quantity, total, &ret_slices[0]));
        break;
    case PRICE_FREE:
        TRY(slice_price(tariff, quantity, DECIMAL_ZERO, rate->per, &ret_slices[0]));
        break;
    case PRICE_FLAT:
        TRY(slice_price(tariff, quantity, rate->price, rate->per, &ret_slices[0]));
        break;
    }
    *ret_count = 1;
    return STATUS_OK;
}

static struct rate product_rate(const struct product *product) {
    return (struct rate){.mode = product->mode,
                         .per = decimal_from_int(1),
                         .price = product->price,
                         .tiers = product->tiers,
                         .tier_count = product->tier_count,
                         .upper_inclusive = product->upper_inclusive};
}

/* Each order is priced by itself; slices are not shared across orders. Rule: viapi 4d-14. */
enum status product_price(const struct tariff *tariff, const struct product *product, struct decimal quantity,
                          uint32_t periods, struct decimal *ret_amount, struct rate_slice *ret_slices,
                          uint32_t *ret_count) {
    if (!product->is_published)
        return STATUS_MISSING;
    struct rate rate = product_rate(product);
    uint32_t count;
    TRY(rate_slices(tariff, &rate, quantity, DECIMAL_ZERO, quantity, ret_slices, &count));
    struct decimal amount = DECIMAL_ZERO;
    struct rate_slice priced;
    for (uint32_t i = 0; i < count; i++) { /* all periods at once: a line is rounded once */
        struct decimal whole;
        TRY(wide_mul(ret_slices[i].quantity.pico, (wide)periods, &whole.pico));
        TRY(slice_price(tariff, whole, ret_slices[i].unit_price, rate.per, &priced));
        ret_slices[i].amount = priced.amount;
        TRY(decimal_add(amount, ret_slices[i].amount, &amount));
    }
    *ret_amount = amount;
    *ret_count = count;
    return STATUS_OK;
}

/* For a part of the period, exactly until the one rounding of the line. */
static enum status slice_share(const struct tariff *tariff, struct ratio periods, struct rate_slice *slice) {
    struct ratio amount;
    TRY(ratio_mul(ratio_from_decimal(slice->quantity), ratio_from_decimal(slice->unit_price), &amount));
    TRY(ratio_mul(amount, periods, &amount));
    return ratio_to_decimal_rounded(amount, tariff->line_scale, tariff->line_rounding, &slice->amount);
}

/* Rule: viapi 4d-13. Graduated slices go on where those of the running plan end. */
enum status product_upgrade_price(const struct tariff *tariff, const struct product *product, struct decimal from,
                                  struct decimal to, struct ratio periods, struct rate_slice *ret_slices,
                                  uint32_t *ret_count) {
    struct rate rate = product_rate(product);
    struct decimal more = {to.pico - from.pico};
    uint32_t count;
    assert(rate.mode != PRICE_VOLUME); /* the language has none for products */
    if (!product->is_published)
        return STATUS_MISSING;
    TRY(rate_slices(tariff, &rate, more, from, to, ret_slices, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(slice_share(tariff, periods, &ret_slices[i]));
    *ret_count = count;
    return STATUS_OK;
}
