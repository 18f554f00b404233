/* SPDX-License-Identifier: Apache-2.0
 *
 * A file held against the rules: it is read row by row, and a rule is told once for each column, at its first row. */
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file_kind.h"
#include "cxx/json.h"
#include "focus/check.h"

static const struct focus_rule rules[RULE_COUNT] = {
#define RULE(name, id, severity, text, remedy) [RULE_##name] = {id, FOCUS_##severity, text, remedy},
#include "focus/rules.def"
#undef RULE
};

const struct focus_rule *focus_rules(uint32_t *ret_count) {
    *ret_count = RULE_COUNT;
    return rules;
}

/* ---- findings ---- */

static enum status finding_add(struct check *check, struct focus_finding finding) {
    struct focus_findings *findings = check->findings;
    if (findings->count == findings->cap) {
        uint32_t cap = findings->cap ? findings->cap * 2 : 16;
        struct focus_finding *list = realloc(findings->list, cap * sizeof *list);
        if (list == NULL)
            return STATUS_NO_MEMORY;
        findings->list = list;
        findings->cap = cap;
    }
    findings->list[findings->count++] = finding;
    findings->must_count += finding.severity == FOCUS_MUST;
    return STATUS_OK;
}

static enum status finding_new(struct check *check, enum focus_rule_number rule, struct slice column) {
    struct focus_finding finding = {.rule = rules[rule].id,
                                    .severity = rules[rule].severity,
                                    .line = check->line,
                                    .column = arena_copy(check->arena, column),
                                    .text = arena_copy(check->arena, buf_slice(&check->told_text)),
                                    .remedy = slice_of(rules[rule].remedy)};
    return finding.column.ptr && finding.text.ptr ? finding_add(check, finding) : STATUS_NO_MEMORY;
}

/* A rule that was told of the column is only counted: a million rows may break it. */
void check_tell(struct check *check, enum focus_rule_number rule, struct slice column, const char *format, ...) {
    uint32_t index;
    buf_clear(&check->told_key);
    buf_printf(&check->told_key, "%d %.*s", (int)rule, SLICE_ARG(column));
    if (check->told_key.failed || check->status != STATUS_OK) {
        check->status = check->status == STATUS_OK ? STATUS_NO_MEMORY : check->status;
        return;
    }
    index = names_find(&check->told, buf_slice(&check->told_key));
    if (index != NAMES_NONE) {
        check->findings->list[index].more++;
        return;
    }
    check->status = names_add(&check->told, buf_slice(&check->told_key), &index);
    if (check->status != STATUS_OK)
        return;
    va_list args;
    va_start(args, format);
    buf_clear(&check->told_text);
    buf_vprintf(&check->told_text, format, args);
    va_end(args);
    check->status = check->told_text.failed ? STATUS_NO_MEMORY : finding_new(check, rule, column);
}

struct slice check_cell(const struct check *check, enum focus_column column) {
    int place = check->places[column];
    return place >= 0 && (uint32_t)place < check->cell_count ? check->cells[place] : SLICE("");
}

/* ---- the columns ---- */

static void column_read(struct check *check, uint32_t at) {
    struct slice id = check->header[at];
    enum focus_column column = focus_column_find(check->dataset, id);
    struct slice names[FOCUS_COLUMN_COUNT];
    size_t count = 0;
    check->columns[at] = column;
    for (uint32_t i = 0; i < at; i++)
        if (slice_eq(check->header[i], id))
            check_tell(check, RULE_COLUMN_TWICE, id, "\"%.*s\" is there twice", SLICE_ARG(id));
    if (column < FOCUS_COLUMN_COUNT) {
        if (check->places[column] < 0)
            check->places[column] = (int)at;
        if (!focus_column_is_in(column, check->dataset, check->version))
            check_tell(check, RULE_COLUMN_VERSION, id, "FOCUS %s has no column \"%.*s\" in %s",
                       focus_version_text(check->version), SLICE_ARG(id), focus_datasets[check->dataset].name);
        return;
    }
    if (slice_starts(id, SLICE("x_")))
        return;
    for (int i = 0; i < FOCUS_COLUMN_COUNT; i++)
        if (focus_column_is_in((enum focus_column)i, check->dataset, check->version))
            names[count++] = slice_of(focus_columns[i].id);
    struct slice near = names_suggest(id, names, count);
    check_tell(check, RULE_COLUMN_UNKNOWN, id, "FOCUS has no column \"%.*s\" in %s%s%.*s%s", SLICE_ARG(id),
               focus_datasets[check->dataset].name, near.len > 0 ? "; did you mean \"" : "", SLICE_ARG(near),
               near.len > 0 ? "\"?" : "");
}

