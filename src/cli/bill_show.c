/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate bill show: one closed bill, in the form that is wanted. */
#include <unistd.h>

#include "cli/bill.h"
#include "cli/bill_pdf.h"
#include "cli/verbs.h"
#include "document/document.h"

static const struct option show_options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"explain", NULL, "show how every line came about", NULL, false},
    {"csv", NULL, "print CSV, one row per line", NULL, false},
    {"html", NULL, "print a page of HTML, for screens and paper", NULL, false},
    {"ubl", NULL, "print an electronic invoice: UBL 2.1 in the profile of EN 16931", NULL, false},
    {"pdf", "FILE", "write PDF/A-3, by WeasyPrint when it is installed", NULL, false},
    {"attach", "FILE", "with --pdf: put this file into it, e.g. what --ubl printed", NULL, false},
    {"parties", "FILE", "who sells and who buys; default: parties.yaml in the data directory", NULL, false},
    {"language", "LANGUAGE", "of --html, --pdf and --ubl", "en|zh", false},
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct verb_example show_examples[] = {
    {"tollgate bill show viapi-12 --data books/2026", "the twelfth bill under tariff viapi"},
    {"tollgate bill show viapi-12 --data books/2026 --explain", "with every step of every line"},
    {"tollgate bill show viapi-12 --data books/2026 --html --parties parties.yaml --language zh",
     "as a page in Chinese that says who sells and who buys"},
    {"tollgate bill show viapi-12 --data books/2026 --ubl --parties parties.yaml", "as an electronic invoice"},
};

struct showing {
    const struct call *call;
    struct bill *bill;
    struct arena *run;
    struct parties parties;
    struct document_options options;
};

/* What the book itself says, where it is needed; NULL: nothing. */
static const char *parties_of_book(struct showing *showing) {
    const struct call *call = showing->call;
    bool is_document = option_given(call, "html") || option_given(call, "ubl") || option_given(call, "pdf");
    const char *directory = is_document ? data_directory(call) : NULL;
    if (directory == NULL)
        return NULL;
    struct slice path = arena_printf(showing->run, "%s/" BOOK_PARTIES, directory);
    return path.ptr != NULL && access(path.ptr, F_OK) == 0 ? path.ptr : NULL;
}

static int parties_load(struct showing *showing) {
    const char *path = option_value(showing->call, "parties");
    struct diags diags = {0};
    if (path == NULL)
        path = parties_of_book(showing);
    if (path == NULL)
        return EXIT_DONE;
    enum status status = parties_read(path, showing->run, &diags, &showing->parties);
    diags_show(showing->call, &diags);
    diags_free(&diags);
    showing->options.parties = &showing->parties;
    if (status == STATUS_INVALID)
        return EXIT_USAGE;
    return status == STATUS_OK ? EXIT_DONE : complain_fault(path, status);
}

static int ubl_print(struct showing *showing, struct sink *out) {
    struct slice reason = {0};
    enum status status = document_ubl(showing->bill, &showing->options, showing->run, out, &reason);
    if (status == STATUS_INVALID)
        return complain(EXIT_INCOMPLETE, "no invoice was made: " SLICE_FMT ".", SLICE_ARG(reason));
    return status == STATUS_OK ? EXIT_DONE : complain_fault("the bill", status);
}

static enum status keep_all(void *context, struct slice text) {
    buf_append(context, text);
    return STATUS_OK;
}

static int pdf_make(struct showing *showing, const char *path) {
    struct buf html = {0};
    struct sink sink = {.write = keep_all, .context = &html};
    enum status status = document_html(showing->bill, &showing->options, &sink);
    enum status passed = sink_finish(&sink);
    int code;
    if (status != STATUS_OK || passed != STATUS_OK || html.failed)
        code = complain_fault("the bill", STATUS_NO_MEMORY);
    else
        code = pdf_write(buf_slice(&html), option_value(showing->call, "attach"), path);
    buf_free(&html);
    return code;
}

static int text_print(struct showing *showing) {
    const struct call *call = showing->call;
    struct export_options options = {.explain = option_given(call, "explain"), .color = color_out(call), .each = true};
    struct statement statement = {.bills = showing->bill, .bill_count = 1};
    struct sink out = output_sink();
    enum status status = STATUS_OK;
    int code = EXIT_DONE;
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        export_bill_json(showing->bill, NULL, &options, showing->run, &writer);
        buf_char(&out.buf, '\n');
    } else if (option_given(call, "html")) {
        status = document_html(showing->bill, &showing->options, &out);
    } else if (option_given(call, "ubl")) {
        code = ubl_print(showing, &out);
    } else if (option_given(call, "csv")) {
        status = export_csv(&statement, &options, &out);
    } else {
        status = export_table(&statement, &options, &out);
    }
    code = output_finish(&out, code);
    return status == STATUS_OK ? code : complain_fault("the bill", status);
}

static int bill_print(const struct call *call, struct bill *bill, struct arena *run) {
    const char *language = option_value(call, "language");
    struct showing showing = {.call = call, .bill = bill, .run = run};
    showing.options.explain = option_given(call, "explain");
    showing.options.language = language != NULL && strcmp(language, "zh") == 0 ? LANGUAGE_ZH : LANGUAGE_EN;
    int code = parties_load(&showing);
    if (code != EXIT_DONE)
        return code;
    const char *pdf = option_value(call, "pdf");
    return pdf != NULL ? pdf_make(&showing, pdf) : text_print(&showing);
}

/* One form at a time. */
static int forms_check(const struct call *call) {
    static const char *const forms[] = {"json", "csv", "html", "ubl", "pdf"};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!option_given(call, forms[i]))
            continue;
        if (first != NULL)
            return complain(EXIT_USAGE, "--%s and --%s exclude each other.", first, forms[i]);
        first = forms[i];
    }
    if (option_given(call, "attach") && !option_given(call, "pdf"))
        return complain(EXIT_USAGE, "--attach goes with --pdf.");
    return EXIT_DONE;
}

static int show_run(const struct call *call) {
    struct book *book;
    struct slice series;
    struct bill bill;
    uint64_t number;
    if (!bill_number_read(slice_of(call->operands[0]), &series, &number))
        return complain(EXIT_USAGE, "\"%s\" is not a bill's number such as viapi-12.", call->operands[0]);
    int code = forms_check(call);
    if (code == EXIT_DONE)
        code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    struct arena arena = {0}, run = {0};
    enum status status = book_bill(book, series, number, &arena, &bill);
    if (status == STATUS_NOT_FOUND)
        code = complain(EXIT_INCOMPLETE, "there is no bill \"%s\".", call->operands[0]);
    else
        code = status == STATUS_OK ? bill_print(call, &bill, &run) : data_fault("the bill", status, book_error(book));
    arena_free(&run);
    arena_free(&arena);
    book_close(book);
    return code;
}

const struct verb verb_bill_show = {
    .name = "bill show",
    .operands = "NUMBER",
    .summary = "Show a closed bill as it was closed",
    .text = "NUMBER is what `tollgate bill list` prints. The sums of every form equal the bill to the last digit. The\n"
            "parties file names the seller and the buyers; an electronic invoice needs it.",
    .options = show_options,
    .option_count = COUNT_OF(show_options),
    .examples = show_examples,
    .example_count = COUNT_OF(show_examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = show_run,
};
