/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verbs on a data directory share. */
#include "cli/data.h"

#include <stdlib.h>
#include <time.h>

const char *data_directory(const struct call *call) {
    const char *given = option_value(call, "data");
    if (given == NULL)
        given = getenv("TOLLGATE_DATA");
    if (given == NULL || given[0] == '\0') {
        complain(EXIT_USAGE, "which data directory? Give --data DIR or set TOLLGATE_DATA; `tollgate init` makes one.");
        return NULL;
    }
    return given;
}

int data_fault(const char *what, enum status status, struct slice error) {
    if (error.len > 0)
        return complain(EXIT_FAULT, "%s: " SLICE_FMT ".", what, SLICE_ARG(error));
    return complain_fault(what, status);
}

int data_now(const struct call *call, int64_t *ret_ns) {
    if (option_given(call, "now"))
        return option_instant(call, "now", NULL, ret_ns);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *ret_ns = (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
    return EXIT_DONE;
}

int data_open(const struct call *call, enum store_mode mode, struct book **ret_book) {
    const char *directory = data_directory(call);
    if (directory == NULL)
        return EXIT_USAGE;
    struct arena arena = {0};
    struct slice error;
    enum status status = book_open(directory, mode, &arena, ret_book, &error);
    int code = EXIT_DONE;
    if (status == STATUS_NOT_FOUND)
        code = complain(EXIT_FAULT, "there is no book in %s; `tollgate init %s` makes one.", directory, directory);
    else if (status != STATUS_OK)
        code = data_fault(directory, status, error);
    else if (book_recovery(*ret_book)->bad_snapshots > 0)
        complain(0, "%u snapshots are damaged and were passed over; nothing is lost, the journal has it all.",
                 book_recovery(*ret_book)->bad_snapshots);
    arena_free(&arena);
    return code;
}

static void statement_cut(struct statement *statement, unsigned parts) {
    statement->bill_count = parts & SHOW_BILLS ? statement->bill_count : 0;
    statement->balance_count = parts & SHOW_BALANCES ? statement->balance_count : 0;
    statement->alert_count = parts & SHOW_ALERTS ? statement->alert_count : 0;
    statement->unpriced_count = parts & SHOW_UNPRICED ? statement->unpriced_count : 0;
    statement->rejected_count = parts & SHOW_REJECTED ? statement->rejected_count : 0;
    statement->external_count = parts & SHOW_EXTERNAL ? statement->external_count : 0;
}

static int statement_show(const struct call *call, const struct statement *statement) {
    struct export_options options = {.color = color_out(call)};
    struct sink out = output_sink();
    enum status status =
        is_json(call) ? export_json(statement, &options, &out) : export_table(statement, &options, &out);
    int code = output_finish(&out, EXIT_DONE);
    return status == STATUS_OK ? code : complain_fault("the statement", status);
}

int data_show(const struct call *call, unsigned parts, bool has_until) {
    int64_t until_ns = INSTANT_MAX;
    struct book *book;
    struct statement statement;
    if (has_until && option_given(call, "until") && option_instant(call, "until", NULL, &until_ns) != EXIT_DONE)
        return EXIT_USAGE;
    int code = data_open(call, STORE_READ, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = book_preview(book, until_ns, &statement);
    if (status == STATUS_OK) {
        statement_cut(&statement, parts);
        code = statement_show(call, &statement);
        statement_free(&statement);
    } else {
        code = data_fault("the statement", status, book_error(book));
    }
    book_close(book);
    return code;
}
