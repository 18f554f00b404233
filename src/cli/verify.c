/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate verify: is the journal whole, and is the state what it says? */
#include "cli/data.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTION_DATA, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate verify --data books/2026", "read everything, recompute the chain, fold from zero, compare"},
};

static int verify_json(const struct book_check *check, const char *head, int code) {
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    json_object(&writer);
    json_key(&writer, "ok");
    json_bool(&writer, code == EXIT_DONE);
    json_key(&writer, "batches");
    json_uint(&writer, check->batches);
    json_key(&writer, "documents");
    json_uint(&writer, check->documents);
    json_key(&writer, "bills");
    json_uint(&writer, check->bills);
    json_member(&writer, "head", slice_of(head));
    json_key(&writer, "bad_batch");
    json_uint(&writer, check->bad_seq);
    json_key(&writer, "state_differs");
    json_bool(&writer, check->state_differs);
    json_key(&writer, "bills_differ");
    json_bool(&writer, check->bills_differ);
    json_optional(&writer, "reason", check->reason);
    json_object_end(&writer);
    buf_char(&out.buf, '\n');
    return output_finish(&out, code);
}

static int verify_text(const struct book_check *check, const char *head, int code) {
    struct sink out = output_sink();
    buf_printf(&out.buf, "batches    %llu\ndocuments  %llu\nbills      %llu\nhead       %s\n",
               (unsigned long long)check->batches, (unsigned long long)check->documents,
               (unsigned long long)check->bills, head);
    if (check->bad_seq > 0)
        buf_printf(&out.buf, "DAMAGED    " SLICE_FMT "\n", SLICE_ARG(check->reason));
    else if (check->bills_differ)
        buf_text(&out.buf, "DIFFERS    the bills kept are not those that the journal makes\n");
    else if (check->state_differs)
        buf_text(&out.buf, "DIFFERS    the snapshot does not give the state that the journal gives\n");
    else
        buf_text(&out.buf, "whole      the chain holds and the state is what the journal says\n");
    return output_finish(&out, code);
}

static int verify_run(const struct call *call) {
    const char *directory = data_directory(call);
    struct arena arena = {0};
    struct book_check check;
    struct slice error;
    char head[DATA_HASH_TEXT];
    if (directory == NULL)
        return EXIT_USAGE;
    enum status status = book_verify(directory, &arena, &check, &error);
    int code;
    if (status == STATUS_NOT_FOUND) {
        code = complain(EXIT_FAULT, "there is no book in %s.", directory);
    } else if (status != STATUS_OK) {
        code = data_fault(directory, status, error);
    } else {
        data_hash_text(check.head, head);
        code = check.bad_seq > 0 || check.bills_differ || check.state_differs ? EXIT_INCOMPLETE : EXIT_DONE;
        code = is_json(call) ? verify_json(&check, head, code) : verify_text(&check, head, code);
    }
    arena_free(&arena);
    return code;
}

const struct verb verb_verify = {
    .name = "verify",
    .operands = "",
    .summary = "Check a data directory: the journal's chain, and the state folded from zero",
    .text =
        "Reads the whole journal. Every batch must have its checksum and its place in the chain of hashes; folding\n"
        "everything from the start must give exactly the state that the newest snapshot and its rest give.\n"
        "Keep the printed head elsewhere: whoever knows it notices a truncated journal too.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = verify_run,
};
