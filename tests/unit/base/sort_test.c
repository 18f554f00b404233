/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting by a number: every key in its place, and what is equal in the order in which it came. */
#include "base/sort.h"

#include <stdlib.h>

#include "support/check.h"

enum { COUNT_MAX = 3000 };

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state ^ *state >> 29;
}

static void keys_come_in_their_order(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint64_t count, mask; /* of the bits that keys have */
    } rows[] = {
        {"none", 0, UINT64_MAX},
        {"one", 1, UINT64_MAX},
        {"a few", 24, UINT64_MAX},
        {"a few that are often equal", 24, 3},
        {"one more than a few", 25, UINT64_MAX},
        {"many", COUNT_MAX, UINT64_MAX},
        {"many of one byte, which are often equal", COUNT_MAX, 0xf0},
        {"many that differ in bytes far apart", COUNT_MAX, UINT64_C(0x7f00000000ff0003)},
        {"many that are all equal", COUNT_MAX, 0},
    };
    static struct sort_pair pairs[COUNT_MAX], spare[COUNT_MAX];
    static char places[COUNT_MAX];
    uint64_t random = 7;
    FOR_ROWS(row, rows) {
        uint64_t sum = 0;
        for (uint64_t i = 0; i < row->count; i++) {
            pairs[i] = (struct sort_pair){next_random(&random) & row->mask, &places[i]};
            sum += pairs[i].key * (i + 1);
        }
        sort_pairs(pairs, spare, row->count);
        for (uint64_t i = 0; i < row->count; i++) {
            sum -= pairs[i].key * (uint64_t)((const char *)pairs[i].what - places + 1);
            if (i == 0)
                continue;
            CHECK(pairs[i - 1].key <= pairs[i].key);
            CHECK(pairs[i - 1].key < pairs[i].key || (const char *)pairs[i - 1].what < (const char *)pairs[i].what);
        }
        CHECK_UINT(sum, 0); /* every key is still with what it came with */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_come_in_their_order)};
    return CHECK_RUN(tests);
}
