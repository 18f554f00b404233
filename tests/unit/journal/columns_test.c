/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents in columns: every one comes back byte for byte, whatever it is; what is made up is refused and never read
 * beyond its end; and what documents have in common is written once. */
#include "journal/columns.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "support/check.h"
#include "support/refuse.h"

enum { PADDING = 64, MANY = 300 };

/* Each document in memory of exactly its size, and the payload with its padding and no more. */
static enum status read_copy(struct slice payload, uint32_t count, struct arena *arena, struct slice *documents) {
    char *copy = calloc(1, payload.len + PADDING);
    if (payload.len > 0)
        memcpy(copy, payload.ptr, payload.len);
    enum status status = columns_read((struct slice){copy, payload.len}, count, arena, documents);
    free(copy);
    return status;
}

static void check_round_trip(const struct slice *documents, uint32_t count) {
    struct slice *exact = calloc(count + 1, sizeof *exact), *back = calloc(count + 1, sizeof *back);
    struct buf out = {0};
    struct arena arena = {0};
    for (uint32_t i = 0; i < count; i++) {
        char *bytes = malloc(documents[i].len + (documents[i].len == 0));
        if (documents[i].len > 0)
            memcpy(bytes, documents[i].ptr, documents[i].len);
        exact[i] = (struct slice){bytes, documents[i].len};
    }
    CHECK_OK(columns_write(&(struct batch){0, exact, count}, &out));
    CHECK_OK(read_copy(buf_slice(&out), count, &arena, back));
    for (uint32_t i = 0; i < count; i++) {
        CHECK(slice_eq(back[i], documents[i]));
        free((void *)(uintptr_t)exact[i].ptr);
    }
    arena_free(&arena);
    buf_free(&out);
    free(exact);
    free(back);
}

static void documents_come_back(void **state) {
    static const struct {
        const char *row;
        struct slice documents[4];
        uint32_t count;
    } rows[] = {
        {"no document", {{0}}, 0},
        {"an empty document", {{"", 0}}, 1},
        {"one byte", {SLICE("x"), SLICE("\""), SLICE("1"), SLICE("-")}, 4},
        {"the same document twice", {SLICE("{\"id\":\"a\"}"), SLICE("{\"id\":\"a\"}")}, 2},
        {"the same value, then another", {SLICE("{\"a\":1}"), SLICE("{\"a\":1}"), SLICE("{\"a\":2}")}, 3},
        {"values of no length", {SLICE("{\"a\":\"\"}"), SLICE("{\"a\":\"\"}"), SLICE("{\"a\":\"b\"}")}, 3},
        {"a number for a string", {SLICE("{\"a\":\"1\"}"), SLICE("{\"a\":1}"), SLICE("{\"a\":null}")}, 3},
        {"a document that is the beginning of another",
         {SLICE("{\"a\":1}"), SLICE("{\"a\":1}}"), SLICE("{\"a\":1")},
         3},
        {"a number at the end", {SLICE("[1,2,-3.5e+7"), SLICE("[1,2,-3.5e+7")}, 2},
        {"numbers that are none", {SLICE("[--,..,1e,-]"), SLICE("{\"a\":-}")}, 2},
        {"escapes", {SLICE("{\"a\":\"b\\\"c\",\"\\\"\":\"\\\\\"}"), SLICE("{\"a\":\"b\\\"c\"}")}, 2},
        {"strings that do not end", {SLICE("{\"a\":\"b"), SLICE("{\"a"), SLICE("\"\""), SLICE("{\"a\":\"")}, 4},
        {"names without values", {SLICE("{\"a\":}"), SLICE("{\"a\"}"), SLICE("\"a\":")}, 3},
        {"bytes of zero, and no text", {SLICE("{\"a\":\"\0\"}"), SLICE("\0\0"), SLICE("\xff\xfe\"\xfd\":1")}, 3},
        {"marks of columns inside values", {SLICE("{\"a\":\",\",\"b\":1,\"c\":\"1,2\"}"), SLICE("1,\"2\",3")}, 2},
        {"long values",
         {SLICE("{\"a\":\"0123456789abcdef0123456789abcdef0123456789\"}"), SLICE("{\"a\":\"short\"}")},
         2},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        check_round_trip(row->documents, row->count);
    }
}

