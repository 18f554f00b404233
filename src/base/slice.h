/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrowed text: a pointer and a length. Never owns, need not end in NUL. */
#ifndef TG_BASE_SLICE_H
#define TG_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
#define SLICE_FMT "%.*s"
#define SLICE_ARG(s) (int)(s).len, (s).ptr

static inline struct slice slice_of(const char *text) {
    return (struct slice){text, strlen(text)};
}

/* Up to 16 bytes as two words, which may overlap: most texts are short, and a call would cost more than comparing. */
static inline bool bytes_eq(const char *a, const char *b, size_t len) {
    if (len > 2 * sizeof(uint64_t))
        return memcmp(a, b, len) == 0;
    if (len >= sizeof(uint64_t)) {
        uint64_t words[4];
        memcpy(&words[0], a, sizeof *words);
        memcpy(&words[1], b, sizeof *words);
        memcpy(&words[2], a + len - sizeof *words, sizeof *words);
        memcpy(&words[3], b + len - sizeof *words, sizeof *words);
        return words[0] == words[1] && words[2] == words[3];
    }
    if (len >= sizeof(uint32_t)) {
        uint32_t words[4];
        memcpy(&words[0], a, sizeof *words);
        memcpy(&words[1], b, sizeof *words);
        memcpy(&words[2], a + len - sizeof *words, sizeof *words);
        memcpy(&words[3], b + len - sizeof *words, sizeof *words);
        return words[0] == words[1] && words[2] == words[3];
    }
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

static inline bool slice_eq(struct slice a, struct slice b) {
    return a.len == b.len && bytes_eq(a.ptr, b.ptr, b.len);
}

static inline bool slice_is(struct slice a, const char *text) {
    return slice_eq(a, slice_of(text));
}

/* Byte order, shorter first on a common prefix. */
int slice_cmp(struct slice a, struct slice b);
/* ASCII letter case ignored. */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
/* Without spaces and tabs at both ends. */
struct slice slice_trim(struct slice s);
/* Split at the first `at`; false (and *ret_head = s) when there is none. */
bool slice_cut(struct slice s, char at, struct slice *ret_head, struct slice *ret_tail);

/* Decimal digits and nothing else. False: it is not that, or it is above `most`. */
bool slice_number(struct slice text, uint64_t most, uint64_t *ret);

#endif
