/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a live share. Locks in the order in which they may be taken: writing, state, gating; the small ones
 * (waiting.lock, readers.lock) are held for no call that waits. */
#ifndef TG_LIVE_LIVE_PRIVATE_H
#define TG_LIVE_LIVE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "book/commit.h"
#include "live/live.h"

struct live_clock {
    int64_t (*wall)(void *context);   /* ns since 1970; may jump */
    int64_t (*steady)(void *context); /* never jumps; NULL: the wall clock is believed */
    void *context;
    atomic_int_least64_t latest; /* the latest instant that anybody was told */
    atomic_int_least64_t offset; /* of the steady clock to the instants told */
    pthread_mutex_t lock;        /* of what follows */
    atomic_int_least64_t looked; /* when the two clocks were compared, by the steady one */
    int64_t ahead_since;         /* the wall clock has been far ahead since then; INSTANT_MIN: it is not */
};
void clock_start(struct live_clock *clock, const struct live_options *options, int64_t not_before_ns);
int64_t clock_now(struct live_clock *clock);

/* Long enough for the batch that a hold goes into. */
#define LIVE_HOLDING_NS (300 * NS_PER_SECOND)

struct kept_slot { /* for a hold of a submission */
    uint64_t lease;
    uint8_t identity[16];
};
struct submission {              /* of one caller, who waits for it */
    struct book_request request; /* first */
    uint64_t lease;              /* ends when the document is in the state; 0: none, or it has ended */
    struct kept_slot *slots;     /* each ends when its hold is in the state; in the order of the records */
    uint32_t slot_count, slots_ended;
    bool was_asked; /* the gate has kept `lease` for the one hold that it is */
    enum status status;
    bool is_done, is_stale, leads;
    pthread_cond_t turn;
    struct submission *next;
};
struct line { /* of those who wait */
    pthread_mutex_t lock;
    struct submission *first, **end;
    bool has_leader;
    uint64_t documents, bytes;
};

enum { READERS_MAX = 64 }; /* kept for the next request */
struct readers {
    pthread_mutex_t lock;
    struct reader *list[READERS_MAX];
    uint32_t count;
};

struct live {
    struct book *book;
    struct live_options options;
    struct live_clock clock;

    struct line line;
    struct readers readers;
    pthread_mutex_t writing; /* the book is changed by one thread at a time */
    struct arena batch;      /* of the commit */
    atomic_uint_least64_t seq, busy, batches, documents;
    atomic_int_least64_t applied_ns;
    atomic_bool is_broken;
    char why[256]; /* written before is_broken is */

    pthread_rwlock_t state; /* of the engine and of which tariffs hold */
    _Atomic(const struct tariff_set *) tariffs;
    pthread_mutex_t gating;
    struct gate *gate;
    uint64_t decisions[ADMIT_REASON_COUNT];

    pthread_t keeper;
    bool has_keeper, is_closing; /* under keeping */
    pthread_mutex_t keeping;
    pthread_cond_t closing;
    uint64_t snapshot_seq;       /* the newest snapshot stands behind this batch; under writing */
    uint64_t snapshot_documents; /* how many were written when the last snapshot was; of the keeper */
    uint64_t snapshot_bills;     /* likewise, that were closed */
};

MUST_CHECK enum status readers_take(struct live *live, struct reader **ret_reader);
void readers_give(struct live *live, struct reader *reader);
void readers_free(struct readers *readers);
/* As live_submit of one document; *lease ends in the moment in which it takes effect, and is 0 then. */
MUST_CHECK enum status submit_holding(struct live *live, struct slice document, uint64_t *lease, struct arena *arena,
                                      struct reply *ret_reply);
/* Let the gate keep a slot for each new hold. Those for which tasks that run by leases leave none have their reply and
 * are taken out of the request. Fails: STATUS_NO_MEMORY, STATUS_RANGE; what was kept is to be given back then, too. */
MUST_CHECK enum status slots_keep(struct live *live, struct submission *mine);
/* The hold of this identity is in the state. */
void slot_end(struct live *live, struct submission *mine, const uint8_t identity[16]);
/* All that is left. */
void slots_end(struct live *live, struct submission *mine);
/* Under `writing`: bills and forgotten identities to the store. */
void effects_write(struct live *live);
/* Under `writing`: nothing will be acknowledged any more, if the book says so. */
void broken_look(struct live *live);
/* Whoever looks after the book from time to time. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status keeper_start(struct live *live);
void keeper_stop(struct live *live);

#endif
