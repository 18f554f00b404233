/* SPDX-License-Identifier: Apache-2.0
 *
 * What is set apart for jobs that run, and how it is given back. */
#include <assert.h>
#include <stdlib.h>

#include "fund/fund.h"

enum status reserves_add(struct reserves *reserves, struct reserve reserve) {
    if (reserves->count == reserves->cap) {
        uint32_t cap = reserves->cap ? reserves->cap * 2 : 2;
        struct reserve *list = realloc(reserves->list, cap * sizeof *list);
        if (!list)
            return STATUS_NO_MEMORY;
        reserves->list = list;
        reserves->cap = cap;
    }
    reserves->list[reserves->count++] = reserve;
    return STATUS_OK;
}

void reserves_free(struct reserves *reserves) {
    free(reserves->list);
    *reserves = (struct reserves){0};
}

void fund_release(struct holdings *holdings, const struct reserves *reserves) {
    for (uint32_t i = 0; i < reserves->count; i++) {
        const struct reserve *reserve = &reserves->list[i];
        if (reserve->kind != RESERVE_UNITS)
            continue;
        uint32_t at = 0;
        while (at < holdings->count && holdings->lots[at].number != reserve->index)
            at++;
        assert(at < holdings->count && holdings->lots[at].held >= reserve->amount);
        holdings->lots[at].held -= reserve->amount;
    }
}

struct decimal fund_slot_limit(const struct holdings *holdings, const struct product *product, int64_t at_ns) {
    struct decimal sum = DECIMAL_ZERO;
    for (uint32_t i = 0; i < holdings->count; i++) {
        const struct lot *lot = &holdings->lots[i];
        bool is_valid = lot->product == product && !lot->is_refunded && at_ns >= lot->ordered_ns &&
                        at_ns >= lot->effective_ns && at_ns < lot->expires_ns;
        /* More than can be counted is more than can run. */
        if (is_valid && decimal_add(sum, lot->pieces, &sum) != STATUS_OK)
            return lot->pieces;
    }
    return decimal_cmp(sum, product->default_limit) > 0 ? sum : product->default_limit;
}
