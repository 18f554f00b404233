/* SPDX-License-Identifier: Apache-2.0
 *
 * Months are chosen freely. Days outside of them cost the same each, so that for any number of them the busiest are the
 * best. */
#include "plan/cover.h"

#include <stdlib.h>

#include "rate/rate.h"

/* The days of a family outside some months, most valuable first. */
struct ranking {
    uint32_t days[PLAN_DAYS_MAX];
    uint32_t count;
};

static uint32_t month_of_day(const struct demands *demands, uint32_t day) {
    uint32_t month = 0;
    while (month + 1 < demands->month_count && demands->month_days[month + 1] <= day)
        month++;
    return month;
}

static struct decimal day_value(const struct covering *covering, uint32_t day) {
    const struct demands *demands = covering->demands;
    struct decimal value = DECIMAL_ZERO;
    for (uint32_t i = 0; i < demands->count; i++) {
        if ((covering->family->items >> i & 1) != 0)
            value.pico += demand_least(&demands->list[i], demands->list[i].days[day]).pico;
    }
    return value;
}

struct ranked {
    uint32_t day;
    struct decimal value;
};

static int by_value(const void *a, const void *b) {
    const struct ranked *one = a, *other = b;
    int order = decimal_cmp(other->value, one->value);
    return order != 0 ? order : (one->day > other->day) - (one->day < other->day);
}

static void rank(const struct covering *covering, uint32_t months, struct ranking *ret_ranking) {
    struct ranked ranked[PLAN_DAYS_MAX];
    uint32_t count = 0;
    for (uint32_t day = 0; day < covering->demands->day_count; day++) {
        struct decimal value = day_value(covering, day);
        if ((months >> month_of_day(covering->demands, day) & 1) == 0 && !decimal_is_zero(value))
            ranked[count++] = (struct ranked){day, value};
    }
    qsort(ranked, count, sizeof *ranked, by_value);
    ret_ranking->count = count;
    for (uint32_t i = 0; i < count; i++)
        ret_ranking->days[i] = ranked[i].day;
}

static uint64_t calls_of(const struct covering *covering) {
    return covering->options->calls > 0 ? covering->options->calls : covering->family->peak;
}

static enum status price_of(const struct covering *covering, const struct product *product, uint64_t pieces,
                            uint32_t periods, struct decimal *ret_price) {
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    return product_price(covering->demands->usage->tariff, product, decimal_from_int((int64_t)pieces), periods,
                         ret_price, slices, &count);
}

static void days_take(const struct covering *covering, uint32_t day, struct decimal left[PLAN_ITEMS_MAX]) {
    for (uint32_t i = 0; i < covering->demands->count; i++) {
        if ((covering->family->items >> i & 1) != 0)
            left[i].pico -= covering->demands->list[i].days[day].pico;
    }
}

static void all_of(const struct covering *covering, struct decimal left[PLAN_ITEMS_MAX]) {
    for (uint32_t i = 0; i < covering->demands->count; i++)
        left[i] = (covering->family->items >> i & 1) != 0 ? covering->demands->list[i].quantity : DECIMAL_ZERO;
}

static void months_take(const struct covering *covering, uint32_t months, struct decimal left[PLAN_ITEMS_MAX]) {
    for (uint32_t day = 0; day < covering->demands->day_count; day++) {
        if ((months >> month_of_day(covering->demands, day) & 1) != 0)
            days_take(covering, day, left);
    }
}

void cover_left(const struct covering *covering, const struct cover *cover, struct decimal left[PLAN_ITEMS_MAX]) {
    struct ranking ranking = {.count = 0};
    all_of(covering, left);
    if (cover->is_concurrent) {
        for (uint32_t i = 0; i < covering->demands->count; i++)
            left[i] = DECIMAL_ZERO;
        return;
    }
    months_take(covering, cover->months, left);
    if (cover->days == 0)
        return;
    rank(covering, cover->months, &ranking);
    for (uint32_t i = 0; i < cover->days; i++)
        days_take(covering, ranking.days[i], left);
}

static struct decimal rest_bound(const struct covering *covering, const struct decimal left[PLAN_ITEMS_MAX]) {
    struct decimal bound = DECIMAL_ZERO;
    for (uint32_t i = 0; i < covering->demands->count; i++) {
        if ((covering->family->items >> i & 1) != 0)
            bound.pico += covering->least(covering->context, i, left[i]).pico;
    }
    return bound;
}

static enum status cover_add(struct covers *covers, struct cover cover) {
    if (covers->count == covers->cap) {
        uint32_t cap = covers->cap ? 2 * covers->cap : 256;
        struct cover *list = cap > covers->cap ? reallocarray(covers->list, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        covers->list = list;
        covers->cap = cap;
    }
    covers->list[covers->count++] = cover;
    return STATUS_OK;
}

/* Runs of months are one order each. */
static enum status months_cost(const struct covering *covering, uint32_t months, struct decimal *ret_cost) {
    struct decimal cost = DECIMAL_ZERO, price;
    for (uint32_t month = 0; month < covering->demands->month_count;) {
        uint32_t run = 0;
        while (month + run < covering->demands->month_count && (months >> (month + run) & 1) != 0)
            run++;
        if (run > 0) {
            TRY(price_of(covering, covering->family->month, calls_of(covering), run, &price));
            TRY(decimal_add(cost, price, &cost));
        }
        month += run + 1;
    }
    *ret_cost = cost;
    return STATUS_OK;
}

/* The days outside some months, of all in their order. */
static void rank_outside(const struct covering *covering, const struct ranking *all, uint32_t months,
                         struct ranking *ret_ranking) {
    ret_ranking->count = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        if ((months >> month_of_day(covering->demands, all->days[i]) & 1) == 0)
            ret_ranking->days[ret_ranking->count++] = all->days[i];
    }
}

