/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact ratios for formulas: nothing is rounded until a formula or a tariff says so.
 * Invariant: den > 0. Kept reduced only as far as needed to avoid overflow; compare with ratio_cmp, never by fields. */
#ifndef TG_MONEY_RATIO_H
#define TG_MONEY_RATIO_H

#include "money/decimal.h"

struct ratio {
    wide num;
    wide den;
};

static inline struct ratio ratio_from_int(int64_t value) {
    return (struct ratio){value, 1};
}
struct ratio ratio_from_decimal(struct decimal value);
/* As decimal_parse, but any exponent whose exact value fits in the ratio is taken (up to 38 significant digits). */
MUST_CHECK enum status ratio_parse(struct slice text, struct ratio *ret, size_t *ret_offset);

/* Operands of 64 bits are worked on in place: their products and sums of products fit in 128 bits. */
static inline bool ratio_is_short(struct ratio value) {
    return wide_fits_64(value.num) && wide_fits_64(value.den);
}
/* What the operations below fall back to; any operands, same results. */
MUST_CHECK enum status ratio_add_long(struct ratio a, struct ratio b, struct ratio *ret);
MUST_CHECK enum status ratio_sub_long(struct ratio a, struct ratio b, struct ratio *ret);
MUST_CHECK enum status ratio_mul_long(struct ratio a, struct ratio b, struct ratio *ret);
MUST_CHECK enum status ratio_div_long(struct ratio a, struct ratio b, struct ratio *ret);
int ratio_cmp_long(struct ratio a, struct ratio b);

/* All fail with STATUS_RANGE exactly when the result, in lowest terms, does not fit. */
MUST_CHECK static inline enum status ratio_add(struct ratio a, struct ratio b, struct ratio *ret) {
    if (!ratio_is_short(a) || !ratio_is_short(b))
        return ratio_add_long(a, b, ret);
    *ret = a.den == b.den ? (struct ratio){a.num + b.num, a.den}
                          : (struct ratio){a.num * b.den + b.num * a.den, a.den * b.den};
    return STATUS_OK;
}
MUST_CHECK static inline enum status ratio_sub(struct ratio a, struct ratio b, struct ratio *ret) {
    if (!ratio_is_short(a) || !ratio_is_short(b))
        return ratio_sub_long(a, b, ret);
    *ret = a.den == b.den ? (struct ratio){a.num - b.num, a.den}
                          : (struct ratio){a.num * b.den - b.num * a.den, a.den * b.den};
    return STATUS_OK;
}
MUST_CHECK static inline enum status ratio_mul(struct ratio a, struct ratio b, struct ratio *ret) {
    if (!ratio_is_short(a) || !ratio_is_short(b))
        return ratio_mul_long(a, b, ret);
    *ret = (struct ratio){a.num * b.num, a.den * b.den};
    return STATUS_OK;
}
/* Fails also with STATUS_INVALID when b is zero. */
MUST_CHECK static inline enum status ratio_div(struct ratio a, struct ratio b, struct ratio *ret) {
    if (!ratio_is_short(a) || !ratio_is_short(b) || b.num == 0)
        return ratio_div_long(a, b, ret);
    wide num = a.num * b.den, den = a.den * b.num;
    *ret = den < 0 ? (struct ratio){-num, -den} : (struct ratio){num, den};
    return STATUS_OK;
}
/* Exact for all values. */
static inline int ratio_cmp(struct ratio a, struct ratio b) {
    if (!ratio_is_short(a) || !ratio_is_short(b))
        return ratio_cmp_long(a, b);
    wide left = a.num * b.den, right = b.num * a.den;
    return (left > right) - (left < right);
}
struct ratio ratio_round(struct ratio value, enum rounding mode); /* to an integer */
/* Fails: STATUS_INEXACT (no exact decimal of 12 digits), STATUS_RANGE. */
MUST_CHECK enum status ratio_to_decimal(struct ratio value, struct decimal *ret);
/* Rounded to `scale` digits. Fails: STATUS_RANGE. */
MUST_CHECK enum status ratio_to_decimal_rounded(struct ratio value, int scale, enum rounding mode, struct decimal *ret);
/* Exact decimal text when there is one of 12 digits, else "7/3" in lowest terms. out has RATIO_TEXT_MAX bytes. */
#define RATIO_TEXT_MAX 96
size_t ratio_format(struct ratio value, char *out);

#endif
