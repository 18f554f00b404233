/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between rows. Only what is named more than once is kept, not the rows. */
#include <stdlib.h>

#include "focus/check.h"

void check_parent(struct check *check, int bond, enum focus_rule_number rule, enum focus_column child,
                  enum focus_column parent) {
    struct check_bond *known = &check->bonds[bond];
    struct slice name = check_cell(check, child), of = check_cell(check, parent);
    uint32_t count = known->children.count, index;
    if (name.len == 0 || of.len == 0 || check->status != STATUS_OK)
        return;
    check->status = names_add(&known->children, name, &index);
    if (check->status != STATUS_OK)
        return;
    if (index < count) {
        if (!slice_eq(known->parents[index], of))
            check_tell(check, rule, check_id(child), "\"%.*s\" has %s \"%.*s\" here, \"%.*s\" before", SLICE_ARG(name),
                       focus_columns[parent].id, SLICE_ARG(of), SLICE_ARG(known->parents[index]));
        return;
    }
    if (count == known->cap) {
        uint32_t cap = known->cap ? known->cap * 2 : 64;
        struct slice *parents = realloc(known->parents, cap * sizeof *parents);
        if (parents == NULL) {
            check->status = STATUS_NO_MEMORY;
            return;
        }
        known->parents = parents;
        known->cap = cap;
    }
    known->parents[index] = arena_copy(check->arena, of);
    if (known->parents[index].ptr == NULL)
        check->status = STATUS_NO_MEMORY;
}

/* ---- what a commitment discount comes to ---- */

static struct check_sums *sums_find(struct check *check, struct slice id) {
    uint32_t known = check->commitments.count, index;
    check->status = names_add(&check->commitments, id, &index);
    if (check->status == STATUS_OK && known == check->sum_cap && index == known) {
        uint32_t cap = check->sum_cap ? check->sum_cap * 2 : 64;
        struct check_sums *sums = realloc(check->sums, cap * sizeof *sums);
        check->status = sums ? STATUS_OK : STATUS_NO_MEMORY;
        check->sums = sums ? sums : check->sums;
        check->sum_cap = sums ? cap : check->sum_cap;
    }
    if (check->status != STATUS_OK)
        return NULL;
    if (index == known)
        check->sums[index] = (struct check_sums){.line = check->line};
    return &check->sums[index];
}

static void sums_take(struct check *check) {
    struct slice id = check_cell(check, FOCUS_CommitmentDiscountId);
    bool is_purchase = check_is(check, FOCUS_ChargeCategory, "Purchase");
    struct figure cost;
    if (id.len == 0 || check->status != STATUS_OK)
        return;
    struct check_sums *sums = sums_find(check, id);
    if (sums == NULL)
        return;
    sums->has_purchase = sums->has_purchase || is_purchase;
    sums->has_unused = sums->has_unused || check_is(check, FOCUS_CommitmentDiscountStatus, "Unused");
    if (is_purchase && check_number(check, FOCUS_BilledCost, &cost))
        sums->has_overflow |= !figure_add(sums->billed, cost, &sums->billed);
    if (check_is(check, FOCUS_ChargeCategory, "Usage") && check_number(check, FOCUS_EffectiveCost, &cost))
        sums->has_overflow |= !figure_add(sums->effective, cost, &sums->effective);
}

/* ---- invoices ---- */

/* Names one behind the other, the first with its length. */
static void detail_once(struct check *check) {
    struct slice issuer = check_cell(check, INVOICE_InvoiceIssuerName), invoice = check_cell(check, INVOICE_InvoiceId);
    struct slice detail = check_cell(check, INVOICE_InvoiceDetailId);
    uint32_t known = check->invoice_details.count, index;
    if (invoice.len == 0 || detail.len == 0 || check->status != STATUS_OK)
        return;
    buf_clear(&check->told_key);
    buf_printf(&check->told_key, "%zu %zu %.*s%.*s%.*s", issuer.len, invoice.len, SLICE_ARG(issuer), SLICE_ARG(invoice),
               SLICE_ARG(detail));
    check->status = check->told_key.failed ? STATUS_NO_MEMORY
                                           : names_add(&check->invoice_details, buf_slice(&check->told_key), &index);
    if (check->status == STATUS_OK && index < known)
        check_tell(check, RULE_INVOICE_DETAIL_ONCE, check_id(INVOICE_InvoiceDetailId),
                   "\"%.*s\" stood on invoice \"%.*s\" before", SLICE_ARG(detail), SLICE_ARG(invoice));
}

void check_between(struct check *check) {
    switch ((int)check->dataset) {
    case FOCUS_COST_AND_USAGE:
        sums_take(check);
        check_parent(check, 0, RULE_SKU_PARENT, FOCUS_SkuPriceId, FOCUS_SkuId);
        check_parent(check, 1, RULE_SERVICE_PARENT, FOCUS_ServiceName, FOCUS_ServiceCategory);
        check_parent(check, 2, RULE_COMMITMENT_UNIT, FOCUS_CommitmentDiscountId, FOCUS_CommitmentDiscountUnit);
        break;
    case FOCUS_CONTRACT_COMMITMENT:
        check_parent(check, 0, RULE_CONTRACT_PARENT, COMMITMENT_ContractCommitmentId, COMMITMENT_ContractId);
        break;
    case FOCUS_INVOICE_DETAIL:
        detail_once(check);
        break;
    default:
        break;
    }
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
        check_tell(check, RULE_COMMITMENT_SUM, check_id(FOCUS_EffectiveCost), "%.*s was bought for %s and costs %s",
                   SLICE_ARG(check->commitments.texts[i]), billed, effective);
    }
    check->line = 0;
}
