/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan as JSON, and what was searched in words. */
#include "plan/plan.h"

static void purchases_json(const struct planner *planner, const struct plan *plan, struct json_writer *writer) {
    json_key(writer, "purchases");
    json_array(writer);
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct purchase *purchase = &plan->list[i];
        json_object(writer);
        json_member(writer, "sku", purchase->product->sku);
        json_decimal(writer, "quantity", decimal_from_int((int64_t)purchase->pieces));
        json_key(writer, "periods");
        json_uint(writer, purchase->periods);
        json_instant(writer, "effective_at", purchase->at_ns, planner->usage->tariff->zone);
        json_object_end(writer);
    }
    json_array_end(writer);
}

/* Days are bought one by one; here they are told together. */
static bool is_alike(const struct purchase *one, const struct purchase *other) {
    return one->product == other->product && one->pieces == other->pieces && one->periods == other->periods;
}

bool planner_mix_same(const struct plan *one, const struct plan *other) {
    if (one->count != other->count || one->is_concurrent != other->is_concurrent)
        return false;
    for (uint32_t i = 0; i < one->count; i++) {
        if (!is_alike(&one->list[i], &other->list[i]))
            return false;
    }
    return true;
}

void planner_mix_json(const struct plan *plan, struct json_writer *writer) {
    for (uint32_t i = 0; i < plan->count;) {
        const struct purchase *purchase = &plan->list[i];
        uint32_t times = 0;
        while (i < plan->count && is_alike(purchase, &plan->list[i]))
            times++, i++;
        json_object(writer);
        json_member(writer, "sku", purchase->product->sku);
        json_decimal(writer, "quantity", decimal_from_int((int64_t)purchase->pieces));
        json_key(writer, "periods");
        json_uint(writer, purchase->periods);
        json_key(writer, "times");
        json_uint(writer, times);
        json_object_end(writer);
    }
}

static void plan_json(const struct planner *planner, const char *key, const struct plan *plan,
                      struct json_writer *writer) {
    json_key(writer, key);
    json_object(writer);
    json_decimal(writer, "cost", plan->cost);
    json_decimal(writer, "of_purchases", plan->purchases);
    json_decimal(writer, "of_payg", (struct decimal){plan->cost.pico - plan->purchases.pico});
    json_decimal(writer, "billed", plan->billed);
    json_key(writer, "unpaid_events");
    json_uint(writer, plan->unpaid);
    json_key(writer, "concurrent");
    json_bool(writer, plan->is_concurrent);
    purchases_json(planner, plan, writer);
    json_object_end(writer);
}

void planner_json(const struct planner *planner, struct json_writer *writer) {
    json_key(writer, "percent");
    json_uint(writer, planner->options.share.of * 100 / planner->options.share.all);
    plan_json(planner, "best", &planner->best, writer);
    plan_json(planner, "payg", &planner->payg, writer);
    json_decimal(writer, "saving", (struct decimal){planner->payg.cost.pico - planner->best.cost.pico});
    json_key(writer, "proof");
    json_object(writer);
    json_key(writer, "proved");
    json_bool(writer, planner->is_proved);
    json_decimal(writer, "bound", planner->bound);
    json_key(writer, "rated");
    json_uint(writer, planner->evaluated);
    json_key(writer, "ruled_out");
    json_uint(writer, planner->bounded);
    json_object_end(writer);
}

void planner_space(const struct planner *planner, struct buf *out) {
    const struct plan_options *options = &planner->options;
    buf_text(out, "Packages: any number of each size, bought before the first event.\n");
    if (options->calls == 0 && planner->usage->is_volumes)
        buf_text(out, "QPS plans: not looked at; --calls says how many calls a second they are for.\n");
    else if (options->calls > 0 || planner->peak > 0)
        buf_printf(
            out,
            "QPS plans: %llu calls per second, by the month from the first day on (any set of months) and by the "
            "day (the busiest days).\n",
            (unsigned long long)(options->calls > 0 ? options->calls : planner->peak));
    if (options->tasks > 0)
        buf_printf(out, "Concurrency: %llu tasks for the whole time, or none.\n", (unsigned long long)options->tasks);
    else
        buf_text(out, "Concurrency: not looked at; --tasks says how many run at once.\n");
    buf_text(out, "Everything else pays as you go.\n");
}
