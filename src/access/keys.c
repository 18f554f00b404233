/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of a tenant: in memory by their ids, each a document in the store. A change is durable first and then in
 * effect, but for a revocation, which is in effect first. */
#include <sodium.h>
#include <stdlib.h>

#include "access/access_private.h"

#define KIND_PEPPER SLICE("pepper")
#define PEPPER_CHECK SLICE("check")

/* ---- opening ---- */

/* What the store knows of its pepper: a hash that only the right one gives. */
static void pepper_check(const uint8_t pepper[KEY_PEPPER_BYTES], char out[2 * KEY_HASH_BYTES + 1]) {
    static const char text[] = "the pepper of the keys in this store";
    uint8_t hash[KEY_HASH_BYTES];
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text, sizeof text - 1, pepper, KEY_PEPPER_BYTES);
    (void)sodium_bin2hex(out, 2 * KEY_HASH_BYTES + 1, hash, sizeof hash);
}

void access_key(const struct access *access, struct slice purpose, uint8_t ret_key[KEY_HASH_BYTES]) {
    (void)crypto_auth_hmacsha256(ret_key, (const unsigned char *)purpose.ptr, purpose.len, access->pepper);
}

static enum status pepper_take(struct access *access, const struct access_options *options, struct arena *arena,
                               struct slice *ret_error) {
    struct slice known;
    char check[2 * KEY_HASH_BYTES + 1];
    enum status status = store_get(access->store, KIND_PEPPER, PEPPER_CHECK, arena, &known);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    bool is_first = status == STATUS_NOT_FOUND;
    TRY(pepper_read(options, is_first, arena, access->pepper, ret_error));
    pepper_check(access->pepper, check);
    if (is_first) {
        struct store_document document = {KIND_PEPPER, PEPPER_CHECK, slice_of(check)};
        return store_put(access->store, &document);
    }
    if (slice_is(known, check))
        return STATUS_OK;
    *ret_error = SLICE("the keys of this book were made with another pepper");
    return STATUS_CONFLICT;
}

enum status access_pepper_check(struct store *store, const struct access_options *options, struct arena *arena,
                                bool *ret_needed, struct slice *ret_error) {
    struct slice known;
    uint8_t pepper[KEY_PEPPER_BYTES];
    char check[2 * KEY_HASH_BYTES + 1];
    *ret_error = SLICE("");
    enum status status = store_get(store, KIND_PEPPER, PEPPER_CHECK, arena, &known);
    *ret_needed = status == STATUS_OK;
    if (status != STATUS_OK)
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    TRY(pepper_read(options, false, arena, pepper, ret_error));
    pepper_check(pepper, check);
    sodium_memzero(pepper, sizeof pepper);
    if (slice_is(known, check))
        return STATUS_OK;
    *ret_error = SLICE("the keys of this book were made with another pepper");
    return STATUS_CONFLICT;
}

/* The table is held for writing, or nobody else knows of it yet. */
static enum status table_add(struct access *access, struct key *key) {
    uint32_t index;
    if (access->ids.count == access->room) {
        uint32_t room = access->room == 0 ? 64 : access->room * 2;
        struct key **grown = realloc(access->keys, room * sizeof(struct key *));
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        access->keys = grown;
        access->room = room;
    }
    TRY(names_add(&access->ids, key->id, &index));
    access->keys[index] = key;
    return STATUS_OK;
}

static enum status keys_read(struct access *access, struct json_parser *parser, struct arena *arena,
                             struct slice *ret_error) {
    struct slice *names, text;
    uint32_t count;
    TRY(store_list(access->store, KIND_KEY, arena, &names, &count));
    for (uint32_t i = 0; i < count; i++) {
        struct key *key = ARENA_NEW(&access->arena, struct key);
        if (key == NULL)
            return STATUS_NO_MEMORY;
        TRY(store_get(access->store, KIND_KEY, names[i], arena, &text));
        enum status status = key_record_read(parser, text, &access->arena, key);
        if (status == STATUS_INVALID || (status == STATUS_OK && !slice_eq(key->id, names[i]))) {
            *ret_error = arena_printf(arena, "the document of the key " SLICE_FMT " is damaged", SLICE_ARG(names[i]));
            return STATUS_INVALID;
        }
        TRY(status);
        TRY(table_add(access, key));
    }
    return STATUS_OK;
}

