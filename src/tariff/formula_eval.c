/* SPDX-License-Identifier: Apache-2.0
 *
 * Evaluation of compiled formulas: a walk over the typed tree. Runs for every event and allocates nothing; the tree's
 * size is bounded, so is the stack. */
#include "tariff/formula_private.h"

static enum status fault(const struct run *run, struct eval_error error) {
    *run->error = error;
    return STATUS_INVALID;
}

static inline enum status ranged(const struct run *run, enum status status) {
    if (__builtin_expect(status == STATUS_OK, 1))
        return STATUS_OK;
    return fault(run, (struct eval_error){.fault = EVAL_RANGE});
}

/* ---- arithmetic: the short way for small ratios, money's for the rest ----
 *
 * By pointer and part by part: a ratio that was just written in halves is slow to copy as a whole. */

static inline enum status number_add(const struct ratio *a, const struct ratio *b, struct ratio *ret) {
    if (!ratio_is_small(a) || !ratio_is_small(b))
        return ratio_add(*a, *b, ret);
    int64_t a_num = (int64_t)a->num, a_den = (int64_t)a->den, b_num = (int64_t)b->num, b_den = (int64_t)b->den;
    ret->num = a_den == b_den ? (wide)a_num + b_num : (wide)a_num * b_den + (wide)b_num * a_den;
    ret->den = a_den == b_den ? a_den : (wide)a_den * b_den;
    return STATUS_OK;
}

static inline enum status number_sub(const struct ratio *a, const struct ratio *b, struct ratio *ret) {
    if (!ratio_is_small(a) || !ratio_is_small(b))
        return ratio_sub(*a, *b, ret);
    int64_t a_num = (int64_t)a->num, a_den = (int64_t)a->den, b_num = (int64_t)b->num, b_den = (int64_t)b->den;
    ret->num = a_den == b_den ? (wide)a_num - b_num : (wide)a_num * b_den - (wide)b_num * a_den;
    ret->den = a_den == b_den ? a_den : (wide)a_den * b_den;
    return STATUS_OK;
}

static inline enum status number_mul(const struct ratio *a, const struct ratio *b, struct ratio *ret) {
    if (!ratio_is_small(a) || !ratio_is_small(b))
        return ratio_mul(*a, *b, ret);
    ret->num = (wide)(int64_t)a->num * (int64_t)b->num;
    ret->den = (wide)(int64_t)a->den * (int64_t)b->den;
    return STATUS_OK;
}

/* b is not zero. */
static inline enum status number_div(const struct ratio *a, const struct ratio *b, struct ratio *ret) {
    if (!ratio_is_small(a) || !ratio_is_small(b))
        return ratio_div(*a, *b, ret);
    wide num = (wide)(int64_t)a->num * (int64_t)b->den, den = (wide)(int64_t)a->den * (int64_t)b->num;
    ret->num = den < 0 ? -num : num;
    ret->den = den < 0 ? -den : den;
    return STATUS_OK;
}

static enum rounding op_rounding(enum expr_op op) {
    return op == EXPR_CEIL ? ROUND_CEIL : op == EXPR_FLOOR ? ROUND_FLOOR : ROUND_HALF_UP;
}

static inline void number_round(struct ratio *value, enum expr_op op) {
    if (value->den == 1)
        return;
    if (!ratio_is_small(value)) {
        *value = ratio_round(*value, op_rounding(op));
        return;
    }
    int64_t num = (int64_t)value->num, den = (int64_t)value->den;
    int64_t quotient, rest;
    if (((uint64_t)num | (uint64_t)den) >> 32 == 0) { /* the narrow division is several times faster */
        quotient = (uint32_t)num / (uint32_t)den;
        rest = (uint32_t)num % (uint32_t)den;
    } else {
        quotient = num / den;
        rest = num % den;
    }
    if (op == EXPR_CEIL)
        quotient += rest > 0;
    else if (op == EXPR_FLOOR)
        quotient -= rest < 0;
    else if (rest > 0)
        quotient += rest >= den - rest;
    else if (rest < 0)
        quotient -= -rest >= den + rest;
    value->num = quotient;
    value->den = 1;
}

/* ---- names ---- */

const struct value *attr_carried(const struct run *run, const struct expr *expr) {
    if (attrs_has(run->attrs, expr->slot) && run->attrs->values[expr->slot].kind != VALUE_NONE)
        return &run->attrs->values[expr->slot];
    return expr->has_default ? &expr->value : NULL;
}

