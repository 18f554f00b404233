/* SPDX-License-Identifier: Apache-2.0
 *
 * A closed bill as bytes, and back: what is kept for ever and hashed. The same bill gives the same bytes. */
#ifndef TG_BILL_BILL_CODE_H
#define TG_BILL_BILL_CODE_H

#include "base/buf.h"
#include "bill/bill.h"

/* Append to out; look at out->failed. */
void bill_encode(const struct bill *bill, struct buf *out);
/* Everything lives in the arena or in the bytes. A line finds its rate again when the set still has the tariff with the
 * same price; else the bill stands on a tariff of its own with what it needs (name, currency, zone, cycle, digits) and
 * rate is INDEX_NONE. set may be NULL. Never reads outside the bytes. Fails: STATUS_INVALID (damaged, or of an unknown
 * format), STATUS_NO_MEMORY. */
MUST_CHECK enum status bill_decode(struct slice bytes, const struct tariff_set *set, struct arena *arena,
                                   struct bill *ret_bill);

#endif
