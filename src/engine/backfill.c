/* SPDX-License-Identifier: Apache-2.0
 *
 * Backfills: named batches of older events, so that they can be told from the rest and taken back as a whole. */
#include "engine/engine_private.h"

static struct backfill *backfill_find(const struct engine *engine, struct slice name) {
    for (uint32_t i = 0; i < engine->backfill_count; i++)
        if (slice_eq(engine->backfills[i].name, name))
            return &engine->backfills[i];
    return NULL;
}

static enum status backfill_add(struct engine *engine, struct slice name, struct backfill **ret_backfill) {
    void *list = engine->backfills;
    enum status status = list_grow(&list, engine->backfill_count, &engine->backfill_cap, sizeof *engine->backfills);
    engine->backfills = list;
    TRY(status);
    struct backfill backfill = {.name = arena_copy(&engine->arena, name),
                                .first_seq = engine->seq,
                                .first_ns = engine->recorded_ns,
                                .reverted_ns = INSTANT_MIN};
    if (!backfill.name.ptr)
        return STATUS_NO_MEMORY;
    *ret_backfill = &engine->backfills[engine->backfill_count++];
    **ret_backfill = backfill;
    return STATUS_OK;
}

/* A revert may be told in several batches, all of one instant. NULL: nothing is against it. */
static const char *refusal_of(const struct engine *engine, const struct record *record,
                              const struct backfill *backfill) {
    if (record->line != 1)
        return "it must stand first in its batch";
    if (record->command->is_revert && !backfill)
        return "there is none of this name";
    if (backfill && backfill->reverted_ns != INSTANT_MIN &&
        !(record->command->is_revert && backfill->reverted_ns == engine->recorded_ns))
        return "it was reverted; choose another name";
    return NULL;
}

enum status engine_backfill(struct engine *engine, const struct record *record) {
    struct backfill *backfill = backfill_find(engine, record->command->name);
    if (engine->recorded_ns == INSTANT_MIN)
        return STATUS_OK; /* a file knows no batches, and keeps nothing out for its age */
    const char *refusal = refusal_of(engine, record, backfill);
    if (refusal)
        return engine_reject(engine, record, "backfill \"%.*s\" refused: %s", SLICE_ARG(record->command->name),
                             refusal);
    if (!backfill)
        TRY(backfill_add(engine, record->command->name, &backfill));
    if (record->command->is_revert) {
        backfill->reverted_ns = engine->recorded_ns;
    } else {
        backfill->last_seq = engine->seq;
        backfill->last_ns = engine->recorded_ns;
    }
    engine->backfill = (uint32_t)(backfill - engine->backfills);
    engine->is_reverting = record->command->is_revert;
    return STATUS_OK;
}

enum status engine_recall(struct engine *engine, const struct record *record) {
    struct slice bytes = record->command->recalled;
    for (; bytes.len >= IDENTITY_SLOT_BYTES; bytes.ptr += IDENTITY_SLOT_BYTES, bytes.len -= IDENTITY_SLOT_BYTES) {
        struct identity_slot slot = identity_slot_get(bytes.ptr);
        uint64_t before = engine->identities.count;
        TRY(identities_recall(&engine->identities, &slot, 1));
        engine->sealed -= engine->sealed > 0 && engine->identities.count > before;
    }
    return STATUS_OK;
}

/* What else would happen at an older instant could not be taken back. */
bool engine_backfill_holds(const struct engine *engine, const struct record *record) {
    if (engine->backfill == INDEX_NONE || record->kind == RECORD_REJECTED || record->kind == RECORD_RECALL)
        return true;
    if (engine->is_reverting)
        return record->kind == RECORD_REVERSAL;
    return record->kind == RECORD_USAGE || record->kind == RECORD_UNPRICED;
}
