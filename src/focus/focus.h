/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills as datasets of FOCUS (FinOps Open Cost and Usage Specification, 1.2 to 1.4), and checks of such datasets
 * (1.0 to 1.4). In Cost and Usage what is sold ahead is amortised: its purchase is billed and costs nothing, the usage
 * that it covers is billed nothing and costs its share, and what is not used up by the end is a row of its own.
 * Rules: docs/focus.md, docs/decisions/0021-focus.md. */
#ifndef TG_FOCUS_FOCUS_H
#define TG_FOCUS_FOCUS_H

#include "base/diag.h"
#include "engine/view.h"
#include "export/export.h"

enum focus_version { FOCUS_1_0, FOCUS_1_1, FOCUS_1_2, FOCUS_1_3, FOCUS_1_4 };
const char *focus_version_text(enum focus_version version);
bool focus_version_parse(struct slice text, enum focus_version *ret);

enum focus_dataset {
    FOCUS_COST_AND_USAGE,
    FOCUS_CONTRACT_COMMITMENT, /* from 1.3 on */
    FOCUS_INVOICE_DETAIL,      /* these from 1.4 on */
    FOCUS_BILLING_PERIOD,
    FOCUS_DATASET_COUNT
};
struct focus_dataset_row {
    const char *word;         /* "cost-and-usage": as options and files name it */
    const char *id;           /* "CostAndUsage": as the specification does */
    const char *name;         /* "Cost and Usage" */
    enum focus_version since; /* the first version that has it */
};
extern const struct focus_dataset_row focus_datasets[FOCUS_DATASET_COUNT];
bool focus_dataset_parse(struct slice word_or_id, enum focus_dataset *ret);

/* ---- export ---- */

struct focus_options {
    enum focus_version version; /* from 1.2 on */
    enum focus_dataset dataset; /* that is written; the version has it */
    struct slice account;       /* only its rows; empty: all */
    int64_t from_ns, until_ns;  /* only rows whose billing period begins in here */
    struct slice issuer;        /* who issues the invoices; empty: each tariff's provider */
    struct slice terms;         /* of payment; empty: what is asked for is deducted when the invoice is issued */
    bool csv_safe;              /* as export_options */
};
struct focus;
MUST_CHECK enum status focus_new(const struct focus_options *options, struct focus **ret_focus);
void focus_free(struct focus *focus);
/* Bills are collected while a journal is folded from its start (book_watch); `focus` must outlive the watch. */
struct charge_watch focus_watch(struct focus *focus);
/* Then the shares of what was sold ahead, and what was not used up of it by now_ns, the latest tick (INSTANT_MIN: none
 * yet). The bills' tariffs must still be there. series: behind the tariff's name in the numbers of bills, such as
 * ".2"; may be empty. Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status focus_finish(struct focus *focus, int64_t now_ns, struct slice series);
/* Another dataset of the same fold is written from now on. */
void focus_choose(struct focus *focus, enum focus_dataset dataset);
uint64_t focus_row_count(const struct focus *focus);
/* The rows as CSV, and the metadata that belongs to them as JSON. now_ns is their creation. Fails: STATUS_NO_MEMORY;
 * faults of writing stay in the sink. */
MUST_CHECK enum status focus_csv(const struct focus *focus, struct sink *sink);
MUST_CHECK enum status focus_metadata(const struct focus *focus, int64_t now_ns, struct sink *sink);
/* Both as one object: {"metadata": …, "rows": [{column: text or null}, …]}. Fails: as above. */
MUST_CHECK enum status focus_json(const struct focus *focus, int64_t now_ns, struct sink *sink);

/* ---- check ---- */

enum focus_severity { FOCUS_MUST, FOCUS_SHOULD };
struct focus_finding {
    const char *rule; /* its id */
    enum focus_severity severity;
    uint64_t line;       /* of the file, from 1; 0: the whole of it */
    struct slice column; /* may be empty */
    struct slice text, remedy;
    uint64_t more; /* rows further down that break the same rule in the same column */
};
struct focus_findings {
    struct arena arena;
    struct focus_finding *list; /* in the order of the file */
    uint32_t count, cap;
    uint64_t rows;
    uint32_t column_count;
    enum focus_version version;
    enum focus_dataset dataset;
    uint32_t must_count; /* of findings */
};
struct focus_check_options {
    bool has_version, has_dataset;
    enum focus_version version; /* else that of the metadata, else what the columns look like */
    enum focus_dataset dataset; /* likewise */
    const char *metadata;       /* path; NULL: there is none */
};
/* Read a file ("-": standard input) and hold it against the rules. Each rule is told once per column, at its first row.
 * Fails: STATUS_IO, STATUS_NO_MEMORY; *ret_path is then the file. */
MUST_CHECK enum status focus_check(const char *path, const struct focus_check_options *options,
                                   struct focus_findings *ret_findings, const char **ret_path);
void focus_findings_free(struct focus_findings *findings);
void focus_findings_json(const struct focus_findings *findings, struct json_writer *writer);
/* Every rule that is checked: id and text. */
struct focus_rule {
    const char *id;
    enum focus_severity severity;
    const char *text, *remedy;
};
const struct focus_rule *focus_rules(uint32_t *ret_count);

#endif
