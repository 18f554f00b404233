/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows as CSV (RFC 4180), and the metadata of their schema. Null is an empty cell. */
#include <sodium.h>
#include <string.h>

#include "focus/columns.h"
#include "focus/focus_private.h"

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

static bool is_written(const struct focus *focus, size_t at) {
    return focus_column_is_in(written[at], FOCUS_COST_AND_USAGE, focus->options.version);
}

/* ---- cells ---- */

struct cells {
    const struct focus *focus;
    struct buf *out;
    bool needs_comma;
    bool is_plain; /* neither quotes nor apostrophes */
};

static void cell_start(struct cells *cells) {
    if (cells->needs_comma)
        buf_char(cells->out, ',');
    cells->needs_comma = true;
}

static void cell_text(struct cells *cells, struct slice text) {
    bool is_armed = cells->focus->options.csv_safe && text.len > 0 && memchr("=+-@\t\r", text.ptr[0], 6) != NULL;
    bool is_quoted = false;
    cell_start(cells);
    if (cells->is_plain) {
        buf_append(cells->out, text);
        return;
    }
    for (size_t i = 0; i < text.len && !is_quoted; i++)
        is_quoted = memchr(",\"\r\n", text.ptr[i], 4) != NULL;
    if (is_quoted)
        buf_char(cells->out, '"');
    if (is_armed)
        buf_char(cells->out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_char(cells->out, '"');
        buf_char(cells->out, text.ptr[i]);
    }
    if (is_quoted)
        buf_char(cells->out, '"');
}

static void cell_null(struct cells *cells) {
    cell_start(cells);
}

static void cell_decimal(struct cells *cells, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    cell_start(cells);
    buf_append(cells->out, (struct slice){text, decimal_format(value, text)});
}

static void cell_figure(struct cells *cells, bool is_there, struct figure value) {
    char text[FIGURE_TEXT_MAX];
    cell_start(cells);
    if (is_there)
        buf_append(cells->out, (struct slice){text, figure_format(value, text)});
}

/* UTC, whole seconds. */
static void cell_instant(struct cells *cells, int64_t at_ns) {
    char text[INSTANT_TEXT_MAX];
    int64_t second = at_ns / NS_PER_SECOND - (at_ns % NS_PER_SECOND < 0);
    cell_start(cells);
    buf_append(cells->out, (struct slice){text, instant_format(second * NS_PER_SECOND, NULL, text)});
}

static void cell_number(struct cells *cells, const struct focus_row *row, uint64_t number) {
    cell_start(cells);
    if (number > 0)
        buf_printf(cells->out, SLICE_FMT SLICE_FMT "-%llu", SLICE_ARG(row->tariff->name),
                   SLICE_ARG(cells->focus->series), (unsigned long long)number);
}

/* ---- columns ---- */

static const struct focus_lot *row_lot(const struct focus *focus, const struct focus_row *row) {
    return row->lot == FOCUS_NONE ? NULL : &focus->cover.lots[row->lot];
}

static struct slice provider(const struct focus_row *row) {
    return row->tariff->service.provider.len > 0 ? row->tariff->service.provider : row->tariff->title;
}

static void charge_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    static const char *const categories[] = {"Usage", "Purchase", "Adjustment"};
    switch ((int)column) {
    case FOCUS_ChargeCategory:
        cell_text(cells, slice_of(categories[row->category]));
        break;
    case FOCUS_ChargeClass:
        cell_text(cells, row->is_correction ? SLICE("Correction") : SLICE(""));
        break;
    case FOCUS_ChargeDescription:
        cell_text(cells, row->description);
        break;
    case FOCUS_ChargeFrequency:
        cell_text(cells, row->category == CATEGORY_USAGE ? SLICE("Usage-Based") : SLICE("One-Time"));
        break;
    case FOCUS_ChargePeriodStart:
        cell_instant(cells, row->charge.start_ns);
        break;
    case FOCUS_ChargePeriodEnd:
        cell_instant(cells, row->charge.end_ns);
        break;
    case FOCUS_BillingPeriodStart:
        cell_instant(cells, row->billing.start_ns);
        break;
    case FOCUS_BillingPeriodEnd:
        cell_instant(cells, row->billing.end_ns);
        break;
    default:
        cell_null(cells);
    }
}

