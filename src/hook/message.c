/* SPDX-License-Identifier: Apache-2.0
 *
 * What is sent: {"type", "timestamp", "data"}, and the webhook-id, which follows from the cause alone: whoever is told
 * twice sees the same one. */
#include <sodium.h>
#include <stdio.h>

#include "export/export.h"
#include "hook/hooks_private.h"

static void hash_text(crypto_generichash_state *state, struct slice text) {
    uint64_t len = text.len;
    crypto_generichash_update(state, (const uint8_t *)&len, sizeof len);
    crypto_generichash_update(state, (const uint8_t *)text.ptr, text.len);
}

static void hash_number(crypto_generichash_state *state, uint64_t number) {
    crypto_generichash_update(state, (const uint8_t *)&number, sizeof number);
}

static void id_write(crypto_generichash_state *state, char out[MESSAGE_ID_MAX]) {
    uint8_t hash[16];
    crypto_generichash_final(state, hash, sizeof hash);
    memcpy(out, "msg_", 4);
    sodium_bin2hex(out + 4, MESSAGE_ID_MAX - 4, hash, sizeof hash);
}

static void id_begin(const struct hooks *hooks, uint32_t type, crypto_generichash_state *state) {
    crypto_generichash_init(state, hooks->salt, sizeof hooks->salt, 16);
    hash_text(state, hook_type_name(type));
}

static void envelope_begin(struct json_writer *writer, const struct message *message) {
    json_object(writer);
    json_member_plain(writer, "type", hook_type_name(message->type));
    json_instant(writer, "timestamp", message->at_ns, NULL);
    json_key(writer, "data");
}

/* Texts of customers can be long; a body cannot. */
static void envelope_short(struct json_writer *writer, const struct message *message) {
    envelope_begin(writer, message);
    json_object(writer);
    json_optional(writer, "account", message->account);
    json_key(writer, "is_cut");
    json_bool(writer, true);
    json_object_end(writer);
    json_object_end(writer);
}

static enum status body_keep(struct buf *body, struct arena *arena, struct message *message) {
    if (body->len > MESSAGE_BYTES_MAX) {
        struct json_writer writer = {.out = body};
        buf_clear(body);
        envelope_short(&writer, message);
    }
    message->body = body->failed ? (struct slice){0} : arena_copy(arena, buf_slice(body));
    buf_free(body);
    return message->body.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status message_alert(const struct hooks *hooks, uint32_t index, const struct alert *alert, struct arena *arena,
                          struct message *ret_message) {
    struct message message = {.type = alert->kind, .account = alert->account, .at_ns = alert->at_ns};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    crypto_generichash_state state;
    id_begin(hooks, message.type, &state);
    hash_number(&state, index);
    hash_number(&state, (uint64_t)alert->at_ns);
    hash_text(&state, alert->account);
    hash_text(&state, alert->order_id);
    hash_text(&state, alert->item);
    id_write(&state, message.id);
    envelope_begin(&writer, &message);
    export_alert_json(alert, &writer);
    json_object_end(&writer);
    TRY(body_keep(&body, arena, &message));
    *ret_message = message;
    return STATUS_OK;
}

enum status message_set(const struct hooks *hooks, uint32_t number, const struct tariff_set *tariffs,
                        struct arena *arena, struct message *ret_message) {
    struct message message = {.type = HOOK_TARIFF_ACTIVATED, .at_ns = hooks_now(hooks)};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    crypto_generichash_state state;
    id_begin(hooks, message.type, &state);
    hash_number(&state, number);
    id_write(&state, message.id);
    envelope_begin(&writer, &message);
    json_object(&writer);
    json_key(&writer, "set");
    json_uint(&writer, number);
    json_key(&writer, "tariffs");
    json_array(&writer);
    for (uint32_t i = 0; i < tariffs->count; i++)
        json_text(&writer, tariffs->list[i]->name);
    json_array_end(&writer);
    json_object_end(&writer);
    json_object_end(&writer);
    TRY(body_keep(&body, arena, &message));
    *ret_message = message;
    return STATUS_OK;
}

enum status message_test(const struct hooks *hooks, const struct lane *lane, const struct hook_call *call,
                         struct message *ret_message) {
    struct message message = {.type = HOOK_TEST, .at_ns = hooks_now(hooks)};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    crypto_generichash_state state;
    id_begin(hooks, message.type, &state);
    hash_text(&state, lane->endpoint->id);
    hash_number(&state, call->request.len > 0 ? 0 : lane->last_number);
    hash_number(&state, call->request.len > 0 ? 0 : (uint64_t)message.at_ns);
    hash_text(&state, call->request);
    id_write(&state, message.id);
    envelope_begin(&writer, &message);
    json_object(&writer);
    json_member(&writer, "webhook", lane->endpoint->id);
    json_object_end(&writer);
    json_object_end(&writer);
    TRY(body_keep(&body, call->arena, &message));
    *ret_message = message;
    return STATUS_OK;
}
