/* SPDX-License-Identifier: Apache-2.0
 *
 * From the rows of Cost and Usage to the records of the datasets beside it: lines of invoices, and billing periods.
 * Contract commitments are the lots themselves. */
#include <stdlib.h>
#include <string.h>

#include "focus/focus_private.h"

/* ---- which invoice a correction adjusts ---- */

struct invoiced { /* cycles of accounts under tariffs: what was invoiced of them first */
    struct names names;
    uint64_t *numbers;
    uint32_t cap;
    struct buf key;
};

static enum status cycle_key(struct invoiced *invoiced, const struct focus_row *row, int64_t cycle_ns) {
    buf_clear(&invoiced->key);
    buf_printf(&invoiced->key, "%lld %zu %.*s%.*s", (long long)cycle_ns, row->account.len, SLICE_ARG(row->account),
               SLICE_ARG(row->tariff->name));
    return invoiced->key.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status cycle_take(struct invoiced *invoiced, const struct focus_row *row) {
    uint32_t known = invoiced->names.count, index;
    if (row->category != CATEGORY_USAGE || row->is_correction || row->invoice == 0)
        return STATUS_OK;
    TRY(cycle_key(invoiced, row, row->charge.start_ns));
    TRY(names_add(&invoiced->names, buf_slice(&invoiced->key), &index));
    if (index < known)
        return STATUS_OK;
    if (known == invoiced->cap) {
        uint32_t cap = invoiced->cap ? invoiced->cap * 2 : 64;
        uint64_t *numbers = realloc(invoiced->numbers, cap * sizeof *numbers);
        if (numbers == NULL)
            return STATUS_NO_MEMORY;
        invoiced->numbers = numbers;
        invoiced->cap = cap;
    }
    invoiced->numbers[index] = row->invoice;
    return STATUS_OK;
}

static enum status refers_set(struct invoiced *invoiced, struct focus_row *row) {
    if (row->category != CATEGORY_USAGE || !row->is_correction || row->invoice == 0)
        return STATUS_OK;
    TRY(cycle_key(invoiced, row, row->charge.start_ns));
    uint32_t index = names_find(&invoiced->names, buf_slice(&invoiced->key));
    if (index != NAMES_NONE)
        row->refers = invoiced->numbers[index];
    return STATUS_OK;
}

static enum status references(struct focus *focus) {
    struct invoiced invoiced = {.cap = 0};
    enum status status = STATUS_OK;
    for (uint64_t i = 0; i < focus->row_count && status == STATUS_OK; i++)
        status = cycle_take(&invoiced, &focus->rows[i]);
    for (uint64_t i = 0; i < focus->row_count && status == STATUS_OK; i++)
        status = refers_set(&invoiced, &focus->rows[i]);
    names_free(&invoiced.names);
    free(invoiced.numbers);
    buf_free(&invoiced.key);
    return status;
}

/* ---- lines of invoices ---- */

/* Rows of one line of a bill stand one behind the other. */
static bool is_same_line(const struct focus_row *a, const struct focus_row *b) {
    return a->invoice == b->invoice && a->detail == b->detail && a->tariff == b->tariff;
}

static enum status lines_make(struct focus *focus) {
    focus->lines = malloc((focus->row_count + 1) * sizeof *focus->lines);
    if (focus->lines == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < focus->row_count; i++) {
        const struct focus_row *row = &focus->rows[i];
        struct focus_invoice_line *line = focus->line_count > 0 ? &focus->lines[focus->line_count - 1] : NULL;
        if (row->invoice == 0)
            continue;
        if (line && line->last + 1 == i && is_same_line(&focus->rows[line->first], row)) {
            line->last = i;
            line->is_one_price = line->is_one_price && slice_eq(row->sku_price, focus->rows[line->first].sku_price);
            TRY(decimal_add(line->billed, row->billed, &line->billed));
            continue;
        }
        focus->lines[focus->line_count++] = (struct focus_invoice_line){
            .first = i, .last = i, .billed = row->billed, .is_one_price = true, .refers = row->refers};
    }
    return STATUS_OK;
}

/* ---- billing periods ---- */

static struct slice issuer_of(const struct focus *focus, const struct tariff *tariff) {
    return focus->options.issuer.len > 0      ? focus->options.issuer
           : tariff->service.provider.len > 0 ? tariff->service.provider
                                              : tariff->title;
}

static enum status billing_find(struct focus *focus, struct names *names, const struct focus_row *row, uint32_t *cap,
                                struct focus_billing **ret_billing) {
    uint32_t index;
    buf_clear(&focus->key);
    buf_printf(&focus->key, "%lld %lld %.*s", (long long)row->billing.start_ns, (long long)row->billing.end_ns,
               SLICE_ARG(issuer_of(focus, row->tariff)));
    if (focus->key.failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(names, buf_slice(&focus->key), &index));
    if (index == *cap) {
        uint32_t more = *cap ? *cap * 2 : 64;
        struct focus_billing *billings = realloc(focus->billings, more * sizeof *billings);
        if (billings == NULL)
            return STATUS_NO_MEMORY;
        focus->billings = billings;
        *cap = more;
    }
    *ret_billing = &focus->billings[index];
    if (index == focus->billing_count) {
        **ret_billing = (struct focus_billing){row->tariff, row->billing, INSTANT_MAX, INSTANT_MIN, false};
        focus->billing_count++;
    }
    return STATUS_OK;
}

static int billing_order(const void *left, const void *right) {
    const struct focus_billing *a = left, *b = right;
    if (a->period.start_ns != b->period.start_ns)
        return a->period.start_ns < b->period.start_ns ? -1 : 1;
    if (a->period.end_ns != b->period.end_ns)
        return a->period.end_ns < b->period.end_ns ? -1 : 1;
    return slice_cmp(a->tariff->name, b->tariff->name);
}

/* What is told of a period without an invoice is told when the period ends. */
static enum status billings_make(struct focus *focus) {
    struct names names = {0};
    uint32_t cap = 0;
    enum status status = STATUS_OK;
    for (uint64_t i = 0; i < focus->row_count && status == STATUS_OK; i++) {
        const struct focus_row *row = &focus->rows[i];
        struct focus_billing *billing;
        if (!row->is_shown)
            continue;
        status = billing_find(focus, &names, row, &cap, &billing);
        if (status != STATUS_OK)
            break;
        int64_t first_ns = row->bill > 0 ? row->closed_ns : row->billing.end_ns;
        int64_t last_ns = row->bill > 0 ? row->issued_ns : row->billing.end_ns;
        billing->first_ns = first_ns < billing->first_ns ? first_ns : billing->first_ns;
        billing->last_ns = last_ns > billing->last_ns ? last_ns : billing->last_ns;
        billing->waits = billing->waits || (row->waits && row->invoice == 0);
    }
    names_free(&names);
    if (status == STATUS_OK && focus->billing_count > 1)
        qsort(focus->billings, focus->billing_count, sizeof *focus->billings, billing_order);
    return status;
}

const struct product *focus_product(const struct focus_lot *lot) {
    return lot->tariff ? tariff_product(lot->tariff, lot->sku) : NULL;
}

enum status focus_supplement(struct focus *focus) {
    TRY(references(focus));
    TRY(lines_make(focus));
    return billings_make(focus);
}
