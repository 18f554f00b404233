/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `tollgate usage`: gathering rows, and showing them as bars. */
#ifndef TG_CLI_USAGE_H
#define TG_CLI_USAGE_H

#include "cli/common.h"
#include "view/usage.h"

/* Gather rows from the bills, or from the journal where those cannot tell, and hand them to `take` while the book is
 * open. Returns the exit code; `take` returns it as well. */
int usage_gather(const struct call *call, const struct usage_query *query,
                 int (*take)(void *context, struct usage_rows *rows), void *context);

/* Whether bars are asked for: --plot or --svg. */
bool usage_is_chart(const struct call *call);
/* Gather and draw. Returns the exit code. */
int usage_chart(const struct call *call, const struct usage_query *query);

#endif