static void cost_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    bool has_price = row->sku_price.len > 0;
    switch ((int)column) {
    case FOCUS_BilledCost:
        cell_decimal(cells, row->billed);
        break;
    case FOCUS_EffectiveCost:
        cell_decimal(cells, row->effective);
        break;
    case FOCUS_ListCost:
    case FOCUS_ContractedCost:
        cell_figure(cells, true, row->list_cost);
        break;
    case FOCUS_ListUnitPrice:
    case FOCUS_ContractedUnitPrice:
        cell_figure(cells, has_price, row->unit_price);
        break;
    case FOCUS_PricingQuantity:
        cell_figure(cells, has_price, row->pricing_quantity);
        break;
    case FOCUS_PricingUnit:
        cell_text(cells, has_price ? row->pricing_unit : SLICE(""));
        break;
    case FOCUS_ConsumedQuantity:
        cell_figure(cells, row->has_consumed, figure_of(row->consumed));
        break;
    case FOCUS_ConsumedUnit:
        cell_text(cells, row->has_consumed ? row->consumed_unit : SLICE(""));
        break;
    default:
        cell_null(cells);
    }
}

static void lot_id(struct cells *cells, const struct focus_lot *lot) {
    struct buf id = {0};
    buf_printf(&id, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(lot->account), SLICE_ARG(lot->order_id));
    cell_text(cells, buf_slice(&id));
    cells->out->failed = cells->out->failed || id.failed;
    buf_free(&id);
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
            lot_id(cells, lot);
        else
            cell_null(cells);
        break;
    case FOCUS_CapacityReservationStatus:
        cell_text(cells, is_capacity && is_usage ? status : none);
        break;
    case FOCUS_CommitmentDiscountStatus:
        cell_text(cells, is_commitment && is_usage ? status : none);
        break;
    case FOCUS_CommitmentDiscountCategory:
        cell_text(cells, is_commitment ? SLICE("Usage") : none);
        break;
    case FOCUS_CommitmentDiscountName:
        cell_text(cells, is_commitment ? lot->title : none);
        break;
    case FOCUS_CommitmentDiscountType:
        cell_text(cells, is_commitment ? SLICE("Package") : none);
        break;
    case FOCUS_CommitmentDiscountQuantity:
        cell_figure(cells, has_quantity, row->lot_quantity);
        break;
    case FOCUS_CommitmentDiscountUnit: {
        struct arena scratch = {0};
        cell_text(cells, has_quantity ? focus_unit(&scratch, lot->unit, decimal_from_int(1)) : none);
        arena_free(&scratch);
        break;
    }
    default:
        cell_null(cells);
    }
}

static void name_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    static const char *const pricings[] = {"", "Standard", "Committed", "Other"};
    const struct focus_options *options = &cells->focus->options;
    const struct service_kind *service = &row->tariff->service;
    switch ((int)column) {
    case FOCUS_BillingAccountId:
        cell_text(cells, row->account);
        break;
    case FOCUS_BillingCurrency:
        cell_text(cells, slice_of(row->tariff->currency->code));
        break;
    case FOCUS_InvoiceIssuerName:
        cell_text(cells, options->issuer.len > 0 ? options->issuer : provider(row));
        break;
    case FOCUS_HostProviderName:
    case FOCUS_ServiceProviderName:
    case FOCUS_ProviderName:
    case FOCUS_PublisherName:
        cell_text(cells, provider(row));
        break;
    case FOCUS_PricingCategory:
        cell_text(cells, slice_of(row->sku_price.len > 0 ? pricings[row->pricing] : ""));
        break;
    case FOCUS_RegionId:
    case FOCUS_RegionName:
        cell_text(cells, row->region);
        break;
    case FOCUS_ServiceCategory:
        cell_text(cells, service->category);
        break;
    case FOCUS_ServiceSubcategory:
        cell_text(cells, service->subcategory);
        break;
    case FOCUS_ServiceName:
        cell_text(cells, row->tariff->title);
        break;
    case FOCUS_SkuId:
        cell_text(cells, row->sku);
        break;
    case FOCUS_SkuMeter:
        cell_text(cells, row->sku.len > 0 ? row->meter : SLICE(""));
        break;
    case FOCUS_SkuPriceId:
        cell_text(cells, row->sku_price);
        break;
    case FOCUS_CommitmentProgramEligibilityDetails:
        cell_text(cells,
                  row->is_eligible ? SLICE("{\"CommitmentPrograms\":[{\"ProgramType\":\"Package\"}]}") : SLICE(""));
        break;
    default:
        cell_null(cells);
    }
}

