/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting by a number, without comparing. */
#ifndef TG_BASE_SORT_H
#define TG_BASE_SORT_H

#include <stdint.h>

struct sort_pair {
    uint64_t key;
    const void *what;
};
/* By key, ascending; what has equal keys keeps its order, so that a list is sorted by several numbers from the least
 * to the most telling one. spare: room for as many, of no meaning before and after. */
void sort_pairs(struct sort_pair *pairs, struct sort_pair *spare, uint64_t count);

#endif
