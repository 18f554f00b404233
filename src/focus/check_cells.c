/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold in a cell by itself: null, type, form, allowed values. */
#include "focus/check.h"
#include "money/currency.h"

/* ---- allowed values ---- */

struct allowed {
    enum focus_column column;
    const char *values; /* by | */
};
static const struct allowed alloweds[] = {
    {FOCUS_ChargeCategory, "Usage|Purchase|Tax|Credit|Adjustment"},
    {FOCUS_ChargeClass, "Correction"},
    {FOCUS_ChargeFrequency, "One-Time|Recurring|Usage-Based"},
    {FOCUS_PricingCategory, "Standard|Dynamic|Committed|Other"},
    {FOCUS_CommitmentDiscountCategory, "Spend|Usage"},
    {FOCUS_CommitmentDiscountStatus, "Used|Unused"},
    {FOCUS_CapacityReservationStatus, "Used|Unused"},
    {COMMITMENT_ContractCommitmentBenefitCategory, "Discount|Entitlement|Availability|Other"},
    {COMMITMENT_ContractCommitmentCategory, "Spend|Usage"},
    {COMMITMENT_ContractCommitmentFulfillmentInterval,
     "Hourly|Daily|Weekly|Monthly|Quarterly|Semi-Annual|Annual|Full Period|Transactional|Custom"},
    {COMMITMENT_ContractCommitmentLifecycleStatus, "Proposed|Pending|Active|Exhausted|Expired|Canceled|Superseded"},
    {COMMITMENT_ContractCommitmentModel, "Continuous|Discontinuous"},
    {COMMITMENT_ContractCommitmentOfferCategory, "Public|Negotiated"},
    {COMMITMENT_ContractCommitmentPaymentInterval, "One-Time|Monthly|Quarterly|Semi-Annual|Annual|Custom"},
    {COMMITMENT_ContractCommitmentPaymentModel, "No Upfront|Partial Upfront|All Upfront"},
    {INVOICE_ChargeCategory, "Usage|Purchase|Tax|Credit|Adjustment"},
    {INVOICE_InvoiceIssueStatus, "Open|Issued|Voided"},
    {PERIOD_BillingPeriodStatus, "Open|Closed"},
};
struct service_name {
    const char *category, *subcategory;
};
static const struct service_name services[] = {
#define SERVICE(category, subcategory) {category, subcategory},
#include "tariff/services.def"
#undef SERVICE
};
enum { SERVICES = sizeof services / sizeof *services };

static bool is_listed(const char *values, struct slice value) {
    struct slice rest = slice_of(values), one;
    for (bool more = true; more;) {
        more = slice_cut(rest, '|', &one, &rest);
        if (slice_eq(one, value))
            return true;
    }
    return false;
}

static void value_check(struct check *check, enum focus_column column, struct slice cell) {
    struct slice id = slice_of(focus_columns[column].id);
    for (size_t i = 0; i < sizeof alloweds / sizeof *alloweds; i++)
        if (alloweds[i].column == column && !is_listed(alloweds[i].values, cell))
            check_tell(check, RULE_VALUE_UNKNOWN, id, "\"%.*s\" is none of %s", SLICE_ARG(cell), alloweds[i].values);
    if (column != FOCUS_ServiceCategory && column != FOCUS_ServiceSubcategory)
        return;
    bool is_known = false;
    for (int i = 0; i < SERVICES; i++)
        is_known = is_known ||
                   slice_is(cell, column == FOCUS_ServiceCategory ? services[i].category : services[i].subcategory);
    if (!is_known)
        check_tell(check, RULE_VALUE_UNKNOWN, id, "\"%.*s\" is no %s", SLICE_ARG(cell), focus_columns[column].id);
}

/* ---- forms ---- */

