/* SPDX-License-Identifier: Apache-2.0
 *
 * Cycles and their sums. */
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "engine/engine_private.h"

static uint32_t cycle_slot(const struct engine *engine, const struct tariff *tariff, int64_t start_ns) {
    uint64_t hash = ((uint64_t)start_ns / 1000000000u + tariff->index * 0x9E3779B1u) * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t at = (uint32_t)(hash >> 32) & engine->cycle_mask;
    for (;; at = (at + 1) & engine->cycle_mask) {
        uint32_t index = engine->cycle_slots[at];
        if (index == INDEX_NONE ||
            (engine->cycles[index].tariff == tariff && engine->cycles[index].period.start_ns == start_ns))
            return at;
    }
}

static enum status cycle_slots_double(struct engine *engine) {
    uint32_t count = (engine->cycle_mask + 1) * 2;
    uint32_t *slots = malloc(count * sizeof *slots);
    if (!slots)
        return STATUS_NO_MEMORY;
    memset(slots, 0xff, count * sizeof *slots);
    free(engine->cycle_slots);
    engine->cycle_slots = slots;
    engine->cycle_mask = count - 1;
    for (uint32_t i = 0; i < engine->cycle_count; i++)
        slots[cycle_slot(engine, engine->cycles[i].tariff, engine->cycles[i].period.start_ns)] = i;
    return STATUS_OK;
}

enum status engine_cycle(struct engine *engine, const struct tariff *tariff, struct period period,
                         uint32_t *ret_cycle) {
    uint32_t last = engine->last_cycle[tariff->index];
    if (last != INDEX_NONE && engine->cycles[last].period.start_ns == period.start_ns) {
        *ret_cycle = last;
        return STATUS_OK;
    }
    uint32_t slot = cycle_slot(engine, tariff, period.start_ns);
    if (engine->cycle_slots[slot] == INDEX_NONE) {
        void *list = engine->cycles;
        enum status status = list_grow(&list, engine->cycle_count, &engine->cycle_cap, sizeof *engine->cycles);
        engine->cycles = list;
        TRY(status);
        bool is_closed = period.end_ns <= engine->now_ns;
        if (!is_closed)
            TRY(agenda_add(&engine->agenda, (struct duty){.at_ns = period.end_ns,
                                                          .kind = DUTY_CLOSE_CYCLE,
                                                          .tariff = tariff->index,
                                                          .ref = engine->cycle_count}));
        engine->cycles[engine->cycle_count] =
            (struct cycle){.tariff = tariff, .period = period, .adjusted_in = INDEX_NONE, .is_closed = is_closed};
        engine->cycle_slots[slot] = engine->cycle_count++;
        if (engine->cycle_count > engine->cycle_mask / 2) {
            TRY(cycle_slots_double(engine));
            slot = cycle_slot(engine, tariff, period.start_ns);
        }
    }
    *ret_cycle = engine->last_cycle[tariff->index] = engine->cycle_slots[slot];
    return STATUS_OK;
}

/* Looking ahead must not make a cycle, or their numbers would depend on how records are handed over. */
uint32_t engine_cycle_find(const struct engine *engine, const struct tariff *tariff, int64_t start_ns) {
    uint32_t last = engine->last_cycle[tariff->index];
    if (last != INDEX_NONE && engine->cycles[last].period.start_ns == start_ns)
        return last;
    return engine->cycle_slots[cycle_slot(engine, tariff, start_ns)];
}

enum status engine_open_cycle(struct engine *engine, const struct tariff *tariff, uint32_t *ret_cycle) {
    struct period open;
    TRY(cycle_of(tariff->cycle, tariff->zone, 0, engine->now_ns, &open));
    return engine_cycle(engine, tariff, open, ret_cycle);
}

static int cycle_compare(const void *left, const void *right, void *context) {
    const struct cycle *cycles = context;
    const struct cycle *a = &cycles[*(const uint32_t *)left], *b = &cycles[*(const uint32_t *)right];
    if (a->tariff != b->tariff)
        return a->tariff->index < b->tariff->index ? -1 : 1;
    return (a->period.start_ns > b->period.start_ns) - (a->period.start_ns < b->period.start_ns);
}

enum status engine_cycles_sorted(struct engine *engine, uint32_t **ret_order) {
    uint32_t *order = malloc((engine->cycle_count + (size_t)1) * sizeof *order);
    if (!order)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < engine->cycle_count; i++)
        order[i] = i;
    if (engine->cycle_count)
        qsort_r(order, engine->cycle_count, sizeof *order, cycle_compare, engine->cycles);
    *ret_order = order;
    return STATUS_OK;
}

