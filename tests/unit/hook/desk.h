/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks at a desk: a real engine and a store in memory, a clock that is set by hand, and receivers that answer what
 * the test says. */
#ifndef TG_TESTS_HOOK_DESK_H
#define TG_TESTS_HOOK_DESK_H

#include "../engine/life.h"
#include "hook/hooks.h"

enum { DESK_SENT_MAX = 1000 };
struct sent {
    char id[64], timestamp[32], signature[512], body[2048], url[128];
    uint64_t tag;
};
struct desk {
    struct life life;
    struct store *store;
    struct store_faults faults;
    struct hooks *hooks;
    struct arena arena;
    struct slice error; /* of the last opening */
    int64_t now_ns;
    uint32_t set;
    const uint8_t *key;
    uint64_t *refuse, refuse_opening_at; /* of a test's allocator: set for the opening after a crash; NULL: none */
    /* receivers */
    uint32_t status; /* what they answer; 0: no answer */
    int64_t retry_after;
    bool is_silent; /* nothing ends */
    struct sent sent[DESK_SENT_MAX];
    uint32_t sent_count, answered;
};

void desk_begin(struct desk *desk);
void desk_end(struct desk *desk);
/* The store as it is on the disk, and hooks that know nothing else: after a crash. */
enum status desk_crash(struct desk *desk);
/* Turns until nothing is due. */
void desk_run(struct desk *desk);
/* An order of ten calls for this account, and all of them used: package-low and package-empty. */
void desk_two_alerts(struct desk *desk, const char *account);
struct slice desk_call(struct desk *desk, enum status (*call)(struct hooks *, struct slice, struct hook_call *),
                       struct slice id, const char *body, enum status want);
/* The id of a new endpoint; the answer stays in the arena. */
struct slice desk_create(struct desk *desk, const char *body);
/* A member of an answer, as text; ptr NULL: none. */
struct slice desk_member(struct desk *desk, struct slice json, const char *name);
#define HOUR_NS (3600 * NS_PER_SECOND)

#endif
