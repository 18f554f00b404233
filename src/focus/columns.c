/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of columns. */
#include "focus/columns.h"

#define NULLS true
#define NO_NULLS false
enum { DATASET_FOCUS = FOCUS_COST_AND_USAGE, DATASET_COMMITMENT = FOCUS_CONTRACT_COMMITMENT };
enum { DATASET_INVOICE = FOCUS_INVOICE_DETAIL, DATASET_PERIOD = FOCUS_BILLING_PERIOD };
const struct focus_column_row focus_columns[FOCUS_COLUMN_COUNT] = {
#define COLUMN(dataset, id, versions, level, nulls, type)                                                              \
    [dataset##_##id] = {#id, (enum focus_dataset)DATASET_##dataset, versions, LEVEL_##level, nulls, TYPE_##type},
#include "focus/columns.def"
#undef COLUMN
};

enum focus_column focus_column_find(enum focus_dataset dataset, struct slice id) {
    int at = 0;
    while (at < FOCUS_COLUMN_COUNT && (focus_columns[at].dataset != dataset || !slice_is(id, focus_columns[at].id)))
        at++;
    return (enum focus_column)at;
}

const char *focus_type_text(enum focus_type type) {
    switch (type) {
    case TYPE_DECIMAL:
        return "DECIMAL";
    case TYPE_DATETIME:
        return "DATETIME";
    case TYPE_JSON:
    case TYPE_KEY_VALUE:
        return "JSON";
    case TYPE_STRING:
    case TYPE_UNIT:
    case TYPE_CURRENCY:
    case TYPE_PRICING_CURRENCY:
        break;
    }
    return "STRING";
}
