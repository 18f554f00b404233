/* SPDX-License-Identifier: Apache-2.0
 *
 * From which volume a product pays. What a volume costs is asked of the rating core, with the product and without it;
 * between the volumes at which a price, a free quota or a package ends, the difference is a straight line, so that
 * looking at its ends tells whether it crosses zero, and halving tells where. */
#include <stdlib.h>

#include "export/show.h"
#include "plan/answer.h"
#include "rate/rate.h"

#define BREAK_EVEN_MOST ((wide)1000000000000)
enum { BORDERS_MAX = 512 };

struct crossing {
    struct plan_answer *answer;
    const struct demands *demands;
    const struct demand *demand;
    struct break_even *one;
    wide borders[BORDERS_MAX]; /* rising: between two of them nothing bends */
    uint32_t border_count;
    struct decimal payg, with; /* of the volume that was asked last */
};

/* ---- what a volume costs ---- */

static enum status volume_price(struct crossing *crossing, wide volume, bool is_bought, struct decimal *ret_cost) {
    const struct tariff *tariff = crossing->demands->usage->tariff;
    const struct break_even *one = crossing->one;
    struct arena scratch = {0};
    struct slice reason;
    struct session_use use = {.tariff = tariff,
                              .item = one->rate->item,
                              .rate = (uint32_t)(one->rate - tariff->rates),
                              .quantity = {volume * DECIMAL_ONE_PICO},
                              .at_ns = crossing->demands->usage->first_ns};
    struct purchase purchase = {one->product, one->pieces, 1, crossing->demands->day_starts[0]};
    struct plan plan = {.list = &purchase, .count = is_bought ? 1 : 0};
    plan.is_concurrent = is_bought && one->product->kind == PRODUCT_CONCURRENCY;
    struct plan_question question = {
        .usage = crossing->demands->usage, .use = &use, .work = crossing->answer->options.work};
    enum status status = plan_price(&question, &plan, &scratch, &reason);
    *ret_cost = plan.cost;
    arena_free(&scratch);
    return status;
}

/* Whether the product pays for so much. */
static enum status pays(struct crossing *crossing, wide volume, bool *ret_pays) {
    TRY(volume_price(crossing, volume, false, &crossing->payg));
    TRY(volume_price(crossing, volume, true, &crossing->with));
    *ret_pays = decimal_cmp(crossing->with, crossing->payg) <= 0;
    return STATUS_OK;
}

/* ---- where something bends ---- */

static void border_add(struct crossing *crossing, wide volume) {
    if (volume < 1 || volume >= BREAK_EVEN_MOST || crossing->border_count + 1 >= BORDERS_MAX)
        return;
    crossing->borders[crossing->border_count++] = volume;
}

/* Tiers count what is prepaid or free too, or they do not. */
static void border_shifted(struct crossing *crossing, wide volume, wide covers, wide free) {
    const wide shifts[] = {0, covers, free, covers + free};
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        for (wide near = -1; near <= 1; near++)
            border_add(crossing, volume + shifts[i] + near);
    }
}