/* So many covers take as long as an event that is rated. */
enum { COVERS_A_WORK = 8 };

static enum status covers_count(const struct covering *covering, uint32_t count) {
    struct plan_work *work = covering->options->work;
    if (work == NULL)
        return STATUS_OK;
    work->done += 1 + count / COVERS_A_WORK;
    return work->done > work->most ? STATUS_BUSY : STATUS_OK;
}

/* Some months, and from none to all of the other days; `all` are the days in their order. */
static enum status days_try(const struct covering *covering, const struct ranking *all, uint32_t months,
                            struct covers *covers) {
    struct decimal left[PLAN_ITEMS_MAX], day_price = DECIMAL_ZERO;
    struct cover cover = {.months = months};
    struct ranking ranking = {.count = 0};
    all_of(covering, left);
    months_take(covering, months, left);
    if (covering->family->day != NULL) {
        rank_outside(covering, all, months, &ranking);
        TRY(price_of(covering, covering->family->day, calls_of(covering), 1, &day_price));
    }
    TRY(covers_count(covering, ranking.count));
    TRY(months_cost(covering, months, &cover.cost));
    for (uint32_t days = 0;; days++) {
        cover.days = days;
        TRY(decimal_add(cover.cost, rest_bound(covering, left), &cover.bound));
        TRY(cover_add(covers, cover));
        if (days == ranking.count)
            return STATUS_OK;
        days_take(covering, ranking.days[days], left);
        TRY(decimal_add(cover.cost, day_price, &cover.cost));
    }
}

static enum status tasks_try(const struct covering *covering, struct covers *covers) {
    struct cover cover = {.is_concurrent = true};
    TRY(price_of(covering, covering->family->tasks, covering->options->tasks, covering->demands->month_count,
                 &cover.cost));
    cover.bound = cover.cost;
    return cover_add(covers, cover);
}

static int by_bound(const void *a, const void *b) {
    const struct cover *one = a, *other = b;
    int order = decimal_cmp(one->bound, other->bound);
    if (order == 0)
        order = (one->months > other->months) - (one->months < other->months);
    return order != 0 ? order : (one->days > other->days) - (one->days < other->days);
}

enum status covers_find(const struct covering *covering, struct covers *ret_covers) {
    struct covers covers = {0};
    struct ranking all = {.count = 0};
    bool has_plan = calls_of(covering) > 0;
    uint32_t sets = covering->family->month != NULL && has_plan ? 1U << covering->demands->month_count : 1;
    struct family without = *covering->family;
    struct covering used = *covering;
    without.day = has_plan ? without.day : NULL;
    used.family = &without;
    enum status status = STATUS_OK;
    if (without.day != NULL)
        rank(&used, 0, &all);
    for (uint32_t months = 0; months < sets && status == STATUS_OK; months++)
        status = days_try(&used, &all, months, &covers);
    if (status == STATUS_OK && covering->family->tasks != NULL && covering->options->tasks > 0)
        status = tasks_try(covering, &covers);
    if (status != STATUS_OK) {
        free(covers.list);
        return status;
    }
    qsort(covers.list, covers.count, sizeof *covers.list, by_bound);
    *ret_covers = covers;
    return STATUS_OK;
}

enum status plan_add(struct plan *plan, struct purchase purchase, struct arena *arena) {
    struct purchase *list = ARENA_ARRAY(arena, plan->count + (size_t)1, struct purchase);
    if (list == NULL)
        return STATUS_NO_MEMORY;
    if (plan->count > 0)
        memcpy(list, plan->list, plan->count * sizeof *list);
    list[plan->count] = purchase;
    plan->list = list;
    plan->count++;
    return STATUS_OK;
}

static enum status day_purchases(const struct covering *covering, const struct cover *cover, struct arena *arena,
                                 struct plan *plan) {
    struct ranking ranking = {.count = 0};
    rank(covering, cover->months, &ranking);
    for (uint32_t i = 0; i < cover->days; i++) {
        int64_t at_ns = covering->demands->day_starts[ranking.days[i]];
        TRY(plan_add(plan, (struct purchase){covering->family->day, calls_of(covering), 1, at_ns}, arena));
    }
    return STATUS_OK;
}

enum status cover_purchases(const struct covering *covering, const struct cover *cover, struct arena *arena,
                            struct plan *plan) {
    const struct demands *demands = covering->demands;
    if (cover->is_concurrent) {
        plan->is_concurrent = true;
        return plan_add(plan,
                        (struct purchase){covering->family->tasks, covering->options->tasks, demands->month_count,
                                          demands->day_starts[0]},
                        arena);
    }
    for (uint32_t month = 0; month < demands->month_count; month++) {
        uint32_t run = 0;
        while (month + run < demands->month_count && (cover->months >> (month + run) & 1) != 0)
            run++;
        if (run == 0)
            continue;
        int64_t at_ns = demands->day_starts[demands->month_days[month]];
        TRY(plan_add(plan, (struct purchase){covering->family->month, calls_of(covering), run, at_ns}, arena));
        month += run;
    }
    return day_purchases(covering, cover, arena, plan);
}
