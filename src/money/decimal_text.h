/* SPDX-License-Identifier: Apache-2.0
 *
 * Number text taken apart, shared by decimals and ratios. Internal to src/money. */
#ifndef TG_MONEY_DECIMAL_TEXT_H
#define TG_MONEY_DECIMAL_TEXT_H

#include "base/slice.h"
#include "money/decimal.h"

/* The value is ± digits * 10^exponent, exactly. */
struct number_text {
    bool negative;
    uwide digits;
    int64_t exponent;
};

/* JSON number syntax. Fails: STATUS_INVALID (*ret_offset = the byte that does not belong), STATUS_RANGE (more
 * significant digits than 128 bits hold; *ret_offset = the length). ret_offset may be NULL. */
MUST_CHECK enum status number_text_read(struct slice text, struct number_text *ret, size_t *ret_offset);
/* 10^exponent; exponent from 0 to 38. */
/*@ requires 0 <= exponent <= 38;
    assigns \nothing;
    ensures exponent <= 18 ==> \result == ten_to(exponent); */
uwide power_of_ten(int exponent);
/* Plain digits without a sign; out holds 40 bytes, NUL-terminated. Returns the length. */
size_t uwide_format(uwide value, char *out);

#endif
