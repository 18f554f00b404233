/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate focus export: closed bills as a FOCUS dataset. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "focus/focus.h"

static const struct option options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"account", "ACCOUNT", "only rows of this account", NULL, false},
    {"from", "INSTANT", "only rows whose billing period begins at or after it", NULL, false},
    {"until", "INSTANT", "only rows whose billing period begins before it", NULL, false},
    {"version", "VERSION", "of the specification; default: 1.4", "1.2|1.3|1.4", false},
    {"dataset", "NAME", "which of its datasets; default: cost-and-usage; all of them only with --out",
     "cost-and-usage|contract-commitment|invoice-detail|billing-period|all", false},
    {"payment-terms", "TEXT", "what invoices say of payment; default: that it is deducted from the wallet", NULL,
     false},
    {"issuer", "NAME", "who issues the invoices; default: the provider that the tariff names", NULL, false},
    {"out", "DIR", "write focus.csv (or DATASET.csv) and its metadata there; default: the rows to standard output",
     NULL, false},
    {"json", NULL, "print metadata and rows as one JSON object", NULL, false},
    {"csv-safe", NULL, "put an apostrophe before text that a spreadsheet would run (= + - @)", NULL, false},
    OPTION_NOW("the instant at which the metadata says it was made"),
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate focus export --data books/2026 --out focus", "everything, as focus/focus.csv and its metadata"},
    {"tollgate focus export --data books/2026 --account acct-42 --from 2026-03-01T00:00:00+08:00 --version 1.2",
     "what an account was billed from March on, in the older form"},
    {"tollgate focus export --data books/2026 --dataset all --out focus", "every dataset of the specification"},
};

struct run {
    const struct call *call;
    struct focus *focus;
    bool is_all;
    enum focus_dataset dataset;
    enum focus_version version;
    int64_t now_ns;
};

/* ---- into files ---- */

static enum status file_write(void *context, struct slice text) {
    FILE *file = context;
    return fwrite(text.ptr, 1, text.len, file) == text.len ? STATUS_OK : STATUS_IO;
}

static enum status content(const struct run *run, bool is_metadata, struct sink *sink) {
    return is_metadata ? focus_metadata(run->focus, run->now_ns, sink) : focus_csv(run->focus, sink);
}

static int file_make(const struct run *run, const char *directory, const char *name, bool is_metadata) {
    struct buf path = {0};
    buf_printf(&path, "%s/%s", directory, name);
    FILE *file = path.failed ? NULL : fopen(path.ptr, "w");
    int code = EXIT_DONE;
    if (file == NULL) {
        code = complain_path(path.failed ? directory : path.ptr, errno);
    } else {
        struct sink sink = {.write = file_write, .context = file};
        enum status status = content(run, is_metadata, &sink), done = sink_finish(&sink);
        bool is_closed = fclose(file) == 0;
        if (status == STATUS_OK)
            status = done != STATUS_OK ? done : is_closed ? STATUS_OK : STATUS_IO;
        if (status != STATUS_OK)
            code = complain_fault(path.ptr, status);
    }
    buf_free(&path);
    return code;
}

/* "focus.csv" for Cost and Usage, else "invoice-detail.csv". */
static int dataset_make(const struct run *run, const char *directory, enum focus_dataset dataset) {
    const char *stem = dataset == FOCUS_COST_AND_USAGE ? "focus" : focus_datasets[dataset].word;
    char rows[64], metadata[64];
    snprintf(rows, sizeof rows, "%s.csv", stem);
    snprintf(metadata, sizeof metadata, "%s-metadata.json", stem);
    focus_choose(run->focus, dataset);
    int code = file_make(run, directory, rows, false);
    return code == EXIT_DONE ? file_make(run, directory, metadata, true) : code;
}

static int files_make(const struct run *run, const char *directory) {
    int code = EXIT_DONE;
    if (mkdir(directory, 0777) != 0 && errno != EEXIST)
        return complain_path(directory, errno);
    if (!run->is_all)
        return dataset_make(run, directory, run->dataset);
    for (int i = 0; i < FOCUS_DATASET_COUNT && code == EXIT_DONE; i++)
        if (focus_datasets[i].since <= run->version)
            code = dataset_make(run, directory, (enum focus_dataset)i);
    return code;
}

