/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between the cells of a row, and between rows. */
#include <stdlib.h>

#include "focus/check.h"

static bool has(const struct check *check, enum focus_column column) {
    return check_cell(check, column).len > 0;
}

static bool is(const struct check *check, enum focus_column column, const char *value) {
    return slice_is(check_cell(check, column), value);
}

static struct slice id_of(enum focus_column column) {
    return slice_of(focus_columns[column].id);
}

static bool is_correction(const struct check *check) {
    return is(check, FOCUS_ChargeClass, "Correction");
}

static bool is_usage(const struct check *check) {
    return is(check, FOCUS_ChargeCategory, "Usage");
}

static bool is_purchase(const struct check *check) {
    return is(check, FOCUS_ChargeCategory, "Purchase");
}

/* A column that is in the file and must be null, or must not, in this row. */
static void null_must(struct check *check, enum focus_rule_number rule, enum focus_column column, bool be_null,
                      const char *because) {
    if (check_has(check, column) && has(check, column) == be_null)
        check_tell(check, rule, id_of(column), "it must %sbe empty: %s", be_null ? "" : "not ", because);
}

/* ---- sku, price, quantity ---- */

static void price_nulls(struct check *check) {
    static const enum focus_column priced[] = {
        FOCUS_SkuId,           FOCUS_SkuPriceId,    FOCUS_PricingQuantity,    FOCUS_PricingUnit,
        FOCUS_PricingCategory, FOCUS_ListUnitPrice, FOCUS_ContractedUnitPrice};
    static const enum focus_column by_price[] = {FOCUS_ListUnitPrice,    FOCUS_ContractedUnitPrice,
                                                 FOCUS_PricingQuantity,  FOCUS_PricingCategory,
                                                 FOCUS_ConsumedQuantity, FOCUS_CommitmentDiscountQuantity};
    bool needs = (is_usage(check) || is_purchase(check)) && !is_correction(check);
    for (size_t i = 0; i < sizeof priced / sizeof *priced; i++) {
        if (needs)
            null_must(check, RULE_USAGE_NEEDS, priced[i], false, "the charge is usage or a purchase");
        if (is(check, FOCUS_ChargeCategory, "Tax"))
            null_must(check, RULE_TAX_FORBIDS, priced[i], true, "the charge is a tax");
    }
    bool is_bound = check->version == FOCUS_1_4 && check_has(check, FOCUS_SkuPriceId) && !has(check, FOCUS_SkuPriceId);
    for (size_t i = 0; is_bound && !needs && i < sizeof by_price / sizeof *by_price; i++)
        null_must(check, RULE_PRICE_ID_NEEDED, by_price[i], true, "SkuPriceId is");
}

static void pairs(struct check *check) {
    static const struct {
        enum focus_rule_number rule;
        enum focus_column one, other;
    } list[] = {
        {RULE_UNIT_WITH_QUANTITY, FOCUS_PricingQuantity, FOCUS_PricingUnit},
        {RULE_UNIT_WITH_QUANTITY, FOCUS_ConsumedQuantity, FOCUS_ConsumedUnit},
        {RULE_UNIT_WITH_QUANTITY, FOCUS_CommitmentDiscountQuantity, FOCUS_CommitmentDiscountUnit},
        {RULE_REGION_NAME, FOCUS_RegionId, FOCUS_RegionName},
        {RULE_INVOICE_DETAIL, FOCUS_InvoiceId, FOCUS_InvoiceDetailId},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        enum focus_column one = list[i].one, other = list[i].other;
        if (!check_has(check, one) || !check_has(check, other) || has(check, one) == has(check, other))
            continue;
        enum focus_column missing = has(check, one) ? other : one;
        check_tell(check, list[i].rule, id_of(missing), "it is empty, but %s has a value",
                   focus_columns[missing == one ? other : one].id);
    }
}

static void consumed(struct check *check) {
    bool is_unused =
        is(check, FOCUS_CommitmentDiscountStatus, "Unused") || is(check, FOCUS_CapacityReservationStatus, "Unused");
    if (!is_usage(check) || is(check, FOCUS_CommitmentDiscountStatus, "Unused"))
        null_must(check, RULE_CONSUMED_FORBIDDEN, FOCUS_ConsumedQuantity, true, "the charge consumes nothing");
    else if (!is_correction(check) && !is_unused)
        null_must(check, RULE_CONSUMED_NEEDED, FOCUS_ConsumedQuantity, false, "the charge is usage");
}

static bool number(const struct check *check, enum focus_column column, struct figure *ret) {
    return has(check, column) && figure_parse(check_cell(check, column), ret);
}

/* Half a unit of a number's last digit, times another one: it may have been rounded. Numbers with few digits are what
 * they say. */
static bool last_digit(struct figure value, struct figure times, struct figure *ret) {
    struct figure half = {5, value.digits + 1};
    if (value.digits < 6 || value.digits + 1 > FIGURE_DIGITS_MAX) {
        *ret = FIGURE_ZERO;
        return true;
    }
    times.units = times.units < 0 ? -times.units : times.units;
    return figure_product(half, times, ret);
}

