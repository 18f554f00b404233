/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: closed bills packed together, as adapters keep them (docs/journal-format.md). */
#ifndef TG_STORE_BILL_CHUNK_H
#define TG_STORE_BILL_CHUNK_H

#include "base/buf.h"
#include "store/bills.h"

struct bill_chunk {
    uint64_t first; /* position of its first bill */
    uint32_t count;
    uint8_t head[STORE_HASH_BYTES]; /* hash of its last bill */
    struct slice blob;
};

enum { BILL_CHUNK_COUNT_MAX = 1000, BILL_CHUNK_BYTES_DUE = 256 << 10 };

struct ZSTD_CCtx_s;
/* Bills behind each other as they will be packed. */
struct bill_packer {
    struct buf raw;
    struct ZSTD_CCtx_s *codec;
    uint32_t count;
    uint8_t before[STORE_HASH_BYTES], head[STORE_HASH_BYTES]; /* of the chunk; of the last bill */
};
/* Add a bill and move the head. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status bill_packer_add(struct bill_packer *packer, uint64_t position, const struct store_bill *bill);
/* Whether the chunk should be taken before the next bill is added. */
bool bill_packer_is_due(const struct bill_packer *packer);
/* Pack what was added into a chunk of the arena and begin the next one. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status bill_packer_take(struct bill_packer *packer, uint64_t first, struct arena *arena,
                                        struct bill_chunk *ret_chunk);
void bill_packer_free(struct bill_packer *packer);

/* The bills of a chunk in the arena, each with position and hash. *ret_before is the hash that the chunk continues.
 * Fails: STATUS_INVALID (the bills do not give the chunk's head), STATUS_NO_MEMORY. */
MUST_CHECK enum status bill_chunk_unpack(const struct bill_chunk *chunk, struct arena *arena,
                                         struct store_bill **ret_bills, uint8_t ret_before[STORE_HASH_BYTES]);

#endif
