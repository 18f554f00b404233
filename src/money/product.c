/* SPDX-License-Identifier: Apache-2.0
 *
 * 256-bit products by 64-bit limbs. The division is the schoolbook one with two-limb divisors (Knuth, The Art of
 * Computer Programming, volume 2, 4.3.1, algorithm D), one quotient limb at a time. */
#include "money/product.h"

#include <assert.h>

#ifdef __FRAMAC__ /* half of the width at which the prover works */
typedef uint32_t limb;
#define LIMB_MAX UINT32_MAX
#else
typedef uint64_t limb;
#define LIMB_MAX UINT64_MAX
#endif
#define LIMB_BASE ((uwide)LIMB_MAX + 1)

/*@ assigns \nothing;
    ensures \result == value / (LIMB_MAX + 1); */
static limb limb_high(uwide value) {
    return (limb)(value / LIMB_BASE);
}

/*@ assigns \nothing;
    ensures \result == value % (LIMB_MAX + 1); */
static limb limb_low(uwide value) {
    return (limb)(value % LIMB_BASE);
}

/*@ assigns \nothing;
    ensures \result == a * b;
    ensures \result <= LIMB_MAX * LIMB_MAX; */
static uwide limb_mul(limb a, limb b) {
    /*@ assert a * b <= LIMB_MAX * b <= LIMB_MAX * LIMB_MAX; */
    return (uwide)a * b;
}

struct product product_of(uwide a, uwide b) {
    limb a_low = limb_low(a), a_high = limb_high(a);
    limb b_low = limb_low(b), b_high = limb_high(b);
    uwide low = limb_mul(a_low, b_low);
    uwide cross_a = limb_mul(a_high, b_low);
    uwide cross_b = limb_mul(a_low, b_high);
    uwide high = limb_mul(a_high, b_high);
    /*@ assert a == a_high * (LIMB_MAX + 1) + a_low && b == b_high * (LIMB_MAX + 1) + b_low; */
    /*@ assert a * b == a_high * (LIMB_MAX + 1) * b + a_low * b; */
    /*@ assert a * b == high * (LIMB_MAX + 1) * (LIMB_MAX + 1) + (cross_a + cross_b) * (LIMB_MAX + 1) + low; */
    uwide middle = (uwide)limb_high(low) + limb_low(cross_a) + limb_low(cross_b); /* below 3 * 2^64 */
    return (struct product){
        .high = high + limb_high(cross_a) + limb_high(cross_b) + limb_high(middle),
        .low = limb_low(middle) * LIMB_BASE + limb_low(low),
    };
}

int product_cmp(struct product a, struct product b) {
    if (a.high != b.high)
        return a.high > b.high ? 1 : -1;
    return (a.low > b.low) - (a.low < b.low);
}

struct product product_add(struct product a, struct product b) {
    uwide room = ~(uwide)0 - a.low;
    if (b.low <= room)
        return (struct product){a.high + b.high, a.low + b.low};
    return (struct product){a.high + b.high + 1, b.low - room - 1};
}

struct product product_sub(struct product a, struct product b) {
    assert(product_cmp(a, b) >= 0);
    if (a.low >= b.low)
        return (struct product){a.high - b.high, a.low - b.low};
    return (struct product){a.high - b.high - 1, ~(uwide)0 - (b.low - a.low) + 1};
}

/* One quotient limb of (*rest * 2^64 + next) / divisor; the remainder replaces *rest.
 * divisor has its top bit set and *rest < divisor, so the estimate from the top limbs is at most 2 too large. */
