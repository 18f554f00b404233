/* SPDX-License-Identifier: Apache-2.0
 *
 * Which attributes a formula or a class reads, whether it cannot do without them, and which texts it tells apart. */
#include "tariff/formula_private.h"
#include "tariff/reads.h"

void attr_read_text(struct attr_reads *reads, uint32_t slot, struct slice text) {
    struct read_text **end = &reads->list[slot].texts;
    for (; *end != NULL; end = &(*end)->next) {
        if (slice_eq((*end)->text, text))
            return;
    }
    *end = ARENA_ARRAY(reads->arena, 1, struct read_text);
    if (*end == NULL)
        reads->has_failed = true;
    else
        **end = (struct read_text){.text = text};
}

static bool is_attr(const struct expr *expr) {
    return expr->op == EXPR_ATTR || expr->op == EXPR_DEFAULT;
}

static void attr_take(const struct expr *expr, bool is_sure, struct attr_reads *reads) {
    struct attr_read *read = &reads->list[expr->slot];
    read->is_read = true;
    if (expr->has_default)
        read->fallback = expr->value;
    else if (expr->op == EXPR_DEFAULT && expr->args[0]->op == EXPR_CONSTANT)
        read->fallback = expr->args[0]->value;
    if (is_sure && expr->op == EXPR_ATTR && !expr->has_default)
        read->is_needed = true;
}

/* attribute = "a", in(attribute, "a", "b") */
static void texts_take(const struct expr *expr, struct attr_reads *reads) {
    const struct expr *attr = NULL;
    for (uint32_t i = 0; i < expr->arg_count && attr == NULL; i++)
        attr = is_attr(expr->args[i]) && expr->args[i]->kind == VALUE_TEXT ? expr->args[i] : NULL;
    for (uint32_t i = 0; attr != NULL && i < expr->arg_count; i++) {
        if (expr->args[i]->op == EXPR_CONSTANT)
            attr_read_text(reads, attr->slot, expr->args[i]->value.text);
    }
}

static void expr_reads(const struct expr *expr, bool is_sure, struct attr_reads *reads) {
    bool is_lazy = expr->op == EXPR_OR || expr->op == EXPR_AND || expr->op == EXPR_IF;
    if (expr->op == EXPR_CONSTANT)
        return;
    if (is_attr(expr) || expr->op == EXPR_HAS)
        attr_take(expr, is_sure, reads);
    if (expr->op == EXPR_CLASS)
        class_reads(expr->class, is_sure, reads);
    if (expr->op == EXPR_EQ || expr->op == EXPR_NE || expr->op == EXPR_IN)
        texts_take(expr, reads);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        expr_reads(expr->args[i], is_sure && expr->op != EXPR_DEFAULT && (i == 0 || !is_lazy), reads);
}

void formula_reads(const struct formula *formula, bool is_sure, struct attr_reads *reads) {
    if (formula != NULL)
        expr_reads(formula->root, is_sure, reads);
}

void class_reads(const struct class *class, bool is_sure, struct attr_reads *reads) {
    bool has_default = class->default_index >= 0;
    for (uint32_t i = 0; i < class->measure_count; i++)
        formula_reads(class->measures[i], is_sure && !has_default, reads);
    if (class->bands != NULL || class->measure_count == 0 || !is_attr(class->measures[0]->root))
        return;
    uint32_t slot = class->measures[0]->root->slot;
    reads->list[slot].is_closed = true;
    for (uint32_t i = 0; i < class->value_count; i++)
        attr_read_text(reads, slot, class->value_names[i]);
    if (has_default && reads->list[slot].fallback.kind == VALUE_NONE)
        reads->list[slot].fallback =
            (struct value){.kind = VALUE_TEXT, .text = class->value_names[class->default_index]};
}
