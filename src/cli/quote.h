/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `tollgate quote`: what is asked in words, and the answers as tables. */
#ifndef TG_CLI_QUOTE_H
#define TG_CLI_QUOTE_H

#include "cli/common.h"
#include "trial/quote.h"

struct asking {
    const struct call *call;
    struct quote quote;
};
void alternatives_table(const struct asking *asking, const struct alternative *list, uint32_t count, struct sink *out);

/* TARIFF.SKU: the price of an order. Returns the exit code. */
int quote_order(const struct asking *asking, const struct product *product);

#endif
