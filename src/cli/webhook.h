/* SPDX-License-Identifier: Apache-2.0
 *
 * Verbs on webhooks: what is asked for, and how its answer is shown. */
#ifndef TG_CLI_WEBHOOK_H
#define TG_CLI_WEBHOOK_H

#include "cli/common.h"

enum webhook_shape { WEBHOOK_ONE, WEBHOOK_LIST, WEBHOOK_DELIVERY, WEBHOOK_DELIVERIES, WEBHOOK_GONE };
/* Print an answer (JSON, with padding behind it) for people, or as it is. The exit code. */
int webhook_print(const struct call *call, enum webhook_shape shape, struct slice answer);

#endif
