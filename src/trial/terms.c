/* SPDX-License-Identifier: Apache-2.0
 *
 * The terms of an account, copied. */
#include "trial/terms.h"

enum status terms_take(const struct terms_of *of, struct arena *arena, const struct reader_terms **ret_terms) {
    uint32_t count = engine_attribute_count(of->engine, of->account);
    struct reader_terms *terms = ARENA_NEW(arena, struct reader_terms);
    struct attribute *attributes = ARENA_ARRAY(arena, count + (size_t)1, struct attribute);
    const struct tariff **instead = ARENA_ARRAY(arena, of->tariffs->count + (size_t)1, const struct tariff *);
    bool has_any = count > 0;
    if (!terms || !attributes || !instead)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        attributes[i] = engine_attribute_view(of->engine, of->account, i);
        if (attributes[i].value.kind != VALUE_TEXT)
            continue;
        attributes[i].value.text = arena_copy(arena, attributes[i].value.text);
        if (!attributes[i].value.text.ptr)
            return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < of->tariffs->count; i++) {
        const struct tariff *tariff = of->tariffs->list[i];
        const struct tariff *use = engine_tariff_at(of->engine, of->account, tariff, of->at_ns);
        instead[tariff->index] = use != tariff ? use : NULL;
        has_any = has_any || use != tariff;
    }
    *terms = (struct reader_terms){instead, attributes, count};
    *ret_terms = has_any ? terms : NULL;
    return STATUS_OK;
}
