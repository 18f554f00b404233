/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for formulas: named formulas from a table, a class of values (region) and one of bands (size), and
 * declared defaults (count 1, status 200, outcome succeeded, has_location false). */
#ifndef TG_TESTS_SUPPORT_FORMULA_SCOPE_H
#define TG_TESTS_SUPPORT_FORMULA_SCOPE_H

#include "tariff/formula.h"

struct named_formula {
    const char *name;
    struct source_file file;
};

struct formula_world {
    struct attr_names names;
    struct value defaults[ATTR_MAX];
    struct arena plan;
    const struct named_formula *named; /* ends with a NULL name; may be NULL */
    struct class classes[4];           /* region, size, frame-rate, and one that is not complete: later */
    struct formula_scope scope;
};

MUST_CHECK enum status formula_world_init(struct formula_world *world, const struct named_formula *named);
void formula_world_free(struct formula_world *world);

/* Set an attribute from "name=value"; the value is read by the attribute's kind, "?text" gives it another kind. */
MUST_CHECK enum status formula_world_set(const struct formula_world *world, struct slice pair, struct attrs *attrs);

#endif
