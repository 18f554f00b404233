/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns: widths by code points, alignment, rows of running text, nothing trailing, nothing that steers a terminal. */
#include "export/grid.h"
#include "support/check.h"

static void columns_are_as_wide_as_their_widest_cell(void **state) {
    (void)state;
    struct grid grid = {0};
    struct buf out = {0};
    grid_start(&grid, "lrl", true);
    const char *const cells[] = {"item", "amount", "note", "söme", "1", "", "a", "12345678", "x"};
    for (size_t i = 0; i < CHECK_COUNT(cells); i++)
        grid_cell(&grid, slice_of(cells[i]));
    grid_print(&grid, 2, false, &out);
    CHECK_TEXT(buf_slice(&out), "  item    amount  note\n"
                                "  söme         1\n"
                                "  a     12345678  x\n");
    CHECK(!grid.failed);
    buf_free(&out);
    grid_free(&grid);
}

static void empty_cells_keep_their_place(void **state) {
    (void)state;
    struct grid grid = {0};
    struct buf out = {0};
    grid_start(&grid, "lrr", false);
    const char *const cells[] = {"a", "", "1", "b", "22", "", "", "", "333"};
    for (size_t i = 0; i < CHECK_COUNT(cells); i++)
        grid_cell(&grid, slice_of(cells[i]));
    grid_print(&grid, 0, false, &out);
    CHECK_TEXT(buf_slice(&out), "a        1\n"
                                "b  22\n"
                                "       333\n");
    buf_free(&out);
    grid_free(&grid);
}

static void running_text_and_short_rows_take_no_part(void **state) {
    (void)state;
    struct grid grid = {0};
    struct buf out = {0};
    grid_start(&grid, "ll", false);
    grid_printf(&grid, "%d", 1);
    grid_row_end(&grid);
    grid_text(&grid, SLICE("a long line that is wider than all columns"));
    grid_cell(&grid, SLICE("2"));
    grid_cell(&grid, SLICE("x"));
    grid_print(&grid, 1, false, &out);
    CHECK_TEXT(buf_slice(&out), " 1\n a long line that is wider than all columns\n 2  x\n");
    buf_clear(&out);
    grid_start(&grid, "l", true);
    grid_cell(&grid, SLICE("head"));
    grid_cell(&grid, SLICE("body"));
    grid_print(&grid, 0, true, &out);
    CHECK_TEXT(buf_slice(&out), "\033[1mhead\033[0m\nbody\n");
    buf_free(&out);
    grid_free(&grid);
}

static void control_characters_become_question_marks(void **state) {
    (void)state;
    static const struct {
        const char *row, *text, *want;
    } rows[] = {
        {"plain text stays", "a b", "a b"},
        {"letters of other scripts stay", "ä 中 é", "ä 中 é"},
        {"an escape and a bell", "\033]0;x\a", "?]0;x?"},
        {"line ends and tabs", "a\r\n\tb", "a???b"},
        {"delete", "a\177", "a?"},
        {"the eight-bit escape of UTF-8", "a\302\233b", "a?b"},
        {"a cut letter stays as it is", "a\302", "a\302"},
    };
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        buf_visible(&out, slice_of(row->text));
        CHECK_TEXT(buf_slice(&out), row->want);
        buf_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(empty_cells_keep_their_place),
        cmocka_unit_test(running_text_and_short_rows_take_no_part),
        cmocka_unit_test(control_characters_become_question_marks),
    };
    return CHECK_RUN(tests);
}
