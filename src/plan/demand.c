/* SPDX-License-Identifier: Apache-2.0
 *
 * The usage, rated with nothing bought: what is paid as you go, by item, day and second; and the products for it. */
#include "plan/demand.h"

#include <stdlib.h>

struct decimal demand_least(const struct demand *demand, struct decimal quantity) {
    struct decimal least;
    if (demand->is_must)
        return quantity.pico > 0 ? (struct decimal){DEMAND_NEVER} : DECIMAL_ZERO;
    if (decimal_price(quantity, demand->price, demand->per, DECIMAL_SCALE, ROUND_DOWN, &least) != STATUS_OK)
        return DECIMAL_ZERO; /* a bound of nothing rules nothing out */
    return least;
}

void demands_free(struct demands *demands) {
    free(demands->list);
    free(demands->seconds);
}

/* ---- days and months ---- */

static enum status days_cut(struct demands *demands) {
    const struct zone *zone = demands->usage->tariff->zone;
    struct civil civil = zone_civil(zone, demands->usage->first_ns);
    int64_t start_ns, at_ns;
    civil = (struct civil){.year = civil.year, .month = civil.month, .day = civil.day};
    TRY(zone_instant(zone, civil, &start_ns));
    for (uint32_t day = 0; day <= PLAN_DAYS_MAX; day++) {
        TRY(instant_add(zone, start_ns, (struct duration){1, UNIT_DAY}, day, &demands->day_starts[day]));
        demands->day_count = day;
        if (demands->day_starts[day] > demands->usage->last_ns)
            break;
    }
    if (demands->day_starts[demands->day_count] <= demands->usage->last_ns)
        return STATUS_RANGE;
    for (uint32_t month = 0, day = 0; month <= PLAN_MONTHS_MAX; month++) {
        TRY(instant_add(zone, start_ns, (struct duration){1, UNIT_MONTH}, month, &at_ns));
        while (day < demands->day_count && demands->day_starts[day] < at_ns)
            day++;
        demands->month_days[month] = day;
        demands->month_count = month;
        if (at_ns > demands->usage->last_ns)
            return STATUS_OK;
    }
    return STATUS_RANGE;
}

static uint32_t day_of(const struct demands *demands, int64_t at_ns) {
    uint32_t from = 0, to = demands->day_count;
    while (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        if (demands->day_starts[middle] <= at_ns)
            from = middle;
        else
            to = middle;
    }
    return from;
}

/* ---- items ---- */

static struct demand *demand_of(struct demands *demands, uint32_t item) {
    for (uint32_t i = 0; i < demands->count; i++) {
        if (demands->list[i].item == item)
            return &demands->list[i];
    }
    if (demands->count == PLAN_ITEMS_MAX)
        return NULL;
    demands->list[demands->count] = (struct demand){.item = item};
    return &demands->list[demands->count++];
}

/* a / a_per < b / b_per, as far as 12 digits tell. */
static bool is_cheaper(struct decimal a, struct decimal a_per, struct decimal b, struct decimal b_per) {
    struct decimal one, other;
    struct decimal many = decimal_from_int(1000000);
    return decimal_price(many, a, a_per, DECIMAL_SCALE, ROUND_DOWN, &one) == STATUS_OK &&
           decimal_price(many, b, b_per, DECIMAL_SCALE, ROUND_DOWN, &other) == STATUS_OK && decimal_cmp(one, other) < 0;
}

static void price_lower(struct demand *demand, struct decimal price, struct decimal per) {
    if (decimal_is_zero(demand->per) || is_cheaper(price, per, demand->price, demand->per)) {
        demand->price = price;
        demand->per = per;
    }
}

/* Tiers that begin above everything that is used are never reached. */
static void prices_find(struct demand *demand, const struct tariff *tariff) {
    for (uint32_t i = 0; i < demand->rate_count; i++) {
        const struct rate *rate = &tariff->rates[demand->rates[i]];
        if (rate->mode == PRICE_FLAT)
            price_lower(demand, rate->price, rate->per);
        for (uint32_t k = 0; k < rate->tier_count; k++) {
            if (k == 0 || decimal_cmp(rate->tiers[k - 1].up_to, demand->quantity) <= 0)
                price_lower(demand, rate->tiers[k].price, rate->per);
        }
    }
}

static enum status rate_see(struct demand *demand, uint32_t rate) {
    for (uint32_t i = 0; i < demand->rate_count; i++) {
        if (demand->rates[i] == rate)
            return STATUS_OK;
    }
    if (demand->rate_count == DEMAND_RATES_MAX)
        return STATUS_RANGE;
    demand->rates[demand->rate_count++] = rate;
    return STATUS_OK;
}