static void invoice_cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    cell_number(cells, row, row->invoice);
    if (column == FOCUS_InvoiceDetailId && row->invoice > 0)
        buf_printf(cells->out, row->detail > 0 ? "/%u" : "/rounding", row->detail);
}

/* Which function writes a column follows from what it is of. */
static void cell(struct cells *cells, const struct focus_row *row, enum focus_column column) {
    const char *id = focus_columns[column].id;
    enum focus_type type = focus_columns[column].type;
    bool is_lot = strncmp(id, "CommitmentDiscount", 18) == 0 || strncmp(id, "CapacityReservation", 19) == 0;
    if (column == FOCUS_InvoiceId || column == FOCUS_InvoiceDetailId)
        invoice_cell(cells, row, column);
    else if (is_lot)
        lot_cell(cells, row, column);
    else if (strncmp(id, "Charge", 6) == 0 || type == TYPE_DATETIME)
        charge_cell(cells, row, column);
    else if (type == TYPE_DECIMAL || type == TYPE_UNIT)
        cost_cell(cells, row, column);
    else
        name_cell(cells, row, column);
}

static void own_cell(struct cells *cells, const struct focus_row *row, int column) {
    switch (column) {
    case OWN_BILL:
        cell_number(cells, row, row->bill);
        break;
    case OWN_FUNDING:
        cell_text(cells, slice_of(row->funding ? row->funding : ""));
        break;
    case OWN_ORDER:
        cell_text(cells, row->order_id);
        break;
    default:
        cell_text(cells, row->tariff->name);
        break;
    }
}

