/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents whose place in time, or whose identity, forbids them. They stand in the journal once: who sends the same
 * one again is answered as before, and nothing is written. Remembered for as long as identities are. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

static const char *const texts[] = {
    [REFUSAL_OLD] = "its time is more than 40 days before it was recorded",
    [REFUSAL_FORGOTTEN] = "its time is more than 41 days before the latest instant at which anything was recorded",
    [REFUSAL_AHEAD] = "its time is more than 5 minutes after it was recorded",
};

#define WINDOW_AHEAD_NS (5 * INT64_C(60) * NS_PER_SECOND)

enum refusal engine_window_refusal(const struct record *record, const struct intake_window *window) {
    if (!window->is_backfill && record->time_ns < window->recorded_ns - ENGINE_PAST_NS)
        return REFUSAL_OLD;
    if (!window->is_backfill && identity_day(record->time_ns) < window->border)
        return REFUSAL_FORGOTTEN;
    return record->time_ns > window->recorded_ns + WINDOW_AHEAD_NS ? REFUSAL_AHEAD : REFUSAL_NONE;
}

struct slice engine_refusal_text(struct arena *arena, const struct record *record, enum refusal refusal) {
    if (refusal != REFUSAL_CONFLICT)
        return slice_of(texts[refusal]);
    return arena_printf(arena,
                        "event \"%.*s\" from \"%.*s\" came before with another payload; give a correction a new id",
                        SLICE_ARG(record->id), SLICE_ARG(record->source));
}

/* The identity is a keyed hash: that somebody can choose the payload's does not matter. */
static void refusal_key(const struct record *record, enum refusal refusal, uint8_t ret_key[16]) {
    uint64_t low, high;
    memcpy(&low, record->identity, sizeof low);
    memcpy(&high, record->identity + sizeof low, sizeof high);
    low ^= record->payload;
    high ^= (uint64_t)refusal << 60;
    memcpy(ret_key, &low, sizeof low);
    memcpy(ret_key + sizeof low, &high, sizeof high);
}

enum status engine_refusal_keep(struct engine *engine, const struct record *record, enum refusal refusal) {
    uint8_t key[16];
    enum identity_answer answer;
    if (engine->recorded_ns == INSTANT_MIN)
        return STATUS_OK;
    refusal_key(record, refusal, key);
    return identities_check(&engine->refusals, key, record->payload, identity_day(engine->recorded_ns), &answer);
}

/* Whoever comes again later than that is written down once more. */
enum status engine_refusals_forget(struct engine *engine, uint64_t border) {
    struct identity_slot *list = NULL;
    uint64_t count;
    if (!identities_are_due(&engine->refusals, border)) {
        engine->refusals.border = border;
        return STATUS_OK;
    }
    TRY(identities_forget(&engine->refusals, border, &list, &count));
    free(list);
    return STATUS_OK;
}

/* Also when the batch is applied: what is older goes before it. */
static bool is_remembered(const struct identity_slot *slot, const struct intake_window *window) {
    return slot && (slot->rest & IDENTITY_DAY) >= window->border;
}

enum refusal engine_refuses_again(const struct engine *engine, const struct record *record,
                                  const struct intake_window *window) {
    uint8_t key[16];
    if (engine->refusals.count == 0 || record->kind == RECORD_REJECTED)
        return REFUSAL_NONE;
    enum refusal refusal = engine_window_refusal(record, window);
    const struct identity_slot *known = identities_slot(&engine->identities, record->identity);
    if (refusal == REFUSAL_NONE && is_remembered(known, window) && known->payload != (uint32_t)record->payload)
        refusal = REFUSAL_CONFLICT;
    refusal_key(record, refusal, key);
    bool is_again = refusal != REFUSAL_NONE && is_remembered(identities_slot(&engine->refusals, key), window);
    return is_again ? refusal : REFUSAL_NONE;
}
