/* SPDX-License-Identifier: Apache-2.0
 *
 * Types of formulas: what each operator and function takes and gives, and folding of what is constant. */
#include "tariff/formula_private.h"

#include <stdio.h>

static const struct function functions[] = {
    {"ceil", EXPR_CEIL, 1, 1, "ceil(x)"},
    {"floor", EXPR_FLOOR, 1, 1, "floor(x)"},
    {"round", EXPR_ROUND, 1, 1, "round(x)"},
    {"abs", EXPR_ABS, 1, 1, "abs(x)"},
    {"min", EXPR_MIN, 1, EXPR_ARGS_MAX, "min(x, ...)"},
    {"max", EXPR_MAX, 1, EXPR_ARGS_MAX, "max(x, ...)"},
    {"if", EXPR_IF, 3, 3, "if(condition, a, b)"},
    {"in", EXPR_IN, 2, EXPR_ARGS_MAX, "in(x, \"a\", \"b\", ...)"},
};
#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))
static const char *const name_functions[] = {"has", "default", "class"};
#define NAME_FUNCTION_COUNT (sizeof(name_functions) / sizeof(name_functions[0]))

const struct function *function_find(struct slice name) {
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (slice_is(name, functions[i].name))
            return &functions[i];
    }
    return NULL;
}

bool function_is_known(struct slice name) {
    for (size_t i = 0; i < NAME_FUNCTION_COUNT; i++) {
        if (slice_is(name, name_functions[i]))
            return true;
    }
    return function_find(name) != NULL;
}

/* ---- suggestions ---- */

#define CANDIDATES_MAX 512

struct candidates {
    struct slice list[CANDIDATES_MAX];
    size_t count;
};

static void candidate_add(struct candidates *candidates, struct slice name) {
    if (candidates->count < CANDIDATES_MAX)
        candidates->list[candidates->count++] = name;
}

static void candidates_of_scope(const struct formula_scope *scope, enum hint_of of, struct candidates *candidates) {
    struct slice names[CANDIDATES_MAX];
    size_t count = scope->list_names ? scope->list_names(scope->context, names, CANDIDATES_MAX) : 0;
    for (size_t i = 0; i < count && i < CANDIDATES_MAX; i++) {
        struct slice text;
        struct place place;
        bool is_wanted = of == HINT_OF_CLASSES
                             ? scope->find_class && scope->find_class(scope->context, names[i]) != NULL
                             : scope->find_formula && scope->find_formula(scope->context, names[i], &text, &place);
        if (is_wanted)
            candidate_add(candidates, names[i]);
    }
}

const char *compiler_suggest(struct compiler *compiler, struct slice wrong, enum hint_of of, char *out) {
    struct candidates candidates = {.count = 0};
    const struct formula_scope *scope = compiler->scope;
    if (of == HINT_OF_FUNCTIONS) {
        for (size_t i = 0; i < FUNCTION_COUNT; i++)
            candidate_add(&candidates, slice_of(functions[i].name));
        for (size_t i = 0; i < NAME_FUNCTION_COUNT; i++)
            candidate_add(&candidates, slice_of(name_functions[i]));
    }
    if (of == HINT_OF_NAMES || of == HINT_OF_ATTRIBUTES) {
        for (uint32_t i = 0; i < scope->attrs->names.count; i++)
            candidate_add(&candidates, scope->attrs->names.texts[i]);
    }
    if (of == HINT_OF_NAMES || of == HINT_OF_CLASSES)
        candidates_of_scope(scope, of, &candidates);
    struct slice near = names_suggest(wrong, candidates.list, candidates.count);
    if (near.len == 0)
        return NULL;
    (void)snprintf(out, HINT_MAX, "did you mean \"" SLICE_FMT "\"?", SLICE_ARG(text_clip(near)));
    return out;
}

/* ---- building ---- */

const char *kind_phrase(enum value_kind kind) {
    switch (kind) {
    case VALUE_NUMBER:
        return "a number";
    case VALUE_TEXT:
        return "text";
    case VALUE_FLAG:
        return "a flag";
    case VALUE_INSTANT:
        return "an instant";
    case VALUE_NONE:
        break;
    }
    return "nothing";
}

struct expr *expr_new(struct compiler *compiler, enum expr_op op, struct slice text) {
    if (compiler->expr_count == FORMULA_EXPRS_MAX) {
        if (!compiler->is_too_long)
            compiler_report(compiler, text, NULL, "the formula is too long with its named formulas put in");
        compiler->is_too_long = true;
        return NULL;
    }
    struct expr *expr = ARENA_NEW(compiler->plan, struct expr);
    if (expr == NULL) {
        compiler->is_out_of_memory = true;
        return NULL;
    }
    compiler->expr_count++;
    expr->op = expr->written = op;
    expr->text = text;
    return expr;
}

void expr_fold(struct compiler *compiler, struct expr *expr) {
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i]->op != EXPR_CONSTANT)
            return;
    }
    struct eval_error error;
    const struct run run = {.attrs = NULL, .error = &error};
    struct value value;
    if (expr_eval(&run, expr, &value) == STATUS_OK) {
        expr->value = value;
        expr->op = EXPR_CONSTANT;
        return;
    }
    compiler_report(compiler, expr->text, NULL, "the result is too large to be kept exactly");
    expr->kind = VALUE_NONE;
}

static bool is_zero(const struct expr *expr) {
    return expr->op == EXPR_CONSTANT && expr->kind == VALUE_NUMBER && expr->value.number.num == 0;
}

