/* SPDX-License-Identifier: Apache-2.0
 *
 * The cells of Contract Commitment, Invoice Detail and Billing Period. */
#include <string.h>

#include "base/json_writer.h"
#include "focus/writer.h"

/* Conditional columns are of what a book does not have: other currencies, parts paid upfront, purchase orders. */
static bool is_mandatory(const struct focus *focus, enum focus_column column) {
    (void)focus;
    return focus_columns[column].level == LEVEL_MANDATORY;
}

/* ---- contract commitments: what was bought ahead ---- */

enum { CONTRACT_ORDER, CONTRACT_REFUND, CONTRACT_SKU, CONTRACT_TARIFF, CONTRACT_OWN };
static const char *const contract_own[CONTRACT_OWN] = {"x_OrderId", "x_RefundedCost", "x_SkuId", "x_TariffName"};

static uint64_t contract_count(const struct focus *focus) {
    return focus->cover.lot_names.count;
}

static bool contract_is_shown(const struct focus *focus, uint64_t record) {
    const struct focus_lot *lot = &focus->cover.lots[record];
    return lot->is_known && lot->kind != PRODUCT_GRANT && focus_is_shown(focus, lot->account, lot->billing);
}

static bool is_capacity(const struct focus_lot *lot) {
    return lot->amortising == AMORTISED_BY_TIME;
}

/* Nothing is left of a package that does not restore. */
static bool is_exhausted(const struct focus_lot *lot) {
    return lot->amortising == AMORTISED_BY_UNITS && !lot->restores && lot->exhausted_ns != INSTANT_MIN;
}

static const char *lifecycle(const struct focus_lot *lot, int64_t now_ns) {
    return lot->is_refunded             ? "Canceled"
           : lot->effective_ns > now_ns ? "Pending"
           : lot->expires_ns <= now_ns  ? "Expired"
           : is_exhausted(lot)          ? "Exhausted"
                                        : "Active";
}

/* When its state changed last. */
static int64_t updated_ns(const struct focus_lot *lot, int64_t now_ns) {
    int64_t changes[] = {lot->effective_ns, is_exhausted(lot) ? lot->exhausted_ns : INSTANT_MIN, lot->expires_ns};
    int64_t last_ns = lot->ordered_ns;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i] > last_ns && changes[i] <= now_ns)
            last_ns = changes[i];
    return lot->is_refunded ? lot->refunded_ns : last_ns;
}

static void duration_cell(struct cells *cells, const struct focus_lot *lot) {
    static const char *const units[] = {"Second", "Minute", "Hour", "Day", "Month", "Year"};
    int64_t count = lot->validity.count * (lot->periods > 0 ? lot->periods : 1);
    struct buf text = {0};
    buf_printf(&text, "%lld %s%s", (long long)count, units[lot->validity.unit], count == 1 ? "" : "s");
    focus_cell_json(cells, &text);
}

static const char *interval(const struct focus_lot *lot) {
    static const char *const cycles[] = {
        [CYCLE_HOUR] = "Hourly", [CYCLE_DAY] = "Daily", [CYCLE_MONTH] = "Monthly", [CYCLE_DYNAMIC_MONTH] = "Monthly"};
    return is_capacity(lot) ? "Custom" : lot->restores ? cycles[lot->restore_cycle] : "Full Period";
}

static void values_of(struct json_writer *writer, const struct focus_lot *lot, const struct product *product) {
    struct buf sku = {0};
    for (uint32_t i = 0; i < product->scope_count; i++) {
        buf_clear(&sku);
        buf_printf(&sku, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(lot->tariff->name),
                   SLICE_ARG(lot->tariff->items[product->scope[i].item].name));
        json_text(writer, buf_slice(&sku));
        writer->out->failed = writer->out->failed || sku.failed;
    }
    buf_free(&sku);
}

static void rule_open(struct json_writer *writer, const char *dimension) {
    json_object(writer);
    json_member(writer, "Dimension", slice_of(dimension));
    json_member(writer, "Operator", SLICE("In"));
    json_key(writer, "Values");
    json_array(writer);
}

