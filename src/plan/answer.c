/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer put together, each part within what is left to be spent. */
#include "plan/answer.h"

/* The plan itself may take half of it; what comes later shares the rest. */
static void work_share(const struct plan_answer *answer) {
    struct plan_work *work = answer->options.work;
    if (work != NULL)
        work->soft = work->done + (work->most - work->done) / 2;
}

static enum status runs_make(struct plan_answer *answer) {
    static const uint32_t percents[PLAN_RUNS_MAX] = {100, 80, 120};
    uint32_t count = answer->has_sensitivity ? PLAN_RUNS_MAX : 1;
    for (uint32_t i = 0; i < count; i++) {
        struct planner *planner = &answer->planners[answer->planner_count++];
        *planner = (struct planner){.usage = answer->usage, .options = answer->options};
        planner->options.share = (struct plan_share){percents[i], 100};
        work_share(answer);
        TRY(planner_run(planner));
    }
    return STATUS_OK;
}

enum status plan_answer_make(struct plan_answer *answer) {
    TRY(runs_make(answer));
    TRY(break_evens_find(answer));
    if (!answer->has_curve)
        return STATUS_OK;
    struct plan_work *work = answer->options.work;
    if (work != NULL)
        work->soft = work->most; /* a point that is not proved is no point */
    return curve_find(answer);
}

void plan_answer_free(struct plan_answer *answer) {
    for (uint32_t i = 0; i < answer->planner_count; i++)
        planner_free(&answer->planners[i]);
    curve_free(&answer->curve);
    arena_free(&answer->arena);
}

bool plan_answer_is_proved(const struct plan_answer *answer) {
    for (uint32_t i = 0; i < answer->planner_count; i++) {
        if (!answer->planners[i].is_proved)
            return false;
    }
    return true;
}

void plan_answer_json(const struct plan_answer *answer, struct json_writer *writer) {
    const struct plan_usage *usage = answer->usage;
    struct buf space = {0};
    planner_space(&answer->planners[0], &space);
    json_object(writer);
    json_member(writer, "tariff", usage->tariff->name);
    if (usage->is_volumes)
        json_member_null(writer, "account");
    else
        json_member(writer, "account", usage->account);
    json_member(writer, "currency", slice_of(usage->tariff->currency->code));
    json_instant(writer, "from", usage->first_ns, usage->tariff->zone);
    json_instant(writer, "until", usage->last_ns, usage->tariff->zone);
    json_member(writer, "space", buf_slice(&space));
    json_key(writer, "events");
    json_uint(writer, usage->total);
    json_key(writer, "plans");
    json_array(writer);
    for (uint32_t i = 0; i < answer->planner_count; i++) {
        json_object(writer);
        planner_json(&answer->planners[i], writer);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_key(writer, "break_even");
    break_evens_json(answer, writer);
    json_key(writer, "curve");
    if (answer->has_curve)
        curve_json(answer, writer);
    else
        json_null(writer);
    json_object_end(writer);
    writer->out->failed = writer->out->failed || space.failed;
    buf_free(&space);
}
