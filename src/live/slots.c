/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds that are said as documents: they and the tasks that run by leases have the same slots. */
#include <string.h>

#include "live/live_private.h"

static bool needs_slot(const struct engine *engine, const struct record *record) {
    return record->kind == RECORD_HOLD && record->operation != NULL && !engine_has(engine, record);
}

/* Everything but a missing slot is for the state to say. */
static enum status ask(struct live *live, const struct record *record, struct admit_answer *ret_answer) {
    struct admit_question question = {.account = record->subject,
                                      .tariff = record->tariff,
                                      .operation = record->operation,
                                      .now_ns = live_now(live),
                                      .lease_ns = LIVE_HOLDING_NS,
                                      .for_hold = true};
    pthread_mutex_lock(&live->gating);
    enum status status = gate_admit(live->gate, book_engine(live->book), &question, ret_answer);
    pthread_mutex_unlock(&live->gating);
    return status;
}

static struct reply refusal_of(const struct record *record, const struct admit_answer *answer) {
    return (struct reply){.outcome = OUTCOME_REJECTED,
                          .line = record->line,
                          .column = 1,
                          .reason = slice_of(answer->text ? answer->text : "too many tasks run at once; try again")};
}

/* While the state stands still. What was read under other tariffs is read again before it is written. */
static enum status keep(struct live *live, struct submission *mine) {
    struct book_request *request = &mine->request;
    const struct engine *engine = book_engine(live->book);
    bool is_stale = request->tariffs != book_tariffs(live->book);
    uint32_t left = 0;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < request->count; i++) {
        struct record *record = &request->records[i];
        struct admit_answer answer = {.reason = ADMIT_ALLOWED};
        if (status == STATUS_OK && !is_stale && needs_slot(engine, record))
            status = ask(live, record, &answer);
        if (answer.lease) {
            struct kept_slot *slot = &mine->slots[mine->slot_count++];
            slot->lease = answer.lease;
            memcpy(slot->identity, record->identity, sizeof slot->identity);
        }
        if (answer.reason == ADMIT_CONCURRENCY || answer.reason == ADMIT_BUSY) {
            request->replies[request->places[i]] = refusal_of(record, &answer);
            continue;
        }
        request->places[left] = request->places[i];
        request->records[left++] = *record;
    }
    request->count = left;
    return status;
}

enum status slots_keep(struct live *live, struct submission *mine) {
    uint32_t holds = 0;
    for (uint32_t i = 0; i < mine->request.count; i++)
        holds += mine->request.records[i].kind == RECORD_HOLD;
    if (holds == 0)
        return STATUS_OK;
    mine->slots = ARENA_ARRAY(mine->request.arena, holds, struct kept_slot);
    if (!mine->slots)
        return STATUS_NO_MEMORY;
    pthread_rwlock_rdlock(&live->state);
    enum status status = keep(live, mine);
    pthread_rwlock_unlock(&live->state);
    return status;
}

/* Those before it have not become holds. */
void slot_end(struct live *live, struct submission *mine, const uint8_t identity[16]) {
    uint32_t at = mine->slots_ended;
    while (at < mine->slot_count && memcmp(mine->slots[at].identity, identity, sizeof mine->slots[at].identity) != 0)
        at++;
    if (at == mine->slot_count)
        return; /* no quota limits it */
    for (; mine->slots_ended <= at; mine->slots_ended++)
        (void)live_end(live, mine->slots[mine->slots_ended].lease);
}

void slots_end(struct live *live, struct submission *mine) {
    for (; mine->slots_ended < mine->slot_count; mine->slots_ended++)
        (void)live_end(live, mine->slots[mine->slots_ended].lease);
    mine->slots = NULL;
    mine->slot_count = mine->slots_ended = 0;
}