/* True when `arg` has the kind; reports once otherwise. */
static bool check_kind(struct compiler *compiler, const struct expr *arg, enum value_kind kind, struct slice symbol) {
    static const char *const needs[] = {
        [VALUE_NUMBER] = "numbers", [VALUE_TEXT] = "texts", [VALUE_FLAG] = "conditions (true or false)"};
    if (arg->kind == kind)
        return true;
    if (arg->kind != VALUE_NONE)
        compiler_report(compiler, arg->text, NULL, SLICE_FMT " needs %s, but " SLICE_FMT " is %s", SLICE_ARG(symbol),
                        needs[kind], SLICE_ARG(text_clip(arg->text)), kind_phrase(arg->kind));
    return false;
}

static bool check_all(struct compiler *compiler, const struct expr *expr, enum value_kind kind, struct slice symbol) {
    bool is_good = true;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        is_good &= check_kind(compiler, expr->args[i], kind, symbol);
    return is_good;
}

static bool check_comparison(struct compiler *compiler, const struct expr *expr, struct slice symbol) {
    const struct expr *left = expr->args[0], *right = expr->args[1];
    if (left->kind == VALUE_NONE || right->kind == VALUE_NONE)
        return false;
    if (left->kind != right->kind) {
        bool is_chain = left->written >= EXPR_LT && left->written <= EXPR_GE;
        compiler_report(compiler, expr->text, is_chain ? "write a < b and b < c" : NULL,
                        SLICE_FMT " compares " SLICE_FMT ", which is %s, with " SLICE_FMT ", which is %s",
                        SLICE_ARG(symbol), SLICE_ARG(text_clip(left->text)), kind_phrase(left->kind),
                        SLICE_ARG(text_clip(right->text)), kind_phrase(right->kind));
        return false;
    }
    if (expr->op == EXPR_EQ || expr->op == EXPR_NE || left->kind == VALUE_NUMBER || left->kind == VALUE_INSTANT)
        return true;
    compiler_report(compiler, left->text, left->kind == VALUE_TEXT ? "texts have only = and !=" : NULL,
                    SLICE_FMT " needs numbers or instants, but " SLICE_FMT " is %s", SLICE_ARG(symbol),
                    SLICE_ARG(text_clip(left->text)), kind_phrase(left->kind));
    return false;
}

static enum value_kind operator_kind(struct compiler *compiler, const struct expr *expr, struct slice symbol) {
    if (expr->op >= EXPR_OR && expr->op <= EXPR_NOT)
        return check_all(compiler, expr, VALUE_FLAG, symbol) ? VALUE_FLAG : VALUE_NONE;
    if (expr->op >= EXPR_EQ && expr->op <= EXPR_GE)
        return check_comparison(compiler, expr, symbol) ? VALUE_FLAG : VALUE_NONE;
    if (!check_all(compiler, expr, VALUE_NUMBER, symbol))
        return VALUE_NONE;
    if (expr->op != EXPR_DIV || !is_zero(expr->args[1]))
        return VALUE_NUMBER;
    compiler_report(compiler, expr->args[1]->text, NULL, "division by zero");
    return VALUE_NONE;
}

struct expr *expr_operator(struct compiler *compiler, enum expr_op op, struct slice symbol, struct expr **args) {
    uint32_t count = args[1] == NULL ? 1 : 2;
    struct slice text = count == 1 ? text_span(symbol, args[0]->text) : text_span(args[0]->text, args[1]->text);
    struct expr *expr = expr_new(compiler, op, text);
    if (expr == NULL)
        return NULL;
    expr->args = ARENA_ARRAY(compiler->plan, count, struct expr *);
    if (expr->args == NULL) {
        compiler->is_out_of_memory = true;
        return NULL;
    }
    expr->arg_count = count;
    memcpy(expr->args, args, count * sizeof(*args));
    expr->kind = operator_kind(compiler, expr, symbol);
    if (expr->kind != VALUE_NONE)
        expr_fold(compiler, expr);
    return expr;
}

static enum value_kind if_kind(struct compiler *compiler, const struct expr *call) {
    const struct expr *first = call->args[1], *second = call->args[2];
    if (!check_kind(compiler, call->args[0], VALUE_FLAG, SLICE("if")) || first->kind == VALUE_NONE ||
        second->kind == VALUE_NONE)
        return VALUE_NONE;
    if (first->kind == second->kind)
        return first->kind;
    compiler_report(compiler, second->text, "both must be of one kind",
                    "if gives either " SLICE_FMT ", which is %s, or " SLICE_FMT ", which is %s",
                    SLICE_ARG(text_clip(first->text)), kind_phrase(first->kind), SLICE_ARG(text_clip(second->text)),
                    kind_phrase(second->kind));
    return VALUE_NONE;
}

struct expr *expr_call(struct compiler *compiler, const struct function *function, struct expr *call) {
    struct slice name = slice_of(function->name);
    if (call->arg_count < function->arg_min || call->arg_count > function->arg_max) {
        bool is_exact = function->arg_min == function->arg_max;
        compiler_report(compiler, call->text, function->usage, "%s takes %s%u argument%s, but %u %s given",
                        function->name, is_exact ? "" : "at least ", function->arg_min,
                        function->arg_min == 1 ? "" : "s", call->arg_count, call->arg_count == 1 ? "is" : "are");
        return call;
    }
    if (function->op == EXPR_IF)
        call->kind = if_kind(compiler, call);
    else if (function->op == EXPR_IN)
        call->kind = check_all(compiler, call, VALUE_TEXT, name) ? VALUE_FLAG : VALUE_NONE;
    else
        call->kind = check_all(compiler, call, VALUE_NUMBER, name) ? VALUE_NUMBER : VALUE_NONE;
    if (call->kind != VALUE_NONE)
        expr_fold(compiler, call);
    return call;
}
