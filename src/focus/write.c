/* SPDX-License-Identifier: Apache-2.0
 *
 * The cells of Cost and Usage. */
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "focus/writer.h"

/* Those that are written, of the version's; then the ones of our own. */
static const enum focus_column written[] = {
    FOCUS_BilledCost,
    FOCUS_BillingAccountId,
    FOCUS_BillingAccountName,
    FOCUS_BillingCurrency,
    FOCUS_BillingPeriodEnd,
    FOCUS_BillingPeriodStart,
    FOCUS_CapacityReservationId,
    FOCUS_CapacityReservationStatus,
    FOCUS_ChargeCategory,
    FOCUS_ChargeClass,
    FOCUS_ChargeDescription,
    FOCUS_ChargeFrequency,
    FOCUS_ChargePeriodEnd,
    FOCUS_ChargePeriodStart,
    FOCUS_CommitmentDiscountCategory,
    FOCUS_CommitmentDiscountId,
    FOCUS_CommitmentDiscountName,
    FOCUS_CommitmentDiscountQuantity,
    FOCUS_CommitmentDiscountStatus,
    FOCUS_CommitmentDiscountType,
    FOCUS_CommitmentDiscountUnit,
    FOCUS_CommitmentProgramEligibilityDetails,
    FOCUS_ConsumedQuantity,
    FOCUS_ConsumedUnit,
    FOCUS_ContractApplied,
    FOCUS_ContractedCost,
    FOCUS_ContractedUnitPrice,
    FOCUS_EffectiveCost,
    FOCUS_HostProviderName,
    FOCUS_InvoiceDetailId,
    FOCUS_InvoiceId,
    FOCUS_InvoiceIssuerName,
    FOCUS_ListCost,
    FOCUS_ListUnitPrice,
    FOCUS_PricingCategory,
    FOCUS_PricingQuantity,
    FOCUS_PricingUnit,
    FOCUS_ProviderName,
    FOCUS_PublisherName,
    FOCUS_RegionId,
    FOCUS_RegionName,
    FOCUS_ResourceId,
    FOCUS_ResourceName,
    FOCUS_ResourceType,
    FOCUS_ServiceCategory,
    FOCUS_ServiceName,
    FOCUS_ServiceProviderName,
    FOCUS_ServiceSubcategory,
    FOCUS_SkuId,
    FOCUS_SkuMeter,
    FOCUS_SkuPriceDetails,
    FOCUS_SkuPriceId,
};
enum { WRITTEN = sizeof written / sizeof *written };
enum own_column { OWN_BILL, OWN_FUNDING, OWN_ORDER, OWN_TARIFF, OWN_COUNT };
static const char *const own_names[OWN_COUNT] = {"x_BillId", "x_FundingName", "x_OrderId", "x_TariffName"};

/* ---- columns ---- */

static const struct focus_lot *row_lot(const struct focus *focus, const struct focus_row *row) {
    return row->lot == FOCUS_NONE ? NULL : &focus->cover.lots[row->lot];
}

static void charge_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    static const char *const categories[] = {"Usage", "Purchase", "Adjustment"};
    switch ((int)column) {
    case FOCUS_ChargeCategory:
        focus_cell_text(cells, slice_of(categories[row->category]));
        break;
    case FOCUS_ChargeClass:
        focus_cell_text(cells, row->is_correction ? SLICE("Correction") : SLICE(""));
        break;
    case FOCUS_ChargeDescription:
        focus_cell_text(cells, row->description);
        break;
    case FOCUS_ChargeFrequency:
        focus_cell_text(cells, row->category == CATEGORY_USAGE ? SLICE("Usage-Based") : SLICE("One-Time"));
        break;
    case FOCUS_ChargePeriodStart:
        focus_cell_instant(cells, row->charge.start_ns);
        break;
    case FOCUS_ChargePeriodEnd:
        focus_cell_instant(cells, row->charge.end_ns);
        break;
    case FOCUS_BillingPeriodStart:
        focus_cell_instant(cells, row->billing.start_ns);
        break;
    case FOCUS_BillingPeriodEnd:
        focus_cell_instant(cells, row->billing.end_ns);
        break;
    default:
        focus_cell_null(cells);
    }
}

static void cost_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    bool has_price = row->sku_price.len > 0;
    switch ((int)column) {
    case FOCUS_BilledCost:
        focus_cell_decimal(cells, row->billed);
        break;
    case FOCUS_EffectiveCost:
        focus_cell_decimal(cells, row->effective);
        break;
    case FOCUS_ListCost:
    case FOCUS_ContractedCost:
        focus_cell_figure(cells, true, row->list_cost);
        break;
    case FOCUS_ListUnitPrice:
    case FOCUS_ContractedUnitPrice:
        focus_cell_figure(cells, has_price, row->unit_price);
        break;
    case FOCUS_PricingQuantity:
        focus_cell_figure(cells, has_price, row->pricing_quantity);
        break;
    case FOCUS_PricingUnit:
        focus_cell_text(cells, has_price ? row->pricing_unit : SLICE(""));
        break;
    case FOCUS_ConsumedQuantity:
        focus_cell_figure(cells, row->has_consumed, figure_of(row->consumed));
        break;
    case FOCUS_ConsumedUnit:
        focus_cell_text(cells, row->has_consumed ? row->consumed_unit : SLICE(""));
        break;
    default:
        focus_cell_null(cells);
    }
}

