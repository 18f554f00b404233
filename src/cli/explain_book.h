/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate explain on a data directory. */
#ifndef TG_CLI_EXPLAIN_BOOK_H
#define TG_CLI_EXPLAIN_BOOK_H

#include "cli/data.h"

/* The event that the operand names, from the journal. Returns the exit code. */
int explain_book_event(const struct call *call);

#endif