static bool is_own(struct slice id) {
    return slice_starts(id, SLICE("x_"));
}

static void order_check(struct check *check) {
    for (uint32_t i = 1; i < check->column_count; i++) {
        struct slice before = check->header[i - 1], id = check->header[i];
        bool is_right = is_own(before) == is_own(id) ? slice_cmp(before, id) <= 0 : is_own(id);
        if (is_right)
            continue;
        check_tell(check, RULE_COLUMN_ORDER, id, "\"%.*s\" stands behind \"%.*s\"", SLICE_ARG(id), SLICE_ARG(before));
        return;
    }
}

/* Groups: where one of them is, all of them are. */
static void together_check(struct check *check) {
    static const enum focus_column groups[][8] = {
        {FOCUS_CommitmentDiscountId, FOCUS_CommitmentDiscountCategory, FOCUS_CommitmentDiscountName,
         FOCUS_CommitmentDiscountQuantity, FOCUS_CommitmentDiscountStatus, FOCUS_CommitmentDiscountType,
         FOCUS_CommitmentDiscountUnit, FOCUS_COLUMN_COUNT},
        {FOCUS_CapacityReservationId, FOCUS_CapacityReservationStatus, FOCUS_COLUMN_COUNT},
        {FOCUS_ConsumedQuantity, FOCUS_ConsumedUnit, FOCUS_COLUMN_COUNT},
        {FOCUS_RegionId, FOCUS_RegionName, FOCUS_COLUMN_COUNT},
        {FOCUS_SubAccountId, FOCUS_SubAccountName, FOCUS_COLUMN_COUNT},
        {FOCUS_SkuId, FOCUS_SkuMeter, FOCUS_SkuPriceDetails, FOCUS_SkuPriceId, FOCUS_COLUMN_COUNT},
        {FOCUS_ResourceId, FOCUS_ResourceName, FOCUS_COLUMN_COUNT},
        {FOCUS_AllocatedMethodId, FOCUS_AllocatedResourceId, FOCUS_AllocatedResourceName, FOCUS_AllocatedTags,
         FOCUS_COLUMN_COUNT},
        {COMMITMENT_PricingCurrency, COMMITMENT_PricingCurrencyContractCommitmentCost, FOCUS_COLUMN_COUNT},
        {INVOICE_PaymentCurrency, INVOICE_PaymentCurrencyBilledCost, FOCUS_COLUMN_COUNT},
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        enum focus_column one = FOCUS_COLUMN_COUNT;
        for (size_t k = 0; groups[i][k] < FOCUS_COLUMN_COUNT; k++)
            one = check_has(check, groups[i][k]) && one == FOCUS_COLUMN_COUNT ? groups[i][k] : one;
        for (size_t k = 0; one < FOCUS_COLUMN_COUNT && groups[i][k] < FOCUS_COLUMN_COUNT; k++)
            if (!check_has(check, groups[i][k]) && focus_column_is_in(groups[i][k], check->dataset, check->version))
                check_tell(check, RULE_COLUMN_TOGETHER, slice_of(focus_columns[groups[i][k]].id),
                           "there is %s, but no column \"%s\"", focus_columns[one].id, focus_columns[groups[i][k]].id);
    }
}

