/* SPDX-License-Identifier: Apache-2.0
 *
 * Business keys: one piece of work is one, whatever ids its events have. Who came first is kept beside the identities
 * of events: a key is claimed by the event that was charged under it, until that event is reversed. */
#include "engine/engine_private.h"

enum { CLAIM_FREE = 0 };            /* the claiming event was reversed */
#define CLAIM_TOLD IDENTITY_PARTIAL /* that there is a second one */

/* Of events with the same key apart; never CLAIM_FREE. */
static uint32_t claim_of(const struct record *event) {
    uint32_t claim;
    memcpy(&claim, event->identity, sizeof claim);
    return claim | 1;
}

static enum status tell(struct engine *engine, uint32_t account, const struct record *record) {
    struct slice note = arena_printf(&engine->arena, "%.*s \"%.*s\" again, by event \"%.*s\" from \"%.*s\"",
                                     SLICE_ARG(record->operation->name), SLICE_ARG(record->work->key),
                                     SLICE_ARG(record->id), SLICE_ARG(record->source));
    if (!note.ptr)
        return STATUS_NO_MEMORY;
    return engine_alert(engine, (struct alert){.kind = ALERT_SUSPECTED_DOUBLE,
                                               .account = engine->account_names.texts[account],
                                               .tariff = record->tariff,
                                               .at_ns = record->time_ns,
                                               .note = note,
                                               .count = 1});
}

enum status engine_work(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace,
                        bool *ret_counts) {
    enum identity_answer answer;
    *ret_counts = true;
    TRY(identities_check(&engine->identities, record->work->identity, claim_of(record), identity_day(record->time_ns),
                         &answer));
    if (answer == IDENTITY_NEW)
        return STATUS_OK;
    struct identity_slot *slot = identities_slot(&engine->identities, record->work->identity);
    if (slot->payload == CLAIM_FREE) {
        slot->payload = claim_of(record);
        return STATUS_OK;
    }
    trace_add(trace, "work", record->operation->origin.source, "%.*s \"%.*s\" was counted before, by another event",
              SLICE_ARG(record->operation->name), SLICE_ARG(record->work->key));
    if (record->operation->work.counts_once) {
        *ret_counts = false;
        return engine_reject(
            engine, record, "%.*s \"%.*s\" was counted before, by another event, and tariff %.*s counts it once",
            SLICE_ARG(record->operation->name), SLICE_ARG(record->work->key), SLICE_ARG(record->tariff->name));
    }
    if (slot->rest & CLAIM_TOLD)
        return STATUS_OK;
    slot->rest |= CLAIM_TOLD;
    return tell(engine, account, record);
}

void engine_work_free(struct engine *engine, const struct record *event) {
    struct identity_slot *slot = event->work ? identities_slot(&engine->identities, event->work->identity) : NULL;
    if (slot && slot->payload == claim_of(event))
        slot->payload = CLAIM_FREE;
}
