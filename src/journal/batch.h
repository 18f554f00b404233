/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches: the unit in which a journal is written. A batch is a list of documents as they came in, the instant at which
 * they were recorded, and a blob that carries both: versioned, checksummed, compressed (docs/journal-format.md).
 *
 * Batches form a chain: each hash covers the one before it, the sequence number and the blob, so that an edit, a
 * deletion, a swap or a truncation is found by anyone who knows a later hash. */
#ifndef TG_JOURNAL_BATCH_H
#define TG_JOURNAL_BATCH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

#define BATCH_HASH_BYTES 32
#define BATCH_BYTES_MAX ((size_t)64 << 20) /* of all documents of one batch together, each with 4 bytes more */

enum batch_codec { BATCH_PLAIN, BATCH_LZ4, BATCH_ZSTD };

struct batch {
    int64_t recorded_ns;
    const struct slice *documents; /* in journal order */
    uint32_t document_count;
};

/* Append the blob of a batch to out. Many documents are taken apart into columns unless the codec is BATCH_PLAIN. What
 * does not become smaller by the codec is kept plain. Fails: STATUS_RANGE
 * (BATCH_BYTES_MAX), STATUS_NO_MEMORY. */
MUST_CHECK enum status batch_encode(const struct batch *batch, enum batch_codec codec, struct buf *out);
/* Why a blob cannot be read. */
enum batch_fault { BATCH_SHORT, BATCH_NO_BATCH, BATCH_VERSION, BATCH_CODEC, BATCH_CHECKSUM, BATCH_CONTENT };
/* Documents and their bytes live in the arena, each followed by 64 readable bytes (those of the next ones), so that
 * they can be parsed in place. At most 400 MiB are asked for, whatever the blob says. Fails: STATUS_INVALID with
 * *ret_fault, STATUS_NO_MEMORY. Never reads outside the blob, whatever it holds. */
MUST_CHECK enum status batch_decode(struct slice blob, struct arena *arena, struct batch *ret_batch,
                                    enum batch_fault *ret_fault);
/* What a blob says of itself, without its documents. */
struct batch_head {
    int64_t recorded_ns;
    uint32_t document_count;
    uint64_t raw_bytes; /* of the documents and their lengths, before the codec */
};
/* The checksum is checked. Fails: STATUS_INVALID with *ret_fault. */
MUST_CHECK enum status batch_head(struct slice blob, struct batch_head *ret_head, enum batch_fault *ret_fault);
const char *batch_fault_text(enum batch_fault fault);

/* The hash of batch `seq` (from 1) behind `before` (all zero for the first). */
void batch_chain(const uint8_t before[BATCH_HASH_BYTES], uint64_t seq, struct slice blob,
                 uint8_t ret_hash[BATCH_HASH_BYTES]);

#endif