enum status focus_csv(const struct focus *focus, struct sink *sink) {
    struct cells cells = {.focus = focus, .out = &sink->buf};
    for (size_t i = 0; i < WRITTEN; i++)
        if (is_written(focus, i))
            cell_text(&cells, slice_of(focus_columns[written[i]].id));
    for (int i = 0; i < OWN_COUNT; i++)
        cell_text(&cells, slice_of(own_names[i]));
    buf_text(cells.out, "\r\n");
    for (uint64_t at = 0; at < focus->row_count; at++) {
        const struct focus_row *row = &focus->rows[at];
        if (!row->is_shown)
            continue;
        cells.needs_comma = false;
        for (size_t i = 0; i < WRITTEN; i++)
            if (is_written(focus, i))
                cell(&cells, row, written[i]);
        for (int i = 0; i < OWN_COUNT; i++)
            own_cell(&cells, row, i);
        buf_text(cells.out, "\r\n");
        sink_spill(sink);
    }
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- metadata ---- */

/* The schema is what the columns are: the same columns, the same id. Looks like a GUID, as is recommended. */
static void schema_id(const struct focus *focus, char out[37]) {
    unsigned char hash[16];
    char digits[33];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    const char *version = focus_version_text(focus->options.version);
    crypto_generichash_update(&state, (const unsigned char *)version, strlen(version));
    for (size_t i = 0; i < WRITTEN; i++) {
        const char *id = focus_columns[written[i]].id;
        if (is_written(focus, i))
            crypto_generichash_update(&state, (const unsigned char *)id, strlen(id) + 1);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(digits, sizeof digits, hash, sizeof hash);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16, digits + 20);
}

static void column_json(struct json_writer *writer, const char *id, enum focus_type type) {
    json_object(writer);
    json_member(writer, "ColumnName", slice_of(id));
    json_member(writer, "DataType", slice_of(focus_type_text(type)));
    if (type == TYPE_DECIMAL) {
        json_key(writer, "NumericPrecision");
        json_uint(writer, 38);
        json_key(writer, "NumberScale");
        json_uint(writer, FIGURE_DIGITS_MAX);
    } else if (type != TYPE_DATETIME) {
        json_member(writer, "StringEncoding", SLICE("UTF-8"));
    }
    json_object_end(writer);
}

static void schema_json(const struct focus *focus, const char *created, const char *instance,
                        struct json_writer *writer) {
    char id[37];
    schema_id(focus, id);
    json_object(writer);
    json_member(writer, "SchemaId", slice_of(id));
    if (instance)
        json_member(writer, "DatasetInstanceId", slice_of(instance));
    json_member(writer, "FocusVersion", slice_of(focus_version_text(focus->options.version)));
    json_member(writer, "CreationDate", slice_of(created));
    json_member(writer, "DataGeneratorVersion", SLICE(TOLLGATE_VERSION));
    json_key(writer, "ColumnDefinition");
    json_array(writer);
    for (size_t i = 0; i < WRITTEN; i++)
        if (is_written(focus, i))
            column_json(writer, focus_columns[written[i]].id, focus_columns[written[i]].type);
    for (int i = 0; i < OWN_COUNT; i++)
        column_json(writer, own_names[i], TYPE_STRING);
    json_array_end(writer);
    json_object_end(writer);
}

static void metadata_json(const struct focus *focus, int64_t now_ns, struct json_writer *writer) {
    static const char instance[] = "tollgate-cost-and-usage";
    char created[INSTANT_TEXT_MAX];
    bool is_listed = focus->options.version >= FOCUS_1_3;
    instant_format(now_ns - now_ns % NS_PER_SECOND, NULL, created);
    json_object(writer);
    json_key(writer, "DataGenerator");
    json_object(writer);
    json_member(writer, "DataGenerator", SLICE("Tollgate"));
    json_object_end(writer);
    if (is_listed) {
        json_key(writer, "DatasetInstance");
        json_array(writer);
        json_object(writer);
        json_member(writer, "DatasetInstanceId", slice_of(instance));
        json_member(writer, "DatasetInstanceName", SLICE("Cost and Usage of closed bills"));
        json_member(writer, "FocusDatasetId", SLICE("CostAndUsage"));
        json_object_end(writer);
        json_array_end(writer);
    }
    json_key(writer, "Schema");
    if (is_listed)
        json_array(writer);
    schema_json(focus, created, is_listed ? instance : NULL, writer);
    if (is_listed)
        json_array_end(writer);
    json_object_end(writer);
}

enum status focus_metadata(const struct focus *focus, int64_t now_ns, struct sink *sink) {
    struct json_writer writer = {.out = &sink->buf, .pretty = true};
    metadata_json(focus, now_ns, &writer);
    buf_char(&sink->buf, '\n');
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- rows as JSON ---- */

static void member(struct json_writer *writer, const char *id, struct buf *text) {
    if (text->len > 0)
        json_member(writer, id, buf_slice(text));
    else
        json_member_null(writer, id);
    writer->out->failed = writer->out->failed || text->failed;
    buf_clear(text);
}

static void row_json(const struct focus *focus, const struct focus_row *row, struct buf *text,
                     struct json_writer *writer) {
    struct cells cells = {.focus = focus, .out = text, .is_plain = true};
    json_object(writer);
    for (size_t i = 0; i < WRITTEN; i++) {
        if (!is_written(focus, i))
            continue;
        cells.needs_comma = false;
        cell(&cells, row, written[i]);
        member(writer, focus_columns[written[i]].id, text);
    }
    for (int i = 0; i < OWN_COUNT; i++) {
        cells.needs_comma = false;
        own_cell(&cells, row, i);
        member(writer, own_names[i], text);
    }
    json_object_end(writer);
}

enum status focus_json(const struct focus *focus, int64_t now_ns, struct sink *sink) {
    struct json_writer writer = {.out = &sink->buf};
    struct buf text = {0};
    json_object(&writer);
    json_key(&writer, "metadata");
    metadata_json(focus, now_ns, &writer);
    json_key(&writer, "rows");
    json_array(&writer);
    for (uint64_t at = 0; at < focus->row_count; at++) {
        if (!focus->rows[at].is_shown)
            continue;
        row_json(focus, &focus->rows[at], &text, &writer);
        sink_spill(sink);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&sink->buf, '\n');
    buf_free(&text);
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
