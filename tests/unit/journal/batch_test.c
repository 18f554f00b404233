/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches: what goes in comes out byte for byte, and nothing that was changed is read. */
#include "journal/batch.h"

#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "support/check.h"
#include "support/refuse.h"

enum { HEAD_BYTES = 48, AT_CHECKSUM = 40 };

static const enum batch_codec codecs[] = {BATCH_PLAIN, BATCH_LZ4, BATCH_ZSTD};

static void check_round_trip(const struct batch *batch) {
    for (size_t k = 0; k < CHECK_COUNT(codecs); k++) {
        struct buf out = {0};
        struct arena arena = {0};
        struct batch back = {0};
        enum batch_fault fault;
        buf_text(&out, "before");
        CHECK_OK(batch_encode(batch, codecs[k], &out));
        struct slice blob = {out.ptr + 6, out.len - 6};
        CHECK_OK(batch_decode(blob, &arena, &back, &fault));
        CHECK_INT(back.recorded_ns, batch->recorded_ns);
        CHECK_UINT(back.document_count, batch->document_count);
        for (uint32_t i = 0; i < back.document_count && i < batch->document_count; i++)
            CHECK(slice_eq(back.documents[i], batch->documents[i]));
        arena_free(&arena);
        buf_free(&out);
    }
}

static void documents_come_back(void **state) {
    static const struct {
        const char *row;
        struct slice documents[3];
        uint32_t count;
        int64_t recorded_ns;
    } rows[] = {
        {"a batch of nothing", {{0}}, 0, 0},
        {"an empty document", {{"", 0}}, 1, 1},
        {"several empty documents", {{"", 0}, {"", 0}, {"", 0}}, 3, -1},
        {"one byte", {{"x", 1}}, 1, INT64_MAX},
        {"a byte of zero", {{"\0", 1}, {"\0\0", 2}}, 2, INT64_MIN},
        {"an event", {SLICE("{\"id\":\"e-1\",\"data\":{\"count\":3}}")}, 1, 5},
        {"numbers with many digits", {SLICE("{\"n\":00012345678901234567890.10e+0005}"), SLICE("-0")}, 2, 5},
        {"strings with escapes", {SLICE("{\"a\\\"b\":\"\\u0000\\\\\\\"\"}"), SLICE("[\"\\\\\",\"\"]")}, 2, 5},
        {"strings that do not end", {SLICE("{\"a\":\"b"), SLICE("\"\\"), SLICE("\"")}, 3, 5},
        {"no JSON at all", {SLICE("\xff\xfe,,,:::[[[\""), SLICE("\r\n\t")}, 2, 5},
        {"the same document twice", {SLICE("{\"id\":1}"), SLICE("{\"id\":1}")}, 2, 5},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        check_round_trip(&(struct batch){row->recorded_ns, row->documents, row->count});
    }
}

static void random_bytes_come_back(void **state) {
    static const char alphabet[] = "{}[]:,\"\\0123456789.eE+- abtruefalsn\n";
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 200; round++) {
        char bytes[4096];
        struct slice documents[64];
        uint32_t count = (uint32_t)(check_random(&seed) % 64);
        bool is_text = check_random(&seed) % 2;
        for (size_t i = 0; i < sizeof bytes; i++) {
            uint64_t random = check_random(&seed);
            bytes[i] = is_text ? alphabet[random % (sizeof alphabet - 1)] : (char)random;
        }
        for (uint32_t i = 0; i < count; i++) {
            size_t start = check_random(&seed) % sizeof bytes;
            documents[i] = (struct slice){bytes + start, check_random(&seed) % (sizeof bytes - start + 1)};
        }
        check_round_trip(&(struct batch){(int64_t)check_random(&seed), documents, count});
    }
}

static void too_much_is_refused(void **state) {
    char *large = calloc(1, BATCH_BYTES_MAX);
    const struct slice fits = {large, BATCH_BYTES_MAX - 4}, over = {large, BATCH_BYTES_MAX - 3};
    const struct slice parts[] = {{large, BATCH_BYTES_MAX / 2}, {large, BATCH_BYTES_MAX / 2}};
    struct buf out = {0};
    (void)state;
    CHECK_STATUS(batch_encode(&(struct batch){0, &over, 1}, BATCH_LZ4, &out), STATUS_RANGE);
    CHECK_STATUS(batch_encode(&(struct batch){0, parts, 2}, BATCH_LZ4, &out), STATUS_RANGE);
    CHECK_UINT(out.len, 0);
    check_round_trip(&(struct batch){0, &fits, 1});
    buf_free(&out);
    free(large);
}

