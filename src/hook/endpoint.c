/* SPDX-License-Identifier: Apache-2.0
 *
 * An endpoint as it is configured: what it wants, its keys, as a document and as JSON for people. */
#include <sodium.h>
#include <stdlib.h>

#include "export/export.h"
#include "hook/hooks_private.h"
#include "hook/members.h"

const char *endpoint_state_name(enum endpoint_state state) {
    static const char *const names[] = {
#define STATE_NAME(name, text) [ENDPOINT_##name] = text,
        ENDPOINT_STATE_TABLE(STATE_NAME)
#undef STATE_NAME
    };
    return names[state];
}

void endpoint_free(struct endpoint *endpoint) {
    if (!endpoint)
        return;
    arena_free(&endpoint->arena);
    sodium_memzero(endpoint, sizeof *endpoint);
    free(endpoint);
}

static bool text_keep(struct endpoint *endpoint, struct slice *text) {
    *text = arena_copy(&endpoint->arena, *text);
    return text->ptr != NULL;
}

struct endpoint *endpoint_copy(const struct endpoint *endpoint) {
    struct endpoint *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *endpoint;
    copy->arena = (struct arena){.block_size = 1024};
    copy->accounts = ARENA_ARRAY(&copy->arena, endpoint->account_count + (size_t)1, struct slice);
    bool is_whole = copy->accounts && text_keep(copy, &copy->id) && text_keep(copy, &copy->url) &&
                    text_keep(copy, &copy->description);
    for (uint32_t i = 0; is_whole && i < copy->account_count; i++) {
        copy->accounts[i] = endpoint->accounts[i];
        is_whole = text_keep(copy, &copy->accounts[i]);
    }
    if (is_whole)
        return copy;
    endpoint_free(copy);
    return NULL;
}

bool endpoint_wants(const struct endpoint *endpoint, uint32_t type, struct slice account) {
    if (endpoint->types && !(endpoint->types >> type & 1))
        return false;
    bool is_wanted = endpoint->account_count == 0 || account.len == 0;
    for (uint32_t i = 0; !is_wanted && i < endpoint->account_count; i++)
        is_wanted = slice_eq(endpoint->accounts[i], account);
    return is_wanted;
}

void endpoint_keys_expire(struct endpoint *endpoint, int64_t now_ns) {
    while (endpoint->key_count > 1 && endpoint->keys[endpoint->key_count - 1].until_ns <= now_ns)
        sodium_memzero(&endpoint->keys[--endpoint->key_count], sizeof endpoint->keys[0]);
}

/* ---- writing ---- */

static void wants_json(const struct endpoint *endpoint, struct json_writer *writer) {
    json_key(writer, "types");
    json_array(writer);
    for (uint32_t type = 0; type < HOOK_TYPE_COUNT; type++)
        if (endpoint->types >> type & 1)
            json_text(writer, hook_type_name(type));
    json_array_end(writer);
    json_key(writer, "accounts");
    json_array(writer);
    for (uint32_t i = 0; i < endpoint->account_count; i++)
        json_text(writer, endpoint->accounts[i]);
    json_array_end(writer);
}

static void members_json(const struct endpoint *endpoint, struct json_writer *writer) {
    json_member(writer, "id", endpoint->id);
    json_member(writer, "url", endpoint->url);
    json_optional(writer, "description", endpoint->description);
    wants_json(endpoint, writer);
    json_member_plain(writer, "state", slice_of(endpoint_state_name(endpoint->state)));
    json_instant(writer, "created_at", endpoint->created_ns, NULL);
    json_instant(writer, "changed_at", endpoint->changed_ns, NULL);
}

static void keys_json(const struct endpoint *endpoint, struct json_writer *writer) {
    json_key(writer, "keys");
    json_array(writer);
    for (uint32_t i = 0; i < endpoint->key_count; i++) {
        const struct kept_key *kept = &endpoint->keys[i];
        char public[HOOK_KEY_TEXT_MAX];
        hook_key_public(&kept->key, public);
        json_object(writer);
        json_member_plain(writer, "scheme", kept->key.scheme == HOOK_V1A ? SLICE("v1a") : SLICE("v1"));
        json_optional(writer, "public_key", slice_of(public));
        json_instant(writer, "until", kept->until_ns, NULL);
        json_object_end(writer);
    }
    json_array_end(writer);
}

void endpoint_json(const struct endpoint *endpoint, const struct lane *lane, struct json_writer *writer) {
    members_json(endpoint, writer);
    keys_json(endpoint, writer);
    json_key(writer, "waiting");
    json_uint(writer, lane->waiting);
    json_key(writer, "failures");
    json_uint(writer, lane->failures);
    json_instant(writer, "delivered_at", lane->success_ns, NULL);
}

