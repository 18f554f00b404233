/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of formulas: the typed tree, the compiler's state, and the short way of arithmetic on small ratios. Only
 * formula*.c and class.c include it. */
#ifndef TG_TARIFF_FORMULA_PRIVATE_H
#define TG_TARIFF_FORMULA_PRIVATE_H

#include "tariff/formula.h"

#define FORMULA_TEXT_MAX 2000  /* bytes of one formula as written */
#define FORMULA_DEPTH_MAX 64   /* brackets and named formulas inside each other */
#define FORMULA_EXPRS_MAX 2048 /* tree size with the named formulas put in; bounds the stack that evaluation needs */
#define EXPR_ARGS_MAX 64

enum expr_op {
    EXPR_CONSTANT,
    EXPR_ATTR,
    EXPR_HAS,
    EXPR_DEFAULT,
    EXPR_CLASS,
    EXPR_OR,
    EXPR_AND,
    EXPR_NOT,
    EXPR_EQ,
    EXPR_NE,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_ADD,
    EXPR_SUB,
    EXPR_MUL,
    EXPR_DIV,
    EXPR_NEG,
    EXPR_CEIL,
    EXPR_FLOOR,
    EXPR_ROUND,
    EXPR_ABS,
    EXPR_MIN,
    EXPR_MAX,
    EXPR_IF,
    EXPR_IN,
};

struct expr {
    enum expr_op op;      /* what is evaluated: EXPR_CONSTANT once folded */
    enum expr_op written; /* what the author wrote, for explanations */
    enum value_kind kind; /* VALUE_NONE: a mistake was reported, stay silent about what follows from it */
    bool has_default;     /* attribute: value is its declared default */
    uint32_t slot;        /* EXPR_ATTR, EXPR_HAS, EXPR_DEFAULT */
    uint32_t arg_count;
    struct expr **args;
    const struct class *class; /* EXPR_CLASS */
    struct value value;        /* constant, or declared default */
    struct slice name;         /* of the attribute or class; the literal as written */
    struct slice text;         /* the place in the formula that is being read; a named formula's is its name */
};

struct formula {
    const struct expr *root;
    struct slice text;
};

/* ---- compiling ---- */

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_TEXT,
    TOKEN_INSTANT,
    TOKEN_NAME,   /* also and, or, not, true, false */
    TOKEN_SYMBOL, /* one or two characters, whole in `text` */
    TOKEN_WRONG,  /* already reported */
};

struct token {
    enum token_kind kind;
    struct slice text; /* as written */
};

/* One formula being read; a named formula inside it is read in a frame of its own. */
struct frame {
    struct slice name; /* empty for the outermost */
    struct slice text;
    struct place place;
    size_t offset; /* of the byte after `token` */
    struct token token;
    struct frame *outer;
};

struct compiler {
    const struct formula_scope *scope;
    struct arena *plan;
    struct diags *diags;
    struct frame *frame;
    uint32_t depth;
    uint32_t expr_count;
    bool has_error;
    bool is_out_of_memory;
    bool is_too_long; /* reported once */
};

/* Report a mistake at `at`, a part of the current frame's text. hint may be NULL. */
PRINTF(4, 5)
void compiler_report(struct compiler *compiler, struct slice at, const char *hint, const char *format, ...);
/* "did you mean" for a name, or an empty text when nothing is near; out has HINT_MAX bytes. */
#define HINT_MAX 160
enum hint_of { HINT_OF_NAMES, HINT_OF_ATTRIBUTES, HINT_OF_FUNCTIONS, HINT_OF_CLASSES };
const char *compiler_suggest(struct compiler *compiler, struct slice wrong, enum hint_of of, char *out);
/* At most 40 bytes, whole characters, for use in a message. */
struct slice text_clip(struct slice text);
/* From the first byte of a to the last of b. */
struct slice text_span(struct slice a, struct slice b);

void lexer_next(struct compiler *compiler);

struct expr *expr_new(struct compiler *compiler, enum expr_op op, struct slice text);
/* Check types, fold constants. args live in the plan. NULL: out of memory or too large. */
struct expr *expr_operator(struct compiler *compiler, enum expr_op op, struct slice symbol, struct expr **args);
/* One row per function that takes expressions; has, default and class take names and are read by the parser. */
struct function {
    const char *name;
    enum expr_op op;
    uint32_t arg_min, arg_max;
    const char *usage;
};
const struct function *function_find(struct slice name); /* NULL: none */
bool function_is_known(struct slice name);               /* these and has, default, class */
struct expr *expr_call(struct compiler *compiler, const struct function *function, struct expr *call);
void expr_fold(struct compiler *compiler, struct expr *expr);
const char *kind_phrase(enum value_kind kind); /* "a number", "text" */

/* ---- evaluating ---- */

struct run {
    const struct attrs *attrs; /* NULL while folding: constants only */
    struct eval_error *error;
};
/* *ret may be written even when the call fails. */
enum status expr_eval(const struct run *run, const struct expr *expr, struct value *ret_value);
enum status expr_number(const struct run *run, const struct expr *expr, struct ratio *ret); /* of that kind */
enum status expr_text(const struct run *run, const struct expr *expr, struct slice *ret);   /* of that kind */
/* The branch of an `if` that the event takes. */
enum status expr_branch(const struct run *run, const struct expr *expr, const struct expr **ret_branch);
/* The value carried or declared; NULL when there is none. */
const struct value *attr_carried(const struct run *run, const struct expr *expr);

static inline bool wide_is_small(wide value) {
    return (wide)(int64_t)value == value;
}

/* Products of small parts cannot overflow, and most numbers of events are small. */
static inline bool ratio_is_small(const struct ratio *value) {
    return wide_is_small(value->num) && wide_is_small(value->den);
}

static inline int ratio_order(const struct ratio *a, const struct ratio *b) {
    if (a->den == b->den)
        return (a->num > b->num) - (a->num < b->num);
    if (!ratio_is_small(a) || !ratio_is_small(b))
        return ratio_cmp(*a, *b);
    wide left = (wide)(int64_t)a->num * (int64_t)b->den;
    wide right = (wide)(int64_t)b->num * (int64_t)a->den;
    return (left > right) - (left < right);
}

/* ---- printing ---- */

void value_print(const struct value *value, struct buf *out);

#endif
