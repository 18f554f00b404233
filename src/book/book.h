/* SPDX-License-Identifier: Apache-2.0
 *
 * A book: a data directory with its journal, the tariffs it is kept under, and the state folded from both. What was
 * acknowledged is in the journal; the state is the newest valid snapshot and what the journal holds behind it. */
#ifndef TG_BOOK_BOOK_H
#define TG_BOOK_BOOK_H

#include "engine/compare.h"
#include "engine/view.h"
#include "journal/batch.h"
#include "store/bills.h"

#define BOOK_PARTIES "parties.yaml" /* in the data directory, if somebody put it there: who sells and who buys */
#define BOOK_STORE "book.db" /* in the data directory; SQLite's own files and the lock begin with the same name */

struct book;

/* Accounts can be shared out over several books: number `number` (from 1) of `count` keeps those whose name's XXH3-64
 * hash, modulo count, is number - 1. Every book may be fed the whole stream: it takes what is its own. Fixed when the
 * book is made. */
struct book_partition {
    uint32_t number, count; /* 1 of 1: all accounts */
};
/* Make a new book in `directory` (created when missing) under the tariffs at `tariffs_path`, whose files are copied
 * into it, beside those of base_dir (NULL: none) that they may extend.
 * partition NULL: all accounts. Load the tariffs first: that is where their
 * mistakes are told. Fails: STATUS_CONFLICT (there is a book already), STATUS_INVALID (the copies do not load),
 * STATUS_IO, STATUS_NO_MEMORY; *ret_error (arena) says more where there is more to say. */
MUST_CHECK enum status book_create(const char *directory, const char *tariffs_path, const char *base_dir,
                                   const struct book_partition *partition, struct arena *arena,
                                   struct slice *ret_error);

struct book_recovery {
    uint64_t snapshot_seq;  /* the snapshot that was used; 0: none */
    uint32_t bad_snapshots; /* newer ones that were damaged and passed over */
    uint64_t replayed;      /* batches folded behind it */
};
/* Open and recover. mode: STORE_WRITE or STORE_READ. Fails: STATUS_NOT_FOUND (no book), STATUS_CONFLICT (another
 * writer), STATUS_INVALID (the journal is damaged: *ret_error names the batch), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_open(const char *directory, enum store_mode mode, struct arena *arena,
                                 struct book **ret_book, struct slice *ret_error);
/* The same on a store that is open already and holds a book; of the directory only the tariffs are read. The store is
 * the book's from then on, also after a failure. */
MUST_CHECK enum status book_open_store(struct store *store, const char *directory, struct arena *arena,
                                       struct book **ret_book, struct slice *ret_error);
/* Make an empty store one of a book under these tariffs. Fails: as store_put. */
MUST_CHECK enum status book_found(struct store *store, const struct tariff_set *tariffs, const uint8_t key[16]);
/* A point of the journal: behind batch `seq`, or, with an instant, behind the last batch that was recorded by then. */
struct book_point {
    bool has_instant;
    int64_t at_ns;
    uint64_t seq; /* 0: before the first batch */
};
/* Open for reading as the book was known at a point: from the newest snapshot that is not later, only what was recorded
 * by then. Fails: as book_open, and STATUS_RANGE (the journal does not reach there; *ret_error says how far). */
MUST_CHECK enum status book_open_as_of(const char *directory, const struct book_point *point, struct arena *arena,
                                       struct book **ret_book, struct slice *ret_error);
void book_close(struct book *book);
const struct tariff_set *book_tariffs(const struct book *book);
const struct book_recovery *book_recovery(const struct book *book);
struct slice book_error(const struct book *book);
struct book_partition book_partition_of(const struct book *book);
struct store *book_store(struct book *book); /* for documents of other kinds than the book's own */
uint64_t book_seq(const struct book *book);  /* of the last batch in the state; 0: none */
/* The state; after book_rehearse or book_preview, and until the next of them, also the copy that they worked on. */
const struct engine *book_engine(const struct book *book);
const struct engine *book_engine_copy(const struct book *book);

struct book_intake {
    uint64_t lines, batches;
    uint64_t duplicates; /* seen before: not written again */
    uint64_t elsewhere;  /* of accounts that other partitions keep: not written */
    uint64_t rejected;   /* written, and not taken into account */
    uint64_t unpriced;   /* written, and nothing was charged for at least a part of it */
};
/* Read a file ("-": standard input) into the journal and the state. Each chunk is durable before it is applied. now_ns
 * is the recorded instant. May be repeated after any interruption: what is there already is found and not counted
 * twice. Fails: STATUS_IO (input or store), STATUS_NO_MEMORY, STATUS_RANGE; what was acknowledged before stays, and the
 * book is to be opened again. */