static enum status fill(struct access *access, const struct access_options *options, struct arena *arena,
                        struct slice *ret_error) {
    if (!options->is_read_only)
        TRY(pepper_take(access, options, arena, ret_error));
    struct json_parser *parser = json_parser_new();
    if (parser == NULL)
        return STATUS_NO_MEMORY;
    enum status status = keys_read(access, parser, arena, ret_error);
    if (status == STATUS_OK)
        status = access_rule_read(access->store, parser, arena, &access->rule);
    json_parser_free(parser);
    return status;
}

enum status access_open(struct store *store, const struct access_options *options, struct arena *arena,
                        struct access **ret_access, struct slice *ret_error) {
    *ret_error = SLICE("");
    if (sodium_init() < 0)
        return STATUS_IO;
    struct access *access = calloc(1, sizeof *access);
    if (access == NULL)
        return STATUS_NO_MEMORY;
    access->store = store;
    access->is_read_only = options->is_read_only;
    (void)pthread_mutex_init(&access->change, NULL);
    (void)pthread_rwlock_init(&access->table, NULL);
    (void)pthread_mutex_init(&access->failure_lock, NULL);
    randombytes_buf(access->failure_key, sizeof access->failure_key);
    access->nobody.revoked_ns = 0;
    access->pepper = sodium_malloc(KEY_PEPPER_BYTES);
    enum status status = access->pepper != NULL ? fill(access, options, arena, ret_error) : STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        *ret_access = access;
        return STATUS_OK;
    }
    if (ret_error->len == 0 && status != STATUS_NO_MEMORY)
        *ret_error = arena_copy(arena, store_error(store));
    access_close(access);
    return status;
}

void access_close(struct access *access) {
    if (access == NULL)
        return;
    (void)pthread_mutex_destroy(&access->change);
    (void)pthread_rwlock_destroy(&access->table);
    (void)pthread_mutex_destroy(&access->failure_lock);
    names_free(&access->ids);
    arena_free(&access->arena);
    free(access->keys);
    sodium_free(access->pepper); /* wiped */
    sodium_memzero(access, sizeof *access);
    free(access);
}

/* ---- looking ---- */

static struct key_view view_of(const struct key *key, int64_t now_ns) {
    struct key_view view = {.id = key->id,
                            .name = key->name,
                            .account = key->account,
                            .created_by = key->created_by,
                            .roles = key->roles,
                            .state = key_state_at(key, now_ns),
                            .created_ns = key->created_ns,
                            .expires_ns = key->expires_ns,
                            .rotating_until_ns = key->hashes.until_ns,
                            .revoked_ns = key->revoked_ns,
                            .last_used_ns = key->last_used_ns,
                            .network_count = key->network_count};
    memcpy(view.networks, key->networks, sizeof view.networks);
    if (view.state != KEY_ROTATING)
        view.rotating_until_ns = INSTANT_MIN;
    return view;
}

/* The table is held. */
static struct key *table_find(const struct access *access, struct slice id) {
    uint32_t index = names_find(&access->ids, id);
    return index != NAMES_NONE ? access->keys[index] : NULL;
}

enum status key_find(struct access *access, struct slice id, int64_t now_ns, struct key_view *ret_key) {
    (void)pthread_rwlock_rdlock(&access->table);
    const struct key *key = table_find(access, id);
    if (key != NULL)
        *ret_key = view_of(key, now_ns);
    (void)pthread_rwlock_unlock(&access->table);
    return key != NULL ? STATUS_OK : STATUS_NOT_FOUND;
}

/* Where a key belongs among the `count` first ones by id. */
static uint32_t place_of(const struct key_view *keys, uint32_t count, struct slice id) {
    uint32_t at = count;
    while (at > 0 && slice_cmp(id, keys[at - 1].id) < 0)
        at--;
    return at;
}

