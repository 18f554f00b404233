/* SPDX-License-Identifier: Apache-2.0
 *
 * The usage of one account under one tariff, out of journals. */
#include <stdlib.h>

#include "plan/plan.h"

static enum status document_keep(struct plan_usage *usage, struct slice document) {
    if (usage->count == usage->cap) {
        uint32_t cap = usage->cap ? 2 * usage->cap : 1024;
        struct slice *list = cap > usage->cap ? reallocarray(usage->documents, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        usage->documents = list;
        usage->cap = cap;
    }
    struct slice copy = arena_copy(&usage->arena, document);
    if (copy.ptr == NULL)
        return STATUS_NO_MEMORY;
    usage->documents[usage->count++] = copy;
    return STATUS_OK;
}

static enum status must_add(struct plan_usage *usage, struct plan_must must) {
    if (usage->must_count == usage->must_cap) {
        uint32_t cap = usage->must_cap ? 2 * usage->must_cap : 64;
        struct plan_must *list = cap > usage->must_cap ? reallocarray(usage->musts, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        usage->musts = list;
        usage->must_cap = cap;
    }
    usage->musts[usage->must_count++] = must;
    return STATUS_OK;
}

static enum status musts_keep(struct plan_usage *usage, const struct record *record) {
    for (uint32_t i = 0; i < record->usage_count; i++) {
        const struct usage *one = &record->usages[i];
        bool has_price = one->rate != INDEX_NONE && usage->tariff->rates[one->rate].mode != PRICE_UNPUBLISHED;
        if (!has_price && record->is_billable)
            TRY(must_add(usage, (struct plan_must){one->item, record->owner_ns, one->quantity}));
    }
    return STATUS_OK;
}

static enum status record_take(struct plan_usage *usage, const struct record *record) {
    if (record->is_command || record->kind == RECORD_REJECTED)
        return STATUS_OK;
    if (usage->account.len == 0) {
        usage->account = arena_copy(&usage->arena, record->subject);
        if (usage->account.ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    if (record->tariff != usage->tariff || !slice_eq(record->subject, usage->account)) {
        usage->others++;
        return STATUS_OK;
    }
    TRY(musts_keep(usage, record));
    usage->first_ns = usage->count == 0 || record->owner_ns < usage->first_ns ? record->owner_ns : usage->first_ns;
    usage->last_ns = usage->count == 0 || record->owner_ns > usage->last_ns ? record->owner_ns : usage->last_ns;
    return document_keep(usage, record->document);
}

/* Takes what is wanted; nothing is applied. */
static enum status take(void *context, struct record *records, uint32_t *count) {
    struct plan_usage *usage = context;
    for (uint32_t i = 0; i < *count; i++)
        TRY(record_take(usage, &records[i]));
    *count = 0;
    return STATUS_OK;
}

enum status plan_usage_read(struct plan_usage *usage, const char *path) {
    struct journal_options options = {.append = take, .context = usage};
    struct engine *engine;
    TRY(engine_new(usage->set, &engine));
    enum status status = engine_read(engine, path, &options);
    engine_free(engine);
    return status;
}

void plan_usage_free(struct plan_usage *usage) {
    free(usage->documents);
    free(usage->musts);
    arena_free(&usage->arena);
    *usage = (struct plan_usage){0};
}