/*@ requires \valid(rest);
    requires divisor > UINT64_MAX / 2 && *rest < divisor;
    assigns *rest;
    ensures \old(*rest) * (LIMB_MAX + 1) + next == \result * divisor + *rest;
    ensures 0 <= *rest < divisor;
*/
static limb divide_limb(uwide *rest, limb next, uwide divisor) {
    limb top = limb_high(divisor), bottom = limb_low(divisor);
    /*@ assert divisor == top * (LIMB_MAX + 1) + bottom && top > LIMB_MAX / 2; */
    uwide digit = *rest / top;
    uwide left = *rest % top;
    /*@ assert *rest == digit * top + left; */
    /*@ assert *rest < (digit + 1) * top; */
    /*@ assert (*rest + 1) * (LIMB_MAX + 1) <= (digit + 1) * top * (LIMB_MAX + 1) <= (digit + 1) * divisor; */
    /*@ loop assigns digit, left;
        loop invariant *rest == digit * top + left;
        loop invariant digit <= LIMB_MAX + 3;
        loop invariant (digit + 1) * divisor > *rest * (LIMB_MAX + 1) + next;
        loop variant digit;
    */
    while (left <= LIMB_MAX && (digit > LIMB_MAX || limb_mul((limb)digit, bottom) > left * LIMB_BASE + next)) {
        /*@ assert digit * divisor == (*rest - left) * (LIMB_MAX + 1) + digit * bottom; */
        /*@ assert digit > LIMB_MAX ==> digit * divisor >= (LIMB_MAX + 1) * divisor; */
        /*@ assert digit * divisor > *rest * (LIMB_MAX + 1) + next; */
        digit--;
        left += top;
    }
    /* what is left is left * 2^64 + next - digit * bottom, without a carry */
    uwide taken = limb_mul((limb)digit, bottom);
    limb taken_low = limb_low(taken);
    left -= limb_high(taken);
    if (next >= taken_low)
        *rest = left * LIMB_BASE + (next - taken_low);
    else
        *rest = (left - 1) * LIMB_BASE + (LIMB_BASE - taken_low + next);
    return (limb)digit;
}

/*@ requires scale > 0;
    assigns \nothing;
    ensures product_value(\result) == value * scale && \result.high < scale; */
static struct product multiply_low(uwide value, uwide scale) {
    struct product result = product_of(value, scale);
    /*@ assert value * scale <= UINT64_MAX * scale; */
    return result;
}

/* What divisor is multiplied by so that its top bit is set. */
/*@ requires divisor > 0;
    assigns \nothing;
    ensures \result > 0 && UINT64_MAX / 2 < divisor * \result <= UINT64_MAX; */
static uwide scale_for(uwide divisor) {
    return ~(uwide)0 / divisor;
}

/*@ requires scale > 0;
    assigns \nothing;
    ensures \result * scale <= value < \result * scale + scale; */
static uwide divide_short(uwide value, uwide scale) {
    return value / scale;
}

/* (*rest * 2^128 + low) / divisor, whose top bit is set; *rest < divisor, and becomes the remainder. */
/*@ requires \valid(rest);
    requires divisor > UINT64_MAX / 2 && *rest < divisor;
    assigns *rest;
    ensures \old(*rest) * (UINT64_MAX + 1) + low == \result * divisor + *rest;
    ensures 0 <= *rest < divisor; */
static uwide divide_limbs(uwide *rest, uwide low, uwide divisor) {
    limb digit_high = divide_limb(rest, limb_high(low), divisor);
    limb digit_low = divide_limb(rest, limb_low(low), divisor);
    return digit_high * LIMB_BASE + digit_low;
}

/* The division when more than 128 bits are needed in between. Dividend and divisor are multiplied so that the divisor's
 * top bit is set, which leaves the quotient as it is and makes each estimate a good one. */
/*@ requires 0 < divisor && value.high < divisor;
    requires \valid(ret_remainder);
    assigns *ret_remainder;
    ensures product_value(value) == \result * divisor + *ret_remainder && 0 <= *ret_remainder < divisor; */
static uwide divide_long(struct product value, uwide divisor, uwide *ret_remainder) {
    uwide scale = scale_for(divisor);
    struct product low = multiply_low(value.low, scale);
    /*@ assert value.high * scale <= divisor * scale - scale; */
    uwide rest = value.high * scale + low.high;
    /*@ assert rest * (UINT64_MAX + 1) + low.low == product_value(value) * scale; */
    uwide quotient = divide_limbs(&rest, low.low, divisor * scale);
    /*@ assert rest == (product_value(value) - quotient * divisor) * scale; */
    uwide remainder = divide_short(rest, scale);
    /*@ assert remainder * scale < divisor * scale; */
    /*@ assert -scale < (product_value(value) - quotient * divisor - remainder) * scale < scale; */
    *ret_remainder = remainder;
    return quotient;
}

enum status product_div(struct product value, uwide divisor, uwide *ret_quotient, uwide *ret_remainder) {
    assert(divisor > 0);
    if (value.high >= divisor)
        return STATUS_RANGE;
    if (value.high == 0) {
        *ret_quotient = value.low / divisor;
        *ret_remainder = value.low % divisor;
    } else {
        *ret_quotient = divide_long(value, divisor, ret_remainder);
    }
    return STATUS_OK;
}

uwide product_mod(struct product value, uwide divisor) {
    uwide quotient, remainder;
    value.high %= divisor;
    enum status status = product_div(value, divisor, &quotient, &remainder);
    assert(status == STATUS_OK); /* high < divisor now */
    (void)status;
    return remainder;
}
