/* SPDX-License-Identifier: Apache-2.0
 *
 * From a fold of the journal to a whole dataset. */
#include <stdlib.h>

#include "focus/focus_private.h"

static const char *const version_texts[] = {"1.0", "1.1", "1.2", "1.3", "1.4"};

const struct focus_dataset_row focus_datasets[FOCUS_DATASET_COUNT] = {
    [FOCUS_COST_AND_USAGE] = {"cost-and-usage", "CostAndUsage", "Cost and Usage", FOCUS_1_0},
    [FOCUS_CONTRACT_COMMITMENT] = {"contract-commitment", "ContractCommitment", "Contract Commitment", FOCUS_1_3},
    [FOCUS_INVOICE_DETAIL] = {"invoice-detail", "InvoiceDetail", "Invoice Detail", FOCUS_1_4},
    [FOCUS_BILLING_PERIOD] = {"billing-period", "BillingPeriod", "Billing Period", FOCUS_1_4},
};

bool focus_dataset_parse(struct slice word_or_id, enum focus_dataset *ret) {
    for (int i = 0; i < FOCUS_DATASET_COUNT; i++) {
        if (!slice_is(word_or_id, focus_datasets[i].word) && !slice_is(word_or_id, focus_datasets[i].id))
            continue;
        *ret = (enum focus_dataset)i;
        return true;
    }
    return false;
}

const char *focus_version_text(enum focus_version version) {
    return version_texts[version];
}

bool focus_version_parse(struct slice text, enum focus_version *ret) {
    for (int i = 0; i <= FOCUS_1_4; i++) {
        if (!slice_is(text, version_texts[i]))
            continue;
        *ret = (enum focus_version)i;
        return true;
    }
    return false;
}

enum status focus_new(const struct focus_options *options, struct focus **ret_focus) {
    struct focus *focus = calloc(1, sizeof *focus);
    if (focus == NULL)
        return STATUS_NO_MEMORY;
    focus->options = *options;
    *ret_focus = focus;
    return STATUS_OK;
}

void focus_free(struct focus *focus) {
    if (focus == NULL)
        return;
    cover_free(&focus->cover);
    names_free(&focus->texts);
    names_free(&focus->waiting);
    names_free(&focus->eligible);
    free(focus->chains);
    free(focus->eligible_list);
    free(focus->rows);
    free(focus->lines);
    free(focus->billings);
    buf_free(&focus->key);
    arena_free(&focus->arena);
    free(focus);
}

static enum status on_charge(void *context, const struct charge_view *charge) {
    struct focus *focus = context;
    return cover_charge(&focus->cover, charge);
}

static void on_restart(void *context) {
    struct focus *focus = context;
    cover_restart(&focus->cover);
}

static enum status on_bill(void *context, const struct engine *engine, const struct bill *bill) {
    return focus_bill(context, engine, bill);
}

struct charge_watch focus_watch(struct focus *focus) {
    return (struct charge_watch){.charged = on_charge, .restarted = on_restart, .billed = on_bill, .context = focus};
}

enum status focus_finish(struct focus *focus, int64_t now_ns, struct slice series) {
    focus->series = arena_copy(&focus->arena, series);
    focus->now_ns = now_ns;
    if (focus->series.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(focus_amortise(focus, now_ns));
    return focus_supplement(focus);
}

void focus_choose(struct focus *focus, enum focus_dataset dataset) {
    focus->options.dataset = dataset;
}
