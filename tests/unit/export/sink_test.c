/* SPDX-License-Identifier: Apache-2.0
 *
 * Text on its way out: handed on in pieces, in order, whole; the first fault stays. */
#include "export/export.h"
#include "support/check.h"

struct target {
    struct buf text;
    unsigned calls;
    enum status answer;
};

static enum status target_write(void *context, struct slice text) {
    struct target *target = context;
    target->calls++;
    buf_append(&target->text, text);
    return target->answer;
}

static void large_text_goes_out_in_pieces(void **state) {
    (void)state;
    struct target target = {0};
    struct sink sink = {.write = target_write, .context = &target};
    for (int i = 0; i < 30000; i++) {
        buf_printf(&sink.buf, "%08d", i);
        sink_spill(&sink);
    }
    CHECK(sink.buf.cap < 256u * 1024);
    CHECK_OK(sink_finish(&sink));
    CHECK(target.calls >= 3);
    CHECK_UINT(target.text.len, 240000);
    CHECK(memcmp(target.text.ptr + 239992, "00029999", 8) == 0);
    buf_free(&target.text);
}

static void little_text_waits(void **state) {
    (void)state;
    struct target target = {0};
    struct sink sink = {.write = target_write, .context = &target};
    buf_text(&sink.buf, "x");
    sink_spill(&sink);
    CHECK_UINT(target.calls, 0);
    CHECK_OK(sink_finish(&sink));
    CHECK_TEXT(buf_slice(&target.text), "x");
    buf_free(&target.text);
}

static void the_first_fault_stays(void **state) {
    (void)state;
    struct target target = {.answer = STATUS_IO};
    struct sink sink = {.write = target_write, .context = &target};
    for (int i = 0; i < 3; i++) {
        buf_repeat(&sink.buf, 'x', 100000);
        sink_spill(&sink);
    }
    CHECK_STATUS(sink_finish(&sink), STATUS_IO);
    CHECK_UINT(target.calls, 1);
    buf_free(&target.text);
}

static void lost_memory_is_a_fault(void **state) {
    (void)state;
    struct target target = {0};
    struct sink sink = {.buf = {.max = 10}, .write = target_write, .context = &target};
    buf_text(&sink.buf, "longer than ten bytes");
    CHECK_STATUS(sink_finish(&sink), STATUS_NO_MEMORY);
    CHECK_UINT(target.calls, 0);
    buf_free(&target.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_text_goes_out_in_pieces),
        cmocka_unit_test(little_text_waits),
        cmocka_unit_test(the_first_fault_stays),
        cmocka_unit_test(lost_memory_is_a_fault),
    };
    return CHECK_RUN(tests);
}
