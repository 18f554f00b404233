/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate backup: a copy of a data directory while it is in use. */
#include "book/backup.h"
#include "cli/data.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTION_DATA, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate backup --data books/2026 backups/2026-11-21", "a new directory; ingestion may go on meanwhile"},
};

static int backup_print(const struct call *call, const struct book_backup *backup) {
    char head[DATA_HASH_TEXT];
    data_hash_text(backup->head, head);
    if (!is_json(call)) {
        complain(0, "%llu batches and %llu closed bills are in %s.", (unsigned long long)backup->seq,
                 (unsigned long long)backup->bills, call->operands[0]);
        return EXIT_DONE;
    }
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    json_object(&writer);
    json_member(&writer, "backup", slice_of(call->operands[0]));
    json_key(&writer, "batches");
    json_uint(&writer, backup->seq);
    json_member(&writer, "head", slice_of(head));
    json_key(&writer, "bills");
    json_uint(&writer, backup->bills);
    json_object_end(&writer);
    buf_char(&out.buf, '\n');
    return output_finish(&out, EXIT_DONE);
}

static int backup_run(const struct call *call) {
    const char *directory = data_directory(call);
    struct arena arena = {0};
    struct book_backup backup;
    struct slice error;
    if (directory == NULL)
        return EXIT_USAGE;
    enum status status = book_backup(directory, call->operands[0], &arena, &backup, &error);
    int code;
    if (status == STATUS_NOT_FOUND)
        code = data_no_book(directory);
    else if (status == STATUS_CONFLICT)
        code = complain(EXIT_INCOMPLETE, SLICE_FMT ".", SLICE_ARG(error));
    else if (status != STATUS_OK)
        code = data_fault(directory, status, error);
    else
        code = backup_print(call, &backup);
    arena_free(&arena);
    return code;
}

const struct verb verb_backup = {
    .name = "backup",
    .operands = "TARGET",
    .summary = "Copy a data directory while it is in use",
    .text =
        "TARGET becomes a directory with the journal, the closed bills, keys, webhooks and tariffs as they were at "
        "one\n"
        "moment, the audit log and parties.yaml; it is synced, and never replaces anything. The pepper of the keys\n"
        "is not in it: keep a copy of that elsewhere. `tollgate restore` makes a data directory of it again.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = backup_run,
};