MUST_CHECK enum status book_ingest(struct book *book, const char *path, int64_t now_ns,
                                   const struct journal_options *options, struct book_intake *ret_intake);
/* Documents (JSON texts, one object each) into the journal as one durable batch, then into the state; a reply for each.
 * The same way as book_ingest: what is known already is not written again, what is wrong is kept and listed. Only an
 * array is refused outright: its elements are documents. Nothing is written when nothing is new. Fails: as book_ingest;
 * then nothing of it counts unless it has reached the journal already: that is told by submitting it again, to this
 * book or, when it takes nothing more, to the next one that is opened. */
MUST_CHECK enum status book_submit(struct book *book, const struct slice *documents, uint32_t count, int64_t now_ns,
                                   struct reply *replies);
/* What a tick of that instant would close, each bill numbered as it would be, given what is known; nothing changes.
 * Another status than STATUS_OK of the visit ends it and is its answer. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
typedef enum status book_bill_visit(void *context, const struct bill *bill);
MUST_CHECK enum status book_due(struct book *book, int64_t now_ns, book_bill_visit *visit, void *context);
/* What can be told of a document without the state: that it is no record (OUTCOME_REJECTED), or that its usage has no
 * price; else OUTCOME_ACCEPTED. The reason lives as long as the book. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status book_examine(struct book *book, struct slice document, struct reply *ret_reply);
/* As book_submit, on a copy of the state: the replies that book_submit would give, and nothing changes. */
MUST_CHECK enum status book_rehearse(struct book *book, const struct slice *documents, uint32_t count, int64_t now_ns,
                                     struct reply *replies);
/* ---- backfills: older events, under a name ---- */

/* Until book_backfill_end, what is ingested belongs to the backfill `name`, and nothing is too old. The name may be
 * that of an earlier one that goes on. Fails: STATUS_CONFLICT (it was reverted), STATUS_INVALID (not 1 to 200 bytes, or
 * it begins with a parenthesis); *ret_error says so. The name must live until the end. */
MUST_CHECK enum status book_backfill_begin(struct book *book, struct slice name, struct slice *ret_error);
void book_backfill_end(struct book *book);
/* Take every event of a backfill back that counts and was not reversed, all or none, by durable batches of reversals
 * that are written at once. Fails: STATUS_NOT_FOUND, STATUS_CONFLICT (it was reverted before), STATUS_INVALID (an event
 * cannot be reversed, or the journal is damaged), each with *ret_error (arena); and as book_ingest. */
MUST_CHECK enum status book_backfill_revert(struct book *book, struct slice name, int64_t now_ns, struct arena *arena,
                                            struct slice *ret_error);
/* The same in steps. Preparing is most of the work: the state does not change, and may be looked at meanwhile; nothing
 * may be submitted before all of it is applied or the revert is freed. */
struct revert;
MUST_CHECK enum status book_revert_prepare(struct book *book, struct slice name, int64_t now_ns, struct arena *arena,
                                           struct revert **ret_revert, struct slice *ret_error);
/* Make it last: all of it or nothing. */
MUST_CHECK enum status book_revert_write(struct revert *revert);
/* Apply one batch of it; *ret_more: there is another one. Behind the last one bills wait to be written. */
MUST_CHECK enum status book_revert_apply(struct revert *revert, bool *ret_more);
void book_revert_free(struct revert *revert); /* NULL is let alone */
/* What a backfill would change: begin, read every file into a copy of the state, compare. Nothing changes. */
MUST_CHECK enum status book_fill_begin(struct book *book, int64_t now_ns);
MUST_CHECK enum status book_fill_read(struct book *book, const char *path, const struct journal_options *options,
                                      struct book_intake *ret_intake);
/* book_engine_copy is then the state as it would be, closed. */
MUST_CHECK enum status book_fill_compare(struct book *book, struct usage_changes *ret_changes);

/* State everything as if all cycles up to until_ns were closed now; the book does not change. */
MUST_CHECK enum status book_preview(struct book *book, int64_t until_ns, struct statement *ret_statement);
/* Write a snapshot of the state, keep the two newest. */
MUST_CHECK enum status book_snapshot(struct book *book);

