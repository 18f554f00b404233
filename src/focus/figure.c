/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact decimals with a number of digits of their own. */
#include "focus/figure.h"

#include <assert.h>

static struct figure trimmed(struct figure value) {
    while (value.digits > 0 && value.units % 10 == 0) {
        value.units /= 10;
        value.digits--;
    }
    return value;
}

struct figure figure_of(struct decimal value) {
    return trimmed((struct figure){value.pico, DECIMAL_SCALE});
}

/* With this many digits, which are not fewer than it has. */
static bool widen(struct figure *value, int digits) {
    for (; value->digits < digits; value->digits++)
        if (wide_mul(value->units, 10, &value->units) != STATUS_OK)
            return false;
    return true;
}

bool figure_product(struct figure a, struct figure b, struct figure *ret) {
    struct figure product = {.digits = a.digits + b.digits};
    if (wide_mul(a.units, b.units, &product.units) != STATUS_OK)
        return false;
    product = trimmed(product);
    if (product.digits > FIGURE_DIGITS_MAX)
        return false;
    *ret = product;
    return true;
}

bool figure_quotient(struct figure value, struct figure per, struct figure *ret) {
    assert(per.units > 0);
    struct figure rest = value;
    rest.digits -= per.digits;
    while (rest.units % per.units != 0 && rest.digits < FIGURE_DIGITS_MAX) {
        if (wide_mul(rest.units, 10, &rest.units) != STATUS_OK)
            return false;
        rest.digits++;
    }
    if (rest.units % per.units != 0)
        return false;
    rest.units /= per.units;
    for (; rest.digits < 0; rest.digits++)
        if (wide_mul(rest.units, 10, &rest.units) != STATUS_OK)
            return false;
    *ret = trimmed(rest);
    return true;
}

int figure_cmp(struct figure a, struct figure b) {
    int digits = a.digits > b.digits ? a.digits : b.digits;
    if (!widen(&a, digits)) /* the other one has more digits behind the point: it is the smaller one */
        return a.units < 0 ? -1 : 1;
    if (!widen(&b, digits))
        return b.units < 0 ? 1 : -1;
    return a.units < b.units ? -1 : a.units > b.units;
}

bool figure_add(struct figure a, struct figure b, struct figure *ret) {
    int digits = a.digits > b.digits ? a.digits : b.digits;
    struct figure sum = {.digits = digits};
    if (!widen(&a, digits) || !widen(&b, digits) || wide_add(a.units, b.units, &sum.units) != STATUS_OK)
        return false;
    *ret = trimmed(sum);
    return true;
}

size_t figure_format(struct figure value, char *out) {
    char digits[FIGURE_TEXT_MAX];
    int count = 0;
    size_t len = 0;
    value = trimmed(value);
    uwide rest = wide_magnitude(value.units);
    for (; rest > 0 || count <= value.digits; rest /= 10)
        digits[count++] = (char)('0' + (int)(rest % 10));
    if (value.units < 0)
        out[len++] = '-';
    while (count > 0) {
        if (count == value.digits)
            out[len++] = '.';
        out[len++] = digits[--count];
    }
    out[len] = '\0';
    return len;
}

static bool is_digit(struct slice text, size_t at) {
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* "mEn": n without a plus sign. Its digits move the point. */
static bool exponent_parse(struct slice text, struct figure *value) {
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    uint64_t power;
    if (is_negative)
        text = (struct slice){text.ptr + 1, text.len - 1};
    if (!slice_number(text, 99, &power))
        return false;
    value->digits += is_negative ? (int)power : -(int)power;
    for (; value->digits < 0; value->digits++)
        if (wide_mul(value->units, 10, &value->units) != STATUS_OK)
            return false;
    *value = trimmed(*value);
    return value->digits <= FIGURE_DIGITS_MAX;
}

bool figure_parse(struct slice text, struct figure *ret) {
    struct figure value = FIGURE_ZERO;
    size_t at = text.len > 0 && text.ptr[0] == '-';
    bool is_negative = at == 1, has_point = false;
    if (!is_digit(text, at))
        return false;
    for (; at < text.len && (is_digit(text, at) || (text.ptr[at] == '.' && !has_point)); at++) {
        if (text.ptr[at] == '.') {
            has_point = true;
            if (!is_digit(text, at + 1))
                return false;
            continue;
        }
        if (wide_mul(value.units, 10, &value.units) != STATUS_OK ||
            wide_add(value.units, text.ptr[at] - '0', &value.units) != STATUS_OK)
            return false;
        value.digits += has_point;
    }
    if (is_negative)
        value.units = -value.units;
    value = trimmed(value);
    if (at < text.len && (text.ptr[at] == 'E' || text.ptr[at] == 'e')) {
        if (!exponent_parse((struct slice){text.ptr + at + 1, text.len - at - 1}, &value))
            return false;
    } else if (at < text.len) {
        return false;
    }
    if (value.digits > FIGURE_DIGITS_MAX)
        return false;
    *ret = value;
    return true;
}
