/* SPDX-License-Identifier: Apache-2.0
 *
 * The usage of an account out of its book; what was taken back since is left out. */
#include <stdlib.h>

#include "plan/plan.h"

struct taken { /* an event that was reversed */
    uint8_t identity[16];
};
struct gathering {
    struct plan_usage *usage;
    const struct reader_terms *terms;
    uint32_t most;
    struct taken *list;
    uint32_t count, cap;
};

static enum status reversal_keep(struct gathering *gathering, const struct record *event) {
    if (gathering->count == gathering->cap) {
        uint32_t cap = gathering->cap ? 2 * gathering->cap : 64;
        struct taken *list = cap > gathering->cap ? reallocarray(gathering->list, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        gathering->list = list;
        gathering->cap = cap;
    }
    memcpy(gathering->list[gathering->count++].identity, event->identity, sizeof event->identity);
    return STATUS_OK;
}

static enum status visit(void *context, const struct record *record) {
    struct gathering *gathering = context;
    struct plan_usage *usage = gathering->usage;
    uint32_t before = usage->count;
    if (record->kind == RECORD_REVERSAL)
        return reversal_keep(gathering, record->command->event);
    if (usage->count >= gathering->most)
        return STATUS_BUSY;
    struct plan_document one = {
        .text = record->document, .terms = gathering->terms, .weight = 1, .before = usage->total};
    TRY(plan_usage_add(usage, &one, NULL));
    if (usage->count > before) /* the book's own name for it: reversals use that */
        memcpy(usage->events[before].identity, record->identity, sizeof record->identity);
    return STATUS_OK;
}

static int by_identity(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct taken));
}

static void reversed_drop(struct gathering *gathering) {
    struct plan_usage *usage = gathering->usage;
    uint32_t kept = 0;
    if (gathering->count == 0)
        return;
    qsort(gathering->list, gathering->count, sizeof *gathering->list, by_identity);
    usage->total = 0;
    for (uint32_t i = 0; i < usage->count; i++) {
        struct plan_event event = usage->events[i];
        if (bsearch(event.identity, gathering->list, gathering->count, sizeof *gathering->list, by_identity) != NULL)
            continue;
        event.before = usage->total;
        usage->total += event.weight;
        usage->events[kept++] = event;
    }
    usage->count = kept;
}

enum status plan_usage_book(struct plan_usage *usage, struct book *book, const struct book_scan *scan, uint32_t most,
                            struct slice *ret_error) {
    struct gathering gathering = {.usage = usage, .terms = scan->terms, .most = most};
    struct book_scan own = *scan;
    own.visit = visit;
    own.context = &gathering;
    usage->account = scan->account;
    enum status status = book_scan(book, &own, &usage->arena, ret_error);
    if (status == STATUS_OK)
        reversed_drop(&gathering);
    free(gathering.list);
    return status;
}
