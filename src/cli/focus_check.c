/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate focus check: a FOCUS file held against the specification's rules. */
#include "cli/common.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "focus/focus.h"

#include <errno.h>

static const struct option options[] = {
    {"metadata", "FILE", "the metadata that belong to the file", NULL, false},
    {"version", "VERSION", "of the specification; default: what the metadata say, else what the columns look like",
     "1.0|1.1|1.2|1.3|1.4", false},
    {"dataset", "NAME", "which dataset of the specification it is; default: as for the version",
     "cost-and-usage|contract-commitment|invoice-detail|billing-period", false},
    {"rules", NULL, "print every rule that is checked", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate focus check focus/focus.csv --metadata focus/focus-metadata.json", "a file with its metadata"},
    {"tollgate focus check vendor.csv --version 1.2 --json", "somebody else's, as JSON"},
    {"zcat vendor.csv.gz | tollgate focus check -", "one that is packed"},
    {"tollgate focus check --rules", "what is checked"},
};

static const char *severity_name(enum focus_severity severity) {
    return severity == FOCUS_MUST ? "must" : "should";
}

static int rules_print(const struct call *call) {
    uint32_t count;
    const struct focus_rule *rules = focus_rules(&count);
    struct sink out = output_sink();
    struct grid grid = {0};
    struct json_writer writer = {.out = &out.buf};
    if (is_json(call)) {
        json_object(&writer);
        json_key(&writer, "rules");
        json_array(&writer);
    } else {
        grid_start(&grid, "lll", false);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_json(call)) {
            json_object(&writer);
            json_member(&writer, "id", slice_of(rules[i].id));
            json_member(&writer, "severity", slice_of(severity_name(rules[i].severity)));
            json_member(&writer, "text", slice_of(rules[i].text));
            json_member(&writer, "remedy", slice_of(rules[i].remedy));
            json_object_end(&writer);
            continue;
        }
        grid_cell(&grid, slice_of(rules[i].id));
        grid_cell(&grid, slice_of(severity_name(rules[i].severity)));
        grid_cell(&grid, slice_of(rules[i].text));
    }
    if (is_json(call)) {
        json_array_end(&writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        grid_print(&grid, 0, color_out(call), &out.buf);
        grid_free(&grid);
    }
    return output_finish(&out, EXIT_DONE);
}

/* "focus.csv:3: ChargeCategory: …", one finding a line, its remedy below. */
static void findings_text(const char *path, const struct focus_findings *findings, struct buf *out) {
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct focus_finding *finding = &findings->list[i];
        buf_text(out, path);
        if (finding->line > 0)
            buf_printf(out, ":%llu", (unsigned long long)finding->line);
        buf_printf(out, ": %s %s", severity_name(finding->severity), finding->rule);
        if (finding->column.len > 0) {
            buf_text(out, ": ");
            buf_visible(out, finding->column);
        }
        buf_text(out, ": ");
        buf_visible(out, finding->text);
        if (finding->more > 0)
            buf_printf(out, " (and %llu more rows)", (unsigned long long)finding->more);
        buf_printf(out, "\n    " SLICE_FMT "\n", SLICE_ARG(finding->remedy));
    }
    buf_printf(out, "FOCUS %s, %s: %llu rows of %u columns; %u rules broken, %u recommendations\n",
               focus_version_text(findings->version), focus_datasets[findings->dataset].name,
               (unsigned long long)findings->rows, findings->column_count, findings->must_count,
               findings->count - findings->must_count);
}

static int print(const struct call *call, const struct focus_findings *findings) {
    struct sink out = output_sink();
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf};
        focus_findings_json(findings, &writer);
        buf_char(&out.buf, '\n');
    } else {
        findings_text(call->operands[0], findings, &out.buf);
    }
    return output_finish(&out, findings->must_count > 0 ? EXIT_INCOMPLETE : EXIT_DONE);
}

static int check_run(const struct call *call) {
    struct focus_check_options check = {.metadata = option_value(call, "metadata")};
    struct focus_findings findings;
    const char *path;
    if (option_given(call, "rules"))
        return rules_print(call);
    if (call->operand_count == 0)
        return complain(EXIT_USAGE, "focus check needs a FILE, or --rules.");
    if (option_given(call, "version"))
        check.has_version = focus_version_parse(slice_of(option_value(call, "version")), &check.version);
    if (option_given(call, "dataset"))
        check.has_dataset = focus_dataset_parse(slice_of(option_value(call, "dataset")), &check.dataset);
    errno = 0;
    enum status status = focus_check(call->operands[0], &check, &findings, &path);
    if (status != STATUS_OK)
        return complain_fault(path, status);
    int code = print(call, &findings);
    focus_findings_free(&findings);
    return code;
}

const struct verb verb_focus_check = {
    .name = "focus check",
    .operands = "FILE",
    .summary = "Hold a FOCUS file against the rules of the specification",
    .text = "FILE (- is standard input) is a dataset of the specification as CSV: Cost and Usage of version 1.0 to\n"
            "1.4, Contract Commitment of 1.3 or 1.4, Invoice Detail or Billing Period of 1.4. Each rule that is\n"
            "broken is told once for each column, at the line where its first row begins, with what to do about it.\n"
            "What the specification only recommends is told as well and does not count. The exit code is 0 when\n"
            "every rule holds, 1 when one is broken.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 0,
    .operand_max = 1,
    .run = check_run,
};