static struct slice small_blob(struct buf *out, enum batch_codec codec) {
    static const struct slice documents[] = {
        SLICE("{\"id\":\"e-1\",\"source\":\"gateway\",\"type\":\"demo.Call\",\"data\":{\"count\":1}}"),
        SLICE("{\"id\":\"e-2\",\"source\":\"gateway\",\"type\":\"demo.Call\",\"data\":{\"count\":1}}"),
        SLICE("{\"id\":\"e-3\",\"source\":\"gateway\",\"type\":\"demo.Call\",\"data\":{\"count\":2}}"),
    };
    CHECK_OK(batch_encode(&(struct batch){1234567890, documents, 3}, codec, out));
    return buf_slice(out);
}

/* In memory of exactly its size, so that a read outside is seen. */
static enum status decode_copy(struct slice blob, enum batch_fault *ret_fault) {
    struct arena arena = {0};
    struct batch batch;
    char *copy = malloc(blob.len + (blob.len == 0));
    if (blob.len > 0)
        memcpy(copy, blob.ptr, blob.len);
    enum status status = batch_decode((struct slice){copy, blob.len}, &arena, &batch, ret_fault);
    free(copy);
    arena_free(&arena);
    return status;
}

static void every_flipped_bit_is_found(void **state) {
    (void)state;
    for (size_t k = 0; k < CHECK_COUNT(codecs); k++) {
        struct buf out = {0};
        struct slice blob = small_blob(&out, codecs[k]);
        enum batch_fault fault;
        for (size_t bit = 0; bit < blob.len * 8; bit++) {
            out.ptr[bit / 8] ^= (char)(1 << bit % 8);
            CHECK_STATUS(decode_copy(blob, &fault), STATUS_INVALID);
            out.ptr[bit / 8] ^= (char)(1 << bit % 8);
        }
        CHECK_OK(decode_copy(blob, &fault));
        buf_free(&out);
    }
}

static void every_cut_is_found(void **state) {
    (void)state;
    for (size_t k = 0; k < CHECK_COUNT(codecs); k++) {
        struct buf out = {0};
        struct slice blob = small_blob(&out, codecs[k]);
        enum batch_fault fault;
        for (size_t len = 0; len < blob.len; len++) {
            CHECK_STATUS(decode_copy((struct slice){blob.ptr, len}, &fault), STATUS_INVALID);
            CHECK_INT(fault, BATCH_SHORT);
        }
        buf_char(&out, 'x');
        CHECK_STATUS(decode_copy(buf_slice(&out), &fault), STATUS_INVALID);
        buf_free(&out);
    }
}

/* Make the checksum right again, as somebody would who means harm. */
static void reseal(struct buf *blob) {
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, blob->ptr, AT_CHECKSUM);
    XXH3_64bits_update(&state, blob->ptr + HEAD_BYTES, blob->len - HEAD_BYTES);
    bytes_put_u64(blob->ptr + AT_CHECKSUM, XXH3_64bits_digest(&state));
}

static void lies_in_the_head_are_found(void **state) {
    static const struct {
        const char *row;
        size_t at;
        uint64_t value;
        size_t width;
        enum batch_fault want;
    } rows[] = {
        {"another magic", 0, 0x20746f6e, 4, BATCH_NO_BATCH},
        {"version 0", 8, 0, 2, BATCH_VERSION},
        {"version 2", 8, 2, 2, BATCH_VERSION},
        {"an unknown codec", 10, 3, 1, BATCH_CODEC},
        {"an unknown layout", 11, 2, 1, BATCH_CODEC},
        {"the other layout", 11, 1, 1, BATCH_CONTENT},
        {"more documents than bytes", 12, UINT32_MAX, 4, BATCH_CONTENT},
        {"one document more", 12, 4, 4, BATCH_CONTENT},
        {"one document less", 12, 2, 4, BATCH_CONTENT},
        {"no documents", 12, 0, 4, BATCH_CONTENT},
        {"a raw length of all memory", 24, UINT64_MAX, 8, BATCH_CONTENT},
        {"a raw length above the limit", 24, BATCH_BYTES_MAX + 1, 8, BATCH_CONTENT},
        {"a raw length at the limit", 24, BATCH_BYTES_MAX, 8, BATCH_CONTENT},
        {"a raw length of nothing", 24, 0, 8, BATCH_CONTENT},
        {"a packed length of all memory", 32, UINT64_MAX, 8, BATCH_SHORT},
        {"a packed length of nothing", 32, 0, 8, BATCH_CONTENT},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        for (size_t k = 0; k < CHECK_COUNT(codecs); k++) {
            struct buf out = {0};
            enum batch_fault fault = BATCH_SHORT;
            struct slice blob = small_blob(&out, codecs[k]);
            char value[8];
            bytes_put_u64(value, row->value);
            memcpy(out.ptr + row->at, value, row->width);
            reseal(&out);
            CHECK_STATUS(decode_copy(blob, &fault), STATUS_INVALID);
            CHECK_TEXT(slice_of(batch_fault_text(fault)), batch_fault_text(row->want));
            buf_free(&out);
        }
    }
}

