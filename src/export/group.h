/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills of one account and tariff added up for reading. Every amount stays exact. */
#ifndef TG_EXPORT_GROUP_H
#define TG_EXPORT_GROUP_H

#include "bill/bill.h"

/* Adds the usage bills among `bills` (one account, one tariff, at least one of them): equal lines (item, cell, price,
 * tier, funding) become one; totals are sums of the bills' totals; the cycle spans them all. Everything lives in the
 * arena. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status bill_group_sum(const struct bill *bills, uint32_t count, struct arena *arena,
                                      struct bill *ret_group, uint32_t *ret_bill_count);

#endif
