/* SPDX-License-Identifier: Apache-2.0
 *
 * The text builder: growth, the maximum, the sticky failure. */
#include "base/buf.h"
#include "support/check.h"

static void text_is_built_piece_by_piece(void **state) {
    (void)state;
    struct buf buf = {0};
    CHECK_TEXT(buf_slice(&buf), "");
    buf_append(&buf, (struct slice){NULL, 0});
    CHECK_TEXT(buf_slice(&buf), "");
    buf_text(&buf, "a");
    buf_char(&buf, 'b');
    buf_printf(&buf, "%d", 12);
    buf_repeat(&buf, '-', 3);
    CHECK_TEXT(buf_slice(&buf), "ab12---");
    CHECK_INT(buf.ptr[buf.len], 0);
    buf_clear(&buf);
    buf_printf(&buf, "%0500d", 9);
    CHECK_UINT(buf.len, 500);
    CHECK_INT(buf.ptr[499], '9');
    CHECK(!buf.failed);
    buf_free(&buf);
}

static void the_maximum_is_kept(void **state) {
    (void)state;
    struct buf buf = {.max = 5};
    buf_text(&buf, "12345");
    CHECK(!buf.failed);
    buf_char(&buf, '6');
    CHECK(buf.failed);
    CHECK_TEXT(buf_slice(&buf), "12345");
    buf_clear(&buf);
    buf_repeat(&buf, 'x', SIZE_MAX);
    CHECK(buf.failed);
    buf_clear(&buf);
    buf_text(&buf, "ok");
    CHECK_TEXT(buf_slice(&buf), "ok");
    buf_free(&buf);
    CHECK_UINT(buf.max, 5);
}

static void nothing_follows_a_failure(void **state) {
    (void)state;
    struct buf buf = {.max = 3};
    buf_text(&buf, "1234");
    buf_text(&buf, "1");
    CHECK(buf.failed);
    CHECK_TEXT(buf_slice(&buf), "");
    buf_free(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_built_piece_by_piece),
        cmocka_unit_test(the_maximum_is_kept),
        cmocka_unit_test(nothing_follows_a_failure),
    };
    return CHECK_RUN(tests);
}
