/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact decimals with more digits than money has: products of quantities and prices, quantities per thousand. */
#ifndef TG_FOCUS_FIGURE_H
#define TG_FOCUS_FIGURE_H

#include "money/decimal.h"

#define FIGURE_DIGITS_MAX 36
#define FIGURE_TEXT_MAX 64
struct figure {
    wide units; /* value * 10^digits */
    int digits; /* 0 to FIGURE_DIGITS_MAX */
};
#define FIGURE_ZERO ((struct figure){0, 0})

/* As few digits as it takes. */
struct figure figure_of(struct decimal value);
/* False: it has more digits than fit. */
bool figure_product(struct figure a, struct figure b, struct figure *ret);
/* value / per where that is a decimal; false: it is not, or it has more digits than fit. per > 0. */
bool figure_quotient(struct figure value, struct figure per, struct figure *ret);
/* -1, 0, 1. */
int figure_cmp(struct figure a, struct figure b);
/* Returns the length; out has FIGURE_TEXT_MAX bytes. */
size_t figure_format(struct figure value, char *out);
/* Plain digits or E notation, as FOCUS has numbers: no plus sign, no leading point, no spaces. False: it is none, or
 * has more than 38 digits. */
bool figure_parse(struct slice text, struct figure *ret);
/* a + b; false: it does not fit. */
bool figure_add(struct figure a, struct figure b, struct figure *ret);

#endif
