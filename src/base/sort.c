/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte by byte from the lowest on, each time keeping the order of the bytes before; bytes that are the same in all keys
 * are left out. */
#include "base/sort.h"

#include <string.h>

enum { FEW = 24, BYTE_BITS = 8, BYTES = 1 << BYTE_BITS };

static void sort_few(struct sort_pair *pairs, uint64_t count) {
    for (uint64_t i = 1; i < count; i++) {
        struct sort_pair pair = pairs[i];
        uint64_t at = i;
        for (; at > 0 && pairs[at - 1].key > pair.key; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = pair;
    }
}

static void sort_byte(const struct sort_pair *from, struct sort_pair *to, uint64_t count, unsigned shift) {
    uint64_t next[BYTES] = {0}, before = 0;
    for (uint64_t i = 0; i < count; i++)
        next[from[i].key >> shift & (BYTES - 1)]++;
    for (unsigned byte = 0; byte < BYTES; byte++) {
        uint64_t these = next[byte];
        next[byte] = before;
        before += these;
    }
    for (uint64_t i = 0; i < count; i++)
        to[next[from[i].key >> shift & (BYTES - 1)]++] = from[i];
}

void sort_pairs(struct sort_pair *pairs, struct sort_pair *spare, uint64_t count) {
    struct sort_pair *from = pairs, *to = spare;
    uint64_t varied = 0;
    if (count <= FEW) {
        sort_few(pairs, count);
        return;
    }
    for (uint64_t i = 1; i < count; i++)
        varied |= pairs[i].key ^ pairs[0].key;
    for (unsigned shift = 0; shift < 64; shift += BYTE_BITS) {
        if ((varied >> shift & (BYTES - 1)) == 0)
            continue;
        sort_byte(from, to, count, shift);
        struct sort_pair *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != pairs)
        memcpy(pairs, from, count * sizeof *pairs);
}
