/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the access share. */
#ifndef TG_ACCESS_ACCESS_PRIVATE_H
#define TG_ACCESS_ACCESS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "access/access.h"
#include "access/approval.h"
#include "base/names.h"
#include "cxx/json.h"

#define KIND_KEY SLICE("key")

struct key_hashes {
    uint8_t now[KEY_HASH_BYTES], before[KEY_HASH_BYTES];
    int64_t until_ns; /* `before` is good until then; INSTANT_MIN: there is none */
};
struct key {
    struct slice id, name, account, created_by; /* never change; in the arena of the access */
    uint32_t roles;
    int64_t created_ns, expires_ns;
    int64_t revoked_ns; /* INSTANT_MIN: not */
    struct key_hashes hashes;
    struct network networks[ACCESS_NETWORKS_MAX];
    uint32_t network_count;
    _Atomic int64_t last_used_ns;
    int64_t kept_used_ns; /* as it is in the store */
};

enum { FAILURE_SLOTS = 4096 };
struct failures { /* of an address, or of several with one hash */
    int64_t since_ns;
    uint32_t count;
};

struct access {
    struct store *store;
    uint8_t *pepper;         /* KEY_PEPPER_BYTES; in memory that is locked and in no core dump */
    uint8_t failure_key[16]; /* of the hash of addresses */
    bool is_read_only;
    pthread_mutex_t change; /* one change at a time; held while the store writes */
    pthread_rwlock_t table; /* of the members below; never held while anything waits */
    struct names ids;
    struct key **keys; /* by index of the id */
    uint32_t room;
    struct arena arena; /* of keys */
    struct access_rule rule;
    struct key nobody; /* what an unknown key is compared with */
    pthread_mutex_t failure_lock;
    struct failures failures[FAILURE_SLOTS];
};

/* 64 hexadecimal digits and a line's end. may_make: a missing one is made. Fails: as access_open. */
MUST_CHECK enum status pepper_read(const struct access_options *options, bool may_make, struct arena *arena,
                                   uint8_t ret_pepper[KEY_PEPPER_BYTES], struct slice *ret_error);

/* The document of a key. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status key_record_write(const struct key *key, struct buf *out);
/* Texts in the arena. Fails: STATUS_INVALID, STATUS_NO_MEMORY. */
MUST_CHECK enum status key_record_read(struct json_parser *parser, struct slice text, struct arena *arena,
                                       struct key *ret_key);
/* The setting; the default when there is none. Fails: STATUS_INVALID, STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status access_rule_read(struct store *store, struct json_parser *parser, struct arena *arena,
                                        struct access_rule *ret_rule);
/* access_enter, and what the key was known by: access_enter_again takes it for the key itself. */
enum access_answer access_enter_proven(struct access *const *tenants, uint32_t count, const struct access_knock *knock,
                                       struct access_pass *ret_pass, uint8_t ret_proof[KEY_HASH_BYTES]);
/* The key of this id as if it had come itself; knock->authorization is not looked at, no failure is counted, and
 * ret_pass->tenant is the caller's. */
enum access_answer access_enter_again(struct access *access, struct slice id, const uint8_t proof[KEY_HASH_BYTES],
                                      const struct access_knock *knock, struct access_pass *ret_pass);
enum key_state key_state_at(const struct key *key, int64_t now_ns);

#endif