/* Let the tariffs at `path` (and base_dir, NULL: the same) hold from now on, and rate everything again under them: they
 * become the next set of the book, by a durable batch. Differences on closed cycles will stand on the bills of the
 * cycles that are open now. After a failure everything is as it was. Fails: STATUS_CONFLICT (the set cannot replace the
 * old one; *ret_error, arena, says why), STATUS_INVALID, STATUS_IO, STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status book_rerate(struct book *book, const char *path, const char *base_dir, int64_t now_ns,
                                   struct arena *arena, struct slice *ret_error);
/* The same in steps. Preparing is most of the work: the book does not change, and its state may be looked at meanwhile.
 * Nothing may be submitted before it holds or was dropped. */
MUST_CHECK enum status book_change_prepare(struct book *book, const char *path, const char *base_dir,
                                           struct arena *arena, struct slice *ret_error);
const struct tariff_set *book_change_tariffs(const struct book *book); /* those that are prepared */
/* Make it last. Fails: STATUS_IO, STATUS_INVALID, STATUS_NO_MEMORY; then drop it. */
MUST_CHECK enum status book_change_write(struct book *book, int64_t now_ns);
/* Then let it hold: the state is another one. */
void book_change_hold(struct book *book);
void book_change_drop(struct book *book);
uint32_t book_set_number(const struct book *book); /* of the tariffs that hold now, from 1 */
/* The number of a set that this book was kept under; 0: it was not. */
uint32_t book_set_number_of(const struct book *book, const struct tariff_set *tariffs);
/* Sets that held one after the other, from 0; the last one holds now. */
struct book_set_view {
    uint32_t number;
    uint64_t seq; /* of the batch behind which it holds; 0: from the start */
};
uint32_t book_set_count(const struct book *book);
struct book_set_view book_set_view(const struct book *book, uint32_t index);
/* Where the files of a set are, and those that they may extend (NULL: there are none), in the arena. NULL: memory is
 * out. */
const char *book_set_path(const struct book *book, uint32_t number, struct arena *arena, const char **ret_base_dir);
/* What a line item of an account comes to before and after, where that differs. */
struct book_difference {
    struct slice account, item;
    const struct tariff *tariff;
    struct period cycle;
    bool is_closed; /* the difference will be an adjustment */
    struct decimal before, after;
};
struct book_changes {
    struct book_difference *list;
    uint32_t count;
    uint32_t unpriced_before, unpriced_after; /* usage events without a price */
};
/* What book_rerate would change, of everything known so far: by account, tariff, cycle, item. Nothing changes; the
 * arena holds everything but the tariffs, which live as long as the book. */
MUST_CHECK enum status book_rerate_preview(struct book *book, const struct tariff_set *tariffs, struct arena *arena,
                                           struct book_changes *ret_changes, struct slice *ret_error);

struct book_check {
    uint64_t batches, documents;
    uint8_t head[STORE_HASH_BYTES]; /* hash of the last batch */
    uint64_t bad_seq;               /* the first batch that is damaged, missing or out of the chain; 0: none */
    uint64_t bills;                 /* closed by the journal */
    bool bills_differ;              /* the store's bills are not those that the journal makes, or not whole */
    uint64_t bad_bill;      /* position of the first bill that is damaged, missing or out of the chain; 0: none */
    bool sums_differ;       /* the store's sums of usage are not those that the journal makes */
    bool sealed_differ;     /* the store's blocks of old identities are not those that the journal makes */
    bool state_differs;     /* folding from the start gives another state than the snapshot and its rest */
    bool file_damaged;      /* the structure of the database */
    uint32_t bad_snapshots; /* damaged ones that were passed over */
    struct slice reason;    /* arena */
};
bool book_check_is_whole(const struct book_check *check);
/* Read the whole journal and all closed bills, recompute both chains, fold from zero and compare. Fails as book_open.
 */
MUST_CHECK enum status book_verify(const char *directory, struct arena *arena, struct book_check *ret_check,
                                   struct slice *ret_error);

/* How much is kept. */
struct book_stats {
    uint64_t batches, documents;
    uint64_t raw_bytes, stored_bytes; /* of all batches, before and after the codec */
    int64_t first_ns, last_ns;        /* recorded; without meaning when there is no batch */
    uint32_t snapshots;
    uint64_t newest_snapshot; /* the batch that it stands behind; 0: there is none */
    uint64_t bills;           /* in the store */
    struct engine_size state;
};
/* Reads the whole journal, but does not decompress it. Fails as book_batch. */
MUST_CHECK enum status book_stats(struct book *book, struct arena *arena, struct book_stats *ret_stats,
                                  struct slice *ret_error);
/* The same of a store that is read beside the book, through a batch; all but `state`. */
MUST_CHECK enum status book_stats_kept(struct store *store, uint64_t through, struct arena *arena,
                                       struct book_stats *ret_stats, struct slice *ret_error);

