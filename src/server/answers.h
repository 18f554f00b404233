/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that are kept for those who ask again (Idempotency-Key). Before a command is said, what it will be called and
 * when is written down under the key; afterwards the answer. So whoever repeats a request, also after a crash between
 * any two steps, says the same command, which the journal takes once, and gets the same answer. */
#ifndef TG_SERVER_ANSWERS_H
#define TG_SERVER_ANSWERS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "store/store.h"

#define ANSWERS_KIND SLICE("answer")                                       /* documents of the store */
#define ANSWERS_KEEP_NS (INT64_C(40) * 24 * 60 * 60 * INT64_C(1000000000)) /* as long as events are not too old */
enum { ANSWERS_KEY_MAX = 255, ANSWERS_HASH_BYTES = 32 };

struct answers; /* of one tenant */
/* The store stays the caller's. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status answers_new(struct store *store, struct answers **ret_answers);
void answers_free(struct answers *answers); /* NULL is let alone */

/* The key of a header: a quoted string of RFC 8941 or a bare token; 1 to ANSWERS_KEY_MAX visible characters. False: it
 * is neither. The key is a part of the text, or of the arena. */
bool answers_key_read(struct slice text, struct arena *arena, struct slice *ret_key);

struct answers_request {
    struct slice key;
    struct slice actor;               /* who asks: kept for those who look into it */
    uint8_t hash[ANSWERS_HASH_BYTES]; /* of all that makes this request another one than that */
};
void answers_hash(const struct slice *parts, uint32_t count, uint8_t ret_hash[ANSWERS_HASH_BYTES]);

enum answers_found {
    ANSWERS_NEW,     /* nobody used the key */
    ANSWERS_BEGUN,   /* it was begun, and nobody knows how it ended: say the same command again */
    ANSWERS_KEPT,    /* the answer is there */
    ANSWERS_OTHER,   /* the key was used for another request */
    ANSWERS_RUNNING, /* the same request is being answered just now */
};
struct answers_record {
    int64_t at_ns;     /* when it came first */
    struct slice id;   /* of the request */
    struct slice mark; /* what was to be changed, as it was then */
    uint16_t status;   /* of the answer; 0: there is none yet */
    bool is_problem;   /* its media type */
    struct slice body;
    struct slice secret_of; /* of an answer that is not kept: where that is whose secret it showed; empty: it is */
};
/* What is known of the key. ANSWERS_NEW and ANSWERS_BEGUN take it: nobody else gets them until answers_leave. The
 * record (arena) is filled for ANSWERS_BEGUN and ANSWERS_KEPT. What is older than ANSWERS_KEEP_NS is unknown, and
 * removed on the way. Fails: STATUS_IO, STATUS_INVALID (damaged), STATUS_NO_MEMORY; the key is not taken then. */
MUST_CHECK enum status answers_enter(struct answers *answers, const struct answers_request *request, int64_t now_ns,
                                     struct arena *arena, enum answers_found *ret_found,
                                     struct answers_record *ret_record);
/* Write the record down; durable when it returns. First without an answer, later with it. Fails as store_put. */
MUST_CHECK enum status answers_keep(struct answers *answers, const struct answers_request *request,
                                    const struct answers_record *record);
/* The key is as if nobody had used it. Fails as store_delete. */
MUST_CHECK enum status answers_forget(struct answers *answers, const struct answers_request *request);
void answers_leave(struct answers *answers, const struct answers_request *request);

#endif