static void product(struct check *check, enum focus_column price, enum focus_column cost) {
    struct figure factor, quantity, amount, want, minus, off, slack, more, most;
    if (!number(check, price, &factor) || !number(check, FOCUS_PricingQuantity, &quantity) ||
        !number(check, cost, &amount))
        return;
    if (factor.units < 0)
        check_tell(check, RULE_PRICE_NEGATIVE, id_of(price), "%.*s is below zero", SLICE_ARG(check_cell(check, price)));
    if (check->version == FOCUS_1_2 && is_correction(check))
        return;
    minus = (struct figure){-amount.units, amount.digits};
    bool fits = figure_product(factor, quantity, &want) && figure_add(want, minus, &off) &&
                last_digit(factor, quantity, &slack) && last_digit(quantity, factor, &more) &&
                last_digit(amount, (struct figure){1, 0}, &most) && figure_add(slack, more, &slack) &&
                figure_add(slack, most, &slack);
    if (!fits) /* more digits than can be reckoned with: nothing can be said */
        return;
    off.units = off.units < 0 ? -off.units : off.units;
    if (figure_cmp(off, slack) <= 0)
        return;
    char text[FIGURE_TEXT_MAX];
    figure_format(want, text);
    check_tell(check, RULE_COST_PRODUCT, id_of(cost), "%.*s, but %s x PricingQuantity is %s",
               SLICE_ARG(check_cell(check, cost)), focus_columns[price].id, text);
}

/* ---- commitment discounts and capacity ---- */

static void commitment(struct check *check) {
    static const enum focus_column details[] = {FOCUS_CommitmentDiscountCategory, FOCUS_CommitmentDiscountName,
                                                FOCUS_CommitmentDiscountStatus,   FOCUS_CommitmentDiscountType,
                                                FOCUS_CommitmentDiscountQuantity, FOCUS_CommitmentDiscountUnit};
    bool is_named = has(check, FOCUS_CommitmentDiscountId), is_covering = is_usage(check) || is_purchase(check);
    for (size_t i = 0; !is_named && i < sizeof details / sizeof *details; i++)
        null_must(check, RULE_COMMITMENT_DETAILS, details[i], true, "CommitmentDiscountId is");
    if (is(check, FOCUS_PricingCategory, "Committed") &&
        ((check_has(check, FOCUS_CommitmentDiscountId) && !is_named) || is_purchase(check)))
        check_tell(check, RULE_COMMITMENT_PRICING, id_of(FOCUS_PricingCategory),
                   is_named ? "the charge is the purchase itself" : "CommitmentDiscountId is empty");
    if (!is_named)
        return;
    null_must(check, RULE_COMMITMENT_DETAILS, FOCUS_CommitmentDiscountCategory, false, "CommitmentDiscountId is not");
    null_must(check, RULE_COMMITMENT_DETAILS, FOCUS_CommitmentDiscountType, false, "CommitmentDiscountId is not");
    if (is_usage(check))
        null_must(check, RULE_COMMITMENT_STATUS, FOCUS_CommitmentDiscountStatus, false, "the charge is usage");
    if (!is_covering)
        null_must(check, RULE_COMMITMENT_QUANTITY, FOCUS_CommitmentDiscountQuantity, true,
                  "the charge is neither usage nor a purchase");
    else if (!is_correction(check))
        null_must(check, RULE_COMMITMENT_QUANTITY, FOCUS_CommitmentDiscountQuantity, false,
                  "the charge is usage or a purchase");
    struct figure cost;
    if (is_purchase(check) && number(check, FOCUS_EffectiveCost, &cost) && cost.units != 0)
        check_tell(check, RULE_COMMITMENT_PURCHASE, id_of(FOCUS_EffectiveCost), "%.*s on the purchase of %.*s",
                   SLICE_ARG(check_cell(check, FOCUS_EffectiveCost)),
                   SLICE_ARG(check_cell(check, FOCUS_CommitmentDiscountId)));
}

static void capacity(struct check *check) {
    if (!has(check, FOCUS_CapacityReservationId))
        null_must(check, RULE_CAPACITY_STATUS, FOCUS_CapacityReservationStatus, true, "CapacityReservationId is");
    else if (is_usage(check))
        null_must(check, RULE_CAPACITY_STATUS, FOCUS_CapacityReservationStatus, false, "CapacityReservationId is not");
}

/* ---- between rows ---- */

static void sums_take(struct check *check) {
    struct slice id = check_cell(check, FOCUS_CommitmentDiscountId);
    uint32_t known = check->commitments.count, index;
    struct figure cost;
    if (id.len == 0 || check->status != STATUS_OK)
        return;
    check->status = names_add(&check->commitments, id, &index);
    if (check->status == STATUS_OK && known == check->sum_cap && index == known) {
        uint32_t cap = check->sum_cap ? check->sum_cap * 2 : 64;
        struct check_sums *sums = realloc(check->sums, cap * sizeof *sums);
        check->status = sums ? STATUS_OK : STATUS_NO_MEMORY;
        check->sums = sums ? sums : check->sums;
        check->sum_cap = sums ? cap : check->sum_cap;
    }
    if (check->status != STATUS_OK)
        return;
    struct check_sums *sums = &check->sums[index];
    if (index == known)
        *sums = (struct check_sums){.line = check->line};
    sums->has_purchase = sums->has_purchase || is_purchase(check);
    sums->has_unused = sums->has_unused || is(check, FOCUS_CommitmentDiscountStatus, "Unused");
    if (is_purchase(check) && number(check, FOCUS_BilledCost, &cost))
        sums->has_overflow |= !figure_add(sums->billed, cost, &sums->billed);
    if (is_usage(check) && number(check, FOCUS_EffectiveCost, &cost))
        sums->has_overflow |= !figure_add(sums->effective, cost, &sums->effective);
}

