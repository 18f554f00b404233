/* SPDX-License-Identifier: Apache-2.0
 *
 * Formulas for people: with an event's values put in, and why there is no value. */
#include "tariff/formula_private.h"

#include "calendar/calendar.h"

/* How tightly the printed form of an expression holds together; a looser one inside a tighter one needs brackets. */
enum binding { BIND_OR = 1, BIND_AND, BIND_NOT, BIND_COMPARE, BIND_SUM, BIND_PRODUCT, BIND_SIGN, BIND_ATOM };

void value_print(const struct value *value, struct buf *out) {
    char text[RATIO_TEXT_MAX > INSTANT_TEXT_MAX ? RATIO_TEXT_MAX : INSTANT_TEXT_MAX];
    if (value->kind == VALUE_NUMBER) {
        (void)ratio_format(value->number, text);
        buf_text(out, text);
    } else if (value->kind == VALUE_INSTANT) {
        (void)instant_format(value->instant_ns, NULL, text);
        buf_text(out, text);
    } else if (value->kind == VALUE_FLAG) {
        buf_text(out, value->flag ? "true" : "false");
    } else if (value->kind == VALUE_TEXT) {
        char quote = memchr(value->text.ptr, '"', value->text.len) != NULL ? '\'' : '"';
        buf_char(out, quote);
        buf_append(out, value->text);
        buf_char(out, quote);
    }
}

static void expr_print(const struct run *run, const struct expr *expr, int binding, struct buf *out);

/* `if` and `default` are replaced by what they choose; left alone when the choice itself fails. */
static const struct expr *settle(const struct run *run, const struct expr *expr) {
    while (expr->written == EXPR_IF || expr->written == EXPR_DEFAULT) {
        const struct expr *next;
        if (expr->written == EXPR_DEFAULT && attr_carried(run, expr) != NULL)
            return expr;
        if (expr->written == EXPR_DEFAULT)
            next = expr->args[0];
        else if (expr_branch(run, expr, &next) != STATUS_OK)
            return expr;
        expr = next;
    }
    return expr;
}

static const char *op_text(enum expr_op op) {
    static const char *const texts[] = {
        [EXPR_HAS] = "has", [EXPR_CLASS] = "class", [EXPR_OR] = " or ",     [EXPR_AND] = " and ",   [EXPR_NOT] = "not ",
        [EXPR_EQ] = " = ",  [EXPR_NE] = " != ",     [EXPR_LT] = " < ",      [EXPR_LE] = " <= ",     [EXPR_GT] = " > ",
        [EXPR_GE] = " >= ", [EXPR_ADD] = " + ",     [EXPR_SUB] = " - ",     [EXPR_MUL] = " * ",     [EXPR_DIV] = " / ",
        [EXPR_NEG] = "-",   [EXPR_CEIL] = "ceil",   [EXPR_FLOOR] = "floor", [EXPR_ROUND] = "round", [EXPR_ABS] = "abs",
        [EXPR_MIN] = "min", [EXPR_MAX] = "max",     [EXPR_IF] = "if",       [EXPR_IN] = "in",
    };
    return texts[op];
}

static int op_binding(enum expr_op op) {
    switch ((int)op) {
    case EXPR_OR:
        return BIND_OR;
    case EXPR_AND:
        return BIND_AND;
    case EXPR_NOT:
        return BIND_NOT;
    case EXPR_ADD:
    case EXPR_SUB:
        return BIND_SUM;
    case EXPR_MUL:
    case EXPR_DIV:
        return BIND_PRODUCT;
    case EXPR_NEG:
        return BIND_SIGN;
    default:
        return op >= EXPR_EQ && op <= EXPR_GE ? BIND_COMPARE : BIND_ATOM;
    }
}

/* A value that is put in: "7/3" and "-5" hold together like the division and the sign they are. */
static void print_value(const struct value *value, int binding, struct buf *out) {
    int own = BIND_ATOM;
    char text[RATIO_TEXT_MAX];
    if (value->kind == VALUE_NUMBER) {
        (void)ratio_format(value->number, text);
        own = strchr(text, '/') != NULL ? BIND_PRODUCT : text[0] == '-' ? BIND_SIGN : BIND_ATOM;
    }
    if (own < binding)
        buf_char(out, '(');
    value_print(value, out);
    if (own < binding)
        buf_char(out, ')');
}

/* True when the expression is printed as its value, or as its name because it has none. */
static bool print_leaf(const struct run *run, const struct expr *expr, int binding, struct buf *out) {
    struct value value;
    switch ((int)expr->written) {
    case EXPR_CONSTANT: /* numbers keep the digits of the author */
        if (expr->kind == VALUE_TEXT)
            value_print(&expr->value, out);
        else
            buf_append(out, expr->name);
        return true;
    case EXPR_ATTR:
    case EXPR_DEFAULT:
    case EXPR_CLASS:
        if (expr_eval(run, expr, &value) == STATUS_OK)
            print_value(&value, binding, out);
        else
            buf_append(out, expr->name);
        return true;
    case EXPR_HAS:
        buf_printf(out, "has(" SLICE_FMT ")", SLICE_ARG(expr->name));
        return true;
    default:
        return false;
    }
}

