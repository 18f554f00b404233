/* SPDX-License-Identifier: Apache-2.0
 *
 * The columns by number, those of all datasets in one row. */
#ifndef TG_FOCUS_COLUMNS_H
#define TG_FOCUS_COLUMNS_H

#include "focus/focus.h"

enum focus_column {
#define COLUMN(dataset, id, versions, level, nulls, type) dataset##_##id,
#include "focus/columns.def"
#undef COLUMN
    FOCUS_COLUMN_COUNT
};
#define VERSION_BIT(version) (1U << (version))
enum {
    SINCE_1_4 = VERSION_BIT(FOCUS_1_4),
    SINCE_1_3 = SINCE_1_4 | VERSION_BIT(FOCUS_1_3),
    SINCE_1_2 = SINCE_1_3 | VERSION_BIT(FOCUS_1_2),
    SINCE_1_1 = SINCE_1_2 | VERSION_BIT(FOCUS_1_1),
    SINCE_1_0 = SINCE_1_1 | VERSION_BIT(FOCUS_1_0),
    UNTIL_1_3 = SINCE_1_0 & ~SINCE_1_4,
};
enum focus_level {
    LEVEL_MANDATORY,
    LEVEL_CONDITIONAL, /* on what the vendor supports, which no file says */
    LEVEL_RECOMMENDED,
    LEVEL_RECOMMENDED_UNTIL_1_3, /* conditional from 1.4 on */
};
enum focus_type {
    TYPE_STRING,
    TYPE_DECIMAL,
    TYPE_DATETIME,
    TYPE_JSON,
    TYPE_KEY_VALUE, /* JSON whose values are neither objects nor lists */
    TYPE_UNIT,
    TYPE_CURRENCY,
    TYPE_PRICING_CURRENCY, /* until 1.3 also one that is no money, such as credits */
};
struct focus_column_row {
    const char *id;
    enum focus_dataset dataset;
    unsigned versions;
    enum focus_level level;
    bool nulls;
    enum focus_type type;
};
extern const struct focus_column_row focus_columns[FOCUS_COLUMN_COUNT];
/* FOCUS_COLUMN_COUNT: the dataset has none of this name. */
enum focus_column focus_column_find(enum focus_dataset dataset, struct slice id);
static inline bool focus_column_is_in(enum focus_column column, enum focus_dataset dataset,
                                      enum focus_version version) {
    const struct focus_column_row *row = &focus_columns[column];
    return row->dataset == dataset && (row->versions & VERSION_BIT(version)) != 0;
}
/* As metadata name it: STRING, DECIMAL, DATETIME, JSON. */
const char *focus_type_text(enum focus_type type);

#endif
