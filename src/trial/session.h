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

/* A CloudEvent up to and including the start of its `data` object: members follow, then event_end. Its type is
 * GROUP.NAME: a tariff and an operation, or "tollgate" and a command. */
struct event_head {
    struct slice id, subject, group, name;
    struct slice source; /* empty: "tollgate"; a subject of NULL is left out */
    int64_t at_ns;
};
void event_begin(const struct event_head *head, struct json_writer *writer);
void event_end(struct json_writer *writer);

#endif
