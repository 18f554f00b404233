/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a book share. */
#ifndef TG_BOOK_BOOK_PRIVATE_H
#define TG_BOOK_BOOK_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/json_writer.h"
#include "book/book.h"
#include "book/charges.h"
#include "book/sets.h"
#include "engine/identities.h"
#include "engine/snapshot.h"

#define BOOK_TARIFFS "tariffs"      /* copies of the tariffs it is kept under */
#define BOOK_BASE "tariffs-shipped" /* what they may extend */
#define KIND_META SLICE("meta")
#define KIND_SNAPSHOT SLICE("snapshot")
#define KIND_SEALED SLICE("identities")

struct outbox { /* closed bills on their way to the store */
    struct store_bill *bills;
    uint32_t count, cap;
    struct arena arena;
    struct buf body;
    uint64_t known_seq; /* those of batches up to here are in the store: they are counted, and not made again */
};

struct usage_sums {       /* of usage: what came since those in the store */
    pthread_mutex_t lock; /* of all of it, for readers in other threads */
    struct names keys;
    struct sum_pair *pairs; /* by number of the key */
    uint32_t room;
    struct buf key;
    uint64_t mark;  /* batches up to here are in those of the store */
    uint64_t until; /* those behind are let alone */
    bool is_on;
    struct charges charges;
    bool is_rerated; /* charges of the store are of other tariffs: they go with the next ones */
    bool is_lost;    /* what the store has is no good: it goes with the next ones */
};

struct change {     /* other tariffs, about to hold */
    uint32_t index; /* of the set */
    struct engine *engine;
    struct reader *reader;
    struct charges charges; /* under them */
    bool has_charges;
};

struct seal {     /* identities on their way to the store */
    uint64_t seq; /* of the batch that made them leave */
    char *bytes;  /* sorted slots */
    uint64_t count;
    struct seal *next;
};

struct book {
    struct arena arena;
    struct store *store;
    struct slice directory;
    struct book_set sets[SETS_MAX]; /* that the journal has activated, in this order */
    uint32_t set_count;
    _Atomic(const struct tariff_set *) tariffs; /* of the set that holds behind the last batch folded */
    const struct book *original; /* of a book that folds another one's journal under one set alone; else NULL */
    struct engine *engine;
    struct engine *preview; /* the engine that the last preview's statement speaks of */
    struct reader *reader;  /* for replays and for elements of arrays */
    uint8_t key[16];
    uint64_t seq; /* of the last batch folded */
    uint8_t hash[BATCH_HASH_BYTES];
    struct buf blob;         /* of the batch being written */
    pthread_mutex_t reading; /* of these two: the batch that book_batch read last (0: none), and its hash */
    uint64_t read_seq;
    uint8_t read_hash[BATCH_HASH_BYTES];
    struct outbox outbox;
    struct usage_sums sums;
    atomic_uint_least64_t bill_count; /* of the state, for readers in other threads */
    uint64_t marked_seq;              /* when it was opened: bills of batches up to here are in the store */
    struct charge_watch watch;        /* of book_watch; its functions are NULL: nobody watches */
    bool is_read_only;
    bool is_behind;      /* a batch is in the journal that is not, or only in part, in the state */
    uint64_t origin_seq; /* of the batch that is being applied */
    struct seal *seals;
    struct change change;
    struct slice backfill;   /* what is ingested belongs to it; empty: to none */
    int64_t filled_ns;       /* the recorded instant of a preview */
    struct engine *unfilled; /* a copy of the state, to be compared with the other one */
    struct book_partition partition;
    struct book_recovery recovery;
    struct slice error;
};

/* The batch that a snapshot of this name follows. */
uint64_t book_snapshot_seq(struct slice name);
/* Open the store and load the tariffs; no engine yet. Fails as book_open. */
MUST_CHECK enum status book_attach(const char *directory, enum store_mode mode, struct arena *arena,
                                   struct book **ret_book, struct slice *ret_error);
/* Called behind each batch that was applied. */
struct book_visit {
    enum status (*batch)(void *context, struct book *book, uint32_t documents);
    void *context;
};
/* Fold the batches behind book->seq up to `last` into the engine: decode, check, read, apply. All of them are read
 * under the set of tariffs that holds there; a batch that activates another one has everything before it rated again.
 * Fails: STATUS_INVALID with *ret_error (batch book->seq + 1 is damaged or missing), STATUS_IO,
 * STATUS_NO_MEMORY, STATUS_RANGE, and as the visit. */
MUST_CHECK enum status book_replay(struct book *book, uint64_t last, const struct book_visit *visit,
                                   struct arena *arena, struct slice *ret_error);
