/* SPDX-License-Identifier: Apache-2.0
 *
 * The gate in service: the state stands still while it is asked, and only one thread asks at a time. */
#include <string.h>

#include "live/live_private.h"

/* The order's id would go with the next change of the state. One that is too long is left out. */
static void order_keep(struct live_answer *answer) {
    struct slice id = answer->gate.order_id;
    if (id.len > sizeof answer->order)
        id.len = 0;
    memcpy(answer->order, id.ptr ? id.ptr : "", id.len);
    answer->gate.order_id = (struct slice){answer->order, id.len};
}

static enum status ask(struct live *live, const struct live_question *question, struct live_answer *answer) {
    struct slice family, name;
    struct admit_question asked = {.account = question->account,
                                   .now_ns = answer->now_ns,
                                   .calls = question->calls,
                                   .lease_ns = question->lease_ns,
                                   .is_rehearsal = question->is_rehearsal};
    const struct engine *engine = book_engine(live->book);
    uint32_t account;
    if (slice_cut(question->type, '.', &family, &name))
        asked.tariff = tariff_find(book_tariffs(live->book), family);
    if (asked.tariff)
        asked.operation = tariff_operation(asked.tariff, name);
    if (asked.operation)
        return gate_admit(live->gate, engine, &asked, &answer->gate);
    answer->is_unknown = true;
    answer->gate.reason = engine_account_find(engine, question->account, &account) ? ADMIT_UNPRICED : ADMIT_NO_ACCOUNT;
    return STATUS_OK;
}

enum status live_admit(struct live *live, const struct live_question *question, struct live_answer *ret_answer) {
    ret_answer->gate = (struct admit_answer){.pays = FUNDING_PAYG};
    ret_answer->is_unknown = false;
    pthread_rwlock_rdlock(&live->state);
    pthread_mutex_lock(&live->gating);
    ret_answer->now_ns = live_now(live);
    enum status status = ask(live, question, ret_answer);
    if (status == STATUS_OK)
        live->decisions[ret_answer->gate.reason]++;
    pthread_mutex_unlock(&live->gating);
    order_keep(ret_answer);
    pthread_rwlock_unlock(&live->state);
    return status;
}

enum status live_hold(struct live *live, const struct live_question *question, struct slice document,
                      struct arena *arena, struct live_answer *ret_answer, struct reply *ret_reply) {
    struct live_question asked = *question;
    asked.lease_ns = LIVE_HOLDING_NS;
    TRY(live_admit(live, &asked, ret_answer));
    if (ret_answer->gate.reason != ADMIT_ALLOWED)
        return STATUS_OK;
    uint64_t lease = ret_answer->gate.lease;
    ret_answer->gate.lease = 0;
    enum status status = submit_holding(live, document, &lease, arena, ret_reply);
    if (lease)
        (void)live_end(live, lease);
    return status;
}

bool live_quota(struct live *live, const struct gate_quota *quota, struct gate_use *ret_use) {
    struct gate_quota asked = *quota;
    pthread_mutex_lock(&live->gating);
    asked.now_ns = live_now(live);
    bool is_limited = gate_look(live->gate, book_engine(live->book), &asked, ret_use);
    pthread_mutex_unlock(&live->gating);
    return is_limited;
}

bool live_end(struct live *live, uint64_t lease) {
    pthread_mutex_lock(&live->gating);
    bool is_known = gate_end(live->gate, lease, live_now(live));
    pthread_mutex_unlock(&live->gating);
    return is_known;
}