static inline enum status attr_value(const struct run *run, const struct expr *expr, const struct value **ret) {
    const struct value *value = attr_carried(run, expr);
    if (value == NULL)
        return fault(run, (struct eval_error){.fault = EVAL_MISSING, .slot = expr->slot});
    if (value->kind != expr->kind)
        return fault(run, (struct eval_error){.fault = EVAL_TYPE, .slot = expr->slot});
    *ret = value;
    return STATUS_OK;
}

/* Most operands are constants and attributes that are there: spare them the walk. NULL: something else, or a fault. */
static inline const struct value *value_at_hand(const struct run *run, const struct expr *expr) {
    if (expr->op == EXPR_CONSTANT)
        return &expr->value;
    if (expr->op != EXPR_ATTR)
        return NULL;
    if (!attrs_has(run->attrs, expr->slot))
        return expr->has_default ? &expr->value : NULL;
    const struct value *value = &run->attrs->values[expr->slot];
    return value->kind == expr->kind ? value : NULL;
}

/* What a condition comes to; by value, so that it stays in a register. */
enum truth { TRUTH_FAULT = -1, TRUTH_NO, TRUTH_YES };

static enum truth flag_eval(const struct run *run, const struct expr *expr);

enum status expr_branch(const struct run *run, const struct expr *expr, const struct expr **ret_branch) {
    enum truth condition = flag_eval(run, expr->args[0]);
    if (condition == TRUTH_FAULT)
        return STATUS_INVALID;
    *ret_branch = expr->args[condition == TRUTH_YES ? 1 : 2];
    return STATUS_OK;
}

/* What can be of every kind: constants, attributes, `if` and `default`. Gives a value that is there, or NULL and the
 * expression to go on with. */
static enum status leaf_eval(const struct run *run, const struct expr *expr, const struct value **ret_value,
                             const struct expr **ret_next) {
    *ret_value = NULL;
    if (expr->op == EXPR_CONSTANT) {
        *ret_value = &expr->value;
        return STATUS_OK;
    }
    if (expr->op == EXPR_IF)
        return expr_branch(run, expr, ret_next);
    if (expr->op == EXPR_ATTR || attr_carried(run, expr) != NULL)
        return attr_value(run, expr, ret_value);
    *ret_next = expr->args[0];
    return STATUS_OK;
}

/* ---- numbers; *ret may be written even when the call fails ---- */

static inline enum status number_operand(const struct run *run, const struct expr *expr, struct ratio *ret) {
    const struct value *value = value_at_hand(run, expr);
    if (value == NULL)
        return expr_number(run, expr, ret);
    *ret = value->number;
    return STATUS_OK;
}

static enum status number_leaf(const struct run *run, const struct expr *expr, struct ratio *ret) {
    const struct value *value;
    const struct expr *next = NULL;
    TRY(leaf_eval(run, expr, &value, &next));
    if (value == NULL)
        return expr_number(run, next, ret);
    *ret = value->number;
    return STATUS_OK;
}

static enum status number_pick(const struct run *run, const struct expr *expr, struct ratio *ret) {
    struct ratio best = {0, 1};
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        struct ratio value;
        TRY(number_operand(run, expr->args[i], &value));
        int order = i == 0 ? 0 : ratio_order(&value, &best);
        if (i == 0 || (expr->op == EXPR_MIN ? order < 0 : order > 0))
            best = value;
    }
    *ret = best;
    return STATUS_OK;
}

static inline enum status number_unary(const struct run *run, const struct expr *expr, struct ratio *ret) {
    TRY(number_operand(run, expr->args[0], ret));
    if (expr->op == EXPR_NEG || (expr->op == EXPR_ABS && ret->num < 0))
        return ranged(run, ratio_sub((struct ratio){0, 1}, *ret, ret));
    if (expr->op != EXPR_ABS)
        number_round(ret, expr->op);
    return STATUS_OK;
}