static void header_check(struct check *check) {
    for (uint32_t i = 0; i < check->column_count; i++)
        column_read(check, i);
    for (int i = 0; i < FOCUS_COLUMN_COUNT; i++) {
        const struct focus_column_row *row = &focus_columns[i];
        bool is_recommended = row->level == LEVEL_RECOMMENDED ||
                              (row->level == LEVEL_RECOMMENDED_UNTIL_1_3 && check->version < FOCUS_1_4);
        if (check_has(check, (enum focus_column)i) ||
            !focus_column_is_in((enum focus_column)i, check->dataset, check->version))
            continue;
        if (row->level == LEVEL_MANDATORY)
            check_tell(check, RULE_COLUMN_MISSING, slice_of(row->id), "there is no column \"%s\"", row->id);
        else if (is_recommended)
            check_tell(check, RULE_COLUMN_RECOMMENDED, slice_of(row->id), "there is no column \"%s\"", row->id);
    }
    order_check(check);
    together_check(check);
}

/* ---- the rows ---- */

static void on_cell(void *bytes, size_t len, void *context) {
    struct check *check = context;
    if (check->cell_count < CHECK_COLUMNS_MAX) {
        buf_append(&check->text, (struct slice){bytes ? bytes : "", len});
        check->ends[check->cell_count] = check->text.len;
    }
    csv_lines_cell(&check->lines, (struct slice){bytes ? bytes : "", len});
    check->cell_count++;
}

static void cells_cut(struct check *check) {
    size_t from = 0;
    uint32_t count = check->cell_count < CHECK_COLUMNS_MAX ? check->cell_count : CHECK_COLUMNS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        check->cells[i] = (struct slice){buf_slice(&check->text).ptr + from, check->ends[i] - from};
        from = check->ends[i];
    }
}

static void header_take(struct check *check) {
    if (check->cell_count > CHECK_COLUMNS_MAX)
        check_tell(check, RULE_CSV_FORM, SLICE(""), "%u columns: more than %d are not read", check->cell_count,
                   CHECK_COLUMNS_MAX);
    check->column_count = check->cell_count < CHECK_COLUMNS_MAX ? check->cell_count : CHECK_COLUMNS_MAX;
    for (uint32_t i = 0; i < check->column_count; i++) {
        check->header[i] = arena_copy(check->arena, check->cells[i]);
        if (check->header[i].ptr == NULL)
            check->status = STATUS_NO_MEMORY;
    }
}

static bool header_names(const struct check *check, const char *id) {
    for (uint32_t i = 0; i < check->column_count; i++)
        if (slice_is(check->header[i], id))
            return true;
    return false;
}

/* What the columns look like, when nobody says it. */
static enum focus_dataset dataset_guess(const struct check *check) {
    return header_names(check, "BilledCost") && header_names(check, "EffectiveCost") ? FOCUS_COST_AND_USAGE
           : header_names(check, "ContractCommitmentId")                             ? FOCUS_CONTRACT_COMMITMENT
           : header_names(check, "InvoiceDetailGrain") || header_names(check, "InvoiceIssueStatus")
               ? FOCUS_INVOICE_DETAIL
           : header_names(check, "BillingPeriodStatus") ? FOCUS_BILLING_PERIOD
                                                        : FOCUS_COST_AND_USAGE;
}

/* The oldest that has all their columns; one that was dropped since may not be there. */
static enum focus_version version_guess(const struct check *check) {
    unsigned versions = SINCE_1_0;
    int version = FOCUS_1_0;
    for (uint32_t i = 0; i < check->column_count; i++) {
        enum focus_column column = focus_column_find(check->dataset, check->header[i]);
        if (column < FOCUS_COLUMN_COUNT && (versions & focus_columns[column].versions) != 0)
            versions &= focus_columns[column].versions;
    }
    if (check->dataset == FOCUS_COST_AND_USAGE && !header_names(check, "ProviderName"))
        return FOCUS_1_4;
    while (version < FOCUS_1_4 && (versions & VERSION_BIT(version)) == 0)
        version++;
    return (enum focus_version)version;
}

struct reading {
    struct check *check;
    bool is_version_known, is_dataset_known;
};

static void findings_head(struct check *check) {
    check->findings->version = check->version;
    check->findings->dataset = check->dataset;
}

