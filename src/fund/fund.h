/* SPDX-License-Identifier: Apache-2.0
 *
 * What pays a quantity: free quota, prepaid QPS, packages, concurrency, and what is left for pay-as-you-go.
 * Lots are bought or granted units; the order of use is funding kind as the tariff says, then earliest expiry, earliest
 * order, order id. What is held is set apart for a job that runs: nothing else is paid from it. */
#ifndef TG_FUND_FUND_H
#define TG_FUND_FUND_H

#include "tariff/tariff.h"

/* How a lot continues another one. */
enum lot_link {
    LINK_NONE,
    LINK_RENEWAL,   /* from its end on */
    LINK_UPGRADE,   /* its pieces in place of the other's, to the other's end */
    LINK_TEMPORARY, /* the same, to an earlier end */
};
struct lot {
    const struct product *product;
    struct slice order_id; /* owned by the account's arena */
    enum lot_link link;
    struct slice follows; /* the order of that other one; upgrades name the plan itself, never another upgrade */
    int64_t ordered_ns, effective_ns, expires_ns;
    struct decimal pieces; /* bought pieces, QPS or tasks */
    uint32_t periods;
    int64_t scale;             /* a multiple of product->units_scale: a lot may change its product */
    wide bought, used;         /* units * 1e12 * scale; of the restoring cycle where the product restores */
    wide held;                 /* likewise; used + held <= bought */
    uint32_t number;           /* one of its own among the lots of the subscription: its name in reserves */
    struct period restored;    /* that cycle */
    struct decimal price_paid; /* exact */
    struct decimal invoiced;   /* of it; on numbered bills */
    struct decimal earned;     /* of what is invoiced; or given back */
    uint32_t alerts_sent;      /* thresholds already told */
    bool told_expiring, told_expired, told_over_limit;
    uint64_t covered;      /* QPS, concurrency: units covered */
    uint64_t over_limit;   /* successes above the plan's limit */
    int64_t window_second; /* the calendar second being counted */
    uint64_t window_count;
    bool is_refunded;
    bool is_activated, is_lapsed; /* licence: activated; not activated in time */
    uint32_t terminal;            /* licence, once activated: of product->terminals; INDEX_NONE: it has none */
    bool was_used;                /* in an earlier cycle of a product that restores */
};

struct holdings {     /* of one account under one tariff */
    struct lot *lots; /* sorted in order of use inside a funding kind */
    uint32_t count, cap;
    bool postpaid, concurrent_mode;
};

struct part {
    enum funding funding;
    struct decimal quantity; /* zero: of a unit that lots share only the one that completes it has the quantity */
    struct decimal units;    /* by which balance.used of the lot grew; below zero: shrank; zero for plans and quotas */
    struct lot *lot;         /* NULL for payg and free quota */
};
#define PARTS_MAX 32 /* more lots than this share one charge only through further calls */

/* Keep the order of use, and give the lot its number. Fails: STATUS_NO_MEMORY. The pointer to a lot is valid until the
 * next insert. */
MUST_CHECK enum status holdings_insert(struct holdings *holdings, struct lot lot);
struct lot *holdings_find(struct holdings *holdings, struct slice order_id); /* first of the order; NULL: none */
void holdings_free(struct holdings *holdings);

/* Split `quantity` of `item` at `at_ns` over the lots of one funding kind and deduct. Whole units of the item; one unit
 * may be shared by several lots of the kind with the same factor; a rest smaller than one unit's factor stays. A
 * fraction behind the whole units is taken once these are paid and one lot holds all of it. Appends to parts; *ret_left
 * is what this kind does not pay. Fails: STATUS_RANGE. */
MUST_CHECK enum status fund_take(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                                 struct decimal quantity, struct part *parts, uint32_t *part_count,
                                 struct decimal *ret_left);
/* Give units back to the lots of one funding kind that could have paid for this, the last in the order of use first,
 * and never more than a lot has used. Appends to parts, below zero; *ret_left is what no lot could take back. Fails:
 * STATUS_RANGE. */
MUST_CHECK enum status fund_give_back(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                                      struct decimal quantity, struct part *parts, uint32_t *part_count,
                                      struct decimal *ret_left);

/* The first lot of a funding kind that would pay for one unit of an item now; NULL: none. *ret_units is how many whole
 * units all of them together hold (a plan or quota: INT64_MAX). Nothing changes. Fails: STATUS_RANGE. */
MUST_CHECK enum status fund_would_pay(const struct holdings *holdings, enum funding funding, uint32_t item,
                                      int64_t at_ns, const struct lot **ret_lot, int64_t *ret_units);

/* ---- holds ---- */

/* Something set apart. The engine keeps free quotas and slots; units are kept in their lot. */
enum reserve_kind { RESERVE_UNITS, RESERVE_QUOTA, RESERVE_SLOT };
struct reserve {
    enum reserve_kind kind;
    uint32_t index;   /* the number of the lot, the item of the free quota, the concurrency product of the slot */
    int64_t start_ns; /* QUOTA: of its stretch of time */
    wide amount;      /* UNITS: as in the lot; QUOTA: in 1e-12 of the item's unit; SLOT: 1 */
};
struct reserves {
    struct reserve *list;
    uint32_t count, cap;
};
/* Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status reserves_add(struct reserves *reserves, struct reserve reserve);
void reserves_free(struct reserves *reserves);
/* As fund_take, but what the lots would pay is held, and which lot gave how much is added to reserves. A valid QPS plan
 * or concurrency quota covers everything, and nothing of it is held. Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status fund_hold(struct holdings *holdings, enum funding funding, uint32_t item, int64_t at_ns,
                                 struct decimal quantity, struct reserves *reserves, struct decimal *ret_left);
/* Give back the units among the reserves. */
void fund_release(struct holdings *holdings, const struct reserves *reserves);
/* How many tasks may run at once under the concurrency quotas valid at an instant, or by default without any.
 * Rule: viapi 4d-12: the larger of the two, not their sum. */
struct decimal fund_slot_limit(const struct holdings *holdings, const struct product *product, int64_t at_ns);

/* Make a lot that restores full where a new cycle of it has begun by `at_ns`. Fails: STATUS_RANGE. */
MUST_CHECK enum status lot_restore(struct lot *lot, int64_t at_ns);
/* Balances in units: bought = used + held + remaining + expired. What restores is shown as of the cycle that ends at
 * `at_ns` or runs then. */
struct balance {
    struct decimal bought, used, held, remaining, expired;
};
struct balance lot_balance(const struct lot *lot, int64_t at_ns);
/* Thresholds newly reached by what is left: returns how many of product->alerts from lot->alerts_sent on, and marks
 * them sent. */
uint32_t lot_alerts(struct lot *lot);

#endif
