/* SPDX-License-Identifier: Apache-2.0
 *
 * 256-bit products by 64-bit limbs. The division is the schoolbook one with two-limb divisors (Knuth, The Art of
 * Computer Programming, volume 2, 4.3.1, algorithm D), one quotient limb at a time. */
#include "money/product.h"

#include <assert.h>

#define LIMB_BITS 64
#define LIMB_MAX UINT64_MAX

struct product product_of(uwide a, uwide b) {
    uint64_t a_low = (uint64_t)a, a_high = (uint64_t)(a >> LIMB_BITS);
    uint64_t b_low = (uint64_t)b, b_high = (uint64_t)(b >> LIMB_BITS);
    uwide low = (uwide)a_low * b_low;
    uwide cross_a = (uwide)a_high * b_low;
    uwide cross_b = (uwide)a_low * b_high;
    /* at most 3 * (2^64 - 1): no carry is lost */
    uwide middle = (low >> LIMB_BITS) + (uint64_t)cross_a + (uint64_t)cross_b;
    return (struct product){
        .high = (uwide)a_high * b_high + (cross_a >> LIMB_BITS) + (cross_b >> LIMB_BITS) + (middle >> LIMB_BITS),
        .low = (middle << LIMB_BITS) | (uint64_t)low,
    };
}

int product_cmp(struct product a, struct product b) {
    if (a.high != b.high)
        return a.high > b.high ? 1 : -1;
    return (a.low > b.low) - (a.low < b.low);
}

struct product product_add(struct product a, struct product b) {
    uwide low = a.low + b.low;
    return (struct product){a.high + b.high + (low < a.low), low};
}

struct product product_sub(struct product a, struct product b) {
    assert(product_cmp(a, b) >= 0);
    return (struct product){a.high - b.high - (a.low < b.low), a.low - b.low};
}

/* One quotient limb of (*rest * 2^64 + next) / divisor; the remainder replaces *rest.
 * divisor has its top bit set and *rest < divisor, so the estimate from the top limbs is at most 2 too large. */
static uint64_t divide_limb(uwide *rest, uint64_t next, uwide divisor) {
    uint64_t top = (uint64_t)(divisor >> LIMB_BITS);
    uint64_t bottom = (uint64_t)divisor;
    uwide digit = *rest / top;
    uwide left = *rest - digit * top;
    while (left <= LIMB_MAX && (digit > LIMB_MAX || digit * bottom > ((left << LIMB_BITS) | next))) {
        digit--;
        left += top;
    }
    /* modulo 2^128 on purpose: the true difference is below divisor */
    *rest = ((*rest << LIMB_BITS) | next) - digit * divisor;
    return (uint64_t)digit;
}

static int leading_zeros(uwide value) {
    uint64_t high = (uint64_t)(value >> LIMB_BITS);
    return high ? __builtin_clzll(high) : LIMB_BITS + __builtin_clzll((uint64_t)value);
}

enum status product_div(struct product value, uwide divisor, uwide *ret_quotient, uwide *ret_remainder) {
    assert(divisor > 0);
    if (value.high >= divisor)
        return STATUS_RANGE;
    if (value.high == 0) {
        *ret_quotient = value.low / divisor;
        *ret_remainder = value.low - *ret_quotient * divisor;
        return STATUS_OK;
    }
    int shift = leading_zeros(divisor);
    uwide rest = value.high, low = value.low;
    if (shift > 0) {
        rest = (rest << shift) | (low >> (2 * LIMB_BITS - shift));
        low <<= shift;
        divisor <<= shift;
    }
    uwide high_digit = divide_limb(&rest, (uint64_t)(low >> LIMB_BITS), divisor);
    uwide low_digit = divide_limb(&rest, (uint64_t)low, divisor);
    *ret_quotient = (high_digit << LIMB_BITS) | low_digit;
    *ret_remainder = rest >> shift;
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
