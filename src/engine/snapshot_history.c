/* SPDX-License-Identifier: Apache-2.0
 *
 * What days came to, in a snapshot: per account and tariff. */
#include "engine/snapshot_private.h"

enum { LEAST_HISTORY = 49 }; /* fewest bytes: what bounds a count */

static void part_history(struct coder *coder, uint32_t *account, struct history *history) {
    coder_u32(coder, account);
    coder_tariff(coder, &history->tariff);
    coder_i64(coder, &history->until_ns);
    coder_u32(coder, &history->streak);
    coder_bool(coder, &history->is_silent);
    coder_i64(coder, &history->start_ns);
    part_decimal(coder, &history->sum);
    coder_u32(coder, &history->count);
    coder_u32(coder, &history->place);
    if (!history->tariff || history->count > HISTORY_DAYS || history->place >= HISTORY_DAYS)
        coder_fail(coder);
    for (uint32_t i = 0; coder->status == STATUS_OK && i < history->count; i++)
        part_decimal(coder, &history->totals[i]);
}

void snapshot_history_write(struct coder *coder, const struct engine *engine) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        for (const struct history *history = engine->accounts[i].histories; history; history = history->next)
            count++;
    coder_u32(coder, &count);
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        for (const struct history *history = engine->accounts[i].histories; history; history = history->next) {
            struct history copy = *history;
            uint32_t account = i;
            part_history(coder, &account, &copy);
        }
}

enum status snapshot_history_read(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_HISTORY);
    for (uint32_t i = 0; i < count; i++) {
        struct history read = {0}, *history;
        uint32_t account;
        part_history(coder, &account, &read);
        TRY(coder->status);
        if (account >= engine->account_names.count)
            return STATUS_INVALID;
        TRY(engine_history(engine, account, read.tariff, &history));
        if (history->start_ns != INSTANT_MIN || history->until_ns != INSTANT_MIN)
            return STATUS_INVALID; /* twice */
        read.next = history->next;
        *history = read;
    }
    return coder->status;
}