static void first_row(struct reading *reading) {
    struct check *check = reading->check;
    header_take(check);
    if (!reading->is_dataset_known)
        check->dataset = dataset_guess(check);
    if (!reading->is_version_known)
        check->version = version_guess(check);
    findings_head(check);
    if (check->status == STATUS_OK)
        header_check(check);
}

static void next_row(struct check *check) {
    check->findings->rows++;
    uint32_t count = check->cell_count < CHECK_COLUMNS_MAX ? check->cell_count : CHECK_COLUMNS_MAX;
    if (count != check->column_count) {
        check_tell(check, RULE_CSV_CELLS, SLICE(""), "%u cells, and there are %u columns", check->cell_count,
                   check->column_count);
        return;
    }
    check_cells(check);
    if (check->dataset == FOCUS_COST_AND_USAGE)
        check_costs(check);
    else
        check_supplement(check);
    check_between(check);
}

static void on_row(int end, void *context) {
    struct reading *reading = context;
    struct check *check = reading->check;
    bool is_row = csv_lines_row(&check->lines, check->cell_count > 0, end);
    check->line = check->lines.line;
    check->row_bytes = 0;
    if (!is_row)
        return;
    cells_cut(check);
    if (check->status == STATUS_OK && check->column_count == 0)
        first_row(reading);
    else if (check->status == STATUS_OK)
        next_row(check);
    if (check->text.failed)
        check->status = STATUS_NO_MEMORY;
    buf_clear(&check->text);
    check->cell_count = 0;
}

static void on_reading_cell(void *bytes, size_t len, void *context) {
    struct reading *reading = context;
    on_cell(bytes, len, reading->check);
}

/* Blanks belong to the cell. */
static int is_no_space(unsigned char c) {
    (void)c;
    return 0;
}

/* A block of the file. False: there is no sense in reading on. */
static bool block_read(struct csv_parser *parser, struct reading *reading, struct slice block) {
    struct check *check = reading->check;
    check->row_bytes += block.len;
    bool is_right = csv_parse(parser, block.ptr, block.len, on_reading_cell, on_row, reading) == block.len;
    if (is_right && check->row_bytes <= CHECK_ROW_MAX)
        return true;
    if (csv_error(parser) == CSV_ENOMEM) {
        check->status = STATUS_NO_MEMORY;
        return false;
    }
    check->line = check->lines.next;
    check_tell(check, RULE_CSV_FORM, SLICE(""), "%s",
               is_right ? "a row of more than 16 MB begins here: a quote may not be closed"
                        : "this row is no CSV: a quote stands where none may");
    return false;
}

static enum status file_read(FILE *file, struct csv_parser *parser, struct reading *reading) {
    struct check *check = reading->check;
    char bytes[65536];
    bool is_first = true;
    for (size_t len; check->status == STATUS_OK && (len = fread(bytes, 1, sizeof bytes, file)) > 0;) {
        size_t skip = is_first && len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        struct slice block = {bytes + skip, len - skip};
        const char *kind = is_first ? file_kind(block) : NULL;
        if (is_first && kind == NULL)
            kind = file_separation(block);
        is_first = false;
        if (kind) {
            check->line = 1;
            check_tell(check, RULE_CSV_KIND, SLICE(""), "the file is %s", kind);
        }
        if (kind || !block_read(parser, reading, block))
            return check->status;
    }
    if (ferror(file))
        return STATUS_IO;
    if (check->status == STATUS_OK && csv_fini(parser, on_reading_cell, on_row, reading) != 0) {
        check->line = check->lines.next;
        check_tell(check, RULE_CSV_FORM, SLICE(""), "the file ends inside quotes");
    }
    return check->status;
}

static enum status rows_check(const char *path, struct reading *reading) {
    struct check *check = reading->check;
    struct csv_parser parser;
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rb");
    if (file == NULL)
        return STATUS_IO;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        if (!is_input)
            fclose(file);
        return STATUS_NO_MEMORY;
    }
    csv_set_space_func(&parser, is_no_space);
    enum status status = file_read(file, &parser, reading);
    csv_free(&parser);
    if (!is_input)
        fclose(file);
    if (status == STATUS_OK && check->column_count == 0 && check->findings->count == 0) {
        check->line = 1;
        check_tell(check, RULE_CSV_FORM, SLICE(""), "the file is empty: its first row names the columns");
    }
    return status == STATUS_OK ? check->status : status;
}

