/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of `tollgate plan` as tables. */
#ifndef TG_CLI_PLAN_H
#define TG_CLI_PLAN_H

#include "cli/common.h"
#include "plan/answer.h"

/* Plans, what is bought, break-even volumes, the curve where there is one, the space. */
void plan_print(const struct call *call, const struct plan_answer *answer, struct arena *arena, struct buf *out);

#endif
