/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the parts of the check. */
#ifndef TG_FOCUS_CHECK_H
#define TG_FOCUS_CHECK_H

#include "focus/columns.h"
#include "focus/figure.h"
#include "focus/focus.h"

enum focus_rule_number {
#define RULE(name, id, severity, text, remedy) RULE_##name,
#include "focus/rules.def"
#undef RULE
    RULE_COUNT
};
enum { CHECK_COLUMNS_MAX = 256 };

struct check_sums { /* of one commitment discount */
    struct figure billed, effective;
    bool has_purchase, has_unused, has_overflow;
    uint64_t line;
};
struct check {
    struct focus_findings *findings;
    struct arena *arena; /* of the findings */
    struct names told;   /* "rule column" -> its finding */
    struct slice header[CHECK_COLUMNS_MAX];
    enum focus_column columns[CHECK_COLUMNS_MAX]; /* FOCUS_COLUMN_COUNT: none of the specification */
    uint32_t column_count;
    int places[FOCUS_COLUMN_COUNT]; /* in a row; -1: not in the file */
    struct slice cells[CHECK_COLUMNS_MAX];
    uint32_t cell_count;
    struct buf text; /* of the row's cells */
    size_t ends[CHECK_COLUMNS_MAX];
    uint64_t line;
    enum focus_version version;
    enum status status;  /* the first fault */
    struct names prices; /* SkuPriceId -> place of its sku */
    struct slice *price_skus;
    uint32_t price_cap;
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
/* check_across.c: what must hold between the cells of a row. */
void check_across(struct check *check);
/* What must hold between rows. */
void check_end(struct check *check);
/* check_cells.c: what must hold in a cell. */
void check_cells(struct check *check);
/* check_metadata.c. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status check_metadata(struct check *check, const char *path, struct slice *ret_version);
MUST_CHECK enum status check_metadata_columns(struct check *check, const char *path);

#endif
