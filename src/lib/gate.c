/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API: the gate over an engine. The engine's lock is the one lock for both. */
#include <stdlib.h>

#include "lib/lib_private.h"

tollgate_status tollgate_gate_new(tollgate_engine *engine, const tollgate_gate_size *size, tollgate_gate **ret_gate) {
    struct gate_size wanted = {0};
    struct tollgate_gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL)
        return TOLLGATE_NO_MEMORY;
    if (size != NULL)
        wanted = (struct gate_size){.windows = size->windows, .leases = size->leases};
    enum status status = gate_new(&engine->tariffs->set, &wanted, &gate->gate);
    if (status != STATUS_OK) {
        free(gate);
        return lib_status(status);
    }
    gate->owner = lib_engine_hold(engine);
    *ret_gate = gate;
    return TOLLGATE_OK;
}

void tollgate_gate_free(tollgate_gate *gate) {
    if (gate == NULL)
        return;
    gate_free(gate->gate);
    tollgate_engine_free(gate->owner);
    free(gate);
}

const char *tollgate_reason_name(tollgate_reason reason) {
    return (unsigned)reason < ADMIT_REASON_COUNT ? admit_reason_name((enum admit_reason)reason) : "unknown";
}

_Static_assert((int)TOLLGATE_BUSY == (int)ADMIT_BUSY && (int)TOLLGATE_QPS == (int)ADMIT_QPS &&
                   (int)TOLLGATE_NO_PRICE == (int)ADMIT_UNPRICED && (int)TOLLGATE_BUSY + 1 == (int)ADMIT_REASON_COUNT,
               "the reasons of the C API are those of the gate");
_Static_assert((int)TOLLGATE_UNPRICED == (int)OUTCOME_UNPRICED && (int)TOLLGATE_REJECTED == (int)OUTCOME_REJECTED,
               "the outcomes of the C API are those of the engine");

/* What is no instant counts as the latest so far. */
static int64_t instant_of(int64_t now_ns) {
    return lib_is_instant(now_ns) ? now_ns : INSTANT_MIN;
}

/* False: there is none. */
static bool operation_of(const struct tariff_set *set, tollgate_operation number, struct admit_question *question) {
    uint64_t tariff = (number >> 32) - 1; /* of 0: far above every count */
    uint32_t operation = (uint32_t)number;
    if (tariff >= set->count || operation >= set->list[tariff]->operation_count)
        return false;
    question->tariff = set->list[tariff];
    question->operation = &set->list[tariff]->operations[operation];
    return true;
}

static tollgate_limit limit_of(const struct admit_quota *quota) {
    return (tollgate_limit){.has_limit = quota->has_limit, .limit = quota->limit, .remaining = quota->remaining};
}

static void answer_fill(const struct admit_answer *answer, tollgate_answer *ret_answer) {
    bool is_allowed = answer->reason == ADMIT_ALLOWED;
    size_t most = sizeof ret_answer->order - 1;
    size_t length = answer->order_id.len < most ? answer->order_id.len : most;
    ret_answer->reason = (tollgate_reason)answer->reason;
    ret_answer->text = answer->text;
    ret_answer->pays = is_allowed ? funding_name(answer->pays) : NULL;
    if (length > 0)
        memcpy(ret_answer->order, answer->order_id.ptr, length);
    ret_answer->order[length] = '\0';
    ret_answer->has_units = answer->has_units;
    ret_answer->units = answer->units;
    ret_answer->calls = limit_of(&answer->rate);
    ret_answer->tasks = limit_of(&answer->tasks);
    ret_answer->reset_ns = answer->reset_ns;
    ret_answer->lease = answer->lease;
}

tollgate_status tollgate_gate_ask(tollgate_gate *gate, const tollgate_question *question, tollgate_answer *ret_answer) {
    struct tollgate_engine *owner = gate->owner;
    struct admit_question asked = {.account = slice_of(question->account),
                                   .now_ns = question->now_ns,
                                   .calls = question->calls,
                                   .lease_ns = question->lease_ns,
                                   .is_rehearsal = question->is_rehearsal};
    struct admit_answer answer;
    if (!operation_of(&owner->tariffs->set, question->operation, &asked))
        return TOLLGATE_NOT_FOUND;
    if (!lib_is_instant(question->now_ns))
        return TOLLGATE_RANGE;
    pthread_mutex_lock(&owner->state);
    enum status status = owner->is_broken ? STATUS_CONFLICT : gate_admit(gate->gate, owner->engine, &asked, &answer);
    if (status == STATUS_OK)
        answer_fill(&answer, ret_answer);
    pthread_mutex_unlock(&owner->state);
    return lib_status(status);
}

bool tollgate_gate_end(tollgate_gate *gate, uint64_t lease, int64_t now_ns) {
    pthread_mutex_lock(&gate->owner->state);
    bool has_ended = gate_end(gate->gate, lease, instant_of(now_ns));
    pthread_mutex_unlock(&gate->owner->state);
    return has_ended;
}

uint32_t tollgate_gate_leases(tollgate_gate *gate, int64_t now_ns) {
    pthread_mutex_lock(&gate->owner->state);
    uint32_t count = gate_lease_count(gate->gate, instant_of(now_ns));
    pthread_mutex_unlock(&gate->owner->state);
    return count;
}
