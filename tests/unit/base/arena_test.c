/* SPDX-License-Identifier: Apache-2.0
 *
 * The arena and the trace that lives in it. */
#include "base/arena.h"
#include "base/trace.h"
#include "support/check.h"

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena batch = {.block_size = 128};
    for (size_t round = 0; round < 3; round++) {
        for (size_t size = 1; size < 300; size++) {
            unsigned char *memory = arena_alloc(&batch, size);
            CHECK(memory != NULL && (uintptr_t)memory % 16 == 0);
            for (size_t i = 0; i < size; i++)
                CHECK(memory[i] == 0);
            memset(memory, 0xAA, size);
        }
        arena_reset(&batch);
    }
    arena_free(&batch);
    CHECK_UINT(batch.total, 0);
}

static void reset_keeps_one_block(void **state) {
    (void)state;
    struct arena batch = {0};
    CHECK(arena_alloc(&batch, 1000) != NULL);
    size_t one = batch.total;
    arena_reset(&batch);
    CHECK(arena_alloc(&batch, one) != NULL);
    CHECK_UINT(batch.total, one);
    CHECK(arena_alloc(&batch, 1) != NULL);
    CHECK(batch.total > one);
    arena_free(&batch);
}

static void a_large_piece_leaves_the_block_in_use(void **state) {
    (void)state;
    struct arena batch = {0};
    char *before = arena_alloc(&batch, 16);
    CHECK(arena_alloc(&batch, 10 << 20) != NULL);
    char *after = arena_alloc(&batch, 16);
    CHECK(after == before + 16);
    arena_free(&batch);
}

static void impossible_sizes_are_refused(void **state) {
    (void)state;
    struct arena batch = {0};
    CHECK(arena_array(&batch, SIZE_MAX / 2, 3) == NULL);
    CHECK(arena_alloc(&batch, SIZE_MAX) == NULL);
    CHECK(arena_alloc(&batch, SIZE_MAX - 40) == NULL);
    CHECK(ARENA_ARRAY(&batch, 0, int) != NULL);
    arena_free(&batch);
}

static void text_is_copied_with_its_end(void **state) {
    (void)state;
    struct arena batch = {0};
    struct slice copy = arena_copy(&batch, SLICE("abc"));
    CHECK_TEXT(copy, "abc");
    CHECK_INT(copy.ptr[3], 0);
    CHECK_TEXT(arena_copy(&batch, (struct slice){NULL, 0}), "");
    CHECK_TEXT(arena_printf(&batch, "%d-%s", 7, "x"), "7-x");
    struct slice wide = arena_printf(&batch, "%0300d", 5);
    CHECK_UINT(wide.len, 300);
    CHECK_INT(wide.ptr[299], '5');
    CHECK_INT(wide.ptr[300], 0);
    arena_free(&batch);
}

static void a_trace_keeps_its_steps_in_order(void **state) {
    (void)state;
    struct arena batch = {0};
    struct trace trace = {.arena = &batch};
    trace_add(NULL, "note", SLICE(""), "nobody asked");
    trace_add(&trace, "quantity", SLICE("page 3"), "%d minutes", 4);
    trace_add(&trace, "rounding", SLICE(""), "up to %d", 5);
    CHECK_UINT(trace.count, 2);
    CHECK_TEXT(trace.first->text, "4 minutes");
    CHECK_TEXT(trace.first->source, "page 3");
    CHECK(trace.first->next == trace.last);
    CHECK_TEXT(slice_of(trace.last->topic), "rounding");
    arena_free(&batch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),          cmocka_unit_test(reset_keeps_one_block),
        cmocka_unit_test(a_large_piece_leaves_the_block_in_use), cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(text_is_copied_with_its_end),           cmocka_unit_test(a_trace_keeps_its_steps_in_order),
    };
    return CHECK_RUN(tests);
}
