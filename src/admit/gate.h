/* SPDX-License-Identifier: Apache-2.0
 *
 * The gate: may this operation start now? It looks at the engine's state and counts what the state does not: calls of
 * the running second, and tasks that run. Memory only; instants are arguments; nothing is allocated once it is made.
 * The caller keeps the engine from changing meanwhile: one lock for both. */
#ifndef TG_ADMIT_GATE_H
#define TG_ADMIT_GATE_H

#include "engine/engine.h"

/* In the order in which they are looked for: the first that holds is the answer, always the same for the same state. */
#define ADMIT_TABLE(ROW)                                                                                               \
    ROW(ALLOWED, "allowed")                                                                                            \
    ROW(NO_ACCOUNT, "no-account")                                                                                      \
    ROW(SUSPENDED, "suspended")    /* it owes for too long */                                                          \
    ROW(OVERDUE, "overdue")        /* it owes, and what could pay pauses */                                            \
    ROW(INACTIVE, "not-activated") /* the tariff wants an activation before the first call */                          \
    ROW(UNPRICED, "unpriced")      /* nothing that could be charged has a price now */                                 \
    ROW(CONCURRENCY, "concurrency")                                                                                    \
    ROW(QPS, "qps")                                                                                                    \
    ROW(FUNDS, "funds") /* nothing is left to pay, and pay-as-you-go may not */                                        \
    ROW(BUSY, "busy")   /* the gate's own tables are full */
enum admit_reason {
#define ADMIT_ENUM(name, text) ADMIT_##name,
    ADMIT_TABLE(ADMIT_ENUM)
#undef ADMIT_ENUM
        ADMIT_REASON_COUNT
};
const char *admit_reason_name(enum admit_reason reason);

struct gate;
struct gate_size {
    uint32_t windows; /* account and quota pairs that may have calls in one second; default 65,536 */
    uint32_t leases;  /* tasks that may run at once, of all accounts; default 65,536 */
};
/* The tariffs are those of the engines it will be asked about. size NULL: the defaults. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status gate_new(const struct tariff_set *tariffs, const struct gate_size *size, struct gate **ret_gate);
void gate_free(struct gate *gate);
/* A gate for other tariffs, of the same size, to stand in the place of `before`. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status gate_new_behind(const struct gate *before, const struct tariff_set *tariffs,
                                       struct gate **ret_gate);
/* Then let it go on where the other one stands: with the calls of this second and the leases that run, as far as the
 * tariffs still have their quotas. Allocates nothing. */
void gate_follow(struct gate *gate, const struct gate *before);

struct admit_question {
    struct slice account;
    const struct tariff *tariff;
    const struct operation *operation;
    int64_t now_ns;    /* never runs backwards for the gate: an earlier one counts as the latest so far */
    uint32_t calls;    /* of the running second; 0 counts as 1 */
    int64_t lease_ns;  /* how long a slot is taken at most; 0: no slot is taken, only looked for */
    bool is_rehearsal; /* nothing is counted */
    /* A slot is kept for a hold until the state has judged it. Who pays, and calls of the second, are not looked at;
     * and where no task runs by a lease nothing is refused: the state alone knows then what there will be. */
    bool for_hold;
};
struct admit_quota { /* of the quota that is nearest to its end */
    bool has_limit;
    uint64_t limit, remaining; /* after this answer */
    const struct product *product;
};
struct admit_answer {
    enum admit_reason reason;
    const char *text;      /* more about a refusal; NULL: nothing more. Lives as long as the program. */
    enum funding pays;     /* allowed: what pays first */
    struct slice order_id; /* the lot's; empty: none. Valid until the engine changes. */
    bool has_units;
    int64_t units; /* whole units that `pays` still holds */
    struct admit_quota rate, tasks;
    int64_t reset_ns; /* when the running second ends */
    uint64_t lease;   /* 0: none was taken */
};
/* Fails: STATUS_RANGE (an instant outside the calendar). A refusal is no failure, and counts nothing. */
MUST_CHECK enum status gate_admit(struct gate *gate, const struct engine *engine, const struct admit_question *question,
                                  struct admit_answer *ret_answer);
/* How much of a quota is taken at an instant, which counts nothing: calls of the running second, or tasks that run. */
struct gate_quota {
    uint32_t account;
    const struct tariff *tariff;
    uint32_t product;
    int64_t now_ns;
};
struct gate_use {
    uint64_t limit, taken;
};
/* False: nothing limits the account there, or another product of the family counts for this one. */
bool gate_look(struct gate *gate, const struct engine *engine, const struct gate_quota *quota,
               struct gate_use *ret_use);
/* A task has ended: its slots are free. False: the lease is not known, or has expired; nothing changes. */
bool gate_end(struct gate *gate, uint64_t lease, int64_t now_ns);
/* Leases that run. */
uint32_t gate_lease_count(struct gate *gate, int64_t now_ns);

#endif
