/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may do what in one tenant: API keys. They are documents of kind "key" in the tenant's store; of their secrets
 * only a hash is kept. Any thread may call. */
#ifndef TG_ACCESS_ACCESS_H
#define TG_ACCESS_ACCESS_H

#include "access/key_text.h"
#include "access/network.h"
#include "access/roles.h"
#include "base/arena.h"
#include "calendar/calendar.h"
#include "store/store.h"

#define ACCESS_PEPPER "pepper" /* in the data directory, unless another file is named */
#define ACCESS_NETWORKS_MAX 8
#define ACCESS_NAME_MAX 100     /* bytes of a key's name */
#define ACCESS_ACCOUNT_MAX 1024 /* bytes of a customer's account */

struct access;
struct access_options {
    const char *directory;   /* of the tenant */
    const char *pepper_path; /* NULL: $CREDENTIALS_DIRECTORY/tollgate-pepper, else DIRECTORY/pepper */
    bool is_read_only;       /* keys are looked at and nothing changes: no pepper is needed */
};
/* Read the keys of a store, which must outlive them. The pepper is made (64 hexadecimal digits in a new file of mode
 * 0600) when it is to be DIRECTORY/pepper, is not there, and there is no key yet. Fails: STATUS_NOT_FOUND (no pepper
 * though there are keys), STATUS_CONFLICT (the keys were made with another pepper, or others may read its file),
 * STATUS_INVALID (a file that is no pepper, a damaged key), STATUS_IO, STATUS_NO_MEMORY; *ret_error (arena) says more.
 */
MUST_CHECK enum status access_open(struct store *store, const struct access_options *options, struct arena *arena,
                                   struct access **ret_access, struct slice *ret_error);
void access_close(struct access *access); /* NULL is let alone */
/* Whether the pepper is there that the store's keys need; nothing is made. *ret_needed: they need one. Fails as
 * access_open. */
MUST_CHECK enum status access_pepper_check(struct store *store, const struct access_options *options,
                                           struct arena *arena, bool *ret_needed, struct slice *ret_error);
/* A key for another purpose, from the same pepper; the caller wipes it. Not of one that is read-only. */
void access_key(const struct access *access, struct slice purpose, uint8_t ret_key[KEY_HASH_BYTES]);

/* ---- keys ---- */

enum key_state {
    KEY_ACTIVE,
    KEY_ROTATING, /* the secret before the last one is good until rotating_until_ns */
    KEY_REVOKED,
    KEY_EXPIRED,
};
const char *key_state_name(enum key_state state);

struct key_view {                               /* texts live as long as the access */
    struct slice id, name, account, created_by; /* account: of a customer; empty: all */
    uint32_t roles;
    enum key_state state;
    int64_t created_ns, expires_ns;                      /* INSTANT_MAX: never */
    int64_t rotating_until_ns, revoked_ns, last_used_ns; /* INSTANT_MIN: not. Last use: the hour it was in */
    struct network networks[ACCESS_NETWORKS_MAX];        /* none: from everywhere */
    uint32_t network_count;
};
/* One object, as the command line and the API show it. */
void key_json(const struct key_view *key, struct json_writer *writer);

struct key_order {   /* what a new key is to be */
    struct slice id; /* KEY_ID_LEN digits that no other key has; empty: random */
    struct slice name, account, created_by;
    uint32_t roles;
    int64_t now_ns, expires_ns; /* INSTANT_MAX: never */
    struct network networks[ACCESS_NETWORKS_MAX];
    uint32_t network_count;
};
/* NULL, or what is wrong with it: no role, a customer with another role or without an account, an account without the
 * role, a name that is empty, too long or has control bytes, an expiry that is over. */
const char *key_order_wrong(const struct key_order *order);
/* Durable when it returns. *ret_secret is the caller's to show once and wipe. Fails: STATUS_INVALID (key_order_wrong),
 * STATUS_CONFLICT (a key has this id), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status key_create(struct access *access, const struct key_order *order, struct key_view *ret_key,
                                  struct key_secret *ret_secret);
struct key_rotation {
    struct slice id;
    int64_t now_ns, old_until_ns;
};
/* A new secret for a key; the one before stays good until old_until_ns (at most until the key expires; at or before
 * now_ns: it ends at once), and the one before that ends. Fails: STATUS_NOT_FOUND, STATUS_CONFLICT (revoked or
 * expired), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status key_rotate(struct access *access, const struct key_rotation *rotation, struct key_view *ret_key,
                                  struct key_secret *ret_secret);
/* A text that is another one after each rotation, and tells nothing of the secret; empty: there is no such key. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status key_mark(struct access *access, struct slice id, struct arena *arena, struct slice *ret_mark);
/* In effect before it returns, whatever it returns; STATUS_OK: also durable. Again: nothing changes. Fails:
 * STATUS_NOT_FOUND, STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status key_revoke(struct access *access, struct slice id, int64_t now_ns);
/* Fails: STATUS_NOT_FOUND. */
MUST_CHECK enum status key_find(struct access *access, struct slice id, int64_t now_ns, struct key_view *ret_key);
/* In the order of their ids, behind `after` (empty: from the first), at most *count; *count becomes how many. */
void key_list(struct access *access, struct slice after, int64_t now_ns, struct key_view *ret_keys, uint32_t *count);
/* How many active or rotating keys have one of the roles. */
uint32_t key_count(struct access *access, uint32_t roles, int64_t now_ns);
/* Write down when keys were last used, of those whose hour has changed. For now and then, not for every request. Fails:
 * STATUS_IO, STATUS_NO_MEMORY; then it is written the next time. */
MUST_CHECK enum status access_keep(struct access *access);

/* ---- the door ---- */

struct access_knock {
    struct slice authorization; /* the header's value, "Bearer tg_…"; ptr NULL: there was none */
    const char *address;        /* of the network; NULL: of this machine */
    int64_t now_ns;
};
enum access_answer {
    ACCESS_ENTERS,
    ACCESS_UNKNOWN,   /* no key, junk, unknown, wrong, expired, revoked: all alike (401) */
    ACCESS_ELSEWHERE, /* a good key from a network it is not for (403); the pass is filled, for the audit log */
    ACCESS_TOO_OFTEN, /* as ACCESS_UNKNOWN, from an address that failed too often (429; Retry-After ACCESS_PAUSE) */
};
#define ACCESS_PAUSE 60    /* seconds over which failures of an address are counted */
#define ACCESS_FAILURES 30 /* how many of them are answered as they are */
struct access_pass {       /* texts live as long as the access */
    uint32_t tenant;       /* index of the one whose key it is */
    uint32_t roles;
    struct slice actor;   /* the id of the key */
    struct slice account; /* the only one; empty: all */
};
/* Whose key is it, and what may it do? The key tells the tenant: every tenant is asked, and unknown keys take the work
 * of known ones. A good key enters whatever else its address does. Never waits for a disk. */
enum access_answer access_enter(struct access *const *tenants, uint32_t count, const struct access_knock *knock,
                                struct access_pass *ret_pass);

#endif