/* Pieces of JSON in any order: some documents have much in common, some nothing. */
static void random_documents_come_back(void **state) {
    static const char *const pieces[] = {"{",       "}",       "[",     "]",
                                         ",",       "\"id\":", "\"a\"", "\"b\\\"\"",
                                         "1",       "-2.5",    "null",  "true",
                                         " ",       "\"",      "\\",    "12345678901234567890",
                                         "\"e-1\"", ":",       "\n",    "\"region\":\"cn-shanghai\""};
    uint64_t seed = 11;
    (void)state;
    for (int round = 0; round < 400; round++) {
        struct arena arena = {0};
        struct slice documents[40];
        uint32_t count = (uint32_t)(check_random(&seed) % 40);
        uint64_t kinds = 1 + check_random(&seed) % CHECK_COUNT(pieces);
        for (uint32_t i = 0; i < count; i++) {
            struct buf text = {0};
            for (uint64_t left = check_random(&seed) % 30; left > 0; left--)
                buf_text(&text, pieces[check_random(&seed) % kinds]);
            documents[i] = arena_copy(&arena, buf_slice(&text));
            buf_free(&text);
        }
        check_round_trip(documents, count);
        arena_free(&arena);
    }
}

/* More shapes, deeper documents and longer texts than there is room for: they stay whole. */
static void what_exceeds_the_limits_comes_back(void **state) {
    struct arena arena = {0};
    struct slice *documents = ARENA_ARRAY(&arena, 3000, struct slice);
    char *long_name = arena_alloc(&arena, 70001);
    memset(long_name, 'n', 70000);
    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        if (i % 3 == 0)
            documents[i] = arena_printf(&arena, "{\"name-%u\":{\"of-%u\":%u}}", i % 50, i, i);
        else if (i % 300 == 1)
            documents[i] = arena_printf(&arena, "{\"%s\":1}", long_name);
        else {
            struct buf text = {0};
            for (uint32_t k = 0; k < i % 200; k++)
                buf_printf(&text, "[%u,", k);
            documents[i] = arena_copy(&arena, buf_slice(&text));
            buf_free(&text);
        }
    }
    check_round_trip(documents, 3000);
    arena_free(&arena);
}

static struct slice *typical(struct arena *arena) {
    struct slice *documents = ARENA_ARRAY(arena, MANY, struct slice);
    uint64_t seed = 5;
    for (unsigned i = 0; i < MANY; i++)
        documents[i] =
            arena_printf(arena,
                         "{\"specversion\":\"1.0\",\"id\":\"e-%u\",\"source\":\"gateway\",\"type\":\"demo.%s\","
                         "\"subject\":\"acct-%u\","
                         "\"time\":\"2026-02-15T08:%02u:%02uZ\",\"data\":{\"region\":\"north\",\"count\":%u%s}}",
                         i, i % 2 == 0 ? "Call" : "Scene", i % 7, i / 60, i % 60, (unsigned)(check_random(&seed) % 100),
                         i % 5 == 0 ? ",\"status\":200" : "");
    return documents;
}

static void what_is_common_is_written_once(void **state) {
    struct arena arena = {0};
    struct slice *documents = typical(&arena);
    struct batch batch = {0, documents, MANY};
    struct buf payload = {0}, rows = {0}, columns = {0};
    uint64_t bytes = 0;
    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        bytes += documents[i].len;
    CHECK_OK(columns_write(&batch, &payload));
    CHECK(payload.len < bytes / 3);
    CHECK_OK(batch_encode(&batch, BATCH_PLAIN, &rows));
    CHECK_OK(batch_encode(&batch, BATCH_LZ4, &columns));
    CHECK_UINT((uint8_t)rows.ptr[11], 0); /* the layout */
    CHECK_UINT((uint8_t)columns.ptr[11], 1);
    CHECK_GOLDEN(buf_slice(&payload), "journal/columns-v1.bin");
    buf_free(&payload);
    buf_free(&rows);
    buf_free(&columns);
    arena_free(&arena);
}