static void encode_with_refusals(const struct batch *batch, enum batch_codec codec, struct slice want) {
    enum status status = STATUS_NO_MEMORY;
    for (uint64_t at = 1; status == STATUS_NO_MEMORY; at++) {
        struct buf out = {0};
        refuse_at = at;
        status = batch_encode(batch, codec, &out);
        refuse_at = 0;
        CHECK_SLICE(buf_slice(&out), status == STATUS_OK ? want : SLICE(""));
        buf_free(&out);
    }
    CHECK_OK(status);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (size_t k = 0; k < CHECK_COUNT(codecs); k++) {
        struct buf want = {0};
        struct batch batch;
        enum batch_fault fault;
        enum status status = STATUS_NO_MEMORY;
        struct slice blob = small_blob(&want, codecs[k]);
        for (uint64_t at = 1; status == STATUS_NO_MEMORY; at++) {
            struct arena arena = {0};
            refuse_at = at;
            status = batch_decode(blob, &arena, &batch, &fault);
            refuse_at = 0;
            if (status == STATUS_OK)
                encode_with_refusals(&batch, codecs[k], blob);
            arena_free(&arena);
        }
        CHECK_OK(status);
        buf_free(&want);
    }
}

static void version_1_is_read_for_ever(void **state) {
    struct buf out = {0};
    (void)state;
    CHECK_GOLDEN(small_blob(&out, BATCH_PLAIN), "journal/batch-v1-plain.bin");
    static const char *const names[] = {"tests/golden/journal/batch-v1-plain.bin",
                                        "tests/golden/journal/batch-v1-lz4.bin",
                                        "tests/golden/journal/batch-v1-zstd.bin"};
    for (size_t k = 0; k < CHECK_COUNT(names); k++) { /* what a codec makes of the same bytes may change; reading not */
        struct slice blob = check_read(names[k]);
        struct arena arena = {0};
        struct batch batch = {0};
        enum batch_fault fault;
        CHECK_INT(blob.ptr[10], codecs[k]);
        CHECK_OK(batch_decode(blob, &arena, &batch, &fault));
        buf_clear(&out);
        CHECK_OK(batch_encode(&batch, BATCH_PLAIN, &out));
        CHECK_GOLDEN(buf_slice(&out), "journal/batch-v1-plain.bin");
        arena_free(&arena);
        free((void *)(uintptr_t)blob.ptr);
    }
    buf_free(&out);
}

static void the_chain_covers_all(void **state) {
    static const uint8_t zero[BATCH_HASH_BYTES];
    uint8_t first[BATCH_HASH_BYTES], second[BATCH_HASH_BYTES], other[BATCH_HASH_BYTES];
    char text[2 * BATCH_HASH_BYTES + 1];
    (void)state;
    batch_chain(zero, 1, SLICE("blob"), first);
    batch_chain(first, 2, SLICE("next"), second);
    batch_chain(zero, 2, SLICE("next"), other);
    CHECK(memcmp(second, other, sizeof other) != 0);
    batch_chain(first, 3, SLICE("next"), other);
    CHECK(memcmp(second, other, sizeof other) != 0);
    batch_chain(first, 2, SLICE("nexu"), other);
    CHECK(memcmp(second, other, sizeof other) != 0);
    for (size_t i = 0; i < BATCH_HASH_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", first[i]);
    CHECK_TEXT(slice_of(text), "7b7360ac818d1fca93eacda0421657257318534c40a229589181ae70536452b7");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_back),       cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(too_much_is_refused),       cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_cut_is_found),        cmocka_unit_test(lies_in_the_head_are_found),
        cmocka_unit_test(every_allocation_may_fail), cmocka_unit_test(version_1_is_read_for_ever),
        cmocka_unit_test(the_chain_covers_all),
    };
    return CHECK_RUN(tests);
}
