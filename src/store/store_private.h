/* SPDX-License-Identifier: Apache-2.0
 *
 * What an adapter is to the port: a handle that starts with `struct store`, and one function per operation. The port
 * has checked by then that the handle is whole, may write, and that rows and bills continue their sequences. */
#ifndef TG_STORE_STORE_PRIVATE_H
#define TG_STORE_STORE_PRIVATE_H

#include "base/names.h"
#include "store/bill_chunk.h"
#include "store/bills.h"
#include "store/store.h"
#include "store/sums.h"

#include <pthread.h>

enum { STORE_ERROR_BYTES = 1024 };

/* ---- bills, as adapters see them: packed in chunks, with two small indexes beside them ---- */

/* Where an account has a bill. */
struct bill_key {
    uint64_t account; /* XXH3-64 of its name */
    uint64_t position;
};
/* The numbers of a series that are in one chunk: they follow each other. */
struct bill_run {
    struct slice series;
    uint64_t first, count; /* numbers */
    uint64_t chunk;        /* its first position */
};
struct bill_write {
    struct store_mark mark;
    const struct bill_chunk *chunks;
    const struct bill_key *keys; /* in their order */
    const struct bill_run *runs;
    uint32_t chunk_count, key_count, run_count;
};
/* Sums of hashes over all entries of the indexes, so that they can be compared in any order. */
struct bill_index_sum {
    uint64_t keys, runs, key_count, run_count;
};
uint64_t bill_account_hash(struct slice account);
uint64_t bill_key_hash(const struct bill_key *key);
uint64_t bill_run_hash(const struct bill_run *run);

struct store_adapter {
    enum status (*append)(struct store *store, const struct store_row *rows, uint32_t count);
    /* STATUS_NOT_FOUND: no such row; the port tells a gap from the end. */
    enum status (*read)(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row);
    enum status (*last)(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]);
    enum status (*put)(struct store *store, const struct store_document *document);
    enum status (*get)(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                       struct slice *ret_value);
    enum status (*list)(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                        uint32_t *ret_count);
    enum status (*delete)(struct store *store, struct slice kind, struct slice name);

    enum status (*bills_write)(struct store *store, const struct bill_write *write);
    enum status (*bills_mark)(struct store *store, struct store_mark *ret_mark);
    /* The chunk with the highest first position that is at most `position`; or STATUS_NOT_FOUND. */
    enum status (*bills_chunk)(struct store *store, uint64_t position, struct arena *arena,
                               struct bill_chunk *ret_chunk);
    /* The run of a series with the highest first number that is at most `number`; or STATUS_NOT_FOUND. The series of
     * the answer is the one asked for. */
    enum status (*bills_run)(struct store *store, struct slice series, uint64_t number, struct bill_run *ret_run);
    /* The lowest (is_last: highest) position from from->position and below `until` (above 0) of from->account; or
     * STATUS_NOT_FOUND. */
    enum status (*bills_key)(struct store *store, const struct bill_key *from, uint64_t until, bool is_last,
                             uint64_t *ret_position);
    enum status (*bills_sum)(struct store *store, struct bill_index_sum *ret_sum);

    enum status (*sums_write)(struct store *store, const struct store_sums_write *write);
    enum status (*sums_mark)(struct store *store, uint64_t *ret_seq);
    enum status (*sum_get)(struct store *store, struct store_sum *sum, struct arena *arena);
    enum status (*sums_scan)(struct store *store, const struct store_sum_filter *filter, store_sum_visit *visit,
                             void *context);

    /* Between these two every read sees the same state, whatever a writer does. NULL: nobody else can write. */
    enum status (*read_begin)(struct store *store);
    void (*read_end)(struct store *store);
    enum status (*check)(struct store *store); /* NULL: there is nothing that could be damaged */
    void (*close)(struct store *store);
};

struct store {
    const struct store_adapter *adapter;
    pthread_mutex_t lock; /* held during every call but close */
    bool is_read_only;
    bool is_broken;                /* the outcome of a write is unknown: nothing more until it is opened again */
    char error[STORE_ERROR_BYTES]; /* NUL-terminated; of a broken store: why it broke */
};

/* Keep the words of a failure; returns `status`. */
PRINTF(3, 4) enum status store_fail(struct store *store, enum status status, const char *format, ...);
/* The first line of every call: nobody else uses the store until it returns. */
#define STORE_HOLD(store) struct store *held __attribute__((cleanup(store_release), unused)) = store_hold(store)
struct store *store_hold(struct store *store);
void store_release(struct store **held);
/* Then: STATUS_IO for a broken store; forgets the last failure. */
MUST_CHECK enum status store_ready(struct store *store);
/* The same for calls that write. */
MUST_CHECK enum status store_ready_to_write(struct store *store);
/* Append a name to a list that grows in the arena. `*names` holds *count entries; room is made at powers of two. */
MUST_CHECK enum status store_names_add(struct arena *arena, struct slice **names, uint32_t *count, struct slice name);

/* ---- series: src/store/bill_series.c ---- */

struct bill_series {
    uint64_t next; /* the number that comes next; 0: not known yet */
    uint64_t run;  /* the number at which its run in the chunk at hand began; 0: it has none there */
};
/* All series that were seen, and the runs of the chunks that were taken. */
struct bill_series_table {
    struct names names;
    struct bill_series *list; /* by index of the name */
    uint32_t room;
    uint32_t touched[BILL_CHUNK_COUNT_MAX]; /* with a run in the chunk at hand */
    uint32_t touched_count;
    struct bill_run *runs;
    uint32_t run_count, run_room;
};
/* The entry of a series, made when it is new; it lives until the next call. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status bill_series_find(struct bill_series_table *table, struct slice name, uint32_t *ret_index);
/* Count the next bill of a series into the chunk at hand. */
void bill_series_count(struct bill_series_table *table, uint32_t index);
/* Add the runs of the chunk that begins at this position to `runs`. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status bill_series_take(struct bill_series_table *table, uint64_t chunk);
void bill_series_free(struct bill_series_table *table);

#endif
