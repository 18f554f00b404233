/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between the cells of a row of the datasets beside Cost and Usage. */
#include "focus/check.h"

static void updated(struct check *check, enum focus_column created, enum focus_column last) {
    struct slice from = check_cell(check, created), to = check_cell(check, last);
    if (from.len == 20 && to.len == 20 && slice_cmp(from, to) > 0) /* of one form: they sort as text */
        check_tell(check, RULE_UPDATED_AFTER, check_id(last), "it is before %s", focus_columns[created].id);
}

/* ---- contract commitments ---- */

static void amounts(struct check *check) {
    bool is_spend = check_is(check, COMMITMENT_ContractCommitmentCategory, "Spend");
    bool is_usage = check_is(check, COMMITMENT_ContractCommitmentCategory, "Usage");
    enum focus_column quantity = COMMITMENT_ContractCommitmentQuantity, unit = COMMITMENT_ContractCommitmentUnit;
    if (is_spend) {
        check_null(check, RULE_CONTRACT_AMOUNT, COMMITMENT_ContractCommitmentCost, false, "the category is Spend");
        check_null(check, RULE_CONTRACT_AMOUNT, COMMITMENT_BillingCurrency, false, "the category is Spend");
        check_null(check, RULE_CONTRACT_AMOUNT, COMMITMENT_PricingCurrencyContractCommitmentCost, false,
                   "the category is Spend");
    }
    if (is_usage)
        check_null(check, RULE_CONTRACT_AMOUNT, quantity, false, "the category is Usage");
    if (check_filled(check, quantity) != check_filled(check, unit))
        check_null(check, RULE_UNIT_WITH_QUANTITY, unit, !check_filled(check, quantity),
                   check_filled(check, quantity) ? "ContractCommitmentQuantity is not"
                                                 : "ContractCommitmentQuantity is");
}

/* False: the cell is empty, or no number; *ret is how it lies: below 0, 0, between, 1, above 1 as -1, 0, 1, 2, 3. */
static bool fraction(const struct check *check, enum focus_column column, int *ret) {
    struct figure value;
    if (!check_number(check, column, &value))
        return false;
    int one = figure_cmp(value, (struct figure){1, 0});
    *ret = value.units < 0 ? -1 : value.units == 0 ? 0 : one < 0 ? 1 : one == 0 ? 2 : 3;
    return true;
}

static void discount(struct check *check) {
    enum focus_column column = COMMITMENT_ContractCommitmentDiscountPercentage;
    int where;
    if (check_is(check, COMMITMENT_ContractCommitmentBenefitCategory, "Discount"))
        check_null(check, RULE_CONTRACT_DISCOUNT, column, false, "the benefit is a discount");
    if (check_is(check, COMMITMENT_ContractCommitmentBenefitCategory, "Availability"))
        check_null(check, RULE_CONTRACT_DISCOUNT, column, true, "the benefit is availability");
    if (fraction(check, column, &where) && (where < 0 || where > 2))
        check_tell(check, RULE_CONTRACT_DISCOUNT, check_id(column), "%.*s is not from 0 to 1",
                   SLICE_ARG(check_cell(check, column)));
}

static void payment(struct check *check) {
    static const struct {
        const char *model;
        int from, to;
    } models[] = {{"No Upfront", 0, 0}, {"Partial Upfront", 1, 1}, {"All Upfront", 2, 2}};
    enum focus_column column = COMMITMENT_ContractCommitmentPaymentUpfrontPercentage;
    enum focus_column interval = COMMITMENT_ContractCommitmentPaymentInterval;
    int where;
    if (check_is(check, COMMITMENT_ContractCommitmentPaymentModel, "All Upfront") && check_filled(check, interval) &&
        !check_is(check, interval, "One-Time"))
        check_tell(check, RULE_CONTRACT_PAYMENT, check_id(interval), "\"%.*s\", but all is paid upfront",
                   SLICE_ARG(check_cell(check, interval)));
    if (!fraction(check, column, &where))
        return;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (check_is(check, COMMITMENT_ContractCommitmentPaymentModel, models[i].model) &&
            (where < models[i].from || where > models[i].to))
            check_tell(check, RULE_CONTRACT_PAYMENT, check_id(column), "%.*s, but the model is %s",
                       SLICE_ARG(check_cell(check, column)), models[i].model);
}

/* "1 Year", "90 Days". */
static void duration(struct check *check) {
    static const char *const units[] = {"Minute", "Hour", "Day", "Week", "Month", "Quarter", "Year"};
    struct slice text = check_cell(check, COMMITMENT_ContractCommitmentDurationType), count, unit;
    uint64_t number = 0;
    bool is_right = slice_cut(text, ' ', &count, &unit) && slice_number(count, UINT64_MAX, &number) && number > 0;
    bool is_known = false;
    if (unit.len > 0 && unit.ptr[unit.len - 1] == 's')
        unit.len--;
    for (size_t i = 0; is_right && i < sizeof units / sizeof *units; i++)
        is_known = is_known || slice_is(unit, units[i]);
    if (text.len > 0 && !is_known)
        check_tell(check, RULE_CONTRACT_DURATION, check_id(COMMITMENT_ContractCommitmentDurationType),
                   "\"%.*s\" is no number of minutes, hours, days, weeks, months, quarters or years", SLICE_ARG(text));
}

static void contract(struct check *check) {
    enum focus_column model = COMMITMENT_ContractCommitmentModel;
    amounts(check);
    discount(check);
    payment(check);
    duration(check);
    check_period(check, COMMITMENT_ContractCommitmentPeriodStart, COMMITMENT_ContractCommitmentPeriodEnd);
    check_period(check, COMMITMENT_ContractPeriodStart, COMMITMENT_ContractPeriodEnd);
    updated(check, COMMITMENT_ContractCommitmentCreated, COMMITMENT_ContractCommitmentLastUpdated);
    if (check_is(check, COMMITMENT_ContractCommitmentFulfillmentInterval, "Full Period") &&
        check_is(check, model, "Continuous"))
        check_tell(check, RULE_CONTRACT_INTERVAL, check_id(model), "the interval is Full Period");
}

/* ---- invoices and their periods ---- */

static void invoice(struct check *check) {
    enum focus_column of = INVOICE_PaymentCurrencyInvoiceDetailId;
    struct figure cost;
    check_period(check, INVOICE_BillingPeriodStart, INVOICE_BillingPeriodEnd);
    updated(check, INVOICE_InvoiceDetailCreated, INVOICE_InvoiceDetailLastUpdated);
    if (check_filled(check, of) && check_number(check, INVOICE_PaymentCurrencyBilledCost, &cost) && cost.units != 0 &&
        !slice_eq(check_cell(check, of), check_cell(check, INVOICE_InvoiceDetailId)))
        check_tell(check, RULE_PAYMENT_DETAIL, check_id(of), "\"%.*s\", but the row has a PaymentCurrencyBilledCost",
                   SLICE_ARG(check_cell(check, of)));
}

void check_supplement(struct check *check) {
    if (check->dataset == FOCUS_CONTRACT_COMMITMENT)
        contract(check);
    if (check->dataset == FOCUS_INVOICE_DETAIL)
        invoice(check);
    if (check->dataset == FOCUS_BILLING_PERIOD) {
        check_period(check, PERIOD_BillingPeriodStart, PERIOD_BillingPeriodEnd);
        updated(check, PERIOD_BillingPeriodCreated, PERIOD_BillingPeriodLastUpdated);
    }
}
