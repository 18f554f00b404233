/* SPDX-License-Identifier: Apache-2.0
 *
 * The blob of a batch: a fixed head, then the documents, in rows (the lengths of all and their bytes behind one
 * another) or in columns, packed by the codec. Every length is checked against the limits and the bytes that are there
 * before memory is asked for. */
#include "journal/batch.h"

#include <assert.h>

#include <lz4.h>
#include <sodium.h>
#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/bytes.h"
#include "journal/columns.h"

static const char MAGIC[8] = {'t', 'g', 'b', 'a', 't', 'c', 'h', '\n'};
enum {
    FORMAT_VERSION = 1,
    ZSTD_LEVEL = 1,
    LENGTH_BYTES = 4,
    PADDING = 64,
    COLUMNS_COUNT_MIN = 32, /* fewer documents have too little in common */
    /* places in the head */
    AT_VERSION = 8,
    AT_CODEC = 10,
    AT_LAYOUT = 11,
    AT_COUNT = 12,
    AT_RECORDED = 16,
    AT_RAW = 24,
    AT_PACKED = 32,
    AT_CHECKSUM = 40,
    HEAD_BYTES = 48
};
enum layout { LAYOUT_ROWS, LAYOUT_COLUMNS };

struct head {
    enum batch_codec codec;
    enum layout layout;
    uint32_t count;
    int64_t recorded_ns;
    uint64_t raw, packed; /* bytes behind the head, before and after the codec */
};

const char *batch_fault_text(enum batch_fault fault) {
    switch (fault) {
    case BATCH_SHORT:
        return "it ends too early";
    case BATCH_NO_BATCH:
        return "it does not start like a batch";
    case BATCH_VERSION:
        return "it has a format version that this program does not know";
    case BATCH_CODEC:
        return "it has a codec that this program does not know";
    case BATCH_CHECKSUM:
        return "its checksum is wrong";
    case BATCH_CONTENT:
        return "its content is not what its head says";
    }
    return "";
}

/* Over the whole blob but the checksum itself. */
static uint64_t checksum(const char *blob, uint64_t packed) {
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, blob, AT_CHECKSUM);
    XXH3_64bits_update(&state, blob + HEAD_BYTES, packed);
    return XXH3_64bits_digest(&state);
}

static void head_write(char *out, const struct head *head) {
    memcpy(out, MAGIC, sizeof MAGIC);
    bytes_put_u16(out + AT_VERSION, FORMAT_VERSION);
    out[AT_CODEC] = (char)head->codec;
    out[AT_LAYOUT] = (char)head->layout;
    bytes_put_u32(out + AT_COUNT, head->count);
    bytes_put_u64(out + AT_RECORDED, (uint64_t)head->recorded_ns);
    bytes_put_u64(out + AT_RAW, head->raw);
    bytes_put_u64(out + AT_PACKED, head->packed);
    bytes_put_u64(out + AT_CHECKSUM, checksum(out, head->packed));
}

/* Above BATCH_BYTES_MAX: too much. */
static uint64_t rows_size(const struct batch *batch) {
    uint64_t len = (uint64_t)batch->document_count * LENGTH_BYTES;
    for (uint32_t i = 0; i < batch->document_count && len <= BATCH_BYTES_MAX; i++)
        len += batch->documents[i].len <= BATCH_BYTES_MAX ? batch->documents[i].len : BATCH_BYTES_MAX + 1;
    return len;
}

static enum status rows_write(const struct batch *batch, uint64_t len, struct buf *raw) {
    buf_repeat(raw, '\0', len);
    if (raw->failed)
        return STATUS_NO_MEMORY;
    char *text = raw->ptr + (size_t)batch->document_count * LENGTH_BYTES;
    for (uint32_t i = 0; i < batch->document_count; i++) {
        struct slice document = batch->documents[i];
        bytes_put_u32(raw->ptr + (size_t)i * LENGTH_BYTES, (uint32_t)document.len);
        if (document.len > 0)
            memcpy(text, document.ptr, document.len);
        text += document.len;
    }
    return STATUS_OK;
}

