/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimal text to number and back. Short numbers, nearly all there are, are read in 64 bits without any division. */
#include "money/decimal_text.h"

#include <assert.h>

#include "base/digits.h"
#include "money/decimal.h"

#define SHORT_DIGITS 18                   /* any number of so many digits fits in 64 bits */
#define EXPONENT_LIMIT 1000000000000000LL /* where an exponent stops growing: no text has so many digits */
#define CHUNK 1000000000000000000ULL      /* 10^18, the digits written at a time */

static const uint64_t small_powers[] = {1,
                                        10,
                                        100,
                                        1000,
                                        10000,
                                        100000,
                                        1000000,
                                        10000000,
                                        100000000,
                                        1000000000,
                                        10000000000,
                                        100000000000,
                                        1000000000000,
                                        10000000000000,
                                        100000000000000,
                                        1000000000000000,
                                        10000000000000000,
                                        100000000000000000,
                                        1000000000000000000,
                                        10000000000000000000U};

uwide power_of_ten(int exponent) {
    assert(exponent >= 0 && exponent <= 38);
    return exponent <= 19 ? small_powers[exponent] : (uwide)small_powers[19] * small_powers[exponent - 19];
}

struct reader {
    const char *start, *at, *end;
};

static bool digit_ahead(const struct reader *reader) {
    return reader->at < reader->end && (unsigned char)(*reader->at - '0') <= 9;
}

