/* SPDX-License-Identifier: Apache-2.0
 *
 * The tariff language as a table of sections and keys (keys.def): checked against, printed as JSON Schema, printed as
 * reference. */
#ifndef TG_TARIFF_SCHEMA_H
#define TG_TARIFF_SCHEMA_H

#include "base/buf.h"
#include "tariff/yaml.h"

enum shape {
#define SHAPE(shape, forms, name, text) SHAPE_##shape,
#define KEY(shape, name, type, of, flags, text)
#define CHOICE(shape, name, choices, flags, text)
#define ROUNDING_CHOICES
#include "tariff/keys.def"
#undef SHAPE
#undef KEY
#undef CHOICE
#undef ROUNDING_CHOICES
    SHAPE_COUNT,
    SHAPE_NONE = SHAPE_COUNT
};

/* Every unknown, missing or ill-shaped key below `node`, which stands for `shape`. `root` holds the `sources` that
 * `source:` may name. Values of scalars are left to their readers, but for choices. */
void schema_check(const struct node *node, enum shape shape, const struct node *root, struct diags *diags);
/* Whether `name` is a key of `shape`. */
bool schema_has(enum shape shape, struct slice name);
/* Whether a top-level section holds names: items, classes, sources, … */
bool schema_is_named(struct slice section);
/* The nearest key of `shape` to a wrong one, or empty. */
struct slice schema_suggest(enum shape shape, struct slice wrong);

/* A JSON Schema (2020-12) of a tariff file. */
void tariff_schema_print(struct buf *out);
/* Markdown tables of all sections and keys. */
void tariff_reference_print(struct buf *out);

#endif
