/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of all series while bills are appended or verified: what comes next, and which numbers a chunk holds. */
#include <stdlib.h>

#include "store/store_private.h"

enum status bill_series_find(struct bill_series_table *table, struct slice name, uint32_t *ret_index) {
    uint32_t before = table->names.count, index;
    TRY(names_add(&table->names, name, &index));
    if (table->names.count != before && index >= table->room) {
        uint32_t room = index + index / 2 + 8;
        struct bill_series *grown = reallocarray(table->list, room, sizeof *grown);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        table->list = grown;
        table->room = room;
    }
    if (table->names.count != before)
        table->list[index] = (struct bill_series){0};
    *ret_index = index;
    return STATUS_OK;
}

void bill_series_count(struct bill_series_table *table, uint32_t index) {
    struct bill_series *series = &table->list[index];
    if (series->run == 0) {
        series->run = series->next;
        table->touched[table->touched_count++] = index;
    }
    series->next++;
}

enum status bill_series_take(struct bill_series_table *table, uint64_t chunk) {
    uint64_t needed = (uint64_t)table->run_count + table->touched_count;
    if (needed > table->run_room) {
        uint64_t room = needed + needed / 2;
        struct bill_run *grown = room > UINT32_MAX ? NULL : reallocarray(table->runs, room, sizeof *grown);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        table->runs = grown;
        table->run_room = (uint32_t)room;
    }
    for (uint32_t i = 0; i < table->touched_count; i++) {
        struct bill_series *series = &table->list[table->touched[i]];
        table->runs[table->run_count++] =
            (struct bill_run){table->names.texts[table->touched[i]], series->run, series->next - series->run, chunk};
        series->run = 0;
    }
    table->touched_count = 0;
    return STATUS_OK;
}

void bill_series_free(struct bill_series_table *table) {
    names_free(&table->names);
    free(table->list);
    free(table->runs);
}