static int by_volume(const void *a, const void *b) {
    const wide *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

static void borders_find(struct crossing *crossing) {
    const struct rate *rate = crossing->one->rate;
    const struct item *item = &crossing->demands->usage->tariff->items[rate->item];
    wide covers = crossing->one->covers.pico / DECIMAL_ONE_PICO;
    wide free = item->has_free_quota ? item->free_quota.pico / DECIMAL_ONE_PICO : 0;
    border_add(crossing, 1);
    border_shifted(crossing, 0, covers, free);
    for (uint32_t i = 0; i < rate->tier_count; i++) {
        if (!rate->tiers[i].is_last)
            border_shifted(crossing, rate->tiers[i].up_to.pico / DECIMAL_ONE_PICO, covers, free);
    }
    qsort(crossing->borders, crossing->border_count, sizeof *crossing->borders, by_volume);
    crossing->borders[crossing->border_count++] = BREAK_EVEN_MOST;
}

/* ---- the first volume that pays ---- */

/* It does not pay at `low`, and does at `high`. */
static enum status halve(struct crossing *crossing, wide low, wide high, wide *ret_volume) {
    bool is_paying;
    while (high - low > 1) {
        wide middle = low + (high - low) / 2;
        TRY(pays(crossing, middle, &is_paying));
        low = is_paying ? low : middle;
        high = is_paying ? middle : high;
    }
    *ret_volume = high;
    return STATUS_OK;
}

static enum status volume_found(struct crossing *crossing, wide volume) {
    struct break_even *one = crossing->one;
    bool is_paying;
    if (volume > 1) {
        TRY(pays(crossing, volume - 1, &is_paying));
        one->payg_below = crossing->payg;
        one->with_below = crossing->with;
    } else {
        one->with_below = one->price;
    }
    TRY(pays(crossing, volume, &is_paying));
    one->payg = crossing->payg;
    one->with = crossing->with;
    one->volume = volume;
    one->is_found = is_paying;
    return STATUS_OK;
}

static enum status cross(struct crossing *crossing) {
    wide low = 0, volume;
    bool is_paying;
    borders_find(crossing);
    for (uint32_t i = 0; i < crossing->border_count; i++) {
        wide border = crossing->borders[i];
        if (border <= low)
            continue;
        TRY(pays(crossing, border, &is_paying));
        if (is_paying) {
            TRY(halve(crossing, low, border, &volume));
            return volume_found(crossing, volume);
        }
        low = border;
    }
    crossing->one->why = "pay-as-you-go is cheaper at every volume";
    return STATUS_OK;
}

/* ---- the table ---- */

static enum status even_find(struct plan_answer *answer, const struct demands *demands, const struct demand *demand,
                             struct break_even one) {
    const struct tariff *tariff = demands->usage->tariff;
    struct break_even *kept = &answer->break_evens[answer->break_even_count++];
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    *kept = one;
    TRY(product_price(tariff, one.product, decimal_from_int((int64_t)one.pieces), 1, &kept->price, slices, &count));
    if (one.rate->mode == PRICE_UNPUBLISHED || one.rate->mode == PRICE_FREE) {
        kept->why = one.rate->mode == PRICE_FREE ? "pay-as-you-go asks nothing" : "it has no price as you go";
        return STATUS_OK;
    }
    struct crossing *crossing = calloc(1, sizeof *crossing);
    if (crossing == NULL)
        return STATUS_NO_MEMORY;
    *crossing = (struct crossing){.answer = answer, .demands = demands, .demand = demand, .one = kept};
    enum status status = cross(crossing);
    free(crossing);
    if (status != STATUS_CONFLICT)
        return status;
    kept->why = "it is not sold so";
    return STATUS_OK;
}

/* A family's plans are for as many calls or tasks as the planner takes them for, or for one. */
static uint64_t pieces_of(const struct plan_answer *answer, const struct family *family,
                          const struct product *product) {
    const struct plan_options *options = &answer->options;
    uint64_t pieces = product == family->tasks ? options->tasks : options->calls > 0 ? options->calls : family->peak;
    return pieces > 0 ? pieces : 1;
}

static enum status rate_evens(struct plan_answer *answer, const struct demands *demands, uint32_t index,
                              const struct rate *rate) {
    const struct demand *demand = &demands->list[index];
    for (uint32_t i = 0; i < demands->package_count; i++) {
        const struct package *package = &demands->packages[i];
        struct break_even one = {
            .product = package->product, .rate = rate, .pieces = 1, .covers = package->covers[index]};
        if ((package->items >> index & 1) != 0)
            TRY(even_find(answer, demands, demand, one));
    }
    for (uint32_t i = 0; i < demands->family_count; i++) {
        const struct family *family = &demands->families[i];
        const struct product *products[] = {family->day, family->month, family->tasks};
        for (size_t k = 0; k < sizeof products / sizeof *products; k++) {
            if (products[k] == NULL || (family->items >> index & 1) == 0)
                continue;
            struct break_even one = {
                .product = products[k], .rate = rate, .pieces = pieces_of(answer, family, products[k])};
            TRY(even_find(answer, demands, demand, one));
        }
    }
    return STATUS_OK;
}

/* What has no price as you go was never charged: the rate of its usage. */
static void unpriced_rates(struct demands *demands, uint32_t index) {
    struct demand *demand = &demands->list[index];
    const struct plan_usage *usage = demands->usage;
    for (uint32_t i = 0; i < usage->count && demand->rate_count < DEMAND_RATES_MAX; i++) {
        const struct record *record = usage->events[i].record;
        for (uint32_t k = 0; k < record->usage_count; k++) {
            uint32_t rate = record->usages[k].rate, at = 0;
            while (at < demand->rate_count && demand->rates[at] != rate)
                at++;
            if (record->usages[k].item == demand->item && rate != INDEX_NONE && at == demand->rate_count &&
                demand->rate_count < DEMAND_RATES_MAX)
                demand->rates[demand->rate_count++] = rate;
        }
    }
}

static enum status table_fill(struct plan_answer *answer, struct demands *demands) {
    size_t most = 1;
    for (uint32_t i = 0; i < demands->count; i++) {
        if (demands->list[i].is_must)
            unpriced_rates(demands, i);
        most += (size_t)demands->list[i].rate_count * (PLAN_PACKAGES_MAX + 3 * PLAN_FAMILIES_MAX);
    }
    answer->break_evens = ARENA_ARRAY(&answer->arena, most, struct break_even);
    if (answer->break_evens == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < demands->count; i++) {
        for (uint32_t k = 0; k < demands->list[i].rate_count; k++)
            TRY(rate_evens(answer, demands, i, &demands->usage->tariff->rates[demands->list[i].rates[k]]));
    }
    return STATUS_OK;
}

enum status break_evens_find(struct plan_answer *answer) {
    struct planner planner = {.usage = answer->usage, .options = answer->options};
    struct demands *demands = calloc(1, sizeof *demands);
    if (demands == NULL)
        return STATUS_NO_MEMORY;
    planner.options.share = (struct plan_share){100, 100};
    enum status status = demands_find(&planner, demands);
    if (status == STATUS_OK)
        status = table_fill(answer, demands);
    demands_free(demands);
    planner_free(&planner);
    free(demands);
    return status;
}

/* ---- as JSON ---- */

static void costs_json(const char *key, struct decimal payg, struct decimal with, struct json_writer *writer) {
    json_key(writer, key);
    json_object(writer);
    json_decimal(writer, "payg", payg);
    json_decimal(writer, "with", with);
    json_object_end(writer);
}

static void even_json(const struct plan_answer *answer, const struct break_even *one, struct arena *scratch,
                      struct json_writer *writer) {
    const struct tariff *tariff = answer->usage->tariff;
    const struct item *item = &tariff->items[one->rate->item];
    char period[32];
    size_t len = duration_format(one->product->validity, period, sizeof period);
    bool is_package = one->product->kind == PRODUCT_PACKAGE;
    json_object(writer);
    json_member(writer, "item", item->name);
    json_optional(writer, "cell", cell_text(tariff, one->rate, scratch));
    json_member(writer, "unit", item->unit);
    json_member(writer, "sku", one->product->sku);
    json_member(writer, "kind",
                slice_of(is_package                          ? "package"
                         : one->product->kind == PRODUCT_QPS ? "qps"
                                                             : "concurrency"));
    json_decimal(writer, "quantity", decimal_from_int((int64_t)one->pieces));
    json_optional(writer, "period", (struct slice){period, len});
    json_decimal(writer, "price", one->price);
    if (is_package)
        json_decimal(writer, "covers", one->covers);
    else
        json_member_null(writer, "covers");
    if (one->is_found) {
        json_decimal(writer, "volume", (struct decimal){one->volume * DECIMAL_ONE_PICO});
        costs_json("at", one->payg, one->with, writer);
        costs_json("below", one->payg_below, one->with_below, writer);
    } else {
        json_member_null(writer, "volume");
        json_member_null(writer, "at");
        json_member_null(writer, "below");
    }
    json_optional(writer, "why", slice_of(one->why != NULL ? one->why : ""));
    json_object_end(writer);
}

void break_evens_json(const struct plan_answer *answer, struct json_writer *writer) {
    struct arena scratch = {0};
    json_array(writer);
    for (uint32_t i = 0; i < answer->break_even_count; i++)
        even_json(answer, &answer->break_evens[i], &scratch, writer);
    json_array_end(writer);
    arena_free(&scratch);
}
