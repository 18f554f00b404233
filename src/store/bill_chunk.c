/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills packed in chunks: records behind each other, compressed. Whoever reads a bill recomputes the hashes of its
 * chunk, so that a bill that was changed is never handed out. */
#include "store/store_private.h"

#include <assert.h>

#include <sodium.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/buf.h"
#include "base/bytes.h"

enum {
    CHUNK_VERSION = 1,
    CODEC_PLAIN = 0,
    CODEC_ZSTD = 2,
    ZSTD_LEVEL = 1,
    /* places in the head of a blob */
    AT_CODEC = 2,
    AT_ZERO = 3,
    AT_COUNT = 4,
    AT_RAW = 8,
    AT_BEFORE = 16,
    HEAD_BYTES = 48,
    /* places in the head of a record */
    AT_NUMBER = 0,
    AT_START = 8,
    AT_END = 16,
    AT_CLOSED = 24,
    AT_LENGTHS = 32, /* of the four texts */
    AT_KIND = 48,
    RECORD_BYTES = 49, /* the texts follow */
    TEXTS = 4,
    RAW_BYTES_MAX = (64 << 20) + BILL_CHUNK_BYTES_DUE + RECORD_BYTES,
};

static void record_head(const struct store_bill *bill, const struct slice *texts, char *out) {
    bytes_put_u64(out + AT_NUMBER, bill->number);
    bytes_put_u64(out + AT_START, (uint64_t)bill->start_ns);
    bytes_put_u64(out + AT_END, (uint64_t)bill->end_ns);
    bytes_put_u64(out + AT_CLOSED, (uint64_t)bill->closed_ns);
    for (int i = 0; i < TEXTS; i++)
        bytes_put_u32(out + AT_LENGTHS + i * 4, (uint32_t)texts[i].len);
    out[AT_KIND] = (char)bill->kind;
}

static void chain(const uint8_t before[STORE_HASH_BYTES], uint64_t position, const struct slice *parts, int part_count,
                  uint8_t ret_hash[STORE_HASH_BYTES]) {
    uint8_t start[STORE_HASH_BYTES + 8];
    crypto_generichash_state state;
    memcpy(start, before, STORE_HASH_BYTES);
    bytes_put_u64(start + STORE_HASH_BYTES, position);
    int failed = crypto_generichash_init(&state, NULL, 0, STORE_HASH_BYTES);
    failed |= crypto_generichash_update(&state, start, sizeof start);
    for (int i = 0; i < part_count; i++)
        failed |= crypto_generichash_update(&state, (const unsigned char *)parts[i].ptr, parts[i].len);
    failed |= crypto_generichash_final(&state, ret_hash, STORE_HASH_BYTES);
    assert(!failed); /* only wrong lengths fail */
}

void store_bill_chain(const uint8_t before[STORE_HASH_BYTES], uint64_t position, const struct store_bill *bill,
                      uint8_t ret_hash[STORE_HASH_BYTES]) {
    char head[RECORD_BYTES];
    struct slice parts[1 + TEXTS] = {{head, sizeof head}, bill->series, bill->account, bill->tariff, bill->body};
    record_head(bill, parts + 1, head);
    chain(before, position, parts, 1 + TEXTS, ret_hash);
}

/* ---- packing ---- */

enum status bill_packer_add(struct bill_packer *packer, uint64_t position, const struct store_bill *bill) {
    char head[RECORD_BYTES];
    const struct slice texts[TEXTS] = {bill->series, bill->account, bill->tariff, bill->body};
    size_t start = packer->raw.len;
    if (packer->count == 0)
        memcpy(packer->before, packer->head, STORE_HASH_BYTES);
    record_head(bill, texts, head);
    buf_append(&packer->raw, (struct slice){head, sizeof head});
    for (int i = 0; i < TEXTS; i++)
        if (texts[i].len > 0)
            buf_append(&packer->raw, texts[i]);
    if (packer->raw.failed)
        return STATUS_NO_MEMORY;
    packer->count++;
    struct slice record = {packer->raw.ptr + start, packer->raw.len - start};
    chain(packer->head, position, &record, 1, packer->head);
    return STATUS_OK;
}

bool bill_packer_is_due(const struct bill_packer *packer) {
    return packer->count >= BILL_CHUNK_COUNT_MAX || packer->raw.len >= BILL_CHUNK_BYTES_DUE;
}

enum status bill_packer_take(struct bill_packer *packer, uint64_t first, struct arena *arena,
                             struct bill_chunk *ret_chunk) {
    struct slice raw = buf_slice(&packer->raw);
    struct buf out = {0};
    if (packer->codec == NULL)
        packer->codec = ZSTD_createCCtx();
    buf_repeat(&out, '\0', HEAD_BYTES + ZSTD_compressBound(raw.len));
    size_t packed = packer->codec == NULL || out.failed
                        ? 0
                        : ZSTD_compressCCtx(packer->codec, out.ptr + HEAD_BYTES, out.len - HEAD_BYTES, raw.ptr, raw.len,
                                            ZSTD_LEVEL);
    if (packed == 0 || ZSTD_isError(packed)) { /* there is room for whatever comes: only memory can be out */
        buf_free(&out);
        return STATUS_NO_MEMORY;
    }
    bool is_plain = packed >= raw.len;
    if (is_plain)
        memcpy(out.ptr + HEAD_BYTES, raw.ptr, raw.len);
    bytes_put_u16(out.ptr, CHUNK_VERSION);
    out.ptr[AT_CODEC] = is_plain ? CODEC_PLAIN : CODEC_ZSTD;
    bytes_put_u32(out.ptr + AT_COUNT, packer->count);
    bytes_put_u64(out.ptr + AT_RAW, raw.len);
    memcpy(out.ptr + AT_BEFORE, packer->before, STORE_HASH_BYTES);
    struct bill_chunk chunk = {first, packer->count, {0}, {out.ptr, HEAD_BYTES + (is_plain ? raw.len : packed)}};
    memcpy(chunk.head, packer->head, STORE_HASH_BYTES);
    chunk.blob = arena_copy(arena, chunk.blob);
    buf_free(&out);
    if (chunk.blob.ptr == NULL)
        return STATUS_NO_MEMORY;
    buf_clear(&packer->raw);
    packer->count = 0;
    *ret_chunk = chunk;
    return STATUS_OK;
}