static void columns_are_read_for_ever(void **state) {
    struct arena arena = {0};
    struct slice *want = typical(&arena), blob = check_read("tests/golden/journal/batch-v1-columns-lz4.bin");
    struct batch batch = {0};
    enum batch_fault fault;
    (void)state;
    CHECK_OK(batch_decode(blob, &arena, &batch, &fault));
    CHECK_UINT(batch.document_count, MANY);
    for (uint32_t i = 0; i < batch.document_count; i++)
        CHECK(slice_eq(batch.documents[i], want[i]));
    free((void *)(uintptr_t)blob.ptr);
    arena_free(&arena);
}

/* There is no checksum here, so a changed payload may be another one; but it is never more than it announces. */
static void made_up_payloads_are_refused_or_read(void **state) {
    struct arena arena = {0};
    struct slice *documents = typical(&arena), back[MANY];
    struct buf out = {0};
    uint64_t seed = 3;
    unsigned refused = 0;
    (void)state;
    CHECK_OK(columns_write(&(struct batch){0, documents, MANY}, &out));
    struct slice payload = buf_slice(&out);
    for (size_t len = 0; len < payload.len; len += 1 + len / 16) {
        struct arena scratch = {0};
        CHECK_STATUS(read_copy((struct slice){payload.ptr, len}, MANY, &scratch, back), STATUS_INVALID);
        arena_free(&scratch);
    }
    for (int i = 0; i < 4000; i++) {
        struct arena scratch = {0};
        size_t at = i % 2 == 0 ? check_random(&seed) % 300 : check_random(&seed) % payload.len;
        char was = out.ptr[at];
        out.ptr[at] = (char)(was ^ 1 << check_random(&seed) % 8);
        refused += read_copy(payload, MANY, &scratch, back) == STATUS_INVALID;
        CHECK(scratch.total < 2 << 20 || at < 12); /* the head may announce more */
        out.ptr[at] = was;
        arena_free(&scratch);
    }
    CHECK(refused > 1000);
    for (uint32_t count = MANY - 2; count <= MANY + 2; count++) {
        struct arena scratch = {0};
        struct slice list[MANY + 2];
        CHECK_STATUS(read_copy(payload, count, &scratch, list), count == MANY ? STATUS_OK : STATUS_INVALID);
        arena_free(&scratch);
    }
    buf_free(&out);
    arena_free(&arena);
}

static void every_allocation_may_fail(void **state) {
    struct arena arena = {0};
    struct slice *documents = typical(&arena), back[MANY];
    enum status status = STATUS_NO_MEMORY;
    struct buf out = {0};
    (void)state;
    for (uint64_t at = 1; status == STATUS_NO_MEMORY; at++) {
        buf_free(&out);
        refuse_at = at;
        status = columns_write(&(struct batch){0, documents, MANY}, &out);
        refuse_at = 0;
    }
    CHECK_OK(status);
    buf_repeat(&out, '\0', PADDING);
    status = STATUS_NO_MEMORY;
    for (uint64_t at = 1; status == STATUS_NO_MEMORY; at++) {
        struct arena scratch = {0};
        refuse_at = at;
        status = columns_read((struct slice){out.ptr, out.len - PADDING}, MANY, &scratch, back);
        refuse_at = 0;
        arena_free(&scratch);
    }
    CHECK_OK(status);
    buf_free(&out);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_back),
        cmocka_unit_test(random_documents_come_back),
        cmocka_unit_test(what_exceeds_the_limits_comes_back),
        cmocka_unit_test(what_is_common_is_written_once),
        cmocka_unit_test(columns_are_read_for_ever),
        cmocka_unit_test(made_up_payloads_are_refused_or_read),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return CHECK_RUN(tests);
}