static enum status second_add(struct demands *demands, struct second second) {
    if (demands->second_count == demands->second_cap) {
        size_t cap = demands->second_cap ? 2 * demands->second_cap : 1024;
        struct second *list = reallocarray(demands->seconds, cap, sizeof *list);
        if (list == NULL)
            return STATUS_NO_MEMORY;
        demands->seconds = list;
        demands->second_cap = cap;
    }
    demands->seconds[demands->second_count++] = second;
    return STATUS_OK;
}

static enum status on_charge(void *context, const struct charge_view *charge) {
    struct demands *demands = context;
    if (charge->tariff != demands->usage->tariff || charge->funding != FUNDING_PAYG)
        return STATUS_OK;
    struct demand *demand = demand_of(demands, charge->rate->item);
    if (demand == NULL)
        return STATUS_RANGE;
    struct decimal *day = &demand->days[day_of(demands, charge->at_ns)];
    TRY(rate_see(demand, (uint32_t)(charge->rate - charge->tariff->rates)));
    TRY(decimal_add(*day, charge->quantity, day));
    TRY(decimal_add(demand->quantity, charge->quantity, &demand->quantity));
    if (charge->operation == NULL)
        return STATUS_OK;
    int64_t at = charge->at_ns / NS_PER_SECOND;
    return second_add(demands, (struct second){(uint32_t)(demand - demands->list), at, charge->quantity});
}

/* What has no price as you go: something must be bought for it. The share of the plan's question is not applied to
 * single events here: the quantity is scaled, and rounded up, which only makes a plan pay for a little more. */
static enum status must_add(struct demands *demands, const struct plan_event *event, const struct usage *usage,
                            struct plan_share share) {
    struct demand *demand = demand_of(demands, usage->item);
    int64_t at_ns = event->record->owner_ns;
    struct decimal whole, scaled;
    if (demand == NULL)
        return STATUS_RANGE;
    TRY(decimal_price(usage->quantity, decimal_from_int((int64_t)event->weight), decimal_from_int(1), DECIMAL_SCALE,
                      ROUND_DOWN, &whole));
    TRY(decimal_price(whole, decimal_from_int((int64_t)share.of), decimal_from_int((int64_t)share.all), DECIMAL_SCALE,
                      ROUND_UP, &scaled));
    struct decimal *day = &demand->days[day_of(demands, at_ns)];
    demand->is_must = true;
    TRY(decimal_add(*day, scaled, day));
    TRY(decimal_add(demand->quantity, scaled, &demand->quantity));
    return second_add(demands, (struct second){(uint32_t)(demand - demands->list), at_ns / NS_PER_SECOND, whole});
}

static enum status musts_add(struct demands *demands, struct plan_share share) {
    const struct plan_usage *usage = demands->usage;
    for (uint32_t i = 0; i < usage->count; i++) {
        const struct record *record = usage->events[i].record;
        for (uint32_t k = 0; k < record->usage_count && record->is_billable; k++) {
            uint32_t rate = record->usages[k].rate;
            if (rate != INDEX_NONE && usage->tariff->rates[rate].mode == PRICE_UNPUBLISHED) /* else: billed elsewhere */
                TRY(must_add(demands, &usage->events[i], &record->usages[k], share));
        }
    }
    return STATUS_OK;
}

/* ---- what could pay ---- */

static uint64_t items_of(const struct demands *demands, const struct product *product, struct package *package) {
    uint64_t items = 0;
    for (uint32_t i = 0; i < demands->count; i++) {
        for (uint32_t k = 0; k < product->scope_count; k++) {
            const struct scope_entry *scope = &product->scope[k];
            if (scope->item != demands->list[i].item)
                continue;
            items |= UINT64_C(1) << i;
            if (package != NULL && decimal_price(product->units, scope->per, scope->factor, DECIMAL_SCALE, ROUND_UP,
                                                 &package->covers[i]) != STATUS_OK)
                items &= ~(UINT64_C(1) << i);
        }
    }
    return items;
}

static enum status package_add(struct demands *demands, const struct product *product) {
    struct package package = {.product = product};
    package.items = items_of(demands, product, &package);
    if (package.items == 0 || product->restores)
        return STATUS_OK; /* what fills up again is not looked at */
    if (demands->package_count == PLAN_PACKAGES_MAX)
        return STATUS_RANGE;
    demands->packages[demands->package_count++] = package;
    return STATUS_OK;
}

static enum status family_add(struct demands *demands, const struct product *product) {
    uint64_t items = items_of(demands, product, NULL);
    uint32_t at = 0;
    if (items == 0)
        return STATUS_OK;
    while (at < demands->family_count && demands->families[at].items != items)
        at++;
    if (at == PLAN_FAMILIES_MAX)
        return STATUS_RANGE;
    struct family *family = &demands->families[at];
    if (at == demands->family_count)
        demands->families[demands->family_count++] = (struct family){.items = items};
    bool is_day = product->validity.unit == UNIT_DAY && product->validity.count == 1;
    bool is_month = product->validity.unit == UNIT_MONTH && product->validity.count == 1;
    if (product->kind == PRODUCT_CONCURRENCY && is_month)
        family->tasks = product;
    else if (product->kind == PRODUCT_QPS && is_day)
        family->day = product;
    else if (product->kind == PRODUCT_QPS && is_month)
        family->month = product;
    return STATUS_OK;
}

