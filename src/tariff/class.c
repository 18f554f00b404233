/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes: the name of the values a measure takes, or of the first band that holds all measures. */
#include "tariff/formula_private.h"

#include <assert.h>

/* Of the first and last bytes without the bit that tells letter cases apart: short texts need no more. */
static uint32_t hash_nocase(struct slice text) {
    uint64_t head = 0, tail = 0;
    if (text.len >= sizeof head) {
        memcpy(&head, text.ptr, sizeof head);
        memcpy(&tail, text.ptr + text.len - sizeof tail, sizeof tail);
    } else if (text.len >= sizeof(uint32_t)) {
        memcpy(&head, text.ptr, sizeof(uint32_t));
        memcpy(&tail, text.ptr + text.len - sizeof(uint32_t), sizeof(uint32_t));
    } else if (text.len > 0) {
        head = (uint64_t)(unsigned char)text.ptr[0] << 8 | (unsigned char)text.ptr[text.len / 2];
        tail = (unsigned char)text.ptr[text.len - 1];
    }
    const uint64_t no_case = ~UINT64_C(0x2020202020202020);
    uint64_t hash = ((head & no_case) * UINT64_C(0x9e3779b97f4a7c15) ^ (tail & no_case)) + text.len;
    return (uint32_t)((hash * UINT64_C(0xd6e8feb86659fd93)) >> 32);
}

static struct slice spelling_text(const struct class *class, uint32_t spelling) {
    return spelling < class->spelling_count ? class->spellings[spelling].text
                                            : class->value_names[spelling - class->spelling_count];
}

static uint32_t spelling_index(const struct class *class, uint32_t spelling) {
    return spelling < class->spelling_count ? class->spellings[spelling].index : spelling - class->spelling_count;
}

enum status class_finish(struct class *class, struct arena *plan) {
    if (class->bands != NULL)
        return STATUS_OK;
    uint32_t count = class->spelling_count + class->value_count, size = 8;
    while (size < 2 * count)
        size *= 2;
    uint32_t *slots = ARENA_ARRAY(plan, size, uint32_t);
    if (slots == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t spelling = 0; spelling < count; spelling++) {
        uint32_t at = hash_nocase(spelling_text(class, spelling)) & (size - 1);
        while (slots[at] != 0)
            at = (at + 1) & (size - 1);
        slots[at] = spelling + 1;
    }
    class->slots = slots;
    class->slot_mask = size - 1;
    return STATUS_OK;
}

static bool find_spelling(const struct class *class, struct slice text, uint32_t *ret_index) {
    assert(class->slots != NULL);
    uint32_t at = hash_nocase(text) & class->slot_mask;
    while (class->slots[at] != 0) {
        uint32_t spelling = class->slots[at] - 1;
        if (slice_eq_nocase(spelling_text(class, spelling), text)) {
            *ret_index = spelling_index(class, spelling);
            return true;
        }
        at = (at + 1) & class->slot_mask;
    }
    return false;
}

static bool band_holds(const struct class *class, const struct class_band *band, const struct ratio *measures) {
    if (!band->has_limit)
        return true;
    for (uint32_t i = 0; i < class->measure_count; i++) {
        int order = ratio_order(&measures[i], &band->limit[i]);
        if (order > 0 || (order == 0 && !band->inclusive))
            return false;
    }
    return true;
}

static bool find_band(const struct class *class, const struct ratio *measures, uint32_t *ret_index) {
    for (uint32_t i = 0; i < class->value_count; i++) {
        if (band_holds(class, &class->bands[i], measures)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static enum status fault_no_class(const struct class *class, struct eval_error *ret_error) {
    *ret_error = (struct eval_error){.fault = EVAL_NO_CLASS, .class = class};
    return STATUS_INVALID;
}

static enum status class_find(const struct class *class, const struct attrs *attrs, uint32_t *ret_index,
                              struct eval_error *ret_error) {
    const struct run run = {.attrs = attrs, .error = ret_error};
    bool is_found;
    if (class->bands != NULL) {
        struct ratio measures[CLASS_MEASURES_MAX];
        for (uint32_t i = 0; i < class->measure_count; i++)
            TRY(expr_number(&run, class->measures[i]->root, &measures[i]));
        is_found = find_band(class, measures, ret_index);
    } else {
        struct slice text;
        TRY(expr_text(&run, class->measures[0]->root, &text));
        is_found = find_spelling(class, text, ret_index);
    }
    return is_found ? STATUS_OK : fault_no_class(class, ret_error);
}

enum status class_eval(const struct class *class, const struct attrs *attrs, uint32_t *ret_index,
                       struct eval_error *ret_error) {
    struct eval_error error;
    enum status status = class_find(class, attrs, ret_index, &error);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (error.fault == EVAL_MISSING && class->default_index >= 0) {
        *ret_index = (uint32_t) class->default_index;
        return STATUS_OK;
    }
    *ret_error = error;
    return STATUS_INVALID;
}
