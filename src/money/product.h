/* SPDX-License-Identifier: Apache-2.0
 *
 * The exact 256-bit product of two 128-bit magnitudes, and its division: what keeps `a * b / c` to a single rounding.
 * Internal to src/money. */
#ifndef TG_MONEY_PRODUCT_H
#define TG_MONEY_PRODUCT_H

#include "money/wide.h"

struct product {
    uwide high, low; /* high * 2^128 + low */
};

/*@ logic integer product_value(struct product p) = p.high * (UINT64_MAX + 1) + p.low; */

/*@ assigns \nothing;
    ensures product_value(\result) == a * b; */
struct product product_of(uwide a, uwide b);

/*@ assigns \nothing;
    ensures \result == (product_value(a) > product_value(b) ? 1 : product_value(a) < product_value(b) ? -1 : 0); */
int product_cmp(struct product a, struct product b);

/* a + b; the sum must fit in 256 bits. */
/*@ requires product_value(a) + product_value(b) < (UINT64_MAX + 1) * (UINT64_MAX + 1);
    assigns \nothing;
    ensures product_value(\result) == product_value(a) + product_value(b); */
struct product product_add(struct product a, struct product b);

/* a - b; a >= b. */
/*@ requires product_value(a) >= product_value(b);
    assigns \nothing;
    ensures product_value(\result) == product_value(a) - product_value(b); */
struct product product_sub(struct product a, struct product b);

/* Quotient towards zero and remainder. divisor > 0. Fails: STATUS_RANGE when the quotient needs more than 128 bits. */
/*@ requires divisor > 0;
    requires \valid(ret_quotient) && \valid(ret_remainder) && \separated(ret_quotient, ret_remainder);
    assigns *ret_quotient, *ret_remainder;
    behavior fits:
      assumes value.high < divisor;
      ensures \result == STATUS_OK && 0 <= *ret_remainder < divisor;
      ensures product_value(value) == *ret_quotient * divisor + *ret_remainder;
    behavior too_large:
      assumes value.high >= divisor;
      ensures \result == STATUS_RANGE;
      ensures *ret_quotient == \old(*ret_quotient) && *ret_remainder == \old(*ret_remainder);
    complete behaviors;
    disjoint behaviors;
*/
MUST_CHECK enum status product_div(struct product value, uwide divisor, uwide *ret_quotient, uwide *ret_remainder);

/* value mod divisor. divisor > 0. */
/*@ requires divisor > 0;
    assigns \nothing;
    ensures 0 <= \result < divisor; */
uwide product_mod(struct product value, uwide divisor);

#endif
