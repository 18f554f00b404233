/* SPDX-License-Identifier: Apache-2.0
 *
 * What taking apart and putting together share: limits, places in the payload, searching eight bytes at once. */
#ifndef TG_JOURNAL_COLUMNS_PRIVATE_H
#define TG_JOURNAL_COLUMNS_PRIVATE_H

#include "base/bytes.h"
#include "journal/columns.h"

enum {
    COLUMNS_NODES_MAX = 1000,
    COLUMNS_BESIDE_MAX = 32, /* below one node; each is tried in turn */
    COLUMNS_DEPTH_MAX = 120,
    COLUMNS_HEAD_BYTES = 12,
    COLUMNS_NODE_BYTES = 8,
    COLUMNS_LENGTH_BYTES = 4,
};
#define COLUMNS_LEAF UINT32_MAX               /* instead of the bytes of a column */
#define COLUMNS_CONSTANT UINT32_C(0x80000000) /* beside them: one value, which stands for all */

/* Whether a string follows a text: the text ends with the quote that opens it. Else a number follows. */
static inline bool columns_is_string(struct slice text) {
    return text.len > 0 && text.ptr[text.len - 1] == '"';
}
/* What ends a value in its column: a string has no quote, a number no comma. */
static inline char columns_mark(struct slice text) {
    return columns_is_string(text) ? '"' : ',';
}

/* Copy `len` bytes, most often few: up to 16 by one move of 16, which are readable and writable and may overlap. */
static inline void columns_copy(char *to, const char *from, size_t len) {
    char word[16];
    if (__builtin_expect(len > sizeof word, 0)) {
        memcpy(to, from, len);
        return;
    }
    memcpy(word, from, sizeof word);
    memcpy(to, word, sizeof word);
}

/* The highest bit of each of eight bytes is set where it is `c` (bits above the first hit may be wrong). */
static inline uint64_t columns_matches(const char *at, char c) {
    uint64_t word = bytes_u64(at) ^ (UINT64_C(0x0101010101010101) * (uint8_t)c);
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}
static inline unsigned columns_first(uint64_t hits) {
    return (unsigned)__builtin_ctzll(hits) / 8;
}

#endif
