/* SPDX-License-Identifier: Apache-2.0
 *
 * Two sorted lists side by side. */
#include "reconcile/causes.h"
#include "reconcile/sides.h"

const char *verdict_name(enum verdict verdict) {
    static const char *const names[VERDICT_COUNT] = {
#define VERDICT_NAME(name, text) text,
        VERDICT_TABLE(VERDICT_NAME)
#undef VERDICT_NAME
    };
    return names[verdict];
}

const char *cause_name(enum cause cause) {
    static const char *const names[CAUSE_COUNT] = {
#define CAUSE_NAME(name, text) text,
        CAUSE_TABLE(CAUSE_NAME)
#undef CAUSE_NAME
    };
    return names[cause];
}

static enum status missing(const struct side *ours, struct finding *ret_finding) {
    *ret_finding = (struct finding){.verdict = VERDICT_MISSING, .ours = ours};
    if (decimal_is_zero(ours->amount)) { /* what costs nothing need not stand on a bill */
        ret_finding->verdict = VERDICT_EQUAL;
        return STATUS_OK;
    }
    return decimal_sub(DECIMAL_ZERO, ours->amount, &ret_finding->difference);
}

static void unexpected(const struct side *theirs, struct finding *ret_finding) {
    *ret_finding = (struct finding){.verdict = VERDICT_UNEXPECTED, .theirs = theirs, .difference = theirs->amount};
    if (theirs->known == NULL) {
        ret_finding->cause = CAUSE_ITEM;
        ret_finding->text = SLICE("no tariff has such an item; the mapping's `items` gives it another name");
    }
}

static enum status both(const struct side *ours, const struct side *theirs, struct arena *arena,
                        struct finding *ret_finding) {
    struct finding finding = {.verdict = VERDICT_DIFFERENT, .ours = ours, .theirs = theirs};
    TRY(decimal_sub(theirs->amount, ours->amount, &finding.difference));
    if (theirs->currency.len > 0 && !slice_eq(theirs->currency, ours->currency)) {
        finding.cause = CAUSE_CURRENCY;
        finding.text = arena_printf(arena, "they ask for " SLICE_FMT ", the tariff for " SLICE_FMT,
                                    SLICE_ARG(theirs->currency), SLICE_ARG(ours->currency));
    } else if (decimal_is_zero(finding.difference)) {
        finding.verdict = VERDICT_EQUAL;
    } else if (amount_is_near(ours->amount, theirs)) {
        finding.verdict = VERDICT_ROUNDED;
    } else {
        TRY(cause_find(&finding, arena));
    }
    *ret_finding = finding;
    return STATUS_OK;
}

enum status reconcile(const struct sides *ours, const struct sides *theirs, struct arena *arena,
                      struct findings *ret_findings) {
    struct findings findings = {.list = ARENA_ARRAY(arena, ours->count + (size_t)theirs->count + 1, struct finding)};
    uint32_t i = 0, j = 0;
    if (findings.list == NULL)
        return STATUS_NO_MEMORY;
    while (i < ours->count || j < theirs->count) {
        struct finding *finding = &findings.list[findings.count++];
        int order = i == ours->count ? 1 : j == theirs->count ? -1 : side_compare(&ours->list[i], &theirs->list[j]);
        if (order < 0)
            TRY(missing(&ours->list[i++], finding));
        else if (order > 0)
            unexpected(&theirs->list[j++], finding);
        else
            TRY(both(&ours->list[i++], &theirs->list[j++], arena, finding));
        findings.verdicts[finding->verdict]++;
    }
    *ret_findings = findings;
    return STATUS_OK;
}

bool findings_are_well(const struct findings *findings) {
    return findings->verdicts[VERDICT_EQUAL] + findings->verdicts[VERDICT_ROUNDED] == findings->count;
}

const struct side *finding_side(const struct finding *finding) {
    return finding->ours != NULL ? finding->ours : finding->theirs;
}
