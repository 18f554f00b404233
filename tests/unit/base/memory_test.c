/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allocation fails once: the fault is told, nothing is half done, nothing leaks (the address sanitizer looks). */
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/names.h"
#include "base/trace.h"
#include "support/check.h"
#include "support/refuse.h"

/* Each returns whether memory was out. */

static bool names_run(void) {
    struct names names = {.arena = {.block_size = 64}};
    bool was_out = false;
    char text[8] = "name-a";
    for (uint32_t i = 0; i < 26; i++) {
        uint32_t index = NAMES_NONE;
        text[5] = (char)('a' + i);
        enum status status = names_add(&names, SLICE("name-a"), &index);
        if (status == STATUS_OK)
            status = names_add(&names, (struct slice){text, 6}, &index);
        was_out = was_out || status == STATUS_NO_MEMORY;
        assert_true((status == STATUS_OK) ==
                    (index != NAMES_NONE && names_find(&names, (struct slice){text, 6}) == index));
        if (status != STATUS_OK) /* and it can be tried again */
            assert_int_equal(names_add(&names, (struct slice){text, 6}, &index), STATUS_OK);
    }
    assert_int_equal(names.count, 26);
    names_free(&names);
    return was_out;
}

static bool diags_run(void) {
    struct diags diags = {.arena = {.block_size = 64}};
    for (int i = 20; i > 0; i--)
        diags_add(&diags, SEVERITY_ERROR, (struct place){.line = (uint32_t)i}, "a hint", "message %d", i);
    assert_int_equal(diags.error_count, 20);
    bool was_out = diags.count < 20;
    assert_true(diags.count >= 19);
    diags_sort(&diags);
    was_out = was_out || diags.list[0].place.line > diags.list[1].place.line;
    diags_free(&diags);
    return was_out;
}

static bool buf_run(void) {
    struct buf buf = {0};
    for (int i = 0; i < 100; i++)
        buf_printf(&buf, "line %d\n", i);
    buf_printf(&buf, "%03000d", 1);
    bool was_out = buf.failed;
    assert_true(was_out || buf.len == 790 + 3000);
    buf_free(&buf);
    return was_out;
}

static bool arena_run(void) {
    struct arena run = {.block_size = 64};
    struct trace trace = {.arena = &run};
    bool was_out = false;
    for (int i = 0; i < 20; i++) {
        was_out = arena_printf(&run, "%0300d", i).ptr == NULL || was_out;
        was_out = arena_copy(&run, SLICE("some text")).ptr == NULL || was_out;
        trace_add(&trace, "note", SLICE(""), "step %d", i);
    }
    was_out = was_out || trace.count < 20;
    assert_true(trace.count >= 19);
    arena_free(&run);
    return was_out;
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    static const struct {
        const char *row;
        bool (*run)(void);
    } rows[] = {{"names", names_run}, {"messages", diags_run}, {"text builder", buf_run}, {"arena, trace", arena_run}};
    FOR_ROWS(row, rows) {
        bool was_out = true;
        unsigned failing = 0;
        for (; was_out && failing < 1000; failing++) {
            refuse_at = failing + 1;
            was_out = row->run();
            refuse_at = 0;
        }
        CHECK(failing > 2 && failing < 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return CHECK_RUN(tests);
}
