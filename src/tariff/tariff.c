/* SPDX-License-Identifier: Apache-2.0
 *
 * Look-ups in loaded tariffs. */
#include "tariff/tariff.h"

const struct tariff *tariff_find(const struct tariff_set *set, struct slice name) {
    uint32_t index = names_find(&set->names, name);
    return index == NAMES_NONE ? NULL : set->list[index];
}

bool tariff_extends(const struct tariff *tariff, const struct tariff *base) {
    for (uint32_t i = 0; i < tariff->base_count; i++)
        if (slice_eq(tariff->bases[i], base->name))
            return true;
    return false;
}

const struct operation *tariff_operation(const struct tariff *tariff, struct slice name) {
    uint32_t index = names_find(&tariff->operation_names, name);
    return index == NAMES_NONE ? NULL : &tariff->operations[tariff->operation_of[index]];
}

const struct item *tariff_item(const struct tariff *tariff, struct slice name) {
    uint32_t index = names_find(&tariff->item_names, name);
    return index == NAMES_NONE ? NULL : &tariff->items[tariff->item_of[index]];
}

const struct product *tariff_product(const struct tariff *tariff, struct slice sku) {
    uint32_t index = names_find(&tariff->product_names, sku);
    return index == NAMES_NONE ? NULL : &tariff->products[index];
}

/* Versions are in order of time and do not overlap. */
const struct price_version *item_version(const struct item *item, int64_t at_ns) {
    for (uint32_t i = item->version_count; i > 0; i--) {
        const struct price_version *version = &item->versions[i - 1];
        if (at_ns >= version->from_ns)
            return at_ns < version->until_ns || version->until_ns == INSTANT_MAX ? version : NULL;
    }
    return NULL;
}

void tariff_set_free(struct tariff_set *set) {
    for (uint32_t i = 0; i < set->count; i++) {
        names_free(&set->list[i]->operation_names);
        names_free(&set->list[i]->item_names);
        names_free(&set->list[i]->product_names);
    }
    names_free(&set->names);
    attr_names_free(&set->attrs);
    arena_free(&set->plan);
    *set = (struct tariff_set){0};
}
