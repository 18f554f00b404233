/* SPDX-License-Identifier: Apache-2.0
 *
 * Lanes in the store: one document for each endpoint, with how far it was told and its log. */
#include <stdlib.h>

#include "export/export.h"
#include "hook/hooks_private.h"
#include "hook/members.h"

static const char *const states[] = {"waiting", "delivered", "failed"};

/* ---- writing ---- */

static void attempt_json(const struct attempt *attempt, struct json_writer *writer) {
    json_object(writer);
    json_instant(writer, "at", attempt->at_ns, NULL);
    json_key(writer, "status");
    json_uint(writer, attempt->status);
    json_key(writer, "milliseconds");
    json_uint(writer, attempt->milliseconds);
    json_optional(writer, "error", slice_of(attempt->error));
    json_object_end(writer);
}

void delivery_json(const struct delivery *delivery, bool has_body, struct json_writer *writer) {
    json_object(writer);
    json_key(writer, "number");
    json_uint(writer, delivery->number);
    json_member_plain(writer, "id", slice_of(delivery->id));
    json_member_plain(writer, "type", hook_type_name(delivery->type));
    json_optional(writer, "account", slice_of(delivery->account));
    json_member_plain(writer, "state", slice_of(states[delivery->state]));
    json_key(writer, "is_replay");
    json_bool(writer, delivery->is_replay);
    json_instant(writer, "created_at", delivery->created_ns, NULL);
    json_instant(writer, "next_at", delivery->state == DELIVERY_WAITING ? delivery->next_ns : INSTANT_MAX, NULL);
    json_key(writer, "attempts");
    json_array(writer);
    for (uint32_t i = 0; i < delivery->attempt_count; i++)
        attempt_json(&delivery->attempts[i], writer);
    json_array_end(writer);
    if (has_body)
        json_member(writer, "body", slice_of(delivery->body));
    json_object_end(writer);
}

static void told_json(struct json_writer *writer, const char *key, const struct told *told) {
    json_key(writer, key);
    json_object(writer);
    json_key(writer, "alerts");
    json_uint(writer, told->alerts);
    json_key(writer, "unpriced");
    json_uint(writer, told->unpriced);
    json_key(writer, "set");
    json_uint(writer, told->set);
    json_object_end(writer);
}

enum status lane_put(struct hooks *hooks, struct lane *lane) {
    struct buf out = {0};
    struct json_writer writer = {.out = &out};
    json_object(&writer);
    told_json(&writer, "told", &lane->told);
    told_json(&writer, "replay", &lane->replay);
    told_json(&writer, "replay_end", &lane->replay_end);
    json_instant(&writer, "since", lane->since_ns, NULL);
    json_key(&writer, "last_number");
    json_uint(&writer, lane->last_number);
    json_key(&writer, "failures");
    json_uint(&writer, lane->failures);
    json_instant(&writer, "delivered_at", lane->success_ns, NULL);
    json_key(&writer, "log");
    json_array(&writer);
    for (uint32_t i = 0; i < lane->log_count; i++)
        delivery_json(lane->log[i], true, &writer);
    json_array_end(&writer);
    json_object_end(&writer);
    enum status status = out.failed
                             ? STATUS_NO_MEMORY
                             : store_put(hooks->options.store,
                                         &(struct store_document){KIND_DELIVERY, lane->endpoint->id, buf_slice(&out)});
    buf_free(&out);
    lane->noted_ns = hooks_now(hooks);
    if (status == STATUS_OK) {
        lane->is_noted = true;
        lane->noted_alerts = lane->told.alerts;
    }
    return status;
}

/* ---- reading ---- */

/* A number that must be there. */
static enum status number_take(const struct json_token *object, const char *name, uint32_t *number) {
    uint64_t value = 0;
    if (!object || !member_find(object, name))
        return STATUS_INVALID;
    TRY(member_number(object, name, &value));
    *number = (uint32_t)value;
    return value <= UINT32_MAX ? STATUS_OK : STATUS_INVALID;
}

static enum status told_take(const struct json_token *object, struct told *told) {
    TRY(number_take(object, "alerts", &told->alerts));
    TRY(number_take(object, "unpriced", &told->unpriced));
    return number_take(object, "set", &told->set);
}

static void text_take(const struct json_token *value, char *out, size_t size) {
    size_t len = value && value->type == JSON_TEXT ? value->len : 0;
    len = len < size ? len : size - 1;
    memcpy(out, value ? value->ptr : "", len);
    out[len] = '\0';
}

