/* SPDX-License-Identifier: Apache-2.0
 *
 * Formulas and classes: a small closed language over exact ratios (docs/tariff-language.md, section 2), typed and
 * compiled once. Evaluation allocates nothing and its cost is bounded by the formula's length. */
#ifndef TG_TARIFF_FORMULA_H
#define TG_TARIFF_FORMULA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "tariff/attr.h"

struct formula; /* compiled; lives in the arena it was compiled into */
struct class;

/* What names mean while compiling. find_* return NULL when there is no such name. */
struct formula_scope {
    const struct attr_names *attrs;
    const struct value *defaults; /* ATTR_MAX values; VALUE_NONE where an attribute has no default */
    void *context;
    /* A named formula: its source text and place, for inlining; recursion is found by the compiler. */
    bool (*find_formula)(void *context, struct slice name, struct slice *ret_text, struct place *ret_place);
    const struct class *(*find_class)(void *context, struct slice name);
    /* All names for suggestions; returns the count, fills at most cap. */
    size_t (*list_names)(void *context, struct slice *ret_names, size_t cap);
};

/* Compile `text`, which stands at `place` (line and column of its first byte). `text`, and what find_formula gives,
 * must live as long as the plan. `want` is the kind it must have (VALUE_NONE: any). On a mistake adds diagnostics
 * placed inside the text and returns STATUS_INVALID. Fails also: STATUS_NO_MEMORY. */
MUST_CHECK enum status formula_compile(struct slice text, struct place place, enum value_kind want,
                                       const struct formula_scope *scope, struct arena *plan, struct diags *diags,
                                       struct formula **ret_formula);
enum value_kind formula_kind(const struct formula *formula);
struct slice formula_text(const struct formula *formula);

/* Why an evaluation has no value. */
enum eval_fault { EVAL_MISSING, EVAL_TYPE, EVAL_DIVISION, EVAL_RANGE, EVAL_NO_CLASS };
struct eval_error {
    enum eval_fault fault;
    uint32_t slot;             /* EVAL_MISSING, EVAL_TYPE: the attribute */
    const struct class *class; /* EVAL_NO_CLASS: nothing of it fits */
};

/* STATUS_OK, or STATUS_INVALID with *ret_error filled: the event is unpriced. */
MUST_CHECK enum status formula_eval(const struct formula *formula, const struct attrs *attrs, struct value *ret_value,
                                    struct eval_error *ret_error);
/* "width is missing", "height 9000 is outside every band of size (LD, SD, …)". */
void eval_error_print(const struct eval_error *error, const struct attr_names *names, const struct attrs *attrs,
                      struct buf *out);
/* The formula with the event's numbers in it and the result of each rounding call:
 * "ceil(0.3 * ceil(600 / 240) * ceil(800 / 240) * ceil(30 / 30) + 1) * ceil(30) = 150". */
void formula_explain(const struct formula *formula, const struct attrs *attrs, struct buf *out);

/* ---- classes ---- */

#define CLASS_MEASURES_MAX 4
struct class_band {
    struct slice name;
    struct ratio limit[CLASS_MEASURES_MAX];
    bool has_limit, inclusive;
};
struct class_spelling {
    struct slice text; /* compared without letter case */
    uint32_t index;    /* into names */
};
struct class {
    struct slice name;
    struct place place;
    struct formula *measures[CLASS_MEASURES_MAX]; /* one text for values; one or more numbers for bands */
    uint32_t measure_count;
    struct slice *value_names; /* index -> name */
    uint32_t value_count;
    struct class_band *bands; /* value_count of them, or NULL */
    struct class_spelling *spellings;
    uint32_t spelling_count;
    int32_t default_index; /* -1: none */
    uint32_t *slots;       /* hash of spellings and names, by class_finish */
    uint32_t slot_mask;
};

/* Call once when everything else of the class is filled. A class whose measure_count is still 0 is refused inside
 * formulas: compile measures in the order of the file, so that a class may use only the classes above it and none can
 * use itself. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status class_finish(struct class *class, struct arena *plan);

/* Which of the class's names fits. STATUS_OK, or STATUS_INVALID with *ret_error. */
MUST_CHECK enum status class_eval(const struct class *class, const struct attrs *attrs, uint32_t *ret_index,
                                  struct eval_error *ret_error);

#endif