static void sku_take(struct check *check) {
    struct slice price = check_cell(check, FOCUS_SkuPriceId), sku = check_cell(check, FOCUS_SkuId);
    uint32_t known = check->prices.count, index;
    if (price.len == 0 || sku.len == 0 || check->status != STATUS_OK)
        return;
    check->status = names_add(&check->prices, price, &index);
    if (check->status != STATUS_OK)
        return;
    if (index < known) {
        if (!slice_eq(check->price_skus[index], sku))
            check_tell(check, RULE_SKU_PARENT, id_of(FOCUS_SkuPriceId),
                       "\"%.*s\" is of \"%.*s\" here, of \"%.*s\" before", SLICE_ARG(price), SLICE_ARG(sku),
                       SLICE_ARG(check->price_skus[index]));
        return;
    }
    if (known == check->price_cap) {
        uint32_t cap = check->price_cap ? check->price_cap * 2 : 64;
        struct slice *skus = realloc(check->price_skus, cap * sizeof *skus);
        if (skus == NULL) {
            check->status = STATUS_NO_MEMORY;
            return;
        }
        check->price_skus = skus;
        check->price_cap = cap;
    }
    check->price_skus[index] = arena_copy(check->arena, sku);
    if (check->price_skus[index].ptr == NULL)
        check->status = STATUS_NO_MEMORY;
}

void check_end(struct check *check) {
    for (uint32_t i = 0; i < check->commitments.count; i++) {
        const struct check_sums *sums = &check->sums[i];
        char billed[FIGURE_TEXT_MAX], effective[FIGURE_TEXT_MAX];
        if (!check_has(check, FOCUS_BilledCost) || !check_has(check, FOCUS_EffectiveCost))
            break;
        if (!sums->has_purchase || !sums->has_unused || sums->has_overflow ||
            figure_cmp(sums->billed, sums->effective) == 0)
            continue;
        figure_format(sums->billed, billed);
        figure_format(sums->effective, effective);
        check->line = sums->line;
        check_tell(check, RULE_COMMITMENT_SUM, id_of(FOCUS_EffectiveCost), "%.*s was bought for %s and costs %s",
                   SLICE_ARG(check->commitments.texts[i]), billed, effective);
    }
    check->line = 0;
}

static void periods(struct check *check) {
    static const enum focus_column bounds[][2] = {{FOCUS_BillingPeriodStart, FOCUS_BillingPeriodEnd},
                                                  {FOCUS_ChargePeriodStart, FOCUS_ChargePeriodEnd}};
    for (int i = 0; i < 2; i++) {
        struct slice start = check_cell(check, bounds[i][0]), end = check_cell(check, bounds[i][1]);
        if (start.len == 20 && end.len == 20 && slice_cmp(start, end) >= 0) /* of one form: they sort as text */
            check_tell(check, RULE_PERIOD_ORDER, id_of(bounds[i][1]), "it is not after %s",
                       focus_columns[bounds[i][0]].id);
    }
}

static void subcategory(struct check *check) {
    static const struct {
        const char *category, *subcategory;
    } services[] = {
#define SERVICE(category, subcategory) {category, subcategory},
#include "tariff/services.def"
#undef SERVICE
    };
    struct slice category = check_cell(check, FOCUS_ServiceCategory), own = check_cell(check, FOCUS_ServiceSubcategory);
    bool is_known = false;
    const char *parent = NULL;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        is_known = is_known || slice_is(category, services[i].category);
        parent = slice_is(own, services[i].subcategory) ? services[i].category : parent;
    }
    if (is_known && parent && !slice_is(category, parent))
        check_tell(check, RULE_SUBCATEGORY_PARENT, id_of(FOCUS_ServiceSubcategory), "\"%.*s\" belongs to \"%s\"",
                   SLICE_ARG(own), parent);
}

void check_across(struct check *check) {
    price_nulls(check);
    pairs(check);
    consumed(check);
    product(check, FOCUS_ListUnitPrice, FOCUS_ListCost);
    product(check, FOCUS_ContractedUnitPrice, FOCUS_ContractedCost);
    commitment(check);
    capacity(check);
    periods(check);
    subcategory(check);
    if (is_purchase(check) && is(check, FOCUS_ChargeFrequency, "Usage-Based"))
        check_tell(check, RULE_FREQUENCY_PURCHASE, id_of(FOCUS_ChargeFrequency), "the charge is a purchase");
    sums_take(check);
    sku_take(check);
}
