/* SPDX-License-Identifier: Apache-2.0
 *
 * What usage asks for while nothing is bought, and what could pay for it instead. */
#ifndef TG_PLAN_DEMAND_H
#define TG_PLAN_DEMAND_H

#include "plan/plan.h"

enum { DEMAND_RATES_MAX = 64 };
/* More than any usage costs. */
#define DEMAND_NEVER ((wide)1000000000000000 * DECIMAL_ONE_PICO)

struct demand { /* of an item that costs something */
    uint32_t item;
    struct decimal quantity;   /* paid as you go, in units of the item */
    struct decimal amount;     /* what that costs, exactly */
    struct decimal price, per; /* the lowest that pay-as-you-go asks for any unit */
    bool is_must;              /* has no such price: what nothing bought pays for costs DEMAND_NEVER */
    struct decimal days[PLAN_DAYS_MAX];
    uint32_t rates[DEMAND_RATES_MAX]; /* that it was charged by */
    uint32_t rate_count;
    int component;
};
struct package {
    const struct product *product;
    uint64_t items;                        /* bits of demands */
    struct decimal covers[PLAN_ITEMS_MAX]; /* at most so many units of each, by one piece */
    int component;
};
struct family {                                /* of plans that pay for the same items while they run */
    const struct product *month, *day, *tasks; /* NULL: there is none */
    uint64_t items;
    uint64_t peak; /* calls in the busiest second */
    int component;
};
struct second {
    uint32_t demand;
    int64_t at;
    struct decimal quantity;
};
struct demands {
    const struct plan_usage *usage;
    struct demand *list;
    uint32_t count;
    struct package packages[PLAN_PACKAGES_MAX];
    uint32_t package_count;
    struct family families[PLAN_FAMILIES_MAX];
    uint32_t family_count;
    int component_count;
    int64_t day_starts[PLAN_DAYS_MAX + 1]; /* local midnights */
    uint32_t day_count;
    uint32_t month_days[PLAN_MONTHS_MAX + 1]; /* months from the first day on: the day each begins with */
    uint32_t month_count;
    struct second *seconds;
    size_t second_count, second_cap;
};
/* Rate the usage with nothing bought; see what could be bought. Fails: as planner_run. demands_free in every case. */
MUST_CHECK enum status demands_find(struct planner *planner, struct demands *demands);
void demands_free(struct demands *demands);
/* Not more than pay-as-you-go asks for a quantity. */
struct decimal demand_least(const struct demand *demand, struct decimal quantity);

#endif
