/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and times as bills write them. */
#include <string.h>

#include "money/ratio.h"
#include "reconcile/sides.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* A blank as spreadsheets put it between digits: no-break, narrow, thin. The bytes it has; 0: it is none. */
static size_t blank_size(struct slice text) {
    static const char *const blanks[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89"};
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (slice_starts(text, slice_of(blanks[i])))
            return strlen(blanks[i]);
    return 0;
}

static struct slice ends_trim(struct slice text) {
    for (size_t size; (size = blank_size(text)) > 0;)
        text = (struct slice){text.ptr + size, text.len - size};
    for (size_t size = 2; size <= 3; size++)
        if (text.len >= size && blank_size((struct slice){text.ptr + text.len - size, size}) == size)
            text.len -= size;
    return slice_trim(text);
}

static bool is_code(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 'A' || text.ptr[i] > 'Z')
            return false;
    return text.len == 3;
}

/* A sign of money, or its code, at either end is taken off. */
static struct slice currency_cut(struct slice text, struct slice *ret_currency) {
    static const char *const signs[] = {"$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5", "\xef\xbf\xa5"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t len = strlen(signs[i]);
        if (slice_starts(text, slice_of(signs[i])))
            return ends_trim((struct slice){text.ptr + len, text.len - len});
        if (text.len > len && memcmp(text.ptr + text.len - len, signs[i], len) == 0)
            return ends_trim((struct slice){text.ptr, text.len - len});
    }
    if (text.len <= 3)
        return text;
    struct slice front = {text.ptr, 3}, back = {text.ptr + text.len - 3, 3};
    *ret_currency = is_code(front) ? front : is_code(back) ? back : SLICE("");
    return ends_trim(is_code(front)  ? (struct slice){text.ptr + 3, text.len - 3}
                     : is_code(back) ? (struct slice){text.ptr, text.len - 3}
                                     : text);
}

/* The sign, in front, behind, or as brackets; what is left has none. */
static struct slice sign_cut(struct slice text, bool *ret_is_negative) {
    bool is_bracketed = text.len > 2 && text.ptr[0] == '(' && text.ptr[text.len - 1] == ')';
    if (is_bracketed)
        text = (struct slice){text.ptr + 1, text.len - 2};
    bool is_front = text.len > 1 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    bool is_back = !is_bracketed && !is_front && text.len > 1 && text.ptr[text.len - 1] == '-';
    *ret_is_negative ^= is_bracketed || is_back || (is_front && text.ptr[0] == '-');
    return ends_trim((struct slice){text.ptr + is_front, text.len - is_front - is_back});
}

/* As decimal_parse wants it: no marks, no zeros in front, a digit before the point. */
struct digits {
    char text[96];
    size_t len;
    int behind; /* the point */
};

static void digit_put(struct digits *digits, char c) {
    if (digits->len < sizeof digits->text)
        digits->text[digits->len] = c;
    digits->len++;
}

/* What is in front of the point, with marks between groups: the last has three digits or four, so that no point is
 * taken for a mark. False: it has not. */
static bool whole_read(struct slice *text, char mark, struct digits *digits) {
    size_t at = 0, group = 0, start = digits->len;
    bool has_mark = false;
    for (size_t blank; at < text->len; at++) {
        char c = text->ptr[at];
        struct slice rest = {text->ptr + at, text->len - at};
        if (is_digit(c)) {
            if (c != '0' || digits->len > start)
                digit_put(digits, c);
            group++;
        } else if (group > 0 && ((mark != 0 && c == mark) || (blank = blank_size(rest)) > 0)) {
            at += (mark != 0 && c == mark) ? 0 : blank - 1;
            group = 0;
            has_mark = true;
        } else {
            break;
        }
    }
    if (digits->len == start)
        digit_put(digits, '0');
    *text = (struct slice){text->ptr + at, text->len - at};
    return !has_mark || group == 3 || group == 4;
}