/* The number of the batch that a point stands behind; NULL: of the last one. Fails as book_open_as_of. */
MUST_CHECK enum status book_point_find(struct book *book, const struct book_point *point, struct arena *arena,
                                       uint64_t *ret_seq, struct slice *ret_error);
/* Nothing more may be built on a state that is behind its journal. Fails: STATUS_IO, and book_error says it. */
MUST_CHECK enum status book_check_state(struct book *book);
/* Say why in *ret_error; returns the status. */
PRINTF(4, 5)
enum status book_fail(struct arena *arena, struct slice *ret_error, enum status status, const char *format, ...);
/* Whether the document can name this id: reading is slow, looking for bytes is not. */
bool book_may_hold(struct slice document, struct slice id);
/* Records of decoded documents, as every fold sees them: numbered through the batch. */
MUST_CHECK enum status book_records(struct book *book, const struct batch *batch, uint64_t seq, struct arena *arena,
                                    struct record **ret_records, uint32_t *ret_count);
/* Tell the engine where the next records come from: "batch 12", recorded at an instant. */
MUST_CHECK enum status book_origin(struct book *book, uint64_t seq, int64_t recorded_ns);

/* Whether the record is kept here, or by the book of another partition. */
bool book_owns(const struct book *book, const struct record *record);
/* Encode the documents of records, or a batch, into `blob`. row: in, its number and the hash before it; out, its blob
 * and hash. Fail: as batch_encode. */
MUST_CHECK enum status book_encode_records(const struct record *records, uint32_t count, int64_t now_ns,
                                           struct arena *scratch, struct buf *blob);
MUST_CHECK enum status book_encode(const struct batch *batch, struct buf *blob, struct store_row *row);
struct appending {
    struct record *records; /* become what a replay of the batch would read */
    uint32_t count;
    const struct record *recall; /* leads the batch; NULL: nothing to recall */
    int64_t now_ns;
    const struct slice *ready; /* the records as an encoded batch, for when nothing leads it; NULL: to be encoded */
};
struct lead { /* what goes before the records of a batch */
    struct record records[2];
    uint32_t count;
};
/* Write records as one durable batch with the next number. The state does not change. Fails: as store_append. */
MUST_CHECK enum status book_write(struct book *book, const struct appending *appending, struct arena *scratch,
                                  struct lead *ret_lead);
/* Then tell the engine where the records come from, and apply what leads them. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status book_lead(struct book *book, const struct lead *lead, int64_t now_ns);
/* Both: records are not applied, what leads them is. Fails: as store_append. */
MUST_CHECK enum status book_append(struct book *book, const struct appending *appending, struct arena *scratch);

/* sealed.c */
/* Take what leaves the memory of book->engine from now on. */
void book_seals_take(struct book *book);
/* Write what was taken. What a full disk keeps out stays, is found all the same, and is written the next time. Fails:
 * as store_put. */
MUST_CHECK enum status book_seals_write(struct book *book);
/* Whether the store lacks what was taken, or has it otherwise. */
MUST_CHECK enum status book_seals_compare(struct book *book, bool *ret_differ);
void book_seals_drop(struct book *book);
struct lookup { /* an identity, and what is known of it */
    const uint8_t *identity;
    bool is_found;
    struct identity_slot slot; /* without meaning when it is not found */
};
/* In the memory of the engine, then among the sealed. Fails: STATUS_INVALID (a damaged block; book->error names it),
 * STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_lookup(struct book *book, const struct engine *engine, struct lookup *lookups,
                                   uint32_t count);

/* known.c */
enum fate {
    FATE_NEW,
    FATE_KNOWN,
    FATE_ELSEWHERE, /* another partition keeps it */
    FATE_OWN,       /* only the program may say it */
    FATE_REFUSED,   /* it is refused, and was before: it stands in the journal already */
};
struct sorting {
    const struct record *records;
    uint32_t count;
    int64_t now_ns;
    bool is_backfill;
    struct arena *scratch;
    uint8_t *fates;       /* out: enum fate of each record */
    struct record recall; /* out: goes before the records */
    bool has_recall;
};
/* Where these records would fall. */
struct intake_window book_window(const struct engine *engine, const struct sorting *sorting);
/* Fails: as book_lookup. */
MUST_CHECK enum status book_sort_out(struct book *book, const struct engine *engine, struct sorting *sorting);

/* commit.c */
struct book_commit;
/* Answer what is not new; the rest is left in commit->records. engine: the book's own, or a copy. Fails: as
 * book_lookup. */
