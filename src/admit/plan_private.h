/* SPDX-License-Identifier: Apache-2.0
 *
 * For every operation the items it may charge and the quotas that cover them: made once, for an answer to walk a
 * handful. */
#ifndef TG_ADMIT_PLAN_PRIVATE_H
#define TG_ADMIT_PLAN_PRIVATE_H

#include "tariff/tariff.h"

enum { QUOTAS_MAX = 4 };
struct plan { /* of an operation */
    uint32_t *items;
    uint32_t item_count, sure_count;               /* the first `sure_count` are charged by every call */
    uint32_t rates[QUOTAS_MAX], tasks[QUOTAS_MAX]; /* products */
    uint32_t rate_count, task_count;
};

/* Of all its operations. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status plans_make(const struct tariff *tariff, struct arena *arena, struct plan **ret_plans);

#endif
