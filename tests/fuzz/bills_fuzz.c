/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a chunk of closed bills: refused or read, never more; and any bills come back with the hashes that
 * anyone can compute. */
#include <stdlib.h>

#include "base/bytes.h"
#include "store/bill_chunk.h"

enum { HEAD_BYTES = 48, AT_COUNT = 4, AT_RAW = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

/* The number of bills and, for a plain chunk, the length are made right, so that what lies behind them is reached. */
static void check_chunk(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct store_bill *bills;
    uint8_t before[STORE_HASH_BYTES];
    char *blob = malloc(size + 1);
    require(blob != NULL);
    memcpy(blob, data, size);
    struct bill_chunk chunk = {.first = 1, .count = size > AT_COUNT ? data[AT_COUNT] : 0, .blob = {blob, size}};
    if (size >= HEAD_BYTES) {
        bytes_put_u32(blob + AT_COUNT, chunk.count);
        if (blob[2] == 0)
            bytes_put_u64(blob + AT_RAW, size - HEAD_BYTES);
    }
    enum status status = bill_chunk_unpack(&chunk, &arena, &bills, before);
    require(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_NO_MEMORY);
    arena_free(&arena);
    free(blob);
}

/* The next text of the input: its length in one byte. */
static struct slice text_take(struct slice *rest) {
    if (rest->len == 0)
        return (struct slice){"", 0};
    size_t len = (uint8_t)rest->ptr[0];
    len = len < rest->len ? len : rest->len - 1;
    struct slice text = {rest->ptr + 1, len};
    *rest = (struct slice){text.ptr + len, rest->len - 1 - len};
    return text;
}

static void check_bills(const uint8_t *data, size_t size) {
    struct slice rest = {(const char *)data, size};
    struct store_bill bills[16], *back;
    uint8_t before[STORE_HASH_BYTES], hash[STORE_HASH_BYTES] = {0};
    struct bill_packer packer = {0};
    struct bill_chunk chunk;
    struct arena arena = {0};
    uint32_t count = 0;
    for (; count < 16 && rest.len > 0; count++) {
        struct store_bill *bill = &bills[count];
        *bill = (struct store_bill){.number = rest.len, .kind = (uint8_t)rest.len, .start_ns = -(int64_t)rest.len};
        bill->series = text_take(&rest);
        bill->account = text_take(&rest);
        bill->tariff = text_take(&rest);
        bill->body = text_take(&rest);
        require(bill_packer_add(&packer, count + 1, bill) == STATUS_OK);
    }
    if (count > 0) {
        require(bill_packer_take(&packer, 1, &arena, &chunk) == STATUS_OK);
        require(bill_chunk_unpack(&chunk, &arena, &back, before) == STATUS_OK);
    }
    for (uint32_t i = 0; i < count; i++) {
        store_bill_chain(hash, i + 1, &bills[i], hash);
        require(slice_eq(back[i].series, bills[i].series) && slice_eq(back[i].account, bills[i].account) &&
                slice_eq(back[i].tariff, bills[i].tariff) && slice_eq(back[i].body, bills[i].body));
        require(back[i].number == bills[i].number && memcmp(back[i].hash, hash, sizeof hash) == 0);
    }
    bill_packer_free(&packer);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_chunk(data, size);
    check_bills(data, size);
    return 0;
}
