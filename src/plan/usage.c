/* SPDX-License-Identifier: Apache-2.0
 *
 * The usage of one account under one tariff, out of journals: each event is read once, and rated as often as it takes.
 */
#include <stdlib.h>

#include "plan/plan.h"

static enum status event_keep(struct plan_usage *usage, struct plan_event event) {
    if (usage->count == usage->cap) {
        uint32_t cap = usage->cap ? 2 * usage->cap : 1024;
        struct plan_event *list = cap > usage->cap ? reallocarray(usage->events, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        usage->events = list;
        usage->cap = cap;
    }
    int64_t at_ns = event.record->owner_ns;
    usage->first_ns = usage->count == 0 || at_ns < usage->first_ns ? at_ns : usage->first_ns;
    usage->last_ns = usage->count == 0 || at_ns > usage->last_ns ? at_ns : usage->last_ns;
    usage->events[usage->count++] = event;
    usage->total += event.weight;
    return STATUS_OK;
}

static enum status document_read(struct plan_usage *usage, const struct plan_document *one,
                                 struct record **ret_record) {
    static const uint8_t key[16] = {0}; /* identities are given when it is rated */
    struct record *records, *again;
    uint32_t count;
    char *padded = arena_alloc(&usage->arena, one->text.len + JSON_PADDING);
    if (padded == NULL)
        return STATUS_NO_MEMORY;
    memcpy(padded, one->text.ptr, one->text.len);
    if (usage->reader == NULL)
        TRY(reader_new(usage->set, key, &usage->reader));
    TRY(reader_read(usage->reader, (struct slice){padded, one->text.len}, 1, &usage->arena, NULL, &records, &count));
    *ret_record = count == 1 ? records : NULL;
    if (one->terms == NULL || count != 1 || records->kind == RECORD_REJECTED)
        return STATUS_OK;
    again = ARENA_NEW(&usage->arena, struct record);
    if (again == NULL)
        return STATUS_NO_MEMORY;
    *ret_record = again;
    return reader_read_under(usage->reader, records, one->terms, &usage->arena, NULL, again);
}

enum status plan_usage_add(struct plan_usage *usage, const struct plan_document *one,
                           const struct record **ret_record) {
    struct record *record;
    TRY(document_read(usage, one, &record));
    if (ret_record != NULL)
        *ret_record = record;
    if (record == NULL || (record->kind != RECORD_USAGE && record->kind != RECORD_UNPRICED))
        return STATUS_OK;
    if (usage->account.len == 0)
        usage->account = record->subject;
    if (record->tariff != usage->tariff || !slice_eq(record->subject, usage->account)) {
        usage->others++;
        return STATUS_OK;
    }
    return event_keep(usage, (struct plan_event){.record = record, .weight = one->weight, .before = one->before});
}

/* Takes what is wanted; nothing is applied. What is of others is not read again. */
static enum status take(void *context, struct journal_part *part) {
    struct plan_usage *usage = context;
    for (uint32_t i = 0; i < part->count; i++) {
        const struct record *record = &part->records[i];
        if (record->kind != RECORD_USAGE && record->kind != RECORD_UNPRICED)
            continue;
        bool is_other =
            record->tariff != usage->tariff || (usage->account.len > 0 && !slice_eq(record->subject, usage->account));
        struct plan_document one = {.text = record->document, .weight = 1, .before = usage->total};
        if (is_other && usage->account.len > 0)
            usage->others++;
        else
            TRY(plan_usage_add(usage, &one, NULL));
    }
    part->count = 0;
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
    free(usage->events);
    reader_free(usage->reader);
    arena_free(&usage->arena);
    *usage = (struct plan_usage){0};
}
