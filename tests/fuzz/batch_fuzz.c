/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a blob: it is refused or read, never more. The checksum is made right first, so that what lies behind it
 * is reached. And any bytes as documents: they come back. */
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "journal/columns.h"

enum { HEAD_BYTES = 48, AT_CHECKSUM = 40, DOCUMENTS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void check_blob(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct batch batch;
    enum batch_fault fault;
    char *blob = malloc(size + 1);
    require(blob != NULL);
    memcpy(blob, data, size);
    if (size >= HEAD_BYTES) {
        bytes_put_u64(blob + 32, size - HEAD_BYTES);
        XXH3_state_t state;
        XXH3_64bits_reset(&state);
        XXH3_64bits_update(&state, blob, AT_CHECKSUM);
        XXH3_64bits_update(&state, blob + HEAD_BYTES, size - HEAD_BYTES);
        bytes_put_u64(blob + AT_CHECKSUM, XXH3_64bits_digest(&state));
    }
    if (batch_decode((struct slice){blob, size}, &arena, &batch, &fault) == STATUS_OK)
        for (uint32_t i = 0; i < batch.document_count; i++)
            require(batch.documents[i].len <= BATCH_BYTES_MAX);
    else
        require(*batch_fault_text(fault) != '\0');
    arena_free(&arena);
    free(blob);
}

/* What lies behind checksum and codec. */
static void check_columns(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct slice documents[DOCUMENTS_MAX];
    char *payload = calloc(1, size + 64);
    require(payload != NULL);
    memcpy(payload, data, size);
    uint32_t count = size > 0 ? data[size - 1] % DOCUMENTS_MAX : 0;
    if (columns_read((struct slice){payload, size}, count, &arena, documents) == STATUS_OK)
        for (uint32_t i = 0; i < count; i++)
            require(documents[i].len <= BATCH_BYTES_MAX);
    arena_free(&arena);
    free(payload);
}

static void check_split(const struct slice *documents, uint32_t count) {
    struct buf out = {0};
    struct arena arena = {0};
    struct slice back[DOCUMENTS_MAX];
    require(columns_write(&(struct batch){1, documents, count}, &out) == STATUS_OK);
    size_t len = out.len;
    buf_repeat(&out, '\0', 64);
    require(columns_read((struct slice){out.ptr, len}, count, &arena, back) == STATUS_OK);
    for (uint32_t i = 0; i < count; i++)
        require(slice_eq(back[i], documents[i]));
    arena_free(&arena);
    buf_free(&out);
}

static void check_documents(const uint8_t *data, size_t size) {
    struct slice documents[DOCUMENTS_MAX];
    uint32_t count = 0;
    struct slice left = {(const char *)data, size}, one;
    while (count < DOCUMENTS_MAX && slice_cut(left, '\n', &one, &left))
        documents[count++] = one;
    check_split(documents, count);
    for (int codec = BATCH_PLAIN; codec <= BATCH_ZSTD; codec++) {
        struct buf out = {0};
        struct arena arena = {0};
        struct batch batch;
        enum batch_fault fault;
        require(batch_encode(&(struct batch){1, documents, count}, (enum batch_codec)codec, &out) == STATUS_OK);
        require(batch_decode(buf_slice(&out), &arena, &batch, &fault) == STATUS_OK);
        require(batch.document_count == count && batch.recorded_ns == 1);
        for (uint32_t i = 0; i < count; i++)
            require(slice_eq(batch.documents[i], documents[i]));
        arena_free(&arena);
        buf_free(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_blob(data, size);
    check_columns(data, size);
    check_documents(data, size);
    return 0;
}