static void rule_close(struct json_writer *writer) {
    json_array_end(writer);
    json_object_end(writer);
}

/* The account's usage of the items that it covers. */
static void applicability_cell(struct cells *cells, const struct focus_lot *lot) {
    const struct product *product = focus_product(lot);
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    json_object(&writer);
    json_member(&writer, "InclusionOperator", SLICE("And"));
    json_key(&writer, "Inclusions");
    json_array(&writer);
    rule_open(&writer, "BillingAccountId");
    json_text(&writer, lot->account);
    rule_close(&writer);
    if (product && product->scope_count > 0) {
        rule_open(&writer, "SkuId");
        values_of(&writer, lot, product);
        rule_close(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    focus_cell_json(cells, &text);
}

/* In units for packages, else in pieces: calls a second, tasks, licences. */
static void quantity_cell(struct cells *cells, const struct focus_lot *lot) {
    struct figure quantity = figure_of(lot->pieces);
    if (lot->amortising == AMORTISED_BY_UNITS)
        figure_quotient((struct figure){lot->bought, DECIMAL_SCALE}, figure_of(decimal_from_int(lot->scale)),
                        &quantity);
    focus_cell_figure(cells, true, quantity);
}

static void contract_word(struct cells *cells, const struct focus_lot *lot, enum focus_column column) {
    const char *word = "";
    switch ((int)column) {
    case COMMITMENT_ContractCommitmentBenefitCategory:
        word = is_capacity(lot) ? "Availability" : "Entitlement";
        break;
    case COMMITMENT_ContractCommitmentCategory:
        word = "Usage";
        break;
    case COMMITMENT_ContractCommitmentFulfillmentInterval:
        word = interval(lot);
        break;
    case COMMITMENT_ContractCommitmentLifecycleStatus:
        word = lifecycle(lot, cells->focus->now_ns);
        break;
    case COMMITMENT_ContractCommitmentModel:
        word = is_capacity(lot) || lot->restores ? "Continuous" : "Discontinuous";
        break;
    case COMMITMENT_ContractCommitmentOfferCategory:
        word = lot->tariff->base_count > 0 ? "Negotiated" : "Public";
        break;
    case COMMITMENT_ContractCommitmentPaymentInterval:
        word = "One-Time";
        break;
    case COMMITMENT_ContractCommitmentPaymentModel:
        word = "All Upfront";
        break;
    case COMMITMENT_ContractCommitmentType:
        word = focus_lot_type(lot);
        break;
    case COMMITMENT_BillingCurrency:
        word = lot->tariff->currency->code;
        break;
    default:
        break;
    }
    focus_cell_text(cells, slice_of(word));
}

static void contract_instant(struct cells *cells, const struct focus_lot *lot, enum focus_column column) {
    focus_cell_instant(cells,
                       column == COMMITMENT_ContractCommitmentCreated       ? lot->ordered_ns
                       : column == COMMITMENT_ContractCommitmentLastUpdated ? updated_ns(lot, cells->focus->now_ns)
                       : column == COMMITMENT_ContractCommitmentPeriodEnd || column == COMMITMENT_ContractPeriodEnd
                           ? lot->expires_ns
                           : lot->effective_ns);
}

static void contract_cell(struct cells *cells, uint64_t record, enum focus_column column) {
    const struct focus_lot *lot = &cells->focus->cover.lots[record];
    switch ((int)column) {
    case COMMITMENT_ContractCommitmentApplicability:
        applicability_cell(cells, lot);
        break;
    case COMMITMENT_ContractCommitmentCost:
        focus_cell_decimal(cells, lot->price);
        break;
    case COMMITMENT_ContractCommitmentDescription:
        focus_cell_text(cells, lot->title);
        break;
    case COMMITMENT_ContractCommitmentDiscountPercentage:
        focus_cell_null(cells);
        break;
    case COMMITMENT_ContractCommitmentDurationType:
        duration_cell(cells, lot);
        break;
    case COMMITMENT_ContractCommitmentId:
    case COMMITMENT_ContractId:
        focus_cell_lot_id(cells, lot);
        break;
    case COMMITMENT_ContractCommitmentQuantity:
        quantity_cell(cells, lot);
        break;
    case COMMITMENT_ContractCommitmentUnit:
        focus_cell_unit(cells, lot->unit);
        break;
    case COMMITMENT_InvoiceIssuerName:
        focus_cell_issuer(cells, lot->tariff);
        break;
    case COMMITMENT_ServiceProviderName:
        focus_cell_text(cells, focus_provider(lot->tariff));
        break;
    default:
        if (focus_columns[column].type == TYPE_DATETIME)
            contract_instant(cells, lot, column);
        else
            contract_word(cells, lot, column);
    }
}

static void sku_cell(struct cells *cells, const struct tariff *tariff, struct slice sku) {
    struct buf text = {0};
    buf_printf(&text, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(tariff->name), SLICE_ARG(sku));
    focus_cell_json(cells, &text);
}

static void contract_own_cell(struct cells *cells, uint64_t record, int own) {
    const struct focus_lot *lot = &cells->focus->cover.lots[record];
    switch (own) {
    case CONTRACT_ORDER:
        focus_cell_text(cells, lot->order_id);
        break;
    case CONTRACT_REFUND:
        if (lot->is_refunded)
            focus_cell_decimal(cells, lot->given_back);
        else
            focus_cell_null(cells);
        break;
    case CONTRACT_SKU:
        sku_cell(cells, lot->tariff, lot->sku);
        break;
    default:
        focus_cell_text(cells, lot->tariff->name);
    }
}

const struct focus_writer focus_contract_commitment = {.has = is_mandatory,
                                                       .count = contract_count,
                                                       .is_shown = contract_is_shown,
                                                       .cell = contract_cell,
                                                       .own = contract_own,
                                                       .own_count = CONTRACT_OWN,
                                                       .own_cell = contract_own_cell};

/* ---- lines of invoices ---- */

enum { LINE_TARIFF, LINE_PRICE, LINE_UNIT, LINE_OWN };
static const char *const line_own[LINE_OWN] = {"x_TariffName", "x_UnitPrice", "x_UnitPriceUnit"};

static uint64_t line_count(const struct focus *focus) {
    return focus->line_count;
}

static bool line_is_shown(const struct focus *focus, uint64_t record) {
    return focus->rows[focus->lines[record].first].is_shown;
}

static void grain_member(struct json_writer *writer, const char *key, struct slice text) {
    if (text.len > 0)
        json_member(writer, key, text);
}

/* What tells a line from the others of its invoice. */
static void grain_cell(struct cells *cells, const struct focus_invoice_line *line, const struct focus_row *row) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    char at[INSTANT_TEXT_MAX];
    bool is_other = row->charge.start_ns != row->billing.start_ns && row->category == CATEGORY_USAGE;
    json_object(&writer);
    grain_member(&writer, "RegionId", row->region);
    grain_member(&writer, "SkuId", row->sku);
    grain_member(&writer, "SkuPriceId", line->is_one_price ? row->sku_price : SLICE(""));
    if (is_other)
        json_member(&writer, "x_ChargePeriodStart", (struct slice){at, instant_format(row->charge.start_ns, NULL, at)});
    grain_member(&writer, "x_FundingName", slice_of(row->funding ? row->funding : ""));
    grain_member(&writer, "x_OrderId", line->first == line->last ? row->order_id : SLICE(""));
    if (row->category == CATEGORY_ADJUSTMENT)
        json_member(&writer, "x_LineKind", SLICE("rounding"));
    json_object_end(&writer);
    focus_cell_json(cells, &text);
}

static void line_instant(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    focus_cell_instant(cells, column == INVOICE_BillingPeriodStart ? row->billing.start_ns
                              : column == INVOICE_BillingPeriodEnd ? row->billing.end_ns
                                                                   : row->issued_ns);
}

static void line_cell(struct cells *cells, uint64_t record, enum focus_column column) {
    static const char *const categories[] = {"Usage", "Purchase", "Adjustment"};
    const struct focus_invoice_line *line = &cells->focus->lines[record];
    const struct focus_row *row = &cells->focus->rows[line->first];
    struct slice terms = cells->focus->options.terms;
    char detail[32];
    focus_detail_format(row->detail, detail);
    switch ((int)column) {
    case INVOICE_BilledCost:
        focus_cell_decimal(cells, line->billed);
        break;
    case INVOICE_BillingAccountId:
        focus_cell_text(cells, row->account);
        break;
    case INVOICE_BillingCurrency:
        focus_cell_text(cells, slice_of(row->tariff->currency->code));
        break;
    case INVOICE_ChargeCategory:
        focus_cell_text(cells, slice_of(categories[row->category]));
        break;
    case INVOICE_InvoiceDetailDescription:
        focus_cell_text(cells, row->line);
        break;
    case INVOICE_InvoiceDetailGrain:
        grain_cell(cells, line, row);
        break;
    case INVOICE_InvoiceDetailId:
        focus_cell_invoice(cells, row->tariff, row->invoice, detail);
        break;
    case INVOICE_InvoiceId:
        focus_cell_invoice(cells, row->tariff, row->invoice, "");
        break;
    case INVOICE_InvoiceIssueStatus:
        focus_cell_text(cells, SLICE("Issued"));
        break;
    case INVOICE_InvoiceIssuerName:
        focus_cell_issuer(cells, row->tariff);
        break;
    case INVOICE_PaymentDueDate:
        if (terms.len > 0) /* who says other terms knows what they come to */
            focus_cell_null(cells);
        else
            focus_cell_instant(cells, row->issued_ns);
        break;
    case INVOICE_PaymentTerms:
        focus_cell_text(cells, terms.len > 0 ? terms : SLICE("Deducted from the wallet when issued"));
        break;
    case INVOICE_ReferenceInvoiceId:
        focus_cell_invoice(cells, row->tariff, line->refers > 0 ? line->refers : row->invoice, "");
        break;
    default:
        line_instant(cells, row, column);
    }
}

static void line_own_cell(struct cells *cells, uint64_t record, int own) {
    const struct focus_row *row = &cells->focus->rows[cells->focus->lines[record].first];
    if (own == LINE_TARIFF)
        focus_cell_text(cells, row->tariff->name);
    else if (row->category == CATEGORY_ADJUSTMENT)
        focus_cell_null(cells);
    else if (own == LINE_PRICE)
        focus_cell_decimal(cells, row->line_price);
    else
        focus_cell_text(cells, row->line_unit);
}

const struct focus_writer focus_invoice_detail = {.has = is_mandatory,
                                                  .count = line_count,
                                                  .is_shown = line_is_shown,
                                                  .cell = line_cell,
                                                  .own = line_own,
                                                  .own_count = LINE_OWN,
                                                  .own_cell = line_own_cell};

/* ---- billing periods ---- */

static uint64_t period_count(const struct focus *focus) {
    return focus->billing_count;
}

static bool period_is_shown(const struct focus *focus, uint64_t record) {
    (void)focus;
    (void)record;
    return true;
}

static void period_cell(struct cells *cells, uint64_t record, enum focus_column column) {
    const struct focus_billing *billing = &cells->focus->billings[record];
    bool is_closed = billing->period.end_ns <= cells->focus->now_ns && !billing->waits;
    bool ended_last = is_closed && billing->period.end_ns > billing->last_ns;
    switch ((int)column) {
    case PERIOD_BillingPeriodCreated:
        focus_cell_instant(cells, billing->first_ns);
        break;
    case PERIOD_BillingPeriodEnd:
        focus_cell_instant(cells, billing->period.end_ns);
        break;
    case PERIOD_BillingPeriodLastUpdated:
        focus_cell_instant(cells, ended_last ? billing->period.end_ns : billing->last_ns);
        break;
    case PERIOD_BillingPeriodStart:
        focus_cell_instant(cells, billing->period.start_ns);
        break;
    case PERIOD_BillingPeriodStatus:
        focus_cell_text(cells, is_closed ? SLICE("Closed") : SLICE("Open"));
        break;
    default:
        focus_cell_issuer(cells, billing->tariff);
    }
}

const struct focus_writer focus_billing_periods = {
    .has = is_mandatory, .count = period_count, .is_shown = period_is_shown, .cell = period_cell};
