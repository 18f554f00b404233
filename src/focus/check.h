/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the parts of the check. */
#ifndef TG_FOCUS_CHECK_H
#define TG_FOCUS_CHECK_H

#include "base/csv_lines.h"
#include "cxx/json.h"
#include "focus/columns.h"
#include "focus/figure.h"
#include "focus/focus.h"

enum focus_rule_number {
#define RULE(name, id, severity, text, remedy) RULE_##name,
#include "focus/rules.def"
#undef RULE
    RULE_COUNT
};
enum { CHECK_COLUMNS_MAX = 1024, CHECK_ROW_MAX = 16 << 20 };

struct check_sums { /* of one commitment discount */
    struct figure billed, effective;
    bool has_purchase, has_unused, has_overflow;
    uint64_t line;
};
enum { BOND_COUNT = 4 };
struct check_bond { /* what has one parent and no other */
    struct names children;
    struct slice *parents; /* of each child */
    uint32_t cap;
};
struct check {
    struct focus_findings *findings;
    struct arena *arena; /* of the findings */
    struct names told;   /* "rule column" -> its finding */
    struct buf told_key, told_text, json;
    struct slice header[CHECK_COLUMNS_MAX];
    enum focus_column columns[CHECK_COLUMNS_MAX]; /* FOCUS_COLUMN_COUNT: none of the specification */
    uint32_t column_count;
    int places[FOCUS_COLUMN_COUNT]; /* in a row; -1: not in the file */
    struct slice cells[CHECK_COLUMNS_MAX];
    uint32_t cell_count;
    struct buf text; /* of the row's cells */
    size_t ends[CHECK_COLUMNS_MAX];
    uint64_t line; /* of the row at hand, where it begins */
    struct csv_lines lines;
    size_t row_bytes; /* read since then, by blocks */
    enum focus_version version;
    enum focus_dataset dataset;
    enum status status; /* the first fault */
    struct check_bond bonds[BOND_COUNT];
    struct names invoice_details; /* of invoices */
    struct names commitments;
    struct check_sums *sums;
    uint32_t sum_cap;
    struct json_parser *parser;
};
/* A rule is broken in a column (empty: none) of the row at hand. */
PRINTF(4, 5)
void check_tell(struct check *check, enum focus_rule_number rule, struct slice column, const char *format, ...);
/* The cell of a column in the row at hand; empty when it is null or not in the file. */
struct slice check_cell(const struct check *check, enum focus_column column);
static inline bool check_has(const struct check *check, enum focus_column column) {
    return check->places[column] >= 0;
}
/* As id_of(column) in messages. */
static inline struct slice check_id(enum focus_column column) {
    return slice_of(focus_columns[column].id);
}
static inline bool check_filled(const struct check *check, enum focus_column column) {
    return check_cell(check, column).len > 0;
}
static inline bool check_is(const struct check *check, enum focus_column column, const char *value) {
    return slice_is(check_cell(check, column), value);
}
/* A cell that is a number. */
bool check_number(const struct check *check, enum focus_column column, struct figure *ret);
/* A column that is in the file and must be null, or must not, in this row. */
void check_null(struct check *check, enum focus_rule_number rule, enum focus_column column, bool be_null,
                const char *because);
/* The end of a period is behind its start. */
void check_period(struct check *check, enum focus_column start, enum focus_column end);
/* A child has the same parent in every row. */
void check_parent(struct check *check, int bond, enum focus_rule_number rule, enum focus_column child,
                  enum focus_column parent);
/* check_row.c: what must hold between the cells of a row of Cost and Usage. */
void check_costs(struct check *check);
/* check_supplement.c: the same of the other datasets. */
void check_supplement(struct check *check);
/* check_rows.c: what must hold between rows, while they pass and behind the last. */
void check_between(struct check *check);
void check_end(struct check *check);
/* check_cells.c: what must hold in a cell. */
void check_cells(struct check *check);
/* check_json.c: what must hold within JSON. */
void check_json(struct check *check, enum focus_column column, struct slice cell);
/* check_metadata.c. What they say of the file is NULL, or no dataset, where they say nothing. Fails: STATUS_IO,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status check_metadata(struct check *check, const char *path, bool has_dataset,
                                      struct slice *ret_version, enum focus_dataset *ret_dataset);
MUST_CHECK enum status check_metadata_columns(struct check *check, const char *path);
/* Tokens: the value of a key of an object, NULL: there is none; its text, empty where it has none. */
const struct json_token *check_member(const struct json_token *object, const char *key);
struct slice check_member_text(const struct json_token *object, const char *key);
static inline size_t check_span(const struct json_token *token) {
    return token->type == JSON_OBJECT || token->type == JSON_ARRAY ? token->len : 1;
}

#endif
