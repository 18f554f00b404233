/* SPDX-License-Identifier: Apache-2.0
 *
 * The cheapest way to pay for given usage: packages, plans by day or month, concurrency and pay-as-you-go. Candidates
 * are bounded from below by exact arithmetic; what may be cheaper than the best so far is priced by the rating core
 * itself. So the answer comes with a proof: nothing in the space that was searched costs less. */
#ifndef TG_PLAN_PLAN_H
#define TG_PLAN_PLAN_H

#include "book/book.h"
#include "engine/view.h"
#include "export/export.h"
#include "trial/session.h"

#define PLAN_ACCOUNT SLICE("plan")
#define PLAN_DAYS_MAX 400    /* how long the usage may last */
#define PLAN_MONTHS_MAX 12   /* of which plans by the month are chosen freely */
#define PLAN_ITEMS_MAX 64    /* that cost something */
#define PLAN_PACKAGES_MAX 64 /* that pay for these */
#define PLAN_FAMILIES_MAX 8  /* of plans and quotas */

/* ---- the usage ---- */

/* A usage event, and how often it happened just so. */
struct plan_event {
    const struct record *record; /* metered; in the usage's arena */
    uint64_t weight;             /* from 1 */
    uint64_t before;             /* weights of the events before it that it is thinned out with */
    uint8_t identity[16];        /* out of a book: as it is known there */
};
struct plan_usage {
    const struct tariff_set *set;
    const struct tariff *tariff;
    struct slice account;      /* whose usage; empty: of whoever comes first */
    struct plan_event *events; /* from the heap */
    uint32_t count, cap;
    uint64_t total;            /* events, with their weights */
    uint32_t others;           /* events of other accounts or tariffs */
    bool is_volumes;           /* how many calls ran in a second is not to be seen */
    int64_t first_ns, last_ns; /* of the events; without meaning when there is none */
    struct reader *reader;
    struct arena arena;
};
/* Collect the usage events of `account` under `tariff` from a file. Fails: as engine_read. */
MUST_CHECK enum status plan_usage_read(struct plan_usage *usage, const char *path);
/* One document more. */
struct plan_document {
    struct slice text;
    const struct reader_terms *terms; /* of its account; NULL: none */
    uint64_t weight, before;          /* as of its event */
};
/* What is of another account or tariff is counted in `others`. *ret_record (may be NULL) is what it was read as, in the
 * usage's arena; NULL: it was no single document. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status plan_usage_add(struct plan_usage *usage, const struct plan_document *one,
                                      const struct record **ret_record);
/* The usage of scan->account in a book, without what was reversed; scan->visit is not looked at. Its events lie in
 * scan's from and until. Fails: STATUS_BUSY (more than `most` events), as book_scan. */
MUST_CHECK enum status plan_usage_book(struct plan_usage *usage, struct book *book, const struct book_scan *scan,
                                       uint32_t most, struct slice *ret_error);
void plan_usage_free(struct plan_usage *usage);

/* What is expected, in operations and how often each of them runs in a month, evenly over its days: a list of
 * {"operation", "volume", "data"}. */
#define PLAN_VOLUMES_MAX 64
#define PLAN_VOLUME_MAX INT64_C(1000000000000) /* a month */
struct plan_volumes {
    struct slice text;             /* the document */
    const struct json_token *list; /* in it */
    int64_t from_ns;               /* the first day, from its midnight in the tariff's zone */
    uint32_t months;               /* from 1 to PLAN_MONTHS_MAX */
};
struct plan_wrong {
    char pointer[48]; /* "/0/volume": in the list; empty: nothing is wrong */
    struct slice text;
};
/* Fills the usage. *ret_wrong (its text in the usage's arena) says what is wrong with the list. Fails: STATUS_INVALID
 * (that), STATUS_RANGE (instants out of the calendar), STATUS_NO_MEMORY. */
MUST_CHECK enum status plan_volumes_read(struct plan_usage *usage, const struct plan_volumes *volumes,
                                         struct plan_wrong *ret_wrong);

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
/* What part of the usage counts: `of` in `all`, evenly spread; 80 in 100: every fifth event is left out, 120 in 100:
 * every fifth twice. */
struct plan_share {
    uint64_t of, all;
};
/* What may be spent on an answer, in events that are rated. */
struct plan_work {
    uint64_t done;
    uint64_t soft; /* a search that has come so far says that it is not proved */
    uint64_t most; /* beyond it everything ends: STATUS_BUSY */
};
/* Rate the usage behind the purchases. Fails: STATUS_CONFLICT (a purchase is not sold so: *ret_reason), STATUS_BUSY,
 * STATUS_NO_MEMORY, STATUS_RANGE. */
struct plan_question {
    const struct plan_usage *usage;
    struct plan_share share;
    const struct session_use *use;    /* instead of the usage; NULL: the usage */
    const struct charge_watch *watch; /* may be NULL */
    struct decimal *amounts;          /* out: what each item of the tariff costs beside purchases; NULL: not wanted */
    struct plan_work *work;           /* NULL: without a bound */
};
MUST_CHECK enum status plan_price(const struct plan_question *question, struct plan *plan, struct arena *arena,
                                  struct slice *ret_reason);

/* ---- the search ---- */

struct plan_options {
    uint64_t tasks;           /* that run at once at most; 0: not known, and quotas of concurrency are not looked at */
    uint64_t calls;           /* per second at most; 0: as the busiest second of the usage has */
    struct plan_share share;  /* of the usage; zeros: all of it */
    uint32_t evaluations_max; /* by the rating core; 0: 2,000 */
    struct plan_work *work;   /* NULL: without a bound */
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
 * of range), STATUS_BUSY (options.work is spent), STATUS_NO_MEMORY. Free in every case. */
MUST_CHECK enum status planner_run(struct planner *planner);
void planner_free(struct planner *planner);
/* The members of an object that is open: best, payg, saving, proof. */
void planner_json(const struct planner *planner, struct json_writer *writer);
/* As the elements of an array that is open: what is bought, and how often in the same way. */
void planner_mix_json(const struct plan *plan, struct json_writer *writer);
/* Whether the same is bought, on whichever days. */
bool planner_mix_same(const struct plan *one, const struct plan *other);
/* What was searched, in words, one sentence a line. */
void planner_space(const struct planner *planner, struct buf *out);

#endif
