/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the datasets that are written and the forms in which they are: each dataset has records, and writes their
 * cells. */
#ifndef TG_FOCUS_WRITER_H
#define TG_FOCUS_WRITER_H

#include "focus/columns.h"
#include "focus/focus_private.h"

struct cells { /* of one record */
    const struct focus *focus;
    struct buf *out;
    bool needs_comma;
    bool is_plain; /* neither quotes nor apostrophes */
};
void focus_cell_null(struct cells *cells);
void focus_cell_text(struct cells *cells, struct slice text);
void focus_cell_decimal(struct cells *cells, struct decimal value);
void focus_cell_figure(struct cells *cells, bool is_there, struct figure value);
void focus_cell_instant(struct cells *cells, int64_t at_ns); /* UTC, whole seconds */
/* The number of a bill, and something behind it; null where the number is 0. */
void focus_cell_invoice(struct cells *cells, const struct tariff *tariff, uint64_t number, const char *after);
/* Text that was written for it, and is freed. */
void focus_cell_json(struct cells *cells, struct buf *text);
void focus_cell_lot_id(struct cells *cells, const struct focus_lot *lot); /* ACCOUNT/ORDER */
void focus_cell_unit(struct cells *cells, struct slice unit);
void focus_cell_issuer(struct cells *cells, const struct tariff *tariff);
struct slice focus_provider(const struct tariff *tariff);
/* "/3", "/rounding": what stands behind an invoice's number; out has 32 bytes. */
void focus_detail_format(uint32_t detail, char *out);
const char *focus_lot_type(const struct focus_lot *lot); /* "Package" */

struct focus_writer {
    bool (*has)(const struct focus *focus, enum focus_column column); /* is written, where the version has it */
    uint64_t (*count)(const struct focus *focus);                     /* of records */
    bool (*is_shown)(const struct focus *focus, uint64_t record);
    void (*cell)(struct cells *cells, uint64_t record, enum focus_column column);
    const char *const *own; /* columns of our own */
    int own_count;
    void (*own_cell)(struct cells *cells, uint64_t record, int own);
};
extern const struct focus_writer focus_cost_and_usage, focus_contract_commitment, focus_invoice_detail,
    focus_billing_periods;

#endif
