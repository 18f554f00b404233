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
#define WIDE_MAX INT64_MAX
#else
typedef __int128 wide;
typedef unsigned __int128 uwide;
#define WIDE_MAX ((wide)(~(uwide)0 >> 1))
#endif
#define WIDE_MIN (-WIDE_MAX - 1)

enum rounding { ROUND_DOWN, ROUND_UP, ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN, ROUND_CEIL, ROUND_FLOOR };

/*@ // what each mode means, for the quotient q of n / d
    predicate is_floor(integer n, integer d, integer q) = q * d <= n < q * d + d;
    predicate is_ceil(integer n, integer d, integer q) = q * d - d < n <= q * d;
    predicate is_nearest(integer n, integer d, integer q) = -d <= 2 * (n - q * d) <= d;
    predicate is_tie(integer n, integer d, integer q) = 2 * (n - q * d) == d || 2 * (n - q * d) == -d;
    predicate is_rounded(integer n, integer d, integer mode, integer q) =
      (mode == ROUND_FLOOR ==> is_floor(n, d, q)) &&
      (mode == ROUND_CEIL ==> is_ceil(n, d, q)) &&
      (mode == ROUND_DOWN ==> (n >= 0 ? is_floor(n, d, q) : is_ceil(n, d, q))) &&
      (mode == ROUND_UP ==> (n >= 0 ? is_ceil(n, d, q) : is_floor(n, d, q))) &&
      (mode == ROUND_HALF_UP ==> is_nearest(n, d, q) && (is_tie(n, d, q) ==> (n >= 0 ? q * d > n : q * d < n))) &&
      (mode == ROUND_HALF_DOWN ==> is_nearest(n, d, q) && (is_tie(n, d, q) ==> (n >= 0 ? q * d < n : q * d > n))) &&
      (mode == ROUND_HALF_EVEN ==> is_nearest(n, d, q) && (is_tie(n, d, q) ==> q % 2 == 0));
    predicate is_wide(integer n) = WIDE_MIN <= n <= WIDE_MAX;
*/

/* Quotient of numerator / denominator, rounded. denominator > 0. down = towards zero, up = away from zero;
 * half-*: nearest, ties away from zero / to even / towards zero; ceil, floor as their names say. */
/*@ requires denominator > 0;
    requires ROUND_DOWN <= mode <= ROUND_FLOOR;
    assigns \nothing;
    ensures is_rounded(numerator, denominator, mode, \result);
*/
wide wide_div_round(wide numerator, wide denominator, enum rounding mode);

/* Exact, or STATUS_RANGE. */
/*@ requires \valid(ret);
    assigns *ret;
    behavior fits:
      assumes is_wide(a + b);
      ensures \result == STATUS_OK && *ret == a + b;
    behavior too_large:
      assumes !is_wide(a + b);
      ensures \result == STATUS_RANGE && *ret == \old(*ret);
    complete behaviors;
    disjoint behaviors;
*/
MUST_CHECK enum status wide_add(wide a, wide b, wide *ret);
/*@ requires \valid(ret);
    assigns *ret;
    behavior fits:
      assumes is_wide(a - b);
      ensures \result == STATUS_OK && *ret == a - b;
    behavior too_large:
      assumes !is_wide(a - b);
      ensures \result == STATUS_RANGE && *ret == \old(*ret);
    complete behaviors;
    disjoint behaviors;
*/
MUST_CHECK enum status wide_sub(wide a, wide b, wide *ret);
/*@ requires \valid(ret);
    assigns *ret;
    behavior fits:
      assumes is_wide(a * b);
      ensures \result == STATUS_OK && *ret == a * b;
    behavior too_large:
      assumes !is_wide(a * b);
      ensures \result == STATUS_RANGE && *ret == \old(*ret);
    complete behaviors;
    disjoint behaviors;
*/
MUST_CHECK enum status wide_mul(wide a, wide b, wide *ret);

/* a * b / denominator rounded once, with a 256-bit product. denominator > 0. Fails: STATUS_RANGE. */
/*@ requires denominator > 0;
    requires ROUND_DOWN <= mode <= ROUND_FLOOR;
    requires \valid(ret);
    assigns *ret;
    ensures \result == STATUS_OK ==> is_rounded(a * b, denominator, mode, *ret);
    ensures \result != STATUS_OK ==> *ret == \old(*ret);
    ensures \result == STATUS_OK || \result == STATUS_RANGE;
*/
MUST_CHECK enum status wide_mul_div(wide a, wide b, wide denominator, enum rounding mode, wide *ret);

/* Greatest common divisor; gcd(0, 0) = 0. */
/*@ inductive times(integer k, integer d, integer n) { case product: \forall integer k, d; times(k, d, k * d); }
    predicate divides(integer d, integer n) = \exists integer k; times(k, d, n);
    predicate common(integer d, integer a, integer b) = divides(d, a) && divides(d, b); */
/*@ assigns \nothing;
    ensures common(\result, a, b);
    ensures \forall integer d; common(d, a, b) ==> divides(d, \result); */
uwide wide_gcd(uwide a, uwide b);

/* The absolute value, also of WIDE_MIN. */
/*@ assigns \nothing;
    ensures \result == (value < 0 ? -value : value);
*/
static inline uwide wide_magnitude(wide value) {
    return value < 0 ? (uwide)(-(value + 1)) + 1 : (uwide)value;
}

/* The signed value of a magnitude. Fails: STATUS_RANGE. */
/*@ requires \valid(ret);
    assigns *ret;
    behavior fits:
      assumes is_wide(negative ? -magnitude : magnitude);
      ensures \result == STATUS_OK && *ret == (negative ? -magnitude : magnitude);
    behavior too_large:
      assumes !is_wide(negative ? -magnitude : magnitude);
      ensures \result == STATUS_RANGE && *ret == \old(*ret);
    complete behaviors;
    disjoint behaviors;
*/
MUST_CHECK enum status wide_from_magnitude(bool negative, uwide magnitude, wide *ret);

/*@ assigns \nothing;
    ensures \result <==> INT64_MIN <= value <= INT64_MAX; */
static inline bool wide_fits_64(wide value) {
    return (int64_t)value == value;
}

/*@ assigns \nothing;
    ensures \result <==> value <= UINT64_MAX; */
static inline bool uwide_fits_64(uwide value) {
    return (uint64_t)value == value;
}

/* "half-even" <-> ROUND_HALF_EVEN. */
bool rounding_parse(const char *name, enum rounding *ret);
const char *rounding_name(enum rounding mode);

#endif
