/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of webhooks share: an endpoint as it is configured, and its lane: how far it was told, what waits. */
#ifndef TG_HOOK_HOOKS_PRIVATE_H
#define TG_HOOK_HOOKS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/json_writer.h"
#include "cxx/json.h"
#include "hook/hooks.h"
#include "hook/signature.h"
#include "hook/types.h"

#define KIND_ENDPOINT SLICE("endpoint")
#define KIND_DELIVERY SLICE("delivery")
enum {
    ENDPOINT_ID_MAX = 32,
    ENDPOINT_KEYS_MAX = 4,
    ENDPOINT_ACCOUNTS_MAX = 200,
    ENDPOINT_TEXT_MAX = 1024, /* of a description, of an account */
    MESSAGE_ID_MAX = 40,
    MESSAGE_BYTES_MAX = 20 << 10,
    DELIVERY_ATTEMPTS_MAX = 10,
    DELIVERY_LOG_MAX = 100, /* of an endpoint: what waits and what was */
    DELIVERY_WINDOW = 32,   /* of them that wait */
    DELIVERY_FLIGHT = 4,    /* of them that are under way */
    SCAN_MAX = 4096         /* facts that are looked at while the state stands still */
};

/* name, text */
#define ENDPOINT_STATE_TABLE(ROW)                                                                                      \
    ROW(ENABLED, "enabled")                                                                                            \
    ROW(DISABLED, "disabled") /* by hand */                                                                            \
    ROW(GONE, "gone")         /* it answered 410 */                                                                    \
    ROW(FAILING, "failing")   /* a delivery was given up, and nothing arrived meanwhile */
enum endpoint_state {
#define STATE_ENUM(name, text) ENDPOINT_##name,
    ENDPOINT_STATE_TABLE(STATE_ENUM)
#undef STATE_ENUM
        ENDPOINT_STATE_COUNT
};

struct kept_key {
    struct hook_key key;
    int64_t until_ns; /* INSTANT_MAX: the one that stays */
};
struct endpoint {
    struct arena arena; /* its texts */
    struct slice id, url, description;
    struct slice *accounts; /* none: all */
    uint32_t account_count;
    uint32_t types; /* bits; 0: all */
    enum endpoint_state state;
    struct kept_key keys[ENDPOINT_KEYS_MAX]; /* the newest first */
    uint32_t key_count;
    int64_t created_ns, changed_ns;
};

struct attempt {
    int64_t at_ns;
    uint32_t status, milliseconds;
    char error[TRANSPORT_ERROR_MAX];
};
enum delivery_state { DELIVERY_WAITING, DELIVERY_DELIVERED, DELIVERY_FAILED };
struct delivery {
    uint64_t number; /* of its endpoint, from 1 */
    char id[MESSAGE_ID_MAX];
    uint32_t type;
    char *account, *body; /* owned */
    int64_t created_ns, next_ns;
    enum delivery_state state;
    bool is_replay, is_under_way;
    uint32_t attempt_count;
    struct attempt attempts[DELIVERY_ATTEMPTS_MAX];
};

/* A point in the list of facts. */
struct told {
    uint32_t alerts, unpriced, set;
};
struct lane {
    struct endpoint *endpoint;
    uint32_t serial; /* never given twice by one process: what is under way finds its lane by it */
    struct told told;
    struct told replay; /* from here up to replay_end once more, of what is dated since_ns or later */
    struct told replay_end;
    int64_t since_ns;
    struct delivery *log[DELIVERY_LOG_MAX]; /* in the order of their numbers */
    uint32_t log_count, waiting, under_way;
    uint64_t last_number;
    uint32_t failures; /* in a row */
    int64_t probe_ns;  /* not before, after failures */
    int64_t success_ns;
    bool is_noted; /* the store has it all */
    int64_t noted_ns;
    uint32_t noted_alerts; /* how far it was told, as the store has it */
};

struct hooks {
    struct hook_options options;
    pthread_mutex_t lock;                   /* of all that follows */
    struct lane *lanes[HOOK_ENDPOINTS_MAX]; /* NULL: free */
    uint32_t last_serial;
    uint8_t salt[16];      /* of this book's webhook-ids */
    struct names unpriced; /* accounts whose first unpriced usage was seen */
    uint32_t unpriced_seen;
    struct json_parser *parser;
    struct hook_stats stats;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_ending;
};

int64_t hooks_now(const struct hooks *hooks);