/* The payload as it is before the codec. Without a codec, columns would only be harder to read. */
static enum status payload_write(const struct batch *batch, struct head *head, struct buf *raw) {
    uint64_t len = rows_size(batch);
    if (len > BATCH_BYTES_MAX)
        return STATUS_RANGE;
    if (head->codec != BATCH_PLAIN && batch->document_count >= COLUMNS_COUNT_MIN) {
        enum status status = columns_write(batch, raw);
        head->layout = LAYOUT_COLUMNS;
        if (status == STATUS_OK && raw->len < len && batch->document_count <= raw->len / LENGTH_BYTES)
            return STATUS_OK;
        if (status == STATUS_NO_MEMORY)
            return status;
        buf_clear(raw);
    }
    head->layout = LAYOUT_ROWS;
    return rows_write(batch, len, raw);
}

static size_t pack_bound(enum batch_codec codec, size_t raw) {
    size_t bound = raw;
    if (codec == BATCH_LZ4)
        bound = (size_t)LZ4_compressBound((int)raw);
    if (codec == BATCH_ZSTD)
        bound = ZSTD_compressBound(raw);
    return bound > raw ? bound : raw;
}

/* The packed length; 0: the codec did not work. */
static size_t pack(enum batch_codec codec, struct slice raw, char *out, size_t cap) {
    if (codec == BATCH_LZ4)
        return (size_t)LZ4_compress_default(raw.ptr, out, (int)raw.len, (int)cap);
    size_t packed = ZSTD_compress(out, cap, raw.ptr, raw.len, ZSTD_LEVEL);
    return ZSTD_isError(packed) ? 0 : packed;
}

/* Room for the head and the packed bytes at the end of out. What does not become smaller is kept plain. */
static enum status blob_write(struct head *head, struct slice raw, struct buf *out) {
    size_t start = out->len, bound = pack_bound(head->codec, raw.len);
    buf_repeat(out, '\0', HEAD_BYTES + bound);
    if (out->failed)
        return STATUS_NO_MEMORY;
    char *payload = out->ptr + start + HEAD_BYTES;
    size_t packed = head->codec == BATCH_PLAIN ? 0 : pack(head->codec, raw, payload, bound);
    if (packed == 0 || packed >= raw.len) {
        head->codec = BATCH_PLAIN;
        packed = raw.len;
        memcpy(payload, raw.ptr, raw.len);
    }
    head->packed = packed;
    head_write(out->ptr + start, head);
    out->len = start + HEAD_BYTES + packed;
    out->ptr[out->len] = '\0';
    return STATUS_OK;
}

enum status batch_encode(const struct batch *batch, enum batch_codec codec, struct buf *out) {
    struct buf raw = {0};
    struct head head = {.codec = codec, .count = batch->document_count, .recorded_ns = batch->recorded_ns};
    enum status status = payload_write(batch, &head, &raw);
    if (status == STATUS_OK) {
        head.raw = raw.len;
        status = blob_write(&head, buf_slice(&raw), out);
    }
    buf_free(&raw);
    return status;
}

/* Nothing in the head is believed before its checksum was. false: *ret_fault says why. */
static bool head_read(struct slice blob, struct head *ret_head, enum batch_fault *ret_fault) {
    struct head head = {0};
    *ret_fault = BATCH_SHORT;
    if (blob.len < HEAD_BYTES)
        return false;
    *ret_fault = BATCH_NO_BATCH;
    if (memcmp(blob.ptr, MAGIC, sizeof MAGIC) != 0)
        return false;
    *ret_fault = BATCH_VERSION;
    if (bytes_u16(blob.ptr + AT_VERSION) != FORMAT_VERSION)
        return false;
    *ret_fault = BATCH_CODEC;
    uint8_t codec = (uint8_t)blob.ptr[AT_CODEC];
    uint8_t layout = (uint8_t)blob.ptr[AT_LAYOUT];
    if (codec > BATCH_ZSTD || layout > LAYOUT_COLUMNS)
        return false;
    head.codec = (enum batch_codec)codec;
    head.layout = (enum layout)layout;
    head.count = bytes_u32(blob.ptr + AT_COUNT);
    head.recorded_ns = (int64_t)bytes_u64(blob.ptr + AT_RECORDED);
    head.raw = bytes_u64(blob.ptr + AT_RAW);
    head.packed = bytes_u64(blob.ptr + AT_PACKED);
    *ret_fault = BATCH_SHORT;
    if (head.packed > blob.len - HEAD_BYTES)
        return false;
    *ret_fault = BATCH_CONTENT;
    if (head.packed != blob.len - HEAD_BYTES)
        return false;
    *ret_fault = BATCH_CHECKSUM;
    if (bytes_u64(blob.ptr + AT_CHECKSUM) != checksum(blob.ptr, head.packed))
        return false;
    *ret_fault = BATCH_CONTENT;
    if (head.raw > BATCH_BYTES_MAX || head.count > head.raw / LENGTH_BYTES)
        return false;
    *ret_head = head;
    return true;
}

