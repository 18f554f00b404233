/* SPDX-License-Identifier: Apache-2.0
 *
 * One journal under two tariffs, account by account and item by item. */
#include "cli/diff.h"

#include <errno.h>
#include <stdlib.h>

/* Events of A's name have to reach B too, whatever B is called: each tariff is put alone into its set, under A's name. */
static enum status set_reduce(struct tariff_set *set, uint32_t index, struct slice name) {
    struct tariff *tariff = set->list[index];
    struct slice copy = arena_copy(&set->plan, name);
    uint32_t position;
    if (copy.ptr == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < set->count; i++) { /* the others stay owned by the set, behind its end */
        if (i != index && i == 0)
            set->list[index] = set->list[0];
    }
    (void)tariff;
    (void)position;
    return STATUS_OK;
}
