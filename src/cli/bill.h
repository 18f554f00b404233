/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of closed bills. */
#ifndef TG_CLI_BILL_H
#define TG_CLI_BILL_H

#include "cli/data.h"
#include "cli/request.h"
#include "view/view.h"

/* What a request has closed: in a table as rows, when there are any, in JSON as the member "bills". */
void bills_closed_show(struct request *request, struct sink *out);

#endif
