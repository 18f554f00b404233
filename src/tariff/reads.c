/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation reads: the conditions of its uses, the items that they create, and the prices of those. */
#include "tariff/reads.h"

struct walk {
    const struct tariff *tariff;
    int64_t at_ns;
    struct attr_reads *reads;
};

static void classes_read(const struct class *const *by, uint32_t count, bool is_sure, struct attr_reads *reads) {
    for (uint32_t i = 0; i < count; i++) {
        if (by[i] != NULL)
            class_reads(by[i], is_sure, reads);
    }
}

/* Of covered time any one of several members will do. */
static void interval_reads(const struct interval_rule *rule, bool is_sure, struct attr_reads *reads) {
    const struct formula *some[] = {rule->length, rule->segment, rule->initial, rule->from, rule->to, rule->ahead};
    formula_reads(rule->key, is_sure, reads);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        formula_reads(some[i], false, reads);
}

static void item_reads(const struct walk *walk, const struct item *item, const struct use *use, bool is_sure) {
    formula_reads(item->billable, is_sure, walk->reads);
    if (item->is_interval)
        interval_reads(&item->interval, is_sure, walk->reads);
    else
        formula_reads(use->quantity != NULL ? use->quantity : item->quantity, is_sure, walk->reads);
    for (uint32_t i = 0; i < item->version_count; i++) {
        const struct price_version *version = &item->versions[i];
        bool holds = walk->at_ns == INSTANT_MIN || (version->from_ns <= walk->at_ns && walk->at_ns < version->until_ns);
        if (holds)
            classes_read(version->by, version->by_count, is_sure, walk->reads);
    }
}

static void use_reads(const struct walk *walk, const struct use *use, bool is_sure) {
    formula_reads(use->when, is_sure, walk->reads);
    is_sure = is_sure && use->when == NULL;
    classes_read(use->by, use->by_count, is_sure, walk->reads);
    if (use->by_count == 0) {
        item_reads(walk, &walk->tariff->items[use->item], use, is_sure);
        return;
    }
    uint64_t count = 1;
    for (uint32_t i = 0; i < use->by_count; i++)
        count *= use->by[i]->value_count;
    for (uint64_t i = 0; i < count; i++) {
        if (use->items[i] != INDEX_NONE)
            item_reads(walk, &walk->tariff->items[use->items[i]], use, is_sure && count == 1);
    }
}

enum status operation_reads(const struct tariff *tariff, const struct operation *operation, int64_t at_ns,
                            struct attr_reads *reads) {
    const struct walk walk = {tariff, at_ns, reads};
    *reads = (struct attr_reads){.arena = reads->arena};
    for (uint32_t i = 0; i < operation->use_count; i++)
        use_reads(&walk, &operation->uses[i], i == 0 || !operation->takes_first);
    formula_reads(operation->work.key, false, reads);
    struct attr_read *outcome = &reads->list[ATTR_OUTCOME];
    for (size_t i = 0; outcome->is_read && attr_outcome(i) != NULL; i++)
        attr_read_text(reads, ATTR_OUTCOME, slice_of(attr_outcome(i)));
    outcome->is_closed = outcome->is_read;
    reads->list[ATTR_OPERATION].is_read = reads->list[ATTR_TIME].is_read = false;
    return reads->has_failed ? STATUS_NO_MEMORY : STATUS_OK;
}
