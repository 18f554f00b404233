/* SPDX-License-Identifier: Apache-2.0
 *
 * For those who come again, in a snapshot: documents that were refused, and what ticks have closed. */
#include <stdlib.h>

#include "engine/snapshot_private.h"

enum { LEAST_CLOSING = 40 };

static void part_refusal(struct coder *coder, struct identity_slot *slot) {
    uint64_t low = slot->low, rest = slot->rest;
    uint32_t payload = slot->payload;
    coder_u64(coder, &low);
    coder_u64(coder, &rest);
    coder_u32(coder, &payload);
    *slot = (struct identity_slot){low, rest, payload};
}

static void part_closing(struct coder *coder, struct tick_closing *closing) {
    for (size_t i = 0; i < sizeof closing->identity; i++)
        coder_u8(coder, &closing->identity[i]);
    coder_u64(coder, &closing->first);
    coder_u64(coder, &closing->last);
    coder_u64(coder, &closing->day);
}

static int slot_compare(const void *left, const void *right) {
    return identity_cmp(left, right);
}

/* In an order of their own: how large the table is does not matter. */
static void write_refusals(struct coder *coder, const struct identities *refusals) {
    struct identity_slot *list = malloc((refusals->count + 1) * sizeof *list);
    uint32_t count = (uint32_t)refusals->count;
    if (!list || count != refusals->count) {
        coder->out->failed = true;
        free(list);
        return;
    }
    identities_list(refusals, list);
    qsort(list, count, sizeof *list, slot_compare);
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < count; i++)
        part_refusal(coder, &list[i]);
    free(list);
}

void snapshot_again_write(struct coder *coder, const struct engine *engine) {
    write_refusals(coder, &engine->refusals);
    uint32_t count = engine->closing_count;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct tick_closing closing = engine->closings[i];
        part_closing(coder, &closing);
    }
}

enum status snapshot_again_read(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, IDENTITY_SLOT_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        struct identity_slot slot = {0};
        part_refusal(coder, &slot);
        TRY(coder->status);
        TRY(identities_load(&engine->refusals, &slot, 1));
    }
    identities_set_border(&engine->refusals, engine->identities.border);
    coder_count(coder, &count, LEAST_CLOSING);
    engine->closings = coder_list(coder, count, sizeof *engine->closings);
    TRY(coder->status);
    engine->closing_count = engine->closing_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_closing(coder, &engine->closings[i]);
    return coder->status;
}
