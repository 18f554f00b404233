/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as documents, and as others may see them. */
#include <sodium.h>

#include "access/access_private.h"
#include "access/fields.h"
#include "export/export.h"

enum member {
    ID,
    NAME,
    ROLES,
    ACCOUNT,
    NETWORKS,
    CREATED_AT,
    CREATED_BY,
    EXPIRES_AT,
    ROTATING_UNTIL,
    REVOKED_AT,
    LAST_USED_AT,
    HASH,
    OLD_HASH,
    MEMBERS
};
static const char *const names[MEMBERS] = {"id",           "name",       "roles",      "account",        "networks",
                                           "created_at",   "created_by", "expires_at", "rotating_until", "revoked_at",
                                           "last_used_at", "hash",       "old_hash"};

const char *key_state_name(enum key_state state) {
    static const char *const texts[] = {"active", "rotating", "revoked", "expired"};
    return texts[state];
}

enum key_state key_state_at(const struct key *key, int64_t now_ns) {
    if (key->revoked_ns != INSTANT_MIN)
        return KEY_REVOKED;
    if (now_ns >= key->expires_ns)
        return KEY_EXPIRED;
    return now_ns < key->hashes.until_ns ? KEY_ROTATING : KEY_ACTIVE;
}

/* ---- writing ---- */

/* null for an instant that never is. */
static void instant_member(struct json_writer *writer, enum member member, int64_t at_ns) {
    if (at_ns == INSTANT_MIN || at_ns == INSTANT_MAX)
        json_member_null(writer, names[member]);
    else
        json_instant(writer, names[member], at_ns, NULL);
}

static void networks_json(struct json_writer *writer, const struct network *networks, uint32_t count) {
    json_key(writer, names[NETWORKS]);
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        char text[NETWORK_TEXT_MAX];
        size_t len = network_format(&networks[i], text);
        json_text(writer, (struct slice){text, len});
    }
    json_array_end(writer);
}

static void members_json(const struct key_view *key, struct json_writer *writer) {
    json_member(writer, names[ID], key->id);
    json_member(writer, names[NAME], key->name);
    roles_json(writer, names[ROLES], key->roles);
    json_optional(writer, names[ACCOUNT], key->account);
    networks_json(writer, key->networks, key->network_count);
    instant_member(writer, CREATED_AT, key->created_ns);
    json_member(writer, names[CREATED_BY], key->created_by);
    instant_member(writer, EXPIRES_AT, key->expires_ns);
    instant_member(writer, ROTATING_UNTIL, key->rotating_until_ns);
    instant_member(writer, REVOKED_AT, key->revoked_ns);
    instant_member(writer, LAST_USED_AT, key->last_used_ns);
}

void key_json(const struct key_view *key, struct json_writer *writer) {
    json_object(writer);
    members_json(key, writer);
    json_member(writer, "state", slice_of(key_state_name(key->state)));
    json_object_end(writer);
}

static void hash_member(struct json_writer *writer, enum member member, const uint8_t hash[KEY_HASH_BYTES]) {
    char digits[2 * KEY_HASH_BYTES + 1];
    (void)sodium_bin2hex(digits, sizeof digits, hash, KEY_HASH_BYTES);
    json_member_plain(writer, names[member], slice_of(digits));
}

enum status key_record_write(const struct key *key, struct buf *out) {
    struct json_writer writer = {.out = out};
    struct key_view view = {.id = key->id,
                            .name = key->name,
                            .account = key->account,
                            .created_by = key->created_by,
                            .roles = key->roles,
                            .created_ns = key->created_ns,
                            .expires_ns = key->expires_ns,
                            .rotating_until_ns = key->hashes.until_ns,
                            .revoked_ns = key->revoked_ns,
                            .last_used_ns = key->last_used_ns,
                            .network_count = key->network_count};
    memcpy(view.networks, key->networks, sizeof view.networks);
    json_object(&writer);
    members_json(&view, &writer);
    hash_member(&writer, HASH, key->hashes.now);
    hash_member(&writer, OLD_HASH, key->hashes.before);
    json_object_end(&writer);
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- reading ---- */

static enum status roles_take(const struct json_token *array, uint32_t *ret_roles) {
    uint32_t roles = 0, role = 0;
    if (array->type != JSON_ARRAY)
        return STATUS_INVALID;
    for (const struct json_token *at = field_next(array, array); at != NULL; at = field_next(array, at)) {
        if (at->type != JSON_TEXT || !role_parse((struct slice){at->ptr, at->len}, &role))
            return STATUS_INVALID;
        roles |= role;
    }
    *ret_roles = roles;
    return STATUS_OK;
}

static enum status networks_take(const struct json_token *array, struct key *key) {
    key->network_count = 0;
    if (array->type != JSON_ARRAY)
        return STATUS_INVALID;
    for (const struct json_token *at = field_next(array, array); at != NULL; at = field_next(array, at)) {
        if (at->type != JSON_TEXT || key->network_count == ACCESS_NETWORKS_MAX)
            return STATUS_INVALID;
        TRY(network_parse((struct slice){at->ptr, at->len}, &key->networks[key->network_count]));
        key->network_count++;
    }
    return STATUS_OK;
}

static enum status instants_take(const struct fields *fields, struct key *key) {
    int64_t used_ns;
    TRY(field_instant(fields->values[CREATED_AT], INSTANT_MIN, &key->created_ns));
    TRY(field_instant(fields->values[EXPIRES_AT], INSTANT_MAX, &key->expires_ns));
    TRY(field_instant(fields->values[ROTATING_UNTIL], INSTANT_MIN, &key->hashes.until_ns));
    TRY(field_instant(fields->values[REVOKED_AT], INSTANT_MIN, &key->revoked_ns));
    TRY(field_instant(fields->values[LAST_USED_AT], INSTANT_MIN, &used_ns));
    key->last_used_ns = key->kept_used_ns = used_ns;
    return STATUS_OK;
}

enum status key_record_read(struct json_parser *parser, struct slice text, struct arena *arena, struct key *ret_key) {
    struct fields fields;
    struct key *key = ret_key;
    TRY(fields_read(parser, text, names, MEMBERS, arena, &fields));
    TRY(roles_take(fields.values[ROLES], &key->roles));
    TRY(networks_take(fields.values[NETWORKS], key));
    TRY(instants_take(&fields, key));
    TRY(field_hex(fields.values[HASH], key->hashes.now, sizeof key->hashes.now));
    TRY(field_hex(fields.values[OLD_HASH], key->hashes.before, sizeof key->hashes.before));
    TRY(field_text(fields.values[ID], arena, &key->id));
    TRY(field_text(fields.values[NAME], arena, &key->name));
    TRY(field_text_or_null(fields.values[ACCOUNT], arena, &key->account));
    TRY(field_text(fields.values[CREATED_BY], arena, &key->created_by));
    return key->id.len == KEY_ID_LEN ? STATUS_OK : STATUS_INVALID;
}
