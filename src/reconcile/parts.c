/* SPDX-License-Identifier: Apache-2.0
 *
 * The events that a sum consists of. */
#include <stdlib.h>

#include "reconcile/sides.h"

struct part_list {
    struct usage_part *list;
    uint32_t count, cap;
};

enum status parts_new(const struct findings *findings, const struct mapping *mapping, struct parts *ret_parts) {
    struct parts parts = {
        .findings = findings, .mapping = mapping, .lists = calloc(findings->count + (size_t)1, sizeof *parts.lists)};
    if (parts.lists == NULL)
        return STATUS_NO_MEMORY;
    *ret_parts = parts;
    return STATUS_OK;
}

void parts_free(struct parts *parts) {
    for (uint32_t i = 0; parts->lists != NULL && i < parts->findings->count; i++)
        free(parts->lists[i].list);
    free(parts->lists);
    *parts = (struct parts){0};
}

bool parts_are_wanted(const struct findings *findings) {
    for (uint32_t i = 0; i < findings->count; i++) {
        if (findings->list[i].cause == CAUSE_QUANTITY)
            return true;
    }
    return false;
}

static enum status part_add(struct part_list *parts, struct usage_part part) {
    if (parts->count == parts->cap) {
        uint32_t cap = parts->cap ? 2 * parts->cap : 16;
        struct usage_part *list = cap > parts->cap ? reallocarray(parts->list, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        parts->list = list;
        parts->cap = cap;
    }
    parts->list[parts->count++] = part;
    return STATUS_OK;
}

/* Findings are in the order of their sides. */
static struct part_list *list_of(struct parts *parts, const struct side *key) {
    uint32_t from = 0, to = parts->findings->count;
    while (from < to) {
        uint32_t at = from + (to - from) / 2;
        int order = side_compare(finding_side(&parts->findings->list[at]), key);
        if (order == 0)
            return parts->findings->list[at].cause == CAUSE_QUANTITY ? &parts->lists[at] : NULL;
        if (order < 0)
            from = at + 1;
        else
            to = at;
    }
    return NULL;
}

static enum status on_charge(void *context, const struct charge_view *charge) {
    struct parts *parts = context;
    const struct tariff *tariff = charge->tariff;
    const struct mapping *mapping = parts->mapping;
    bool has_region =
        charge->rate->region != INDEX_NONE && tariff->region_class != NULL && mapping->columns[COLUMN_REGION].len > 0;
    struct side key = {.account = charge->account,
                       .item = tariff->items[charge->rate->item].name,
                       .region = has_region ? tariff->region_class->value_names[charge->rate->region] : SLICE("")};
    if (charge->operation == NULL || decimal_is_zero(charge->quantity))
        return STATUS_OK; /* no event, or nothing of it */
    TRY(span_start(mapping->span, mapping->zone ? mapping->zone : tariff->zone, charge->cycle.start_ns, &key.start_ns));
    struct part_list *list = list_of(parts, &key);
    return list != NULL ? part_add(list, (struct usage_part){charge->at_ns, charge->quantity}) : STATUS_OK;
}

static void on_restart(void *context) {
    struct parts *parts = context;
    for (uint32_t i = 0; i < parts->findings->count; i++)
        parts->lists[i].count = 0;
}

struct charge_watch parts_watch(struct parts *parts) {
    return (struct charge_watch){.charged = on_charge, .restarted = on_restart, .context = parts};
}

enum status parts_use(const struct parts *parts, struct findings *findings, struct arena *arena) {
    for (uint32_t i = 0; i < findings->count; i++)
        TRY(finding_look_closer(&findings->list[i], parts->lists[i].list, parts->lists[i].count, arena));
    return STATUS_OK;
}