static int print(const struct run *run) {
    if (option_given(run->call, "out"))
        return files_make(run, option_value(run->call, "out"));
    struct sink out = output_sink();
    enum status status = is_json(run->call) ? focus_json(run->focus, run->now_ns, &out) : focus_csv(run->focus, &out);
    int code = output_finish(&out, EXIT_DONE);
    return status == STATUS_OK ? code : complain_fault("the dataset", status);
}

/* ---- from the journal ---- */

static int fold(const struct run *run) {
    struct book *book;
    struct arena arena = {0};
    struct slice series = SLICE("");
    int code = data_watch(run->call, focus_watch(run->focus), &book);
    if (code != EXIT_DONE)
        return code;
    struct book_partition partition = book_partition_of(book);
    if (partition.count > 1)
        series = arena_printf(&arena, ".%u", partition.number);
    enum status status =
        series.ptr == NULL ? STATUS_NO_MEMORY : focus_finish(run->focus, engine_now_ns(book_engine(book)), series);
    code = status == STATUS_OK ? print(run) : complain_fault("the dataset", status);
    arena_free(&arena);
    book_close(book);
    return code;
}

static int dataset_read(const struct call *call, struct run *run, struct focus_options *focus) {
    struct slice word = slice_of(option_given(call, "dataset") ? option_value(call, "dataset") : "cost-and-usage");
    run->is_all = slice_is(word, "all");
    if (run->is_all && !option_given(call, "out"))
        return complain(EXIT_USAGE, "--dataset all writes several files; say where by --out.");
    if (!run->is_all)
        focus_dataset_parse(word, &focus->dataset);
    run->dataset = focus->dataset;
    run->version = focus->version;
    if (focus_datasets[focus->dataset].since > focus->version)
        return complain(EXIT_USAGE, "FOCUS %s has no dataset %s; --version %s has.", focus_version_text(focus->version),
                        focus_datasets[focus->dataset].name, focus_version_text(focus_datasets[focus->dataset].since));
    return EXIT_DONE;
}

static int options_read(const struct call *call, struct focus_options *focus) {
    *focus = (struct focus_options){.version = FOCUS_1_4,
                                    .from_ns = INSTANT_MIN,
                                    .until_ns = INSTANT_MAX,
                                    .csv_safe = option_given(call, "csv-safe")};
    if (option_given(call, "version"))
        focus_version_parse(slice_of(option_value(call, "version")), &focus->version);
    if (option_given(call, "account"))
        focus->account = slice_of(option_value(call, "account"));
    if (option_given(call, "payment-terms"))
        focus->terms = slice_of(option_value(call, "payment-terms"));
    if (option_given(call, "issuer"))
        focus->issuer = slice_of(option_value(call, "issuer"));
    if (option_given(call, "from") && option_instant(call, "from", NULL, &focus->from_ns) != EXIT_DONE)
        return EXIT_USAGE;
    return option_given(call, "until") ? option_instant(call, "until", NULL, &focus->until_ns) : EXIT_DONE;
}

static int export_run(const struct call *call) {
    struct focus_options focus;
    struct run run = {.call = call};
    int code = options_read(call, &focus);
    if (code == EXIT_DONE)
        code = dataset_read(call, &run, &focus);
    if (code == EXIT_DONE)
        code = data_now(call, &run.now_ns);
    if (code != EXIT_DONE)
        return code;
    if (option_given(call, "out") && is_json(call))
        return complain(EXIT_USAGE, "--out writes files and --json prints; one of them.");
    enum status status = focus_new(&focus, &run.focus);
    if (status != STATUS_OK)
        return complain_fault("the dataset", status);
    code = fold(&run);
    focus_free(run.focus);
    return code;
}

const struct verb verb_focus_export = {
    .name = "focus export",
    .operands = "",
    .summary = "Write closed bills as a FOCUS dataset for cost tools",
    .text = "FOCUS (FinOps Open Cost and Usage Specification) is the form in which cost tools read bills. There is a\n"
            "row for each line of each closed bill and for each package that paid for some of it. Packages, plans and\n"
            "quotas are amortised: the purchase is billed and costs nothing, what they cover is billed nothing and\n"
            "costs its share, and what was not used by the end is a row of its own. The sums are exact. Rows without\n"
            "an InvoiceId wait for the settlement that will be their invoice. Cycles that are open have no rows.\n"
            "--dataset writes the others: what was bought ahead (contract-commitment, from 1.3 on), the lines of the\n"
            "invoices (invoice-detail) and the periods that they are of (billing-period).",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = export_run,
};
