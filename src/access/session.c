/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions in a table of fixed size: chains by hash, places that are free in a list. */
#include "access/session.h"

#include <sodium.h>
#include <stdlib.h>

#include "access/access_private.h"

enum { NONE = UINT16_MAX, CHAINS = SESSIONS_MAX };

struct session {
    uint8_t token[KEY_HASH_BYTES]; /* its hash */
    uint8_t proof[KEY_HASH_BYTES]; /* of the key, as the access hashes it */
    char key_id[KEY_ID_LEN];
    uint32_t tenant;
    int64_t started_ns, used_ns;
    uint16_t next; /* in its chain, or of the free places */
    bool is_taken;
};
struct sessions {
    pthread_mutex_t lock;
    uint8_t hash_key[KEY_HASH_BYTES];
    uint32_t taken;
    uint16_t free, chains[CHAINS];
    struct session places[SESSIONS_MAX];
};

enum status sessions_new(struct sessions **ret_sessions) {
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL)
        return STATUS_NO_MEMORY;
    (void)pthread_mutex_init(&sessions->lock, NULL);
    randombytes_buf(sessions->hash_key, sizeof sessions->hash_key);
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        sessions->chains[i] = NONE;
        sessions->places[i].next = i + 1 < SESSIONS_MAX ? (uint16_t)(i + 1) : NONE;
    }
    *ret_sessions = sessions;
    return STATUS_OK;
}

void sessions_free(struct sessions *sessions) {
    if (sessions == NULL)
        return;
    (void)pthread_mutex_destroy(&sessions->lock);
    sodium_memzero(sessions, sizeof *sessions);
    free(sessions);
}

/* ---- the table; the lock is held ---- */

static void token_hash(const struct sessions *sessions, struct slice token, uint8_t ret_hash[KEY_HASH_BYTES]) {
    (void)crypto_generichash(ret_hash, KEY_HASH_BYTES, (const unsigned char *)token.ptr, token.len, sessions->hash_key,
                             sizeof sessions->hash_key);
}

static uint16_t *chain_of(struct sessions *sessions, const uint8_t hash[KEY_HASH_BYTES]) {
    return &sessions->chains[((uint32_t)hash[0] << 8 | hash[1]) % CHAINS];
}

/* The link that leads to a session; it leads nowhere when there is none. */
static uint16_t *find(struct sessions *sessions, const uint8_t hash[KEY_HASH_BYTES]) {
    uint16_t *link = chain_of(sessions, hash);
    while (*link != NONE && sodium_memcmp(sessions->places[*link].token, hash, KEY_HASH_BYTES) != 0)
        link = &sessions->places[*link].next;
    return link;
}

static void drop(struct sessions *sessions, uint16_t *link) {
    uint16_t place = *link;
    struct session *session = &sessions->places[place];
    *link = session->next;
    sodium_memzero(session, sizeof *session);
    session->next = sessions->free;
    sessions->free = place;
    sessions->taken--;
}

static bool is_over(const struct session *session, int64_t now_ns) {
    return now_ns - session->used_ns >= SESSION_IDLE * NS_PER_SECOND ||
           now_ns - session->started_ns >= SESSION_LIFE * NS_PER_SECOND;
}

/* Everything that is over goes; then room is made for one more of this key. */
static void make_room(struct sessions *sessions, const struct session *wanted) {
    struct session *oldest = NULL, *idlest = NULL;
    uint32_t of_key = 0;
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *one = &sessions->places[i];
        if (one->is_taken && is_over(one, wanted->started_ns))
            drop(sessions, find(sessions, one->token));
        if (!one->is_taken)
            continue;
        if (idlest == NULL || one->used_ns < idlest->used_ns)
            idlest = one;
        if (one->tenant != wanted->tenant || memcmp(one->key_id, wanted->key_id, KEY_ID_LEN) != 0)
            continue;
        of_key++;
        if (oldest == NULL || one->started_ns < oldest->started_ns)
            oldest = one;
    }
    if (of_key >= SESSIONS_PER_KEY)
        drop(sessions, find(sessions, oldest->token));
    else if (sessions->taken == SESSIONS_MAX)
        drop(sessions, find(sessions, idlest->token));
}

