/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `tollgate quote`: what is asked, the event made of it, and the other ways to pay. */
#ifndef TG_CLI_QUOTE_H
#define TG_CLI_QUOTE_H

#include "cli/common.h"
#include "cli/session.h"

#define QUOTE_ACCOUNT SLICE("quote")

struct quote {
    const struct call *call;
    const struct tariff_set *set;
    const struct tariff *tariff;
    struct slice operation; /* as written */
    int64_t at_ns;
    struct arena *run;
};

enum alternative_kind { ALTERNATIVE_PAYG, ALTERNATIVE_PACKAGE, ALTERNATIVE_QPS, ALTERNATIVE_CONCURRENCY };
/* One way to pay one item of the quoted work. */
struct alternative {
    enum alternative_kind kind;
    const struct product *product; /* NULL: pay-as-you-go, or a package that has no sku yet */
    struct slice name;             /* sku, or family of such a package; empty: pay-as-you-go */
    const struct item *item;
    bool is_published;
    bool has_price; /* unit_price (payg: of the first unit; packages: when fully used; plans: per piece and period) */
    struct decimal unit_price;
    bool has_need; /* needed pieces for the quoted quantity, their price, and what they pay for in units of the item */
    struct decimal quantity, needed, total, covers;
    bool has_break_even; /* plans: units per period at which pay-as-you-go costs as much as one piece */
    struct decimal break_even;
};
const char *alternative_name(enum alternative_kind kind);
/* For every item that the quoted work uses. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status quote_alternatives(const struct quote *quote, const struct statement *payg,
                                          const struct record *record, struct alternative **ret_list,
                                          uint32_t *ret_count);
void alternatives_table(const struct quote *quote, const struct alternative *list, uint32_t count, struct sink *out);
void alternatives_json(const struct alternative *list, uint32_t count, struct json_writer *writer);

/* TARIFF.SKU: the price of an order. Returns the exit code. */
int quote_order(const struct quote *quote, const struct product *product);

#endif