enum status endpoint_put(struct hooks *hooks, const struct endpoint *endpoint) {
    struct buf out = {0}, secret = {0};
    struct json_writer writer = {.out = &out};
    bool is_failed = false;
    json_object(&writer);
    members_json(endpoint, &writer);
    json_key(&writer, "keys");
    json_array(&writer);
    for (uint32_t i = 0; i < endpoint->key_count; i++) {
        buf_clear(&secret);
        seal_key(hooks, endpoint->id, &endpoint->keys[i].key, &secret);
        json_object(&writer);
        is_failed = is_failed || secret.failed;
        json_member(&writer, "secret", buf_slice(&secret));
        json_instant(&writer, "until", endpoint->keys[i].until_ns, NULL);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    enum status status = STATUS_NO_MEMORY;
    if (!out.failed && !is_failed)
        status =
            store_put(hooks->options.store, &(struct store_document){KIND_ENDPOINT, endpoint->id, buf_slice(&out)});
    if (secret.ptr)
        sodium_memzero(secret.ptr, secret.cap);
    if (out.ptr)
        sodium_memzero(out.ptr, out.cap);
    buf_free(&secret);
    buf_free(&out);
    return status;
}

/* ---- reading ---- */

static enum status types_take(const struct json_token *array, struct endpoint *endpoint) {
    for (const struct json_token *at = array ? element_next(array, NULL) : NULL; at; at = element_next(array, at)) {
        uint32_t type;
        if (at->type != JSON_TEXT || !hook_type_read((struct slice){at->ptr, at->len}, &type))
            return STATUS_INVALID;
        endpoint->types |= UINT32_C(1) << type;
    }
    return array ? STATUS_OK : STATUS_INVALID;
}

static enum status accounts_take(const struct json_token *array, struct endpoint *endpoint) {
    endpoint->accounts = ARENA_ARRAY(&endpoint->arena, ENDPOINT_ACCOUNTS_MAX, struct slice);
    if (!endpoint->accounts)
        return STATUS_NO_MEMORY;
    for (const struct json_token *at = array ? element_next(array, NULL) : NULL; at; at = element_next(array, at)) {
        if (at->type != JSON_TEXT || endpoint->account_count == ENDPOINT_ACCOUNTS_MAX)
            return STATUS_INVALID;
        struct slice copy = arena_copy(&endpoint->arena, (struct slice){at->ptr, at->len});
        if (!copy.ptr)
            return STATUS_NO_MEMORY;
        endpoint->accounts[endpoint->account_count++] = copy;
    }
    return array ? STATUS_OK : STATUS_INVALID;
}

static enum status state_take(const struct json_token *tokens, struct endpoint *endpoint) {
    struct slice name = {0};
    TRY(member_text(tokens, "state", &endpoint->arena, &name));
    for (uint32_t state = 0; name.ptr && state < ENDPOINT_STATE_COUNT; state++) {
        if (slice_is(name, endpoint_state_name((enum endpoint_state)state))) {
            endpoint->state = (enum endpoint_state)state;
            return STATUS_OK;
        }
    }
    return STATUS_INVALID;
}

static enum status keys_take(const struct hooks *hooks, const struct json_token *array, struct endpoint *endpoint,
                             const char **ret_why) {
    for (const struct json_token *at = array ? element_next(array, NULL) : NULL; at; at = element_next(array, at)) {
        struct slice secret = {0};
        struct kept_key kept = {.until_ns = INSTANT_MAX};
        TRY(member_text(at, "secret", &endpoint->arena, &secret));
        TRY(member_instant(at, "until", &kept.until_ns));
        if (!secret.ptr || endpoint->key_count == ENDPOINT_KEYS_MAX)
            return STATUS_INVALID;
        if (!unseal_key(hooks, endpoint->id, secret, &kept.key)) {
            *ret_why = "its secrets do not open with the key (pepper) of this daemon";
            return STATUS_INVALID;
        }
        endpoint->keys[endpoint->key_count++] = kept;
    }
    return endpoint->key_count > 0 ? STATUS_OK : STATUS_INVALID;
}

static enum status members_take(const struct hooks *hooks, const struct json_token *tokens, struct endpoint *endpoint,
                                const char **ret_why) {
    TRY(member_text(tokens, "id", &endpoint->arena, &endpoint->id));
    TRY(member_text(tokens, "url", &endpoint->arena, &endpoint->url));
    TRY(member_optional(tokens, "description", &endpoint->arena, &endpoint->description));
    TRY(member_instant(tokens, "created_at", &endpoint->created_ns));
    TRY(member_instant(tokens, "changed_at", &endpoint->changed_ns));
    TRY(types_take(member_find(tokens, "types"), endpoint));
    TRY(accounts_take(member_find(tokens, "accounts"), endpoint));
    TRY(state_take(tokens, endpoint));
    if (!endpoint->id.ptr || !endpoint->url.ptr)
        return STATUS_INVALID;
    return keys_take(hooks, member_find(tokens, "keys"), endpoint, ret_why);
}

enum status endpoint_read(struct hooks *hooks, struct slice text, struct endpoint **ret_endpoint,
                          const char **ret_why) {
    const struct json_token *tokens;
    struct json_error error = {0};
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    char *copy = calloc(1, text.len + JSON_PADDING);
    enum status status = endpoint && copy ? STATUS_OK : STATUS_NO_MEMORY;
    *ret_why = "it is damaged";
    if (status == STATUS_OK) {
        memcpy(copy, text.ptr, text.len);
        if (json_parse(hooks->parser, copy, text.len, &tokens, &error) > 0)
            status = members_take(hooks, tokens, endpoint, ret_why);
        else
            status = error.is_fault ? STATUS_NO_MEMORY : STATUS_INVALID;
    }
    free(copy);
    if (status == STATUS_OK)
        *ret_endpoint = endpoint;
    else
        endpoint_free(endpoint);
    return status;
}