static inline enum status number_binary(const struct run *run, const struct expr *expr, struct ratio *ret) {
    struct ratio a, b;
    TRY(number_operand(run, expr->args[0], &a));
    TRY(number_operand(run, expr->args[1], &b));
    if (expr->op == EXPR_MUL)
        return ranged(run, number_mul(&a, &b, ret));
    if (expr->op == EXPR_ADD)
        return ranged(run, number_add(&a, &b, ret));
    if (expr->op == EXPR_SUB)
        return ranged(run, number_sub(&a, &b, ret));
    if (b.num == 0)
        return fault(run, (struct eval_error){.fault = EVAL_DIVISION});
    return ranged(run, number_div(&a, &b, ret));
}

enum status expr_number(const struct run *run, const struct expr *expr, struct ratio *ret) {
    if (expr->op >= EXPR_ADD && expr->op <= EXPR_DIV)
        return number_binary(run, expr, ret);
    if (expr->op >= EXPR_NEG && expr->op <= EXPR_ABS)
        return number_unary(run, expr, ret);
    if (expr->op == EXPR_MIN || expr->op == EXPR_MAX)
        return number_pick(run, expr, ret);
    return number_leaf(run, expr, ret);
}

static enum status instant_eval(const struct run *run, const struct expr *expr, int64_t *ret) {
    const struct value *value = NULL;
    while (value == NULL)
        TRY(leaf_eval(run, expr, &value, &expr));
    *ret = value->instant_ns;
    return STATUS_OK;
}

enum status expr_text(const struct run *run, const struct expr *expr, struct slice *ret) {
    const struct value *value = value_at_hand(run, expr);
    while (value == NULL) {
        if (expr->op == EXPR_CLASS) {
            uint32_t index;
            TRY(class_eval(expr->class, run->attrs, &index, run->error));
            *ret = expr->class->value_names[index];
            return STATUS_OK;
        }
        TRY(leaf_eval(run, expr, &value, &expr));
    }
    *ret = value->text;
    return STATUS_OK;
}

/* ---- conditions ---- */

/* order: below, at or above zero. */
static inline bool order_fits(enum expr_op op, int order) {
    enum { BELOW = 1, EQUAL = 2, ABOVE = 4 };
    static const uint8_t fitting[] = {
        EQUAL, BELOW | ABOVE, BELOW, BELOW | EQUAL, ABOVE, ABOVE | EQUAL,
    };
    _Static_assert(EXPR_GE - EXPR_EQ + 1 == sizeof fitting && EXPR_LT - EXPR_EQ == 2 && EXPR_GT - EXPR_EQ == 4,
                   "EQ, NE, LT, LE, GT, GE");
    return fitting[op - EXPR_EQ] & (order < 0 ? BELOW : order == 0 ? EQUAL : ABOVE);
}

static enum status compare_numbers(const struct run *run, const struct expr *expr, int *ret_order) {
    struct ratio a, b;
    TRY(number_operand(run, expr->args[0], &a));
    TRY(number_operand(run, expr->args[1], &b));
    *ret_order = ratio_order(&a, &b);
    return STATUS_OK;
}

static enum status compare_texts(const struct run *run, const struct expr *expr, int *ret_order) {
    struct slice a, b;
    TRY(expr_text(run, expr->args[0], &a));
    TRY(expr_text(run, expr->args[1], &b));
    *ret_order = !slice_eq(a, b);
    return STATUS_OK;
}

static enum status compare_instants(const struct run *run, const struct expr *expr, int *ret_order) {
    int64_t a, b;
    TRY(instant_eval(run, expr->args[0], &a));
    TRY(instant_eval(run, expr->args[1], &b));
    *ret_order = (a > b) - (a < b);
    return STATUS_OK;
}

static enum status compare_flags(const struct run *run, const struct expr *expr, int *ret_order) {
    enum truth a = flag_eval(run, expr->args[0]);
    enum truth b = a != TRUTH_FAULT ? flag_eval(run, expr->args[1]) : TRUTH_FAULT;
    *ret_order = a != b;
    return b != TRUTH_FAULT ? STATUS_OK : STATUS_INVALID;
}

static enum truth compare_any(const struct run *run, const struct expr *expr) {
    static enum status (*const compare[])(const struct run *run, const struct expr *expr, int *ret_order) = {
        [VALUE_NUMBER] = compare_numbers,
        [VALUE_TEXT] = compare_texts,
        [VALUE_FLAG] = compare_flags,
        [VALUE_INSTANT] = compare_instants,
    };
    int order;
    if (compare[expr->args[0]->kind](run, expr, &order) != STATUS_OK)
        return TRUTH_FAULT;
    return order_fits(expr->op, order);
}

