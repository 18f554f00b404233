/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact ratios. Short operands take the short way; what would overflow is reduced first, and refused only when its
 * lowest terms do not fit. */
#include "money/ratio.h"

#include <assert.h>

#include "money/decimal_text.h"
#include "money/product.h"

static const struct {
    int64_t pico, den;
} decimal_grids[] = {{1000000000000, 1}, {100000000, 10000}, {1000000, 1000000}, {10000, 100000000}};

struct ratio ratio_from_decimal(struct decimal value) {
    if (wide_fits_64(value.pico)) {
        int64_t pico = (int64_t)value.pico;
        for (size_t i = 0; i < sizeof decimal_grids / sizeof decimal_grids[0]; i++) {
            if (pico % decimal_grids[i].pico == 0)
                return (struct ratio){pico / decimal_grids[i].pico, decimal_grids[i].den};
        }
    }
    return (struct ratio){value.pico, DECIMAL_ONE_PICO};
}

static void divide_out(uwide *a, uwide *b) {
    uwide common = wide_gcd(*a, *b);
    if (common > 1) {
        *a /= common;
        *b /= common;
    }
}

static struct ratio reduced(struct ratio value) {
    uwide num = wide_magnitude(value.num), den = (uwide)value.den;
    divide_out(&num, &den);
    wide signed_num = (wide)num; /* 2^127 becomes WIDE_MIN, and is only ever negative */
    return (struct ratio){value.num < 0 && signed_num > 0 ? -signed_num : signed_num, (wide)den};
}

/* Store ± num / den as it is. */
static enum status store(bool negative, uwide num, uwide den, struct ratio *ret) {
    struct ratio value;
    TRY(wide_from_magnitude(negative, num, &value.num));
    TRY(wide_from_magnitude(false, den, &value.den));
    *ret = value;
    return STATUS_OK;
}

/* ± (a * b) / (c * d), reduced only when it does not fit otherwise. */
struct fraction {
    bool negative;
    uwide a, b, c, d;
};

static enum status multiply(struct fraction f, struct ratio *ret) {
    uwide num, den;
    if (!__builtin_mul_overflow(f.a, f.b, &num) && !__builtin_mul_overflow(f.c, f.d, &den) &&
        store(f.negative, num, den, ret) == STATUS_OK)
        return STATUS_OK;
    divide_out(&f.a, &f.c);
    divide_out(&f.a, &f.d);
    divide_out(&f.b, &f.c);
    divide_out(&f.b, &f.d);
    if (__builtin_mul_overflow(f.a, f.b, &num) || __builtin_mul_overflow(f.c, f.d, &den))
        return STATUS_RANGE;
    return store(f.negative, num, den, ret);
}

enum status ratio_mul_long(struct ratio a, struct ratio b, struct ratio *ret) {
    return multiply((struct fraction){.negative = (a.num < 0) != (b.num < 0),
                                      .a = wide_magnitude(a.num),
                                      .b = wide_magnitude(b.num),
                                      .c = (uwide)a.den,
                                      .d = (uwide)b.den},
                    ret);
}

enum status ratio_div_long(struct ratio a, struct ratio b, struct ratio *ret) {
    if (b.num == 0)
        return STATUS_INVALID;
    return multiply((struct fraction){.negative = (a.num < 0) != (b.num < 0),
                                      .a = wide_magnitude(a.num),
                                      .b = (uwide)b.den,
                                      .c = (uwide)a.den,
                                      .d = wide_magnitude(b.num)},
                    ret);
}

/* A 256-bit number with a sign. */
struct term {
    bool negative;
    struct product size;
};

static struct term term_sum(struct term a, struct term b) {
    if (a.negative == b.negative)
        return (struct term){a.negative, product_add(a.size, b.size)};
    if (product_cmp(a.size, b.size) >= 0)
        return (struct term){a.negative, product_sub(a.size, b.size)};
    return (struct term){b.negative, product_sub(b.size, a.size)};
}

/* a + b, or a - b, in lowest terms (Knuth, The Art of Computer Programming, volume 2, 4.5.1). */
static enum status add_reduced(struct ratio a, struct ratio b, bool subtract, struct ratio *ret) {
    a = reduced(a);
    b = reduced(b);
    uwide common = wide_gcd((uwide)a.den, (uwide)b.den);
    uwide a_den = (uwide)a.den / common, b_den = (uwide)b.den / common;
    struct term sum = term_sum((struct term){a.num < 0, product_of(wide_magnitude(a.num), b_den)},
                               (struct term){(b.num < 0) != subtract, product_of(wide_magnitude(b.num), a_den)});
    uwide shared = wide_gcd(product_mod(sum.size, common), common);
    uwide num, den, remainder;
    TRY(product_div(sum.size, shared, &num, &remainder));
    assert(remainder == 0);
    if (__builtin_mul_overflow(a_den, (uwide)b.den / shared, &den))
        return STATUS_RANGE;
    return store(sum.negative, num, den, ret);
}

