/* SPDX-License-Identifier: Apache-2.0
 *
 * How an account stands now: what a gate asks before a call. Nothing here changes the state or asks for memory. */
#ifndef TG_ENGINE_STANDING_H
#define TG_ENGINE_STANDING_H

#include "engine/engine.h"

struct standing { /* of an account under a tariff */
    int64_t now_ns;
    bool is_suspended; /* it owed for too long: nothing pays */
    bool owes;         /* some fundings may pause */
    bool is_inactive;  /* the tariff wants an activation, and there was none */
    bool pauses[FUNDING_COUNT];
};
/* The tariff that stands for one that the account's calls name, by its contracts at an instant. */
const struct tariff *engine_tariff_at(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                                      int64_t at_ns);
/* Fails: STATUS_RANGE. */
MUST_CHECK enum status engine_standing(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                                       int64_t now_ns, struct standing *ret_standing);

struct payer { /* of one unit of an item */
    bool is_found;
    enum funding funding;
    struct slice order_id; /* of the lot; empty: free quota or pay-as-you-go */
    bool has_units;        /* `units` is how many whole ones this funding still holds */
    int64_t units;
    bool is_unpriced;    /* nothing is found, for its price is not published or not in force now */
    const char *refusal; /* why nothing is found otherwise */
};
/* The first in the deduction order, as the account stands at that instant. Fails: STATUS_RANGE. */
MUST_CHECK enum status engine_payer(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                                    uint32_t item, const struct standing *standing, struct payer *ret_payer);

/* Calls per second (a QPS product) or tasks at once (a concurrency product) that the account may have now; all products
 * of one family count together. False: no limit. Rule: viapi 4d-12: the larger of the default and what was bought. */
bool engine_limit(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                  const struct product *product, int64_t now_ns, uint64_t *ret_limit);
/* Slots of a concurrency product that holds have taken. */
uint32_t engine_slots_held(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                           uint32_t product);

#endif
