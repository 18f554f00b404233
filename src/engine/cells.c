/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing with linear probing, 32 bytes a cell, at most three quarters full. One cache line answers most
 * look-ups. */
#include "engine/cells.h"
#include "base/pages.h"

enum { CELLS_FIRST = 16 };

_Static_assert(sizeof(struct cell) == 32, "two cells share a cache line");

static uint64_t key_hash(struct cell_key key) {
    uint64_t a = ((uint64_t)key.account << 32 | key.meter) * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t b = (uint64_t)key.funding * UINT64_C(0xC2B2AE3D27D4EB4F);
    uint64_t h = a ^ (b << 23 | b >> 41);
    return (h ^ h >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
}

static bool key_eq(struct cell_key a, struct cell_key b) {
    return a.account == b.account && a.meter == b.meter && a.funding == b.funding;
}

static int key_cmp(const struct cell_key *a, const struct cell_key *b) {
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a->meter != b->meter)
        return a->meter < b->meter ? -1 : 1;
    return (a->funding > b->funding) - (a->funding < b->funding);
}

/* How far behind the slot `first` a key belongs. */
static uint64_t key_home(const struct cells *cells, struct cell_key key, uint64_t first) {
    return ((key_hash(key) >> 8) - first) & cells->mask;
}

static struct cell *slot_of(const struct cells *cells, struct cell_key key) {
    uint64_t at = key_hash(key) >> 8 & cells->mask;
    while (cells->slots[at].key.meter != 0 && !key_eq(cells->slots[at].key, key))
        at = (at + 1) & cells->mask;
    return &cells->slots[at];
}

static enum status cells_resize(struct cells *cells, uint64_t slot_count) {
    struct cells grown = {
        .slots = pages_alloc(slot_count * sizeof *grown.slots), .mask = slot_count - 1, .count = cells->count};
    if (!grown.slots)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; cells->slots && i <= cells->mask; i++)
        if (cells->slots[i].key.meter != 0)
            *slot_of(&grown, cells->slots[i].key) = cells->slots[i];
    cells_free(cells);
    *cells = grown;
    return STATUS_OK;
}

enum status cells_reserve(struct cells *cells, uint64_t count) {
    uint64_t slot_count = cells->slots ? cells->mask + 1 : CELLS_FIRST;
    while (count > slot_count / 4 * 3)
        slot_count *= 2;
    return cells->slots && slot_count == cells->mask + 1 ? STATUS_OK : cells_resize(cells, slot_count);
}

enum status cells_add(struct cells *cells, struct cell_key key, struct decimal quantity) {
    if (!cells->slots)
        TRY(cells_reserve(cells, 0));
    struct cell *cell = slot_of(cells, key);
    if (cell->key.meter == 0) {
        if (cells->count + 1 > (cells->mask + 1) / 4 * 3) {
            TRY(cells_reserve(cells, cells->count + 1));
            cell = slot_of(cells, key);
        }
        *cell = (struct cell){.key = key, .quantity = quantity};
        cells->count++;
        return STATUS_OK;
    }
    return decimal_add(cell->quantity, quantity, &cell->quantity);
}

struct cell *cells_find(const struct cells *cells, struct cell_key key) {
    if (!cells->slots)
        return NULL;
    struct cell *cell = slot_of(cells, key);
    return cell->key.meter == 0 ? NULL : cell;
}

void cells_prefetch(const struct cells *cells, struct cell_key key) {
    if (cells->slots)
        __builtin_prefetch(&cells->slots[key_hash(key) >> 8 & cells->mask], 1);
}

/* No run of cells crosses an empty slot. Seen from one, every cell therefore comes in the order of where it belongs,
 * but for its neighbours of the same run, which insertion sorts. Which slots are empty depends on the keys alone. */
void cells_list(const struct cells *cells, struct cell *out) {
    uint64_t first = 0, count = 0;
    if (cells->count == 0)
        return;
    while (cells->slots[first].key.meter != 0)
        first++;
    for (uint64_t i = 1; i <= cells->mask; i++) {
        struct cell cell = cells->slots[(first + i) & cells->mask];
        if (cell.key.meter == 0)
            continue;
        uint64_t at = count++, home = key_home(cells, cell.key, first);
        for (; at > 0; at--) {
            uint64_t before = key_home(cells, out[at - 1].key, first);
            if (before < home || (before == home && key_cmp(&out[at - 1].key, &cell.key) < 0))
                break;
            out[at] = out[at - 1];
        }
        out[at] = cell;
    }
}

enum status cells_load(struct cells *cells, const struct cell *list, uint64_t count) {
    if (count == 0)
        return STATUS_OK;
    TRY(cells_reserve(cells, cells->count + count));
    for (uint64_t i = 0; i < count; i++) {
        struct cell *cell = slot_of(cells, list[i].key);
        if (list[i].key.meter == 0 || cell->key.meter != 0)
            return STATUS_INVALID;
        *cell = list[i];
        cells->count++;
    }
    return STATUS_OK;
}

void cells_free(struct cells *cells) {
    if (cells->slots)
        pages_free(cells->slots, (cells->mask + 1) * sizeof *cells->slots);
    *cells = (struct cells){0};
}
