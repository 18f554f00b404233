/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks of one book: endpoints, and deliveries to them of what the engine tells. What has to be told is found by a
 * position in the engine's own list, so that nothing is lost by a crash; what was sent is noted afterwards, so that
 * something may be sent again, under the same webhook-id. Docs: docs/webhooks.md. Any thread may call. */
#ifndef TG_HOOK_HOOKS_H
#define TG_HOOK_HOOKS_H

#include "engine/view.h"
#include "hook/transport.h"
#include "store/store.h"

enum { HOOK_ENDPOINTS_MAX = 100, HOOK_KEY_BYTES = 32 };

/* Where the facts are. Between `begin` and `end` the state stands still. */
struct hook_source {
    const struct engine *(*begin)(void *context);
    void (*end)(void *context);
    const struct tariff_set *(*tariffs)(void *context); /* that hold now; asked between the two */
    uint32_t (*set_number)(void *context);              /* of them */
    void *context;
};
struct hook_options {
    struct store *store; /* outlives the hooks */
    struct hook_source source;
    struct guard guard;
    const uint8_t *key;            /* HOOK_KEY_BYTES: secrets are kept sealed under it; NULL: as they are */
    struct transport transport;    /* the hooks own it; its `send` NULL: nothing is sent, endpoints are only kept */
    int64_t (*now)(void *context); /* ns since 1970; NULL: the system's clock */
    void *now_context;
    /* An endpoint was stopped, "gone" or "failing"; for the log. From the thread that works. NULL: nobody is told. */
    void (*stopped)(void *context, struct slice id, const char *state);
    void *stopped_context;
};
struct hooks;
/* Fails: STATUS_INVALID (a damaged document; secrets that are sealed under another key), STATUS_IO, STATUS_NO_MEMORY;
 * *ret_error (arena) says more. */
MUST_CHECK enum status hooks_open(const struct hook_options *options, struct arena *arena, struct hooks **ret_hooks,
                                  struct slice *ret_error);
/* Ends the thread; what is under way is sent again by the next one. NULL is let alone. */
void hooks_close(struct hooks *hooks);
/* Work on a thread of its own until hooks_close. Fails: STATUS_IO. */
MUST_CHECK enum status hooks_start(struct hooks *hooks);
/* One turn of that work, for those who have no thread: find what is to be told, begin what is due, wait for at most so
 * long, note what ended. Returns whether something is under way. */
bool hooks_step(struct hooks *hooks, uint32_t milliseconds);

/* ---- what people ask for: JSON in, JSON out ---- */

struct hook_call {
    struct slice body;    /* a JSON object; empty: none */
    struct slice request; /* names what is asked for: the same each time it is asked; empty: it is asked once */
    bool is_again;        /* it was asked before, and nobody knows how far that came */
    struct slice mark;    /* is_again: hooks_mark of then */
    uint32_t limit;       /* of lists; 0: 50 */
    uint64_t cursor;      /* of lists; 0: from the first */
    struct arena *arena;
    struct buf *out;              /* the answer */
    bool has_secret;              /* the answer shows one */
    bool is_done;                 /* what is asked for was done then, and its secret shown: with STATUS_CONFLICT */
    struct slice id;              /* of the webhook that has_secret or is_done is about (arena) */
    struct slice pointer, detail; /* of a refusal: the place in the body (empty: none), what is wrong and the remedy */
};
/* Each fails: STATUS_INVALID, STATUS_CONFLICT, STATUS_RANGE (too many endpoints) and STATUS_NOT_FOUND with `detail`;
 * STATUS_IO, STATUS_NO_MEMORY. What it changed is durable when it returns. */
/* What was done by a request that comes again is not done again. */
MUST_CHECK enum status hooks_create(struct hooks *hooks, struct hook_call *call);
MUST_CHECK enum status hooks_list(struct hooks *hooks, struct hook_call *call);
MUST_CHECK enum status hooks_show(struct hooks *hooks, struct slice id, struct hook_call *call);
MUST_CHECK enum status hooks_change(struct hooks *hooks, struct slice id, struct hook_call *call);
MUST_CHECK enum status hooks_remove(struct hooks *hooks, struct slice id, struct hook_call *call);
/* {"overlap": "24 hours", "scheme": "v1", "secret": "whsec_…"}, all optional: a new key; the older ones sign as well
 * until the overlap is over. */
MUST_CHECK enum status hooks_rotate(struct hooks *hooks, struct slice id, struct hook_call *call);
/* Send a message of the type tollgate.webhook.test. */
MUST_CHECK enum status hooks_test(struct hooks *hooks, struct slice id, struct hook_call *call);
/* The newest first. */
MUST_CHECK enum status hooks_deliveries(struct hooks *hooks, struct slice id, struct hook_call *call);
/* {"delivery": 12}: that one again; {"since": INSTANT}: everything that is dated then or later and was told before. */
MUST_CHECK enum status hooks_replay(struct hooks *hooks, struct slice id, struct hook_call *call);

/* A text that is another one when a webhook has another key or more deliveries; empty: there is no such webhook. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status hooks_mark(struct hooks *hooks, struct slice id, struct arena *arena, struct slice *ret_mark);

struct hook_stats {
    uint64_t delivered, failed_attempts, given_up; /* since it was opened */
    uint32_t endpoints, disabled, waiting;         /* endpoints; those that are not enabled; deliveries */
};
void hooks_stats(struct hooks *hooks, struct hook_stats *ret_stats);

#endif