const char *focus_lot_type(const struct focus_lot *lot) {
    static const char *const types[] = {[PRODUCT_PACKAGE] = "Package",
                                        [PRODUCT_QPS] = "QPS Plan",
                                        [PRODUCT_CONCURRENCY] = "Concurrency Quota",
                                        [PRODUCT_LICENCE] = "Licence",
                                        [PRODUCT_GRANT] = "Grant"};
    return types[lot->kind];
}

void focus_detail_format(uint32_t detail, char *out) {
    if (detail > 0)
        snprintf(out, 32, "/%u", detail);
    else
        snprintf(out, 32, "/rounding");
}

static void lot_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    const struct focus_lot *lot = row_lot(cells->focus, row);
    bool is_commitment = lot && lot->amortising == AMORTISED_BY_UNITS;
    bool is_capacity = lot && lot->amortising == AMORTISED_BY_TIME;
    bool is_usage = row->category == CATEGORY_USAGE;
    bool has_quantity = is_commitment && row->has_lot_quantity && row->sku_price.len > 0;
    struct slice status = row->is_unused ? SLICE("Unused") : SLICE("Used"), none = SLICE("");
    switch ((int)column) {
    case FOCUS_CapacityReservationId:
    case FOCUS_CommitmentDiscountId:
        if (column == FOCUS_CapacityReservationId ? is_capacity : is_commitment)
            focus_cell_lot_id(cells, lot);
        else
            focus_cell_null(cells);
        break;
    case FOCUS_CapacityReservationStatus:
        focus_cell_text(cells, is_capacity && is_usage ? status : none);
        break;
    case FOCUS_CommitmentDiscountStatus:
        focus_cell_text(cells, is_commitment && is_usage ? status : none);
        break;
    case FOCUS_CommitmentDiscountCategory:
        focus_cell_text(cells, is_commitment ? SLICE("Usage") : none);
        break;
    case FOCUS_CommitmentDiscountName:
        focus_cell_text(cells, is_commitment ? lot->title : none);
        break;
    case FOCUS_CommitmentDiscountType:
        focus_cell_text(cells, is_commitment ? slice_of(focus_lot_type(lot)) : none);
        break;
    case FOCUS_CommitmentDiscountQuantity:
        focus_cell_figure(cells, has_quantity, row->lot_quantity);
        break;
    case FOCUS_CommitmentDiscountUnit:
        if (has_quantity)
            focus_cell_unit(cells, lot->unit);
        else
            focus_cell_null(cells);
        break;
    default:
        focus_cell_null(cells);
    }
}

static void name_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    static const char *const pricings[] = {"", "Standard", "Committed", "Other"};
    const struct service_kind *service = &row->tariff->service;
    switch ((int)column) {
    case FOCUS_BillingAccountId:
        focus_cell_text(cells, row->account);
        break;
    case FOCUS_BillingCurrency:
        focus_cell_text(cells, slice_of(row->tariff->currency->code));
        break;
    case FOCUS_InvoiceIssuerName:
        focus_cell_issuer(cells, row->tariff);
        break;
    case FOCUS_HostProviderName:
    case FOCUS_ServiceProviderName:
    case FOCUS_ProviderName:
    case FOCUS_PublisherName:
        focus_cell_text(cells, focus_provider(row->tariff));
        break;
    case FOCUS_PricingCategory:
        focus_cell_text(cells, slice_of(row->sku_price.len > 0 ? pricings[row->pricing] : ""));
        break;
    case FOCUS_RegionId:
    case FOCUS_RegionName:
        focus_cell_text(cells, row->region);
        break;
    case FOCUS_ServiceCategory:
        focus_cell_text(cells, service->category);
        break;
    case FOCUS_ServiceSubcategory:
        focus_cell_text(cells, service->subcategory);
        break;
    case FOCUS_ServiceName:
        focus_cell_text(cells, row->tariff->title);
        break;
    case FOCUS_SkuId:
        focus_cell_text(cells, row->sku);
        break;
    case FOCUS_SkuMeter:
        focus_cell_text(cells, row->sku.len > 0 ? row->meter : SLICE(""));
        break;
    case FOCUS_SkuPriceId:
        focus_cell_text(cells, row->sku_price);
        break;
    case FOCUS_CommitmentProgramEligibilityDetails:
        focus_cell_text(cells, row->is_eligible ? SLICE("{\"CommitmentPrograms\":[{\"ProgramType\":\"Package\"}]}")
                                                : SLICE(""));
        break;
    default:
        focus_cell_null(cells);
    }
}

static void invoice_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    char detail[32] = "";
    if (column == FOCUS_InvoiceDetailId)
        focus_detail_format(row->detail, detail);
    focus_cell_invoice(cells, row->tariff, row->invoice, detail);
}

/* ---- contracts ---- */