static enum status type_take(const struct json_token *value, uint32_t *type) {
    for (uint32_t i = 0; value && value->type == JSON_TEXT && i < HOOK_TYPE_COUNT; i++) {
        if (slice_eq((struct slice){value->ptr, value->len}, hook_type_name(i))) {
            *type = i;
            return STATUS_OK;
        }
    }
    return STATUS_INVALID;
}

static enum status state_take(const struct json_token *value, enum delivery_state *state) {
    for (uint32_t i = 0; value && value->type == JSON_TEXT && i < sizeof states / sizeof *states; i++) {
        if (slice_is((struct slice){value->ptr, value->len}, states[i])) {
            *state = (enum delivery_state)i;
            return STATUS_OK;
        }
    }
    return STATUS_INVALID;
}

static enum status attempts_take(const struct json_token *array, struct delivery *delivery) {
    for (const struct json_token *at = array ? element_next(array, NULL) : NULL; at; at = element_next(array, at)) {
        if (delivery->attempt_count == DELIVERY_ATTEMPTS_MAX)
            return STATUS_INVALID;
        struct attempt *attempt = &delivery->attempts[delivery->attempt_count++];
        TRY(member_instant(at, "at", &attempt->at_ns));
        TRY(number_take(at, "status", &attempt->status));
        TRY(number_take(at, "milliseconds", &attempt->milliseconds));
        text_take(member_find(at, "error"), attempt->error, sizeof attempt->error);
    }
    bool is_whole = array && (delivery->state != DELIVERY_WAITING || delivery->attempt_count < DELIVERY_ATTEMPTS_MAX);
    return is_whole ? STATUS_OK : STATUS_INVALID;
}

/* What a message was made of. */
static enum status message_take(const struct json_token *object, struct arena *arena, struct message *message) {
    TRY(member_text(object, "body", arena, &message->body));
    TRY(member_optional(object, "account", arena, &message->account));
    TRY(type_take(member_find(object, "type"), &message->type));
    text_take(member_find(object, "id"), message->id, sizeof message->id);
    return message->body.ptr ? STATUS_OK : STATUS_INVALID;
}

static enum status delivery_take(const struct json_token *object, struct lane *lane, struct arena *arena) {
    struct message message = {0};
    uint64_t last = lane->last_number;
    uint32_t number;
    if (lane->log_count == DELIVERY_LOG_MAX)
        return STATUS_INVALID;
    TRY(message_take(object, arena, &message));
    TRY(number_take(object, "number", &number));
    struct delivery *delivery = lane_add(lane, &message, 0);
    lane->last_number = last;
    if (!delivery)
        return STATUS_NO_MEMORY;
    delivery->number = number;
    TRY(member_bool(object, "is_replay", &delivery->is_replay));
    TRY(member_instant(object, "created_at", &delivery->created_ns));
    TRY(member_instant(object, "next_at", &delivery->next_ns));
    TRY(state_take(member_find(object, "state"), &delivery->state));
    lane->waiting -= delivery->state != DELIVERY_WAITING;
    return attempts_take(member_find(object, "attempts"), delivery);
}

static enum status members_take(const struct json_token *tokens, struct lane *lane, struct arena *arena) {
    const struct json_token *log = member_find(tokens, "log");
    lane->since_ns = lane->success_ns = INSTANT_MIN;
    TRY(told_take(member_find(tokens, "told"), &lane->told));
    TRY(told_take(member_find(tokens, "replay"), &lane->replay));
    TRY(told_take(member_find(tokens, "replay_end"), &lane->replay_end));
    TRY(number_take(tokens, "failures", &lane->failures));
    TRY(member_number(tokens, "last_number", &lane->last_number));
    TRY(member_instant(tokens, "since", &lane->since_ns));
    TRY(member_instant(tokens, "delivered_at", &lane->success_ns));
    for (const struct json_token *at = log ? element_next(log, NULL) : NULL; at; at = element_next(log, at))
        TRY(delivery_take(at, lane, arena));
    return log ? STATUS_OK : STATUS_INVALID;
}

enum status lane_read(struct hooks *hooks, struct slice text, struct lane *lane) {
    const struct json_token *tokens;
    struct json_error error = {0};
    struct arena arena = {0};
    char *copy = arena_alloc(&arena, text.len + JSON_PADDING);
    enum status status = copy ? STATUS_OK : STATUS_NO_MEMORY;
    if (copy) {
        memcpy(copy, text.ptr, text.len);
        if (json_parse(hooks->parser, copy, text.len, &tokens, &error) > 0)
            status = members_take(tokens, lane, &arena);
        else
            status = error.is_fault ? STATUS_NO_MEMORY : STATUS_INVALID;
    }
    lane->is_noted = true;
    lane->noted_alerts = lane->told.alerts;
    arena_free(&arena);
    return status;
}