static void print_call(const struct run *run, const struct expr *expr, struct buf *out) {
    buf_text(out, op_text(expr->written));
    buf_char(out, '(');
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        if (i > 0)
            buf_text(out, ", ");
        expr_print(run, expr->args[i], 0, out);
    }
    buf_char(out, ')');
}

static void expr_print(const struct run *run, const struct expr *expr, int binding, struct buf *out) {
    expr = settle(run, expr);
    if (print_leaf(run, expr, binding, out))
        return;
    int own = op_binding(expr->written);
    if (own == BIND_ATOM) {
        print_call(run, expr, out);
        return;
    }
    if (own < binding)
        buf_char(out, '(');
    if (expr->arg_count == 2)
        expr_print(run, expr->args[0], own, out);
    buf_text(out, op_text(expr->written));
    expr_print(run, expr->args[expr->arg_count - 1], own + (expr->arg_count == 2), out);
    if (own < binding)
        buf_char(out, ')');
}

/* The name under which the formula asks for a slot. */
static struct slice find_name(const struct expr *expr, uint32_t slot) {
    if ((expr->op == EXPR_ATTR || expr->op == EXPR_DEFAULT) && expr->slot == slot)
        return expr->name;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        struct slice name = find_name(expr->args[i], slot);
        if (name.len > 0)
            return name;
    }
    return (struct slice){"", 0};
}

void formula_explain(const struct formula *formula, const struct attrs *attrs, struct buf *out) {
    struct eval_error error;
    const struct run run = {.attrs = attrs, .error = &error};
    const struct expr *root = settle(&run, formula->root);
    struct value value;
    enum status status = expr_eval(&run, root, &value);
    if (root->written == EXPR_CONSTANT) {
        buf_append(out, root->name);
        return;
    }
    if (root->written == EXPR_ATTR || root->written == EXPR_DEFAULT || root->written == EXPR_CLASS)
        buf_append(out, root->name); /* "count = 3" says more than "3 = 3" */
    else
        expr_print(&run, root, 0, out);
    if (status == STATUS_OK) {
        buf_text(out, value.kind == VALUE_NUMBER ? " = " : " is ");
        value_print(&value, out);
        return;
    }
    buf_text(out, " has no value");
    struct slice name = find_name(root, error.slot);
    if (error.fault == EVAL_MISSING && name.len > 0)
        buf_printf(out, ": " SLICE_FMT " is missing", SLICE_ARG(name));
}

/* ---- why there is no value ---- */

#define CLASS_NAMES_SHOWN 8

static void print_class_names(const struct class *class, struct buf *out) {
    buf_text(out, " (");
    for (uint32_t i = 0; i < class->value_count && i < CLASS_NAMES_SHOWN; i++) {
        buf_text(out, i == 0 ? "" : ", ");
        buf_append(out, class->value_names[i]);
    }
    if (class->value_count > CLASS_NAMES_SHOWN)
        buf_text(out, ", \xE2\x80\xA6");
    buf_char(out, ')');
}

static void print_no_class(const struct class *class, const struct attrs *attrs, struct buf *out) {
    struct eval_error ignored;
    struct value value;
    if (class->measure_count == 1 && class->measures[0]->root->op == EXPR_ATTR)
        buf_printf(out, SLICE_FMT " ", SLICE_ARG(class->measures[0]->root->name));
    for (uint32_t i = 0; i < class->measure_count; i++) {
        buf_text(out, i == 0 ? "" : " x ");
        if (formula_eval(class->measures[i], attrs, &value, &ignored) == STATUS_OK)
            value_print(&value, out);
    }
    buf_printf(out,
               class->bands != NULL ? " is outside every band of " SLICE_FMT : " is none of " SLICE_FMT "'s values",
               SLICE_ARG(class->name));
    print_class_names(class, out);
}

void eval_error_print(const struct eval_error *error, const struct attr_names *names, const struct attrs *attrs,
                      struct buf *out) {
    switch (error->fault) {
    case EVAL_MISSING:
        buf_append(out, names->names.texts[error->slot]);
        buf_text(out, " is missing");
        break;
    case EVAL_TYPE:
        buf_append(out, names->names.texts[error->slot]);
        buf_printf(out, " is %s but %s is needed", kind_phrase(attrs->values[error->slot].kind),
                   kind_phrase(names->kinds[error->slot]));
        break;
    case EVAL_DIVISION:
        buf_text(out, "the formula divides by zero");
        break;
    case EVAL_RANGE:
        buf_text(out, "a number in the formula is too large to be kept exactly");
        break;
    case EVAL_NO_CLASS:
        print_no_class(error->class, attrs, out);
        break;
    }
}
