/* SPDX-License-Identifier: Apache-2.0
 *
 * A book in service: many threads read its state, ask its gate and submit to it. One lock keeps the state still for
 * readers, and is held for writing only while a small portion is applied. Every function may be called from any thread,
 * but none between live_state and live_state_end of the same thread. */
#ifndef TG_LIVE_LIVE_H
#define TG_LIVE_LIVE_H

#include "admit/gate.h"
#include "book/book.h"

struct live;
struct live_options {
    struct gate_size gate;            /* zeros: the defaults */
    int64_t (*now)(void *context);    /* the wall clock, ns since 1970; NULL: the system's */
    int64_t (*steady)(void *context); /* one that never jumps; looked at when `now` is given. NULL: `now` is believed */
    void *context;
    uint32_t tick_seconds;    /* how often somebody looks whether a tick, a snapshot or a bill is due; 0: never */
    uint32_t queue_documents; /* being submitted at most; 0: 262,144. More are refused: STATUS_BUSY */
};
/* Open the book for writing. Fails as book_open. */
MUST_CHECK enum status live_open(const char *directory, const struct live_options *options, struct arena *arena,
                                 struct live **ret_live, struct slice *ret_error);
/* The same on a book that is open for writing; it is the live's from then on, also after a failure. */
MUST_CHECK enum status live_open_book(struct book *book, const struct live_options *options, struct live **ret_live);
/* After the last call of everybody else. A snapshot is written when the book is well. NULL is let alone. */
void live_close(struct live *live);
/* The instant now. It never decreases, nor before what was recorded ever, whatever the wall clock does: one that is set
 * back is approached at half speed, a jump ahead by more than ten minutes is believed after a minute. */
int64_t live_now(struct live *live);
/* How far that is ahead of the wall clock, which was set back. */
int64_t live_ahead_ns(struct live *live);

/* Documents of one request, JSON texts with one object each: durable and in the state when it returns, with a reply for
 * each. Reasons live in the arena; lines and columns count in each document. Fails: STATUS_BUSY (too much is waiting:
 * nothing happened), STATUS_IO (live_is_broken: it is not known whether it happened, and nothing more will; else the
 * disk is full and nothing happened), STATUS_RANGE (more than 64 MiB: nothing happened), STATUS_INVALID (the store is
 * damaged), STATUS_NO_MEMORY (nothing happened, unless live_is_broken). A hold for which tasks that run by leases of
 * the gate leave no slot is rejected and not kept: leases and holds together are never more than what is bought. */
MUST_CHECK enum status live_submit(struct live *live, const struct slice *documents, uint32_t count,
                                   struct arena *arena, struct reply *replies);
/* The same for usage events alone: commands, and with an account (empty: any) events of others, are refused and not
 * kept. */
MUST_CHECK enum status live_ingest(struct live *live, struct slice account, const struct slice *documents,
                                   uint32_t count, struct arena *arena, struct reply *replies);
/* As live_submit, as a part of the backfill `name`: older events, none of them too old, which can be taken back
 * together. Fails also: STATUS_CONFLICT (it was reverted), STATUS_INVALID (no name for one); *ret_error says so. */
struct live_backfill {
    struct slice name;
    const struct slice *documents;
    uint32_t count;
    struct reply *replies;
    bool is_usage; /* commands are refused and not kept */
};
MUST_CHECK enum status live_backfill(struct live *live, const struct live_backfill *backfill, struct arena *arena,
                                     struct slice *ret_error);
/* Take all of it back, as book_backfill_revert. Submissions wait meanwhile; readers and the gate see one batch of it go
 * after the other. */
MUST_CHECK enum status live_backfill_revert(struct live *live, struct slice name, struct arena *arena,
                                            struct slice *ret_error);
/* What a backfill of this file would change; `look` sees it before it goes. It takes two copies of the state, and
 * submissions wait meanwhile. Fails as book_fill_read. */
struct live_fill {
    struct book_intake intake;
    uint64_t refused; /* or without a price */
    struct usage_changes changes;
};
struct live_fill_look {
    void (*look)(void *context, const struct live_fill *fill);
    void *context;
};
MUST_CHECK enum status live_backfill_preview(struct live *live, const char *path, struct live_fill_look look);
/* The replies that live_submit would give; nothing changes. It takes a copy of the account where all are
 * commands of one, else of the whole state: for dry runs of people. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status live_rehearse(struct live *live, const struct slice *documents, uint32_t count,
                                     struct arena *arena, struct reply *replies);
/* The same, and `look` sees the state as it would be. */
struct live_look {
    void (*look)(void *context, const struct engine *engine);
    void *context;
};
MUST_CHECK enum status live_rehearse_look(struct live *live, struct slice document, struct live_look look,
                                          struct arena *arena, struct reply *ret_reply);