/* Packages by what is used of them, plans and quotas by what it costs: a schema of 1.4 lets an element have one of
 * both. 1.3 wants every member. */
static void applied_cell(struct cells *cells, const struct focus_row *row, const struct focus_lot *lot) {
    bool is_whole = cells->focus->options.version == FOCUS_1_3;
    bool by_units = lot->amortising == AMORTISED_BY_UNITS && row->has_lot_quantity;
    char number[FIGURE_TEXT_MAX];
    struct buf text = {0}, id = {0};
    struct json_writer writer = {.out = &text};
    struct arena scratch = {0};
    buf_printf(&id, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(lot->account), SLICE_ARG(lot->order_id));
    json_object(&writer);
    json_key(&writer, "Elements");
    json_array(&writer);
    json_object(&writer);
    json_member(&writer, "ContractId", buf_slice(&id));
    json_member(&writer, "ContractCommitmentId", buf_slice(&id));
    figure_format(by_units ? row->lot_quantity
                           : figure_of(row->category == CATEGORY_PURCHASE ? row->billed : row->effective),
                  number);
    json_key(&writer, by_units ? "ContractCommitmentAppliedQuantity" : "ContractCommitmentAppliedCost");
    json_raw(&writer, slice_of(number));
    if (by_units)
        json_member(&writer, "ContractCommitmentAppliedUnit", focus_unit(&scratch, lot->unit, decimal_from_int(1)));
    if (is_whole && by_units)
        json_member_null(&writer, "ContractCommitmentAppliedCost");
    if (is_whole && !by_units) {
        json_member_null(&writer, "ContractCommitmentAppliedQuantity");
        json_member_null(&writer, "ContractCommitmentAppliedUnit");
    }
    json_object_end(&writer);
    json_array_end(&writer);
    json_object_end(&writer);
    text.failed = text.failed || id.failed;
    focus_cell_json(cells, &text);
    buf_free(&id);
    arena_free(&scratch);
}

/* The purchase of a commitment and what is unused of it are about it as a resource. */
static void contract_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    const struct focus_lot *lot = row_lot(cells->focus, row);
    bool is_contract = lot && lot->kind != PRODUCT_GRANT;
    if (!is_contract || (column != FOCUS_ContractApplied && row->category == CATEGORY_USAGE && !row->is_unused))
        focus_cell_null(cells);
    else if (column == FOCUS_ContractApplied)
        applied_cell(cells, row, lot);
    else if (column == FOCUS_ResourceId)
        focus_cell_lot_id(cells, lot);
    else
        focus_cell_text(cells, column == FOCUS_ResourceName ? lot->title : slice_of(focus_lot_type(lot)));
}

/* Which function writes a column follows from what it is of. */
static void cost_and_usage_cell(struct cells *cells, uint64_t record, enum focus_column column) {
    const struct focus_row *row = &cells->focus->rows[record];
    const char *id = focus_columns[column].id;
    enum focus_type type = focus_columns[column].type;
    bool is_lot = strncmp(id, "CommitmentDiscount", 18) == 0 || strncmp(id, "CapacityReservation", 19) == 0;
    if (column == FOCUS_InvoiceId || column == FOCUS_InvoiceDetailId)
        invoice_cell(cells, row, column);
    else if (column == FOCUS_ContractApplied || strncmp(id, "Resource", 8) == 0)
        contract_cell(cells, row, column);
    else if (is_lot)
        lot_cell(cells, row, column);
    else if (strncmp(id, "Charge", 6) == 0 || type == TYPE_DATETIME)
        charge_cell(cells, row, column);
    else if (type == TYPE_DECIMAL || type == TYPE_UNIT)
        cost_cell(cells, row, column);
    else
        name_cell(cells, row, column);
}

static void own_cell(struct cells *cells, uint64_t record, int column) {
    const struct focus_row *row = &cells->focus->rows[record];
    switch (column) {
    case OWN_BILL:
        focus_cell_invoice(cells, row->tariff, row->bill, "");
        break;
    case OWN_FUNDING:
        focus_cell_text(cells, slice_of(row->funding ? row->funding : ""));
        break;
    case OWN_ORDER:
        focus_cell_text(cells, row->order_id);
        break;
    default:
        focus_cell_text(cells, row->tariff->name);
        break;
    }
}

static bool is_written(const struct focus *focus, enum focus_column column) {
    bool is_resource = column == FOCUS_ResourceId || column == FOCUS_ResourceName || column == FOCUS_ResourceType;
    bool is_there = false;
    for (size_t i = 0; i < WRITTEN; i++)
        is_there = is_there || written[i] == column;
    return is_there && (!is_resource || focus->options.version >= FOCUS_1_3);
}

static uint64_t record_count(const struct focus *focus) {
    return focus->row_count;
}

static bool is_shown(const struct focus *focus, uint64_t record) {
    return focus->rows[record].is_shown;
}

const struct focus_writer focus_cost_and_usage = {.has = is_written,
                                                  .count = record_count,
                                                  .is_shown = is_shown,
                                                  .cell = cost_and_usage_cell,
                                                  .own = own_names,
                                                  .own_count = OWN_COUNT,
                                                  .own_cell = own_cell};