/* ---- endpoint.c ---- */
const char *endpoint_state_name(enum endpoint_state state);
void endpoint_free(struct endpoint *endpoint);                   /* wipes its keys */
struct endpoint *endpoint_copy(const struct endpoint *endpoint); /* NULL: out of memory */
bool endpoint_wants(const struct endpoint *endpoint, uint32_t type, struct slice account);
/* Drop the keys whose time is over. */
void endpoint_keys_expire(struct endpoint *endpoint, int64_t now_ns);
/* For people: without secrets. */
void endpoint_json(const struct endpoint *endpoint, const struct lane *lane, struct json_writer *writer);
/* As the store has it. */
MUST_CHECK enum status endpoint_put(struct hooks *hooks, const struct endpoint *endpoint);
MUST_CHECK enum status endpoint_read(struct hooks *hooks, struct slice text, struct endpoint **ret_endpoint,
                                     const char **ret_why);

/* ---- seal.c ---- */
/* A secret for the store: base64 of what is sealed, bound to the endpoint's id. */
void seal_key(const struct hooks *hooks, struct slice id, const struct hook_key *key, struct buf *out);
/* False: it is not sealed under this key, or damaged. */
bool unseal_key(const struct hooks *hooks, struct slice id, struct slice text, struct hook_key *ret_key);

/* ---- change.c: what people want ---- */
struct wish {
    bool has_url, has_types, has_accounts, has_description, has_enabled;
    struct slice url, description;
    struct slice *accounts;
    uint32_t account_count, types;
    bool is_enabled;
    bool has_key, has_overlap;
    enum hook_scheme scheme;
    struct hook_key key; /* of has_key */
    struct duration overlap;
    uint64_t delivery; /* 0: none */
    int64_t since_ns;  /* INSTANT_MIN: none */
};
/* allowed: names of members, by spaces. Fails: STATUS_INVALID with pointer and detail, STATUS_NO_MEMORY. */
MUST_CHECK enum status wish_read(struct hooks *hooks, struct hook_call *call, const char *allowed,
                                 struct wish *ret_wish);
PRINTF(3, 4)
enum status wish_wrong(struct hook_call *call, const char *pointer, const char *detail, ...);

/* ---- message.c ---- */
struct message {
    uint32_t type;
    struct slice account; /* empty: of nobody alone */
    int64_t at_ns;
    char id[MESSAGE_ID_MAX];
    struct slice body; /* arena */
};
MUST_CHECK enum status message_alert(const struct hooks *hooks, uint32_t index, const struct alert *alert,
                                     struct arena *arena, struct message *ret_message);
MUST_CHECK enum status message_set(const struct hooks *hooks, uint32_t number, const struct tariff_set *tariffs,
                                   struct arena *arena, struct message *ret_message);
/* By the request that asks for it, when that has a name: then it is the same message each time. */
MUST_CHECK enum status message_test(const struct hooks *hooks, const struct lane *lane, const struct hook_call *call,
                                    struct message *ret_message);

/* ---- lane.c ---- */
void lane_free(struct lane *lane);
struct delivery *lane_add(struct lane *lane, const struct message *message, int64_t now_ns); /* NULL: out of memory */
struct delivery *lane_delivery(const struct lane *lane, uint64_t number); /* NULL: it is not in the log any more */
/* What the transport said about an attempt that began at at_ns. */
void lane_result(struct hooks *hooks, struct lane *lane, struct delivery *delivery,
                 const struct transport_result *result);
/* The delivery to be begun now; NULL: none. */
struct delivery *lane_next(const struct lane *lane, int64_t now_ns);
/* When lane_next will have one, as far as it is known; INSTANT_MAX: never without news. */
int64_t lane_due(const struct lane *lane);

/* ---- note.c: lanes in the store ---- */
void delivery_json(const struct delivery *delivery, bool has_body, struct json_writer *writer);
MUST_CHECK enum status lane_put(struct hooks *hooks, struct lane *lane);
MUST_CHECK enum status lane_read(struct hooks *hooks, struct slice text, struct lane *lane);

/* ---- find.c ---- */
/* Turn facts that were not told yet into deliveries, as far as the window allows. Returns whether there may be more. */
MUST_CHECK enum status lanes_fill(struct hooks *hooks, bool *ret_more);
/* How far everything is. */
MUST_CHECK enum status told_now(struct hooks *hooks, struct told *ret_told);

#endif
