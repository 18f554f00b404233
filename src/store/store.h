/* SPDX-License-Identifier: Apache-2.0
 *
 * The port to durable storage: an append-only sequence of journal rows, and named documents (snapshots, tariffs).
 * What append has acknowledged is there after any crash. After a failed write the store is broken: nothing is retried,
 * every further call answers STATUS_IO, and the next open recovers from what is safely there. One contract test suite
 * runs on every adapter. */
#ifndef TG_STORE_STORE_H
#define TG_STORE_STORE_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_HASH_BYTES 32
#define STORE_BLOB_BYTES_MAX ((size_t)256 << 20) /* of one row; documents have no limit of their own */

struct store_row {
    uint64_t seq; /* from 1, without gaps */
    uint8_t hash[STORE_HASH_BYTES];
    struct slice blob;
};

struct store_document {
    struct slice kind; /* "tariff", "snapshot", "meta" */
    struct slice name;
    struct slice value;
};

struct store;

/* Rows must continue the sequence. All or none of them; durable when it returns STATUS_OK. A full disk is STATUS_IO and
 * does not break the store: the same rows can be appended once there is room.
 * Fails: STATUS_CONFLICT (the sequence), STATUS_RANGE (STORE_BLOB_BYTES_MAX), STATUS_IO (also: opened for reading),
 * STATUS_INVALID (a damaged file), STATUS_NO_MEMORY. */
MUST_CHECK enum status store_append(struct store *store, const struct store_row *rows, uint32_t count);
/* The row `seq`, into the arena. Fails: STATUS_NOT_FOUND (behind the last), STATUS_INVALID (a gap: the row is missing
 * though later ones are there; a damaged file), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_read(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row);
/* The last row's sequence number and hash; 0 and zeroes for an empty journal. Fails: STATUS_INVALID, STATUS_IO. */
MUST_CHECK enum status store_last(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]);
/* Write a document, replacing one of the same kind and name; durable when it returns. Fails: STATUS_IO,
 * STATUS_INVALID (a damaged file), STATUS_NO_MEMORY. */
MUST_CHECK enum status store_put(struct store *store, const struct store_document *document);
/* Fails: STATUS_NOT_FOUND, STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_get(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                                 struct slice *ret_value);
/* Names of a kind in byte order, into the arena. */
MUST_CHECK enum status store_list(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                                  uint32_t *ret_count);
/* Missing documents are no failure. Fails as store_put. */
MUST_CHECK enum status store_delete(struct store *store, struct slice kind, struct slice name);
/* Read everything and see whether its structure is sound: rows that a damaged page no longer shows are found here and
 * nowhere else. What is stored is not looked into. Fails: STATUS_INVALID, STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_check(struct store *store);
/* The outcome of a write is unknown: every further call answers STATUS_IO. */
bool store_is_broken(struct store *store);
void store_close(struct store *store); /* NULL is let alone */
/* The last failure in words, with the system's reason; empty: none. Valid until the next call. */
struct slice store_error(const struct store *store);

/* ---- adapters ---- */

enum store_mode { STORE_CREATE, STORE_WRITE, STORE_READ };
/* STORE_CREATE makes a new store and refuses one that is there (STATUS_CONFLICT); what an interrupted creation left is
 * no store yet and is taken over. Any thread may call; calls wait for each other. Do not fork while a writer is open.
 * A SQLite file: WAL, synchronous=FULL; the one writing connection also does every checkpoint; readers are read-only.
 * A writer holds a lock file beside it, so that a second writer is refused: STATUS_CONFLICT, and *ret_error (arena)
 * names its process. Fails also: STATUS_NOT_FOUND, STATUS_INVALID (no store of ours, a later format, a damaged log),
 * STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_sqlite_open(const char *path, enum store_mode mode, struct arena *arena,
                                         struct store **ret_store, struct slice *ret_error);

/* Copy an open SQLite store, as it is at one moment, into the new file `target`, synced (its directory is the
 * caller's); a writer may go on. What fails leaves no file. Fails: STATUS_CONFLICT (target is there), STATUS_INVALID
 * (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_sqlite_backup(struct store *store, const char *target);

/* In memory, with the faults that a test wants; they are counted over the life of what is stored, reopens included. */
struct store_faults {
    uint32_t fail_append_at; /* the n-th append fails with STATUS_IO before anything is kept; 0: never */
    uint32_t lose_append_at; /* the n-th append fails with STATUS_IO though its rows are kept (an unknown outcome) */
    uint32_t full_append_at; /* the n-th append is refused as by a full disk: nothing breaks */
    bool is_full;            /* every write is refused with STATUS_IO and nothing breaks: a full disk */
    uint32_t fail_read_at;   /* the n-th read fails with STATUS_IO */
};
/* faults (NULL: none) stays the caller's and may be changed while the store is open. */
MUST_CHECK enum status store_memory_new(struct store_faults *faults, struct store **ret_store);
/* A new handle on what is durably there, as after a crash; the old handle must not be used again. */
MUST_CHECK enum status store_memory_reopen(struct store *store, struct store **ret_store);
/* The same while somebody still has the old handle: that is broken from then on, and has nothing but store_close left.
 */
MUST_CHECK enum status store_memory_leave(struct store *store, struct store **ret_store);
uint32_t store_memory_appends(const struct store *store); /* how many were tried, of rows, bills and sums */

#endif
