/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between the cells of a row of Cost and Usage. */
#include "focus/check.h"

static bool has(const struct check *check, enum focus_column column) {
    return check_filled(check, column);
}

static bool is(const struct check *check, enum focus_column column, const char *value) {
    return check_is(check, column, value);
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

void check_null(struct check *check, enum focus_rule_number rule, enum focus_column column, bool be_null,
                const char *because) {
    if (check_has(check, column) && has(check, column) == be_null)
        check_tell(check, rule, check_id(column), "it must %sbe empty: %s", be_null ? "" : "not ", because);
}

bool check_number(const struct check *check, enum focus_column column, struct figure *ret) {
    return has(check, column) && figure_parse(check_cell(check, column), ret);
}

/* Instants of one form sort as text. */
void check_period(struct check *check, enum focus_column start, enum focus_column end) {
    struct slice from = check_cell(check, start), to = check_cell(check, end);
    if (from.len == 20 && to.len == 20 && slice_cmp(from, to) >= 0)
        check_tell(check, RULE_PERIOD_ORDER, check_id(end), "it is not after %s", focus_columns[start].id);
}

/* ---- sku, price, quantity ---- */

static void price_nulls(struct check *check) {
    static const enum focus_column priced[] = {FOCUS_SkuId,
                                               FOCUS_SkuPriceId,
                                               FOCUS_PricingQuantity,
                                               FOCUS_PricingUnit,
                                               FOCUS_PricingCategory,
                                               FOCUS_ListUnitPrice,
                                               FOCUS_ContractedUnitPrice,
                                               FOCUS_PricingCurrencyListUnitPrice,
                                               FOCUS_PricingCurrencyContractedUnitPrice};
    static const enum focus_column by_price[] = {
        FOCUS_ListUnitPrice,
        FOCUS_ContractedUnitPrice,
        FOCUS_PricingCurrencyListUnitPrice,
        FOCUS_PricingQuantity,
        FOCUS_PricingCategory,
        FOCUS_PricingCurrencyContractedUnitPrice,
        FOCUS_ConsumedQuantity,
        FOCUS_CommitmentDiscountQuantity,
    };
    enum { PRICES = 3 }; /* of by_price: what a price id must have */
    bool needs = (is_usage(check) || is_purchase(check)) && !is_correction(check);
    for (size_t i = 0; i < sizeof priced / sizeof *priced; i++) {
        if (needs)
            check_null(check, RULE_USAGE_NEEDS, priced[i], false, "the charge is usage or a purchase");
        if (is(check, FOCUS_ChargeCategory, "Tax"))
            check_null(check, RULE_TAX_FORBIDS, priced[i], true, "the charge is a tax");
    }
    if (check->version < FOCUS_1_4 || needs || !check_has(check, FOCUS_SkuPriceId))
        return;
    bool has_id = has(check, FOCUS_SkuPriceId);
    for (size_t i = 0; has_id && i < PRICES; i++)
        check_null(check, RULE_PRICE_WITH_ID, by_price[i], false, "SkuPriceId is not");
    for (size_t i = 0; !has_id && i < sizeof by_price / sizeof *by_price; i++)
        check_null(check, RULE_PRICE_ID_NEEDED, by_price[i], true, "SkuPriceId is");
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
        {RULE_NAME_WITH_ID, FOCUS_SubAccountId, FOCUS_SubAccountName},
        {RULE_NAME_WITH_ID, FOCUS_SubAccountId, FOCUS_SubAccountType},
        {RULE_NAME_WITH_ID, FOCUS_ResourceId, FOCUS_ResourceType},
        {RULE_NAME_WITH_ID, FOCUS_BillingAccountId, FOCUS_BillingAccountType},
        {RULE_NAME_WITH_ID, FOCUS_AllocatedResourceId, FOCUS_AllocatedResourceName},
        {RULE_INVOICE_DETAIL, FOCUS_InvoiceId, FOCUS_InvoiceDetailId},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        enum focus_column one = list[i].one, other = list[i].other;
        if (!check_has(check, one) || !check_has(check, other) || has(check, one) == has(check, other))
            continue;
        enum focus_column missing = has(check, one) ? other : one;
        check_tell(check, list[i].rule, check_id(missing), "it is empty, but %s has a value",
                   focus_columns[missing == one ? other : one].id);
    }
}

