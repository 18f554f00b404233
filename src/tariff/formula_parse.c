/* SPDX-License-Identifier: Apache-2.0
 *
 * Formula tokens to a typed tree, by precedence. Named formulas are read in place, each in a frame of its own, so that
 * a mistake is shown where it was written. */
#include "tariff/formula_private.h"

#include <stdio.h>

#include "calendar/calendar.h"

#define LEVEL_NONE 0
#define LEVEL_OR 1
#define LEVEL_COMPARE 3 /* `not` takes a whole comparison */

struct operator_row {
    const char *text;
    enum expr_op op;
    int level;
};

static struct expr *parse_level(struct compiler *compiler, int level);

static const struct operator_row *operator_at(const struct token *token) {
    static const struct operator_row rows[] = {
        {"or", EXPR_OR, LEVEL_OR},
        {"and", EXPR_AND, 2},
        {"=", EXPR_EQ, LEVEL_COMPARE},
        {"==", EXPR_EQ, LEVEL_COMPARE},
        {"!=", EXPR_NE, LEVEL_COMPARE},
        {"<", EXPR_LT, LEVEL_COMPARE},
        {"<=", EXPR_LE, LEVEL_COMPARE},
        {">", EXPR_GT, LEVEL_COMPARE},
        {">=", EXPR_GE, LEVEL_COMPARE},
        {"+", EXPR_ADD, 4},
        {"-", EXPR_SUB, 4},
        {"*", EXPR_MUL, 5},
        {"/", EXPR_DIV, 5},
    };
    if (token->kind != TOKEN_SYMBOL && token->kind != TOKEN_NAME)
        return NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_is(token->text, rows[i].text))
            return &rows[i];
    }
    return NULL;
}

static bool token_is(const struct token *token, const char *text) {
    return (token->kind == TOKEN_SYMBOL || token->kind == TOKEN_NAME) && slice_is(token->text, text);
}

static bool take(struct compiler *compiler, const char *text) {
    if (!token_is(&compiler->frame->token, text))
        return false;
    lexer_next(compiler);
    return true;
}

/* Where the formula stops being understood: say what is missing there. Returns NULL for the caller to pass on. */
static struct expr *refuse(struct compiler *compiler, const char *missing) {
    const struct token *token = &compiler->frame->token;
    if (token->kind == TOKEN_WRONG)
        return NULL;
    if (token->kind == TOKEN_END) {
        compiler_report(compiler, token->text, NULL, "the formula ends where %s is needed", missing);
        return NULL;
    }
    bool is_thousands = token_is(token, ",") && token->text.ptr > compiler->frame->text.ptr &&
                        token->text.ptr[-1] >= '0' && token->text.ptr[-1] <= '9';
    compiler_report(compiler, token->text, is_thousands ? "numbers have no thousands marks: 1000" : NULL,
                    "%s is missing before " SLICE_FMT, missing, SLICE_ARG(text_clip(token->text)));
    return NULL;
}

static bool depth_enter(struct compiler *compiler) {
    if (compiler->depth == FORMULA_DEPTH_MAX) {
        compiler_report(compiler, compiler->frame->token.text, "give a part of it a name under formulas",
                        "the formula is nested more than %d deep", FORMULA_DEPTH_MAX);
        return false;
    }
    compiler->depth++;
    return true;
}

static struct expr *parse_inside(struct compiler *compiler, int level) {
    if (!depth_enter(compiler))
        return NULL;
    struct expr *expr = parse_level(compiler, level);
    compiler->depth--;
    return expr;
}

static struct expr *constant_new(struct compiler *compiler, struct slice text, struct value value) {
    struct expr *expr = expr_new(compiler, EXPR_CONSTANT, text);
    if (expr != NULL) {
        expr->kind = value.kind;
        expr->value = value;
        expr->name = text;
    }
    return expr;
}

static struct expr *parse_number(struct compiler *compiler, struct slice text) {
    struct value value = {.kind = VALUE_NUMBER};
    if (ratio_parse(text, &value.number, NULL) != STATUS_OK) /* the lexer has tried it */
        return NULL;
    return constant_new(compiler, text, value);
}

