/* SPDX-License-Identifier: Apache-2.0
 *
 * The door. Every knock with a key takes the same work: its hash, and one comparison with both secrets of a key, or of
 * nobody. */
#include <sodium.h>

#include "access/access_private.h"

#define BEARER SLICE("Bearer ")
#define PAUSE_NS (ACCESS_PAUSE * NS_PER_SECOND)
#define HOUR_NS (3600 * NS_PER_SECOND)

/* ---- failures of an address ---- */

/* IPv6 users own a whole /64. */
static struct failures *failures_of(struct access *access, const char *address) {
    uint8_t bytes[16] = {0};
    uint64_t hash = 0;
    if (!address_parse(slice_of(address), bytes))
        memset(bytes, 0, sizeof bytes);
    size_t counted = bytes[0] == 0 ? sizeof bytes : 8;
    (void)crypto_shorthash((unsigned char *)&hash, bytes, counted, access->failure_key);
    return &access->failures[hash % FAILURE_SLOTS];
}

static enum access_answer failed(struct access *access, const struct access_knock *knock) {
    (void)pthread_mutex_lock(&access->failure_lock);
    struct failures *failures = failures_of(access, knock->address);
    bool is_over = knock->now_ns - failures->since_ns >= PAUSE_NS || knock->now_ns < failures->since_ns;
    if (is_over)
        *failures = (struct failures){.since_ns = knock->now_ns};
    failures->count += failures->count <= ACCESS_FAILURES;
    bool is_too_often = failures->count > ACCESS_FAILURES;
    (void)pthread_mutex_unlock(&access->failure_lock);
    return is_too_often ? ACCESS_TOO_OFTEN : ACCESS_UNKNOWN;
}

/* ---- keys ---- */

struct try {
    struct slice text, id;
    const struct access_knock *knock;
    struct access_pass pass;
    uint8_t *ret_proof; /* of the one that enters; NULL: nobody wants it */
};

static bool is_from_there(const struct key *key, const struct access_knock *knock) {
    uint8_t address[16];
    if (key->network_count == 0)
        return true;
    if (knock->address == NULL || !address_parse(slice_of(knock->address), address))
        return false;
    for (uint32_t i = 0; i < key->network_count; i++)
        if (network_has(&key->networks[i], address))
            return true;
    return false;
}

/* The table is held. */
static enum access_answer judge(struct key *key, const struct access_knock *knock, const uint8_t hash[KEY_HASH_BYTES]) {
    bool is_new = sodium_memcmp(hash, key->hashes.now, KEY_HASH_BYTES) == 0;
    bool is_old = sodium_memcmp(hash, key->hashes.before, KEY_HASH_BYTES) == 0;
    enum key_state state = key_state_at(key, knock->now_ns);
    bool is_good = state == KEY_ROTATING ? is_new | is_old : is_new & (state == KEY_ACTIVE);
    if (!is_good)
        return ACCESS_UNKNOWN;
    if (!is_from_there(key, knock))
        return ACCESS_ELSEWHERE;
    int64_t hour_ns = knock->now_ns - knock->now_ns % HOUR_NS;
    if (key->last_used_ns < hour_ns)
        key->last_used_ns = hour_ns;
    return ACCESS_ENTERS;
}

enum access_answer access_enter_again(struct access *access, struct slice id, const uint8_t proof[KEY_HASH_BYTES],
                                      const struct access_knock *knock, struct access_pass *ret_pass) {
    (void)pthread_rwlock_rdlock(&access->table);
    uint32_t index = names_find(&access->ids, id);
    struct key *key = index != NAMES_NONE ? access->keys[index] : &access->nobody;
    enum access_answer answer = judge(key, knock, proof);
    if (answer != ACCESS_UNKNOWN) {
        ret_pass->roles = key->roles;
        ret_pass->actor = key->id;
        ret_pass->account = key->account;
    }
    (void)pthread_rwlock_unlock(&access->table);
    return answer;
}

static enum access_answer ask(struct access *access, struct try *attempt) {
    uint8_t hash[KEY_HASH_BYTES];
    key_text_hash(attempt->text, access->pepper, hash);
    enum access_answer answer = access_enter_again(access, attempt->id, hash, attempt->knock, &attempt->pass);
    if (answer == ACCESS_ENTERS && attempt->ret_proof != NULL)
        memcpy(attempt->ret_proof, hash, sizeof hash);
    sodium_memzero(hash, sizeof hash);
    return answer;
}

static enum access_answer enter_by_key(struct access *const *tenants, uint32_t count, struct try *attempt) {
    enum access_answer answer = ACCESS_UNKNOWN;
    struct slice scheme = {attempt->text.ptr, BEARER.len};
    if (attempt->text.len < BEARER.len || !slice_eq_nocase(scheme, BEARER))
        return ACCESS_UNKNOWN;
    attempt->text = slice_trim((struct slice){attempt->text.ptr + BEARER.len, attempt->text.len - BEARER.len});
    if (!key_text_read(attempt->text, &attempt->id))
        return ACCESS_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        enum access_answer one = ask(tenants[i], attempt);
        if (one != ACCESS_UNKNOWN) {
            answer = one;
            attempt->pass.tenant = i;
        }
    }
    return answer;
}

enum access_answer access_enter_proven(struct access *const *tenants, uint32_t count, const struct access_knock *knock,
                                       struct access_pass *ret_pass, uint8_t ret_proof[KEY_HASH_BYTES]) {
    struct try attempt = {.text = knock->authorization, .knock = knock, .ret_proof = ret_proof};
    enum access_answer answer = ACCESS_UNKNOWN;
    if (knock->authorization.ptr != NULL)
        answer = enter_by_key(tenants, count, &attempt);
    if (answer == ACCESS_UNKNOWN)
        return count > 0 && knock->address != NULL ? failed(tenants[0], knock) : ACCESS_UNKNOWN;
    *ret_pass = attempt.pass;
    return answer;
}

enum access_answer access_enter(struct access *const *tenants, uint32_t count, const struct access_knock *knock,
                                struct access_pass *ret_pass) {
    return access_enter_proven(tenants, count, knock, ret_pass, NULL);
}