static bool take(struct reader *reader, char wanted) {
    if (reader->at == reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* Append digits to *value, modulo 2^64: the caller counts them. */
static void take_digits(struct reader *reader, uint64_t *value) {
    uint64_t sum = *value;
    while (digit_ahead(reader))
        sum = sum * 10 + (uint64_t)(*reader->at++ - '0');
    *value = sum;
}

/* The long way: every digit between start and end into 128 bits, trailing zeros moved into the exponent. */
static enum status read_long(const char *start, const char *end, struct number_text *number) {
    uwide value = 0;
    int64_t zeros = 0; /* read, but not yet known to be followed by another digit */
    for (const char *at = start; at < end; at++) {
        if (*at == '.')
            continue;
        zeros++;
        if (*at == '0')
            continue;
        for (; value != 0 && zeros > 0; zeros--) {
            if (__builtin_mul_overflow(value, (uwide)10, &value))
                return STATUS_RANGE;
        }
        zeros = 0;
        if (__builtin_add_overflow(value, (uwide)(*at - '0'), &value))
            return STATUS_RANGE;
    }
    number->digits = value;
    number->exponent += zeros;
    return STATUS_OK;
}

/* "e-05" behind the digits. */
static bool read_exponent(struct reader *reader, int64_t *exponent) {
    bool negative = take(reader, '-');
    if (!negative)
        take(reader, '+');
    if (!digit_ahead(reader))
        return false;
    int64_t value = 0;
    for (; digit_ahead(reader); reader->at++) {
        if (value < EXPONENT_LIMIT)
            value = value * 10 + (*reader->at - '0');
    }
    *exponent += negative ? -value : value;
    return true;
}

/* The syntax, the sign, and the digits when they are few; *ret_digits_end is where the fraction ends. */
static bool read_syntax(struct reader *reader, struct number_text *number, struct slice *ret_digits) {
    number->negative = take(reader, '-');
    const char *digits_start = reader->at;
    uint64_t value = 0;
    if (!digit_ahead(reader))
        return false;
    if (take(reader, '0')) {
        if (digit_ahead(reader))
            return false; /* 007 */
    } else {
        take_digits(reader, &value);
    }
    number->exponent = 0;
    if (take(reader, '.')) {
        if (!digit_ahead(reader))
            return false;
        const char *fraction = reader->at;
        take_digits(reader, &value);
        number->exponent = -(int64_t)(reader->at - fraction);
    }
    number->digits = value;
    *ret_digits = (struct slice){digits_start, (size_t)(reader->at - digits_start)};
    if ((take(reader, 'e') || take(reader, 'E')) && !read_exponent(reader, &number->exponent))
        return false;
    return reader->at == reader->end;
}

static enum status fail_at(enum status status, size_t offset, size_t *ret_offset) {
    if (ret_offset != NULL)
        *ret_offset = offset;
    return status;
}

enum status number_text_read(struct slice text, struct number_text *ret, size_t *ret_offset) {
    if (text.len == 0)
        return fail_at(STATUS_INVALID, 0, ret_offset);
    struct reader reader = {text.ptr, text.ptr, text.ptr + text.len};
    struct number_text number;
    struct slice digits;
    if (!read_syntax(&reader, &number, &digits))
        return fail_at(STATUS_INVALID, (size_t)(reader.at - reader.start), ret_offset);
    if (digits.len > SHORT_DIGITS && read_long(digits.ptr, digits.ptr + digits.len, &number) != STATUS_OK)
        return fail_at(STATUS_RANGE, text.len, ret_offset);
    *ret = number;
    return STATUS_OK;
}

/* number as a multiple of 1e-12. */
static enum status scale_to_pico(const struct number_text *number, wide *ret) {
    uwide magnitude = number->digits;
    if (magnitude == 0) {
        *ret = 0;
        return STATUS_OK;
    }
    int64_t shift = number->exponent + DECIMAL_SCALE;
    if (shift > 38 || shift < -38)
        return STATUS_RANGE;
    if (shift >= 0) {
        if (__builtin_mul_overflow(magnitude, power_of_ten((int)shift), &magnitude))
            return STATUS_RANGE;
    } else {
        uwide power = power_of_ten((int)-shift);
        if (magnitude % power != 0)
            return STATUS_RANGE;
        magnitude /= power;
    }
    return wide_from_magnitude(number->negative, magnitude, ret);
}

enum status decimal_parse(struct slice text, struct decimal *ret, size_t *ret_offset) {
    struct number_text number;
    TRY(number_text_read(text, &number, ret_offset));
    if (uwide_fits_64(number.digits) && number.exponent <= 0 && number.exponent >= -DECIMAL_SCALE) {
        /* below 2^64 * 10^12 < 2^104 */
        wide pico = (wide)((uwide)(uint64_t)number.digits * small_powers[DECIMAL_SCALE + number.exponent]);
        ret->pico = number.negative ? -pico : pico;
        return STATUS_OK;
    }
    wide pico;
    if (scale_to_pico(&number, &pico) != STATUS_OK)
        return fail_at(STATUS_RANGE, text.len, ret_offset);
    ret->pico = pico;
    return STATUS_OK;
}

size_t uwide_format(uwide value, char *out) {
    char *at = out;
    if (uwide_fits_64(value)) {
        at = digits_all(at, (uint64_t)value);
    } else {
        uwide rest = value / CHUNK; /* up to 3.5e20: one more chunk at most */
        uint64_t first = (uint64_t)(rest / CHUNK), middle = (uint64_t)(rest % CHUNK);
        if (first != 0)
            at = digits_fixed(digits_all(at, first), middle, SHORT_DIGITS);
        else
            at = digits_all(at, middle);
        at = digits_fixed(at, (uint64_t)(value % CHUNK), SHORT_DIGITS);
    }
    *at = '\0';
    return (size_t)(at - out);
}

/* A decimal cut at its point. Nearly all fit in 64 bits, where dividing by a constant is cheap. */
struct parts {
    uwide whole;
    uint64_t fraction; /* in units of 10^-12 */
};

static struct parts parts_of(struct decimal value) {
    uwide magnitude = wide_magnitude(value.pico);
    if (uwide_fits_64(magnitude)) {
        uint64_t small = (uint64_t)magnitude;
        return (struct parts){small / (uint64_t)DECIMAL_ONE_PICO, small % (uint64_t)DECIMAL_ONE_PICO};
    }
    return (struct parts){magnitude / (uwide)DECIMAL_ONE_PICO, (uint64_t)(magnitude % (uwide)DECIMAL_ONE_PICO)};
}

/* Sign and whole part; returns the end. */
static char *put_whole(struct decimal value, struct parts parts, char *out) {
    if (value.pico < 0)
        *out++ = '-';
    return out + uwide_format(parts.whole, out);
}

static size_t end_text(const char *out, char *end) {
    *end = '\0';
    return (size_t)(end - out);
}

size_t decimal_format(struct decimal value, char *out) {
    struct parts parts = parts_of(value);
    char *end = put_whole(value, parts, out);
    if (parts.fraction == 0)
        return end_text(out, end);
    *end = '.';
    end = digits_fixed(end + 1, parts.fraction, DECIMAL_SCALE);
    while (end[-1] == '0')
        end--;
    return end_text(out, end);
}

size_t decimal_format_fixed(struct decimal value, int scale, char *out) {
    assert(scale >= 0 && scale <= DECIMAL_SCALE);
    struct parts parts = parts_of(value);
    uint64_t unit = small_powers[DECIMAL_SCALE - scale];
    assert(parts.fraction % unit == 0);
    char *end = put_whole(value, parts, out);
    if (scale == 0)
        return end_text(out, end);
    *end = '.';
    return end_text(out, digits_fixed(end + 1, parts.fraction / unit, scale));
}
