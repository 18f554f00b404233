/* SPDX-License-Identifier: Apache-2.0
 *
 * What work or an order would cost: one event rated in an account of its own, beside whatever was bought before, and
 * the other ways to pay. */
#ifndef TG_TRIAL_QUOTE_H
#define TG_TRIAL_QUOTE_H

#include "engine/view.h"
#include "export/export.h"
#include "trial/session.h"

#define QUOTE_ACCOUNT SLICE("quote")
#define QUOTE_PIECES_MAX 1000000000 /* of an order, and its periods */

struct quote {
    const struct tariff_set *set;
    const struct tariff *tariff;
    struct slice operation; /* as written; also a sku */
    int64_t at_ns;
    struct arena *run;                  /* everything that is handed out lives there */
    const struct attribute *attributes; /* what the account's events have by default */
    uint32_t attribute_count;
};

/* An order that is there before the work. */
struct quote_bought {
    const struct product *product;
    struct slice quantity; /* as written; what is no quantity is told among the rejected */
};
/* One rating of the work. */
struct quote_rated {
    struct session session;
    struct trace trace;
    const struct record *record;
    struct statement statement;
};
/* Rate the event (a CloudEvent of QUOTE_ACCOUNT, quote->at_ns) with pay-as-you-go on. Fails: STATUS_NO_MEMORY,
 * STATUS_RANGE; nothing is to be freed then. */
MUST_CHECK enum status quote_rate(const struct quote *quote, const struct quote_bought *bought, uint32_t count,
                                  struct slice event, struct quote_rated *ret_rated);
void quote_rated_free(struct quote_rated *rated);

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
void alternatives_json(const struct alternative *list, uint32_t count, struct json_writer *writer);
/* The members of the quote, into the object that is open. */
void quote_json(const struct quote *quote, const struct quote_rated *rated, const struct alternative *list,
                uint32_t count, struct json_writer *writer);

/* ---- for an account as it is now ---- */

struct quote_charge { /* one step in the deduction order */
    const struct tariff *tariff;
    const struct rate *rate;
    enum funding funding;
    struct decimal quantity;
};
struct quote_now {
    struct quote_charge *charges;
    uint32_t charge_count;
    struct decimal before, after; /* what the open cycles come to, exactly, in the tariff's currency */
    struct reply reply;           /* what would be said of the event */
};
/* Rate the event, of this account and with its own id, behind everything that the account has: contract, attributes,
 * packages, tiers. The state stands still meanwhile, and does not change. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status quote_now_rate(const struct engine *engine, uint32_t account, const struct quote *quote,
                                      struct slice event, struct quote_now *ret_now);
/* The members of it, into the object that is open. */
void quote_now_json(const struct quote *quote, const struct quote_now *now, struct json_writer *writer);

/* ---- orders ---- */

struct order_price {
    const struct product *product;
    struct decimal quantity; /* above zero */
    uint32_t periods;        /* from 1 */
    struct decimal amount;
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t slice_count;
    bool is_published;
};
/* Fill what follows quantity and periods. Fails: STATUS_RANGE. */
MUST_CHECK enum status order_price_fill(const struct tariff *tariff, struct order_price *price);
bool order_price_needs_sales(const struct order_price *price); /* more than one order may have */
/* As quote_json. */
void order_price_json(const struct tariff *tariff, const struct order_price *price, struct json_writer *writer);

#endif