enum status engine_reopen(struct engine *engine, uint32_t cycle) {
    if (engine->cycles[cycle].adjusted_in != INDEX_NONE)
        return STATUS_OK;
    uint32_t index;
    TRY(engine_open_cycle(engine, engine->cycles[cycle].tariff, &index));
    engine->cycles[cycle].adjusted_in = index;
    engine->reopened++;
    return STATUS_OK;
}

const struct cell *engine_billed(const struct engine *engine, uint32_t cycle, struct cell_key key) {
    const struct cycle *closed = &engine->cycles[cycle];
    uint64_t want = engine_cell_place(engine, key), low = 0, high = closed->billed_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (engine_cell_place(engine, closed->billed[middle].key) < want)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < closed->billed_count && engine_cell_place(engine, closed->billed[low].key) == want;
    return is_there ? &closed->billed[low] : NULL;
}

enum status engine_sum(const struct engine *engine, uint32_t cycle, struct cell_key key, struct decimal *ret_sum) {
    const struct cell *sum = cells_find(&engine->cycles[cycle].cells, key), *billed = engine_billed(engine, cycle, key);
    return decimal_add(sum ? sum->quantity : DECIMAL_ZERO, billed ? billed->quantity : DECIMAL_ZERO, ret_sum);
}

/* ---- the order of a bill ---- */

const struct tariff *engine_meter_tariff(const struct engine *engine, uint32_t meter, uint32_t *ret_rate) {
    uint32_t low = 0, high = engine->tariffs->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (engine->meter_base[middle] <= meter)
            low = middle;
        else
            high = middle;
    }
    *ret_rate = meter - engine->meter_base[low];
    return engine->tariffs->list[low];
}

/* Meters of different tariffs never meet in one cycle. Versions stand in their order of time, whatever their order in
 * the file. */
static int meter_compare(const void *left, const void *right, void *context) {
    uint32_t meters[2] = {*(const uint32_t *)left, *(const uint32_t *)right}, rates[2];
    const struct tariff *a = engine_meter_tariff(context, meters[0], &rates[0]);
    const struct tariff *b = engine_meter_tariff(context, meters[1], &rates[1]);
    if (a != b || rates[0] >= a->rate_count || rates[1] >= a->rate_count)
        return meters[0] < meters[1] ? -1 : meters[0] > meters[1];
    const struct rate *x = &a->rates[rates[0]], *y = &a->rates[rates[1]];
    int by_name = slice_cmp(a->items[x->item].name, a->items[y->item].name);
    if (by_name)
        return by_name;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    return rates[0] < rates[1] ? -1 : rates[0] > rates[1];
}

enum status engine_place_meters(struct engine *engine) {
    uint32_t count = engine->meter_base[engine->tariffs->count];
    uint32_t *order = malloc(count * sizeof *order);
    engine->meter_places = ARENA_ARRAY(&engine->arena, count, uint32_t);
    if (!order || !engine->meter_places) {
        free(order);
        return STATUS_NO_MEMORY;
    }
    order[0] = 0; /* meters count from 1 */
    for (uint32_t i = 1; i < count; i++)
        order[i] = i;
    qsort_r(order + 1, count - 1, sizeof *order, meter_compare, engine);
    for (uint32_t i = 0; i < count; i++)
        engine->meter_places[order[i]] = i;
    free(order);
    return STATUS_OK;
}

/* A number is compared much faster than what it stands for. */
enum status engine_cells_sorted(const struct engine *engine, const struct cells *cells, struct cell **ret_list) {
    struct sort_pair *order = malloc(2 * (cells->count + 1) * sizeof *order);
    struct cell *list = malloc((cells->count + 1) * sizeof *list);
    uint64_t count = 0;
    if (!order || !list) {
        free(order);
        free(list);
        return STATUS_NO_MEMORY;
    }
    for (uint64_t i = 0; cells->slots && i <= cells->mask; i++)
        if (cells->slots[i].key.meter != 0)
            order[count++] = (struct sort_pair){engine_cell_place(engine, cells->slots[i].key), &cells->slots[i]};
    sort_pairs(order, order + count, count);
    for (uint64_t i = 0; i < count; i++)
        list[i] = *(const struct cell *)order[i].what;
    free(order);
    *ret_list = list;
    return STATUS_OK;
}
