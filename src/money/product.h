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

struct product product_of(uwide a, uwide b);
int product_cmp(struct product a, struct product b);
/* a + b; the sum must fit in 256 bits. */
struct product product_add(struct product a, struct product b);
/* a - b; a >= b. */
struct product product_sub(struct product a, struct product b);
/* Quotient towards zero and remainder. divisor > 0. Fails: STATUS_RANGE when the quotient needs more than 128 bits. */
MUST_CHECK enum status product_div(struct product value, uwide divisor, uwide *ret_quotient, uwide *ret_remainder);
/* value mod divisor. divisor > 0. */
uwide product_mod(struct product value, uwide divisor);

#endif