static enum status products_find(struct demands *demands) {
    const struct tariff *tariff = demands->usage->tariff;
    for (uint32_t i = 0; i < tariff->product_count; i++) {
        const struct product *product = &tariff->products[i];
        if (!product->is_published)
            continue;
        if (product->kind == PRODUCT_PACKAGE)
            TRY(package_add(demands, product));
        else if (product->kind == PRODUCT_QPS || product->kind == PRODUCT_CONCURRENCY)
            TRY(family_add(demands, product));
    }
    return STATUS_OK;
}

/* ---- the busiest second ---- */

static int by_second(const void *a, const void *b) {
    const struct second *one = a, *other = b;
    return (one->at > other->at) - (one->at < other->at);
}

static void peaks_find(struct demands *demands) {
    if (demands->usage->is_volumes)
        return;
    if (demands->second_count > 1)
        qsort(demands->seconds, demands->second_count, sizeof *demands->seconds, by_second);
    for (uint32_t f = 0; f < demands->family_count; f++) {
        struct family *family = &demands->families[f];
        struct decimal calls = DECIMAL_ZERO;
        for (size_t i = 0; i < demands->second_count; i++) {
            const struct second *second = &demands->seconds[i];
            if (i > 0 && second->at != second[-1].at)
                calls = DECIMAL_ZERO;
            if ((family->items >> second->demand & 1) != 0)
                calls.pico += second->quantity.pico; /* sums of these were checked before */
            uint64_t whole = (uint64_t)((calls.pico + DECIMAL_ONE_PICO - 1) / DECIMAL_ONE_PICO);
            family->peak = whole > family->peak ? whole : family->peak;
        }
    }
}

/* ---- what can be decided apart ---- */

static int join(struct demands *demands, uint64_t items) {
    int component = -1;
    for (uint32_t i = 0; i < demands->count; i++) {
        if ((items >> i & 1) == 0)
            continue;
        int other = demands->list[i].component;
        component = component < 0 ? other : component;
        for (uint32_t k = 0; k < demands->count && other != component; k++)
            demands->list[k].component = demands->list[k].component == other ? component : demands->list[k].component;
    }
    return component;
}

static int component_of(const struct demands *demands, uint64_t items) {
    for (uint32_t i = 0; i < demands->count; i++) {
        if ((items >> i & 1) != 0)
            return demands->list[i].component;
    }
    return -1;
}

static void components_find(struct demands *demands) {
    for (uint32_t i = 0; i < demands->count; i++)
        demands->list[i].component = (int)i;
    for (uint32_t i = 0; i < demands->package_count; i++)
        join(demands, demands->packages[i].items);
    for (uint32_t i = 0; i < demands->family_count; i++)
        join(demands, demands->families[i].items);
    for (uint32_t i = 0; i < demands->package_count; i++)
        demands->packages[i].component = component_of(demands, demands->packages[i].items);
    for (uint32_t i = 0; i < demands->family_count; i++)
        demands->families[i].component = component_of(demands, demands->families[i].items);
    demands->component_count = (int)demands->count;
}

enum status demands_find(struct planner *planner, struct demands *demands) {
    const struct plan_usage *usage = planner->usage;
    struct charge_watch watch = {.charged = on_charge, .context = demands};
    *demands = (struct demands){.usage = usage, .list = calloc(PLAN_ITEMS_MAX, sizeof *demands->list)};
    struct decimal *amounts = ARENA_ARRAY(&planner->arena, usage->tariff->item_count + (size_t)1, struct decimal);
    if (demands->list == NULL || amounts == NULL)
        return STATUS_NO_MEMORY;
    if (usage->count == 0)
        return STATUS_NOT_FOUND;
    TRY(days_cut(demands));
    struct plan_question question = {usage, planner->options.share, NULL, &watch, amounts, planner->options.work};
    TRY(plan_price(&question, &planner->payg, &planner->arena, &planner->refusal));
    planner->evaluated++;
    planner->best = planner->payg;
    for (uint32_t i = 0; i < demands->count; i++)
        demands->list[i].amount = amounts[demands->list[i].item];
    TRY(musts_add(demands, planner->options.share));
    for (uint32_t i = 0; i < demands->count; i++)
        prices_find(&demands->list[i], usage->tariff);
    TRY(products_find(demands));
    peaks_find(demands);
    components_find(demands);
    return STATUS_OK;
}
