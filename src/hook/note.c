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

static bool number_take(const struct json_token *object, const char *name, uint32_t *number) {
    uint64_t value = 0;
    if (!object || !member_find(object, name) || !member_number(object, name, &value) || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool told_take(const struct json_token *object, struct told *told) {
    return number_take(object, "alerts", &told->alerts) && number_take(object, "unpriced", &told->unpriced) &&
           number_take(object, "set", &told->set);
}

static void text_take(const struct json_token *value, char *out, size_t size) {
    size_t len = value && value->type == JSON_TEXT ? value->len : 0;
    len = len < size ? len : size - 1;
    memcpy(out, value ? value->ptr : "", len);
    out[len] = '\0';
}

static bool type_take(const struct json_token *value, uint32_t *type) {
    for (uint32_t i = 0; value && value->type == JSON_TEXT && i < HOOK_TYPE_COUNT; i++) {
        if (slice_eq((struct slice){value->ptr, value->len}, hook_type_name(i))) {
            *type = i;
            return true;
        }
    }
    return false;
}

static bool state_take(const struct json_token *value, enum delivery_state *state) {
    for (uint32_t i = 0; value && value->type == JSON_TEXT && i < sizeof states / sizeof *states; i++) {
        if (slice_is((struct slice){value->ptr, value->len}, states[i])) {
            *state = (enum delivery_state)i;
            return true;
        }
    }
    return false;
}

static bool attempts_take(const struct json_token *array, struct delivery *delivery) {
    for (const struct json_token *at = array ? element_next(array, NULL) : NULL; at; at = element_next(array, at)) {
        if (delivery->attempt_count == DELIVERY_ATTEMPTS_MAX)
            return false;
        struct attempt *attempt = &delivery->attempts[delivery->attempt_count++];
        if (!member_instant(at, "at", &attempt->at_ns) || !number_take(at, "status", &attempt->status) ||
            !number_take(at, "milliseconds", &attempt->milliseconds))
            return false;
        text_take(member_find(at, "error"), attempt->error, sizeof attempt->error);
    }
    return array != NULL;
}

static bool delivery_take(const struct json_token *object, struct lane *lane, struct arena *arena) {
    struct message message = {0};
    uint32_t number;
    bool is_replay = false;
    if (lane->log_count == DELIVERY_LOG_MAX || !member_text(object, "body", arena, &message.body) ||
        !message.body.ptr || !number_take(object, "number", &number) || !member_bool(object, "is_replay", &is_replay) ||
        !type_take(member_find(object, "type"), &message.type))
        return false;
    const struct json_token *account = member_find(object, "account");
    if (account && account->type == JSON_TEXT && !member_text(object, "account", arena, &message.account))
        return false;
    text_take(member_find(object, "id"), message.id, sizeof message.id);
    uint64_t last = lane->last_number;
    struct delivery *delivery = lane_add(lane, &message, 0);
    lane->last_number = last;
    if (!delivery)
        return false;
    delivery->number = number;
    delivery->is_replay = is_replay;
    if (!member_instant(object, "created_at", &delivery->created_ns) ||
        !member_instant(object, "next_at", &delivery->next_ns) ||
        !state_take(member_find(object, "state"), &delivery->state))
        return false;
    lane->waiting -= delivery->state != DELIVERY_WAITING;
    return attempts_take(member_find(object, "attempts"), delivery) &&
           (delivery->state != DELIVERY_WAITING || delivery->attempt_count < DELIVERY_ATTEMPTS_MAX);
}

static bool members_take(const struct json_token *tokens, struct lane *lane, struct arena *arena) {
    const struct json_token *parts[] = {member_find(tokens, "told"), member_find(tokens, "replay"),
                                        member_find(tokens, "replay_end")},
                            *log = member_find(tokens, "log");
    lane->since_ns = lane->success_ns = INSTANT_MIN;
    if (!log || !told_take(parts[0], &lane->told) || !told_take(parts[1], &lane->replay) ||
        !told_take(parts[2], &lane->replay_end) || !number_take(tokens, "failures", &lane->failures) ||
        !member_number(tokens, "last_number", &lane->last_number) ||
        !member_instant(tokens, "since", &lane->since_ns) || !member_instant(tokens, "delivered_at", &lane->success_ns))
        return false;
    for (const struct json_token *at = element_next(log, NULL); at; at = element_next(log, at))
        if (!delivery_take(at, lane, arena))
            return false;
    return true;
}

enum status lane_read(struct hooks *hooks, struct slice text, struct lane *lane) {
    const struct json_token *tokens;
    struct json_error error;
    struct arena arena = {0};
    char *copy = arena_alloc(&arena, text.len + JSON_PADDING);
    enum status status = copy ? STATUS_OK : STATUS_NO_MEMORY;
    if (copy) {
        memcpy(copy, text.ptr, text.len);
        if (json_parse(hooks->parser, copy, text.len, &tokens, &error) == 0 || !members_take(tokens, lane, &arena))
            status = STATUS_INVALID;
    }
    lane->is_noted = true;
    lane->noted_alerts = lane->told.alerts;
    arena_free(&arena);
    return status;
}