enum status ratio_add_long(struct ratio a, struct ratio b, struct ratio *ret) {
    wide num;
    if (a.den == b.den && wide_add(a.num, b.num, &num) == STATUS_OK) {
        *ret = (struct ratio){num, a.den};
        return STATUS_OK;
    }
    return add_reduced(a, b, false, ret);
}

enum status ratio_sub_long(struct ratio a, struct ratio b, struct ratio *ret) {
    wide num;
    if (a.den == b.den && wide_sub(a.num, b.num, &num) == STATUS_OK) {
        *ret = (struct ratio){num, a.den};
        return STATUS_OK;
    }
    return add_reduced(a, b, true, ret);
}

int ratio_cmp_long(struct ratio a, struct ratio b) {
    if (a.den == b.den)
        return (a.num > b.num) - (a.num < b.num);
    if ((a.num < 0) != (b.num < 0))
        return a.num < 0 ? -1 : 1;
    int order =
        product_cmp(product_of(wide_magnitude(a.num), (uwide)b.den), product_of(wide_magnitude(b.num), (uwide)a.den));
    return a.num < 0 ? -order : order;
}

struct ratio ratio_round(struct ratio value, enum rounding mode) {
    if (value.den == 1)
        return value;
    return (struct ratio){wide_div_round(value.num, value.den, mode), 1};
}

enum status ratio_to_decimal(struct ratio value, struct decimal *ret) {
    if (value.den == 1 && wide_fits_64(value.num)) { /* below 2^63 * 10^12 */
        ret->pico = value.num * DECIMAL_ONE_PICO;
        return STATUS_OK;
    }
    if (value.den <= DECIMAL_ONE_PICO && (int64_t)DECIMAL_ONE_PICO % (int64_t)value.den == 0)
        return wide_mul(value.num, (int64_t)DECIMAL_ONE_PICO / (int64_t)value.den, &ret->pico);
    uwide quotient, remainder;
    TRY(product_div(product_of(wide_magnitude(value.num), (uwide)DECIMAL_ONE_PICO), (uwide)value.den, &quotient,
                    &remainder));
    if (remainder != 0)
        return STATUS_INEXACT;
    return wide_from_magnitude(value.num < 0, quotient, &ret->pico);
}

enum status ratio_to_decimal_rounded(struct ratio value, int scale, enum rounding mode, struct decimal *ret) {
    assert(scale >= 0 && scale <= DECIMAL_SCALE);
    wide steps;
    TRY(wide_mul_div(value.num, (wide)power_of_ten(scale), value.den, mode, &steps));
    return wide_mul(steps, (wide)power_of_ten(DECIMAL_SCALE - scale), &ret->pico);
}

/* digits / 10^places where one of the two alone is too large: factors 2 and 5 are cancelled one by one. */
static enum status parse_small(const struct number_text *number, int64_t places, struct ratio *ret) {
    uwide num = number->digits, den = 1;
    if (places > 256) /* 2^128 * 10^-256 is still far below anything that fits */
        return STATUS_RANGE;
    for (int64_t i = 0; i < places; i++) {
        uwide factor = 10;
        if (num % 2 == 0) {
            num /= 2;
            factor = 5;
        }
        if (num % 5 == 0) {
            num /= 5;
            factor /= 5;
        }
        if (__builtin_mul_overflow(den, factor, &den))
            return STATUS_RANGE;
    }
    return store(number->negative, num, den, ret);
}

static enum status from_number_text(const struct number_text *number, struct ratio *ret) {
    uwide num = number->digits;
    if (num == 0)
        return store(false, 0, 1, ret);
    if (number->exponent > 38)
        return STATUS_RANGE;
    if (number->exponent >= 0) {
        if (__builtin_mul_overflow(num, power_of_ten((int)number->exponent), &num))
            return STATUS_RANGE;
        return store(number->negative, num, 1, ret);
    }
    if (number->exponent >= -38 && store(number->negative, num, power_of_ten((int)-number->exponent), ret) == STATUS_OK)
        return STATUS_OK;
    return parse_small(number, -number->exponent, ret);
}

enum status ratio_parse(struct slice text, struct ratio *ret, size_t *ret_offset) {
    struct number_text number;
    TRY(number_text_read(text, &number, ret_offset));
    enum status status = from_number_text(&number, ret);
    if (status != STATUS_OK && ret_offset != NULL)
        *ret_offset = text.len;
    return status;
}

size_t ratio_format(struct ratio value, char *out) {
    struct decimal decimal;
    if (ratio_to_decimal(value, &decimal) == STATUS_OK)
        return decimal_format(decimal, out);
    value = reduced(value);
    size_t len = 0;
    if (value.num < 0)
        out[len++] = '-';
    len += uwide_format(wide_magnitude(value.num), out + len);
    if (value.den != 1) {
        out[len++] = '/';
        len += uwide_format((uwide)value.den, out + len);
    }
    return len;
}
