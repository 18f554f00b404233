/* SPDX-License-Identifier: Apache-2.0
 *
 * What was taken back, in a snapshot. */
#include "engine/snapshot_private.h"

enum { LEAST_REVERSAL = 32 };

static void part_reversal(struct coder *coder, struct reversal *reversal) {
    coder_i64(coder, &reversal->at_ns);
    coder_text(coder, &reversal->account);
    coder_text(coder, &reversal->source);
    coder_text(coder, &reversal->id);
    coder_text(coder, &reversal->by);
    coder_text(coder, &reversal->reason);
    coder_text(coder, &reversal->replaced_by);
}

void snapshot_corrections_write(struct coder *coder, const struct engine *engine) {
    uint32_t count = engine->reversal_count;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct reversal reversal = engine->reversals[i];
        part_reversal(coder, &reversal);
    }
}

enum status snapshot_corrections_read(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_REVERSAL);
    engine->reversals = coder_list(coder, count, sizeof *engine->reversals);
    TRY(coder->status);
    engine->reversal_count = engine->reversal_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_reversal(coder, &engine->reversals[i]);
    return coder->status;
}