void key_list(struct access *access, struct slice after, int64_t now_ns, struct key_view *ret_keys, uint32_t *count) {
    uint32_t room = *count, used = 0;
    (void)pthread_rwlock_rdlock(&access->table);
    for (uint32_t i = 0; room > 0 && i < access->ids.count; i++) {
        const struct key *key = access->keys[i];
        uint32_t at = place_of(ret_keys, used, key->id);
        if (slice_cmp(key->id, after) <= 0 || at == room)
            continue;
        uint32_t moved = used < room ? used - at : used - at - 1;
        memmove(&ret_keys[at + 1], &ret_keys[at], moved * sizeof *ret_keys);
        ret_keys[at] = view_of(key, now_ns);
        used += used < room;
    }
    (void)pthread_rwlock_unlock(&access->table);
    *count = used;
}

uint32_t key_count(struct access *access, uint32_t roles, int64_t now_ns) {
    uint32_t count = 0;
    (void)pthread_rwlock_rdlock(&access->table);
    for (uint32_t i = 0; i < access->ids.count; i++) {
        enum key_state state = key_state_at(access->keys[i], now_ns);
        bool is_good = state == KEY_ACTIVE || state == KEY_ROTATING;
        count += is_good && (access->keys[i]->roles & roles) != 0;
    }
    (void)pthread_rwlock_unlock(&access->table);
    return count;
}

/* ---- changing: one at a time, so that a key that was looked at stays as it is ---- */

static enum status key_put(struct access *access, const struct key *key) {
    struct buf text = {0};
    enum status status = key_record_write(key, &text);
    struct store_document document = {KIND_KEY, key->id, buf_slice(&text)};
    if (status == STATUS_OK)
        status = store_put(access->store, &document);
    buf_free(&text);
    return status;
}

static bool has_control(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            return true;
    return false;
}

const char *key_order_wrong(const struct key_order *order) {
    bool is_customer = (order->roles & ROLE_CUSTOMER) != 0;
    if (order->name.len == 0 || order->name.len > ACCESS_NAME_MAX || has_control(order->name))
        return "its name must have 1 to 100 bytes and no control characters";
    if (order->roles == 0 || (order->roles & ~(ROLES_STAFF | ROLE_CUSTOMER)) != 0)
        return "it needs at least one role";
    if (is_customer && order->roles != ROLE_CUSTOMER)
        return "the role customer stands alone";
    if (is_customer != (order->account.len > 0))
        return "the role customer needs an account, and only this role has one";
    if (order->account.len > ACCESS_ACCOUNT_MAX || has_control(order->account))
        return "its account must have at most 1024 bytes and no control characters";
    if (order->id.len > 0 && order->id.len != KEY_ID_LEN)
        return "its id must have 12 digits";
    if (order->expires_ns <= order->now_ns)
        return "it would have expired already";
    return NULL;
}

static struct key *key_of(struct access *access, const struct key_order *order) {
    struct key *key = ARENA_NEW(&access->arena, struct key);
    char id[KEY_ID_LEN + 1];
    if (key == NULL)
        return NULL;
    key_id_make(id);
    key->id = arena_copy(&access->arena, order->id.len > 0 ? order->id : (struct slice){id, KEY_ID_LEN});
    key->name = arena_copy(&access->arena, order->name);
    key->account = arena_copy(&access->arena, order->account);
    key->created_by = arena_copy(&access->arena, order->created_by);
    key->roles = order->roles;
    key->created_ns = order->now_ns;
    key->expires_ns = order->expires_ns;
    key->hashes.until_ns = key->revoked_ns = key->kept_used_ns = INSTANT_MIN;
    key->last_used_ns = INSTANT_MIN;
    memcpy(key->networks, order->networks, sizeof key->networks);
    key->network_count = order->network_count;
    bool is_whole =
        key->id.ptr != NULL && key->name.ptr != NULL && key->account.ptr != NULL && key->created_by.ptr != NULL;
    return is_whole ? key : NULL;
}

static enum status create(struct access *access, const struct key_order *order, struct key_secret *secret,
                          struct key_view *ret_key) {
    if (order->id.len > 0 && table_find(access, order->id) != NULL)
        return STATUS_CONFLICT;
    struct key *key = key_of(access, order);
    if (key == NULL)
        return STATUS_NO_MEMORY;
    key_secret_make(key->id, secret);
    key_text_hash(key_secret_reveal(secret), access->pepper, key->hashes.now);
    TRY(key_put(access, key));
    (void)pthread_rwlock_wrlock(&access->table);
    enum status status = table_add(access, key);
    (void)pthread_rwlock_unlock(&access->table);
    if (status == STATUS_OK)
        *ret_key = view_of(key, order->now_ns);
    return status;
}

