/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate verify: are journal and bills whole, is the state what they say, and is all still there that a head names?
 */
#include <errno.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "cxx/json.h"
#include "view/head_file.h"

static const struct option options[] = {
    OPTION_DATA,
    {"head", "FILE", "check also that the book still holds what this head names (`tollgate head` makes one)", NULL,
     false},
    {"public-key", "KEY", "the head must be signed with this key", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate verify --data books/2026", "read everything, recompute the chains, fold from zero, compare"},
    {"tollgate verify --data books/2026 --head 2026-11-21.json", "and nothing up to there was changed or cut off"},
};

/* What is to be told. */
struct report {
    struct book_check check;
    bool has_head;
    struct head_file head;
    struct slice missing; /* what the head names and the book does not hold; empty: nothing */
    int code;
};

/* ---- the head ---- */

static int head_read(const char *path, struct arena *arena, struct head_file *ret_file) {
    struct source_file *source;
    const char *wrong = "";
    errno = 0;
    enum status status = source_file_read(path, arena, &source);
    if (status == STATUS_IO)
        return complain_path(path, errno);
    char *text = status == STATUS_OK ? arena_alloc(arena, source->text.len + JSON_PADDING) : NULL;
    if (status == STATUS_OK && text != NULL) {
        memcpy(text, source->text.ptr, source->text.len);
        status = head_file_read((struct slice){text, source->text.len}, ret_file, &wrong);
    }
    if (status == STATUS_INVALID || status == STATUS_RANGE)
        return complain(EXIT_USAGE, "%s is no head: %s; `tollgate head` makes one.", path,
                        status == STATUS_RANGE ? "it is too long" : wrong);
    return status == STATUS_OK && text != NULL ? EXIT_DONE : complain_fault(path, STATUS_NO_MEMORY);
}

static int signature_check(const char *path, const struct head_file *file, const char *key_text) {
    uint8_t key[HEAD_KEY_BYTES];
    if (key_text != NULL && !head_key_read(slice_of(key_text), key))
        return complain(EXIT_USAGE, "--public-key \"%s\" is not 64 hexadecimal digits.", key_text);
    if (!file->is_signed)
        return key_text == NULL ? EXIT_DONE : complain(EXIT_INCOMPLETE, "%s is not signed.", path);
    if (key_text != NULL && memcmp(key, file->signature.key, sizeof key) != 0)
        return complain(EXIT_INCOMPLETE, "%s is signed with another key than --public-key.", path);
    enum status status = head_check(&file->head, &file->signature);
    if (status == STATUS_CONFLICT)
        return complain(EXIT_INCOMPLETE, "%s was changed: its signature is not one of these lines and this key.", path);
    return status == STATUS_OK ? EXIT_DONE : complain_fault(path, status);
}

/* Before the book is read: what is wrong with the head is told at once. */
static int head_take(const struct call *call, struct arena *arena, struct report *report) {
    const char *path = option_value(call, "head");
    if (path == NULL)
        return option_given(call, "public-key") ? complain(EXIT_USAGE, "--public-key needs --head FILE.") : EXIT_DONE;
    int code = head_read(path, arena, &report->head);
    report->has_head = code == EXIT_DONE;
    return code == EXIT_DONE ? signature_check(path, &report->head, option_value(call, "public-key")) : code;
}

/* ---- telling ---- */

static int verify_json(const struct report *report, const char *head) {
    const struct book_check *check = &report->check;
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    json_object(&writer);
    json_key(&writer, "ok");
    json_bool(&writer, report->code == EXIT_DONE);
    json_key(&writer, "batches");
    json_uint(&writer, check->batches);
    json_key(&writer, "documents");
    json_uint(&writer, check->documents);
    json_key(&writer, "bills");
    json_uint(&writer, check->bills);
    json_member(&writer, "head", slice_of(head));
    json_key(&writer, "bad_batch");
    json_uint(&writer, check->bad_seq);
    json_key(&writer, "bad_bill");
    json_uint(&writer, check->bad_bill);
    json_key(&writer, "bad_snapshots");
    json_uint(&writer, check->bad_snapshots);
    json_key(&writer, "file_damaged");
    json_bool(&writer, check->file_damaged);
    json_key(&writer, "state_differs");
    json_bool(&writer, check->state_differs);
    json_key(&writer, "bills_differ");
    json_bool(&writer, check->bills_differ);
    json_key(&writer, "sums_differ");
    json_bool(&writer, check->sums_differ);
    json_key(&writer, "sealed_differ");
    json_bool(&writer, check->sealed_differ);
    if (report->has_head) {
        json_key(&writer, "holds_head");
        json_bool(&writer, report->missing.len == 0);
    }
    json_optional(&writer, "reason", check->reason.len > 0 ? check->reason : report->missing);
    json_object_end(&writer);
    buf_char(&out.buf, '\n');
    return output_finish(&out, report->code);
}

static void verdict_print(const struct report *report, struct buf *out) {
    const struct book_check *check = &report->check;
    if (check->reason.len > 0)
        buf_printf(out, "DAMAGED    " SLICE_FMT "\n", SLICE_ARG(check->reason));
    else if (check->bills_differ)
        buf_text(out, "DIFFERS    the bills kept are not those that the journal makes\n");
    else if (check->sealed_differ)
        buf_text(out, "DIFFERS    the sealed identities are not those that the journal gives\n");
    else if (check->state_differs)
        buf_text(out, "DIFFERS    the snapshot does not give the state that the journal gives\n");
    else if (check->bad_snapshots > 0)
        buf_printf(out, "DAMAGED    %u snapshots; the journal has all that they had\n", check->bad_snapshots);
    else if (report->missing.len > 0)
        buf_printf(out, "REWRITTEN  " SLICE_FMT "\n", SLICE_ARG(report->missing));
    else
        buf_text(out, "whole      the chain holds and the state is what the journal says\n");
}

static int verify_text(const struct report *report, const char *head) {
    const struct book_check *check = &report->check;
    const struct book_head *held = &report->head.head;
    struct sink out = output_sink();
    buf_printf(&out.buf, "batches    %llu\ndocuments  %llu\nbills      %llu\nhead       %s\n",
               (unsigned long long)check->batches, (unsigned long long)check->documents,
               (unsigned long long)check->bills, head);
    if (report->has_head && report->code == EXIT_DONE)
        buf_printf(&out.buf, "holds      the head of batch %llu and bill %llu, which is %s\n",
                   (unsigned long long)held->seq, (unsigned long long)held->bills,
                   report->head.is_signed ? "signed" : "not signed");
    verdict_print(report, &out.buf);
    return output_finish(&out, report->code);
}

static enum status verify(const char *directory, struct arena *arena, struct report *report, struct slice *ret_error) {
    TRY(book_verify(directory, arena, &report->check, ret_error));
    bool is_whole = book_check_is_whole(&report->check);
    if (is_whole && report->has_head)
        TRY(book_head_find(directory, &report->head.head, arena, &report->missing, ret_error));
    report->code = is_whole && report->missing.len == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
    return STATUS_OK;
}

static int verify_run(const struct call *call) {
    const char *directory = data_directory(call);
    struct arena arena = {0};
    struct report report = {0};
    struct slice error = {0};
    char head[DATA_HASH_TEXT];
    if (directory == NULL)
        return EXIT_USAGE;
    int code = head_take(call, &arena, &report);
    enum status status = code == EXIT_DONE ? verify(directory, &arena, &report, &error) : STATUS_OK;
    if (status == STATUS_NOT_FOUND) {
        code = data_no_book(directory);
    } else if (status != STATUS_OK) {
        code = data_fault(directory, status, error);
    } else if (code == EXIT_DONE) {
        data_hash_text(report.check.head, head);
        code = is_json(call) ? verify_json(&report, head) : verify_text(&report, head);
    }
    arena_free(&arena);
    return code;
}

const struct verb verb_verify = {
    .name = "verify",
    .operands = "",
    .summary = "Check a data directory: both chains of hashes, and the state folded from zero",
    .text =
        "Reads the whole journal and all closed bills. Every batch and bill must have its place in its chain of "
        "hashes;\n"
        "folding everything from the start must give exactly those bills, and the state that the newest snapshot and\n"
        "its rest give. Only who keeps a head elsewhere (`tollgate head`) notices that the ends of both were cut off.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = verify_run,
};