/* What says more of a thing is empty where the thing is not named. */
static void details(struct check *check) {
    static const enum focus_column list[][2] = {
        {FOCUS_ResourceId, FOCUS_ResourceName},
        {FOCUS_SkuId, FOCUS_SkuMeter},
        {FOCUS_SkuPriceId, FOCUS_SkuPriceDetails},
        {FOCUS_AllocatedMethodId, FOCUS_AllocatedMethodDetails},
        {FOCUS_AllocatedMethodId, FOCUS_AllocatedResourceId},
        {FOCUS_AllocatedMethodId, FOCUS_AllocatedTags},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (check_has(check, list[i][0]) && !has(check, list[i][0]) && has(check, list[i][1]))
            check_tell(check, RULE_DETAILS_WITHOUT_ID, check_id(list[i][1]), "it must be empty: %s is",
                       focus_columns[list[i][0]].id);
}

static void consumed(struct check *check) {
    if (!is_usage(check) || is(check, FOCUS_CommitmentDiscountStatus, "Unused"))
        check_null(check, RULE_CONSUMED_FORBIDDEN, FOCUS_ConsumedQuantity, true, "the charge consumes nothing");
    else if (!is_correction(check))
        check_null(check, RULE_CONSUMED_NEEDED, FOCUS_ConsumedQuantity, false, "the charge is usage");
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
    if (!check_number(check, price, &factor) || !check_number(check, FOCUS_PricingQuantity, &quantity) ||
        !check_number(check, cost, &amount))
        return;
    if (factor.units < 0)
        check_tell(check, RULE_PRICE_NEGATIVE, check_id(price), "%.*s is below zero",
                   SLICE_ARG(check_cell(check, price)));
    if (check->version < FOCUS_1_4 && is_correction(check))
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
    check_tell(check, RULE_COST_PRODUCT, check_id(cost), "%.*s, but %s x PricingQuantity is %s",
               SLICE_ARG(check_cell(check, cost)), focus_columns[price].id, text);
}

/* Credits cost what is billed, and from 1.4 on taxes as well. */
static void as_billed(struct check *check) {
    static const enum focus_column prices[] = {FOCUS_ListUnitPrice, FOCUS_ContractedUnitPrice, FOCUS_COLUMN_COUNT};
    static const enum focus_column costs[] = {FOCUS_ListCost, FOCUS_ContractedCost, FOCUS_EffectiveCost};
    bool is_credit = is(check, FOCUS_ChargeCategory, "Credit");
    bool is_tax = check->version >= FOCUS_1_4 && is(check, FOCUS_ChargeCategory, "Tax");
    struct figure billed, cost;
    if ((!is_credit && !is_tax) || !check_number(check, FOCUS_BilledCost, &billed))
        return;
    for (size_t i = is_credit ? 0 : 2; i < 3; i++) {
        if (prices[i] < FOCUS_COLUMN_COUNT && has(check, prices[i]))
            continue;
        if (check_number(check, costs[i], &cost) && figure_cmp(billed, cost) != 0)
            check_tell(check, RULE_COST_AS_BILLED, check_id(costs[i]), "%.*s, but BilledCost is %.*s",
                       SLICE_ARG(check_cell(check, costs[i])), SLICE_ARG(check_cell(check, FOCUS_BilledCost)));
    }
}

/* ---- commitment discounts and capacity ---- */

static void commitment(struct check *check) {
    static const enum focus_column details[] = {FOCUS_CommitmentDiscountCategory, FOCUS_CommitmentDiscountName,
                                                FOCUS_CommitmentDiscountStatus,   FOCUS_CommitmentDiscountType,
                                                FOCUS_CommitmentDiscountQuantity, FOCUS_CommitmentDiscountUnit};
    bool is_named = has(check, FOCUS_CommitmentDiscountId), is_covering = is_usage(check) || is_purchase(check);
    for (size_t i = 0; !is_named && i < sizeof details / sizeof *details; i++)
        check_null(check, RULE_COMMITMENT_DETAILS, details[i], true, "CommitmentDiscountId is");
    if (is(check, FOCUS_PricingCategory, "Committed") &&
        ((check_has(check, FOCUS_CommitmentDiscountId) && !is_named) || is_purchase(check)))
        check_tell(check, RULE_COMMITMENT_PRICING, check_id(FOCUS_PricingCategory),
                   is_named ? "the charge is the purchase itself" : "CommitmentDiscountId is empty");
    if (!is_named)
        return;
    check_null(check, RULE_COMMITMENT_DETAILS, FOCUS_CommitmentDiscountCategory, false, "CommitmentDiscountId is not");
    check_null(check, RULE_COMMITMENT_DETAILS, FOCUS_CommitmentDiscountType, false, "CommitmentDiscountId is not");
    if (is_usage(check))
        check_null(check, RULE_COMMITMENT_STATUS, FOCUS_CommitmentDiscountStatus, false, "the charge is usage");
    if (!is_covering)
        check_null(check, RULE_COMMITMENT_QUANTITY, FOCUS_CommitmentDiscountQuantity, true,
                   "the charge is neither usage nor a purchase");
    else if (!is_correction(check))
        check_null(check, RULE_COMMITMENT_QUANTITY, FOCUS_CommitmentDiscountQuantity, false,
                   "the charge is usage or a purchase");
    struct figure cost;
    if (is_purchase(check) && check_number(check, FOCUS_EffectiveCost, &cost) && cost.units != 0)
        check_tell(check, RULE_COMMITMENT_PURCHASE, check_id(FOCUS_EffectiveCost), "%.*s on the purchase of %.*s",
                   SLICE_ARG(check_cell(check, FOCUS_EffectiveCost)),
                   SLICE_ARG(check_cell(check, FOCUS_CommitmentDiscountId)));
}

/* From 1.4 on the purchase of a commitment discount and what is unused of it are about it as a resource. */
static void resource(struct check *check) {
    struct slice id = check_cell(check, FOCUS_CommitmentDiscountId), own = check_cell(check, FOCUS_ResourceId);
    bool is_about = is_purchase(check) || (is_usage(check) && is(check, FOCUS_CommitmentDiscountStatus, "Unused"));
    if (check->version >= FOCUS_1_4 && is_about && id.len > 0 && check_has(check, FOCUS_ResourceId) &&
        !slice_eq(id, own))
        check_tell(check, RULE_COMMITMENT_RESOURCE, check_id(FOCUS_ResourceId),
                   "\"%.*s\", but CommitmentDiscountId is \"%.*s\"", SLICE_ARG(own), SLICE_ARG(id));
}

static void capacity(struct check *check) {
    if (!has(check, FOCUS_CapacityReservationId))
        check_null(check, RULE_CAPACITY_STATUS, FOCUS_CapacityReservationStatus, true, "CapacityReservationId is");
    else if (is_usage(check))
        check_null(check, RULE_CAPACITY_STATUS, FOCUS_CapacityReservationStatus, false, "CapacityReservationId is not");
}

/* ---- the rest ---- */

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
        check_tell(check, RULE_SUBCATEGORY_PARENT, check_id(FOCUS_ServiceSubcategory), "\"%.*s\" belongs to \"%s\"",
                   SLICE_ARG(own), parent);
}

void check_costs(struct check *check) {
    price_nulls(check);
    pairs(check);
    details(check);
    consumed(check);
    product(check, FOCUS_ListUnitPrice, FOCUS_ListCost);
    product(check, FOCUS_ContractedUnitPrice, FOCUS_ContractedCost);
    as_billed(check);
    commitment(check);
    resource(check);
    capacity(check);
    check_period(check, FOCUS_BillingPeriodStart, FOCUS_BillingPeriodEnd);
    check_period(check, FOCUS_ChargePeriodStart, FOCUS_ChargePeriodEnd);
    subcategory(check);
    if (is_purchase(check) && is(check, FOCUS_ChargeFrequency, "Usage-Based"))
        check_tell(check, RULE_FREQUENCY_PURCHASE, check_id(FOCUS_ChargeFrequency), "the charge is a purchase");
}