static void check_free(struct check *check) {
    names_free(&check->told);
    names_free(&check->invoice_details);
    names_free(&check->commitments);
    for (int i = 0; i < BOND_COUNT; i++) {
        names_free(&check->bonds[i].children);
        free(check->bonds[i].parents);
    }
    free(check->sums);
    buf_free(&check->told_key);
    buf_free(&check->told_text);
    buf_free(&check->json);
    buf_free(&check->text);
    json_parser_free(check->parser);
}

static enum status check_all(struct check *check, const char *path, const struct focus_check_options *options,
                             const char **ret_path) {
    struct slice version = {0};
    struct reading reading = {check, options->has_version, options->has_dataset};
    enum focus_dataset said = FOCUS_DATASET_COUNT;
    check->version = options->has_version ? options->version : FOCUS_1_4;
    check->dataset = options->dataset;
    findings_head(check);
    check->lines.next = 1;
    check->parser = json_parser_new();
    if (check->parser == NULL)
        return STATUS_NO_MEMORY;
    *ret_path = options->metadata;
    if (options->metadata)
        TRY(check_metadata(check, options->metadata, options->has_dataset, &version, &said));
    if (!options->has_dataset && said < FOCUS_DATASET_COUNT) {
        check->dataset = said;
        reading.is_dataset_known = true;
    }
    if (!options->has_version && version.len > 0)
        reading.is_version_known = focus_version_parse(version, &check->version);
    *ret_path = path;
    TRY(rows_check(path, &reading));
    check->line = 0;
    check_end(check);
    *ret_path = options->metadata;
    if (options->metadata && check->column_count > 0)
        TRY(check_metadata_columns(check, options->metadata));
    if (options->metadata && version.len > 0 && !slice_is(version, focus_version_text(check->version)))
        check_tell(check, RULE_METADATA_VERSION, SLICE("FocusVersion"),
                   "the metadata say \"%.*s\", the file is checked as %s", SLICE_ARG(version),
                   focus_version_text(check->version));
    check->findings->column_count = check->column_count;
    return check->status;
}

enum status focus_check(const char *path, const struct focus_check_options *options,
                        struct focus_findings *ret_findings, const char **ret_path) {
    struct focus_findings findings = {.count = 0};
    struct check *check = calloc(1, sizeof *check);
    if (check == NULL)
        return STATUS_NO_MEMORY;
    check->findings = &findings;
    check->arena = &findings.arena;
    for (int i = 0; i < FOCUS_COLUMN_COUNT; i++)
        check->places[i] = -1;
    enum status status = check_all(check, path, options, ret_path);
    check_free(check);
    free(check);
    if (status == STATUS_OK)
        *ret_findings = findings;
    else
        focus_findings_free(&findings);
    return status;
}

void focus_findings_free(struct focus_findings *findings) {
    free(findings->list);
    arena_free(&findings->arena);
    *findings = (struct focus_findings){0};
}

void focus_findings_json(const struct focus_findings *findings, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "version", slice_of(focus_version_text(findings->version)));
    json_member(writer, "dataset", slice_of(focus_datasets[findings->dataset].id));
    json_key(writer, "columns");
    json_uint(writer, findings->column_count);
    json_key(writer, "rows");
    json_uint(writer, findings->rows);
    json_key(writer, "findings");
    json_array(writer);
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct focus_finding *finding = &findings->list[i];
        json_object(writer);
        json_member(writer, "rule", slice_of(finding->rule));
        json_member(writer, "severity", finding->severity == FOCUS_MUST ? SLICE("must") : SLICE("should"));
        json_key(writer, "line");
        if (finding->line > 0)
            json_uint(writer, finding->line);
        else
            json_null(writer);
        json_optional(writer, "column", finding->column);
        json_member(writer, "text", finding->text);
        json_member(writer, "remedy", finding->remedy);
        json_key(writer, "more_rows");
        json_uint(writer, finding->more);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_object_end(writer);
}
