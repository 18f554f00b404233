/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning: indexes in order of insertion, across growth; and the suggestions. */
#include "base/names.h"

#include <stdio.h>

#include "support/check.h"

static void names_keep_their_index(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    struct names names = {0};
    char text[32];
    CHECK_UINT(names_find(&names, SLICE("a")), NAMES_NONE);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < COUNT; i++) {
            uint32_t index = NAMES_NONE;
            size_t len = (size_t)snprintf(text, sizeof text, "account-%u", i);
            CHECK_OK(names_add(&names, (struct slice){text, len}, &index));
            CHECK_UINT(index, i);
        }
    CHECK_UINT(names.count, COUNT);
    CHECK_UINT(names_find(&names, SLICE("account-4711")), 4711);
    CHECK_TEXT(names.texts[4711], "account-4711");
    CHECK_UINT(names_find(&names, SLICE("account-")), NAMES_NONE);
    names_free(&names);
    CHECK_UINT(names.count, 0);
}

static void equal_hashes_are_told_apart_by_text(void **state) {
    (void)state;
    struct names names = {0};
    uint32_t first, second, again;
    CHECK_OK(names_add_hashed(&names, SLICE("one"), 7, &first));
    CHECK_OK(names_add_hashed(&names, SLICE("two"), 7, &second));
    CHECK_OK(names_add_hashed(&names, SLICE("two"), 7, &again));
    CHECK(first != second);
    CHECK_UINT(again, second);
    CHECK_UINT(names_find_hashed(&names, SLICE("one"), 7), first);
    CHECK_UINT(names_find_hashed(&names, SLICE("three"), 7), NAMES_NONE);
    names_free(&names);
}

static void empty_and_binary_names_are_names(void **state) {
    (void)state;
    struct names names = {0};
    uint32_t empty, binary;
    CHECK_OK(names_add(&names, SLICE(""), &empty));
    CHECK_OK(names_add(&names, SLICE("a\0b"), &binary));
    CHECK_UINT(names_find(&names, (struct slice){NULL, 0}), empty);
    CHECK_UINT(names_find(&names, SLICE("a\0b")), binary);
    CHECK_UINT(names_find(&names, SLICE("a")), NAMES_NONE);
    names_free(&names);
}

static void the_nearest_name_is_suggested(void **state) {
    (void)state;
    static const struct slice candidates[] = {
        {"price", 5}, {"prices", 6}, {"period", 6}, {"graduated", 9}, {"unit", 4}, {"uint", 4}, {"to", 2},
    };
    static const struct {
        const char *row, *wrong, *want;
    } rows[] = {
        {"two neighbours swapped are one edit", "pirce", "price"},
        {"one letter missing", "pric", "price"},
        {"one letter too many", "prrice", "price"},
        {"letter case does not count", "PRICE", "price"},
        {"among equals the first", "pricex", "price"},
        {"the nearest wins", "pricess", "prices"},
        {"a third of a long word may be wrong", "gradated-", "graduated"},
        {"more than a third is too far", "grasshopp", ""},
        {"a short word takes one edit", "ti", "to"},
        {"and not two", "ax", ""},
        {"nothing to go by", "", ""},
        {"exactly the name", "unit", "unit"},
    };
    FOR_ROWS(row, rows)
    CHECK_TEXT(names_suggest(slice_of(row->wrong), candidates, CHECK_COUNT(candidates)), row->want);
}

static void very_long_words_get_no_suggestion(void **state) {
    (void)state;
    char text[200];
    memset(text, 'a', sizeof text);
    struct slice at_limit = {text, 64}, near = {text, 63}, beyond = {text, 65};
    CHECK_UINT(names_suggest(near, &at_limit, 1).len, 64);
    CHECK_UINT(names_suggest(at_limit, &beyond, 1).len, 0);
    CHECK_UINT(names_suggest(beyond, &at_limit, 1).len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_keep_their_index),
        cmocka_unit_test(equal_hashes_are_told_apart_by_text),
        cmocka_unit_test(empty_and_binary_names_are_names),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(very_long_words_get_no_suggestion),
    };
    return CHECK_RUN(tests);
}
