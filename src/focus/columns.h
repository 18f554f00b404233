/* SPDX-License-Identifier: Apache-2.0
 *
 * The columns by number. */
#ifndef TG_FOCUS_COLUMNS_H
#define TG_FOCUS_COLUMNS_H

#include "focus/focus.h"

enum focus_column {
#define COLUMN(id, versions, level, nulls, type) FOCUS_##id,
#include "focus/columns.def"
#undef COLUMN
    FOCUS_COLUMN_COUNT
};
enum { IN_1_2 = 1 << FOCUS_1_2, IN_1_4 = 1 << FOCUS_1_4, IN_BOTH = IN_1_2 | IN_1_4 };
enum focus_level { LEVEL_MANDATORY, LEVEL_CONDITIONAL, LEVEL_RECOMMENDED };
enum focus_type { TYPE_STRING, TYPE_DECIMAL, TYPE_DATETIME, TYPE_JSON, TYPE_UNIT, TYPE_CURRENCY };
struct focus_column_row {
    const char *id;
    unsigned versions;
    enum focus_level level;
    bool nulls;
    enum focus_type type;
};
extern const struct focus_column_row focus_columns[FOCUS_COLUMN_COUNT];
/* FOCUS_COLUMN_COUNT: there is none of this name. */
enum focus_column focus_column_find(struct slice id);

#endif