static bool digits(struct slice text, size_t from, size_t count) {
    for (size_t i = from; i < from + count; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return true;
}

/* 2026-03-01T00:00:00Z, and a day that there is. */
static bool is_instant(struct slice text) {
    static const char marks[] = "0000-00-00T00:00:00Z";
    int64_t at_ns;
    if (text.len != sizeof marks - 1)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (marks[i] == '0' ? !digits(text, i, 1) : text.ptr[i] != marks[i])
            return false;
    return instant_parse(text, &at_ns, NULL) == STATUS_OK;
}

static bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

/* "Seconds", "1000 Tokens", "GB-Hours", "GB/Month", "10 GB/3 Months", "b". */
static bool is_unit(struct slice text) {
    struct slice side = text, over = {0}, head, tail;
    uint64_t count;
    slice_cut(text, '/', &side, &over);
    for (int i = 0; i < 2; i++, side = over) {
        if (i == 1 && over.ptr == NULL)
            return true;
        if (slice_cut(side, ' ', &head, &tail) && slice_number(head, UINT64_MAX, &count))
            side = tail;
        if (side.len == 0 || memchr(side.ptr, ' ', side.len) != NULL)
            return false;
        for (bool more = true; more;) {
            more = slice_cut(side, '-', &head, &side);
            if (head.len == 0 || (!is_capital(head.ptr[0]) && !slice_is(head, "b")))
                return false;
        }
    }
    return true;
}

static void form_check(struct check *check, enum focus_column column, struct slice cell) {
    const struct focus_column_row *row = &focus_columns[column];
    struct slice id = slice_of(row->id);
    struct figure number;
    switch (row->type) {
    case TYPE_DECIMAL:
        if (!figure_parse(cell, &number))
            check_tell(check, RULE_NUMBER_FORM, id, "\"%.*s\" is no number", SLICE_ARG(cell));
        break;
    case TYPE_DATETIME:
        if (!is_instant(cell))
            check_tell(check, RULE_INSTANT_FORM, id, "\"%.*s\" is no instant in UTC", SLICE_ARG(cell));
        break;
    case TYPE_JSON:
    case TYPE_KEY_VALUE:
        check_json(check, column, cell);
        break;
    case TYPE_UNIT:
        if (!is_unit(cell))
            check_tell(check, RULE_UNIT_FORM, id, "\"%.*s\" is no unit as FOCUS writes them", SLICE_ARG(cell));
        break;
    case TYPE_PRICING_CURRENCY:
    case TYPE_CURRENCY:
        if (currency_find(cell) == NULL && (row->type == TYPE_CURRENCY || check->version >= FOCUS_1_4))
            check_tell(check, RULE_CURRENCY_CODE, id, "\"%.*s\" is no currency", SLICE_ARG(cell));
        break;
    case TYPE_STRING:
        break;
    }
}

static bool is_placeholder(struct slice cell) {
    static const char *const words[] = {"null", "n/a", "na", "none", "nil", "not applicable", "-"};
    struct slice word = slice_trim(cell);
    if (word.len > sizeof "not applicable" - 1)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_eq_nocase(word, slice_of(words[i])))
            return true;
    return cell.len > 0 && word.len == 0;
}

static void cell_check(struct check *check, uint32_t at) {
    enum focus_column column = check->columns[at];
    struct slice id = check->header[at], cell = check->cells[at];
    if (!json_is_utf8(cell)) {
        check_tell(check, RULE_CSV_UTF8, id, "the cell is no UTF-8");
        return;
    }
    if (column == FOCUS_COLUMN_COUNT)
        return;
    const struct focus_column_row *row = &focus_columns[column];
    if (cell.len == 0) {
        if (!row->nulls)
            check_tell(check, RULE_NULL_FORBIDDEN, id, "the cell is empty");
        return;
    }
    if (is_placeholder(cell)) {
        check_tell(check, RULE_NULL_PLACEHOLDER, id, "\"%.*s\" stands for nothing", SLICE_ARG(cell));
        return;
    }
    form_check(check, column, cell);
    value_check(check, column, cell);
}

void check_cells(struct check *check) {
    for (uint32_t i = 0; i < check->column_count && check->status == STATUS_OK; i++)
        cell_check(check, i);
}