MUST_CHECK enum status book_commit_sort(struct book_commit *commit, const struct engine *engine);
/* Apply the next `count` records to it, and give their replies. Fails: as engine_answer. */
MUST_CHECK enum status book_commit_answer(struct book_commit *commit, struct engine *engine, uint32_t count);
/* A copy of a document as a record; NULL: it is an array, and has its reply. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status book_document_read(struct reader *reader, struct slice text, struct arena *arena,
                                          struct reply *ret_reply, struct record **ret_record);

/* backfill.c */
struct backfill_note { /* what leads the batches of a backfill */
    struct slice name;
    uint64_t seq;
    int64_t now_ns;
    bool is_revert;
};
MUST_CHECK enum status book_backfill_record(struct book *book, struct backfill_note note, struct arena *arena,
                                            struct record *ret_record);
/* What the found ones are, to be remembered. The name of the note does not matter. */
MUST_CHECK enum status book_recall_record(struct book *book, struct backfill_note note, const struct lookup *lookups,
                                          uint32_t count, struct arena *arena, struct record *ret_record);
/* An event written by the program, up to and without its data; then the end of data and event, and the record. */
void book_document_begin(struct json_writer *writer, const char *type, struct slice id, int64_t at_ns);
MUST_CHECK enum status book_document_end(struct book *book, struct json_writer *writer, struct arena *arena,
                                         struct record *ret_record);
/* A document, written by the program, as a record. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status book_read_own(struct book *book, struct slice text, struct arena *arena,
                                     struct record *ret_record);

/* A document of the book's own as one durable batch. Nothing is applied. Fails: as store_append. */
MUST_CHECK enum status book_append_own(struct book *book, struct slice document, int64_t now_ns);
/* Copy the files of tariffs, or the only one, into a directory. */
MUST_CHECK enum status book_tariffs_copy(const char *path, struct slice to, struct arena *arena,
                                         struct slice *ret_error);
/* rerate.c */
/* The state under another set of tariffs. Fails: STATUS_CONFLICT (the set cannot replace the old one: *ret_error), and
 * as book_replay. */
struct rating {
    const struct tariff_set *tariffs;
    uint32_t number; /* of the set */
    struct charge_watch watch;
};
MUST_CHECK enum status book_rerated(struct book *book, const struct rating *rating, struct arena *arena,
                                    struct engine **ret_engine, struct slice *ret_error);
/* Let the set at an index of book->sets hold: the batch behind book->seq activates it. Fails as book_rerated. */
MUST_CHECK enum status book_set_activate(struct book *book, uint32_t index, struct arena *arena,
                                         struct slice *ret_error);
/* bills.c */
/* Take the bills of book->engine from now on. */
void book_bills_take(struct book *book);
/* Write the bills taken since the last call: those of batches up to book->seq. What a full disk keeps out stays and is
 * written with the next ones. Fails as store_bills_append. */
MUST_CHECK enum status book_bills_write(struct book *book);
void book_bills_drop(struct book *book);
void book_bills_free(struct book *book);

/* sums.c */
/* See what the store has; the state is to be folded up to batch `last`. Snapshots behind book->sums.mark are then good
 * for readers only, who have to do without sums. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_sums_begin(struct book *book, uint64_t last);
/* A bill that the batch at hand closed. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status book_sums_bill(struct book *book, const struct bill *bill);
/* Write what came since the last call, as those of batches up to book->seq. What a full disk keeps out stays and is
 * written with the next ones. Fails as store_sums_write. */
MUST_CHECK enum status book_sums_write(struct book *book);
void book_sums_free(struct book *book);
/* charges_check.c: as book_sums_compare, which calls it. */
MUST_CHECK enum status book_charges_compare(struct book *book, struct arena *arena, struct slice *ret_reason);
/* charged.c: take what book->engine charges from now on, when sums are kept and nobody else watches. */
void book_sums_watch(struct book *book);
/* Whether the charges under other tariffs are wanted, and how to take them. */
bool book_charges_again(const struct book *book, struct charges *charges, struct charge_watch *ret_watch);
/* Those are the ones from now on; empties `charges`. */
void book_charges_replace(struct book *book, struct charges *charges);
/* The values to write, behind the *count that there are; there is room for one of each account, and one more. Fails:
 * STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status book_charges_values(struct book *book, struct arena *arena, struct store_sum *values,
                                           uint32_t *count);
/* sums_check.c: collect what the store should have, from the first batch on; then compare. *ret_reason (arena) is set
 * when something is wrong. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_sums_collect(struct book *book, struct arena *arena, struct slice *ret_reason);
MUST_CHECK enum status book_sums_compare(struct book *book, struct arena *arena, struct slice *ret_reason);

/* Make book->preview a copy of the state. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status book_copy(struct book *book);

#endif
