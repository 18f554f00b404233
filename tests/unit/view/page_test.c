/* SPDX-License-Identifier: Apache-2.0
 *
 * Cursors: what comes back is the key, and what is not one of ours is refused. */
#include "view/page.h"

#include "support/check.h"

static const char zeros[] = "a\0b";

static const struct {
    const char *row;
    struct slice key;
} keys[] = {
    {"a name", {"acct-42", 7}},
    {"no name at all", {"", 0}},
    {"bytes of every kind", {"\xff\x00\x7f\n/?", 6}},
    {"two names with a zero between", {zeros, 3}},
};

static void a_cursor_gives_its_key_back(void **state) {
    struct arena arena = {0};
    (void)state;
    FOR_ROWS(row, keys) {
        struct slice cursor = page_cursor(&arena, SLICE("accounts"), row->key), key;
        CHECK(cursor.ptr != NULL);
        for (size_t i = 0; i < cursor.len; i++)
            CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", cursor.ptr[i]) != NULL);
        CHECK(page_cursor_read(&arena, SLICE("accounts"), cursor, &key));
        CHECK(slice_eq(key, row->key));
        CHECK(!page_cursor_read(&arena, SLICE("bills"), cursor, &key));
        CHECK(!page_cursor_read(&arena, SLICE("accounts"), (struct slice){cursor.ptr, cursor.len - 1}, &key));
    }
    arena_free(&arena);
}

static void what_is_no_cursor_is_refused(void **state) {
    static const char *const texts[] = {"",  "A",    "AAAA",     "AAAAAA", "AAAAAAAA",
                                        "=", "+/+/", "\xc3\xbc", "a b",    "AAAAAAA="};
    struct arena arena = {0};
    struct slice key;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(!page_cursor_read(&arena, SLICE("accounts"), slice_of(texts[i]), &key));
    char *huge = arena_alloc(&arena, 1 << 20);
    memset(huge, 'A', 1 << 20);
    CHECK(!page_cursor_read(&arena, SLICE("accounts"), (struct slice){huge, 1 << 20}, &key));
    arena_free(&arena);
}

static void numbers_sort_as_their_keys(void **state) {
    static const struct {
        uint64_t high;
        uint32_t low;
    } rows[] = {{0, 0}, {0, 1}, {0, UINT32_MAX}, {1, 0}, {255, 9}, {256, 8}, {UINT64_MAX, UINT32_MAX}};
    struct arena arena = {0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice key = page_key(&arena, rows[i].high, rows[i].low);
        uint64_t high;
        uint32_t low;
        CHECK(page_key_read(key, &high, &low));
        CHECK_UINT(high, rows[i].high);
        CHECK_UINT(low, rows[i].low);
        CHECK(i == 0 || slice_cmp(page_key(&arena, rows[i - 1].high, rows[i - 1].low), key) < 0);
        CHECK(!page_key_read((struct slice){key.ptr, key.len - 1}, &high, &low));
    }
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_gives_its_key_back),
        cmocka_unit_test(what_is_no_cursor_is_refused),
        cmocka_unit_test(numbers_sort_as_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
