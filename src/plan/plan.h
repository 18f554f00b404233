/* SPDX-License-Identifier: Apache-2.0
 *
 * The cheapest way to pay for given usage: packages, plans by day or month, concurrency and pay-as-you-go. Candidates
 * are bounded from below by exact arithmetic; what may be cheaper than the best so far is priced by the rating core
 * itself. So the answer comes with a proof: nothing in the space that was searched costs less. */
#ifndef TG_PLAN_PLAN_H
#define TG_PLAN_PLAN_H

#include "engine/view.h"
#include "export/export.h"

#define PLAN_ACCOUNT SLICE("plan")
#define PLAN_DAYS_MAX 400    /* how long the usage may last */
#define PLAN_MONTHS_MAX 12   /* of which plans by the month are chosen freely */
#define PLAN_ITEMS_MAX 64    /* that cost something */
#define PLAN_PACKAGES_MAX 64 /* that pay for these */
#define PLAN_FAMILIES_MAX 8  /* of plans and quotas */

/* ---- the usage ---- */

struct plan_usage {
    const struct tariff_set *set;
    const struct tariff *tariff;
    struct slice account;    /* whose usage; empty: of whoever comes first */
    struct slice *documents; /* usage events, as they were read; from the heap */
    uint32_t count, cap;
    uint32_t others, unpriced; /* events of other accounts or tariffs; without a price */
    int64_t first_ns, last_ns; /* of the events; without meaning when there is none */
    struct plan_must *musts;   /* quantities that have no price as you go: something must be bought for them */
    uint32_t must_count, must_cap;
    struct arena arena;
};
struct plan_must {
    uint32_t item;
    int64_t at_ns;
    struct decimal quantity;
};
/* Collect the usage events of `account` under `tariff` from a file. Fails: as engine_read. */
MUST_CHECK enum status plan_usage_read(struct plan_usage *usage, const char *path);
void plan_usage_free(struct plan_usage *usage);

/* ---- what may be bought ---- */

struct purchase {
    const struct product *product;
    uint64_t pieces;
    uint32_t periods;
    int64_t at_ns; /* when it begins */
};
struct plan {
    struct purchase *list; /* of the planner's arena */
    uint32_t count;
    bool is_concurrent;       /* the account's tasks are limited, and paid for by that limit */
    struct decimal cost;      /* exact: purchases and everything that is left to pay-as-you-go */
    struct decimal purchases; /* of it */
    struct decimal billed;    /* the sum of the bills as they are rounded */
    uint32_t unpaid;          /* events that have no price and that nothing bought pays for */
};
/* Rate the usage behind the purchases. percent: of the events, evenly spread; 100: all of them, 120: every fifth twice.
 * watch may be NULL. Fails: STATUS_CONFLICT (a purchase is not sold so: *ret_reason), STATUS_NO_MEMORY, STATUS_RANGE.
 */
struct plan_question {
    const struct plan_usage *usage;
    uint32_t percent;
    const struct charge_watch *watch;
    struct decimal *amounts; /* out: what each item of the tariff costs beside purchases; NULL: not wanted */
};
MUST_CHECK enum status plan_price(const struct plan_question *question, struct plan *plan, struct arena *arena,
                                  struct slice *ret_reason);

/* ---- the search ---- */

struct plan_options {
    uint64_t tasks;           /* that run at once at most; 0: not known, and quotas of concurrency are not looked at */
    uint64_t calls;           /* per second at most; 0: as the busiest second of the usage has */
    uint32_t percent;         /* of the usage */
    uint32_t evaluations_max; /* by the rating core; 0: 2,000 */
};
struct planner {
    const struct plan_usage *usage;
    struct plan_options options;
    struct arena arena;
    struct plan best, payg; /* payg: nothing bought */
    uint64_t bounded;       /* candidates that the bound alone ruled out, or whole branches of them */
    uint32_t evaluated;     /* by the rating core */
    bool is_proved;         /* nothing in the space is cheaper; else evaluations_max was reached */
    struct decimal bound;   /* not proved: nothing can be cheaper than this */
    uint64_t peak;          /* calls per second that plans were taken for */
    struct slice refusal;   /* of the last purchase that was not sold so; empty: none */
};
/* Fails: STATUS_NOT_FOUND (no usage), STATUS_RANGE (longer than PLAN_DAYS_MAX, more than the other limits, or sums out
 * of range), STATUS_NO_MEMORY. Free in every case. */
MUST_CHECK enum status planner_run(struct planner *planner);
void planner_free(struct planner *planner);
/* The members of an object that is open: best, payg, saving, proof. */
void planner_json(const struct planner *planner, struct json_writer *writer);
/* What was searched, in words, one sentence a line. */
void planner_space(const struct planner *planner, struct buf *out);

#endif