void bill_packer_free(struct bill_packer *packer) {
    buf_free(&packer->raw);
    (void)ZSTD_freeCCtx(packer->codec);
}

/* ---- unpacking ---- */

static enum status payload_unpack(struct slice blob, struct arena *arena, struct slice *ret_raw) {
    struct slice packed = {blob.ptr + HEAD_BYTES, blob.len - HEAD_BYTES};
    uint64_t size = bytes_u64(blob.ptr + AT_RAW);
    if (blob.ptr[AT_CODEC] == CODEC_PLAIN) {
        *ret_raw = packed; /* its length is the one that the blob has */
        return packed.len == size ? STATUS_OK : STATUS_INVALID;
    }
    if (blob.ptr[AT_CODEC] != CODEC_ZSTD || size > RAW_BYTES_MAX)
        return STATUS_INVALID;
    char *raw = arena_alloc(arena, size + 1);
    if (raw == NULL)
        return STATUS_NO_MEMORY;
    size_t got = ZSTD_decompress(raw, size, packed.ptr, packed.len);
    if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
        return STATUS_NO_MEMORY;
    *ret_raw = (struct slice){raw, size};
    return got == size ? STATUS_OK : STATUS_INVALID;
}

/* The record at the start of `rest`; its length, or 0 when it goes beyond the end. */
static size_t record_read(struct slice rest, struct store_bill *ret_bill) {
    if (rest.len < RECORD_BYTES)
        return 0;
    struct slice texts[TEXTS];
    size_t at = RECORD_BYTES;
    for (int i = 0; i < TEXTS; i++) {
        uint32_t len = bytes_u32(rest.ptr + AT_LENGTHS + i * 4);
        if (len > rest.len - at)
            return 0;
        texts[i] = (struct slice){rest.ptr + at, len};
        at += len;
    }
    *ret_bill = (struct store_bill){.series = texts[0],
                                    .number = bytes_u64(rest.ptr + AT_NUMBER),
                                    .account = texts[1],
                                    .tariff = texts[2],
                                    .kind = (uint8_t)rest.ptr[AT_KIND],
                                    .start_ns = (int64_t)bytes_u64(rest.ptr + AT_START),
                                    .end_ns = (int64_t)bytes_u64(rest.ptr + AT_END),
                                    .closed_ns = (int64_t)bytes_u64(rest.ptr + AT_CLOSED),
                                    .body = texts[3]};
    return at;
}

static bool bills_read(const struct bill_chunk *chunk, struct slice rest, struct store_bill *bills) {
    uint8_t head[STORE_HASH_BYTES];
    memcpy(head, chunk->blob.ptr + AT_BEFORE, STORE_HASH_BYTES);
    for (uint32_t i = 0; i < chunk->count; i++) {
        size_t len = record_read(rest, &bills[i]);
        if (len == 0)
            return false;
        bills[i].position = chunk->first + i;
        struct slice record = {rest.ptr, len};
        chain(head, bills[i].position, &record, 1, bills[i].hash);
        memcpy(head, bills[i].hash, STORE_HASH_BYTES);
        rest = (struct slice){rest.ptr + len, rest.len - len};
    }
    return rest.len == 0 && memcmp(head, chunk->head, STORE_HASH_BYTES) == 0;
}

enum status bill_chunk_unpack(const struct bill_chunk *chunk, struct arena *arena, struct store_bill **ret_bills,
                              uint8_t ret_before[STORE_HASH_BYTES]) {
    struct slice blob = chunk->blob, raw;
    if (blob.len < HEAD_BYTES || bytes_u16(blob.ptr) != CHUNK_VERSION || blob.ptr[AT_ZERO] != 0)
        return STATUS_INVALID;
    if (chunk->count == 0 || chunk->count > BILL_CHUNK_COUNT_MAX || bytes_u32(blob.ptr + AT_COUNT) != chunk->count)
        return STATUS_INVALID;
    TRY(payload_unpack(blob, arena, &raw));
    struct store_bill *bills = ARENA_ARRAY(arena, chunk->count, struct store_bill);
    if (bills == NULL)
        return STATUS_NO_MEMORY;
    if (!bills_read(chunk, raw, bills))
        return STATUS_INVALID;
    *ret_bills = bills;
    memcpy(ret_before, blob.ptr + AT_BEFORE, STORE_HASH_BYTES);
    return STATUS_OK;
}