/* As book_due, of the state as it is now; what is looked at must not use the live. Submissions wait meanwhile. */
MUST_CHECK enum status live_due(struct live *live, int64_t now_ns, book_bill_visit *visit, void *context);
/* Append a tick of now, if something is due or `even_if_not`. Fails as live_submit. */
MUST_CHECK enum status live_tick(struct live *live, bool even_if_not);
/* Write a snapshot now; submissions wait meanwhile, readers and the gate do not. Fails as book_snapshot. */
MUST_CHECK enum status live_snapshot(struct live *live);

/* The state stands still between the two. Keep it short: submissions wait meanwhile. */
const struct engine *live_state(struct live *live);
void live_state_end(struct live *live);
/* For what does not change or locks by itself: tariffs, closed bills, the journal's batches, the store. */
struct book *live_book(struct live *live);
/* The tariffs that hold now; live as long as the live. */
const struct tariff_set *live_tariffs(struct live *live);
/* Of the last batch that is wholly in the state: an ETag of everything. */
uint64_t live_seq(struct live *live);

/* ---- the gate ---- */

struct live_question {
    struct slice account;
    struct slice type; /* "<tariff>.<operation>", as its events have it */
    uint32_t calls;    /* as in struct admit_question */
    int64_t lease_ns;
    bool is_rehearsal; /* as there */
};
enum { LIVE_ORDER_MAX = 256 };
struct live_answer {
    struct admit_answer gate; /* its order_id is a part of `order` */
    bool is_unknown;          /* nothing is called like the type: the reason is ADMIT_UNPRICED */
    int64_t now_ns;           /* the instant of the answer */
    char order[LIVE_ORDER_MAX];
};
/* Neither allocates nor writes. Fails: STATUS_RANGE (the clock is outside the calendar). */
MUST_CHECK enum status live_admit(struct live *live, const struct live_question *question,
                                  struct live_answer *ret_answer);
/* As gate_look, at the instant now; between live_state and live_state_end. quota->now_ns is not looked at. */
bool live_quota(struct live *live, const struct gate_quota *quota, struct gate_use *ret_use);
/* As gate_end. */
bool live_end(struct live *live, uint64_t lease);
/* A hold that is asked for like any other call: the gate is asked, and when it allows, `document`, a `tollgate.hold` of
 * the same account and operation, is submitted. A slot that the gate has kept meanwhile is free again in the moment in
 * which the hold has its own, so that neither is counted twice. *ret_reply is written when the gate has allowed it.
 * question->lease_ns is not looked at. Fails as live_submit and live_admit. */
MUST_CHECK enum status live_hold(struct live *live, const struct live_question *question, struct slice document,
                                 struct arena *arena, struct live_answer *ret_answer, struct reply *ret_reply);

/* ---- service ---- */

/* Let the tariffs at `path` (base_dir: what they may extend, NULL: the same) hold from now on, whole or not at all.
 * Submissions wait until all is rated again; readers and the gate do not, and leases that run go on. Fails as
 * book_rerate; what held before goes on holding. */
MUST_CHECK enum status live_reload(struct live *live, const char *path, const char *base_dir, struct arena *arena,
                                   struct slice *ret_error);
/* What live_reload of these tariffs would change; nothing changes. Submissions wait meanwhile. Fails as
 * book_rerate_preview. */
MUST_CHECK enum status live_reload_preview(struct live *live, const struct tariff_set *tariffs, struct arena *arena,
                                           struct book_changes *ret_changes, struct slice *ret_error);
/* Something could not be written, or the state is behind its journal: nothing will be acknowledged any more. The next
 * live_open recovers. *ret_why lives as long as the live. */
bool live_is_broken(struct live *live, struct slice *ret_why);

struct live_stats {
    uint64_t seq;
    uint64_t batches, documents; /* written since it was opened */
    uint64_t waiting;            /* documents that are being submitted */
    uint64_t busy;               /* submissions refused for that */
    uint64_t decisions[ADMIT_REASON_COUNT];
    uint32_t leases;
    int64_t applied_ns; /* recorded instant of the last batch; INSTANT_MIN: none since it was opened */
};
void live_stats(struct live *live, struct live_stats *ret_stats);

#endif