static inline int value_order(const struct value *a, const struct value *b) {
    if (a->kind == VALUE_NUMBER)
        return ratio_order(&a->number, &b->number);
    if (a->kind == VALUE_TEXT)
        return !slice_eq(a->text, b->text);
    if (a->kind == VALUE_FLAG)
        return a->flag != b->flag;
    return (a->instant_ns > b->instant_ns) - (a->instant_ns < b->instant_ns);
}

static inline bool is_comparison(const struct expr *expr) {
    return expr->op >= EXPR_EQ && expr->op <= EXPR_GE;
}

static inline enum truth flag_comparison(const struct run *run, const struct expr *expr) {
    const struct value *a = value_at_hand(run, expr->args[0]), *b = value_at_hand(run, expr->args[1]);
    return a != NULL && b != NULL ? order_fits(expr->op, value_order(a, b)) : compare_any(run, expr);
}

static enum truth flag_in(const struct run *run, const struct expr *expr) {
    struct slice wanted, text;
    if (expr_text(run, expr->args[0], &wanted) != STATUS_OK)
        return TRUTH_FAULT;
    for (uint32_t i = 1; i < expr->arg_count; i++) {
        if (expr_text(run, expr->args[i], &text) != STATUS_OK)
            return TRUTH_FAULT;
        if (slice_eq(wanted, text))
            return TRUTH_YES;
    }
    return TRUTH_NO;
}

static enum truth flag_leaf(const struct run *run, const struct expr *expr) {
    const struct value *value;
    const struct expr *next = NULL;
    if (leaf_eval(run, expr, &value, &next) != STATUS_OK)
        return TRUTH_FAULT;
    return value != NULL ? value->flag : flag_eval(run, next);
}

static enum truth flag_not(const struct run *run, const struct expr *expr) {
    enum truth operand = flag_eval(run, expr->args[0]);
    return operand == TRUTH_FAULT ? TRUTH_FAULT : operand == TRUTH_NO;
}

static enum truth flag_eval(const struct run *run, const struct expr *expr) {
    /* `and` stops at the first false, `or` at the first true; else the last operand answers. */
    while (expr->op == EXPR_AND || expr->op == EXPR_OR) {
        const struct expr *first = expr->args[0];
        enum truth answer = is_comparison(first) ? flag_comparison(run, first) : flag_eval(run, first);
        if (answer != (expr->op == EXPR_AND ? TRUTH_YES : TRUTH_NO))
            return answer;
        expr = expr->args[1];
    }
    if (is_comparison(expr))
        return flag_comparison(run, expr);
    if (expr->op == EXPR_IN)
        return flag_in(run, expr);
    if (expr->op == EXPR_HAS)
        return attr_carried(run, expr) != NULL;
    return expr->op == EXPR_NOT ? flag_not(run, expr) : flag_leaf(run, expr);
}

static enum status flag_status(enum truth truth, bool *ret) {
    if (truth == TRUTH_FAULT)
        return STATUS_INVALID;
    *ret = truth == TRUTH_YES;
    return STATUS_OK;
}

/* In place: a value is large, and most of it is not used. */
enum status expr_eval(const struct run *run, const struct expr *expr, struct value *ret_value) {
    ret_value->kind = expr->kind;
    switch ((int)expr->kind) {
    case VALUE_NUMBER:
        return expr_number(run, expr, &ret_value->number);
    case VALUE_TEXT:
        return expr_text(run, expr, &ret_value->text);
    case VALUE_FLAG:
        return flag_status(flag_eval(run, expr), &ret_value->flag);
    default:
        return instant_eval(run, expr, &ret_value->instant_ns);
    }
}

enum status formula_eval(const struct formula *formula, const struct attrs *attrs, struct value *ret_value,
                         struct eval_error *ret_error) {
    const struct expr *root = formula->root;
    const struct run run = {.attrs = attrs, .error = ret_error};
    if (root->op == EXPR_ATTR) { /* the most frequent formula of all: `count` */
        const struct value *value;
        TRY(attr_value(&run, root, &value));
        *ret_value = *value;
        return STATUS_OK;
    }
    if (root->op == EXPR_CONSTANT) {
        *ret_value = root->value;
        return STATUS_OK;
    }
    return expr_eval(&run, root, ret_value);
}
