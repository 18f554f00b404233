/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to be done at an instant to come: a heap of duties. Ticks run them in order, so that it does not matter how
 * often ticks come. */
#ifndef TG_ENGINE_AGENDA_H
#define TG_ENGINE_AGENDA_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one instant in this order. */
#define DUTY_TABLE(ROW)                                                                                                \
    ROW(CLOSE_CYCLE)   /* ref: the cycle's number */                                                                   \
    ROW(SETTLEMENT)    /* of a tariff; ref: the ledger's item of what is settled */                                    \
    ROW(EARN)          /* of a subscription; ref 1: every month */                                                     \
    ROW(OVERDUE)       /* of a subscription: its grace is over */                                                      \
    ROW(HOLD_EXPIRY)   /* of the account */                                                                            \
    ROW(LICENCE_LAPSE) /* of the account; ref: hash of the order's id */                                               \
    ROW(EXPIRY)        /* of a subscription: something of it ends, or will soon */                                     \
    ROW(CONTRACT)      /* of the account: one begins */                                                                \
    ROW(SILENCE)       /* of a tariff; ref: the number of the last cycle that had usage */
enum duty_kind {
#define DUTY_ENUM(name) DUTY_##name,
    DUTY_TABLE(DUTY_ENUM)
#undef DUTY_ENUM
        DUTY_COUNT
};
struct duty {
    int64_t at_ns;
    enum duty_kind kind;
    uint32_t account, tariff; /* numbers; 0 where a kind has none */
    uint64_t ref;             /* what the kind needs */
};
struct agenda {
    struct duty *heap;
    uint32_t count, cap;
};
/* Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status agenda_add(struct agenda *agenda, struct duty duty);
/* The first duty is due by `until_ns`: take it out. */
bool agenda_take(struct agenda *agenda, int64_t until_ns, struct duty *ret_duty);
/* Duties in their order; room for agenda->count. */
void agenda_list(const struct agenda *agenda, struct duty *out);
void agenda_free(struct agenda *agenda);

#endif