/* Behind "e": so many digits more are behind the point. False: it is no exponent. */
static bool exponent_read(struct slice text, struct digits *digits) {
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    int exponent = 0;
    if (at == text.len || text.len > 4)
        return false;
    digit_put(digits, 'e');
    if (is_negative)
        digit_put(digits, '-');
    for (; at < text.len; at++) {
        if (!is_digit(text.ptr[at]))
            return false;
        exponent = 10 * exponent + (text.ptr[at] - '0');
        digit_put(digits, text.ptr[at]);
    }
    digits->behind += is_negative ? exponent : -exponent;
    return true;
}

static bool digits_of(struct slice text, const struct mapping *mapping, struct digits *digits) {
    bool has_digit = text.len > 0 && is_digit(text.ptr[0]);
    if (!whole_read(&text, mapping->thousands, digits))
        return false;
    if (text.len > 1 && text.ptr[0] == mapping->decimal && is_digit(text.ptr[1])) {
        digit_put(digits, '.');
        for (text = (struct slice){text.ptr + 1, text.len - 1}; text.len > 0 && is_digit(text.ptr[0]);
             digits->behind++) {
            digit_put(digits, text.ptr[0]);
            text = (struct slice){text.ptr + 1, text.len - 1};
        }
        has_digit = true;
    }
    bool has_exponent = has_digit && text.len > 1 && (text.ptr[0] == 'e' || text.ptr[0] == 'E');
    if (has_exponent && !exponent_read((struct slice){text.ptr + 1, text.len - 1}, digits))
        return false;
    return has_digit && (has_exponent || text.len == 0) && digits->len < sizeof digits->text;
}

enum status number_read(struct slice text, const struct mapping *mapping, struct decimal *ret, int *ret_digits,
                        struct slice *ret_currency) {
    struct digits digits = {0};
    bool is_negative = false;
    *ret_currency = SLICE("");
    text = ends_trim(text);
    struct slice without_sign = sign_cut(text, &is_negative), bare = currency_cut(without_sign, ret_currency);
    if (without_sign.len == text.len && bare.len < without_sign.len)
        bare = sign_cut(bare, &is_negative); /* "$-2" */
    if (is_negative)
        digit_put(&digits, '-');
    if (!digits_of(bare, mapping, &digits))
        return STATUS_INVALID;
    struct slice plain = {digits.text, digits.len};
    enum status status = decimal_parse(plain, ret, NULL);
    if (status == STATUS_RANGE) { /* more digits than we have */
        struct ratio ratio;
        TRY(ratio_parse(plain, &ratio, NULL));
        status = ratio_to_decimal_rounded(ratio, DECIMAL_SCALE, ROUND_HALF_EVEN, ret);
    }
    *ret_digits = digits.behind < 0 ? 0 : digits.behind > DECIMAL_SCALE ? DECIMAL_SCALE : digits.behind;
    return status == STATUS_OK ? STATUS_OK : STATUS_INVALID;
}

bool civil_read(struct slice text, struct civil *ret_civil) {
    static const uint32_t lengths[] = {4, 2, 2, 2, 2, 2};
    int values[6] = {0, 1, 1, 0, 0, 0};
    size_t at = 0;
    uint32_t part = 0;
    for (; part < 6 && at < text.len; part++) {
        int value = 0;
        for (uint32_t i = 0; i < lengths[part]; i++, at++) {
            if (at == text.len || !is_digit(text.ptr[at]))
                return false;
            value = value * 10 + (text.ptr[at] - '0');
        }
        values[part] = value;
        if (at < text.len && memchr("-/.: T", text.ptr[at], 6) != NULL)
            at++;
    }
    *ret_civil = (struct civil){.year = values[0],
                                .month = (int8_t)values[1],
                                .day = (int8_t)values[2],
                                .hour = (int8_t)values[3],
                                .minute = (int8_t)values[4],
                                .second = (int8_t)values[5]};
    return at == text.len && part >= 2 && values[1] >= 1 && values[1] <= 12 && values[2] >= 1 && values[2] <= 31 &&
           values[3] <= 24 && values[4] <= 59 && values[5] <= 60;
}
