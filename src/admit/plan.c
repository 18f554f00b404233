/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation may charge, and which quotas cover it. */
#include "admit/plan_private.h"

static bool covers(const struct product *product, uint32_t item) {
    for (uint32_t i = 0; i < product->scope_count; i++)
        if (product->scope[i].item == item)
            return true;
    return false;
}

static void plan_item(struct plan *plan, uint32_t item) {
    for (uint32_t i = 0; i < plan->item_count; i++)
        if (plan->items[i] == item)
            return;
    plan->items[plan->item_count++] = item;
}

static uint32_t use_size(const struct use *use) {
    uint32_t size = 1;
    for (uint32_t i = 0; i < use->by_count; i++)
        size *= use->by[i]->value_count;
    return size;
}

/* Those that every call charges first: no condition, no choice among several. */
static void plan_items(const struct tariff *tariff, const struct operation *operation, struct plan *plan) {
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < operation->use_count; i++) {
            const struct use *use = &operation->uses[i];
            bool is_sure = !use->when && use->by_count == 0 && !operation->takes_first;
            if (is_sure != (pass == 0))
                continue;
            for (uint32_t k = 0; k < use_size(use); k++) {
                uint32_t item = use->by_count ? use->items[k] : use->item;
                if (item != INDEX_NONE && tariff->items[item].billed_by.len == 0)
                    plan_item(plan, item);
            }
        }
        if (pass == 0)
            plan->sure_count = plan->item_count;
    }
}

/* Products of one family (a plan by day, the same by month) are one quota. */
static void plan_quotas(const struct tariff *tariff, struct plan *plan) {
    for (uint32_t i = 0; i < tariff->product_count; i++) {
        const struct product *product = &tariff->products[i];
        bool is_rate = product->kind == PRODUCT_QPS, is_covered = false;
        if (!is_rate && product->kind != PRODUCT_CONCURRENCY)
            continue;
        uint32_t *list = is_rate ? plan->rates : plan->tasks, *count = is_rate ? &plan->rate_count : &plan->task_count;
        for (uint32_t k = 0; k < plan->item_count; k++)
            is_covered = is_covered || covers(product, plan->items[k]);
        for (uint32_t k = 0; k < *count; k++)
            is_covered = is_covered && !slice_eq(tariff->products[list[k]].family, product->family);
        if (is_covered && *count < QUOTAS_MAX)
            list[(*count)++] = i;
    }
}

enum status plans_make(const struct tariff *tariff, struct arena *arena, struct plan **ret_plans) {
    struct plan *plans = ARENA_ARRAY(arena, tariff->operation_count + 1, struct plan);
    if (!plans)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < tariff->operation_count; i++) {
        plans[i].items = ARENA_ARRAY(arena, tariff->item_count + 1, uint32_t);
        if (!plans[i].items)
            return STATUS_NO_MEMORY;
        plan_items(tariff, &tariff->operations[i], &plans[i]);
        plan_quotas(tariff, &plans[i]);
    }
    *ret_plans = plans;
    return STATUS_OK;
}
