/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verbs on a data directory share. */
#include "cli/data.h"

#include "cli/remote.h"
#include <stdlib.h>
#include <time.h>

const char *data_find(const struct call *call) {
    const char *given = option_value(call, "data");
    if (given == NULL)
        given = getenv("TOLLGATE_DATA");
    return given != NULL && given[0] != '\0' ? given : NULL;
}

const char *data_directory(const struct call *call) {
    const char *directory = data_find(call);
    if (directory == NULL)
        complain(EXIT_USAGE, "which data directory? Give --data DIR or set TOLLGATE_DATA; `tollgate init` makes one.");
    return directory;
}

int data_no_book(const char *directory) {
    return complain(EXIT_FAULT, "there is no book in %s; `tollgate init %s` makes one.", directory, directory);
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

/* What opening came to. */
static int opened(const char *directory, enum status status, struct slice error, const struct book *book) {
    if (status == STATUS_NOT_FOUND)
        return data_no_book(directory);
    if (status == STATUS_RANGE && error.len > 0)
        return complain(EXIT_USAGE, SLICE_FMT ".", SLICE_ARG(error));
    if (status != STATUS_OK)
        return data_fault(directory, status, error);
    if (book_recovery(book)->bad_snapshots > 0)
        complain(0, "%u snapshots are damaged and were passed over; nothing is lost, the journal has it all.",
                 book_recovery(book)->bad_snapshots);
    return EXIT_DONE;
}

void data_hash_text(const uint8_t hash[STORE_HASH_BYTES], char out[DATA_HASH_TEXT]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < STORE_HASH_BYTES; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[DATA_HASH_TEXT - 1] = '\0';
}

int data_open(const struct call *call, enum store_mode mode, struct book **ret_book) {
    const char *directory = data_directory(call);
    if (directory == NULL)
        return EXIT_USAGE;
    struct arena arena = {0};
    struct slice error = {0};
    enum status status = book_open(directory, mode, &arena, ret_book, &error);
    int code = opened(directory, status, error, status == STATUS_OK ? *ret_book : NULL);
    arena_free(&arena);
    return code;
}

int data_open_write(const struct call *call, struct book **ret_book, struct remote **ret_remote) {
    const char *directory = data_directory(call);
    if (directory == NULL)
        return EXIT_USAGE;
    struct arena arena = {0};
    struct slice error = {0};
    *ret_remote = NULL;
    enum status status = book_open(directory, STORE_WRITE, &arena, ret_book, &error);
    bool is_remote = status == STATUS_CONFLICT && remote_open(directory, ret_remote) == STATUS_OK;
    int code = is_remote ? data_open(call, STORE_READ, ret_book)
                         : opened(directory, status, error, status == STATUS_OK ? *ret_book : NULL);
    arena_free(&arena);
    return code;
}

/* A number of a batch, or an instant. */
static int point_read(const char *text, struct book_point *ret_point) {
    uint64_t seq = 0;
    size_t len = strlen(text), digits = strspn(text, "0123456789");
    if (digits < len || len == 0 || len > 18) {
        ret_point->has_instant = true;
        return instant_read("--as-of", slice_of(text), NULL, &ret_point->at_ns);
    }
    for (size_t i = 0; i < len; i++)
        seq = seq * 10 + (uint64_t)(text[i] - '0');
    ret_point->seq = seq;
    return EXIT_DONE;
}

static int open_as_of(const struct call *call, const struct book_point *point, struct book **ret_book) {
    const char *directory = data_directory(call);
    if (directory == NULL)
        return EXIT_USAGE;
    struct arena arena = {0};
    struct slice error = {0};
    enum status status = book_open_as_of(directory, point, &arena, ret_book, &error);
    int code = opened(directory, status, error, status == STATUS_OK ? *ret_book : NULL);
    arena_free(&arena);
    return code;
}

int data_open_journal(const struct call *call, struct book **ret_book) {
    struct book_point start = {0};
    return open_as_of(call, &start, ret_book);
}

int data_open_read(const struct call *call, struct book **ret_book) {
    struct book_point point = {0};
    if (!option_exists(call, "as-of") || !option_given(call, "as-of"))
        return data_open(call, STORE_READ, ret_book);
    int code = point_read(option_value(call, "as-of"), &point);
    return code == EXIT_DONE ? open_as_of(call, &point, ret_book) : code;
}

int data_watch(const struct call *call, struct charge_watch watch, struct book **ret_book) {
    const char *directory = data_directory(call);
    struct book_point point = {0};
    bool is_past = option_given(call, "as-of");
    if (directory == NULL || (is_past && point_read(option_value(call, "as-of"), &point) != EXIT_DONE))
        return EXIT_USAGE;
    struct arena arena = {0};
    struct slice error = {0};
    enum status status = book_watch(directory, is_past ? &point : NULL, watch, &arena, ret_book, &error);
    int code = opened(directory, status, error, status == STATUS_OK ? *ret_book : NULL);
    arena_free(&arena);
    return code;
}

static int alert_compare(const void *left, const void *right) {
    const struct alert *a = left, *b = right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    int by_account = slice_cmp(a->account, b->account);
    if (by_account)
        return by_account;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int by_order = slice_cmp(a->order_id, b->order_id);
    return by_order ? by_order : slice_cmp(a->item, b->item);
}

static void statement_cut(struct statement *statement, unsigned parts) {
    if (parts == SHOW_ALERTS && statement->alert_count) /* asked for alone: as time went by */
        qsort(statement->alerts, statement->alert_count, sizeof *statement->alerts, alert_compare);
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
    int code = data_open_read(call, &book);
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
