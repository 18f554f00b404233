/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a state: refused, or read as a state that can be written, read again and closed. Head, lengths and
 * checksums are made right first: the input is the sections, each of two bytes of length and its content. */
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "engine/snapshot.h"

/* docs/journal-format.md */
enum { HEAD_BYTES = 40, HEAD_SUM = 32, SECTION_BYTES = 24, SECTION_SUM = 16, SECTION_COUNT = 8 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tariff_set tariffs;

static void require(bool condition) {
    if (!condition)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    struct diags diags = {0};
    (void)argc;
    (void)argv;
    require(tariff_set_load(FUZZ_SOURCE_ROOT "/tests/data/meter", NULL, &tariffs, &diags) == STATUS_OK);
    diags_free(&diags);
    return 0;
}

static void put_section(struct buf *out, uint32_t which, const uint8_t *data, size_t length) {
    size_t start = out->len;
    XXH3_state_t state;
    buf_repeat(out, '\0', SECTION_BYTES);
    buf_append(out, (struct slice){(const char *)data, length});
    bytes_put_u32(out->ptr + start, which);
    bytes_put_u64(out->ptr + start + 8, length);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, out->ptr + start, SECTION_SUM);
    XXH3_64bits_update(&state, out->ptr + start + SECTION_BYTES, length);
    bytes_put_u64(out->ptr + start + SECTION_SUM, XXH3_64bits_digest(&state));
}

static void assemble(const uint8_t *data, size_t size, struct buf *out) {
    char head[HEAD_BYTES] = "tgstate\n\1";
    bytes_put_u32(head + 12, SECTION_COUNT);
    tariff_set_fingerprint(&tariffs, (uint8_t *)head + 16);
    bytes_put_u64(head + HEAD_SUM, XXH3_64bits(head, HEAD_SUM));
    buf_append(out, (struct slice){head, sizeof head});
    for (uint32_t which = 1; which <= SECTION_COUNT; which++) {
        size_t length = size >= 2 ? bytes_u16(data) : 0;
        data += size >= 2 ? 2 : 0;
        size -= size >= 2 ? 2 : 0;
        length = length < size ? length : size;
        put_section(out, which, data, length);
        data += length;
        size -= length;
    }
}

/* Written again it is one form of the same state: reading that gives the same bytes. */
static void check_state(const struct engine *engine) {
    struct buf once = {0}, twice = {0};
    struct engine *again;
    struct statement statement;
    require(engine_snapshot(engine, &once) == STATUS_OK);
    require(engine_restore(&tariffs, buf_slice(&once), &again) == STATUS_OK);
    require(engine_snapshot(again, &twice) == STATUS_OK);
    require(slice_eq(buf_slice(&once), buf_slice(&twice)));
    enum status status = engine_close(again, INSTANT_MAX, &statement);
    require(status == STATUS_OK || status == STATUS_RANGE);
    if (status == STATUS_OK)
        statement_free(&statement);
    engine_free(again);
    buf_free(&once);
    buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf bytes = {0};
    struct engine *engine;
    assemble(data, size, &bytes);
    char *exact = malloc(bytes.len); /* so that a read behind it is seen */
    require(exact != NULL);
    memcpy(exact, bytes.ptr, bytes.len);
    enum status status = engine_restore(&tariffs, (struct slice){exact, bytes.len}, &engine);
    require(status == STATUS_OK || status == STATUS_INVALID);
    free(exact);
    if (status == STATUS_OK) {
        check_state(engine);
        engine_free(engine);
    }
    buf_free(&bytes);
    return 0;
}
