/* SPDX-License-Identifier: Apache-2.0
 *
 * The lane of an endpoint: which delivery is next, and what becomes of it. */
#include <stdlib.h>

#include "hook/hooks_private.h"
#include "hook/schedule.h"

static void delivery_free(struct delivery *delivery) {
    free(delivery->account);
    free(delivery->body);
    free(delivery);
}

void lane_free(struct lane *lane) {
    if (!lane)
        return;
    for (uint32_t i = 0; i < lane->log_count; i++)
        delivery_free(lane->log[i]);
    endpoint_free(lane->endpoint);
    free(lane);
}

/* What is over longest makes room. */
static void log_trim(struct lane *lane) {
    uint32_t oldest = 0;
    while (oldest + 1 < lane->log_count && lane->log[oldest]->state == DELIVERY_WAITING)
        oldest++;
    delivery_free(lane->log[oldest]);
    memmove(&lane->log[oldest], &lane->log[oldest + 1], (lane->log_count - oldest - 1) * sizeof(struct delivery *));
    lane->log_count--;
}

struct delivery *lane_add(struct lane *lane, const struct message *message, int64_t now_ns) {
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery)
        return NULL;
    delivery->account = strndup(message->account.ptr ? message->account.ptr : "", message->account.len);
    delivery->body = strndup(message->body.ptr, message->body.len);
    if (!delivery->account || !delivery->body) {
        delivery_free(delivery);
        return NULL;
    }
    if (lane->log_count == DELIVERY_LOG_MAX)
        log_trim(lane);
    delivery->number = ++lane->last_number;
    delivery->type = message->type;
    delivery->created_ns = delivery->next_ns = now_ns;
    memcpy(delivery->id, message->id, sizeof delivery->id);
    lane->log[lane->log_count++] = delivery;
    lane->waiting++;
    lane->is_noted = false;
    return delivery;
}

struct delivery *lane_delivery(const struct lane *lane, uint64_t number) {
    for (uint32_t i = 0; i < lane->log_count; i++)
        if (lane->log[i]->number == number)
            return lane->log[i];
    return NULL;
}

struct delivery *lane_next(const struct lane *lane, int64_t now_ns) {
    struct delivery *next = NULL;
    bool is_probing = schedule_pause(lane->failures) > 0;
    if (lane->endpoint->state != ENDPOINT_ENABLED || lane->under_way >= (is_probing ? 1 : DELIVERY_FLIGHT))
        return NULL;
    if (is_probing && now_ns < lane->probe_ns)
        return NULL;
    for (uint32_t i = 0; i < lane->log_count; i++) {
        struct delivery *delivery = lane->log[i];
        bool is_due = delivery->state == DELIVERY_WAITING && !delivery->is_under_way && delivery->next_ns <= now_ns;
        if (is_due && (!next || delivery->next_ns < next->next_ns))
            next = delivery;
    }
    return next;
}

int64_t lane_due(const struct lane *lane) {
    int64_t due_ns = INSTANT_MAX;
    bool is_probing = schedule_pause(lane->failures) > 0;
    if (lane->endpoint->state != ENDPOINT_ENABLED || lane->under_way >= (is_probing ? 1 : DELIVERY_FLIGHT))
        return due_ns;
    for (uint32_t i = 0; i < lane->log_count; i++) {
        const struct delivery *delivery = lane->log[i];
        if (delivery->state == DELIVERY_WAITING && !delivery->is_under_way && delivery->next_ns < due_ns)
            due_ns = delivery->next_ns;
    }
    return is_probing && due_ns != INSTANT_MAX && lane->probe_ns > due_ns ? lane->probe_ns : due_ns;
}

/* ---- what becomes of it ---- */

/* The endpoint stays as it is until somebody enables it. A failure to write it down shows again with the next start:
 * then it is tried once more. */
static void endpoint_stop(struct hooks *hooks, struct lane *lane, enum endpoint_state state) {
    if (lane->endpoint->state != ENDPOINT_ENABLED)
        return;
    lane->endpoint->state = state;
    lane->endpoint->changed_ns = hooks_now(hooks);
    if (endpoint_put(hooks, lane->endpoint) != STATUS_OK)
        lane->is_noted = false;
    if (hooks->options.stopped)
        hooks->options.stopped(hooks->options.stopped_context, lane->endpoint->id, endpoint_state_name(state));
}

static void delivery_end(struct lane *lane, struct delivery *delivery, enum delivery_state state) {
    delivery->state = state;
    lane->waiting--;
}

static void delivery_failed(struct hooks *hooks, struct lane *lane, struct delivery *delivery, int64_t retry_after) {
    int64_t now_ns = hooks_now(hooks),
            delay = schedule_delay(slice_of(delivery->id), delivery->attempt_count, retry_after);
    lane->failures += lane->failures < UINT32_MAX;
    lane->probe_ns = now_ns + schedule_pause(lane->failures);
    hooks->stats.failed_attempts++;
    delivery->next_ns = now_ns + delay;
    if (delay > 0)
        return;
    delivery_end(lane, delivery, DELIVERY_FAILED);
    hooks->stats.given_up++;
    if (lane->success_ns < delivery->attempts[0].at_ns)
        endpoint_stop(hooks, lane, ENDPOINT_FAILING);
}

void lane_result(struct hooks *hooks, struct lane *lane, struct delivery *delivery,
                 const struct transport_result *result) {
    struct attempt *attempt = &delivery->attempts[delivery->attempt_count++];
    attempt->status = result->status;
    attempt->milliseconds = result->milliseconds;
    memcpy(attempt->error, result->error, sizeof attempt->error);
    delivery->is_under_way = false;
    lane->under_way--;
    lane->is_noted = false;
    enum schedule_verdict verdict = schedule_verdict(result->status);
    if (verdict == SCHEDULE_DELIVERED) {
        delivery_end(lane, delivery, DELIVERY_DELIVERED);
        lane->failures = 0;
        lane->success_ns = hooks_now(hooks);
        hooks->stats.delivered++;
    } else if (verdict == SCHEDULE_GONE) {
        delivery_end(lane, delivery, DELIVERY_FAILED);
        hooks->stats.failed_attempts++;
        endpoint_stop(hooks, lane, ENDPOINT_GONE);
    } else {
        delivery_failed(hooks, lane, delivery, result->retry_after);
    }
}