static struct expr *parse_instant(struct compiler *compiler, struct slice text) {
    struct value value = {.kind = VALUE_INSTANT};
    struct slice digits = {text.ptr + 1, text.len - 1};
    if (instant_parse(digits, &value.instant_ns, NULL) != STATUS_OK) {
        compiler_report(compiler, text, "write @2023-12-01T00:00:00+08:00", "\"" SLICE_FMT "\" is not an instant",
                        SLICE_ARG(text_clip(digits)));
        value.kind = VALUE_NONE;
    }
    return constant_new(compiler, text, value);
}

/* ---- names ---- */

static struct expr *attr_new(struct compiler *compiler, enum expr_op op, uint32_t slot, struct slice text) {
    struct expr *expr = expr_new(compiler, op, text);
    if (expr == NULL)
        return NULL;
    expr->slot = slot;
    expr->name = text;
    expr->kind = compiler->scope->attrs->kinds[slot];
    const struct value *declared = compiler->scope->defaults ? &compiler->scope->defaults[slot] : NULL;
    if (declared != NULL && declared->kind == expr->kind) {
        expr->has_default = true;
        expr->value = *declared;
    }
    return expr;
}

/* A class name may contain hyphens: the whole of the one that begins with `name`. */
static struct slice hyphenated(const struct frame *frame, struct slice name) {
    size_t end = (size_t)(name.ptr + name.len - frame->text.ptr);
    while (end < frame->text.len) {
        char c = frame->text.ptr[end];
        if (c != '-' && c != '_' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
            break;
        end++;
    }
    return (struct slice){name.ptr, (size_t)(frame->text.ptr + end - name.ptr)};
}

/* Go on reading after `text`. */
static void skip_to_end_of(struct compiler *compiler, struct slice text) {
    compiler->frame->offset = (size_t)(text.ptr + text.len - compiler->frame->text.ptr);
    lexer_next(compiler);
}

static struct expr *unknown_name(struct compiler *compiler, struct slice name) {
    const struct formula_scope *scope = compiler->scope;
    struct slice whole = hyphenated(compiler->frame, name); /* "frame-rate" alone: the class is meant */
    char hint[HINT_MAX];
    if (function_is_known(name)) {
        compiler_report(compiler, name, NULL, SLICE_FMT " is a function; it needs its arguments in brackets",
                        SLICE_ARG(name));
    } else if (scope->find_class != NULL && scope->find_class(scope->context, whole) != NULL) {
        (void)snprintf(hint, sizeof(hint), "write class(" SLICE_FMT ")", SLICE_ARG(text_clip(whole)));
        compiler_report(compiler, whole, hint, SLICE_FMT " is a class", SLICE_ARG(text_clip(whole)));
        skip_to_end_of(compiler, whole);
    } else {
        compiler_report(compiler, name, compiler_suggest(compiler, name, HINT_OF_NAMES, hint),
                        "there is no attribute or formula \"" SLICE_FMT "\"", SLICE_ARG(text_clip(name)));
    }
    return expr_new(compiler, EXPR_CONSTANT, name);
}

static struct expr *parse_whole(struct compiler *compiler);

static void report_recursion(struct compiler *compiler, struct slice name, const struct frame *from) {
    const struct frame *chain[FORMULA_DEPTH_MAX + 1];
    size_t count = 0;
    for (const struct frame *frame = compiler->frame; frame != from; frame = frame->outer)
        chain[count++] = frame;
    struct buf text = {.max = 400};
    buf_append(&text, name);
    for (; count > 0; count--)
        buf_printf(&text, " -> " SLICE_FMT, SLICE_ARG(chain[count - 1]->name));
    buf_printf(&text, " -> " SLICE_FMT, SLICE_ARG(name));
    compiler_report(compiler, name, NULL, "formula " SLICE_FMT " uses itself: " SLICE_FMT, SLICE_ARG(text_clip(name)),
                    SLICE_ARG(buf_slice(&text)));
    buf_free(&text);
}

static struct expr *parse_named(struct compiler *compiler, struct slice name, struct slice text, struct place place) {
    for (const struct frame *frame = compiler->frame; frame != NULL; frame = frame->outer) {
        /* The outermost formula has no name here, but it is the same text. */
        if (frame->text.ptr == text.ptr || slice_eq(frame->name, name)) {
            report_recursion(compiler, name, frame);
            return expr_new(compiler, EXPR_CONSTANT, name);
        }
    }
    if (!depth_enter(compiler))
        return NULL;
    struct frame frame = {.name = name, .text = text, .place = place, .outer = compiler->frame};
    compiler->frame = &frame;
    struct expr *expr = parse_whole(compiler);
    compiler->frame = frame.outer;
    compiler->depth--;
    if (expr == NULL) /* reported inside; the rest of this formula can still be read */
        return expr_new(compiler, EXPR_CONSTANT, name);
    expr->text = name;
    return expr;
}

static struct expr *parse_name(struct compiler *compiler, struct slice name) {
    if (slice_is(name, "true") || slice_is(name, "false"))
        return constant_new(compiler, name, (struct value){.kind = VALUE_FLAG, .flag = name.len == 4});
    const struct formula_scope *scope = compiler->scope;
    uint32_t slot = names_find(&scope->attrs->names, name);
    if (slot != NAMES_NONE)
        return attr_new(compiler, EXPR_ATTR, slot, name);
    struct slice text;
    struct place place;
    if (scope->find_formula != NULL && scope->find_formula(scope->context, name, &text, &place))
        return parse_named(compiler, name, text, place);
    return unknown_name(compiler, name);
}

/* ---- calls ---- */

/* `)` of a call; sets the call's text to the whole. */
static struct expr *close_call(struct compiler *compiler, struct expr *call, struct slice name) {
    struct token token = compiler->frame->token;
    if (!token_is(&token, ")")) {
        if (token.kind == TOKEN_END)
            compiler_report(compiler, name, NULL, "the bracket of " SLICE_FMT " is never closed", SLICE_ARG(name));
        else
            (void)refuse(compiler, "an operator, a comma or a closing bracket");
        return NULL;
    }
    lexer_next(compiler);
    if (call != NULL)
        call->text = text_span(name, token.text);
    return call;
}

/* Arguments up to `)`, which stays the current token when there are none. */
static bool parse_arguments(struct compiler *compiler, struct expr *call) {
    struct expr *args[EXPR_ARGS_MAX];
    uint32_t count = 0;
    if (!token_is(&compiler->frame->token, ")")) {
        do {
            if (count == EXPR_ARGS_MAX) {
                compiler_report(compiler, compiler->frame->token.text, NULL, "more than %d arguments", EXPR_ARGS_MAX);
                return false;
            }
            args[count] = parse_inside(compiler, LEVEL_OR);
            if (args[count++] == NULL)
                return false;
        } while (take(compiler, ","));
    }
    call->arg_count = count;
    if (count == 0)
        return true;
    call->args = ARENA_ARRAY(compiler->plan, count, struct expr *);
    if (call->args == NULL) {
        compiler->is_out_of_memory = true;
        return false;
    }
    memcpy(call->args, args, count * sizeof(*args));
    return true;
}

static struct expr *parse_function(struct compiler *compiler, struct slice name) {
    const struct function *function = function_find(name);
    struct expr *call = expr_new(compiler, function ? function->op : EXPR_CONSTANT, name);
    if (function == NULL) {
        char hint[HINT_MAX];
        compiler_report(compiler, name, compiler_suggest(compiler, name, HINT_OF_FUNCTIONS, hint),
                        "there is no function \"" SLICE_FMT "\"", SLICE_ARG(text_clip(name)));
    }
    if (call == NULL || !parse_arguments(compiler, call) || close_call(compiler, call, name) == NULL)
        return NULL;
    return function ? expr_call(compiler, function, call) : call;
}

/* The attribute that has() and default() ask for. */
static struct expr *parse_attribute(struct compiler *compiler, enum expr_op op, struct slice function) {
    struct token token = compiler->frame->token;
    if (token.kind != TOKEN_NAME)
        return refuse(compiler, "the name of an attribute");
    lexer_next(compiler);
    uint32_t slot = names_find(&compiler->scope->attrs->names, token.text);
    if (slot != NAMES_NONE)
        return attr_new(compiler, op, slot, token.text);
    char hint[HINT_MAX];
    compiler_report(compiler, token.text, compiler_suggest(compiler, token.text, HINT_OF_ATTRIBUTES, hint),
                    SLICE_FMT " needs an attribute, and \"" SLICE_FMT "\" is none", SLICE_ARG(function),
                    SLICE_ARG(text_clip(token.text)));
    return expr_new(compiler, op, token.text);
}

static struct expr *parse_has(struct compiler *compiler, struct slice name) {
    struct expr *call = parse_attribute(compiler, EXPR_HAS, name);
    if (call == NULL || close_call(compiler, call, name) == NULL)
        return NULL;
    call->kind = VALUE_FLAG;
    if (call->has_default) {
        call->op = EXPR_CONSTANT;
        call->value = (struct value){.kind = VALUE_FLAG, .flag = true};
    }
    return call;
}

static struct expr *parse_default(struct compiler *compiler, struct slice name) {
    struct expr *call = parse_attribute(compiler, EXPR_DEFAULT, name);
    if (call == NULL)
        return NULL;
    struct slice attribute = call->text;
    if (!take(compiler, ","))
        return refuse(compiler, "the second argument of default");
    if (!parse_arguments(compiler, call) || close_call(compiler, call, name) == NULL)
        return NULL;
    if (call->arg_count != 1) {
        compiler_report(compiler, call->text, "default(attribute, x)", "default takes 2 arguments, but %u are given",
                        call->arg_count + 1);
        call->kind = VALUE_NONE;
        return call;
    }
    const struct expr *other = call->args[0];
    if (call->kind != VALUE_NONE && other->kind != VALUE_NONE && call->kind != other->kind) {
        compiler_report(compiler, other->text, NULL, SLICE_FMT " is %s, but what replaces it is %s",
                        SLICE_ARG(attribute), kind_phrase(call->kind), kind_phrase(other->kind));
        call->kind = VALUE_NONE;
    }
    return call;
}

static struct expr *parse_class(struct compiler *compiler, struct slice name) {
    struct frame *frame = compiler->frame;
    if (frame->token.kind != TOKEN_NAME)
        return refuse(compiler, "the name of a class");
    struct slice wanted = hyphenated(frame, frame->token.text);
    skip_to_end_of(compiler, wanted);
    struct expr *call = expr_new(compiler, EXPR_CLASS, name);
    if (call == NULL || close_call(compiler, call, name) == NULL)
        return NULL;
    const struct formula_scope *scope = compiler->scope;
    call->kind = VALUE_TEXT;
    call->name = wanted;
    call->class = scope->find_class ? scope->find_class(scope->context, wanted) : NULL;
    if (call->class == NULL) {
        char hint[HINT_MAX];
        compiler_report(compiler, wanted, compiler_suggest(compiler, wanted, HINT_OF_CLASSES, hint),
                        "there is no class \"" SLICE_FMT "\"", SLICE_ARG(text_clip(wanted)));
    } else if (call->class->measure_count == 0) {
        compiler_report(compiler, wanted, "a class may use only the classes above it",
                        "class " SLICE_FMT " is not complete here", SLICE_ARG(text_clip(wanted)));
    }
    return call;
}

static struct expr *parse_call(struct compiler *compiler, struct slice name) {
    if (slice_is(name, "has"))
        return parse_has(compiler, name);
    if (slice_is(name, "default"))
        return parse_default(compiler, name);
    if (slice_is(name, "class"))
        return parse_class(compiler, name);
    return parse_function(compiler, name);
}

/* ---- expressions ---- */

static struct expr *parse_group(struct compiler *compiler, struct slice open) {
    struct expr *expr = parse_inside(compiler, LEVEL_OR);
    if (expr == NULL)
        return NULL;
    struct token token = compiler->frame->token;
    if (token_is(&token, ")")) {
        lexer_next(compiler);
        expr->text = text_span(open, token.text);
        return expr;
    }
    if (token.kind != TOKEN_END)
        return refuse(compiler, "an operator or a closing bracket");
    compiler_report(compiler, open, NULL, "this bracket is never closed");
    return NULL;
}

static struct expr *parse_prefix(struct compiler *compiler, enum expr_op op, struct slice symbol) {
    /* A minus takes one value, `not` a whole comparison. */
    struct expr *args[2] = {parse_inside(compiler, op == EXPR_NEG ? LEVEL_NONE : LEVEL_COMPARE), NULL};
    return args[0] == NULL ? NULL : expr_operator(compiler, op, symbol, args);
}

static struct expr *parse_value(struct compiler *compiler) {
    struct token token = compiler->frame->token;
    if (token.kind == TOKEN_END || token.kind == TOKEN_WRONG || operator_at(&token) != NULL || token_is(&token, ")") ||
        token_is(&token, ",")) {
        if (!token_is(&token, "-"))
            return refuse(compiler, "a value");
    }
    lexer_next(compiler);
    if (token.kind == TOKEN_NUMBER)
        return parse_number(compiler, token.text);
    if (token.kind == TOKEN_INSTANT)
        return parse_instant(compiler, token.text);
    if (token.kind == TOKEN_TEXT) {
        struct slice inner = {token.text.ptr + 1, token.text.len - 2};
        return constant_new(compiler, token.text, (struct value){.kind = VALUE_TEXT, .text = inner});
    }
    if (token_is(&token, "-"))
        return parse_prefix(compiler, EXPR_NEG, token.text);
    if (token_is(&token, "not"))
        return parse_prefix(compiler, EXPR_NOT, token.text);
    if (token_is(&token, "("))
        return parse_group(compiler, token.text);
    if (take(compiler, "("))
        return parse_call(compiler, token.text);
    return parse_name(compiler, token.text);
}

/* Operators of `level` and tighter ones; LEVEL_NONE reads a single value. */
static struct expr *parse_level(struct compiler *compiler, int level) {
    struct expr *left = parse_value(compiler);
    while (left != NULL && level != LEVEL_NONE) {
        struct token token = compiler->frame->token;
        const struct operator_row *row = operator_at(&token);
        if (row == NULL || row->level < level)
            break;
        lexer_next(compiler);
        struct expr *right = parse_level(compiler, row->level + 1);
        struct expr *args[2] = {left, right};
        left = right == NULL ? NULL : expr_operator(compiler, row->op, token.text, args);
    }
    return left;
}

static struct expr *parse_whole(struct compiler *compiler) {
    struct frame *frame = compiler->frame;
    if (slice_trim(frame->text).len == 0) {
        compiler_report(compiler, frame->text, NULL, "the formula is empty");
        return NULL;
    }
    if (frame->text.len > FORMULA_TEXT_MAX) {
        compiler_report(compiler, (struct slice){frame->text.ptr, 0}, "give parts of it names under formulas",
                        "the formula has %zu bytes; at most %d are taken", frame->text.len, FORMULA_TEXT_MAX);
        return NULL;
    }
    lexer_next(compiler);
    struct expr *expr = parse_level(compiler, LEVEL_OR);
    if (expr == NULL || frame->token.kind == TOKEN_END)
        return expr;
    if (token_is(&frame->token, ")")) {
        compiler_report(compiler, frame->token.text, NULL, "this bracket was never opened");
        return NULL;
    }
    return refuse(compiler, "an operator");
}

enum status formula_compile(struct slice text, struct place place, enum value_kind want,
                            const struct formula_scope *scope, struct arena *plan, struct diags *diags,
                            struct formula **ret_formula) {
    struct frame frame = {.text = text, .place = place};
    struct compiler compiler = {.scope = scope, .plan = plan, .diags = diags, .frame = &frame};
    struct expr *root = parse_whole(&compiler);
    if (compiler.is_out_of_memory)
        return STATUS_NO_MEMORY;
    if (root != NULL && want != VALUE_NONE && root->kind != VALUE_NONE && root->kind != want)
        compiler_report(&compiler, root->text, want == VALUE_FLAG ? "write a condition, such as count > 0" : NULL,
                        "the formula gives %s, but %s is needed", kind_phrase(root->kind), kind_phrase(want));
    if (root == NULL || compiler.has_error)
        return STATUS_INVALID;
    struct formula *formula = ARENA_NEW(plan, struct formula);
    if (formula == NULL)
        return STATUS_NO_MEMORY;
    *formula = (struct formula){.root = root, .text = text};
    *ret_formula = formula;
    return STATUS_OK;
}

enum value_kind formula_kind(const struct formula *formula) {
    return formula->root->kind;
}

struct slice formula_text(const struct formula *formula) {
    return formula->text;
}