enum status key_create(struct access *access, const struct key_order *order, struct key_view *ret_key,
                       struct key_secret *ret_secret) {
    struct key_secret secret;
    if (key_order_wrong(order) != NULL)
        return STATUS_INVALID;
    (void)pthread_mutex_lock(&access->change);
    enum status status = create(access, order, &secret, ret_key);
    (void)pthread_mutex_unlock(&access->change);
    if (status == STATUS_OK)
        *ret_secret = secret;
    key_secret_wipe(&secret);
    return status;
}

static void hashes_set(struct access *access, struct key *key, const struct key_hashes *hashes) {
    (void)pthread_rwlock_wrlock(&access->table);
    key->hashes = *hashes;
    (void)pthread_rwlock_unlock(&access->table);
}

static enum status rotate(struct access *access, const struct key_rotation *rotation, struct key_secret *secret,
                          struct key_view *ret_key) {
    struct key *key = table_find(access, rotation->id); /* only who holds `change` adds to the table */
    if (key == NULL)
        return STATUS_NOT_FOUND;
    enum key_state state = key_state_at(key, rotation->now_ns);
    if (state == KEY_REVOKED || state == KEY_EXPIRED)
        return STATUS_CONFLICT;
    struct key_hashes before = key->hashes, after = {.until_ns = INSTANT_MIN};
    if (rotation->old_until_ns > rotation->now_ns)
        after.until_ns = rotation->old_until_ns < key->expires_ns ? rotation->old_until_ns : key->expires_ns;
    key_secret_make(key->id, secret);
    key_text_hash(key_secret_reveal(secret), access->pepper, after.now);
    memcpy(after.before, before.now, sizeof before.now);
    hashes_set(access, key, &after);
    enum status status = key_put(access, key);
    if (status == STATUS_OK)
        *ret_key = view_of(key, rotation->now_ns);
    else
        hashes_set(access, key, &before); /* nobody was told the new secret */
    return status;
}

enum status key_rotate(struct access *access, const struct key_rotation *rotation, struct key_view *ret_key,
                       struct key_secret *ret_secret) {
    struct key_secret secret = {0};
    (void)pthread_mutex_lock(&access->change);
    enum status status = rotate(access, rotation, &secret, ret_key);
    (void)pthread_mutex_unlock(&access->change);
    if (status == STATUS_OK)
        *ret_secret = secret;
    key_secret_wipe(&secret);
    return status;
}

enum status key_mark(struct access *access, struct slice id, struct arena *arena, struct slice *ret_mark) {
    char digits[2 * 8 + 1];
    (void)pthread_rwlock_rdlock(&access->table);
    const struct key *key = table_find(access, id);
    if (key != NULL)
        (void)sodium_bin2hex(digits, sizeof digits, key->hashes.now, 8);
    (void)pthread_rwlock_unlock(&access->table);
    *ret_mark = key != NULL ? arena_copy(arena, slice_of(digits)) : SLICE("");
    return ret_mark->ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status key_revoke(struct access *access, struct slice id, int64_t now_ns) {
    enum status status = STATUS_NOT_FOUND;
    (void)pthread_mutex_lock(&access->change);
    (void)pthread_rwlock_wrlock(&access->table);
    struct key *key = table_find(access, id);
    if (key != NULL && key->revoked_ns == INSTANT_MIN)
        key->revoked_ns = now_ns;
    (void)pthread_rwlock_unlock(&access->table);
    if (key != NULL)
        status = key_put(access, key); /* also the second time: the first one may not have come to the disk */
    (void)pthread_mutex_unlock(&access->change);
    return status;
}

enum status access_keep(struct access *access) {
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&access->change);
    for (uint32_t i = 0; status == STATUS_OK && i < access->ids.count; i++) {
        struct key *key = access->keys[i];
        int64_t used_ns = key->last_used_ns;
        if (used_ns == key->kept_used_ns)
            continue;
        status = key_put(access, key);
        if (status == STATUS_OK)
            key->kept_used_ns = used_ns;
    }
    (void)pthread_mutex_unlock(&access->change);
    return status;
}