/* ---- closed bills ---- */

/* book_bill_visit is called for each bill, which lives until it returns. Another status than STATUS_OK ends the scan
 * and is its answer. */
/* The closed bills that the state knows of and the filter lets through, in the order in which they were closed. Fails:
 * STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_bills(struct book *book, const struct store_bill_filter *filter, book_bill_visit *visit,
                                  void *context);
/* One of them, in the arena. Fails: STATUS_NOT_FOUND, and as book_bills. */
MUST_CHECK enum status book_bill(struct book *book, struct slice series, uint64_t number, struct arena *arena,
                                 struct bill *ret_bill);
/* How many closed bills the store has; a full disk or a crash may have kept the newest out of it so far. Fails as
 * book_bills. */
MUST_CHECK enum status book_bills_kept(struct book *book, uint64_t *ret_count);
/* Every closed bill, then the open ones as book_preview states them. Fails as both, and as the visit. */
MUST_CHECK enum status book_every_bill(struct book *book, int64_t until_ns, book_bill_visit *visit, void *context);

/* ---- the journal itself ---- */

/* The number of the last batch; 0: none. Fails: STATUS_INVALID, STATUS_IO. */
MUST_CHECK enum status book_journal_end(struct book *book, uint64_t *ret_seq);
/* Batch `seq`, its documents in the arena, checked by its checksum and its place behind the batch before it. Fails:
 * STATUS_NOT_FOUND, STATUS_INVALID with *ret_error (arena), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_batch(struct book *book, uint64_t seq, struct arena *arena, struct batch *ret_batch,
                                  struct slice *ret_error);

/* A usage event of the journal. */
struct book_found {
    uint64_t seq; /* its batch */
    uint32_t line;
    struct slice document, source, account;
    bool is_counted; /* this payload is the one that counts */
    uint8_t identity[16];
    uint64_t payload;
    struct book_found *next;
};
/* All usage events with this id (and source; empty: any), in the order of the journal; *ret_first is NULL when there is
 * none. Everything lives in the arena. Fails as book_batch. */
MUST_CHECK enum status book_find(struct book *book, struct slice id, struct slice source, struct arena *arena,
                                 struct book_found **ret_first, struct slice *ret_error);
/* The same beside others who write to the book: what is there up to a batch, read under these tariffs. Whether it
 * counts is not said: that takes a state that stands still. Fails as book_batch. */
struct book_search {
    struct slice id, source; /* source empty: any */
    const struct tariff_set *tariffs;
    uint64_t last;
};
MUST_CHECK enum status book_find_beside(struct book *book, const struct book_search *search, struct arena *arena,
                                        struct book_found **ret_first, struct slice *ret_error);
bool book_found_counts(const struct engine *engine, const struct book_found *found);
/* The usage of one account, as its events say it: each record of usage whose instant is in [from, until), in the order
 * of the journal, and each reversal of such an event (its command->event is the event). Which of them the state counted
 * is not looked at: one that was refused is told all the same. A record lives until its visit returns. */
struct book_scan {
    struct slice account;
    const struct tariff_set *tariffs;
    const struct reader_terms *terms; /* the account's own; NULL: none */
    uint64_t last;                    /* batch */
    int64_t from_ns, until_ns;
    enum status (*visit)(void *context, const struct record *record);
    void *context;
};
/* Fails as book_batch, and as the visit. */
MUST_CHECK enum status book_scan(struct book *book, const struct book_scan *scan, struct arena *arena,
                                 struct slice *ret_error);
/* Fold the journal from its first batch up to a point (NULL: all of it), and close every cycle, with a watch on all
 * that is charged. What the watch is told lives as long as the book, which is good for book_tariffs and book_close
 * only. Fails as book_open_as_of, and as the watch; STATUS_BUSY: it gave up. */
MUST_CHECK enum status book_watch(const char *directory, const struct book_point *point, struct charge_watch watch,
                                  struct arena *arena, struct book **ret_book, struct slice *ret_error);

/* How one document of the journal came to what it is. */
struct book_explained {
    uint64_t seq; /* its batch */
    uint32_t line;
    int64_t recorded_ns;
    struct slice document, source, account;
    struct reply reply;
    struct trace trace;
    struct book_explained *next;
};
/* Find all documents with this id (and source; empty: any), and fold the journal up to the last of them with tracing
 * on. *ret_first is NULL when there is none. Everything lives in the arena. Fails as book_open. */
MUST_CHECK enum status book_explain(const char *directory, struct slice id, struct slice source, struct arena *arena,
                                    struct book_explained **ret_first, struct slice *ret_error);

#endif
