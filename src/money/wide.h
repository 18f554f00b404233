/* SPDX-License-Identifier: Apache-2.0
 *
 * The 128-bit integer that carries money, and its checked operations. Nothing wraps: what does not fit is refused. */
#ifndef TG_MONEY_WIDE_H
#define TG_MONEY_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

#ifdef __FRAMAC__ /* the prover has no 128-bit type: the same source is proved at 64 bits                              \
                     (docs/decisions/0002-money.md) */
typedef int64_t wide;
typedef uint64_t uwide;
#else
typedef __int128 wide;
typedef unsigned __int128 uwide;
#endif

#define WIDE_MAX ((wide)(~(uwide)0 >> 1))
#define WIDE_MIN (-WIDE_MAX - 1)

enum rounding { ROUND_DOWN, ROUND_UP, ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN, ROUND_CEIL, ROUND_FLOOR };

/* Quotient of numerator / denominator, rounded. denominator > 0. down = towards zero, up = away from zero;
 * half-*: nearest, ties away from zero / to even / towards zero; ceil, floor as their names say. */
wide wide_div_round(wide numerator, wide denominator, enum rounding mode);
/* Exact, or STATUS_RANGE. */
MUST_CHECK enum status wide_add(wide a, wide b, wide *ret);
MUST_CHECK enum status wide_sub(wide a, wide b, wide *ret);
MUST_CHECK enum status wide_mul(wide a, wide b, wide *ret);
/* a * b / denominator rounded once, with a 256-bit product. denominator > 0. Fails: STATUS_RANGE. */
MUST_CHECK enum status wide_mul_div(wide a, wide b, wide denominator, enum rounding mode, wide *ret);
/* Greatest common divisor; gcd(0, 0) = 0. */
uwide wide_gcd(uwide a, uwide b);

/* The absolute value, also of WIDE_MIN. */
static inline uwide wide_magnitude(wide value) {
    return value < 0 ? (uwide)0 - (uwide)value : (uwide)value;
}
/* The signed value of a magnitude. Fails: STATUS_RANGE. */
MUST_CHECK enum status wide_from_magnitude(bool negative, uwide magnitude, wide *ret);

static inline bool wide_fits_64(wide value) {
    return (int64_t)value == value;
}
static inline bool uwide_fits_64(uwide value) {
    return (uint64_t)value == value;
}

/* "half-even" <-> ROUND_HALF_EVEN. */
bool rounding_parse(const char *name, enum rounding *ret);
const char *rounding_name(enum rounding mode);

#endif
