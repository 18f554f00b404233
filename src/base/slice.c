/* SPDX-License-Identifier: Apache-2.0
 *
 * Comparing, trimming and splitting borrowed text. */
#include "base/slice.h"

int slice_cmp(struct slice a, struct slice b) {
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool slice_eq_nocase(struct slice a, struct slice b) {
    if (a.len != b.len)
        return false;
    if (bytes_eq(a.ptr, b.ptr, b.len)) /* most texts are spelled as they are declared */
        return true;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool slice_starts(struct slice s, struct slice prefix) {
    return s.len >= prefix.len && slice_eq((struct slice){s.ptr, prefix.len}, prefix);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice s) {
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool slice_cut(struct slice s, char at, struct slice *ret_head, struct slice *ret_tail) {
    const char *cut = s.len == 0 ? NULL : memchr(s.ptr, at, s.len);
    if (cut == NULL) {
        *ret_head = s;
        return false;
    }
    size_t head_len = (size_t)(cut - s.ptr);
    *ret_head = (struct slice){s.ptr, head_len};
    *ret_tail = (struct slice){cut + 1, s.len - head_len - 1};
    return true;
}

bool slice_number(struct slice text, uint64_t most, uint64_t *ret) {
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text.ptr[i] - '0';
        if (digit > 9 || value > (most - digit) / 10 || digit > most)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return text.len > 0;
}
