/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic on fixed-point decimals. Every operation is exact or rounds exactly once, in the mode it is told. */
#include "money/decimal.h"

#include <assert.h>
#include <stdlib.h>

#include "money/decimal_text.h"
#include "money/product.h"

enum status decimal_add(struct decimal a, struct decimal b, struct decimal *ret) {
    return wide_add(a.pico, b.pico, &ret->pico);
}

enum status decimal_sub(struct decimal a, struct decimal b, struct decimal *ret) {
    return wide_sub(a.pico, b.pico, &ret->pico);
}

/*@ lemma a_common_factor_changes_nothing: \forall integer n, d, mode, q; is_rounded(n, d, mode, q) ==>
      is_rounded(1000000000000 * n, 1000000000000 * d, mode, q); */
/*@ lemma ten_to_is_positive: \forall integer n; 0 <= n <= DECIMAL_SCALE ==> 1 <= ten_to(n) <= 1000000000000; */

/* 10^(12 - scale): one step at `scale` digits, in units of 1e-12. */
/*@ requires 0 <= scale <= DECIMAL_SCALE;
    assigns \nothing;
    ensures \result == ten_to(DECIMAL_SCALE - scale) && 1 <= \result; */
static wide scale_step(int scale) {
    assert(scale >= 0 && scale <= DECIMAL_SCALE);
    return (wide)power_of_ten(DECIMAL_SCALE - scale);
}

enum status decimal_round(struct decimal value, int scale, enum rounding mode, struct decimal *ret) {
    wide step = scale_step(scale);
    return wide_mul(wide_div_round(value.pico, step, mode), step, &ret->pico);
}

/*@ assigns \nothing;
    ensures \result ==> value.pico % 1000000000000 == 0; */
static bool is_short_integer(struct decimal value) {
    return wide_fits_64(value.pico) && (int64_t)value.pico % (int64_t)DECIMAL_ONE_PICO == 0;
}

enum status decimal_price(struct decimal quantity, struct decimal price, struct decimal per, int scale,
                          enum rounding mode, struct decimal *ret) {
    assert(per.pico > 0);
    wide step = scale_step(scale);
    wide units = quantity.pico, divisor = per.pico;
    if (is_short_integer(quantity) && is_short_integer(per)) {
        /* nearly always; without their common factor the products stay short */
        units = (int64_t)units / (int64_t)DECIMAL_ONE_PICO;
        divisor = (int64_t)divisor / (int64_t)DECIMAL_ONE_PICO;
    }
    wide steps;
    TRY(wide_mul(divisor, step, &divisor));
    /*@ assert (units == quantity.pico && divisor == per.pico * step) ||
               (quantity.pico * price.pico == 1000000000000 * (units * price.pico) &&
                per.pico * step == 1000000000000 * divisor); */
    TRY(wide_mul_div(units, price.pico, divisor, mode, &steps));
    /*@ assert is_rounded(units * price.pico, divisor, mode, steps); */
    /*@ assert is_rounded(quantity.pico * price.pico, per.pico * step, mode, steps); */
    return wide_mul(steps, step, &ret->pico);
}

struct share {
    uwide whole, remainder;
};

/* total * weight / sum; the quotient fits because weight <= sum. */
/*@ requires 0 <= weight <= sum && 0 < sum;
    assigns \nothing;
    ensures total * weight == \result.whole * sum + \result.remainder && 0 <= \result.remainder < sum; */
static struct share share_of(uwide total, wide weight, uwide sum) {
    struct share share;
    enum status status = product_div(product_of(total, (uwide)weight), sum, &share.whole, &share.remainder);
    assert(status == STATUS_OK);
    (void)status;
    return share;
}

static int larger_first(const void *a, const void *b) {
    return decimal_cmp(*(const struct decimal *)b, *(const struct decimal *)a);
}

/*@ logic integer total_weight(struct decimal *weights, integer count) =
      count <= 0 ? 0 : total_weight(weights, count - 1) + weights[count - 1].pico; */

/*@ requires \valid_read(weights + (0 .. count - 1)) && \valid(ret) && \separated(ret, weights + (0 .. count - 1));
    assigns *ret;
    ensures \result == STATUS_OK ==> *ret == total_weight(weights, count) && 0 < *ret;
    ensures \result == STATUS_OK ==> (\forall integer i; 0 <= i < count ==> 0 <= weights[i].pico <= *ret);
    ensures \result != STATUS_OK ==> *ret == \old(*ret); */
static enum status weights_sum(const struct decimal *weights, size_t count, uwide *ret) {
    wide sum = 0;
    /*@ loop assigns i, sum;
        loop invariant 0 <= i <= count && 0 <= sum && sum == total_weight(weights, i);
        loop invariant \forall integer k; 0 <= k < i ==> 0 <= weights[k].pico <= sum;
        loop variant count - i; */
    for (size_t i = 0; i < count; i++) {
        if (weights[i].pico < 0)
            return STATUS_INVALID;
        TRY(wide_add(sum, weights[i].pico, &sum));
    }
    if (sum == 0)
        return STATUS_INVALID;
    *ret = (uwide)sum;
    return STATUS_OK;
}

enum status decimal_split(struct decimal total, const struct decimal *weights, size_t count, int scale,
                          struct decimal *ret_parts) {
    wide step = scale_step(scale);
    assert(total.pico % step == 0);
    uwide steps = wide_magnitude(total.pico / step), left = steps, sum;
    TRY(weights_sum(weights, count, &sum));
    /* First the remainders alone: sorted, they tell which remainder is the last that gets one step more. */
    for (size_t i = 0; i < count; i++) {
        struct share share = share_of(steps, weights[i].pico, sum);
        left -= share.whole;
        ret_parts[i].pico = (wide)share.remainder;
    }
    wide border = WIDE_MAX; /* remainders above it get a step, equal ones while `ties` last */
    size_t ties = 0;
    if (left > 0) {
        qsort(ret_parts, count, sizeof *ret_parts, larger_first);
        border = ret_parts[left - 1].pico;
        for (size_t i = 0; i < left; i++)
            ties += ret_parts[i].pico == border;
    }
    for (size_t i = 0; i < count; i++) {
        struct share share = share_of(steps, weights[i].pico, sum);
        bool tie = (wide)share.remainder == border && ties > 0;
        ties -= tie;
        uwide part = (share.whole + (tie || (wide)share.remainder > border)) * (uwide)step;
        TRY(wide_from_magnitude(total.pico < 0, part, &ret_parts[i].pico)); /* no part is larger than the total */
    }
    return STATUS_OK;
}
