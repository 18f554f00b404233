/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrowed text: a pointer and a length. Never owns, need not end in NUL. */
#ifndef TG_BASE_SLICE_H
#define TG_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
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

static inline bool slice_eq(struct slice a, struct slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
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

#endif