static void put(struct sessions *sessions, const struct session *session) {
    uint16_t place = sessions->free, *chain = chain_of(sessions, session->token);
    sessions->free = sessions->places[place].next;
    sessions->places[place] = *session;
    sessions->places[place].next = *chain;
    sessions->places[place].is_taken = true;
    *chain = place;
    sessions->taken++;
}

/* ---- what others call ---- */

enum access_answer session_begin(struct sessions *sessions, struct access *const *tenants, uint32_t count,
                                 const struct access_knock *knock, struct access_pass *ret_pass,
                                 struct session_token *ret_token) {
    struct session session = {.started_ns = knock->now_ns, .used_ns = knock->now_ns};
    enum access_answer answer = access_enter_proven(tenants, count, knock, ret_pass, session.proof);
    if (answer != ACCESS_ENTERS)
        return answer;
    session.tenant = ret_pass->tenant;
    memcpy(session.key_id, ret_pass->actor.ptr, KEY_ID_LEN);
    key_digits_make(ret_token->text, SESSION_TOKEN_LEN);
    token_hash(sessions, (struct slice){ret_token->text, SESSION_TOKEN_LEN}, session.token);
    (void)pthread_mutex_lock(&sessions->lock);
    make_room(sessions, &session);
    put(sessions, &session);
    (void)pthread_mutex_unlock(&sessions->lock);
    sodium_memzero(&session, sizeof session);
    return ACCESS_ENTERS;
}

/* A copy of the session, as the table has it before its key is judged. */
static bool recall(struct sessions *sessions, const struct session_knock *knock, struct session *ret_session) {
    uint8_t hash[KEY_HASH_BYTES];
    if (knock->token.len != SESSION_TOKEN_LEN)
        return false;
    token_hash(sessions, knock->token, hash);
    (void)pthread_mutex_lock(&sessions->lock);
    uint16_t *link = find(sessions, hash);
    bool is_there = *link != NONE;
    if (is_there && is_over(&sessions->places[*link], knock->now_ns)) {
        drop(sessions, link);
        is_there = false;
    }
    if (is_there) {
        struct session *session = &sessions->places[*link];
        if (session->used_ns < knock->now_ns)
            session->used_ns = knock->now_ns;
        *ret_session = *session;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return is_there;
}

enum access_answer session_enter(struct sessions *sessions, struct access *const *tenants, uint32_t count,
                                 const struct session_knock *knock, struct access_pass *ret_pass,
                                 struct session_view *ret_view) {
    struct session session;
    if (!recall(sessions, knock, &session) || session.tenant >= count)
        return ACCESS_UNKNOWN;
    struct access_knock again = {.address = knock->address, .now_ns = knock->now_ns};
    enum access_answer answer = access_enter_again(tenants[session.tenant], (struct slice){session.key_id, KEY_ID_LEN},
                                                   session.proof, &again, ret_pass);
    ret_pass->tenant = session.tenant;
    *ret_view = (struct session_view){.started_ns = session.started_ns,
                                      .ends_ns = session.started_ns + SESSION_LIFE * NS_PER_SECOND};
    if (answer == ACCESS_UNKNOWN)
        session_end(sessions, knock->token);
    sodium_memzero(&session, sizeof session);
    return answer;
}

void session_end(struct sessions *sessions, struct slice token) {
    uint8_t hash[KEY_HASH_BYTES];
    if (token.len != SESSION_TOKEN_LEN)
        return;
    token_hash(sessions, token, hash);
    (void)pthread_mutex_lock(&sessions->lock);
    uint16_t *link = find(sessions, hash);
    if (*link != NONE)
        drop(sessions, link);
    (void)pthread_mutex_unlock(&sessions->lock);
}

uint32_t session_count(struct sessions *sessions) {
    (void)pthread_mutex_lock(&sessions->lock);
    uint32_t count = sessions->taken;
    (void)pthread_mutex_unlock(&sessions->lock);
    return count;
}
