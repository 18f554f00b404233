/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of quantities: every cycle has a table of its own, (account, meter, funding) to a quantity. Amounts come into
 * being only when a cycle is closed, from exact sums, so the order of pay-as-you-go events cannot matter. */
#ifndef TG_ENGINE_CELLS_H
#define TG_ENGINE_CELLS_H

#include "money/decimal.h"

#define CELL_RAW 255 /* in place of a funding: not rounded yet (rounding scope cycle) */

struct cell_key {
    uint32_t account;
    uint32_t meter;   /* rates and external items of all tariffs, numbered through from 1 */
    uint32_t funding; /* enum funding or CELL_RAW */
};
struct cell {
    struct cell_key key;
    struct decimal quantity;
};
struct cells {
    struct cell *slots; /* key.meter == 0: empty */
    uint64_t mask, count;
};
MUST_CHECK enum status cells_add(struct cells *cells, struct cell_key key, struct decimal quantity);
struct cell *cells_find(const struct cells *cells, struct cell_key key); /* NULL: none */
void cells_prefetch(const struct cells *cells, struct cell_key key);
/* Room for so many in all. The size depends on the count alone. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status cells_reserve(struct cells *cells, uint64_t count);
/* All cells in an order that depends on them alone; room for cells->count. */
void cells_list(const struct cells *cells, struct cell *out);
/* Add cells to a table that has none of them. Fails: STATUS_INVALID (it has, or a meter is 0), STATUS_NO_MEMORY. */
MUST_CHECK enum status cells_load(struct cells *cells, const struct cell *list, uint64_t count);
void cells_free(struct cells *cells);

#endif
