/* SPDX-License-Identifier: Apache-2.0
 *
 * A small engine for a handful of events that the program writes itself: quotes and examples. */
#ifndef TG_TRIAL_SESSION_H
#define TG_TRIAL_SESSION_H

#include "base/json_writer.h"
#include "engine/engine.h"

struct session {
    struct engine *engine;
    struct reader *reader;
    struct arena arena; /* records live as long as the session */
    uint32_t line;
};

/* The set must outlive the session. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status session_open(const struct tariff_set *set, struct session *ret_session);
void session_free(struct session *session);
/* Read and apply one document. trace may be NULL; *ret_record (may be NULL) is the only record it gives. Fails as
 * engine_apply. */
MUST_CHECK enum status session_feed(struct session *session, struct slice text, struct trace *trace,
                                    const struct record **ret_record);

/* A quantity that nobody metered: of an account, at an instant, charged as if an event had come to it. */
struct session_use {
    struct slice account;
    const struct tariff *tariff;
    uint32_t item, rate; /* of the tariff */
    struct decimal quantity;
    int64_t at_ns;
};
/* Apply it to an engine. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status session_use_apply(struct engine *engine, const struct session_use *use);

/* A CloudEvent up to and including the start of its `data` object: members follow, then event_end. Its type is
 * GROUP.NAME: a tariff and an operation, or "tollgate" and a command. */
struct event_head {
    struct slice id, subject, group, name;
    struct slice source; /* empty: "tollgate"; a subject of NULL is left out */
    int64_t at_ns;
};
void event_begin(const struct event_head *head, struct json_writer *writer);
void event_end(struct json_writer *writer);

/* ---- what stands before the work: an account with pay-as-you-go on, and its orders ---- */

struct setup {
    struct session *session;
    const struct tariff_set *set;
    const struct tariff *tariff;
    struct slice account;
    int64_t at_ns;      /* orders are given a second before it, the account two */
    bool is_concurrent; /* tasks are paid for by the limit on them */
    const struct attribute *attributes;
    uint32_t attribute_count;
    struct arena *arena;
};
struct setup_order {
    const struct product *product;
    struct slice quantity; /* as written */
    uint32_t periods;      /* 0: as anybody orders, at once; else begins at start_ns, and ceilings do not bind */
    int64_t start_ns;
};
/* Both fail: STATUS_NO_MEMORY, STATUS_RANGE (an attribute is no decimal). */
MUST_CHECK enum status setup_account(const struct setup *setup);
MUST_CHECK enum status setup_order(const struct setup *setup, uint32_t index, const struct setup_order *order);

#endif
