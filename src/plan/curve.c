/* SPDX-License-Identifier: Apache-2.0
 *
 * Cost against volume: the planner at a grid of volumes, and, between two of them that want different mixes, at the
 * volumes where one mix gives way to the next, to the call. */
#include <stdlib.h>

#include "plan/answer.h"

static enum status point_add(struct curve *curve, struct curve_point point, uint32_t *ret_index) {
    if (curve->count == curve->cap) {
        uint32_t cap = curve->cap ? 2 * curve->cap : 64;
        struct curve_point *list = cap > curve->cap ? reallocarray(curve->points, cap, sizeof *list) : NULL;
        if (list == NULL)
            return STATUS_NO_MEMORY;
        curve->points = list;
        curve->cap = cap;
    }
    *ret_index = curve->count;
    curve->points[curve->count++] = point;
    return STATUS_OK;
}

static enum status mix_copy(struct arena *arena, const struct plan *from, struct plan *ret_plan) {
    *ret_plan = *from;
    ret_plan->list = ARENA_ARRAY(arena, from->count + (size_t)1, struct purchase);
    if (ret_plan->list == NULL)
        return STATUS_NO_MEMORY;
    if (from->count > 0)
        memcpy(ret_plan->list, from->list, from->count * sizeof *from->list);
    return STATUS_OK;
}

/* The volume is a share of the usage. */
static enum status point_find(struct plan_answer *answer, uint64_t volume, uint32_t *ret_index) {
    struct planner planner = {.usage = answer->usage, .options = answer->options};
    struct curve_point point = {.volume = volume};
    planner.options.share = (struct plan_share){volume, answer->usage->total};
    enum status status = planner_run(&planner);
    if (status == STATUS_OK)
        status = mix_copy(&answer->arena, &planner.best, &point.best);
    point.payg = planner.payg.cost;
    point.has_payg = planner.payg.unpaid == 0;
    answer->curve.is_cut = answer->curve.is_cut || (status == STATUS_OK && !planner.is_proved);
    planner_free(&planner);
    TRY(status);
    return point_add(&answer->curve, point, ret_index);
}

/* All changes between two points, by halving: what is the same at both ends of a half is taken to be so within. */
static enum status changes_find(struct plan_answer *answer, uint32_t from, uint32_t to, uint32_t *left) {
    struct curve *curve = &answer->curve;
    uint32_t stack[72], depth = 0, middle;
    stack[depth++] = to;
    while (depth > 0) {
        const struct curve_point *low = &curve->points[from], *high = &curve->points[stack[depth - 1]];
        bool is_same = planner_mix_same(&low->best, &high->best);
        if (is_same || high->volume - low->volume == 1) {
            curve->points[stack[depth - 1]].changes = !is_same;
            *left -= is_same ? 0 : 1;
            from = stack[--depth];
            if (*left == 0) {
                curve->is_cut = true;
                return STATUS_OK;
            }
            continue;
        }
        TRY(point_find(answer, low->volume + (high->volume - low->volume) / 2, &middle));
        stack[depth++] = middle;
    }
    return STATUS_OK;
}

/* The whole width first: where there is not enough time, changes are missing and not an end of the curve. The points of
 * the grid are the first ones, rising. */
static enum status grid_walk(struct plan_answer *answer) {
    uint64_t most = 2 * answer->usage->total, last = 1;
    uint32_t index, grid, left = CURVE_CHANGES_MAX;
    TRY(point_find(answer, 1, &index));
    for (uint32_t i = 1; i <= CURVE_GRID; i++) {
        uint64_t volume = (uint64_t)((wide)most * i / CURVE_GRID);
        if (volume <= last)
            continue;
        last = volume;
        TRY(point_find(answer, volume, &index));
    }
    grid = answer->curve.count;
    for (uint32_t i = 1; i < grid && left > 0; i++)
        TRY(changes_find(answer, i - 1, i, &left));
    return STATUS_OK;
}

static int by_volume(const void *a, const void *b) {
    const struct curve_point *one = a, *other = b;
    return (one->volume > other->volume) - (one->volume < other->volume);
}

enum status curve_find(struct plan_answer *answer) {
    struct curve *curve = &answer->curve;
    enum status status = grid_walk(answer);
    if (status == STATUS_BUSY) { /* what was found is right all the same */
        curve->is_cut = true;
        status = STATUS_OK;
    }
    if (curve->count > 1)
        qsort(curve->points, curve->count, sizeof *curve->points, by_volume);
    return status;
}

void curve_free(struct curve *curve) {
    free(curve->points);
}

/* Of the points that halving took, those beside a change tell how the cost jumps there; the others tell nothing. */
static bool is_shown(const struct plan_answer *answer, uint32_t index) {
    const struct curve *curve = &answer->curve;
    uint64_t most = 2 * answer->usage->total, volume = curve->points[index].volume;
    if (index == 0 || curve->points[index].changes || index + 1 == curve->count || curve->points[index + 1].changes)
        return true;
    for (uint32_t i = 1; i <= CURVE_GRID; i++) {
        if (volume == (uint64_t)((wide)most * i / CURVE_GRID))
            return true;
    }
    return false;
}

void curve_json(const struct plan_answer *answer, struct json_writer *writer) {
    const struct curve *curve = &answer->curve;
    json_object(writer);
    json_key(writer, "whole");
    json_bool(writer, !curve->is_cut);
    json_key(writer, "points");
    json_array(writer);
    for (uint32_t i = 0; i < curve->count; i++) {
        const struct curve_point *point = &curve->points[i];
        if (!is_shown(answer, i))
            continue;
        json_object(writer);
        json_decimal(writer, "volume", decimal_from_int((int64_t)point->volume));
        json_decimal(writer, "cost", point->best.cost);
        json_decimal(writer, "of_purchases", point->best.purchases);
        if (point->has_payg)
            json_decimal(writer, "payg", point->payg);
        else
            json_member_null(writer, "payg");
        json_key(writer, "unpaid_events");
        json_uint(writer, point->best.unpaid);
        json_key(writer, "changes");
        json_bool(writer, point->changes);
        json_key(writer, "mix");
        json_array(writer);
        planner_mix_json(&point->best, writer);
        json_array_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_object_end(writer);
}
