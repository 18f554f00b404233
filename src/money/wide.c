/* SPDX-License-Identifier: Apache-2.0
 *
 * Checked 128-bit integers and the one place that knows what each rounding mode means. */
#include "money/wide.h"

#include <assert.h>
#include <string.h>

#include "money/product.h"

static const char *const rounding_names[] = {
    [ROUND_DOWN] = "down",           [ROUND_UP] = "up",
    [ROUND_HALF_UP] = "half-up",     [ROUND_HALF_EVEN] = "half-even",
    [ROUND_HALF_DOWN] = "half-down", [ROUND_CEIL] = "ceil",
    [ROUND_FLOOR] = "floor",
};
#define ROUNDING_COUNT (sizeof rounding_names / sizeof rounding_names[0])

bool rounding_parse(const char *name, enum rounding *ret) {
    for (size_t i = 0; i < ROUNDING_COUNT; i++) {
        if (strcmp(name, rounding_names[i]) == 0) {
            *ret = (enum rounding)i;
            return true;
        }
    }
    return false;
}

const char *rounding_name(enum rounding mode) {
    assert((size_t)mode < ROUNDING_COUNT);
    return rounding_names[mode];
}

enum status wide_add(wide a, wide b, wide *ret) {
    wide sum;
    if (__builtin_add_overflow(a, b, &sum))
        return STATUS_RANGE;
    *ret = sum;
    return STATUS_OK;
}

enum status wide_sub(wide a, wide b, wide *ret) {
    wide difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return STATUS_RANGE;
    *ret = difference;
    return STATUS_OK;
}

enum status wide_mul(wide a, wide b, wide *ret) {
    wide product;
    if (__builtin_mul_overflow(a, b, &product))
        return STATUS_RANGE;
    *ret = product;
    return STATUS_OK;
}

enum status wide_from_magnitude(bool negative, uwide magnitude, wide *ret) {
    if (magnitude <= (uwide)WIDE_MAX)
        *ret = negative ? -(wide)magnitude : (wide)magnitude;
    else if (negative && magnitude == (uwide)WIDE_MAX + 1)
        *ret = WIDE_MIN;
    else
        return STATUS_RANGE;
    return STATUS_OK;
}

/* Whether the truncated quotient moves one away from zero. 0 < remainder < denominator. */
/*@ requires 0 < remainder < denominator;
    requires ROUND_DOWN <= mode <= ROUND_FLOOR;
    assigns \nothing;
    ensures \result <==> (mode == ROUND_UP || (mode == ROUND_CEIL && !negative) || (mode == ROUND_FLOOR && negative) ||
                          (mode == ROUND_HALF_UP && 2 * remainder >= denominator) ||
                          (mode == ROUND_HALF_DOWN && 2 * remainder > denominator) ||
                          (mode == ROUND_HALF_EVEN && (2 * remainder > denominator ||
                                                       (2 * remainder == denominator && odd))));
*/
static bool rounds_away(uwide remainder, uwide denominator, bool negative, bool odd, enum rounding mode) {
    uwide complement = denominator - remainder;
    switch (mode) {
    case ROUND_DOWN:
        return false;
    case ROUND_UP:
        return true;
    case ROUND_HALF_UP:
        return remainder >= complement;
    case ROUND_HALF_EVEN:
        return remainder > complement || (remainder == complement && odd);
    case ROUND_HALF_DOWN:
        return remainder > complement;
    case ROUND_CEIL:
        return !negative;
    case ROUND_FLOOR:
        return negative;
    }
    assert(false); /* all modes are above */
    return false;
}

wide wide_div_round(wide numerator, wide denominator, enum rounding mode) {
    assert(denominator > 0);
    wide quotient;
    if (wide_fits_64(numerator) && wide_fits_64(denominator))
        quotient = (int64_t)numerator / (int64_t)denominator;
    else
        quotient = numerator / denominator;
    wide remainder = numerator - quotient * denominator;
    if (remainder == 0)
        return quotient;
    bool negative = numerator < 0;
    if (!rounds_away(wide_magnitude(remainder), (uwide)denominator, negative, quotient % 2 != 0, mode))
        return quotient;
    return negative ? quotient - 1 : quotient + 1; /* a remainder means denominator >= 2: this cannot overflow */
}

enum status wide_mul_div(wide a, wide b, wide denominator, enum rounding mode, wide *ret) {
    assert(denominator > 0);
    wide short_product;
    if (!__builtin_mul_overflow(a, b, &short_product)) {
        *ret = wide_div_round(short_product, denominator, mode);
        return STATUS_OK;
    }
    bool negative = (a < 0) != (b < 0);
    uwide quotient, remainder;
    TRY(product_div(product_of(wide_magnitude(a), wide_magnitude(b)), (uwide)denominator, &quotient, &remainder));
    /*@ assert a * b == (negative ? -(quotient * denominator + remainder) : quotient * denominator + remainder); */
    if (remainder != 0 && rounds_away(remainder, (uwide)denominator, negative, quotient % 2 != 0, mode)) {
        if (quotient == ~(uwide)0)
            return STATUS_RANGE;
        quotient++;
    }
    /*@ assert is_rounded(a * b, denominator, mode, negative ? -quotient : quotient); */
    return wide_from_magnitude(negative, quotient, ret);
}

/*@ // a = q * b + r: what divides two of a, b and r divides the third
    inductive division(integer q, integer b, integer r, integer a) {
      case euclid: \forall integer q, b, r; division(q, b, r, q * b + r);
    }
    lemma times_is_product: \forall integer k, d, n; times(k, d, n) <==> n == k * d;
    lemma division_is_sum: \forall integer q, b, r, a; division(q, b, r, a) <==> a == q * b + r;
    lemma times_rest: \forall integer i, j, q, d, a, b, r;
      division(q, b, r, a) && times(i, d, a) && times(j, d, b) ==> times(i - q * j, d, r);
    lemma times_back: \forall integer i, j, q, d, a, b, r;
      division(q, b, r, a) && times(j, d, b) && times(i, d, r) ==> times(q * j + i, d, a);
    lemma divides_rest: \forall integer q, d, a, b, r;
      division(q, b, r, a) && divides(d, a) && divides(d, b) ==> divides(d, r);
    lemma divides_back: \forall integer q, d, a, b, r;
      division(q, b, r, a) && divides(d, b) && divides(d, r) ==> divides(d, a); */

/*@ assigns \nothing;
    ensures common(\result, a, b);
    ensures \forall integer d; common(d, a, b) ==> divides(d, \result); */
static uint64_t gcd_64(uint64_t a, uint64_t b) {
    /*@ loop assigns a, b;
        loop invariant \forall integer d; common(d, a, b) <==> common(d, \at(a, Pre), \at(b, Pre));
        loop variant b; */
    while (b != 0) {
        uint64_t rest = a % b;
        /*@ assert division(a / b, b, rest, a); */
        a = b;
        b = rest;
    }
    /*@ assert times(1, a, a) && times(0, a, 0); */
    return a;
}

uwide wide_gcd(uwide a, uwide b) {
    /*@ loop assigns a, b;
        loop invariant \forall integer d; common(d, a, b) <==> common(d, \at(a, Pre), \at(b, Pre));
        loop variant b; */
    while (b != 0 && !(uwide_fits_64(a) && uwide_fits_64(b))) {
        uwide rest = a % b;
        /*@ assert division(a / b, b, rest, a); */
        a = b;
        b = rest;
    }
    /*@ assert times(1, a, a) && times(0, a, 0); */
    return b == 0 ? a : gcd_64((uint64_t)a, (uint64_t)b);
}
