/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole answer of the planner, the same on the command line and over HTTP: the plan, also for less and for more
 * usage, from which volume each product pays, and how the cheapest mix changes with the volume. */
#ifndef TG_PLAN_ANSWER_H
#define TG_PLAN_ANSWER_H

#include "plan/demand.h"

/* From which volume of an item one order of a product pays: behind it, all of that volume costs no more than without
 * it. The volume is one account's in one cycle, and in one period of a plan. */
struct break_even {
    const struct product *product;
    const struct rate *rate; /* of the item, as the usage was charged by it */
    uint64_t pieces;
    bool is_found;
    wide volume; /* the least whole number of units */
    /* What pay-as-you-go asks for the volume, and what it costs with the product; and for one unit less. */
    struct decimal payg, with, payg_below, with_below;
    struct decimal price, covers; /* of the order; units of the item that it pays for at most, of a package */
    const char *why;              /* NULL, or why there is none */
};
/* A volume, and the cheapest mix for it. */
struct curve_point {
    uint64_t volume; /* calls: events of the whole usage; all operations in the same proportion */
    struct plan best;
    struct decimal payg;
    bool has_payg; /* all of it has a price as you go */
    bool changes;  /* for one call less another mix is the cheapest */
};
struct curve {
    struct curve_point *points; /* rising; from the heap */
    uint32_t count, cap;
    bool is_cut; /* there are more changes than were looked for */
};
enum { CURVE_CHANGES_MAX = 64, CURVE_GRID = 20, PLAN_RUNS_MAX = 3 };

struct plan_answer {
    const struct plan_usage *usage;
    struct plan_options options; /* share: not looked at */
    bool has_sensitivity, has_curve;
    struct planner planners[PLAN_RUNS_MAX];
    uint32_t planner_count;
    struct break_even *break_evens;
    uint32_t break_even_count;
    struct curve curve;
    struct arena arena;
};
/* Fill what follows has_curve. Fails: as planner_run. plan_answer_free in every case. */
MUST_CHECK enum status plan_answer_make(struct plan_answer *answer);
void plan_answer_free(struct plan_answer *answer);
/* One object. */
void plan_answer_json(const struct plan_answer *answer, struct json_writer *writer);
bool plan_answer_is_proved(const struct plan_answer *answer);

/* ---- its parts ---- */

/* For each rate that the usage is charged by, and each product that pays for its item. */
MUST_CHECK enum status break_evens_find(struct plan_answer *answer);
void break_evens_json(const struct plan_answer *answer, struct json_writer *writer);
/* From one call to twice the usage. */
MUST_CHECK enum status curve_find(struct plan_answer *answer);
void curve_json(const struct plan_answer *answer, struct json_writer *writer);
void curve_free(struct curve *curve);

#endif
