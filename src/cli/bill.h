/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills: their numbers, and lists of them. */
#ifndef TG_CLI_BILL_H
#define TG_CLI_BILL_H

#include "cli/data.h"
#include "cli/request.h"

/* "viapi-12" to its series and number; false: it is no bill's number. */
bool bill_number_read(struct slice text, struct slice *ret_series, uint64_t *ret_number);
/* What a request has closed: in a table as rows, when there are any, in JSON as the member "bills". */
void bills_closed_show(struct request *request, struct sink *out);

#endif
