/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of columns. */
#include "focus/columns.h"

#define LEVEL(level) LEVEL_##level
#define NULLS true
#define NO_NULLS false
const struct focus_column_row focus_columns[FOCUS_COLUMN_COUNT] = {
#define COLUMN(id, versions, level, nulls, type) [FOCUS_##id] = {#id, versions, LEVEL(level), nulls, TYPE_##type},
#include "focus/columns.def"
#undef COLUMN
};

enum focus_column focus_column_find(struct slice id) {
    int at = 0;
    while (at < FOCUS_COLUMN_COUNT && !slice_is(id, focus_columns[at].id))
        at++;
    return (enum focus_column)at;
}
