/* SPDX-License-Identifier: Apache-2.0
 *
 * A binary heap. */
#include "engine/agenda.h"

#include <stdlib.h>
#include <string.h>

static int duty_cmp(const struct duty *a, const struct duty *b) {
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a->tariff != b->tariff)
        return a->tariff < b->tariff ? -1 : 1;
    return (a->ref > b->ref) - (a->ref < b->ref);
}

static int duty_compare(const void *left, const void *right) {
    return duty_cmp(left, right);
}

enum status agenda_add(struct agenda *agenda, struct duty duty) {
    if (agenda->count == agenda->cap) {
        uint32_t cap = agenda->cap ? agenda->cap * 2 : 64;
        struct duty *heap = realloc(agenda->heap, cap * sizeof *heap);
        if (!heap)
            return STATUS_NO_MEMORY;
        agenda->heap = heap;
        agenda->cap = cap;
    }
    uint32_t at = agenda->count++;
    for (; at > 0 && duty_cmp(&duty, &agenda->heap[(at - 1) / 2]) < 0; at = (at - 1) / 2)
        agenda->heap[at] = agenda->heap[(at - 1) / 2];
    agenda->heap[at] = duty;
    return STATUS_OK;
}

bool agenda_take(struct agenda *agenda, int64_t until_ns, struct duty *ret_duty) {
    if (agenda->count == 0 || agenda->heap[0].at_ns > until_ns)
        return false;
    *ret_duty = agenda->heap[0];
    struct duty last = agenda->heap[--agenda->count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < agenda->count; at = child) {
        if (child + 1 < agenda->count && duty_cmp(&agenda->heap[child + 1], &agenda->heap[child]) < 0)
            child++;
        if (duty_cmp(&last, &agenda->heap[child]) <= 0)
            break;
        agenda->heap[at] = agenda->heap[child];
    }
    agenda->heap[at] = last;
    return true;
}

void agenda_list(const struct agenda *agenda, struct duty *out) {
    if (agenda->count == 0)
        return;
    memcpy(out, agenda->heap, agenda->count * sizeof *out);
    qsort(out, agenda->count, sizeof *out, duty_compare);
}

void agenda_free(struct agenda *agenda) {
    free(agenda->heap);
    *agenda = (struct agenda){0};
}
