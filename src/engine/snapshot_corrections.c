/* SPDX-License-Identifier: Apache-2.0
 *
 * What was taken back and what was filled in, in a snapshot. */
#include "engine/snapshot_private.h"

enum { LEAST_REVERSAL = 32, LEAST_BACKFILL = 68, LEAST_ADJUSTMENT = 180 };

static void part_reversal(struct coder *coder, struct reversal *reversal) {
    coder_i64(coder, &reversal->at_ns);
    coder_text(coder, &reversal->account);
    coder_text(coder, &reversal->source);
    coder_text(coder, &reversal->id);
    coder_text(coder, &reversal->by);
    coder_text(coder, &reversal->reason);
    coder_text(coder, &reversal->replaced_by);
}

static void part_backfill(struct coder *coder, struct backfill *backfill) {
    coder_text(coder, &backfill->name);
    coder_u64(coder, &backfill->first_seq);
    coder_u64(coder, &backfill->last_seq);
    coder_i64(coder, &backfill->first_ns);
    coder_i64(coder, &backfill->last_ns);
    coder_u64(coder, &backfill->events);
    coder_u64(coder, &backfill->refused);
    coder_u64(coder, &backfill->reversed);
    coder_i64(coder, &backfill->reverted_ns);
}

void snapshot_corrections_write(struct coder *coder, const struct engine *engine) {
    uint32_t count = engine->reversal_count;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct reversal reversal = engine->reversals[i];
        part_reversal(coder, &reversal);
    }
    count = engine->backfill_count;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct backfill backfill = engine->backfills[i];
        part_backfill(coder, &backfill);
    }
    uint64_t border = engine->identities.border, sealed = engine->sealed;
    coder_u64(coder, &border);
    coder_u64(coder, &sealed);
    count = engine->pending.count;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct adjustment adjustment = engine->pending.list[i];
        part_adjustment(coder, &adjustment);
    }
}

/* They wait for bills that are still to come. */
static enum status read_pending(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_ADJUSTMENT);
    engine->pending.list = coder_list(coder, count, sizeof *engine->pending.list);
    TRY(coder->status);
    engine->pending.count = engine->pending.cap = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct adjustment *adjustment = &engine->pending.list[i];
        part_adjustment(coder, &engine->pending.list[i]);
        TRY(coder->status);
        if (adjustment->account >= engine->account_names.count || adjustment->cycle >= engine->cycle_count ||
            engine->cycles[adjustment->cycle].is_closed)
            return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status snapshot_corrections_read(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_REVERSAL);
    engine->reversals = coder_list(coder, count, sizeof *engine->reversals);
    TRY(coder->status);
    engine->reversal_count = engine->reversal_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_reversal(coder, &engine->reversals[i]);
    coder_count(coder, &count, LEAST_BACKFILL);
    engine->backfills = coder_list(coder, count, sizeof *engine->backfills);
    TRY(coder->status);
    engine->backfill_count = engine->backfill_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_backfill(coder, &engine->backfills[i]);
    uint64_t border;
    coder_u64(coder, &border);
    coder_u64(coder, &engine->sealed);
    if (coder->status == STATUS_OK)
        identities_set_border(&engine->identities, border);
    TRY(coder->status);
    return read_pending(coder, engine);
}
