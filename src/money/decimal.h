/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact decimal numbers at a fixed 1e-12: prices, quantities, points and amounts of money. 26 digits before the point.
 */
#ifndef TG_MONEY_DECIMAL_H
#define TG_MONEY_DECIMAL_H

#include "base/slice.h"
#include "money/wide.h"

struct decimal {
    wide pico; /* value * 1e12 */
};

#define DECIMAL_SCALE 12
#define DECIMAL_ONE_PICO ((wide)1000000000000)
#define DECIMAL_TEXT_MAX 48
#define DECIMAL_ZERO ((struct decimal){0})

static inline struct decimal decimal_from_int(int64_t value) {
    return (struct decimal){(wide)value * DECIMAL_ONE_PICO};
}

/* Read decimal text: optional sign, digits, optional fraction, optional exponent (`1.4e-05`). Every digit is kept.
 * Fails: STATUS_INVALID (not a number; thousands marks, NaN, spaces), STATUS_RANGE (too large, or digits beyond 1e-12).
 * JSON syntax: no plus sign in front, no leading zeros, digits on both sides of the point.
 * On failure *ret_offset (may be NULL) is the byte that does not belong, or the length for STATUS_RANGE. */
MUST_CHECK enum status decimal_parse(struct slice text, struct decimal *ret, size_t *ret_offset);
/* Shortest exact text: "0", "-0.5", "0.00001433525". Returns the length; out has DECIMAL_TEXT_MAX bytes,
 * NUL-terminated. */
size_t decimal_format(struct decimal value, char *out);
/* With exactly `scale` digits (0 to 12) after the point; value must already be rounded to it (assert). */
size_t decimal_format_fixed(struct decimal value, int scale, char *out);

/*@ requires \valid(ret);
    assigns *ret;
    ensures is_wide(a.pico + b.pico) ? \result == STATUS_OK && ret->pico == a.pico + b.pico
                                     : \result == STATUS_RANGE && ret->pico == \old(ret->pico); */
MUST_CHECK enum status decimal_add(struct decimal a, struct decimal b, struct decimal *ret);
/*@ requires \valid(ret);
    assigns *ret;
    ensures is_wide(a.pico - b.pico) ? \result == STATUS_OK && ret->pico == a.pico - b.pico
                                     : \result == STATUS_RANGE && ret->pico == \old(ret->pico); */
MUST_CHECK enum status decimal_sub(struct decimal a, struct decimal b, struct decimal *ret);
static inline int decimal_cmp(struct decimal a, struct decimal b) {
    return (a.pico > b.pico) - (a.pico < b.pico);
}
static inline bool decimal_is_zero(struct decimal a) {
    return a.pico == 0;
}

/*@ logic integer ten_to(integer n) = n <= 0 ? 1 : 10 * ten_to(n - 1); */

/* Round to `scale` digits (0 to 12) after the point. Fails: STATUS_RANGE. */
/*@ requires \valid(ret) && 0 <= scale <= DECIMAL_SCALE && ROUND_DOWN <= mode <= ROUND_FLOOR;
    assigns *ret;
    ensures \result == STATUS_OK ==>
      (\exists integer steps; is_rounded(value.pico, ten_to(DECIMAL_SCALE - scale), mode, steps) &&
                              ret->pico == steps * ten_to(DECIMAL_SCALE - scale));
    ensures \result != STATUS_OK ==> \result == STATUS_RANGE && ret->pico == \old(ret->pico); */
MUST_CHECK enum status decimal_round(struct decimal value, int scale, enum rounding mode, struct decimal *ret);
/* quantity * price / per, rounded once to `scale` digits. per > 0. The heart of every bill line.
 * Fails: STATUS_RANGE, also when per * 10^(12 - scale) is above 1.7e26. */
/*@ requires \valid(ret) && 0 <= scale <= DECIMAL_SCALE && ROUND_DOWN <= mode <= ROUND_FLOOR && per.pico > 0;
    assigns *ret;
    ensures \result == STATUS_OK ==>
      (\exists integer steps;
         is_rounded(quantity.pico * price.pico, per.pico * ten_to(DECIMAL_SCALE - scale), mode, steps) &&
         ret->pico == steps * ten_to(DECIMAL_SCALE - scale));
    ensures \result != STATUS_OK ==> \result == STATUS_RANGE && ret->pico == \old(ret->pico); */
MUST_CHECK enum status decimal_price(struct decimal quantity, struct decimal price, struct decimal per, int scale,
                                     enum rounding mode, struct decimal *ret);
/* Share `total` over `weights` (count >= 1, none negative, not all zero) at `scale` digits: the parts always sum to the
 * total; largest remainder first, ties to the lower index. total must be rounded to scale (assert); ret_parts must not
 * overlap weights. Fails: STATUS_INVALID (a negative weight, or all zero), STATUS_RANGE (the weights' sum). */
MUST_CHECK enum status decimal_split(struct decimal total, const struct decimal *weights, size_t count, int scale,
                                     struct decimal *ret_parts);

#endif