/* Exactly head->raw bytes. Fails: STATUS_INVALID, STATUS_NO_MEMORY, which is no damage. */
static enum status unpack(const struct head *head, const char *packed, char *raw) {
    size_t got = 0;
    switch (head->codec) {
    case BATCH_PLAIN:
        if (head->packed != head->raw)
            return STATUS_INVALID;
        memcpy(raw, packed, head->raw);
        return STATUS_OK;
    case BATCH_LZ4:
        if (head->packed > BATCH_BYTES_MAX)
            return STATUS_INVALID;
        got = (size_t)LZ4_decompress_safe(packed, raw, (int)head->packed, (int)head->raw);
        return got == head->raw ? STATUS_OK : STATUS_INVALID;
    case BATCH_ZSTD:
        got = ZSTD_decompress(raw, head->raw, packed, head->packed);
        if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
            return STATUS_NO_MEMORY;
        return got == head->raw ? STATUS_OK : STATUS_INVALID;
    }
    return STATUS_INVALID;
}

static bool rows_read(const struct head *head, const char *raw, struct slice *documents) {
    uint64_t at = (uint64_t)head->count * LENGTH_BYTES;
    for (uint32_t i = 0; i < head->count; i++) {
        uint32_t len = bytes_u32(raw + (size_t)i * LENGTH_BYTES);
        if (len > head->raw - at)
            return false;
        documents[i] = (struct slice){raw + at, len};
        at += len;
    }
    return at == head->raw;
}

enum status batch_head(struct slice blob, struct batch_head *ret_head, enum batch_fault *ret_fault) {
    struct head head;
    if (!head_read(blob, &head, ret_fault))
        return STATUS_INVALID;
    *ret_head = (struct batch_head){head.recorded_ns, head.count, head.raw};
    return STATUS_OK;
}

enum status batch_decode(struct slice blob, struct arena *arena, struct batch *ret_batch, enum batch_fault *ret_fault) {
    struct head head;
    if (!head_read(blob, &head, ret_fault))
        return STATUS_INVALID;
    char *raw = arena_alloc(arena, head.raw + PADDING);
    struct slice *documents = ARENA_ARRAY(arena, head.count + (size_t)1, struct slice);
    if (raw == NULL || documents == NULL)
        return STATUS_NO_MEMORY;
    *ret_fault = BATCH_CONTENT;
    TRY(unpack(&head, blob.ptr + HEAD_BYTES, raw));
    if (head.layout == LAYOUT_COLUMNS)
        TRY(columns_read((struct slice){raw, head.raw}, head.count, arena, documents));
    else if (!rows_read(&head, raw, documents))
        return STATUS_INVALID;
    *ret_batch = (struct batch){head.recorded_ns, documents, head.count};
    return STATUS_OK;
}

void batch_chain(const uint8_t before[BATCH_HASH_BYTES], uint64_t seq, struct slice blob,
                 uint8_t ret_hash[BATCH_HASH_BYTES]) {
    uint8_t number[8];
    crypto_generichash_state state;
    bytes_put_u64(number, seq);
    int failed = crypto_generichash_init(&state, NULL, 0, BATCH_HASH_BYTES);
    failed |= crypto_generichash_update(&state, before, BATCH_HASH_BYTES);
    failed |= crypto_generichash_update(&state, number, sizeof number);
    failed |= crypto_generichash_update(&state, (const unsigned char *)blob.ptr, blob.len);
    failed |= crypto_generichash_final(&state, ret_hash, BATCH_HASH_BYTES);
    assert(!failed); /* only wrong lengths fail */
}
